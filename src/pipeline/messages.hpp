// What travels between intake, shards and keeper, and the bell that wakes them. All items are owned
// values; they move.
#pragma once

#include "alert/alert.hpp"
#include "alert/detector.hpp"
#include "base/counters.hpp"
#include "base/queue.hpp"
#include "base/time.hpp"
#include "event/origin.hpp"
#include "event/record_batch.hpp"
#include "pipeline/content.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace spoor::pipeline {

// What a step did. A driver goes on with the others when a step is idle or blocked.
enum class Progress : std::uint8_t {
    worked,
    idle,     // nothing to do until something arrives or time passes
    blocked,  // the next queue is full
    done,     // the final marker has passed; there will be no more work
};

// The end of an epoch: one statement about all sources, the same object in every shard's queue.
struct Marker {
    std::uint64_t epoch = 0;
    std::vector<Position> positions;              // all partitions, after all that was handed out
    std::vector<alert::DeadLetter> letters;       // of intake: what could not be split
    std::vector<std::string> dropped_partitions;  // state that is void, see source::PartitionChange
    Counters counters;                            // of intake, since the last marker
    std::vector<std::uint32_t> revoked;           // to be released once this epoch is committed
    // For the correlators' watermark, where there are any: the partitions whose clocks bound it
    // (left out are those that are silent at their end), the sources that have said what they read,
    // and those that may yet.
    std::vector<std::uint32_t> clocks;
    std::vector<std::string> spoken;
    std::vector<std::string> awaited;
    ContentPtr content;          // in force behind this marker; null: as before
    bool close_windows = false;  // end of all input (scan, demo)
    bool final = false;          // nothing comes after it
};

using MarkerPtr = std::shared_ptr<const Marker>;

struct DropPartition {
    std::uint32_t partition = 0;
};

using ShardItem = std::variant<RecordBatch, MarkerPtr, DropPartition>;

// A partition's clock for the correlators: its newest event time, in whole seconds. Whole, so that
// the steps by which it rises are few.
[[nodiscard]] inline Timestamp clock_of(Timestamp newest) {
    return std::chrono::floor<std::chrono::seconds>(newest);
}

// The event at which a shard saw a partition's clock rise.
struct ClockStep {
    EventRef ref;
    Timestamp clock = no_time;
};

// Findings of the open epoch, as they come.
struct Chunk {
    std::vector<alert::Alert> alerts;
    std::vector<alert::DeadLetter> letters;
    std::vector<alert::StateRow> rows;
    std::vector<alert::Signal> signals;
    std::vector<ClockStep> steps;  // only where there are correlators
};

// A shard's last word on an epoch.
struct HandOver {
    MarkerPtr marker;
    Counters counters;
    std::vector<std::pair<std::uint32_t, Timestamp>>
        newest;                          // event time by partition, of this epoch's events
    std::vector<alert::Signal> closing;  // signals found by close_windows
};

using KeeperItem = std::variant<Chunk, HandOver>;

using ShardQueue = BoundedQueue<ShardItem>;
using KeeperQueue = BoundedQueue<KeeperItem>;

// Wakes a thread that waits for any of several things. ring() by any thread; one thread waits.
class Doorbell {
public:
    void ring() {
        {
            const std::lock_guard lock(mutex_);
            rung_ = true;
        }
        changed_.notify_one();
    }

    // Until rung since the last wait, at most `timeout`.
    void wait(Duration timeout) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, timeout, [&] { return rung_; });
        rung_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool rung_ = false;
};

// What the keeper tells intake after a commit.
struct Acknowledgement {
    MarkerPtr marker;
};

// No alert::Signal: facts that cross threads outside the queues, for the decision when an epoch
// ends (Intake::epoch_due) and for status.
struct Signals {
    std::atomic<std::int64_t> alert_since_us{
        0};  // monotonic; an alert of the open epoch waits since; 0: none
    std::atomic<std::int64_t> last_commit_us{0};  // how long the last commit took
    std::atomic<std::uint64_t> committed_epoch{0};
    std::atomic<std::uint64_t> changed_bytes{
        0};  // of rows that the open epoch will write, about; sum over shards
    std::atomic<std::uint64_t> gathered_bytes{
        0};  // of alerts, letters and signals the keeper holds for the open epoch, about
    std::atomic<bool> commit_failing{false};
};

// Acknowledgements on their way back to intake. Any thread.
class AckMailbox {
public:
    void post(Acknowledgement ack) {
        const std::lock_guard lock(mutex_);
        acks_.push_back(std::move(ack));
    }

    [[nodiscard]] std::vector<Acknowledgement> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(acks_, {});
    }

private:
    std::mutex mutex_;
    std::vector<Acknowledgement> acks_;
};

// Arenas go back to intake instead of to the allocator. Any thread.
class BatchPool {
public:
    [[nodiscard]] RecordBatch take() {
        const std::lock_guard lock(mutex_);
        if (batches_.empty()) {
            return {};
        }
        RecordBatch batch = std::move(batches_.back());
        batches_.pop_back();
        return batch;
    }

    void give(RecordBatch batch) {
        batch.clear();
        const std::lock_guard lock(mutex_);
        if (batches_.size() < max_kept) {
            batches_.push_back(std::move(batch));
        }
    }

private:
    static constexpr std::size_t max_kept = 64;
    std::mutex mutex_;
    std::vector<RecordBatch> batches_;
};

}  // namespace spoor::pipeline
