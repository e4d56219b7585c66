#include "store/sqlite_store.hpp"

#include "base/assert.hpp"
#include "store/semantics.hpp"
#include "store/sqlite_schema.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

namespace spoor::store {

using internal::Connection;
using internal::Statement;
using internal::Step;
using internal::to_stored;

namespace {

// Pages of 8 KiB in the write-ahead log beyond which a commit copies them home itself (128 MiB),
// and beyond which an idle moment is used (8 MiB).
constexpr int wal_frames_at_most = 16384;
constexpr int wal_frames_when_idle = 1024;

Result<void> each_row(Connection& db,
                      std::string_view sql,
                      const std::function<void(Statement&)>& take) {
    SPOOR_TRY(Statement statement, db.prepare(sql));
    Step step = Step::done;
    while ((step = statement.step()) == Step::row) {
        take(statement);
    }
    if (step == Step::failed) {
        return db.error("reading");
    }
    return {};
}

// As numbers that sort as the bytes do, so that a comparison rarely has to fetch the text.
std::array<std::uint64_t, 2> first_bytes(std::string_view text) {
    std::array<std::uint64_t, 2> out{};
    for (std::size_t i = 0; i < 16; ++i) {
        const auto byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
        out[i / 8] = out[i / 8] << 8U | byte;
    }
    return out;
}

}  // namespace

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& dir) {
    SPOOR_TRY_VOID(internal::make_directory(dir));
    std::unique_ptr<SqliteStore> store(new SqliteStore);
    SPOOR_TRY_VOID(store->lock_.take(dir));
    SPOOR_TRY(store->db_,
              Connection::open(internal::database_path(dir), internal::OpenMode::create));
    SPOOR_TRY_VOID(internal::prepare_database(store->db_));
    store->db_.watch_wal();
    SPOOR_TRY_VOID(store->prepare_all());
    SPOOR_TRY_VOID(store->read_meta());
    return store;
}

Result<void> SqliteStore::prepare_all() {
    struct Pair {
        Statement* statement;
        const char* sql;
    };

    const Pair all[] = {
        {&sql_.begin, "BEGIN IMMEDIATE"},
        {&sql_.commit, "COMMIT"},
        {&sql_.insert_alert,
         "INSERT INTO alerts(seq, time, level, stored_at, host, detector, rule, techniques, entity,"
         " start, id) VALUES(?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING"},
        {&sql_.insert_body, "INSERT INTO alert_bodies(seq, summary, json) VALUES(?,?,?)"},
        {&sql_.find_body,
         "SELECT b.json FROM alerts a JOIN alert_bodies b ON b.seq = a.seq WHERE a.id = ?"},
        {&sql_.insert_letter,
         "INSERT INTO dead_letters(number, ref, part, reason, detail, record_time, stored_at,"
         " payload_size, start) VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(ref) DO NOTHING"},
        {&sql_.insert_letter_body, "INSERT INTO dead_letter_bodies VALUES(?,?)"},
        {&sql_.put_row,
         "INSERT INTO state(detector, part, entity, version, bytes) VALUES(?,?,?,?,?)"
         " ON CONFLICT DO UPDATE SET version = excluded.version, bytes = excluded.bytes"},
        {&sql_.delete_row, "DELETE FROM state WHERE detector = ? AND part = ? AND entity = ?"},
        {&sql_.delete_partition,
         "DELETE FROM state WHERE part = ?1 AND detector IN (SELECT number FROM names)"},
        {&sql_.delete_detector, "DELETE FROM state WHERE detector = ?"},
        {&sql_.put_position,
         "INSERT INTO positions VALUES(?,?,?)"
         " ON CONFLICT DO UPDATE SET origin = excluded.origin, next = excluded.next"},
        {&sql_.put_watermark,
         "INSERT INTO watermarks VALUES(?,?) ON CONFLICT DO UPDATE SET newest = excluded.newest"},
        {&sql_.delete_watermark, "DELETE FROM watermarks WHERE part = ?"},
        {&sql_.add_counter,
         "INSERT INTO counters VALUES(?,?)"
         " ON CONFLICT DO UPDATE SET total = total + excluded.total"},
        {&sql_.put_meta,
         "UPDATE meta SET epoch = ?, stored_at = ?, last_sequence = ?, log_end = ?,"
         " last_letter = ?, letters_end = ?"},
        {&sql_.find_name, "SELECT number FROM names WHERE text = ?"},
        {&sql_.add_name, "INSERT INTO names(text) VALUES(?)"},
        {&sql_.alert_head, "SELECT seq, stored_at, start FROM alerts ORDER BY seq LIMIT ?"},
        {&sql_.letter_head,
         "SELECT number, stored_at, start FROM dead_letters ORDER BY number LIMIT ?"},
        {&sql_.delete_alerts, "DELETE FROM alerts WHERE seq <= ?"},
        {&sql_.delete_bodies, "DELETE FROM alert_bodies WHERE seq <= ?"},
        {&sql_.delete_letters, "DELETE FROM dead_letters WHERE number <= ?"},
        {&sql_.delete_letter_bodies, "DELETE FROM dead_letter_bodies WHERE number <= ?"},
    };
    for (const Pair& pair : all) {
        SPOOR_TRY(*pair.statement, db_.prepare(pair.sql));
    }
    return {};
}

Result<void> SqliteStore::read_meta() {
    SPOOR_TRY(Statement meta,
              db_.prepare("SELECT store_id, epoch, last_sequence, log_end, last_letter,"
                          " letters_end FROM meta"));
    if (meta.step() != Step::row) {
        return fail(Errc::corrupt, fmt::format("{} has no meta row", db_.path()));
    }
    store_id_ = meta.text(0);
    ends_ = {meta.number(1), meta.number(2), meta.number(3), meta.number(4), meta.number(5)};
    return {};
}

Result<Checkpoint> SqliteStore::load() {
    Checkpoint out;
    out.epoch = ends_.epoch;
    SPOOR_TRY_VOID(each_row(
        db_, "SELECT part, origin, next FROM positions ORDER BY part", [&](Statement& row) {
            out.positions.push_back(
                {std::string(row.text(0)), std::string(row.text(1)), row.integer(2)});
        }));
    SPOOR_TRY_VOID(
        each_row(db_, "SELECT part, newest FROM watermarks ORDER BY part", [&](Statement& row) {
            out.watermarks.push_back(
                {std::string(row.text(0)), internal::from_stored(row.integer(1))});
        }));
    SPOOR_TRY_VOID(each_row(db_, "SELECT name, total FROM counters", [&](Statement& row) {
        out.counters.add(row.text(0), row.number(1));
    }));
    return out;
}

Result<void> SqliteStore::transact(const std::function<Result<void>()>& write) {
    if (!sql_.begin.run()) {
        return db_.error("beginning a transaction");
    }
    Result<void> result = write();
    if (result && !sql_.commit.run()) {
        result = db_.error("committing");
    }
    if (!result) {
        db_.roll_back();
        names_.clear();  // some may have been made in the transaction
    }
    return result;
}

Result<std::uint64_t> SqliteStore::load_rows(std::string_view detector,
                                             std::uint32_t version,
                                             const std::function<void(alert::StateRow&&)>& take) {
    SPOOR_TRY(Statement rows,
              db_.prepare("SELECT p.text, s.entity, s.bytes FROM state s"
                          " JOIN names d ON d.number = s.detector"
                          " JOIN names p ON p.number = s.part"
                          " WHERE d.text = ? AND s.version = ?"));
    rows.bind_text(1, detector);
    rows.bind(2, std::uint64_t{version});
    Step step = Step::done;
    while ((step = rows.step()) == Step::row) {
        take({std::string(detector),
              version,
              std::string(rows.text(0)),
              std::string(rows.text(1)),
              std::string(rows.blob(2))});
    }
    if (step == Step::failed) {
        return db_.error("reading state rows");
    }
    rows.reset();
    std::uint64_t discarded = 0;
    SPOOR_TRY_VOID(transact([&]() -> Result<void> {
        SPOOR_TRY(Statement remove,
                  db_.prepare("DELETE FROM state WHERE version <> ?2 AND detector ="
                              " (SELECT number FROM names WHERE text = ?1)"));
        remove.bind_text(1, detector);
        remove.bind(2, std::uint64_t{version});
        if (!remove.run()) {
            return db_.error("discarding state rows of another version");
        }
        discarded = static_cast<std::uint64_t>(db_.changes());
        Counters counters;
        counters.add("state_rows_discarded", discarded);
        return write_counters(counters);
    }));
    return discarded;
}

Result<CommitInfo> SqliteStore::commit(const Epoch& epoch) {
    if (epoch.number != ends_.epoch + 1) {
        return fail(Errc::invalid_argument,
                    fmt::format("epoch {} cannot follow epoch {}", epoch.number, ends_.epoch));
    }
    CommitInfo info;
    Ends ends = ends_;
    SPOOR_TRY_VOID(transact([&] { return write_epoch(epoch, ends, info); }));
    ends_ = ends;
    if (db_.wal_frames() > wal_frames_at_most) {
        db_.checkpoint_passive();
    }
    return info;
}

void SqliteStore::idle() {
    if (db_.wal_frames() > wal_frames_when_idle) {
        db_.checkpoint_passive();
    }
}

Result<void> SqliteStore::write_epoch(const Epoch& epoch, Ends& ends, CommitInfo& info) {
    SPOOR_TRY_VOID(write_alerts(epoch, ends, info));
    SPOOR_TRY_VOID(write_letters(epoch, ends, info));
    SPOOR_TRY_VOID(drop_rows(epoch));
    SPOOR_TRY_VOID(write_rows(epoch, info));
    SPOOR_TRY_VOID(write_positions(epoch));
    Counters counters = epoch.counters;
    counters.add("alerts_repeated", info.repeated_alerts);
    counters.add("alerts_conflicting", info.conflicting_alerts);
    counters.add("dead_letters_repeated", info.repeated_letters);
    SPOOR_TRY_VOID(write_counters(counters));
    ends.epoch = epoch.number;
    return write_meta(epoch, ends);
}

Result<void> SqliteStore::write_alerts(const Epoch& epoch, Ends& ends, CommitInfo& info) {
    for (const alert::Alert& alert : epoch.alerts) {
        internal::IdBytes id_bytes{};
        SPOOR_ASSERT(internal::id_to_bytes(alert.id, id_bytes), "an alert's id is 32 hex digits");
        const std::string_view id(id_bytes.data(), id_bytes.size());
        const std::string techniques = internal::joined(alert.techniques);
        Statement& row = sql_.insert_alert;
        row.bind(1, ends.last_sequence + 1);
        row.bind(2, to_stored(alert.time));
        row.bind(3, static_cast<std::int64_t>(alert.level));
        row.bind(4, to_stored(epoch.stored_at));
        row.bind_text(5, alert.host);
        row.bind_text(6, alert.detector);
        row.bind_text(7, alert.rule_id);
        row.bind_text(8, techniques);
        row.bind_text(9, alert.entity);
        row.bind(10, ends.log_end);
        row.bind_blob(11, id);
        if (!row.run()) {
            return db_.error("storing an alert");
        }
        info.bytes += alert.json.size();
        if (db_.changes() == 0) {
            SPOOR_TRY_VOID(note_known_alert(alert, id, info));
            continue;
        }
        ++ends.last_sequence;
        sql_.insert_body.bind(1, ends.last_sequence);
        sql_.insert_body.bind_text(2, alert.summary);
        sql_.insert_body.bind_blob(3, alert.json);
        if (!sql_.insert_body.run()) {
            return db_.error("storing an alert's body");
        }
        ++info.new_alerts;
        ends.log_end += internal::bytes_of(alert, techniques);
    }
    return {};
}

Result<void> SqliteStore::note_known_alert(const alert::Alert& alert,
                                           std::string_view id,
                                           CommitInfo& info) {
    sql_.find_body.bind_blob(1, id);
    const bool found = sql_.find_body.step() == Step::row;
    const bool same = found && sql_.find_body.blob(0) == alert.json;
    sql_.find_body.reset();
    if (!found) {
        return fail(Errc::corrupt, fmt::format("alert {} has no body", alert.id));
    }
    if (same) {
        ++info.repeated_alerts;
        return {};
    }
    if (info.conflicting_alerts++ == 0) {
        info.conflict = internal::conflict_text(alert);
    }
    return {};
}

Result<void> SqliteStore::write_letters(const Epoch& epoch, Ends& ends, CommitInfo& info) {
    for (const alert::DeadLetter& letter : epoch.dead_letters) {
        Statement& row = sql_.insert_letter;
        row.bind(1, ends.last_letter + 1);
        row.bind_text(2, letter.ref);
        row.bind_text(3, letter.partition);
        row.bind_text(4, letter.reason);
        row.bind_text(5, letter.detail);
        row.bind(6, to_stored(letter.record_time));
        row.bind(7, to_stored(epoch.stored_at));
        row.bind(8, letter.payload_size);
        row.bind(9, ends.letters_end);
        if (!row.run()) {
            return db_.error("storing a dead letter");
        }
        info.bytes += letter.payload.size();
        if (db_.changes() == 0) {
            ++info.repeated_letters;
            continue;
        }
        ++ends.last_letter;
        sql_.insert_letter_body.bind(1, ends.last_letter);
        sql_.insert_letter_body.bind_blob(2, letter.payload);
        if (!sql_.insert_letter_body.run()) {
            return db_.error("storing a dead letter's payload");
        }
        ends.letters_end += internal::bytes_of(letter);
    }
    return {};
}

Result<void> SqliteStore::drop_rows(const Epoch& epoch) {
    for (const std::string& partition : epoch.dropped_partitions) {
        SPOOR_TRY(const std::int64_t number, name_number(partition));
        sql_.delete_partition.bind(1, number);
        sql_.delete_watermark.bind_text(1, partition);
        if (!sql_.delete_partition.run() || !sql_.delete_watermark.run()) {
            return db_.error("dropping a partition");
        }
    }
    for (const std::string& detector : epoch.dropped_detectors) {
        SPOOR_TRY(const std::int64_t number, name_number(detector));
        sql_.delete_detector.bind(1, number);
        if (!sql_.delete_detector.run()) {
            return db_.error("dropping a detector's rows");
        }
    }
    return {};
}

// In the order of the table, so that rows of one page are written together. Stable: of two rows
// with one key the later counts.
Result<std::vector<SqliteStore::PlacedRow>> SqliteStore::in_table_order(
    const std::vector<alert::StateRow>& rows) {
    std::vector<PlacedRow> placed;
    placed.reserve(rows.size());
    for (const alert::StateRow& row : rows) {
        PlacedRow next;
        next.row = &row;
        next.entity_begin = first_bytes(row.entity);
        const PlacedRow* const last = placed.empty() ? nullptr : &placed.back();
        if (last != nullptr && row.detector == last->row->detector) {
            next.detector = last->detector;
        } else {
            SPOOR_TRY(next.detector, name_number(row.detector));
        }
        if (last != nullptr && row.partition == last->row->partition) {
            next.partition = last->partition;
        } else {
            SPOOR_TRY(next.partition, name_number(row.partition));
        }
        placed.push_back(next);
    }
    std::stable_sort(placed.begin(), placed.end(), [](const PlacedRow& a, const PlacedRow& b) {
        const auto left = std::tie(a.detector, a.partition, a.entity_begin);
        const auto right = std::tie(b.detector, b.partition, b.entity_begin);
        return left != right ? left < right : a.row->entity < b.row->entity;
    });
    return placed;
}

// The rows lie where they came, not in this order: those after the i-th are fetched ahead.
void SqliteStore::prefetch(const std::vector<PlacedRow>& rows, std::size_t i) {
    if (i + 8 < rows.size()) {
        const char* const row = reinterpret_cast<const char*>(rows[i + 8].row);
        for (std::size_t at = 0; at < sizeof(alert::StateRow); at += 64) {
            __builtin_prefetch(row + at);
        }
    }
    if (i + 4 < rows.size()) {
        const std::string& bytes = rows[i + 4].row->bytes;
        for (std::size_t at = 0; at < std::min<std::size_t>(bytes.size(), 512); at += 64) {
            __builtin_prefetch(bytes.data() + at);
        }
    }
}

Result<void> SqliteStore::write_rows(const Epoch& epoch, CommitInfo& info) {
    SPOOR_TRY(const std::vector<PlacedRow> rows, in_table_order(epoch.rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        prefetch(rows, i);
        const PlacedRow& placed = rows[i];
        const alert::StateRow& row = *placed.row;
        Statement& put = row.bytes.empty() ? sql_.delete_row : sql_.put_row;
        put.bind(1, placed.detector);
        put.bind(2, placed.partition);
        put.bind_text(3, row.entity);
        if (!row.bytes.empty()) {
            put.bind(4, std::uint64_t{row.version});
            put.bind_blob(5, row.bytes);
        }
        if (!put.run()) {
            return db_.error("storing a state row");
        }
        info.bytes += row.entity.size() + row.bytes.size();
    }
    return {};
}

Result<void> SqliteStore::write_positions(const Epoch& epoch) {
    for (const Position& position : epoch.positions) {
        sql_.put_position.bind_text(1, position.partition);
        sql_.put_position.bind_text(2, position.origin);
        sql_.put_position.bind(3, position.next);
        if (!sql_.put_position.run()) {
            return db_.error("storing a position");
        }
    }
    for (const Epoch::Watermark& watermark : epoch.watermarks) {
        sql_.put_watermark.bind_text(1, watermark.partition);
        sql_.put_watermark.bind(2, to_stored(watermark.newest));
        if (!sql_.put_watermark.run()) {
            return db_.error("storing a watermark");
        }
    }
    return {};
}

Result<void> SqliteStore::write_counters(const Counters& counters) {
    for (const auto& [name, n] : counters.all()) {
        sql_.add_counter.bind_text(1, name);
        sql_.add_counter.bind(2, n);
        if (!sql_.add_counter.run()) {
            return db_.error("storing a counter");
        }
    }
    return {};
}

Result<void> SqliteStore::write_meta(const Epoch& epoch, const Ends& ends) {
    sql_.put_meta.bind(1, ends.epoch);
    sql_.put_meta.bind(2, to_stored(epoch.stored_at));
    sql_.put_meta.bind(3, ends.last_sequence);
    sql_.put_meta.bind(4, ends.log_end);
    sql_.put_meta.bind(5, ends.last_letter);
    sql_.put_meta.bind(6, ends.letters_end);
    if (!sql_.put_meta.run()) {
        return db_.error("storing the epoch's number");
    }
    return {};
}

Result<std::int64_t> SqliteStore::name_number(std::string_view text) {
    if (const auto known = names_.find(text); known != names_.end()) {
        return known->second;
    }
    for (int attempt = 0; attempt < 2; ++attempt) {
        sql_.find_name.bind_text(1, text);
        const Step step = sql_.find_name.step();
        const std::int64_t number = step == Step::row ? sql_.find_name.integer(0) : 0;
        sql_.find_name.reset();
        if (step == Step::row) {
            names_.emplace(std::string(text), number);
            return number;
        }
        sql_.add_name.bind_text(1, text);
        if (step == Step::failed || !sql_.add_name.run()) {
            return db_.error("storing a name");
        }
    }
    return fail(Errc::internal, "a name that was just stored is not there");
}

}  // namespace spoor::store
