// The fields that rules ask for, each once: a field is a list of paths, of which the first one
// present in the event is meant (docs/sigma-semantics.md F6). Ids are indices, for memory only.
//
// Values; built while rules are compiled, then const: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace spoor::sigma {

using FieldIndex = std::uint32_t;
inline constexpr FieldIndex no_field = 0xFFFFFFFF;  // of keywords: any value of the event

struct FieldEntry {
    std::string name;                // as the rule has it, spaces out
    std::vector<std::string> paths;  // in order; a segment `*` is any one member
};

// F9. Captured values name their path in 16 bits, and the decoder's own paths are beside these.
inline constexpr std::size_t max_paths = 60'000;      // different ones, of all fields
inline constexpr std::size_t max_path_segments = 64;  // of one path: walks over them recurse

[[nodiscard]] std::size_t num_segments(std::string_view path);

class FieldTable {
public:
    // The entry with exactly these paths; made if there is none. Without any path, which no event
    // has, if these are too many or too deep (F9).
    FieldIndex intern(std::string_view name, const std::vector<std::string>& paths);

    [[nodiscard]] const std::vector<FieldEntry>& entries() const { return entries_; }

    [[nodiscard]] const FieldEntry& operator[](FieldIndex field) const { return entries_[field]; }

private:
    [[nodiscard]] bool take(const std::vector<std::string>& paths);

    std::vector<FieldEntry> entries_;
    std::unordered_set<std::string> paths_;                 // of all entries
    std::unordered_map<std::string, FieldIndex> by_paths_;  // paths joined by line feeds
};

}  // namespace spoor::sigma
