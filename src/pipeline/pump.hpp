// Pump: reads the committed alerts and feeds the sinks. It owns each sink's cursor, its backoff
// with jitter and what it refused; no sink holds up another, or detection.
//
// A step function, owned and called by one thread. stats() may be called from any.
//
// Invariants
//  1. A cursor moves only behind alerts that the sink has taken or refused.
//  2. On connecting, the cursor goes to what the sink itself says it has, where it says so.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "pipeline/messages.hpp"
#include "sink/sink.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace spoor::pipeline {

struct PumpLinks {
    const Clock* clock = nullptr;
    store::AlertLog* log = nullptr;
    store::Cursors* cursors = nullptr;
    std::string store_id;
    // When no sink has anything to do: the full-text index catches up. Answers whether there was
    // work. May be empty.
    std::function<bool()> idle_work;
};

struct SinkStats {
    std::string name;
    bool connected = false;
    std::uint64_t cursor = 0;
    std::uint64_t backlog = 0;  // alerts behind the cursor, by sequence
    std::uint64_t sent = 0;     // since start; repeated sends count
    std::uint64_t refused = 0;
    std::uint64_t retries = 0;
    std::uint64_t gap = 0;   // alerts that retention took before they were sent
    std::string last_error;  // empty: all is well
};

class Pump {
public:
    Pump(PumpLinks links,
         std::vector<std::unique_ptr<sink::Sink>> sinks,
         std::uint64_t jitter_seed);

    Progress step();
    // All sinks have all alerts of the log. Asks the store.
    [[nodiscard]] bool drained();
    void close();
    [[nodiscard]] std::vector<SinkStats> stats() const;
    // The lowest cursor: what retention spares. The largest number if there are no sinks. Any
    // thread.
    [[nodiscard]] std::uint64_t lowest_cursor() const;

private:
    struct Lane {
        std::unique_ptr<sink::Sink> sink;
        bool loaded = false;  // cursor read from the store
        bool connected = false;
        std::uint64_t cursor = 0;
        std::int64_t not_before_us = 0;
        std::int64_t probed_at_us = 0;
        unsigned failures = 0;  // in a row
        SinkStats stats;
    };

    Progress step(Lane& lane);
    bool connect(Lane& lane);
    bool send(Lane& lane, const std::vector<store::LoggedAlert>& alerts);
    Progress rest(Lane& lane);
    void back_off(Lane& lane, const std::string& why);
    void note_gap(Lane& lane, std::uint64_t first_there);
    void publish(const Lane& lane);

    PumpLinks links_;
    std::vector<Lane> lanes_;
    Random random_;
    mutable std::mutex stats_mutex_;
    std::vector<SinkStats> published_;
};

}  // namespace spoor::pipeline
