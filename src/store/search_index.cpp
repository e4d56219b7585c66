#include "store/search_index.hpp"

#include "store/sqlite_schema.hpp"
#include "store/text.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace spoor::store {

using internal::Connection;
using internal::OpenMode;
using internal::Statement;
using internal::Step;

namespace internal {

std::string search_path(const std::string& dir) {
    return dir + "/search.db";
}

std::string stretch_table(std::uint64_t stretch) {
    return fmt::format("text_{}", stretch);
}

}  // namespace internal

namespace {

void remove_files(const std::string& path) {
    for (const char* end : {"", "-wal", "-shm"}) {
        std::error_code ignored;
        std::filesystem::remove(path + end, ignored);
    }
}

Result<std::string> store_id_of(Connection& log) {
    SPOOR_TRY(Statement meta, log.prepare("SELECT store_id FROM meta"));
    if (meta.step() != Step::row) {
        return log.error("reading the store's id");
    }
    return std::string(meta.text(0));
}

}  // namespace

Result<std::unique_ptr<SearchIndex>> SearchIndex::open(const std::string& dir) {
    std::unique_ptr<SearchIndex> index(new SearchIndex);
    SPOOR_TRY(index->log_, Connection::open(internal::database_path(dir), OpenMode::read_only));
    SPOOR_TRY_VOID(internal::schema_version(index->log_, internal::schema_number));
    SPOOR_TRY(index->read_,
              index->log_.prepare(
                  "SELECT seq, json FROM alert_bodies WHERE seq > ? ORDER BY seq LIMIT ?"));
    SPOOR_TRY(index->first_, index->log_.prepare("SELECT min(seq) FROM alerts"));
    const std::string path = internal::search_path(dir);
    if (Result<void> opened = index->open_index(path); !opened) {
        // A projection: what cannot be used is made anew.
        index->index_ = Connection();
        index->put_upto_ = Statement();
        remove_files(path);
        SPOOR_TRY_VOID(index->open_index(path));
    }
    return index;
}

Result<void> SearchIndex::open_index(const std::string& path) {
    SPOOR_TRY(index_, Connection::open(path, OpenMode::create));
    SPOOR_TRY_VOID(
        index_.exec("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
                    "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF;"
                    "PRAGMA cache_size = -4096"));
    SPOOR_TRY(const std::string store_id, store_id_of(log_));
    SPOOR_TRY(const std::int64_t version, internal::schema_version(index_, 1));
    if (version == 0) {
        SPOOR_TRY_VOID(create_tables(store_id));
    }
    SPOOR_TRY(Statement meta, index_.prepare("SELECT store_id, upto FROM meta"));
    if (meta.step() != Step::row) {
        return index_.error("reading the search index");
    }
    indexed_up_to_ = meta.number(1);
    SPOOR_TRY(const std::int64_t last, log_.query_integer("SELECT last_sequence FROM meta"));
    if (meta.text(0) != store_id || indexed_up_to_ > static_cast<std::uint64_t>(last)) {
        return fail(Errc::corrupt, fmt::format("{} belongs to another store", path));
    }
    SPOOR_TRY(put_upto_, index_.prepare("UPDATE meta SET upto = ?"));
    return {};
}

Result<void> SearchIndex::create_tables(const std::string& store_id) {
    SPOOR_TRY_VOID(
        index_.exec("BEGIN IMMEDIATE; CREATE TABLE meta(store_id TEXT NOT NULL,"
                    " upto INTEGER NOT NULL); PRAGMA user_version = 1"));
    SPOOR_TRY(Statement insert, index_.prepare("INSERT INTO meta VALUES(?, 0)"));
    insert.bind_text(1, store_id);
    if (!insert.run()) {
        return index_.error("making the search index");
    }
    return index_.exec("COMMIT");
}

Result<std::size_t> SearchIndex::catch_up(std::size_t max_rows) {
    SPOOR_TRY_VOID(index_.exec("BEGIN IMMEDIATE"));
    std::uint64_t upto = indexed_up_to_;
    Result<std::size_t> indexed = index_rows(max_rows, upto);
    if (indexed && *indexed > 0) {
        if (Result<void> done = drop_old_stretches(); !done) {
            indexed = tl::unexpected(done.error());
        }
    }
    if (indexed) {
        if (Result<void> done = index_.exec("COMMIT"); !done) {
            indexed = tl::unexpected(done.error());
        }
    }
    if (!indexed) {
        insert_ = Statement();
        insert_stretch_ = UINT64_MAX;  // its table may have been made in this transaction
        index_.roll_back();
        return indexed;
    }
    indexed_up_to_ = upto;
    return indexed;
}

Result<std::size_t> SearchIndex::index_rows(std::size_t max_rows, std::uint64_t& upto) {
    std::size_t indexed = 0;
    read_.bind(1, indexed_up_to_);
    read_.bind(2, std::uint64_t{max_rows});
    Step step = Step::done;
    while ((step = read_.step()) == Step::row) {
        upto = read_.number(0);
        const std::string text = searchable_text(read_.blob(1));
        if (Result<void> ready = use_stretch(upto / internal::sequences_in_stretch); !ready) {
            read_.reset();
            return tl::unexpected(ready.error());
        }
        insert_.bind(1, upto);
        insert_.bind_text(2, text);
        if (!insert_.run()) {
            read_.reset();
            return index_.error("indexing an alert");
        }
        ++indexed;
    }
    read_.reset();
    if (step == Step::failed) {
        return log_.error("reading alerts to index");
    }
    put_upto_.bind(1, upto);
    if (indexed > 0 && !put_upto_.run()) {
        return index_.error("noting how far the index is");
    }
    return indexed;
}

Result<void> SearchIndex::use_stretch(std::uint64_t stretch) {
    if (stretch == insert_stretch_) {
        return {};
    }
    const std::string table = internal::stretch_table(stretch);
    SPOOR_TRY_VOID(index_.exec(fmt::format("CREATE VIRTUAL TABLE IF NOT EXISTS {} USING fts5(t,"
                                           " content='', columnsize=0, tokenize='ascii')",
                                           table)
                                   .c_str()));
    SPOOR_TRY(insert_, index_.prepare(fmt::format("INSERT INTO {}(rowid, t) VALUES(?,?)", table)));
    insert_stretch_ = stretch;
    return {};
}

Result<void> SearchIndex::drop_old_stretches() {
    const Step step = first_.step();
    const std::uint64_t first = step == Step::row ? first_.number(0) : 0;
    first_.reset();
    const std::uint64_t oldest = first / internal::sequences_in_stretch;
    if (oldest <= oldest_stretch_) {
        return {};
    }
    std::vector<std::string> gone;
    {
        SPOOR_TRY(Statement tables,
                  index_.prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'"
                                 " AND CAST(substr(name, 6) AS INTEGER) < ?"));
        tables.bind(1, oldest);
        while (tables.step() == Step::row) {
            gone.emplace_back(tables.text(0));
        }
    }
    for (const std::string& table : gone) {
        SPOOR_TRY_VOID(index_.exec(fmt::format("DROP TABLE {}", table).c_str()));
    }
    oldest_stretch_ = oldest;
    return {};
}

}  // namespace spoor::store
