// The table of keys as other things see it: a JSON Schema for editors, the reference page, and the
// listing of what is in force. Pure functions; safe from any thread.
#pragma once

#include "config/load.hpp"

#include <string>
#include <vector>

namespace spoor::config {

// JSON Schema, draft 2020-12.
[[nodiscard]] std::string json_schema();
// docs/configuration.md is exactly this.
[[nodiscard]] std::string reference_page();
// One line a key: "path = value   # origin".
[[nodiscard]] std::string listing(const std::vector<Shown>& shown);
[[nodiscard]] std::string listing_json(const std::vector<Shown>& shown);

}  // namespace spoor::config
