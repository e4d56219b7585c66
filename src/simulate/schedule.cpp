#include "simulate/schedule.hpp"

#include "base/diagnostic.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace spoor::simulate {

namespace {

struct Asked {
    CampaignOptions::Planned planned;
    bool has_time = false;
};

Result<Asked> parse_one(std::string_view text) {
    Asked asked;
    const std::size_t at = text.find('@');
    const std::string_view name = text.substr(0, at);
    const auto known = scenario_names();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string_view near = closest(name, {known.begin(), known.end()});
        std::string said = fmt::format("no scenario '{}'", name);
        if (!near.empty()) {
            said += fmt::format("; did you mean '{}'?", near);
            return fail(Errc::invalid_argument, said);
        }
        for (std::size_t i = 0; i < known.size(); ++i) {
            said += fmt::format("{}{}", i == 0 ? "; there are " : ", ", known[i]);
        }
        return fail(Errc::invalid_argument, said);
    }
    asked.planned.scenario = name;
    if (at == std::string_view::npos) {
        return asked;
    }
    const std::string_view rest = text.substr(at + 1);
    const std::size_t second = rest.find('@');
    const auto after = parse_duration(rest.substr(0, second));
    if (!after) {
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' is not a time after the start, such as 90m or 6h",
                                rest.substr(0, second)));
    }
    asked.planned.after = *after;
    asked.has_time = true;
    if (second != std::string_view::npos) {
        asked.planned.host = rest.substr(second + 1);
    }
    return asked;
}

}  // namespace

Result<std::vector<CampaignOptions::Planned>> parse_schedule(const std::vector<std::string>& texts,
                                                             Duration length) {
    std::vector<Asked> asked;
    for (const std::string& text : texts) {
        SPOOR_TRY(asked.emplace_back(), parse_one(text));
    }
    const auto without_time =
        std::count_if(asked.begin(), asked.end(), [](const Asked& one) { return !one.has_time; });
    // A run without end has its scenarios in its first hour.
    const Duration over = length == without_end ? Duration{std::chrono::hours{1}} : length;
    std::int64_t i = 0;
    std::vector<CampaignOptions::Planned> planned;
    for (Asked& one : asked) {
        if (!one.has_time) {
            one.planned.after = over / (without_time + 1) * ++i;
        }
        if (one.planned.after >= length) {
            return fail(Errc::invalid_argument,
                        fmt::format("{} would start {} after the start, when the run is over",
                                    one.planned.scenario,
                                    format_duration(one.planned.after)));
        }
        planned.push_back(std::move(one.planned));
    }
    return planned;
}

Result<Duration> parse_length(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number >= 0 &&
        number <= 100LL * 365 * 24 * 60) {
        return number == 0 ? without_end : Duration{std::chrono::minutes{number}};
    }
    const auto length = parse_duration(text);
    if (!length || *length > without_end) {
        return fail(
            Errc::invalid_argument,
            fmt::format("'{}' is not a length of time, such as 24h, 7d, or 90 (minutes)", text));
    }
    return length->count() == 0 ? without_end : *length;
}

}  // namespace spoor::simulate
