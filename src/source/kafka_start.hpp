// Where reading of a Kafka partition starts: the checkpoint wins over the offset committed to
// Kafka, unless that is ahead; both give way to what the broker still has. Pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace spoor::source {

struct StartFacts {
    std::optional<std::int64_t> checkpoint;  // next offset to read, ours
    std::optional<std::int64_t> committed;   // ditto, the group's at Kafka
    // What the broker has: [low, high). Both nullopt: not known, not checked.
    std::optional<std::int64_t> low;
    std::optional<std::int64_t> high;
    bool latest = false;  // auto_offset_reset, where neither position is known
};

struct StartDecision {
    std::int64_t next = 0;
    bool drop_state = false;  // what we have for the partition is older than what others did
    std::uint64_t gap = 0;    // records that are gone between where we were and what there is
    bool truncated = false;   // the partition ends before where we were
    std::string reason;       // for people; empty when nothing is out of the ordinary
};

// nullopt: no position is known and neither is the broker's range.
[[nodiscard]] std::optional<StartDecision> choose_start(const StartFacts& facts);

}  // namespace spoor::source
