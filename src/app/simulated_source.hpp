// SimulatedSource: a campaign of the simulator as a source, for `spoor demo`. Everything it hands
// out is labelled simulated by the events themselves. Replayable: the position is the number of the
// message, and the seed fixes them all.
//
// Thread contract as in source.hpp. Owner: the app.
#pragma once

#include "base/clock.hpp"
#include "event/origin.hpp"
#include "simulate/simulate.hpp"
#include "source/source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace spoor::app {

class SimulatedSource final : public source::Source {
public:
    // `pace` in messages a second, so that a person can watch; 0: as fast as they are taken.
    // `clock` is for it.
    SimulatedSource(const simulate::CampaignOptions& options,
                    OriginTable& origins,
                    const Clock& clock,
                    std::uint64_t pace);

    [[nodiscard]] std::string_view name() const override { return "simulation"; }

    [[nodiscard]] bool replayable() const override { return true; }

    [[nodiscard]] Result<void> open(std::span<const Position> checkpoint) override;
    void poll(source::PollOutput& out) override;
    void acknowledge(std::span<const Position> committed) override;
    void release(std::uint32_t partition) override;

    void pause() override {}

    void resume() override {}

    [[nodiscard]] source::SourceHealth health() const override;
    void close(Duration deadline) override;

private:
    simulate::Campaign campaign_;
    const std::string partition_;
    const std::uint32_t number_;
    const Clock& clock_;
    const std::uint64_t pace_;
    Duration began_{-1};
    std::int64_t handed_out_ = 0;  // since then
    std::int64_t next_ = 0;
    bool at_end_ = false;
    bool closed_ = false;
};

}  // namespace spoor::app
