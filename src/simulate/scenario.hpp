// The two attack scenarios of the original, each played out beforehand as a short list of events
// with their times: at most 40 or so.
//
// Compute only; a pure function of its arguments.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "simulate/simulate.hpp"
#include "simulate/world.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::simulate {

struct ScenarioPlan {
    std::string_view type;  // one of scenario_names()
    std::string id;         // "scenario-0001"
    std::string host;       // empty or unknown: drawn
    Timestamp start;
    Duration tick;          // between two steps at `basic`
    bool adaptive = false;  // failures make the attacker careful
    bool strip_labels = false;
};

// The original gives a scenario up after this long.
inline constexpr Duration scenario_timeout = std::chrono::minutes{30};

// In the order of time. Ends early at the timeout.
[[nodiscard]] std::vector<Message> play(const World& world,
                                        const ScenarioPlan& plan,
                                        Random random);

}  // namespace spoor::simulate
