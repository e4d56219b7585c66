// What every document says about itself.
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/report.hpp"
#include "sigma/rule_set.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

// Reads title, id, level and so on; warns of keys that are nearly one of `more` or of those known
// to all documents (C9).
[[nodiscard]] RuleMeta read_meta(const YamlNode& document,
                                 const std::vector<std::string_view>& more,
                                 Report& report);

// The scalar at `key`, or empty. A list or section there is an error.
[[nodiscard]] std::string text_of(const YamlNode& node, std::string_view key, Report& report);

}  // namespace spoor::sigma
