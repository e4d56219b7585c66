// The tables of DIR/spoor.db, and what every connection to it is set to. For the room's own .cpp
// files only. Layout and reasons: README.md.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sqlite.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::store::internal {

inline constexpr std::int64_t schema_number = 1;

[[nodiscard]] std::string database_path(const std::string& dir);  // DIR/spoor.db
[[nodiscard]] std::string outbox_path(const std::string& dir);    // DIR/outbox.db

// For a connection that writes spoor.db: makes the tables in a new file, refuses a newer schema.
[[nodiscard]] Result<void> prepare_database(Connection& db);

// Stored times are microseconds since 1970; no_time is the least value, and sorts first.
[[nodiscard]] inline std::int64_t to_stored(Timestamp time) {
    return time.time_since_epoch().count();
}

[[nodiscard]] inline Timestamp from_stored(std::int64_t value) {
    return Timestamp{Duration{value}};
}

// An alert's id is 32 hex digits outside and 16 bytes inside.
using IdBytes = std::array<char, 16>;
[[nodiscard]] bool id_to_bytes(std::string_view hex, IdBytes& out);
[[nodiscard]] std::string id_to_hex(std::string_view bytes);

}  // namespace spoor::store::internal
