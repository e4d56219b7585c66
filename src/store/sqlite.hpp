// A thin, owning face of SQLite for this room: a connection, its prepared statements, and errors as
// Result. No SQL is made here. For the room's own .cpp files only.
//
// A Connection and its Statements belong to one thread at a time.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace spoor::store::internal {

enum class Step : unsigned char { row, done, failed };

class Statement {
public:
    Statement() = default;

    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    // Parameters count from 1. Text and blobs are not copied: they must live until reset.
    void bind(int index, std::int64_t value);

    void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }

    void bind_text(int index, std::string_view text);
    void bind_blob(int index, std::string_view bytes);

    [[nodiscard]] Step step();
    void reset();
    // Steps to the end, drops rows, resets. False: failed, see Connection::error.
    [[nodiscard]] bool run();

    // Columns count from 0; views live until the next step.
    [[nodiscard]] std::int64_t integer(int column) const;

    [[nodiscard]] std::uint64_t number(int column) const {
        return static_cast<std::uint64_t>(integer(column));
    }

    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    sqlite3_stmt* handle_ = nullptr;
};

enum class OpenMode : unsigned char { create, read_write, read_only };

class Connection {
public:
    Connection();
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&& other) noexcept;
    ~Connection();

    // not_found when the file is not there (unless mode is create).
    [[nodiscard]] static Result<Connection> open(const std::string& path, OpenMode mode);

    [[nodiscard]] Result<void> exec(const char* sql);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    // A question with one integer as its answer.
    [[nodiscard]] Result<std::int64_t> query_integer(std::string_view sql);

    [[nodiscard]] int changes() const;
    [[nodiscard]] bool in_transaction() const;
    void roll_back();
    // Copies what it can of the write-ahead log into the database, waiting for nobody.
    void checkpoint_passive();
    // Frames in the write-ahead log after the last commit of this connection; needs watch_wal().
    [[nodiscard]] int wal_frames() const;
    void watch_wal();

    // The last failure, as an Error that says what was being done.
    [[nodiscard]] tl::unexpected<Error> error(std::string_view doing) const;

    [[nodiscard]] sqlite3* handle() const { return handle_; }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    sqlite3* handle_ = nullptr;
    std::string path_;
    // On the heap, since SQLite keeps its address and a Connection moves.
    struct WalSize;
    std::unique_ptr<WalSize> wal_;
};

// Makes `dir` (mode 0700) if it is not there.
[[nodiscard]] Result<void> make_directory(const std::string& dir);

// The schema version of a database: 0 for a new file. Refuses one that is newer than `known`.
[[nodiscard]] Result<std::int64_t> schema_version(Connection& db, std::int64_t known);

}  // namespace spoor::store::internal
