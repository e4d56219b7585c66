#include "store/alert_query.hpp"

#include "store/sqlite_schema.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <utility>

namespace spoor::store::internal {

namespace {

std::string_view text_argument(sqlite3_value* value) {
    const unsigned char* text = sqlite3_value_text(value);
    return text == nullptr ? std::string_view()
                           : std::string_view(reinterpret_cast<const char*>(text),
                                              static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void call_has_technique(sqlite3_context* context, int /*n*/, sqlite3_value** arguments) {
    const bool has = has_technique(text_argument(arguments[0]), text_argument(arguments[1]));
    sqlite3_result_int(context, has ? 1 : 0);
}

void call_text_hit(sqlite3_context* context, int /*n*/, sqlite3_value** arguments) {
    const auto* hits = static_cast<const std::optional<TextHits>*>(sqlite3_user_data(context));
    const auto sequence = static_cast<std::uint64_t>(sqlite3_value_int64(arguments[0]));
    sqlite3_result_int(context, hits->has_value() && (*hits)->contains(sequence) ? 1 : 0);
}

}  // namespace

bool has_technique(std::string_view techniques, std::string_view wanted) {
    std::size_t at = 0;
    while ((at = techniques.find(wanted, at)) != std::string_view::npos) {
        const std::size_t end = at + wanted.size();
        const bool begins = at == 0 || techniques[at - 1] == ' ';
        const bool ends =
            end == techniques.size() || techniques[end] == ' ' || techniques[end] == '.';
        if (begins && ends) {
            return true;
        }
        ++at;
    }
    return false;
}

Result<void> register_functions(Connection& db, const std::optional<TextHits>& hits) {
    constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    // SQLite's interface takes a plain pointer; call_text_hit only reads through it.
    void* data = const_cast<std::optional<TextHits>*>(&hits);
    const int first = sqlite3_create_function(db.handle(),
                                              "spoor_has_technique",
                                              2,
                                              flags,
                                              nullptr,
                                              call_has_technique,
                                              nullptr,
                                              nullptr);
    const int second = sqlite3_create_function(
        db.handle(), "spoor_text_hit", 1, SQLITE_UTF8, data, call_text_hit, nullptr, nullptr);
    if (first != SQLITE_OK || second != SQLITE_OK) {
        return db.error("registering functions");
    }
    return {};
}

AlertQuery::AlertQuery(const AlertFilter& filter,
                       Order order,
                       const std::optional<PageKey>& after,
                       std::uint64_t last_sequence,
                       std::size_t limit,
                       Plan plan)
    : order_(order), limit_(limit) {
    sql_ = fmt::format("SELECT {} FROM alerts {} WHERE seq <= ?",
                       columns(),
                       plan == Plan::scan ? "NOT INDEXED" : "INDEXED BY alerts_time");
    values_.emplace_back(static_cast<std::int64_t>(last_sequence));
    add_place(after);
    add_times(filter);
    add_rest(filter);
}

void AlertQuery::stop_at(Timestamp time) {
    add(order_ == Order::newest_first ? "time >= ?" : "time <= ?", to_stored(time));
}

void AlertQuery::add(std::string_view condition, Value value) {
    sql_ += " AND ";
    sql_ += condition;
    values_.push_back(std::move(value));
}

void AlertQuery::add_place(const std::optional<PageKey>& after) {
    if (!after) {
        return;
    }
    const bool is_newest = order_ == Order::newest_first;
    const std::int64_t time = to_stored(after->time);
    // The first condition is the one that the index can use.
    add(is_newest ? "time <= ?" : "time >= ?", time);
    add(is_newest ? "(time < ?" : "(time > ?", time);
    sql_ += is_newest ? " OR seq < ?)" : " OR seq > ?)";
    values_.emplace_back(static_cast<std::int64_t>(after->sequence));
}

void AlertQuery::add_times(const AlertFilter& filter) {
    if (filter.from != no_time) {
        add("time >= ?", to_stored(filter.from));
    }
    if (filter.to != no_time) {
        add("time < ?", to_stored(filter.to));
        add("time > ?", to_stored(no_time));  // what has no time is in no range
    }
}

void AlertQuery::add_rest(const AlertFilter& filter) {
    if (filter.level) {
        add("level = ?", static_cast<std::int64_t>(*filter.level));
    }
    if (filter.min_level) {
        add("level >= ?", static_cast<std::int64_t>(*filter.min_level));
    }
    if (!filter.host.empty()) {
        add("host = ? COLLATE NOCASE", filter.host);
    }
    if (!filter.rule.empty()) {
        add("rule = ?", filter.rule);
    }
    if (!filter.detector.empty()) {
        add("detector = ?", filter.detector);
    }
    if (!filter.technique.empty()) {
        add("spoor_has_technique(techniques, ?)", filter.technique);
    }
    if (filter.stored_from != no_time) {
        add("stored_at >= ?", to_stored(filter.stored_from));
    }
    if (!filter.text.empty()) {
        sql_ += " AND spoor_text_hit(seq)";
    }
}

Result<Statement> AlertQuery::prepare(Connection& db) const {
    const char* direction = order_ == Order::newest_first ? "DESC" : "ASC";
    SPOOR_TRY(Statement statement,
              db.prepare(fmt::format(
                  "{0} ORDER BY time {1}, seq {1} LIMIT {2}", sql_, direction, limit_)));
    int index = 0;
    for (const Value& value : values_) {
        ++index;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            statement.bind(index, *number);
        } else {
            statement.bind_text(index, std::get<std::string>(value));
        }
    }
    return statement;
}

AlertRow to_row(const Statement& statement) {
    AlertRow row;
    row.sequence = statement.number(0);
    row.id = id_to_hex(statement.blob(1));
    row.time = from_stored(statement.integer(2));
    row.stored_at = from_stored(statement.integer(3));
    row.level = static_cast<alert::Level>(statement.integer(4));
    row.host = statement.text(5);
    row.detector = statement.text(6);
    row.rule_id = statement.text(7);
    row.techniques = statement.text(8);
    row.entity = statement.text(9);
    return row;
}

}  // namespace spoor::store::internal
