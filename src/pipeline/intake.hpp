// Intake: asks each source in turn for records, splits them into events, finds the host of each and
// puts it into its shard's queue; puts the markers in that end epochs. Since this one thread sees
// all input there is one order of input, and a marker is one statement about all sources.
//
// A step function: step() does a bounded amount and never waits for longer than a source's poll
// does (a few ms). Owned and called by one thread. request_stop(), request_marker(),
// request_content() and the Signals may be used from any.
//
// Invariants
//  1. A marker never overtakes a record that was handed out before it.
//  2. The positions in a marker are those after exactly the records before it.
//  3. A source hears acknowledge() only for positions of a committed epoch.
//  4. What is in force (content), and which partitions' clocks count, changes at markers only.
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "decode/decoder.hpp"
#include "event/origin.hpp"
#include "pipeline/content.hpp"
#include "pipeline/messages.hpp"
#include "source/source.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::pipeline {

// Where intake's outputs go and what it shares; outlives it.
struct IntakeLinks {
    const Clock* clock = nullptr;
    OriginTable* origins = nullptr;
    std::vector<ShardQueue*> shards;
    std::vector<Doorbell*> shard_bells;  // beside `shards`
    AckMailbox* acks = nullptr;
    Signals* signals = nullptr;
    BatchPool* pool = nullptr;
};

class Intake {
public:
    Intake(const config::Pipeline& options,
           IntakeLinks links,
           std::vector<std::unique_ptr<source::Source>> sources,
           const Content& content);

    // Where things stand at start-up: the last committed epoch and its positions. Opens the
    // sources.
    [[nodiscard]] Result<void> start(std::uint64_t committed_epoch,
                                     const std::vector<Position>& positions);
    Progress step();
    // Ends after a last marker; with close_windows as at the end of all input. Any thread.
    void request_stop(bool close_windows);

    // Ends the open epoch at the next chance, if anything happened in it. Any thread (tests).
    void request_marker() { marker_requested_.store(true); }

    // Ends the open epoch at the next chance, with a marker behind which `content` is in force. Of
    // several asked for before that marker only the last comes into force; none behind the final
    // one. KeeperStats::content says when it is committed. Any thread.
    void request_content(ContentPtr content);

    // The assignment of a partition was lost: what came since the last epoch must be dropped, and
    // the pipeline built anew from the store (as after a crash). Step then does nothing more.
    [[nodiscard]] bool must_rebuild() const { return must_rebuild_.load(); }

    // True while every source is at its end and nothing has arrived since `since_us` (monotonic
    // microseconds).
    [[nodiscard]] bool at_end() const { return at_end_.load(); }

    // Sources have had more than one poll could take within the last moments. Any thread.
    [[nodiscard]] bool behind() const {
        return links_.clock->monotonic().count() < behind_until_us_.load();
    }

    [[nodiscard]] std::int64_t last_record_us() const { return last_record_us_.load(); }

    [[nodiscard]] std::vector<source::SourceHealth> health()
        const;  // any thread; refreshed twice a second

    void refresh_health() { publish_health(); }  // at once; intake's thread

    void close(Duration deadline);

private:
    struct Lane {  // one shard's way in
        RecordBatch open;
        std::int64_t open_since_us = 0;

        // What its queue had no room for yet, in order: at most one poll's records and a marker,
        // since nothing is polled while anything waits.
        struct Waiting {
            ShardItem item;
            std::size_t bytes = 0;
        };

        std::deque<Waiting> waiting;
    };

    // What the correlators' watermark asks of a partition.
    struct Reading {
        std::int64_t last_us = 0;  // monotonic: when it last gave something
        bool is_assigned = false;
        bool is_at_end = false;  // as its source last said
    };

    void take_acknowledgements();
    bool flush_waiting();
    Progress poll_sources();
    void take_output();
    void apply_change(const source::PartitionChange& change);
    void route_batch();
    void route_record(const RecordRow& row);
    // `row` is of the record, `ref` and `text` are of the event in it.
    void append(std::size_t shard,
                const RecordRow& row,
                const EventRef& ref,
                std::string_view text);
    void send_open(std::size_t shard);
    void send_control(std::size_t shard, ShardItem item);
    void flush(std::size_t shard);
    void add_letter(const RecordRow& row,
                    const EventRef& ref,
                    decode::Reason reason,
                    std::string_view payload);
    [[nodiscard]] bool epoch_due() const;
    [[nodiscard]] bool lanes_clear() const;
    void put_marker(bool final);
    void choose_clocks(Marker& marker);
    [[nodiscard]] bool is_idle(const Reading& reading, std::int64_t now) const;
    void note_ends();
    void publish_health();

    const config::Pipeline options_;
    IntakeLinks links_;
    std::vector<std::unique_ptr<source::Source>> sources_;
    std::vector<Lane> lanes_;
    decode::HostProbe probe_;
    source::PollOutput output_;
    RecordBatch polled_;
    std::vector<decode::Piece> pieces_;
    std::size_t next_source_ = 0;

    std::uint64_t epoch_ = 1;  // the open one
    std::unordered_map<std::uint32_t, Position> positions_;
    Marker pending_;  // of the open epoch: letters, counters, drops
    std::uint64_t epoch_records_ = 0;
    std::size_t letter_bytes_ = 0;
    std::int64_t epoch_since_us_ = 0;  // first thing that happened in it; 0: nothing yet
    std::vector<std::uint32_t> revoked_;
    std::map<std::uint32_t, Reading> readings_;  // partitions whose clocks may count
    std::size_t num_clocks_ = 0;                 // that did at the last marker
    std::vector<bool> has_spoken_;               // sources that said what they read
    std::int64_t started_us_ = 0;
    bool correlating_ = false;
    bool marked_final_ = false;
    bool paused_ = false;
    std::int64_t health_at_us_ = 0;

    std::atomic<bool> stop_requested_{false};
    std::atomic<bool> stop_closes_windows_{false};
    std::atomic<bool> marker_requested_{false};
    std::atomic<bool> content_requested_{false};
    std::mutex content_mutex_;
    ContentPtr requested_content_;
    std::atomic<bool> must_rebuild_{false};
    std::atomic<bool> at_end_{false};
    std::atomic<std::int64_t> last_record_us_{0};
    std::atomic<std::int64_t> behind_until_us_{0};
    mutable std::mutex health_mutex_;
    std::vector<source::SourceHealth> health_;
};

}  // namespace spoor::pipeline
