// The correlators' stage of the keeper: takes the signals of all shards, puts them in order, holds
// those that others may still come before, and hands the rest to the correlators. What it holds is
// state: rows in the epoch's transaction, each signal written once.
//
// The watermark is the lowest clock of the partitions that the marker names, less the allowed
// lateness. A signal is late when its own partition's clock had passed it by more than that where
// it stands in its partition; so which signals are late does not depend on arrival (docs/adr/0008).
//
// Owned and called by the keeper's thread.
//
// Invariants
//  1. The correlators see each signal that is not late once, in SignalOrder, whatever the epochs.
//  2. What is not yet seen is in the store with the epoch that read it.
#pragma once

#include "alert/correlator.hpp"
#include "alert/signal.hpp"
#include "event/origin.hpp"
#include "pipeline/content.hpp"
#include "pipeline/messages.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::pipeline {

// Newest event times by partition.
using Newest = std::map<std::string, Timestamp, std::less<>>;

// What the end of an epoch tells the stage.
struct EpochEnd {
    const Marker& marker;
    std::vector<alert::Signal>& closing;  // found by the detectors' close_windows
    const Newest& before;                 // as the epoch began
    const Newest& now;
    Duration monotonic;
};

class CorrelatorStage {
public:
    struct Options {
        Duration lateness{0};
        // A partition that has been read from for this long without any event time has no clock.
        Duration patience{0};
        std::size_t max_held_bytes = std::size_t{64} * 1024 * 1024;
    };

    CorrelatorStage(OriginTable& origins, const Correlators& correlators, const Options& options);

    // At start-up: rows that the stage wrote for itself, and those of each correlator. False: a row
    // does not read back. restored() after the last.
    [[nodiscard]] bool restore_own(const alert::StateRow& row);
    [[nodiscard]] bool restore(std::size_t correlator, const alert::StateRow& row);
    void restored();

    [[nodiscard]] bool is_active() const { return !correlators_.empty(); }

    void take(std::vector<alert::Signal>& signals, std::vector<ClockStep>& steps);
    // All of the epoch is there: adds alerts, rows and counters to `open`.
    void end_epoch(const EpochEnd& end, store::Epoch& open);
    // Goes over to other correlators, behind the end of an epoch.
    void swap(const Correlators& next, store::Epoch& open);

    [[nodiscard]] std::size_t num_held() const { return held_.size(); }

    [[nodiscard]] Timestamp watermark() const { return watermark_; }  // no_time: none yet

private:
    struct Held {
        alert::Signal signal;
        std::uint64_t block = 0;  // the row that it is in; 0: none yet
    };

    [[nodiscard]] bool restore_block(std::string_view entity, std::string_view bytes);
    void sort_out_late(const Newest& before, Counters& counters);
    [[nodiscard]] Timestamp next_watermark(const EpochEnd& end);
    [[nodiscard]] Timestamp watermark_to_fit() const;
    void release(Timestamp watermark, store::Epoch& open);
    void inspect_from(std::vector<Held>::iterator ready, store::Epoch& open);
    void inspect(std::vector<alert::Signal>& signals, store::Epoch& open);
    void close(std::vector<alert::Signal>& closing, store::Epoch& open);
    void take_findings(store::Epoch& open);
    void write_held(store::Epoch& open);
    void write_progress(store::Epoch& open);
    void forget_held(store::Epoch& open);

    OriginTable& origins_;
    const Options options_;
    Correlators correlators_;
    States states_;
    std::vector<alert::Signal> arrived_;  // in the open epoch
    std::vector<ClockStep> steps_;
    std::vector<Held> held_;
    std::size_t held_bytes_ = 0;
    std::map<std::uint64_t, std::size_t> blocks_;  // rows of held signals: how many still are
    std::uint64_t next_block_ = 1;
    Timestamp watermark_ = no_time;
    Timestamp stored_watermark_ = no_time;
    std::set<std::string> sources_;  // that have said what they read, in this run or before
    std::size_t num_stored_sources_ = 0;
    std::map<std::uint32_t, Duration> clockless_since_;  // monotonic, by partition
    alert::Findings findings_;
};

}  // namespace spoor::pipeline
