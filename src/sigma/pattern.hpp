// Texts with wildcards (V2): whether a text meets one, and what kind of question a pattern is.
//
// Pure functions; safe from any thread.
#pragma once

#include "sigma/expression.hpp"

#include <cstdint>
#include <string_view>

namespace spoor::sigma {

enum class Shape : std::uint8_t {
    empty,     // ''
    anything,  // *
    whole,     // text
    prefix,    // text*
    suffix,    // *text
    inside,    // *text*
    mixed,     // anything else
};

[[nodiscard]] Shape shape_of(const Pattern& pattern);
// The pattern's longest piece of text; empty: it has none.
[[nodiscard]] std::string_view longest_text(const Pattern& pattern);
// Any pattern. `text` is valid UTF-8, folded if the pattern is.
[[nodiscard]] bool meets(std::string_view text, const Pattern& pattern);

// Whether `needle` is in `text`. Linear but for needles of up to 256 bytes, which are short.
[[nodiscard]] bool has_inside(std::string_view text, std::string_view needle);

}  // namespace spoor::sigma
