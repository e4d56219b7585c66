// What a decoder must capture, written down slowly: a walk over a tree of the whole text that keeps
// the set of all ways in which members so far fit watched paths.
#pragma once

#include "event/event.hpp"
#include "value_tree.hpp"

#include <string>
#include <vector>

namespace spoor::decode {

struct PlainCaptured {
    std::string path;
    CapturedKind kind = CapturedKind::null;
    std::string text;
    friend bool operator==(const PlainCaptured&, const PlainCaptured&) = default;
    friend auto operator<=>(const PlainCaptured&, const PlainCaptured&) = default;
};

// In the text's order; of one value, by the order of `paths`.
[[nodiscard]] std::vector<PlainCaptured> reference_capture(const Value& root,
                                                           const std::vector<std::string>& paths);

}  // namespace spoor::decode
