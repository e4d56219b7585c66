#include "store/reader.hpp"

#include "store/alert_query.hpp"
#include "store/search_index.hpp"
#include "store/sqlite_schema.hpp"
#include "store/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace spoor::store {

using internal::AlertQuery;
using internal::Connection;
using internal::OpenMode;
using internal::Plan;
using internal::Statement;
using internal::Step;
using internal::TextHits;

namespace {

// A listing first looks at so many rows along the time index, which is enough for most questions
// whatever the size of the store; then, once, at all rows.
constexpr std::size_t first_look = 10'000;
// Alerts that each_alert reads before it lets go of the store.
constexpr std::size_t stream_chunk = 1000;
constexpr std::size_t least_id_digits = 4;

template <class T>
bool parse_number(std::string_view text, T& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

// One moment of the database for as long as it lives.
class ReadTransaction {
public:
    static Result<ReadTransaction> begin(Connection& db) {
        SPOOR_TRY_VOID(db.exec("BEGIN"));
        return ReadTransaction(db);
    }

    ReadTransaction(ReadTransaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

    ReadTransaction& operator=(ReadTransaction&&) = delete;

    ~ReadTransaction() {
        if (db_ != nullptr) {
            db_->roll_back();
        }
    }

private:
    explicit ReadTransaction(Connection& db) : db_(&db) {}

    Connection* db_;
};

std::uint64_t size_of(const std::string& path) {
    std::error_code code;
    const std::uint64_t size = std::filesystem::file_size(path, code);
    return code ? 0 : size;
}

}  // namespace

std::string to_token(const PageKey& key) {
    return fmt::format("{}.{}", internal::to_stored(key.time), key.sequence);
}

std::optional<PageKey> parse_page_token(std::string_view token) {
    const std::size_t dot = token.find('.');
    std::int64_t time = 0;
    PageKey key;
    if (dot == std::string_view::npos || !parse_number(token.substr(0, dot), time) ||
        !parse_number(token.substr(dot + 1), key.sequence)) {
        return std::nullopt;
    }
    key.time = internal::from_stored(time);
    return key;
}

class Reader::Database {
public:
    [[nodiscard]] Result<void> open(const std::string& dir);
    [[nodiscard]] Result<void> find_text(const std::string& text);
    // The time of the row that is `first_look` rows behind where the page begins; nullopt: there
    // are fewer.
    [[nodiscard]] Result<std::optional<Timestamp>> end_of_first_look(
        const AlertFilter& filter, Order order, const std::optional<PageKey>& after);
    [[nodiscard]] Result<std::vector<AlertRow>> select(const AlertQuery& query, bool with_json);
    [[nodiscard]] Result<void> add_body(AlertRow& row, bool with_json);
    [[nodiscard]] Result<std::uint64_t> number(const char* sql);
    [[nodiscard]] Result<void> each(std::string_view sql,
                                    const std::function<void(Statement&)>& take);
    [[nodiscard]] Result<void> add_store_facts(StoreFacts& facts);
    [[nodiscard]] Result<void> add_sink_facts(StoreFacts& facts);

    Connection db;
    std::string dir;
    std::optional<TextHits> hits;

private:
    [[nodiscard]] Result<std::uint64_t> search_indexed(const TextQuery& query);
    [[nodiscard]] Result<void> search_stretches(Connection& index, const TextQuery& query);

    Statement body_;
};

Result<void> Reader::Database::open(const std::string& folder) {
    dir = folder;
    Result<Connection> opened =
        Connection::open(internal::database_path(folder), OpenMode::read_only);
    if (!opened && opened.error().code == Errc::not_found) {
        return fail(
            Errc::not_found,
            fmt::format("there is no store in {}: start `spoor run` or `spoor demo`, or name "
                        "its folder with --data",
                        folder));
    }
    SPOOR_TRY(db, std::move(opened));
    SPOOR_TRY(const std::int64_t version, internal::schema_version(db, internal::schema_number));
    if (version == 0) {
        return fail(Errc::not_found, fmt::format("the store in {} is still empty", folder));
    }
    SPOOR_TRY_VOID(db.exec("PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY"));
    SPOOR_TRY_VOID(internal::register_functions(db, hits));
    SPOOR_TRY(body_, db.prepare("SELECT summary, json FROM alert_bodies WHERE seq = ?"));
    return {};
}

Result<std::uint64_t> Reader::Database::number(const char* sql) {
    SPOOR_TRY(const std::int64_t value, db.query_integer(sql));
    return static_cast<std::uint64_t>(value);
}

Result<void> Reader::Database::each(std::string_view sql,
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

// Sets `hits`: from the index as far as it goes, beyond it from the alerts themselves.
Result<void> Reader::Database::find_text(const std::string& text) {
    const TextQuery query(text);
    if (query.empty()) {
        return fail(Errc::invalid_argument, "--text needs a word to look for");
    }
    SPOOR_TRY(const std::uint64_t first, number("SELECT ifnull(min(seq), 1) FROM alerts"));
    SPOOR_TRY(const std::uint64_t last, number("SELECT last_sequence FROM meta"));
    hits.emplace(first, last);
    std::uint64_t indexed = 0;
    if (Result<std::uint64_t> searched = search_indexed(query)) {
        indexed = *searched;
    }  // an index that cannot be read only costs time
    SPOOR_TRY(Statement tail, db.prepare("SELECT seq, json FROM alert_bodies WHERE seq > ?"));
    tail.bind(1, indexed);
    Step step = Step::done;
    while ((step = tail.step()) == Step::row) {
        if (query.matches(searchable_text(tail.blob(1)))) {
            hits->add(tail.number(0));
        }
    }
    if (step == Step::failed) {
        return db.error("searching");
    }
    return {};
}

// How far the index is.
Result<std::uint64_t> Reader::Database::search_indexed(const TextQuery& query) {
    SPOOR_TRY(Connection index, Connection::open(internal::search_path(dir), OpenMode::read_only));
    SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(index));
    std::uint64_t indexed = 0;
    {
        SPOOR_TRY(Statement mine, db.prepare("SELECT store_id FROM meta"));
        SPOOR_TRY(Statement meta, index.prepare("SELECT store_id, upto FROM meta"));
        if (mine.step() != Step::row || meta.step() != Step::row || mine.text(0) != meta.text(0)) {
            return fail(Errc::corrupt, "the search index belongs to another store");
        }
        indexed = meta.number(1);
    }
    SPOOR_TRY_VOID(search_stretches(index, query));
    return indexed;
}

Result<void> Reader::Database::search_stretches(Connection& index, const TextQuery& query) {
    std::vector<std::string> tables;
    {
        SPOOR_TRY(Statement names,
                  index.prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'"));
        while (names.step() == Step::row) {
            tables.emplace_back(names.text(0));
        }
    }
    const std::string question = query.to_fts();
    for (const std::string& table : tables) {
        SPOOR_TRY(Statement matches,
                  index.prepare(fmt::format("SELECT rowid FROM {0} WHERE {0} MATCH ?", table)));
        matches.bind_text(1, question);
        Step step = Step::done;
        while ((step = matches.step()) == Step::row) {
            hits->add(matches.number(0));
        }
        if (step == Step::failed) {
            return index.error("searching");
        }
    }
    return {};
}

Result<std::optional<Timestamp>> Reader::Database::end_of_first_look(
    const AlertFilter& filter, Order order, const std::optional<PageKey>& after) {
    const bool is_newest = order == Order::newest_first;
    Timestamp from = is_newest ? Timestamp::max() : no_time;
    if (after) {
        from = after->time;
    }
    if (is_newest && filter.to != no_time) {
        from = std::min(from, filter.to);
    } else if (!is_newest) {
        from = std::max(from, filter.from);
    }
    SPOOR_TRY(Statement find,
              db.prepare(fmt::format("SELECT time FROM alerts WHERE time {} ? ORDER BY time {}"
                                     " LIMIT 1 OFFSET {}",
                                     is_newest ? "<=" : ">=",
                                     is_newest ? "DESC" : "ASC",
                                     first_look)));
    find.bind(1, internal::to_stored(from));
    const Step step = find.step();
    if (step == Step::failed) {
        return db.error("listing alerts");
    }
    return step == Step::row ? std::optional(internal::from_stored(find.integer(0))) : std::nullopt;
}

Result<std::vector<AlertRow>> Reader::Database::select(const AlertQuery& query, bool with_json) {
    std::vector<AlertRow> rows;
    SPOOR_TRY(Statement statement, query.prepare(db));
    Step step = Step::done;
    while ((step = statement.step()) == Step::row) {
        rows.push_back(internal::to_row(statement));
    }
    if (step == Step::failed) {
        return db.error("listing alerts");
    }
    for (AlertRow& row : rows) {
        SPOOR_TRY_VOID(add_body(row, with_json));
    }
    return rows;
}

Result<void> Reader::Database::add_body(AlertRow& row, bool with_json) {
    body_.bind(1, row.sequence);
    const Step step = body_.step();
    if (step == Step::row) {
        row.summary = body_.text(0);
        if (with_json) {
            row.json = body_.blob(1);
        }
    }
    body_.reset();
    if (step != Step::row) {
        return fail(Errc::corrupt, fmt::format("alert {} has no body", row.id));
    }
    return {};
}

Reader::Reader(std::unique_ptr<Database> database) : database_(std::move(database)) {}

Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(const std::string& dir) {
    auto database = std::make_unique<Database>();
    SPOOR_TRY_VOID(database->open(dir));
    return std::unique_ptr<Reader>(new Reader(std::move(database)));
}

Result<AlertPage> Reader::alerts(const AlertFilter& filter,
                                 Order order,
                                 std::size_t limit,
                                 const std::optional<PageKey>& after,
                                 bool with_json) {
    Database& base = *database_;
    SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(base.db));
    SPOOR_TRY(const std::uint64_t last, base.number("SELECT last_sequence FROM meta"));
    if (!filter.text.empty()) {
        SPOOR_TRY_VOID(base.find_text(filter.text));
    }
    // One more than asked for tells whether there is another page.
    const std::size_t wanted = limit + 1;
    AlertPage page;
    AlertQuery near(filter, order, after, last, wanted, Plan::index);
    SPOOR_TRY(const std::optional<Timestamp> stop, base.end_of_first_look(filter, order, after));
    if (stop) {
        near.stop_at(*stop);
    }
    SPOOR_TRY(page.rows, base.select(near, with_json));
    if (page.rows.size() < wanted && stop) {
        const AlertQuery far(filter, order, after, last, wanted, Plan::scan);
        SPOOR_TRY(page.rows, base.select(far, with_json));
    }
    if (page.rows.size() > limit) {
        page.rows.resize(limit);
        if (!page.rows.empty()) {
            page.next = PageKey{page.rows.back().time, page.rows.back().sequence};
        }
    }
    return page;
}

Result<AlertRow> Reader::alert(std::string_view id) {
    std::string wanted(id);
    std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    internal::IdBytes low{};
    internal::IdBytes high{};
    if (wanted.size() < least_id_digits || wanted.size() > 2 * low.size() ||
        !internal::id_to_bytes(wanted + std::string(2 * low.size() - wanted.size(), '0'), low) ||
        !internal::id_to_bytes(wanted + std::string(2 * low.size() - wanted.size(), 'f'), high)) {
        return fail(
            Errc::invalid_argument,
            fmt::format("'{}' is not an alert id: 32 hex digits, or the first 4 or more", id));
    }
    Database& base = *database_;
    SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(base.db));
    SPOOR_TRY(Statement find,
              base.db.prepare(
                  fmt::format("SELECT {} FROM alerts WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 2",
                              AlertQuery::columns())));
    find.bind_blob(1, {low.data(), low.size()});
    find.bind_blob(2, {high.data(), high.size()});
    if (find.step() != Step::row) {
        return fail(Errc::not_found, fmt::format("no alert has the id {}", id));
    }
    AlertRow row = internal::to_row(find);
    if (find.step() == Step::row) {
        return fail(Errc::invalid_argument,
                    fmt::format("several alerts begin with {}: {}, {}: give more digits",
                                id,
                                row.id,
                                internal::id_to_hex(find.blob(1))));
    }
    SPOOR_TRY_VOID(base.add_body(row, true));
    return row;
}

Result<std::uint64_t> Reader::each_alert(const AlertFilter& filter,
                                         Order order,
                                         const std::function<bool(const AlertRow&)>& take) {
    Database& base = *database_;
    std::uint64_t taken = 0;
    std::optional<PageKey> after;
    SPOOR_TRY(const std::uint64_t last, base.number("SELECT last_sequence FROM meta"));
    if (!filter.text.empty()) {
        SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(base.db));
        SPOOR_TRY_VOID(base.find_text(filter.text));
    }
    while (true) {
        std::vector<AlertRow> rows;
        {
            SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(base.db));
            const AlertQuery query(filter, order, after, last, stream_chunk, Plan::index);
            SPOOR_TRY(rows, base.select(query, true));
        }
        for (const AlertRow& row : rows) {
            ++taken;
            if (!take(row)) {
                return taken;
            }
        }
        if (rows.size() < stream_chunk) {
            return taken;
        }
        after = PageKey{rows.back().time, rows.back().sequence};
    }
}

namespace {

constexpr std::string_view letter_columns =
    "number, ref, part, reason, detail, record_time, stored_at, payload_size";

LetterRow to_letter(const Statement& statement) {
    LetterRow row;
    row.number = statement.number(0);
    row.ref = statement.text(1);
    row.partition = statement.text(2);
    row.reason = statement.text(3);
    row.detail = statement.text(4);
    row.record_time = internal::from_stored(statement.integer(5));
    row.stored_at = internal::from_stored(statement.integer(6));
    row.payload_size = statement.number(7);
    return row;
}

}  // namespace

Result<LetterPage> Reader::dead_letters(std::string_view reason,
                                        std::size_t limit,
                                        std::uint64_t before) {
    Database& base = *database_;
    SPOOR_TRY(
        Statement list,
        base.db.prepare(fmt::format("SELECT {} FROM dead_letters WHERE (?1 = 0 OR number < ?1)"
                                    " AND (?2 = '' OR reason = ?2)"
                                    " ORDER BY number DESC LIMIT ?3",
                                    letter_columns)));
    list.bind(1, before);
    list.bind_text(2, reason);
    list.bind(3, std::uint64_t{limit} + 1);
    LetterPage page;
    Step step = Step::done;
    while ((step = list.step()) == Step::row) {
        page.rows.push_back(to_letter(list));
    }
    if (step == Step::failed) {
        return base.db.error("listing dead letters");
    }
    if (page.rows.size() > limit) {
        page.rows.resize(limit);
        if (!page.rows.empty()) {
            page.next = page.rows.back().number;
        }
    }
    return page;
}

Result<LetterRow> Reader::dead_letter(std::string_view number_or_ref) {
    Database& base = *database_;
    SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(base.db));
    std::uint64_t number = 0;
    const bool is_number = parse_number(number_or_ref, number);
    SPOOR_TRY(Statement find,
              base.db.prepare(fmt::format("SELECT {} FROM dead_letters WHERE {} = ?",
                                          letter_columns,
                                          is_number ? "number" : "ref")));
    if (is_number) {
        find.bind(1, number);
    } else {
        find.bind_text(1, number_or_ref);
    }
    if (find.step() != Step::row) {
        return fail(Errc::not_found,
                    fmt::format("no dead letter has the number or ref '{}'", number_or_ref));
    }
    LetterRow row = to_letter(find);
    SPOOR_TRY(Statement body,
              base.db.prepare("SELECT payload FROM dead_letter_bodies WHERE number = ?"));
    body.bind(1, row.number);
    if (body.step() != Step::row) {
        return fail(Errc::corrupt, fmt::format("dead letter {} has no payload", row.number));
    }
    row.payload = body.blob(0);
    return row;
}

Result<StoreFacts> Reader::facts() {
    Database& base = *database_;
    SPOOR_TRY(const ReadTransaction moment, ReadTransaction::begin(base.db));
    StoreFacts facts;
    SPOOR_TRY_VOID(base.add_store_facts(facts));
    SPOOR_TRY_VOID(base.add_sink_facts(facts));
    if (Result<Connection> index =
            Connection::open(internal::search_path(base.dir), OpenMode::read_only)) {
        if (const auto upto = index->query_integer("SELECT upto FROM meta")) {
            facts.indexed_up_to = static_cast<std::uint64_t>(*upto);
        }
    }
    for (const std::string& path : {internal::database_path(base.dir),
                                    internal::outbox_path(base.dir),
                                    internal::search_path(base.dir)}) {
        facts.file_bytes += size_of(path) + size_of(path + "-wal");
    }
    return facts;
}

Result<void> Reader::Database::add_store_facts(StoreFacts& facts) {
    SPOOR_TRY_VOID(each(
        "SELECT m.store_id, m.epoch, m.stored_at, m.last_sequence, m.log_end, m.last_letter,"
        " m.letters_end, (SELECT seq FROM alerts ORDER BY seq LIMIT 1),"
        " (SELECT start FROM alerts ORDER BY seq LIMIT 1),"
        " (SELECT number FROM dead_letters ORDER BY number LIMIT 1),"
        " (SELECT start FROM dead_letters ORDER BY number LIMIT 1) FROM meta m",
        [&](Statement& row) {
            facts.store_id = row.text(0);
            facts.epoch = row.number(1);
            facts.last_commit = facts.epoch == 0 ? no_time : internal::from_stored(row.integer(2));
            facts.last_sequence = row.number(3);
            if (!row.is_null(7)) {  // the log has no holes
                facts.alerts = row.number(3) - row.number(7) + 1;
                facts.alert_bytes = row.number(4) - row.number(8);
            }
            if (!row.is_null(9)) {
                facts.dead_letters = row.number(5) - row.number(9) + 1;
                facts.dead_letter_bytes = row.number(6) - row.number(10);
            }
        }));
    SPOOR_TRY_VOID(
        each("SELECT part, origin, next FROM positions ORDER BY part", [&](Statement& row) {
            facts.positions.push_back(
                {std::string(row.text(0)), std::string(row.text(1)), row.integer(2)});
        }));
    SPOOR_TRY_VOID(each("SELECT part, newest FROM watermarks ORDER BY part", [&](Statement& row) {
        facts.watermarks.push_back(
            {std::string(row.text(0)), internal::from_stored(row.integer(1))});
    }));
    SPOOR_TRY_VOID(each("SELECT name, total FROM counters",
                        [&](Statement& row) { facts.counters.add(row.text(0), row.number(1)); }));
    SPOOR_TRY_VOID(each(
        "SELECT d.text, count(*), count(DISTINCT s.entity) FROM state s JOIN names d"
        " ON d.number = s.detector GROUP BY s.detector ORDER BY d.text",
        [&](Statement& row) {
            if (row.text(0) != own_rows) {
                facts.state.push_back({std::string(row.text(0)), row.number(1), row.number(2)});
            }
        }));
    return each(fmt::format("SELECT s.bytes FROM state s JOIN names d ON d.number = s.detector"
                            " WHERE d.text = '{}' AND s.entity = '{}'",
                            own_rows,
                            content_entity),
                [&](Statement& row) { facts.content = row.blob(0); });
}

Result<void> Reader::Database::add_sink_facts(StoreFacts& facts) {
    Result<Connection> opened = Connection::open(internal::outbox_path(dir), OpenMode::read_only);
    if (!opened) {
        return {};  // no sink has ever been used
    }
    Connection outbox = std::move(*opened);
    SPOOR_TRY(Statement cursors,
              outbox.prepare("SELECT c.sink, c.cursor, (SELECT count(*) FROM refused r"
                             " WHERE r.sink = c.sink) FROM cursors c ORDER BY c.sink"));
    const std::uint64_t before_first = facts.last_sequence - facts.alerts;
    while (cursors.step() == Step::row) {
        SinkFacts& sink = facts.sinks.emplace_back();
        sink.name = cursors.text(0);
        sink.cursor = cursors.number(1);
        const std::uint64_t from = std::max(sink.cursor, before_first);
        sink.backlog = facts.last_sequence > from ? facts.last_sequence - from : 0;
        sink.refused = cursors.number(2);
    }
    return {};
}

}  // namespace spoor::store
