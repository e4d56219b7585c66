// The Redis Function (library `spoor`) that writes alerts, and its version: a hash of its text, so
// that a server with another text is found out. It runs inside Redis, so that a group of alerts,
// their indexes and the last sequence applied change together or not at all.
//
// FCALL spoor_alert_put 1 {P}:applied P STORE EXPECTED RETENTION_MS MAX LEGACY_KEY LEGACY_MAX
//       then for each alert: SEQUENCE ID TIME_MS LEVEL SEVERITY HOST RULE TECHNIQUES JSON
//   -> [last sequence applied, one word for each alert ..., why it stopped (if it did)]
//      new    written
//      there  an alert with this id is there: counts as written
//      old    its sequence was applied before
//      !TEXT  cannot be written, ever
//   Error SPOORGAP: less was applied than EXPECTED (the server has lost data): send again from
//   there.
//
// Constants; no state.
#pragma once

#include <string>
#include <string_view>

namespace spoor::sink {

inline constexpr std::string_view redis_put_function = "spoor_alert_put";
inline constexpr std::string_view redis_version_function = "spoor_version";
inline constexpr std::size_t redis_words_per_alert = 9;

[[nodiscard]] const std::string& redis_function_version();
[[nodiscard]] const std::string& redis_function_code();

}  // namespace spoor::sink
