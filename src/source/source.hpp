// The source contract: where events come from. A source moves bytes and never decodes. All methods
// are called by one thread, intake's; a source whose I/O blocks is given a thread by the pipeline,
// librdkafka has its own.
//
// Life: make -> open(checkpoint) once -> poll ... / acknowledge ... -> close(deadline) once. poll
// never blocks for more than a few milliseconds, and never fails: a source that is in trouble says
// so in health(), retries for ever with backoff and jitter, and hands out nothing meanwhile; the
// other sources go on.
//
// Partitions come and go: poll reports them. `assigned` is reported before the first record of that
// partition, with the position reading starts at. `revoked` asks intake to end the epoch; when that
// is committed intake calls release(partition). `lost` needs no answer: what came since the last
// epoch is dropped.
#pragma once

#include "base/counters.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "event/origin.hpp"
#include "event/record_batch.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::source {

enum class ChangeKind : std::uint8_t { assigned, revoked, lost };

struct PartitionChange {
    ChangeKind kind = ChangeKind::assigned;
    std::uint32_t partition = 0;  // number of its text in the OriginTable
    Position start;               // assigned: where reading starts
    // assigned: the start is ahead of the checkpoint (worked on elsewhere, or data gone): the
    // partition's state must be dropped. `reason` says which.
    bool drop_state = false;
    std::string reason;
};

// Records, positions and changes of one poll. Reused by intake; poll appends.
struct PollOutput {
    RecordBatch* batch = nullptr;  // where records go; poll stops when batch->full()
    std::vector<PartitionChange> changes;

    // For each partition that had records: where to go on after them. Appended in order; the last
    // one counts.
    struct Advance {
        std::uint32_t partition = 0;
        std::uint32_t origin = 0;
        std::int64_t next = 0;
    };

    std::vector<Advance> advances;
    // What a source itself had to give up ("gap_records": data that retention deleted ...), by
    // reason.
    Counters losses;

    // Records that the source read but cannot be one (a line over the size limit): dead letters, in
    // order.
    struct Unusable {
        EventRef ref;
        Timestamp record_time = no_time;
        std::string reason;
        std::string detail;
        std::string payload;
        std::uint64_t payload_size = 0;
        std::uint64_t line = 0;  // as RecordRow::line
    };

    std::vector<Unusable> unusable;
};

enum class SourceState : std::uint8_t { starting, healthy, degraded, down, closed };
[[nodiscard]] std::string_view to_string(SourceState state);

struct PartitionHealth {
    std::string partition;      // Position::partition
    std::string label;          // for people: "apt_topic [3]", "/var/log/app.json"
    std::int64_t position = 0;  // next to be read
    std::int64_t end = -1;      // end of the partition as last known; -1 = not known
};

struct SourceHealth {
    std::string name;  // "kafka", "file:/var/log/app.json"
    SourceState state = SourceState::starting;
    std::string detail;  // for people: the last error and what to do, or empty
    std::vector<PartitionHealth> partitions;
    // All partitions assigned, read to their end, and nothing arrived since (a broker outage is not
    // that).
    bool at_end = false;
    std::uint64_t reconnects = 0;
};

class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual bool replayable() const = 0;  // false: standard input
    // The checkpoint's positions of this source's partitions (those with its prefix). Does not wait
    // for a server. Fails only for what will never come right by itself (a bad pattern).
    [[nodiscard]] virtual Result<void> open(std::span<const Position> checkpoint) = 0;
    virtual void poll(PollOutput& out) = 0;
    // These positions are committed; a Kafka source stores and commits them. Positions of other
    // sources are ignored.
    virtual void acknowledge(std::span<const Position> committed) = 0;
    virtual void release(std::uint32_t partition) = 0;
    // Backpressure beyond seconds; records already handed out stand.
    virtual void pause() = 0;
    virtual void resume() = 0;
    [[nodiscard]] virtual SourceHealth health() const = 0;
    // Commits what was acknowledged and leaves; after the deadline it leaves anyway.
    virtual void close(Duration deadline) = 0;
};

}  // namespace spoor::source
