// The events of an ordinary day: which class, host and type comes next, when hosts are idle, and
// (at `advanced`) the jobs that run at fixed times.
//
// Compute only; one owner.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "simulate/simulate.hpp"
#include "simulate/world.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace spoor::simulate {

struct Kind;

class Background {
public:
    Background(const World& world,
               const config::Simulation& settings,
               bool strip_labels,
               const Random& random);

    // Until the next call of event(); nullopt: never.
    [[nodiscard]] std::optional<Duration> gap();
    // The event of that time, unless its host is idle. What it starts and ends later (programs,
    // sessions at `advanced`) is appended to `followers`.
    [[nodiscard]] std::optional<Message> event(Timestamp time, std::vector<Message>& followers);
    // Jobs that start within the minute that begins at `minute`; in no order.
    void jobs(Timestamp minute, std::vector<Message>& out);

private:
    [[nodiscard]] const Kind& pick_kind(int event_class);

    const World& world_;
    bool realistic_;
    bool chains_;
    bool strip_labels_;
    double rate_;                   // a minute, all hosts together
    std::array<double, 2> upto_{};  // network, endpoint; the rest is the users'
    Random random_;
    Random job_random_;
    std::array<std::vector<std::uint32_t>, 60> hosts_by_minute_;
};

}  // namespace spoor::simulate
