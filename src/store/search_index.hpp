// The full-text index over the alert log: DIR/search.db, a projection that may be deleted at any
// time. It is caught up behind, off the write path, and says how far it is; whoever searches scans
// what it lacks. One FTS5 table for each stretch of 262,144 sequences, so that what retention took
// goes by dropping a table.
//
// One thread, the pump's, when it has nothing else to do. Reader reads the file from anywhere.
#pragma once

#include "base/result.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace spoor::store {

class SearchIndex {
public:
    // Makes the file, and makes it anew when it is damaged or of another store. The store must have
    // been opened once.
    [[nodiscard]] static Result<std::unique_ptr<SearchIndex>> open(const std::string& dir);

    // Indexes up to `max_rows` more alerts, in one transaction; 0: up to date.
    [[nodiscard]] Result<std::size_t> catch_up(std::size_t max_rows);

    // Alerts up to this sequence are in it.
    [[nodiscard]] std::uint64_t indexed_up_to() const { return indexed_up_to_; }

private:
    SearchIndex() = default;
    [[nodiscard]] Result<void> open_index(const std::string& path);
    [[nodiscard]] Result<void> create_tables(const std::string& store_id);
    [[nodiscard]] Result<std::size_t> index_rows(std::size_t max_rows, std::uint64_t& upto);
    [[nodiscard]] Result<void> use_stretch(std::uint64_t stretch);
    [[nodiscard]] Result<void> drop_old_stretches();

    internal::Connection log_;  // spoor.db, read only
    internal::Connection index_;
    internal::Statement read_;
    internal::Statement first_;
    internal::Statement insert_;
    internal::Statement put_upto_;
    std::uint64_t insert_stretch_ = UINT64_MAX;  // the one that insert_ is for
    std::uint64_t oldest_stretch_ = 0;
    std::uint64_t indexed_up_to_ = 0;
};

namespace internal {

inline constexpr std::uint64_t sequences_in_stretch = 262'144;

[[nodiscard]] std::string search_path(const std::string& dir);   // DIR/search.db
[[nodiscard]] std::string stretch_table(std::uint64_t stretch);  // "text_0"

}  // namespace internal

}  // namespace spoor::store
