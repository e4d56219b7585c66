// What a run says of itself: DIR/status.json, which `spoor status` reads, and the summary of what
// was found that scan and demo print. Main thread.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "pipeline/keeper.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/pump.hpp"
#include "source/source.hpp"
#include "store/run_status.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spoor::app {

struct RunFacts {
    Timestamp started = no_time;
    Timestamp now = no_time;
    std::string state = "running";  // "running", "draining", "store_failing", "stopped"
    pipeline::KeeperStats keeper;
    std::vector<source::SourceHealth> sources;
    std::vector<pipeline::SinkStats> sinks;
    pipeline::Pipeline::QueueUse queues;
    store::RunStatus::Rules rules;
    double events_per_second = 0;
};

// Written beside and renamed, so that a reader never sees half of it.
[[nodiscard]] Result<void> write_run_status(const std::string& data_dir, const RunFacts& facts);

// Alerts of one run, counted as they are read from the log.
struct Found {
    std::uint64_t last_sequence = 0;
    std::map<alert::Level, std::uint64_t> by_level;
    std::map<std::string, std::uint64_t> by_host;
    std::map<std::string, std::uint64_t> by_detector;
    std::set<std::string> tactics;     // names
    std::set<std::string> techniques;  // ids
    std::uint64_t total = 0;

    // Takes what the log has behind last_sequence.
    [[nodiscard]] Result<void> catch_up(store::AlertLog& log);
    // A few lines for a person.
    [[nodiscard]] std::string summary(const Counters& counters) const;
    // One line, for while it runs.
    [[nodiscard]] std::string line(const Counters& counters) const;
};

}  // namespace spoor::app
