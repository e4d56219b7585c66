#include "store/sqlite_schema.hpp"

#include "base/hash.hpp"

#include <sys/random.h>

#include <algorithm>

namespace spoor::store::internal {

namespace {

// `start`, in alerts and dead letters: bytes of all that came before it, as in a log file, so that
// the size of any stretch is one subtraction.
constexpr const char* tables = R"sql(
CREATE TABLE meta(
    one INTEGER PRIMARY KEY CHECK(one = 1),
    store_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    log_end INTEGER NOT NULL,
    last_letter INTEGER NOT NULL,
    letters_end INTEGER NOT NULL);
CREATE TABLE alerts(
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    level INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    host TEXT NOT NULL,
    detector TEXT NOT NULL,
    rule TEXT NOT NULL,
    techniques TEXT NOT NULL,
    entity TEXT NOT NULL,
    start INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE);
CREATE INDEX alerts_time ON alerts(time);
CREATE TABLE alert_bodies(
    seq INTEGER PRIMARY KEY,
    summary TEXT NOT NULL,
    json BLOB NOT NULL);
CREATE TABLE dead_letters(
    number INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    part TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    payload_size INTEGER NOT NULL,
    start INTEGER NOT NULL);
CREATE TABLE dead_letter_bodies(
    number INTEGER PRIMARY KEY,
    payload BLOB NOT NULL);
CREATE TABLE names(
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE);
CREATE TABLE state(
    detector INTEGER NOT NULL,
    part INTEGER NOT NULL,
    entity TEXT NOT NULL,
    version INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY(detector, part, entity)) WITHOUT ROWID;
CREATE TABLE positions(
    part TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE watermarks(
    part TEXT PRIMARY KEY,
    newest INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counters(
    name TEXT PRIMARY KEY,
    total INTEGER NOT NULL) WITHOUT ROWID;
)sql";

Result<std::string> random_id() {
    Digest bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        return fail(Errc::io, "the system gave no random bytes for a store id");
    }
    return to_hex(bytes);
}

Result<void> create_tables(Connection& db) {
    SPOOR_TRY(const std::string id, random_id());
    SPOOR_TRY_VOID(db.exec("BEGIN IMMEDIATE"));
    SPOOR_TRY_VOID(db.exec(tables));
    SPOOR_TRY(Statement insert, db.prepare("INSERT INTO meta VALUES(1, ?, 0, 0, 0, 0, 0, 0)"));
    insert.bind_text(1, id);
    if (!insert.run()) {
        return db.error("naming the store");
    }
    SPOOR_TRY_VOID(db.exec("PRAGMA user_version = 1"));
    return db.exec("COMMIT");
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string database_path(const std::string& dir) {
    return dir + "/spoor.db";
}

std::string outbox_path(const std::string& dir) {
    return dir + "/outbox.db";
}

Result<void> prepare_database(Connection& db) {
    // Page size: state rows up to 2 kB stay inside their page, and five alerts fill one. It must be
    // set before the first write. Deleted pages are reused, and need not be overwritten for it. The
    // cache holds what a commit touches again, the upper pages of each tree; all else is written
    // once, and a larger cache only fills with it.
    SPOOR_TRY_VOID(
        db.exec("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
                "PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF;"
                "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;"
                "PRAGMA journal_size_limit = 268435456"));
    SPOOR_TRY(const std::int64_t version, schema_version(db, schema_number));
    if (version == 0) {
        return create_tables(db);
    }
    return {};
}

bool id_to_bytes(std::string_view hex, IdBytes& out) {
    if (hex.size() != 2 * out.size()) {
        return false;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = hex_value(hex[2 * i]);
        const int low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    }
    return true;
}

std::string id_to_hex(std::string_view bytes) {
    Digest digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return to_hex(digest);
}

}  // namespace spoor::store::internal
