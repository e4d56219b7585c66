// The text of a single-quoted YAML scalar. libfyaml 0.7.12 reads two escaped quotes in a row
// ('a''''b') wrongly, so these are read here.
//
// Private to config. Pure.
#pragma once

#include <string>
#include <string_view>

namespace spoor::config {

// `inside` is what stands between the outer quotes, as in the file. YAML 1.2.2, 7.3.2 and 6.5: two
// quotes are one; a line break is a space, and of several all but one stay.
[[nodiscard]] std::string single_quoted_text(std::string_view inside);

}  // namespace spoor::config
