// Scenarios as a person names them on a command line, and when they run.
//
// Pure functions.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "simulate/simulate.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::simulate {

// "brute_force", "brute_force@6h" (that long after the start) or "brute_force@6h@host3". Those
// without a time are spread evenly over `length`.
[[nodiscard]] Result<std::vector<CampaignOptions::Planned>> parse_schedule(
    const std::vector<std::string>& texts, Duration length);

// "24h", "90m", or a bare number of minutes as the original took it; 0: without end.
[[nodiscard]] Result<Duration> parse_length(std::string_view text);
inline constexpr Duration without_end = std::chrono::hours{24 * 365 * 100};

}  // namespace spoor::simulate
