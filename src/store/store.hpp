// The store: alerts, dead letters, detector state, positions, counters; the durable truth. One
// epoch is one transaction: after a crash the store holds epoch e-1 or e, never a part. The alert
// log's own sequence is the outbox that sinks are fed from.
//
// Three faces, for three kinds of user. EpochStore: the keeper's thread alone writes through it.
// AlertLog and Cursors: the pump's thread. Reader (store/reader.hpp): any process, read only.
// Readers see committed epochs only.
#pragma once

#include "alert/alert.hpp"
#include "alert/detector.hpp"
#include "base/counters.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::store {

// Rows that the pipeline keeps for itself have this name where those of a detector have its own.
// Among them: the version of the content in force, as `content_entity`.
inline constexpr std::string_view own_rows = "pipeline";
inline constexpr std::uint32_t own_rows_version = 1;
inline constexpr std::string_view content_entity = "content";

// All that one epoch commits.
struct Epoch {
    std::uint64_t number = 0;  // one more than the last
    Timestamp stored_at =
        no_time;  // wall clock: storage time of its alerts, from which retention counts
    std::vector<alert::Alert> alerts;
    std::vector<alert::DeadLetter> dead_letters;
    std::vector<alert::StateRow> rows;
    std::vector<Position> positions;  // all partitions known at the marker

    struct Watermark {
        std::string partition;
        Timestamp newest =
            no_time;  // newest event time seen; the watermark is this less the allowed lateness
    };

    std::vector<Watermark> watermarks;  // all partitions that have one
    std::vector<std::string>
        dropped_partitions;                      // their rows are deleted before `rows` are written
    std::vector<std::string> dropped_detectors;  // likewise
    Counters counters;                           // added to the totals
};

// What a commit did that its caller could not know.
struct CommitInfo {
    std::uint64_t new_alerts = 0;
    std::uint64_t repeated_alerts = 0;  // same id, same bytes: kept once
    std::uint64_t conflicting_alerts =
        0;  // same id, other bytes: the first stays; counted, first one in `conflict`
    std::string conflict;
    std::uint64_t repeated_letters = 0;  // same ref: the same letter, kept once
    std::uint64_t bytes = 0;             // of alerts, letters and rows handed over
};

// What start-up reads.
struct Checkpoint {
    std::uint64_t epoch = 0;  // 0: none yet
    std::vector<Position> positions;
    std::vector<Epoch::Watermark> watermarks;
    Counters counters;
};

// What one step of retention did. Alerts leave in order of sequence, so the log never has holes.
struct Retained {
    std::uint64_t alerts = 0;
    std::uint64_t unsent_alerts = 0;  // of these: deleted before every sink had them (a gap)
    std::uint64_t dead_letters = 0;
    bool more = false;  // there is more to delete now: call again
};

// `min_cursor` of a store without sinks: nothing is unsent.
inline constexpr std::uint64_t no_sinks = UINT64_MAX;

// Beside what an epoch brings, the store counts, in the same transaction: "alerts_repeated",
// "alerts_conflicting", "dead_letters_repeated", "state_rows_discarded", "retention_alerts",
// "outbox_gap_alerts", "retention_dead_letters".
class EpochStore {
public:
    EpochStore() = default;
    EpochStore(const EpochStore&) = delete;
    EpochStore& operator=(const EpochStore&) = delete;
    virtual ~EpochStore() = default;

    [[nodiscard]] virtual std::string store_id() const = 0;  // made once, at creation
    [[nodiscard]] virtual Result<Checkpoint> load() = 0;
    // Hands each row of `detector` with this state version to `take`; deletes (and counts) those of
    // another version.
    [[nodiscard]] virtual Result<std::uint64_t> load_rows(
        std::string_view detector,
        std::uint32_t version,
        const std::function<void(alert::StateRow&&)>& take) = 0;
    // One transaction. On failure nothing of it is there and it may be tried again. Positions and
    // watermarks replace those of the same partition; others stand. A dropped partition loses its
    // rows and its watermark. Of two rows with one key the later counts.
    [[nodiscard]] virtual Result<CommitInfo> commit(const Epoch& epoch) = 0;
    // Deletes what is too old or too much, at most `max_rows` alerts and as many dead letters: a
    // short transaction of its own, for the keeper between epochs. Cheap when there is nothing to
    // do. Spares alerts with sequence > `min_cursor` (the lowest of the sinks' cursors) while they
    // are no more than limits.unsent_max_bytes.
    [[nodiscard]] virtual Result<Retained> retain(Timestamp now,
                                                  const config::Store& limits,
                                                  std::uint64_t min_cursor,
                                                  std::size_t max_rows) = 0;

    // For moments without work: what is better done now than inside a commit. retain() that leaves
    // no more to delete does it too.
    virtual void idle() {}
};

struct LoggedAlert {
    std::uint64_t sequence = 0;
    std::string id;
    Timestamp time = no_time;
    alert::Level level = alert::Level::medium;
    std::string host;
    std::string rule_id;
    std::string techniques;  // ids, space-separated, sorted
    std::string json;
};

// The committed alerts, in order of sequence. Used by the pump's thread.
class AlertLog {
public:
    AlertLog() = default;
    AlertLog(const AlertLog&) = delete;
    AlertLog& operator=(const AlertLog&) = delete;
    virtual ~AlertLog() = default;

    // Up to `limit` alerts with sequence > `after`, in order.
    [[nodiscard]] virtual Result<std::vector<LoggedAlert>> read(std::uint64_t after,
                                                                std::size_t limit) = 0;
    [[nodiscard]] virtual Result<std::uint64_t> last_sequence() = 0;  // 0: none
    [[nodiscard]] virtual Result<std::uint64_t>
    first_sequence() = 0;  // of what is still there; 0: none
};

// How far each sink is, and what it refused. Used by the pump's thread.
class Cursors {
public:
    Cursors() = default;
    Cursors(const Cursors&) = delete;
    Cursors& operator=(const Cursors&) = delete;
    virtual ~Cursors() = default;

    [[nodiscard]] virtual Result<std::uint64_t> cursor(
        std::string_view sink) = 0;  // 0: nothing sent yet

    struct Refused {
        std::uint64_t sequence = 0;
        std::string alert_id;
        std::string detail;
    };

    // One transaction: the new cursor and what was refused on the way.
    [[nodiscard]] virtual Result<void> advance(std::string_view sink,
                                               std::uint64_t cursor,
                                               const std::vector<Refused>& refused) = 0;
};

}  // namespace spoor::store
