#include "base/time.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <iterator>

namespace spoor {

namespace {

// Reads exactly `n` digits at `pos`; -1 if they are not all digits.
int digits(std::string_view s, std::size_t pos, std::size_t n) {
    if (pos + n > s.size()) {
        return -1;
    }
    int value = 0;
    for (std::size_t i = pos; i < pos + n; ++i) {
        const char c = s[i];
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

// Microseconds of a fraction that starts behind the point; advances `pos` over its digits. -1: no
// digit, or over 9.
std::int64_t fraction(std::string_view s, std::size_t& pos) {
    std::int64_t micros = 0;
    std::size_t n = 0;
    while (pos < s.size() && s[pos] >= '0' && s[pos] <= '9') {
        if (n < 6) {
            micros = micros * 10 + (s[pos] - '0');
        }
        ++n;
        ++pos;
    }
    if (n == 0 || n > 9) {
        return -1;
    }
    for (; n < 6; ++n) {
        micros *= 10;
    }
    return micros;
}

// The zone at `pos` to the end of the text; nullopt if it is none of Z, +hh, +hhmm, +hh:mm.
std::optional<Duration> zone(std::string_view s, std::size_t pos) {
    const std::string_view rest = s.substr(pos);
    if (rest == "Z" || rest == "z") {
        return Duration{0};
    }
    if (rest.size() < 3 || (rest[0] != '+' && rest[0] != '-')) {
        return std::nullopt;
    }
    const int hours = digits(rest, 1, 2);
    int minutes = 0;
    if (rest.size() == 5) {
        minutes = digits(rest, 3, 2);
    } else if (rest.size() == 6 && rest[3] == ':') {
        minutes = digits(rest, 4, 2);
    } else if (rest.size() != 3) {
        return std::nullopt;
    }
    if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    const Duration offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    return rest[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view s, Duration zone_offset) {
    using std::chrono::day;
    using std::chrono::hours;
    using std::chrono::microseconds;
    using std::chrono::minutes;
    using std::chrono::month;
    using std::chrono::seconds;
    using std::chrono::sys_days;
    using std::chrono::year;
    using std::chrono::year_month_day;
    const int y = digits(s, 0, 4);
    const int mo = digits(s, 5, 2);
    const int d = digits(s, 8, 2);
    if (y < 1601 || mo < 0 || d < 0 || s[4] != '-' || s[7] != '-') {
        return std::nullopt;
    }
    const year_month_day date{
        year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    Timestamp t = sys_days{date};
    if (s.size() == 10) {
        return t - zone_offset;
    }
    const int h = digits(s, 11, 2);
    const int mi = digits(s, 14, 2);
    if ((s[10] != 'T' && s[10] != 't' && s[10] != ' ') || h < 0 || h > 23 || mi < 0 || mi > 59 ||
        s[13] != ':') {
        return std::nullopt;
    }
    t += hours{h} + minutes{mi};
    std::size_t pos = 16;
    if (pos < s.size() && s[pos] == ':') {
        const int sec = digits(s, 17, 2);
        if (sec < 0 || sec > 60) {
            return std::nullopt;
        }
        t += seconds{sec};
        pos = 19;
        if (pos < s.size() && (s[pos] == '.' || s[pos] == ',')) {
            ++pos;
            const std::int64_t micros = fraction(s, pos);
            if (micros < 0) {
                return std::nullopt;
            }
            t += microseconds{micros};
        }
    }
    if (pos == s.size()) {
        return t - zone_offset;
    }
    const auto offset = zone(s, pos);
    if (!offset) {
        return std::nullopt;
    }
    return t - *offset;
}

namespace {

char* put_digits(char* end, std::uint64_t value, int width) {
    for (char* p = end + width; p != end; value /= 10) {
        *--p = static_cast<char>('0' + value % 10);
    }
    return end + width;
}

}  // namespace

void append_time(std::string& out, Timestamp time) {
    using std::chrono::days;
    using std::chrono::floor;
    using std::chrono::hh_mm_ss;
    using std::chrono::year_month_day;
    const auto day_start = floor<days>(time);
    const year_month_day date{day_start};
    const hh_mm_ss clock{time - day_start};
    const int year = static_cast<int>(date.year());
    if (year < 0 || year > 9999) {
        fmt::format_to(std::back_inserter(out), "{:04}", year);
    }
    const auto put = [](char* p, char before, auto value, int width) {
        *p = before;
        return put_digits(p + 1, static_cast<std::uint64_t>(value), width);
    };
    char text[32];
    char* p =
        year < 0 || year > 9999 ? text : put_digits(text, static_cast<std::uint64_t>(year), 4);
    p = put(p, '-', static_cast<unsigned>(date.month()), 2);
    p = put(p, '-', static_cast<unsigned>(date.day()), 2);
    p = put(p, 'T', clock.hours().count(), 2);
    p = put(p, ':', clock.minutes().count(), 2);
    p = put(p, ':', clock.seconds().count(), 2);
    const auto micros = clock.subseconds().count();
    if (micros % 1000 != 0) {
        p = put(p, '.', micros, 6);
    } else if (micros != 0) {
        p = put(p, '.', micros / 1000, 3);
    }
    *p++ = 'Z';
    out.append(text, static_cast<std::size_t>(p - text));
}

std::string format_time(Timestamp time) {
    std::string out;
    append_time(out, time);
    return out;
}

namespace {

struct Unit {
    std::string_view name;
    std::int64_t micros;
};

// Largest first, as format_duration wants them.
constexpr std::array<Unit, 7> units = {{{"w", 604'800'000'000},
                                        {"d", 86'400'000'000},
                                        {"h", 3'600'000'000},
                                        {"m", 60'000'000},
                                        {"s", 1'000'000},
                                        {"ms", 1'000},
                                        {"us", 1}}};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) {
        return std::nullopt;
    }
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& u : units) {
        if (unit == u.name && number <= std::int64_t{9'000'000'000'000'000'000} / u.micros) {
            return Duration{number * u.micros};
        }
    }
    return std::nullopt;
}

std::string format_duration(Duration d) {
    for (const Unit& u : units) {
        if (u.name != "w" && d.count() % u.micros == 0 && d.count() != 0) {
            return fmt::format("{}{}", d.count() / u.micros, u.name);
        }
    }
    return "0s";
}

}  // namespace spoor
