// A slow, obvious evaluator of expressions, to hold the engine against: nothing is indexed, ordered
// or remembered. It knows the letters that the tests use and no others.
#pragma once

#include "event/event.hpp"
#include "sigma/rule_set.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma::test {

struct NaiveValue {
    std::string text;
    CapturedKind kind = CapturedKind::text;
};

// What stands at each path, in the record's order; and all scalars, for keywords.
struct NaiveEvent {
    struct At {
        std::string path;
        NaiveValue value;
    };

    std::vector<At> values;
};

[[nodiscard]] bool naive_holds(const RuleSet& rules, const Predicate& p, const NaiveEvent& event);
[[nodiscard]] bool naive_matches(const RuleSet& rules,
                                 const Expression& e,
                                 const NaiveEvent& event);
// V4; nothing: no number.
[[nodiscard]] std::optional<Number> naive_number(const std::string& text);
[[nodiscard]] bool naive_meets(std::string_view text, const Pattern& pattern);

}  // namespace spoor::sigma::test
