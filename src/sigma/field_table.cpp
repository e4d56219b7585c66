#include "sigma/field_table.hpp"

#include <algorithm>

namespace spoor::sigma {

std::size_t num_segments(std::string_view path) {
    return static_cast<std::size_t>(std::ranges::count(path, '.')) + 1;
}

bool FieldTable::take(const std::vector<std::string>& paths) {
    std::vector<const std::string*> added;
    bool fits = true;
    for (const std::string& path : paths) {
        fits = fits && num_segments(path) <= max_path_segments;
        if (fits && paths_.insert(path).second) {
            added.push_back(&path);
        }
    }
    if (fits && paths_.size() <= max_paths) {
        return true;
    }
    for (const std::string* path : added) {
        paths_.erase(*path);
    }
    return false;
}

FieldIndex FieldTable::intern(std::string_view name, const std::vector<std::string>& paths) {
    std::string key;
    for (const std::string& path : paths) {
        key.append(path).append(1, '\n');
    }
    const auto [found, is_new] =
        by_paths_.try_emplace(std::move(key), static_cast<FieldIndex>(entries_.size()));
    if (is_new) {
        entries_.push_back({std::string(name), take(paths) ? paths : std::vector<std::string>()});
    }
    return found->second;
}

}  // namespace spoor::sigma
