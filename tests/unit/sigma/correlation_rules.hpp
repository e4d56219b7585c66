// RuleSets with correlations, made by hand: rules r0, r1 ... that carry the fields "group", "value"
// and "other" in this order, and correlations over them.
#pragma once

#include "sigma/correlation_runtime.hpp"
#include "sigma/rule_set.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::sigma::testing {

inline constexpr std::uint32_t group_place = 0;
inline constexpr std::uint32_t value_place = 1;
inline constexpr std::uint32_t other_place = 2;

inline Timestamp at(double seconds) {
    return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}} +
           Duration{static_cast<std::int64_t>(seconds * 1e6)};
}

inline std::shared_ptr<RuleSet> make_rules(std::uint32_t num_rules) {
    auto set = std::make_shared<RuleSet>();
    std::vector<FieldIndex> carried;
    for (const char* name : {"group", "value", "other"}) {
        carried.push_back(set->fields.intern(name, {name}));
    }
    for (std::uint32_t i = 0; i < num_rules; ++i) {
        Rule& rule = set->rules.emplace_back();
        rule.meta.id = "r" + std::to_string(i);
        rule.meta.version = "0000000000000001";
        rule.carried = carried;
    }
    return set;
}

inline Correlation::Input of_rule(std::uint32_t rule) {
    return {false, rule, "r" + std::to_string(rule)};
}

inline Correlation::Input of_correlation(std::uint32_t correlation) {
    return {true, correlation, "c" + std::to_string(correlation)};
}

// Grouped by "group"; over "value". The bounds say whether it is decided at close.
inline Correlation& add_correlation(RuleSet& set,
                                    CorrelationType type,
                                    std::vector<Correlation::Input> inputs,
                                    Duration span,
                                    std::vector<Bound> bounds,
                                    bool within_host = true) {
    Correlation& c = set.correlations.emplace_back();
    c.meta.id = "c" + std::to_string(set.correlations.size() - 1);
    c.meta.version = "0000000000000001";
    c.type = type;
    c.inputs = std::move(inputs);
    c.timespan = span;
    c.bounds = std::move(bounds);
    c.within_host = within_host;
    c.group_by = {"group"};
    c.value_fields = {"value"};
    c.decided_at_close =
        c.bounds.size() == 2 || (c.bounds.size() == 1 && c.bounds[0].op != Bound::Op::gt &&
                                 c.bounds[0].op != Bound::Op::gte);
    for (RuleIndex rule = 0; rule < set.rules.size(); ++rule) {
        c.readings.push_back({rule, {group_place}, {value_place}});
    }
    return c;
}

inline InputCondition input(std::uint32_t i) {
    return {InputCondition::Kind::input, i, {}};
}

inline InputCondition join(InputCondition::Kind kind, std::vector<InputCondition> children) {
    return {kind, 0, std::move(children)};
}

// A match as a detector would make it.
struct Made {
    double seconds = 0;
    RuleIndex rule = 0;
    std::optional<std::string> group = "g";
    std::optional<std::string> value = "1";
    std::string host = "h";
    std::string partition = "kafka:C/T/0";
    std::int64_t position = 0;
    std::optional<std::string> other = std::nullopt;
};

inline MatchSignal signal_of(const Made& made, OriginTable& origins) {
    MatchSignal match;
    const std::uint32_t part = origins.intern(made.partition);
    match.assign(made.rule, at(made.seconds), {part, part, made.position, 0}, made.host, made.host);
    for (const auto& value : {made.group, made.value, made.other}) {
        if (value) {
            match.add_value(*value);
        } else {
            match.add_missing();
        }
    }
    return match;
}

}  // namespace spoor::sigma::testing
