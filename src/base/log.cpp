#include "base/log.hpp"

#include "base/clock.hpp"

#include <atomic>
#include <cstdio>
#include <string>

namespace spoor {

namespace {

std::atomic<LogLevel> current_level{LogLevel::info};

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
        case LogLevel::off:
            break;
    }
    return "off";
}

}  // namespace

void set_log_level(LogLevel level) {
    current_level.store(level, std::memory_order_relaxed);
}

LogLevel log_level() {
    return current_level.load(std::memory_order_relaxed);
}

bool parse_log_level(std::string_view text, LogLevel& out) {
    std::string lower;
    for (const char c : text) {
        lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (lower == "warn") {
        lower = "warning";
    } else if (lower == "critical" || lower == "fatal") {
        lower = "error";
    }
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::off}) {
        if (lower == name_of(level)) {
            out = level;
            return true;
        }
    }
    return false;
}

void log_line(LogLevel level, std::string_view area, std::string_view message) {
    // One write a line, so that lines of several threads do not mix.
    std::string line = format_time(SystemClock{}.now());
    line += ' ';
    line += name_of(level);
    line += ' ';
    line += area;
    line += ": ";
    line += message;
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace spoor
