// Keeper: gathers what the shards hand over for an epoch, runs the correlators over their signals
// and commits it all in one transaction; then tells intake, so that positions move. The only thread
// that writes the store, and the only one that ever waits for several markers.
//
// A step function, owned and called by one thread. stats() may be called from any.
//
// Invariants
//  1. A commit holds all of epoch e from every shard and nothing of e+1.
//  2. Nothing is acknowledged before its commit.
//  3. A failed commit is tried again with the same content; meanwhile intake reads nothing
//  (Signals::commit_failing).
#pragma once

#include "base/clock.hpp"
#include "event/origin.hpp"
#include "pipeline/content.hpp"
#include "pipeline/correlator_stage.hpp"
#include "pipeline/messages.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace spoor::pipeline {

// Hears of the dead letters of an epoch that has been committed, on the keeper's thread.
using LetterHearer = std::function<void(const std::vector<alert::DeadLetter>&)>;

struct KeeperLinks {
    const Clock* clock = nullptr;
    OriginTable* origins = nullptr;
    std::vector<KeeperQueue*> shards;
    std::vector<Doorbell*> shard_bells;  // rung when room appears
    Doorbell* intake_bell = nullptr;
    Doorbell* pump_bell = nullptr;  // rung after a commit with alerts; may be null
    AckMailbox* acks = nullptr;
    Signals* signals = nullptr;
    store::EpochStore* store = nullptr;
    // Between epochs: retention, checkpoints of the log, in bounded steps. May be empty.
    std::function<void()> housekeeping;
    LetterHearer letters_stored;  // may be empty
};

// Of this process, since its start, for status and metrics.
struct KeeperStats {
    std::uint64_t epoch = 0;  // last committed
    std::uint64_t num_commits = 0;
    std::uint64_t num_failed_commits = 0;
    std::uint64_t bytes_written = 0;  // by all commits
    std::uint64_t last_bytes = 0;     // by the last
    std::uint64_t last_alerts = 0;    // new ones, in the last
    std::uint64_t last_rows = 0;      // of state, in the last
    Duration last_pause{0};           // how long the last commit took
    Duration longest_pause{0};
    Timestamp last_commit_at = no_time;
    std::int64_t last_content_us = 0;  // monotonic, of the last commit that had events in it
    std::uint64_t alerts = 0;          // new ones
    std::uint64_t repeated_alerts = 0;
    std::uint64_t conflicting_alerts = 0;
    std::string content;             // version in force behind the last commit
    std::uint64_t held_signals = 0;  // waiting for the watermark
    Timestamp watermark = no_time;   // of the correlators; no_time: none yet
    std::string last_error;          // of the commit that is failing now; empty: none is
    Counters counters_at_start;
    Counters counters;  // totals, with those of earlier runs
};

class Keeper {
public:
    Keeper(KeeperLinks links, ContentPtr content, const CorrelatorStage::Options& options);

    // Where the store is at start-up: its checkpoint, the version of the content that was in force,
    // and rows that are to go with the first epoch.
    void start(const store::Checkpoint& checkpoint,
               std::string stored_content,
               std::vector<alert::StateRow> gone);

    // For restoring its rows.
    [[nodiscard]] CorrelatorStage& correlators() { return correlators_; }

    Progress step();
    [[nodiscard]] KeeperStats stats() const;

private:
    bool gather();
    void take(std::size_t shard, KeeperItem item);
    void take_hand_over(std::size_t shard, HandOver hand_over);
    [[nodiscard]] bool all_at_marker() const;
    void complete();
    void run_correlators();
    void swap_content();
    Progress try_commit();
    void committed(const store::CommitInfo& info, Duration pause);

    KeeperLinks links_;
    ContentPtr content_;
    std::string stored_content_;  // the version that the store knows
    CorrelatorStage correlators_;
    store::Epoch open_;  // being gathered
    MarkerPtr marker_;   // of it, once the first shard is there
    std::vector<bool> at_marker_;
    Newest newest_;                                // as of the last complete epoch
    Newest open_newest_;                           // of the open one
    std::vector<alert::Signal> closing_;           // ditto
    std::vector<alert::DeadLetter> held_letters_;  // planted fault only
    bool ready_ = false;                           // complete; not yet committed
    std::uint64_t next_epoch_ = 1;
    std::int64_t retry_at_us_ = 0;
    std::int64_t retry_delay_us_ = 0;
    bool finished_ = false;

    mutable std::mutex stats_mutex_;
    KeeperStats stats_;
};

}  // namespace spoor::pipeline
