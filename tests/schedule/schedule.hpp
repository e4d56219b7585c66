// The schedule driver: the third driver of the pipeline's steps (the others are threads and
// inline). From a seed it makes an input and picks, again and again, which step runs next; in
// between it kills the process (all that is not committed is gone, a new pipeline with another
// number of shards is built on the same store), takes brokers and sinks away, fills the disk, takes
// partitions back, moves the clock. No thread, no sleep: a seed replays exactly.
//
// After each schedule it checks the six invariants of the commit protocol (docs/adr/0004):
//   1  committed alerts, dead letters and watermarks equal, in bytes, those of the inline run over
//   the same input 2  each input event is counted exactly once: evaluated, dead letter, or lost
//   with a reason 3  no position is acknowledged ahead of the committed one 4  nobody ever sees a
//   part of an epoch; epochs only grow, by one 5  at rest each sink holds exactly the committed
//   alerts, each once 6  queues stay within their limits in bytes
#pragma once

#include <cstdint>
#include <string>

namespace spoor::schedule {

struct Outcome {
    bool ok = true;
    std::string failure;  // which invariant, and what differs
    std::string trace;    // every step taken; equal for equal seeds
    std::uint64_t num_steps = 0;
    std::uint64_t num_kills = 0;
    std::uint64_t num_mid_stream_restores =
        0;  // restarts with a checkpoint behind the start and input left
    std::uint64_t num_alerts = 0;
    std::uint64_t num_correlated = 0;  // of these, found across hosts
    std::uint64_t num_swaps = 0;       // contents that came into force while running
};

[[nodiscard]] Outcome run_schedule(std::uint64_t seed, bool keep_trace = false);

}  // namespace spoor::schedule
