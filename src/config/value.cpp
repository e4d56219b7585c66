#include "config/value.hpp"

#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace spoor::config {

namespace {

bool equal_folded(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) {
        return lower(x) == lower(y);
    });
}

// "https://user:password@host" without the password.
std::string without_login(std::string_view text) {
    const std::size_t scheme = text.find("://");
    const std::size_t at = text.find('@');
    if (scheme == std::string_view::npos || at == std::string_view::npos || at < scheme) {
        return std::string(text);
    }
    return fmt::format("{}****{}", text.substr(0, scheme + 3), text.substr(at));
}

// Whether a person who writes this means a number.
bool looks_like_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789+-._eE") == std::string_view::npos &&
           text.find_first_of("0123456789") != std::string_view::npos;
}

ValueError wrong_type(const Key& key, std::string_view text, bool is_text) {
    ValueError e{"wrong-type",
                 fmt::format("'{}' takes {}, not ", key.path, type_name(key.type)),
                 quoted(text),
                 {},
                 {}};
    if (is_text && (looks_like_number(text) || parse_boolean(text))) {
        e.after = ", which is text because of its quotes";
        e.hint = "take the quotes away";
    } else if (key.type == KeyType::duration) {
        const std::string_view unit = key.unit == "ms"  ? "milliseconds"
                                      : key.unit == "s" ? "seconds"
                                      : key.unit == "m" ? "minutes"
                                                        : "days";
        e.hint = fmt::format(
            "a whole number of {}, or a number with its unit: 250ms, 30s, 10m, 2h, 7d", unit);
    } else if (key.type == KeyType::size) {
        e.hint = "a whole number of bytes, or one with its unit: 64KiB, 16MiB, 2GiB, 10MB";
    } else if (key.type == KeyType::time_zone) {
        e.hint = "UTC, or an offset such as +02:00";
    } else if (key.type == KeyType::boolean) {
        if (const auto word = closest(text, {"true", "false"}); !word.empty()) {
            e.hint = fmt::format("did you mean '{}'?", word);
        }
    }
    return e;
}

// Of a duration's bare number. A test asserts that every key's unit is one.
double unit_in_us(const Key& key) {
    const auto one = parse_duration(fmt::format("1{}", key.unit));
    return one ? static_cast<double>(one->count()) : 1;
}

std::string limit_text(const Key& key, double limit) {
    if (key.type == KeyType::size) {
        return fmt::format("{:.0f}", limit);
    }
    if (key.type != KeyType::duration) {
        return fmt::format("{}", limit);
    }
    const double unit_us = unit_in_us(key);
    return format_duration(Duration{std::llround(limit * unit_us)});
}

std::optional<ValueError> check_range(const Key& key, double value, std::string_view text) {
    if (value >= key.min && value <= key.max) {
        return std::nullopt;
    }
    const bool no_max = key.max == std::numeric_limits<double>::max();
    const std::string allowed =
        no_max ? fmt::format("at least {}", limit_text(key, key.min))
               : fmt::format("from {} to {}", limit_text(key, key.min), limit_text(key, key.max));
    return ValueError{"out-of-range",
                      fmt::format("'{}' is ", key.path),
                      std::string(text),
                      "; allowed is " + allowed,
                      {}};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));

    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };

    static constexpr std::array<Unit, 10> units = {{{"", 1},
                                                    {"B", 1},
                                                    {"KiB", 1ULL << 10U},
                                                    {"MiB", 1ULL << 20U},
                                                    {"GiB", 1ULL << 30U},
                                                    {"TiB", 1ULL << 40U},
                                                    {"kB", 1'000},
                                                    {"MB", 1'000'000},
                                                    {"GB", 1'000'000'000},
                                                    {"TB", 1'000'000'000'000}}};
    for (const Unit& u : units) {
        if (equal_folded(unit, u.name)) {
            constexpr std::uint64_t limit = 1ULL << 62U;
            return number <= limit / u.bytes ? std::optional(number * u.bytes) : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<ValueError> parse_duration_value(const Key& key,
                                               std::string_view text,
                                               bool is_text,
                                               Value& out) {
    const double unit_us = unit_in_us(key);
    if (const auto number = parse_integer(text); number && !is_text) {
        const auto value = static_cast<double>(*number);
        if (auto e = check_range(key, value, fmt::format("{} {}", text, key.unit))) {
            return e;
        }
        out.duration = Duration{std::llround(value * unit_us)};
        return std::nullopt;
    }
    const auto duration = parse_duration(text);
    if (!duration) {
        return wrong_type(key, text, is_text);
    }
    if (auto e = check_range(key, static_cast<double>(duration->count()) / unit_us, text)) {
        return e;
    }
    out.duration = *duration;
    return std::nullopt;
}

std::optional<ValueError> parse_choice(const Key& key, std::string_view text, Value& out) {
    const auto choices = split_choices(key.choices);
    for (const std::string_view choice : choices) {
        if (equal_folded(choice, text)) {
            out.text = choice;
            return std::nullopt;
        }
    }
    std::string folded(text);
    const bool upper = choices.front().front() >= 'A' && choices.front().front() <= 'Z';
    for (char& c : folded) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_lower = c >= 'a' && c <= 'z';
        if (upper ? is_lower : is_upper) {
            c = static_cast<char>(upper ? c - 32 : c + 32);
        }
    }
    const std::string_view near = closest(folded, choices);
    return ValueError{"bad-value",
                      fmt::format("'{}' cannot be ", key.path),
                      quoted(text),
                      fmt::format("; it is one of {}", fmt::join(choices, ", ")),
                      near.empty() ? std::string{} : fmt::format("did you mean '{}'?", near)};
}

std::optional<ValueError> parse_zone(const Key& key, std::string_view text, Value& out) {
    if (text == "UTC" || text == "utc" || text == "Z") {
        out.duration = Duration{0};
        return std::nullopt;
    }
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !digit(1) ||
        !digit(2) || !digit(4) || !digit(5)) {
        return ValueError{"bad-value",
                          fmt::format("'{}' cannot be ", key.path),
                          quoted(text),
                          {},
                          "UTC, or an offset such as +02:00. Names of zones are not taken: an "
                          "offset that changes "
                          "with the season would make times ambiguous"};
    }
    const int hours = (text[1] - '0') * 10 + (text[2] - '0');
    const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
    if (hours > 14 || minutes > 59) {
        return ValueError{"out-of-range",
                          fmt::format("'{}' is ", key.path),
                          std::string(text),
                          "; allowed is from -14:00 to +14:00",
                          {}};
    }
    const Duration offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    out.duration = text[0] == '-' ? -offset : offset;
    return std::nullopt;
}

std::optional<ValueError> parse_text(const Key& key,
                                     std::string_view text,
                                     bool is_text,
                                     Value& out) {
    if (!is_text && parse_boolean(text)) {
        return ValueError{"wrong-type",
                          fmt::format("'{}' takes text; ", key.path),
                          quoted(text),
                          " without quotes is true or false",
                          "put it in quotes if it is meant as text"};
    }
    if (text.empty() && !key.may_be_empty) {
        return ValueError{"bad-value", fmt::format("'{}' is empty", key.path), {}, {}, {}};
    }
    out.text = text;
    return std::nullopt;
}

std::optional<ValueError> parse_flag(const Key& key,
                                     std::string_view text,
                                     bool is_text,
                                     Value& out) {
    const auto flag = parse_boolean(text);
    if (is_text || !flag) {
        return wrong_type(key, text, is_text);
    }
    out.flag = *flag;
    return std::nullopt;
}

std::optional<ValueError> parse_whole_number(const Key& key,
                                             std::string_view text,
                                             bool is_text,
                                             Value& out) {
    const auto number = parse_integer(text);
    if (is_text || !number) {
        return wrong_type(key, text, is_text);
    }
    if (auto e = check_range(key, static_cast<double>(*number), text)) {
        return e;
    }
    if (key.type == KeyType::integer_list) {
        out.integers.push_back(static_cast<int>(*number));
    } else {
        out.integer = *number;
    }
    return std::nullopt;
}

std::optional<ValueError> parse_number(const Key& key,
                                       std::string_view text,
                                       bool is_text,
                                       Value& out) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (is_text || error != std::errc{} || end != text.data() + text.size() ||
        !std::isfinite(number)) {
        return wrong_type(key, text, is_text);
    }
    out.number = number;
    return check_range(key, number, text);
}

std::optional<ValueError> parse_size_value(const Key& key, std::string_view text, Value& out) {
    const auto bytes = parse_size(text);
    if (!bytes) {
        return wrong_type(key, text, false);
    }
    out.integer = static_cast<std::int64_t>(*bytes);
    return check_range(key, static_cast<double>(*bytes), text);
}

std::optional<ValueError> parse_hosts(const Key& key, std::string_view text, Value& out) {
    while (true) {
        const std::size_t comma = text.find(',');
        std::string_view one = text.substr(0, comma);
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        one = one.substr(0, one.find_last_not_of(' ') + 1);
        const auto broker = parse_broker(one);
        if (!broker) {
            return ValueError{"bad-value",
                              fmt::format("'{}': ", key.path),
                              quoted(one),
                              " is not host:port",
                              "such as kafka1:9092, or [::1]:9092 for an IPv6 address"};
        }
        out.text += out.text.empty() ? *broker : "," + *broker;
        if (comma == std::string_view::npos) {
            return std::nullopt;
        }
        text.remove_prefix(comma + 1);
    }
}

}  // namespace

std::string quoted(std::string_view text) {
    constexpr std::size_t max_shown = 60;
    const std::string shown = without_login(text);
    return shown.size() > max_shown ? fmt::format("'{}...'", shown.substr(0, max_shown))
                                    : fmt::format("'{}'", shown);
}

std::string ValueError::message(bool hide) const {
    if (!hide || shown.empty()) {
        return before + shown + after;
    }
    return before + (shown.starts_with('\'') ? "'****'" : "****") + after;
}

std::optional<bool> parse_boolean(std::string_view text) {
    for (const std::string_view word : {"true", "yes", "on"}) {
        if (equal_folded(text, word)) {
            return true;
        }
    }
    for (const std::string_view word : {"false", "no", "off"}) {
        if (equal_folded(text, word)) {
            return false;
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    // A leading zero is octal to some readers and decimal to others.
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    const bool octal = text.size() > first + 1 && text[first] == '0';
    if (error != std::errc{} || end != text.data() + text.size() || octal) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::string> parse_broker(std::string_view text) {
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
        text.remove_prefix(scheme + 3);
    }
    std::string_view host = text;
    std::string_view port = "9092";
    const std::size_t bracket = text.find(']');
    if (text.starts_with('[') && bracket != std::string_view::npos) {
        host = text.substr(0, bracket + 1);
        const std::string_view rest = text.substr(bracket + 1);
        if (!rest.empty()) {
            if (rest[0] != ':') {
                return std::nullopt;
            }
            port = rest.substr(1);
        }
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    const auto number = parse_integer(port);
    const bool bad_host =
        host.empty() || host.find_first_of(" \t/\\@?#,;\"'") != std::string_view::npos;
    if (bad_host || !number || *number < 1 || *number > 65535) {
        return std::nullopt;
    }
    return fmt::format("{}:{}", host, *number);
}

std::optional<ValueError> parse_value(const Key& key,
                                      std::string_view text,
                                      bool is_text,
                                      Value& out) {
    switch (key.type) {
        case KeyType::text:
        case KeyType::secret:
            return parse_text(key, text, is_text, out);
        case KeyType::choice:
            return parse_choice(key, text, out);
        case KeyType::duration:
            return parse_duration_value(key, text, is_text, out);
        case KeyType::time_zone:
            return parse_zone(key, text, out);
        case KeyType::host_list:
            return parse_hosts(key, text, out);
        case KeyType::boolean:
            return parse_flag(key, text, is_text, out);
        case KeyType::integer:
        case KeyType::integer_list:
            return parse_whole_number(key, text, is_text, out);
        case KeyType::number:
            return parse_number(key, text, is_text, out);
        case KeyType::size:
            return parse_size_value(key, text, out);
        case KeyType::text_list: {
            Value one;
            if (auto e = parse_text(key, text, is_text, one)) {
                return e;
            }
            out.texts.push_back(one.text);
            return std::nullopt;
        }
        case KeyType::properties:
        case KeyType::files:
        case KeyType::text_lists:
            break;
    }
    return wrong_type(key, text, is_text);
}

Value parse_fallback(const Key& key) {
    Value value;
    std::string_view text = key.fallback;
    if (text.empty()) {
        return value;
    }
    if (!text.starts_with('[')) {
        static_cast<void>(parse_value(key, text, false, value));
        return value;
    }
    text = text.substr(1, text.size() - 2);
    while (!text.empty()) {
        const std::size_t comma = text.find(", ");
        static_cast<void>(parse_value(key, text.substr(0, comma), false, value));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 2);
    }
    return value;
}

namespace {

std::string zone_text(Duration offset) {
    if (offset.count() == 0) {
        return "UTC";
    }
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
    const auto absolute = minutes < 0 ? -minutes : minutes;
    return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', absolute / 60, absolute % 60);
}

}  // namespace

std::string value_text(const Key& key, const Value& value) {
    switch (key.type) {
        case KeyType::secret:
            return "****";
        case KeyType::text:
        case KeyType::choice:
        case KeyType::host_list:
            return value.text.empty() ? "\"\"" : without_login(value.text);
        case KeyType::boolean:
            return value.flag ? "true" : "false";
        case KeyType::integer:
        case KeyType::size:
            return fmt::format("{}", value.integer);
        case KeyType::number:
            return fmt::format("{}", value.number);
        case KeyType::duration:
            return format_duration(value.duration);
        case KeyType::time_zone:
            return zone_text(value.duration);
        case KeyType::text_list: {
            std::vector<std::string> shown;
            shown.reserve(value.texts.size());
            for (const std::string& text : value.texts) {
                shown.push_back(without_login(text));
            }
            return fmt::format("[{}]", fmt::join(shown, ", "));
        }
        case KeyType::integer_list:
            return fmt::format("[{}]", fmt::join(value.integers, ", "));
        case KeyType::properties:
        case KeyType::files:
        case KeyType::text_lists:
            break;
    }
    return {};
}

std::string property_text(const Key& key, const Value& value) {
    switch (key.type) {
        case KeyType::duration:
            return fmt::format("{}", value.duration.count() / 1000);
        case KeyType::boolean:
            return value.flag ? "true" : "false";
        case KeyType::integer:
        case KeyType::size:
            return fmt::format("{}", value.integer);
        default:
            return value.text;
    }
}

}  // namespace spoor::config
