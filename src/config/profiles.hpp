// Configurations to start from, with comments. Each passes its own check without a warning.
// Constant data; safe from any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace spoor::config {

// "demo", "file" or "kafka"; nullopt: no such profile.
[[nodiscard]] std::optional<std::string_view> profile(std::string_view name);
[[nodiscard]] std::vector<std::string_view> profile_names();

}  // namespace spoor::config
