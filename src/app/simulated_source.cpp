#include "app/simulated_source.hpp"

#include <fmt/core.h>

#include <limits>

namespace spoor::app {

SimulatedSource::SimulatedSource(const simulate::CampaignOptions& options,
                                 OriginTable& origins,
                                 const Clock& clock,
                                 std::uint64_t pace)
    : campaign_(options),
      partition_(fmt::format("simulation:{}", options.seed)),
      number_(origins.intern(partition_)),
      clock_(clock),
      pace_(pace) {}

Result<void> SimulatedSource::open(std::span<const Position> checkpoint) {
    for (const Position& position : checkpoint) {
        if (position.partition == partition_) {
            // The seed makes the same messages again: those already worked on are skipped.
            while (next_ < position.next && campaign_.next()) {
                ++next_;
            }
        }
    }
    return {};
}

void SimulatedSource::poll(source::PollOutput& out) {
    std::int64_t due = std::numeric_limits<std::int64_t>::max();
    if (pace_ > 0) {
        began_ = began_ < Duration{0} ? clock_.monotonic() : began_;
        due = (clock_.monotonic() - began_).count() * static_cast<std::int64_t>(pace_) / 1'000'000 -
              handed_out_;
    }
    std::int64_t n = 0;
    for (; n < due && !at_end_ && !out.batch->full(); ++n) {
        const std::optional<simulate::Message> message = campaign_.next();
        if (!message) {
            at_end_ = true;
            break;
        }
        out.batch->append({number_, number_, next_, 0}, no_time, message->json);
        ++next_;
    }
    handed_out_ += n;
    if (n > 0) {
        out.advances.push_back({number_, number_, next_});
    }
}

void SimulatedSource::acknowledge(std::span<const Position> /*committed*/) {}

void SimulatedSource::release(std::uint32_t /*partition*/) {}

source::SourceHealth SimulatedSource::health() const {
    source::SourceHealth health;
    health.name = name();
    health.state = closed_ ? source::SourceState::closed : source::SourceState::healthy;
    health.at_end = at_end_;
    health.partitions.push_back({partition_, "simulated campaign", next_, -1});
    return health;
}

void SimulatedSource::close(Duration /*deadline*/) {
    closed_ = true;
}

}  // namespace spoor::app
