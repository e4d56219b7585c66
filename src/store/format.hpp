// How alerts and dead letters look: tables for people, CSV and JSON for machines. What comes from
// events is never trusted: control and direction characters are shown as escapes, and a CSV cell
// never begins like a formula.
//
// Pure; safe from any thread.
#pragma once

#include "base/time.hpp"
#include "store/reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::store {

// `text` for a terminal: control characters, characters that turn the direction of writing, and
// bytes that are not UTF-8 as \n, \t, \x1b, \u202e ...
[[nodiscard]] std::string printable(std::string_view text);

// A moment as people give it: "2026-01-31T12:00:00Z" or another ISO time, a day "2026-01-31", or an
// age "24h" before `now`.
[[nodiscard]] std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now);

// ISO 8601, "-" for none.
[[nodiscard]] std::string time_text(Timestamp time);

// With a heading, columns as wide as they need to be. Level in colour if asked for.
[[nodiscard]] std::string to_table(const std::vector<AlertRow>& rows, bool colour);
// All of one alert, its JSON indented.
[[nodiscard]] std::string to_page(const AlertRow& row, bool colour);
[[nodiscard]] std::string_view csv_heading();
void append_csv(std::string& out, const AlertRow& row);

[[nodiscard]] std::string to_table(const std::vector<LetterRow>& rows);
// All of one dead letter, its payload printable().
[[nodiscard]] std::string to_page(const LetterRow& row);
// One object, no line end. The payload only if it is there.
void append_json(std::string& out, const LetterRow& row);

}  // namespace spoor::store
