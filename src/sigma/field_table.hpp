// The fields that rules ask for, each once: a field is a list of paths, of which the first one
// present in the event is meant (docs/sigma-semantics.md F6). Ids are indices, for memory only.
//
// Values; built while rules are compiled, then const: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::sigma {

using FieldIndex = std::uint32_t;
inline constexpr FieldIndex no_field = 0xFFFFFFFF;  // of keywords: any value of the event

struct FieldEntry {
    std::string name;                // as the rule has it, spaces out
    std::vector<std::string> paths;  // in order; a segment `*` is any one member
};

class FieldTable {
public:
    // The entry with exactly these paths; made if there is none.
    FieldIndex intern(std::string_view name, const std::vector<std::string>& paths);

    [[nodiscard]] const std::vector<FieldEntry>& entries() const { return entries_; }

    [[nodiscard]] const FieldEntry& operator[](FieldIndex field) const { return entries_[field]; }

private:
    std::vector<FieldEntry> entries_;
    std::unordered_map<std::string, FieldIndex> by_paths_;  // paths joined by line feeds
};

}  // namespace spoor::sigma
