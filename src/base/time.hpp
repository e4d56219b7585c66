// Time stamps and their text. Event time is UTC in microseconds; nothing here reads a clock
// (base/clock.hpp does). Pure functions, safe from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace spoor {

using Duration = std::chrono::microseconds;
using Timestamp = std::chrono::sys_time<Duration>;

// The least value stands for "none" where an optional would cost (rows of a batch).
inline constexpr Timestamp no_time = Timestamp::min();

// Reads ISO 8601 / RFC 3339 as sources write it: 'T' or space, 0 to 9 fraction digits ('.' or ','),
// zone Z, +hh:mm, +hhmm, +hh or none. A text without zone is taken at `zone_offset` east of UTC.
// Years 1601 to 9999. nullopt when it is anything else.
[[nodiscard]] std::optional<Timestamp> parse_time(std::string_view text,
                                                  Duration zone_offset = Duration{0});

// 2026-01-31T12:00:00.123456Z; the fraction has 0, 3 or 6 digits, whichever loses nothing.
[[nodiscard]] std::string format_time(Timestamp time);
void append_time(std::string& out, Timestamp time);

// "10s", "5m", "2h", "7d", "250ms": a number and a unit, no spaces. nullopt otherwise.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string format_duration(Duration d);

}  // namespace spoor
