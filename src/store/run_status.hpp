// What the running process says of itself, about once a second, in DIR/status.json: what the store
// cannot know. `spoor status` shows it together with the store's own facts. Written whole and
// renamed, so a reader never sees half of it; read tolerantly, so versions may differ.
//
// Values. write_run_status: one thread; read_run_status: any process.
#pragma once

#include "base/counters.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::store {

struct RunStatus {
    std::int64_t pid = 0;
    std::string version;
    std::string state;   // "running", "draining", "store_failing" ...
    std::string detail;  // for people: what is wrong and what to do, or empty
    Timestamp started = no_time;
    Timestamp updated = no_time;

    struct LastEpoch {
        std::uint64_t number = 0;
        Timestamp committed = no_time;
        std::uint64_t alerts = 0;
        std::uint64_t rows = 0;   // of state, written
        std::uint64_t bytes = 0;  // written
        Duration pause{0};        // how long the commit took
    };

    LastEpoch epoch;

    struct Queue {
        std::string name;
        std::uint64_t items = 0;
        std::uint64_t bytes = 0;
        std::uint64_t max_bytes = 0;
        std::uint64_t high_water_bytes = 0;
    };

    std::vector<Queue> queues;

    struct Partition {
        std::string partition;      // as in Position
        std::string label;          // for people
        std::int64_t position = 0;  // next to be read
        std::int64_t end = -1;      // -1: not known
    };

    struct Source {
        std::string name;
        std::string state;
        std::string detail;
        bool at_end = false;
        std::uint64_t reconnects = 0;
        std::vector<Partition> partitions;
    };

    std::vector<Source> sources;

    struct Sink {
        std::string name;
        std::string state;  // "healthy", "down" ...
        std::string detail;
        std::uint64_t cursor = 0;
        std::uint64_t backlog = 0;
        std::uint64_t refused = 0;
    };

    std::vector<Sink> sinks;

    // Sigma rules; none configured: no time.
    struct Rules {
        Timestamp loaded = no_time;  // those in force, or asked for
        std::string version;
        std::uint64_t rules = 0;
        std::uint64_t correlations = 0;
        std::uint64_t filters = 0;
        std::uint64_t failed = 0;   // documents left out for errors
        std::uint64_t skipped = 0;  // left out because a pipeline or filter says so
        std::string detail;         // for people: what the last reload changed, or why it did not
    };

    Rules rules;
    double events_per_second = 0;  // over the last seconds
    Counters counters;             // totals, the open epoch's too
};

[[nodiscard]] std::string to_json(const RunStatus& status);
// Unknown members are passed over; absent ones, and ones of the wrong kind, keep their default.
// corrupt: not a JSON object.
[[nodiscard]] Result<RunStatus> parse_run_status(std::string_view json);

// DIR/status.json.
[[nodiscard]] Result<void> write_run_status(const std::string& dir, const RunStatus& status);
[[nodiscard]] Result<RunStatus> read_run_status(const std::string& dir);

}  // namespace spoor::store
