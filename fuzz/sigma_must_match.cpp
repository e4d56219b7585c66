// What docs/sigma-semantics.md says of a rule as it was made: slow, and with nothing of the engine.
#include "sigma_made.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace spoor::fuzz {

namespace {

using Kind = MadeScalar::Kind;
using Side = MadeItem::Side;
using TestOf = MadeItem::Test;
using Shape = MadeField::Shape;

char32_t folded(char32_t c) {
    switch (c) {
        case U'É':
            return U'é';
        case U'ſ':
            return U's';
        case U'\u212A':
            return U'k';
        default:
            return c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c;
    }
}

// V2: `pattern` against the whole of `text`.
bool meets(std::u32string_view pattern, std::u32string_view text, bool cased) {
    if (pattern.empty()) {
        return text.empty();
    }
    if (pattern[0] == any_text) {
        return meets(pattern.substr(1), text, cased) ||
               (!text.empty() && meets(pattern, text.substr(1), cased));
    }
    if (text.empty()) {
        return false;
    }
    const bool same = pattern[0] == any_one || pattern[0] == text[0] ||
                      (!cased && folded(pattern[0]) == folded(text[0]));
    return same && meets(pattern.substr(1), text.substr(1), cased);
}

// V4: the number that a text is, as JSON writes numbers.
std::optional<double> number_in(const MadeScalar& value) {
    if (value.kind == Kind::number) {
        return value.number;
    }
    if (value.kind != Kind::text) {
        return std::nullopt;
    }
    const std::u32string& t = value.text;
    const auto is_digit = [&t](std::size_t i) {
        return i < t.size() && t[i] >= U'0' && t[i] <= U'9';
    };
    std::size_t at = !t.empty() && t[0] == U'-' ? 1 : 0;
    if (!is_digit(at) || (t[at] == U'0' && is_digit(at + 1))) {
        return std::nullopt;
    }
    while (is_digit(at)) {
        ++at;
    }
    if (at < t.size() && t[at] == U'.' && is_digit(at + 1)) {
        for (++at; is_digit(at); ++at) {
        }
    }
    if (at != t.size()) {
        return std::nullopt;
    }
    return std::strtod(std::string(t.begin(), t.end()).c_str(), nullptr);
}

bool meets_value(const MadeItem& item, const MadeScalar& wanted, const MadeScalar& value) {
    if (value.kind == Kind::null) {
        return false;
    }
    if (item.side == Side::whole && wanted.kind == Kind::number) {
        return number_in(value) == wanted.number;
    }
    if (item.side == Side::whole && wanted.kind == Kind::boolean) {
        return (value.kind == Kind::boolean || value.kind == Kind::text) &&
               meets(wanted.text, value.text, false);
    }
    std::u32string whole = wanted.text;
    if (item.side == Side::contains || item.side == Side::endswith) {
        whole.insert(whole.begin(), any_text);
    }
    if (item.side == Side::contains || item.side == Side::startswith) {
        whole += any_text;
    }
    return meets(whole, value.text, item.cased);
}

bool compares(TestOf test, double value, double limit) {
    switch (test) {
        case TestOf::lt:
            return value < limit;
        case TestOf::lte:
            return value <= limit;
        case TestOf::gt:
            return value > limit;
        default:
            return value >= limit;
    }
}

bool holds(const MadeItem& item, const MadeField& field) {
    const auto any_value = [&field](const auto& test) {
        return std::any_of(field.values.begin(), field.values.end(), test);
    };
    if (item.test == TestOf::exists) {
        return (field.shape != Shape::missing) == (item.values[0].text == U"true");
    }
    if (item.test != TestOf::value) {
        return any_value([&item](const MadeScalar& value) {
            const auto number = number_in(value);
            return number && compares(item.test, *number, item.values[0].number);
        });
    }
    if (item.values[0].kind == Kind::null) {
        return field.shape == Shape::missing ||
               (field.shape == Shape::array && field.values.empty()) ||
               any_value([](const MadeScalar& value) { return value.kind == Kind::null; });
    }
    const auto is_met = [&](const MadeScalar& wanted) {
        return any_value([&](const MadeScalar& value) { return meets_value(item, wanted, value); });
    };
    return item.all ? std::all_of(item.values.begin(), item.values.end(), is_met)
                    : std::any_of(item.values.begin(), item.values.end(), is_met);
}

bool holds(const MadeSelection& selection, const MadeEvent& event) {
    if (selection.keywords.empty()) {
        return std::any_of(selection.maps.begin(), selection.maps.end(), [&](const auto& map) {
            return std::all_of(map.begin(), map.end(), [&](const MadeItem& item) {
                return holds(item, event.fields[item.field]) != item.negated;
            });
        });
    }
    MadeItem contains;
    contains.side = Side::contains;
    std::vector<MadeScalar> all = {{Kind::text, wide(made_channel), 0},
                                   {Kind::number, wide(made_event_id), 0}};
    for (const MadeField& field : event.fields) {
        all.insert(all.end(), field.values.begin(), field.values.end());
    }
    return std::any_of(all.begin(), all.end(), [&](const MadeScalar& value) {
        return std::any_of(
            selection.keywords.begin(), selection.keywords.end(), [&](const MadeScalar& word) {
                return meets_value(contains, word, value);
            });
    });
}

}  // namespace

bool holds(const MadeCondition& condition, const std::vector<bool>& selections) {
    const auto child = [&](const MadeCondition& one) { return holds(one, selections); };
    const auto& children = condition.children;
    switch (condition.kind) {
        case MadeCondition::Kind::selection:
            return selections[condition.selection];
        case MadeCondition::Kind::all:
            return std::all_of(children.begin(), children.end(), child);
        case MadeCondition::Kind::any:
            return std::any_of(children.begin(), children.end(), child);
        default:
            return !child(children[0]);
    }
}

bool must_match(const MadeRule& rule, const MadeEvent& event) {
    std::vector<bool> selections;
    for (const MadeSelection& selection : rule.selections) {
        selections.push_back(holds(selection, event));
    }
    return holds(rule.condition, selections);
}

}  // namespace spoor::fuzz
