// Reading values as something other than text: numbers (V4), networks' addresses (M12), parts of
// times (M14). Row names are those of docs/sigma-semantics.md.
//
// Pure functions; safe from any thread.
#pragma once

#include "sigma/expression.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor::sigma {

// A JSON number and nothing else: no space, no sign but '-', no leading zero. Integers beyond 64
// bits are real.
[[nodiscard]] bool read_number(std::string_view text, Number& out);

// `event` against the rule's `bound`.
[[nodiscard]] bool compare(const Number& event, Compare how, const Number& bound);

// IPv4 in its mapped form; a zone (%eth0) is left out. False: no address.
[[nodiscard]] bool read_address(std::string_view text, std::array<std::uint8_t, 16>& out);
[[nodiscard]] bool contains(const Network& network, const std::array<std::uint8_t, 16>& address);

// Of a time as it is written; a number is seconds, milli-, micro- or nanoseconds since 1970.
[[nodiscard]] std::optional<int> time_part(std::string_view text, bool is_number, TimePart part);

}  // namespace spoor::sigma
