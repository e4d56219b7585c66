// What both stores do alike: what retention may delete, how bytes are counted, what is said of a
// conflict. For the room's own .cpp files only.
#pragma once

#include "alert/alert.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::store::internal {

// What an alert or letter takes beside its own texts, about: ids, numbers, index entries.
inline constexpr std::uint64_t row_overhead_bytes = 128;

[[nodiscard]] inline bool is_too_old(Timestamp now, Duration age, Timestamp stored_at) {
    return now != no_time && stored_at < now - age;
}

// Whether what begins at `start` does not fit when only the newest `limit` bytes may stay.
[[nodiscard]] inline bool is_beyond(std::uint64_t end, std::uint64_t limit, std::uint64_t start) {
    return end > limit && start < end - limit;
}

// Whether the alert at the front of the log may go now.
[[nodiscard]] inline bool may_delete_alert(Timestamp now,
                                           const config::Store& limits,
                                           bool is_unsent,
                                           Timestamp stored_at,
                                           std::uint64_t start,
                                           std::uint64_t log_end) {
    if (!is_too_old(now, limits.retention, stored_at) &&
        !is_beyond(log_end, limits.max_bytes, start)) {
        return false;
    }
    return !is_unsent || is_beyond(log_end, limits.unsent_max_bytes, start);
}

[[nodiscard]] inline bool may_delete_letter(Timestamp now,
                                            const config::Store& limits,
                                            Timestamp stored_at,
                                            std::uint64_t start,
                                            std::uint64_t letters_end) {
    return is_too_old(now, limits.dead_letter_retention, stored_at) ||
           is_beyond(letters_end, limits.dead_letter_max_bytes, start);
}

[[nodiscard]] inline std::uint64_t bytes_of(const alert::Alert& alert,
                                            std::string_view techniques) {
    return alert.json.size() + alert.summary.size() + alert.host.size() + alert.entity.size() +
           alert.rule_id.size() + techniques.size() + row_overhead_bytes;
}

[[nodiscard]] inline std::uint64_t bytes_of(const alert::DeadLetter& letter) {
    return letter.payload.size() + letter.ref.size() + letter.detail.size() +
           letter.partition.size() + row_overhead_bytes;
}

// "T1041 T1071"
[[nodiscard]] inline std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        if (!out.empty()) {
            out += ' ';
        }
        out += word;
    }
    return out;
}

[[nodiscard]] inline std::string conflict_text(const alert::Alert& alert) {
    return "alert " + alert.id + " of rule " + alert.rule_id +
           " came again with other bytes; the first stays";
}

}  // namespace spoor::store::internal
