// Retention, a part of SqliteStore: rows leave from the front of the log, in short steps.
#include "store/semantics.hpp"
#include "store/sqlite_schema.hpp"
#include "store/sqlite_store.hpp"

namespace spoor::store {

using internal::Step;

Result<Retained> SqliteStore::retain(Timestamp now,
                                     const config::Store& limits,
                                     std::uint64_t min_cursor,
                                     std::size_t max_rows) {
    SPOOR_TRY(const Cut alerts, find_alert_cut(now, limits, min_cursor, max_rows));
    SPOOR_TRY(const Cut letters, find_letter_cut(now, limits, max_rows));
    if (alerts.count > 0 || letters.count > 0) {
        SPOOR_TRY_VOID(transact([&] { return delete_up_to(alerts, letters); }));
    }
    const bool is_more = alerts.more || letters.more;
    if (!is_more) {
        idle();
    }
    return Retained{alerts.count, alerts.unsent, letters.count, is_more};
}

Result<SqliteStore::Cut> SqliteStore::find_alert_cut(Timestamp now,
                                                     const config::Store& limits,
                                                     std::uint64_t min_cursor,
                                                     std::size_t max_rows) {
    Cut cut;
    internal::Statement& head = sql_.alert_head;
    head.bind(1, std::uint64_t{max_rows} + 1);
    Step step = Step::done;
    while ((step = head.step()) == Step::row) {
        const std::uint64_t sequence = head.number(0);
        const bool is_unsent = sequence > min_cursor;
        if (!internal::may_delete_alert(now,
                                        limits,
                                        is_unsent,
                                        internal::from_stored(head.integer(1)),
                                        head.number(2),
                                        ends_.log_end)) {
            break;
        }
        if (cut.count == max_rows) {
            cut.more = true;
            break;
        }
        cut.upto = sequence;
        ++cut.count;
        cut.unsent += is_unsent ? 1U : 0U;
    }
    head.reset();
    if (step == Step::failed) {
        return db_.error("looking for alerts to delete");
    }
    return cut;
}

Result<SqliteStore::Cut> SqliteStore::find_letter_cut(Timestamp now,
                                                      const config::Store& limits,
                                                      std::size_t max_rows) {
    Cut cut;
    internal::Statement& head = sql_.letter_head;
    head.bind(1, std::uint64_t{max_rows} + 1);
    Step step = Step::done;
    while ((step = head.step()) == Step::row) {
        if (!internal::may_delete_letter(now,
                                         limits,
                                         internal::from_stored(head.integer(1)),
                                         head.number(2),
                                         ends_.letters_end)) {
            break;
        }
        if (cut.count == max_rows) {
            cut.more = true;
            break;
        }
        cut.upto = head.number(0);
        ++cut.count;
    }
    head.reset();
    if (step == Step::failed) {
        return db_.error("looking for dead letters to delete");
    }
    return cut;
}

Result<void> SqliteStore::delete_up_to(const Cut& alerts, const Cut& letters) {
    struct Deletion {
        internal::Statement* statement;
        const Cut* cut;
    };

    const Deletion deletions[] = {
        {&sql_.delete_alerts, &alerts},
        {&sql_.delete_bodies, &alerts},
        {&sql_.delete_letters, &letters},
        {&sql_.delete_letter_bodies, &letters},
    };
    for (const Deletion& deletion : deletions) {
        if (deletion.cut->count == 0) {
            continue;
        }
        deletion.statement->bind(1, deletion.cut->upto);
        if (!deletion.statement->run()) {
            return db_.error("deleting what retention does not keep");
        }
    }
    Counters counters;
    counters.add("retention_alerts", alerts.count);
    counters.add("outbox_gap_alerts", alerts.unsent);
    counters.add("retention_dead_letters", letters.count);
    return write_counters(counters);
}

}  // namespace spoor::store
