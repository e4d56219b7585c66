// From a field's name in a rule to the paths where events may have it (docs/sigma-semantics.md §6).
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/field_table.hpp"
#include "sigma/rule_set.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::sigma {

// In order, the first one present in an event is meant.
[[nodiscard]] std::vector<std::string> field_paths(std::string_view name,
                                                   const LogSource& logsource);

// Whether the field is the host that state is kept by, in every event that has it (R9).
[[nodiscard]] bool names_host(std::string_view field);

class FieldNames {
public:
    FieldNames(FieldTable& table, bool builtin) : table_(table), builtin_(builtin) {}

    // `is_path`: the name is a path as it stands.
    [[nodiscard]] FieldIndex find(std::string_view name, const LogSource& logsource, bool is_path);

private:
    FieldTable& table_;
    bool builtin_;
    std::unordered_map<std::string, FieldIndex> known_;
};

}  // namespace spoor::sigma
