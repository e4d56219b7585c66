// The pump's side: the committed alerts, read only, and the cursors in a file of their own.
#include "base/time.hpp"
#include "store/sqlite_schema.hpp"
#include "store/sqlite_store.hpp"

#include <utility>

namespace spoor::store {

using internal::Connection;
using internal::OpenMode;
using internal::Step;

namespace {

constexpr const char* cursor_tables = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS cursors(
    sink TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused(
    sink TEXT NOT NULL,
    seq INTEGER NOT NULL,
    alert_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY(sink, seq)) WITHOUT ROWID;
PRAGMA user_version = 1;
COMMIT;
)sql";

Result<std::uint64_t> one_number(Connection& db, internal::Statement& statement) {
    const Step step = statement.step();
    const std::uint64_t number = step == Step::row ? statement.number(0) : 0;
    statement.reset();
    if (step == Step::failed) {
        return db.error("reading the alert log");
    }
    return number;
}

}  // namespace

Result<std::unique_ptr<SqliteAlertLog>> SqliteAlertLog::open(const std::string& dir) {
    std::unique_ptr<SqliteAlertLog> log(new SqliteAlertLog);
    SPOOR_TRY(log->db_, Connection::open(internal::database_path(dir), OpenMode::read_only));
    SPOOR_TRY_VOID(internal::schema_version(log->db_, internal::schema_number));
    SPOOR_TRY(log->read_,
              log->db_.prepare("SELECT a.seq, a.id, a.time, a.level, a.host, a.rule, a.techniques,"
                               " b.json FROM alerts a JOIN alert_bodies b ON b.seq = a.seq"
                               " WHERE a.seq > ? ORDER BY a.seq LIMIT ?"));
    SPOOR_TRY(log->last_, log->db_.prepare("SELECT last_sequence FROM meta"));
    SPOOR_TRY(log->first_, log->db_.prepare("SELECT min(seq) FROM alerts"));
    return log;
}

Result<std::vector<LoggedAlert>> SqliteAlertLog::read(std::uint64_t after, std::size_t limit) {
    std::vector<LoggedAlert> out;
    read_.bind(1, after);
    read_.bind(2, std::uint64_t{limit});
    Step step = Step::done;
    while ((step = read_.step()) == Step::row) {
        LoggedAlert& alert = out.emplace_back();
        alert.sequence = read_.number(0);
        alert.id = internal::id_to_hex(read_.blob(1));
        alert.time = internal::from_stored(read_.integer(2));
        alert.level = static_cast<alert::Level>(read_.integer(3));
        alert.host = read_.text(4);
        alert.rule_id = read_.text(5);
        alert.techniques = read_.text(6);
        alert.json = read_.blob(7);
    }
    read_.reset();
    if (step == Step::failed) {
        return db_.error("reading the alert log");
    }
    return out;
}

Result<std::uint64_t> SqliteAlertLog::last_sequence() {
    return one_number(db_, last_);
}

Result<std::uint64_t> SqliteAlertLog::first_sequence() {
    return one_number(db_, first_);
}

Result<std::unique_ptr<SqliteCursors>> SqliteCursors::open(const std::string& dir) {
    SPOOR_TRY_VOID(internal::make_directory(dir));
    std::unique_ptr<SqliteCursors> cursors(new SqliteCursors);
    SPOOR_TRY(cursors->db_, Connection::open(internal::outbox_path(dir), OpenMode::create));
    Connection& db = cursors->db_;
    SPOOR_TRY_VOID(db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
    SPOOR_TRY(const std::int64_t version, internal::schema_version(db, 1));
    if (version == 0) {
        SPOOR_TRY_VOID(db.exec(cursor_tables));
    }
    SPOOR_TRY(cursors->get_, db.prepare("SELECT cursor FROM cursors WHERE sink = ?"));
    SPOOR_TRY(cursors->put_,
              db.prepare("INSERT INTO cursors VALUES(?,?)"
                         " ON CONFLICT DO UPDATE SET cursor = excluded.cursor"));
    SPOOR_TRY(cursors->refuse_,
              db.prepare("INSERT INTO refused VALUES(?,?,?,?)"
                         " ON CONFLICT DO UPDATE SET detail = excluded.detail"));
    return cursors;
}

Result<std::uint64_t> SqliteCursors::cursor(std::string_view sink) {
    get_.bind_text(1, sink);
    const Step step = get_.step();
    const std::uint64_t cursor = step == Step::row ? get_.number(0) : 0;
    get_.reset();
    if (step == Step::failed) {
        return db_.error("reading a cursor");
    }
    return cursor;
}

Result<void> SqliteCursors::advance(std::string_view sink,
                                    std::uint64_t cursor,
                                    const std::vector<Refused>& refused) {
    SPOOR_TRY_VOID(db_.exec("BEGIN IMMEDIATE"));
    Result<void> result = write(sink, cursor, refused);
    if (result) {
        result = db_.exec("COMMIT");
    }
    if (!result) {
        db_.roll_back();
    }
    return result;
}

Result<void> SqliteCursors::write(std::string_view sink,
                                  std::uint64_t cursor,
                                  const std::vector<Refused>& refused) {
    for (const Refused& one : refused) {
        refuse_.bind_text(1, sink);
        refuse_.bind(2, one.sequence);
        refuse_.bind_text(3, one.alert_id);
        refuse_.bind_text(4, one.detail);
        if (!refuse_.run()) {
            return db_.error("storing a refusal");
        }
    }
    put_.bind_text(1, sink);
    put_.bind(2, cursor);
    if (!put_.run()) {
        return db_.error("storing a cursor");
    }
    return {};
}

}  // namespace spoor::store
