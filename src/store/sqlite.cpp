#include "store/sqlite.hpp"

#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace spoor::store::internal {

namespace {

// A reader that meets a checkpoint or recovery waits; the writer has no rival by its lock file.
constexpr int busy_timeout_ms = 5000;

Errc errc_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Errc::unavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Errc::corrupt;
        case SQLITE_MISUSE:
        case SQLITE_ERROR:
            return Errc::internal;
        default:
            return Errc::io;
    }
}

}  // namespace

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

void Statement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(handle_, index, value);
}

void Statement::bind_text(int index, std::string_view text) {
    // A null pointer would bind NULL.
    const char* data = text.data() == nullptr ? "" : text.data();
    sqlite3_bind_text64(handle_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_blob(int index, std::string_view bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    sqlite3_bind_blob64(handle_, index, data, bytes.size(), SQLITE_STATIC);
}

Step Statement::step() {
    const int code = sqlite3_step(handle_);
    return code == SQLITE_ROW ? Step::row : code == SQLITE_DONE ? Step::done : Step::failed;
}

void Statement::reset() {
    sqlite3_reset(handle_);
}

bool Statement::run() {
    Step last = step();
    while (last == Step::row) {
        last = step();
    }
    reset();
    return last == Step::done;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::text(int column) const {
    const unsigned char* data = sqlite3_column_text(handle_, column);
    if (data == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
    const void* data = sqlite3_column_blob(handle_, column);
    if (data == nullptr) {
        return {};
    }
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

struct Connection::WalSize {
    int frames = 0;
};

Connection::Connection() = default;

Connection::Connection(Connection&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      path_(std::move(other.path_)),
      wal_(std::move(other.wal_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(path_, other.path_);
    std::swap(wal_, other.wal_);
    return *this;
}

Connection::~Connection() {
    sqlite3_close_v2(handle_);
}

Result<Connection> Connection::open(const std::string& path, OpenMode mode) {
    std::error_code ignored;
    if (mode != OpenMode::create && !std::filesystem::exists(path, ignored)) {
        return fail(Errc::not_found, fmt::format("{} is not there", path));
    }
    // NOMUTEX: a connection is used by one thread at a time.
    int flags = SQLITE_OPEN_NOMUTEX;
    flags |= mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= mode == OpenMode::create ? SQLITE_OPEN_CREATE : 0;
    Connection db;
    db.path_ = path;
    const int code = sqlite3_open_v2(path.c_str(), &db.handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        return db.error("opening");
    }
    sqlite3_extended_result_codes(db.handle_, 1);
    sqlite3_busy_timeout(db.handle_, busy_timeout_ms);
    return db;
}

Result<void> Connection::exec(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return error("executing a statement");
    }
    return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_,
                           sql.data(),
                           static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT,
                           &statement,
                           nullptr) != SQLITE_OK) {
        return error(fmt::format("preparing '{}'", sql));
    }
    return Statement(statement);
}

Result<std::int64_t> Connection::query_integer(std::string_view sql) {
    SPOOR_TRY(Statement statement, prepare(sql));
    if (statement.step() != Step::row) {
        return error(fmt::format("reading '{}'", sql));
    }
    return statement.integer(0);
}

int Connection::changes() const {
    return sqlite3_changes(handle_);
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::roll_back() {
    // After some failures SQLite has rolled back by itself.
    if (in_transaction()) {
        sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Connection::checkpoint_passive() {
    int in_log = 0;
    int copied = 0;
    sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
    if (wal_ != nullptr && in_log == copied) {
        wal_->frames = 0;  // the next commit starts the log anew
    }
}

int Connection::wal_frames() const {
    return wal_ == nullptr ? 0 : wal_->frames;
}

void Connection::watch_wal() {
    wal_ = std::make_unique<WalSize>();
    // Replaces the automatic checkpoint.
    sqlite3_wal_hook(
        handle_,
        [](void* size, sqlite3* /*db*/, const char* /*name*/, int frames) {
            static_cast<WalSize*>(size)->frames = frames;
            return SQLITE_OK;
        },
        wal_.get());
}

tl::unexpected<Error> Connection::error(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(handle_);
    std::string detail = fmt::format("{}: {} failed: {}", path_, doing, sqlite3_errmsg(handle_));
    if ((code & 0xFF) == SQLITE_FULL) {
        detail += " (free some space: the store goes on by itself)";
    }
    return fail(errc_of(code), std::move(detail));
}

Result<void> make_directory(const std::string& dir) {
    std::error_code code;
    if (std::filesystem::is_directory(dir, code)) {
        return {};
    }
    const std::filesystem::path parent = std::filesystem::path(dir).parent_path();
    if (!parent.empty()) {
        std::filesystem::create_directories(parent, code);
    }
    if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
        const std::string reason = std::error_code(errno, std::generic_category()).message();
        return fail(Errc::io, fmt::format("cannot make the data folder {}: {}", dir, reason));
    }
    return {};
}

Result<std::int64_t> schema_version(Connection& db, std::int64_t known) {
    SPOOR_TRY(const std::int64_t version, db.query_integer("PRAGMA user_version"));
    if (version > known) {
        return fail(
            Errc::unsupported,
            fmt::format("{} was written by a newer spoor (schema {}, this one knows {}): use "
                        "that version, or another --data folder",
                        db.path(),
                        version,
                        known));
    }
    return version;
}

}  // namespace spoor::store::internal
