#include "sigma/scalar.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string>

namespace spoor::sigma {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    return at;
}

// The grammar of JSON numbers; `is_integer` if it has neither fraction nor exponent.
bool is_json_number(std::string_view text, bool& is_integer) {
    std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
    const std::size_t first = at;
    at = skip_digits(text, at);
    if (at == first || (text[first] == '0' && at > first + 1)) {
        return false;
    }
    is_integer = true;
    if (at < text.size() && text[at] == '.') {
        is_integer = false;
        const std::size_t begin = ++at;
        at = skip_digits(text, at);
        if (at == begin) {
            return false;
        }
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        is_integer = false;
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
            ++at;
        }
        const std::size_t begin = at;
        at = skip_digits(text, at);
        if (at == begin) {
            return false;
        }
    }
    return at == text.size();
}

// `count` digits at `at`, which moves behind them.
bool read_digits(std::string_view text, std::size_t& at, std::size_t count, int& out) {
    if (at + count > text.size()) {
        return false;
    }
    out = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[at + i])) {
            return false;
        }
        out = out * 10 + (text[at + i] - '0');
    }
    at += count;
    return true;
}

struct Civil {
    int year = 0;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    bool has_time = false;
};

bool read_char(std::string_view text, std::size_t& at, std::string_view any_of) {
    if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) {
        return false;
    }
    ++at;
    return true;
}

// Z, or hours and perhaps minutes with a sign; or nothing. True if the text ends there.
bool ends_with_zone(std::string_view text, std::size_t at) {
    int part = 0;
    if (at == text.size()) {
        return true;
    }
    read_char(text, at, " ");
    if (read_char(text, at, "Zz")) {
        return at == text.size();
    }
    if (!read_char(text, at, "+-") || !read_digits(text, at, 2, part)) {
        return false;
    }
    if (at == text.size()) {
        return true;
    }
    read_char(text, at, ":");
    return read_digits(text, at, 2, part) && at == text.size();
}

// ISO 8601: a date, and perhaps hours and minutes, seconds, a fraction, a zone.
bool read_civil(std::string_view text, Civil& out) {
    std::size_t at = 0;
    if (!read_digits(text, at, 4, out.year) || !read_char(text, at, "-") ||
        !read_digits(text, at, 2, out.month) || !read_char(text, at, "-") ||
        !read_digits(text, at, 2, out.day)) {
        return false;
    }
    const std::chrono::year_month_day date{std::chrono::year{out.year},
                                           std::chrono::month{static_cast<unsigned>(out.month)},
                                           std::chrono::day{static_cast<unsigned>(out.day)}};
    if (!date.ok()) {
        return false;
    }
    if (at == text.size()) {
        return true;
    }
    if (!read_char(text, at, "Tt ") || !read_digits(text, at, 2, out.hour) ||
        !read_char(text, at, ":") || !read_digits(text, at, 2, out.minute) || out.hour > 23 ||
        out.minute > 59) {
        return false;
    }
    out.has_time = true;
    if (read_char(text, at, ":")) {
        int second = 0;
        if (!read_digits(text, at, 2, second) || second > 60) {
            return false;
        }
        if (read_char(text, at, ".,")) {
            const std::size_t begin = at;
            at = skip_digits(text, at);
            if (at == begin) {
                return false;
            }
        }
    }
    return ends_with_zone(text, at);
}

bool civil_of_count(std::string_view text, Civil& out) {
    Number number;
    if (!read_number(text, number)) {
        return false;
    }
    const double size = number.real < 0 ? -number.real : number.real;
    const double unit = size < 1e11 ? 1 : size < 1e14 ? 1e3 : size < 1e17 ? 1e6 : 1e9;
    const double seconds = number.real / unit;
    if (!(seconds > -6e10 && seconds < 2.5e11)) {
        return false;
    }
    using namespace std::chrono;
    const std::int64_t whole =
        number.is_integer ? (number.integer / static_cast<std::int64_t>(unit) -
                             (number.integer % static_cast<std::int64_t>(unit) < 0 ? 1 : 0))
                          : static_cast<std::int64_t>(seconds < 0 ? seconds - 1 : seconds);
    const sys_seconds time{std::chrono::seconds{whole}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss<std::chrono::seconds> clock{time - day};
    out = {static_cast<int>(date.year()),
           static_cast<int>(static_cast<unsigned>(date.month())),
           static_cast<int>(static_cast<unsigned>(date.day())),
           static_cast<int>(clock.hours().count()),
           static_cast<int>(clock.minutes().count()),
           true};
    return true;
}

bool is_mapped(const std::array<std::uint8_t, 16>& address) {
    return std::all_of(
               address.begin(), address.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
           address[10] == 0xFF && address[11] == 0xFF;
}

// ISO 8601: week 1 holds the year's first Thursday.
int iso_week(const Civil& civil) {
    using namespace std::chrono;
    const sys_days day{year{civil.year} / civil.month / civil.day};
    const auto from_monday = (weekday{day}.iso_encoding()) - 1;
    const sys_days thursday = day - days{from_monday} + days{3};
    const year_month_day date{thursday};
    const sys_days first{date.year() / 1 / 1};
    return static_cast<int>((thursday - first).count() / 7 + 1);
}

}  // namespace

bool read_number(std::string_view text, Number& out) {
    bool is_integer = false;
    if (text.empty() || text.size() > 512 || !is_json_number(text, is_integer)) {
        return false;
    }
    const char* const end = text.data() + text.size();
    if (is_integer) {
        const auto read = std::from_chars(text.data(), end, out.integer);
        if (read.ec == std::errc{}) {
            out.is_integer = true;
            out.real = static_cast<double>(out.integer);
            return true;
        }
    }
    out.is_integer = false;
    out.integer = 0;
    const auto read = std::from_chars(text.data(), end, out.real);
    return read.ec == std::errc{};
}

bool compare(const Number& event, Compare how, const Number& bound) {
    const bool exact = event.is_integer && bound.is_integer;
    const bool less = exact ? event.integer < bound.integer : event.real < bound.real;
    const bool equal = exact ? event.integer == bound.integer : event.real == bound.real;
    switch (how) {
        case Compare::equal:
            return equal;
        case Compare::less:
            return less;
        case Compare::less_equal:
            return less || equal;
        case Compare::greater:
            return !less && !equal;
        case Compare::greater_equal:
            return !less;
    }
    return false;
}

bool read_address(std::string_view text, std::array<std::uint8_t, 16>& out) {
    text = text.substr(0, text.find('%'));
    constexpr std::size_t longest = 46;
    std::array<char, longest + 1> buffer{};
    // inet_pton ends at a NUL.
    if (text.size() < 2 || text.size() > longest || text.find('\0') != std::string_view::npos) {
        return false;
    }
    std::memcpy(buffer.data(), text.data(), text.size());
    if (text.find(':') != std::string_view::npos) {
        return inet_pton(AF_INET6, buffer.data(), out.data()) == 1;
    }
    if (text.size() > 15 || inet_pton(AF_INET, buffer.data(), out.data() + 12) != 1) {
        return false;
    }
    std::fill(out.begin(), out.begin() + 10, std::uint8_t{0});
    out[10] = 0xFF;
    out[11] = 0xFF;
    return true;
}

bool contains(const Network& network, const std::array<std::uint8_t, 16>& address) {
    constexpr int mapped_bits = 96;
    if (is_mapped(address) != (network.prefix >= mapped_bits && is_mapped(network.address))) {
        return false;  // IPv4 and IPv6 hold none of each other, ::/0 neither
    }
    const auto whole = static_cast<std::size_t>(network.prefix / 8);
    if (std::memcmp(network.address.data(), address.data(), whole) != 0) {
        return false;
    }
    const int rest = network.prefix % 8;
    if (rest == 0) {
        return true;
    }
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> rest);
    return ((network.address[whole] ^ address[whole]) & mask) == 0;
}

std::optional<int> time_part(std::string_view text, bool is_number, TimePart part) {
    Civil civil;
    Number number;
    const bool is_count = is_number || read_number(text, number);
    if (!(is_count ? civil_of_count(text, civil) : read_civil(text, civil))) {
        return std::nullopt;
    }
    switch (part) {
        case TimePart::minute:
            return civil.has_time ? std::optional(civil.minute) : std::nullopt;
        case TimePart::hour:
            return civil.has_time ? std::optional(civil.hour) : std::nullopt;
        case TimePart::day:
            return civil.day;
        case TimePart::week:
            return iso_week(civil);
        case TimePart::month:
            return civil.month;
        case TimePart::year:
            return civil.year;
    }
    return std::nullopt;
}

}  // namespace spoor::sigma
