// Texts as attackers may have spelled them: dashes of five kinds, Base64, UTF-16
// (docs/sigma-semantics.md M6-M9).
//
// Private to sigma. Pure functions; safe from any thread.
#pragma once

#include "sigma/rule_value.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

inline constexpr std::size_t max_dash_places = 5;
inline constexpr std::size_t num_dashes = 5;  // M6: variants of one place

[[nodiscard]] std::size_t num_dash_places(const Text& text);
// The product over all places, the text itself first; at most max_dash_places of them.
[[nodiscard]] std::vector<Text> dash_variants(const Text& text);

[[nodiscard]] std::string to_base64(std::string_view bytes);
// At offsets 0, 1 and 2, without what depends on the bytes before and behind.
[[nodiscard]] std::array<std::string, 3> to_base64_offsets(std::string_view bytes);

// `text` is valid UTF-8.
[[nodiscard]] std::string to_utf16(std::string_view text, bool big_endian);

}  // namespace spoor::sigma
