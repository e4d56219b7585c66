#include "sigma/field_table.hpp"

namespace spoor::sigma {

FieldIndex FieldTable::intern(std::string_view name, const std::vector<std::string>& paths) {
    std::string key;
    for (const std::string& path : paths) {
        key.append(path).append(1, '\n');
    }
    const auto [found, is_new] =
        by_paths_.try_emplace(std::move(key), static_cast<FieldIndex>(entries_.size()));
    if (is_new) {
        entries_.push_back({std::string(name), paths});
    }
    return found->second;
}

}  // namespace spoor::sigma
