// From a filter to SQL. For reader.cpp only.
#pragma once

#include "base/result.hpp"
#include "store/reader.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spoor::store::internal {

// How the rows are come by.
enum class Plan : std::uint8_t {
    index,  // along the time index: for what is found early, and for streaming
    scan,   // all rows of the narrow table, filtered, then the best of them sorted
};

// Which sequences a text search found. Bits from `first` on.
class TextHits {
public:
    TextHits(std::uint64_t first, std::uint64_t last)
        : first_(first), bits_(last < first ? 0 : last - first + 1) {}

    void add(std::uint64_t sequence) {
        if (sequence >= first_ && sequence - first_ < bits_.size()) {
            bits_[sequence - first_] = true;
        }
    }

    [[nodiscard]] bool contains(std::uint64_t sequence) const {
        return sequence >= first_ && sequence - first_ < bits_.size() && bits_[sequence - first_];
    }

private:
    std::uint64_t first_;
    std::vector<bool> bits_;
};

// Whether "T1041 T1059.001" has `wanted`, or a sub-technique of it.
[[nodiscard]] bool has_technique(std::string_view techniques, std::string_view wanted);

// Registers spoor_has_technique(techniques, wanted) and spoor_text_hit(seq); `hits` is read through
// when a statement runs.
[[nodiscard]] Result<void> register_functions(Connection& db, const std::optional<TextHits>& hits);

class AlertQuery {
public:
    AlertQuery(const AlertFilter& filter,
               Order order,
               const std::optional<PageKey>& after,
               std::uint64_t last_sequence,
               std::size_t limit,
               Plan plan);

    // Leaves out rows behind this time: the first look goes no further. Before prepare.
    void stop_at(Timestamp time);

    // The narrow columns in the order of columns(), ready to step. The query must outlive it.
    [[nodiscard]] Result<Statement> prepare(Connection& db) const;

    [[nodiscard]] static constexpr std::string_view columns() {
        return "seq, id, time, stored_at, level, host, detector, rule, techniques, entity";
    }

private:
    using Value = std::variant<std::int64_t, std::string>;

    void add(std::string_view condition, Value value);
    void add_place(const std::optional<PageKey>& after);
    void add_times(const AlertFilter& filter);
    void add_rest(const AlertFilter& filter);

    Order order_;
    std::size_t limit_;
    std::string sql_;
    std::vector<Value> values_;
};

[[nodiscard]] AlertRow to_row(const Statement& statement);

}  // namespace spoor::store::internal
