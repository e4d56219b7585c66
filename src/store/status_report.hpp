// `spoor status`: what the store holds and what the running process last said of itself, side by
// side. Gathering reads files; the two ways of telling it are pure.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/reader.hpp"
#include "store/run_status.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace spoor::store {

struct StatusReport {
    enum class Life : std::uint8_t {
        never_run,  // no process has written a status here
        running,    // the store is in use, and its process speaks
        silent,     // the store is in use, but nothing was said for a while (or by another kind of
                    // run)
        ended,      // the store is not in use; what is said is from the last run
    };

    std::string dir;
    Timestamp now = no_time;
    Life life = Life::never_run;
    std::optional<RunStatus> run;
    StoreFacts store;
};

// A process that has said nothing for so long is called silent.
inline constexpr Duration silent_after = std::chrono::seconds{10};

// not_found: no store in `dir`.
[[nodiscard]] Result<StatusReport> gather_status(const std::string& dir, Timestamp now);

[[nodiscard]] std::string to_text(const StatusReport& report);
[[nodiscard]] std::string to_json(const StatusReport& report);

}  // namespace spoor::store
