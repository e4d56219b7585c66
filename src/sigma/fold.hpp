// Unicode simple case folding (V1 of docs/sigma-semantics.md): what is compared without case is
// folded first, the rule's text once, the event's when it is looked at.
//
// Pure functions; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::sigma {

[[nodiscard]] std::uint32_t fold(std::uint32_t code_point);

// Valid UTF-8 in, valid UTF-8 out; of other bytes a text that means nothing, and none beyond the
// text is read. May grow or shrink; at most 3/2 of the size, plus nothing.
void append_folded(std::string& out, std::string_view text);
[[nodiscard]] std::string folded(std::string_view text);

[[nodiscard]] bool is_ascii(std::string_view text);

// Into `out`, which has room for 3/2 of the text's bytes and 32 more; answers the bytes written.
// Fast for ASCII.
[[nodiscard]] std::size_t fold_into(char* out, std::string_view text);

}  // namespace spoor::sigma
