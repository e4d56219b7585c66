// The program's own log: one line an occurrence, on standard error, UTC. Never called per event.
// Secrets never come here: configuration keeps them in Secret, which prints as "****".
// Safe from any thread.
#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace spoor {

enum class LogLevel : unsigned char { debug, info, warning, error, off };

void set_log_level(LogLevel level);
[[nodiscard]] LogLevel log_level();
[[nodiscard]] bool parse_log_level(std::string_view text, LogLevel& out);  // DEBUG, info, WARN ...
void log_line(LogLevel level, std::string_view area, std::string_view message);

template <class... Args>
void log(LogLevel level,
         std::string_view area,
         fmt::format_string<Args...> format,
         Args&&... args) {
    if (level >= log_level()) {
        log_line(level, area, fmt::format(format, std::forward<Args>(args)...));
    }
}

}  // namespace spoor
