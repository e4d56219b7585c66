// Alert: a signal strong enough for a person. Its id is a hash of what it is about (rule, rule
// version, group key, window start or the refs of its events), so that a replay makes the same one;
// its JSON is made once, where it is found, and never changes. An analyst's status of it is a row
// of its own elsewhere.
//
// Values; owned by whoever holds them.
#pragma once

#include "base/time.hpp"
#include "event/origin.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::alert {

// The original's bands. The numbers are stored: never renumber.
enum class Level : std::uint8_t { informational = 0, low = 1, medium = 2, high = 3, critical = 4 };

[[nodiscard]] std::string_view to_string(Level level);  // "Medium", as the original writes it
[[nodiscard]] bool parse_level(std::string_view text, Level& out);  // any case; also "info"

struct Alert {
    std::string id;            // 32 hex digits (make_id)
    Timestamp time = no_time;  // event time; no_time if the events had none
    Level level = Level::medium;
    std::string detector;  // "threshold", "behavior", later "sigma"
    std::string rule_id;
    std::string host;  // as events spell it; the entity's host
    std::string entity;
    std::vector<std::string> techniques;  // ATT&CK ids, sorted
    std::string summary;                  // one line
    std::string json;  // the whole alert, docs/spec/alert.schema.json; canonical bytes
};

// The parts of an alert's identity, in order; each is length-prefixed before hashing, so that no
// two lists of parts give the same bytes.
[[nodiscard]] std::string make_id(std::string_view rule_id,
                                  std::string_view rule_version,
                                  std::string_view group_key,
                                  std::string_view window_or_refs);

// A record that could not be used, kept whole (up to max_payload bytes) with the reason.
struct DeadLetter {
    static constexpr std::size_t max_payload = std::size_t{1024} * 1024;
    std::string ref;        // unique: "kafka:C/T/3/17#0"
    std::string partition;  // Position::partition
    std::string reason;     // closed list, see decode/decoder.hpp: "bad_json", "not_an_object" ...
    std::string detail;     // for a person: what is wrong, at which byte
    Timestamp record_time = no_time;
    std::string payload;
    std::uint64_t payload_size = 0;  // before it was cut
};

}  // namespace spoor::alert
