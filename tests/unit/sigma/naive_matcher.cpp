#include "unit/sigma/naive_matcher.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <regex>

namespace spoor::sigma::test {

namespace {

// The letters of the tests beyond ASCII, in pairs.
std::string naive_fold(std::string_view text) {
    static const std::vector<std::pair<std::string, std::string>> pairs = {
        {"Ä", "ä"}, {"Σ", "σ"}, {"ς", "σ"}, {"Д", "д"}, {"\u212A", "k"}};
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        bool replaced = false;
        for (const auto& [upper, lower] : pairs) {
            if (text.substr(i).starts_with(upper)) {
                out += lower;
                i += upper.size();
                replaced = true;
                break;
            }
        }
        if (!replaced) {
            const char c = text[i++];
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return out;
}

std::size_t first_code_point(std::string_view text) {
    std::size_t n = 1;
    while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0U) == 0x80) {
        ++n;
    }
    return n;
}

bool meets_from(std::string_view text, const Pattern& pattern, std::size_t piece) {
    if (piece == pattern.pieces.size()) {
        return text.empty();
    }
    const Pattern::Piece& p = pattern.pieces[piece];
    switch (p.kind) {
        case Pattern::Kind::text:
            return text.starts_with(p.text) &&
                   meets_from(text.substr(p.text.size()), pattern, piece + 1);
        case Pattern::Kind::one:
            return !text.empty() &&
                   meets_from(text.substr(first_code_point(text)), pattern, piece + 1);
        case Pattern::Kind::any:
            for (std::size_t skip = 0; skip <= text.size(); ++skip) {
                if (meets_from(text.substr(skip), pattern, piece + 1)) {
                    return true;
                }
            }
            return false;
    }
    return false;
}

bool is_scalar(const NaiveValue& value) {
    return value.kind == CapturedKind::text || value.kind == CapturedKind::number ||
           value.kind == CapturedKind::yes || value.kind == CapturedKind::no;
}

// Of the first path that has more than objects, all values; else of the first that is there.
std::vector<NaiveValue> values_of(const RuleSet& rules, FieldIndex field, const NaiveEvent& event) {
    std::vector<NaiveValue> only_objects;
    for (const std::string& path : rules.fields[field].paths) {
        std::vector<NaiveValue> out;
        bool has_more = false;
        for (const NaiveEvent::At& at : event.values) {
            if (at.path == path) {
                out.push_back(at.value);
                has_more = has_more || at.value.kind != CapturedKind::container;
            }
        }
        if (has_more) {
            return out;
        }
        if (only_objects.empty()) {
            only_objects = out;
        }
    }
    return only_objects;
}

template <class T>
bool is_so(T value, Compare how, T bound) {
    switch (how) {
        case Compare::equal:
            return value == bound;
        case Compare::less:
            return value < bound;
        case Compare::less_equal:
            return value <= bound;
        case Compare::greater:
            return value > bound;
        case Compare::greater_equal:
            return value >= bound;
    }
    return false;
}

bool value_holds(const Predicate& p, const NaiveValue& value) {
    if (!is_scalar(value)) {
        return false;
    }
    if (p.test == Test::text) {
        return naive_meets(p.cased ? value.text : naive_fold(value.text), p.pattern);
    }
    if (p.test == Test::boolean) {
        const std::string wanted = p.boolean ? "true" : "false";
        return value.kind != CapturedKind::number && naive_fold(value.text) == wanted;
    }
    const bool may_be = value.kind == CapturedKind::text || value.kind == CapturedKind::number;
    const auto number = may_be ? naive_number(value.text) : std::nullopt;
    if (p.test != Test::number || !number) {
        return false;
    }
    return number->is_integer && p.number.is_integer
               ? is_so(number->integer, p.compare, p.number.integer)
               : is_so(number->real, p.compare, p.number.real);
}

}  // namespace

std::optional<Number> naive_number(const std::string& text) {
    static const std::regex json("-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?");
    if (!std::regex_match(text, json)) {
        return std::nullopt;
    }
    Number out;
    out.real = std::strtod(text.c_str(), nullptr);
    errno = 0;
    out.integer = std::strtoll(text.c_str(), nullptr, 10);
    out.is_integer = text.find_first_of(".eE") == std::string::npos && errno == 0;
    return out;
}

bool naive_meets(std::string_view text, const Pattern& pattern) {
    return meets_from(text, pattern, 0);
}

bool naive_holds(const RuleSet& rules, const Predicate& p, const NaiveEvent& event) {
    const std::vector<NaiveValue> values = values_of(rules, p.field, event);
    if (p.test == Test::exists) {
        return !values.empty();
    }
    if (p.test == Test::null) {
        return values.empty() || std::ranges::any_of(values, [](const NaiveValue& v) {
                   return v.kind == CapturedKind::null || v.kind == CapturedKind::empty;
               });
    }
    return std::ranges::any_of(values, [&](const NaiveValue& v) { return value_holds(p, v); });
}

bool naive_matches(const RuleSet& rules, const Expression& e, const NaiveEvent& event) {
    const auto child_matches = [&](const Expression& child) {
        return naive_matches(rules, child, event);
    };
    switch (e.kind) {
        case Expression::Kind::predicate:
            return naive_holds(rules, rules.predicates[e.predicate], event);
        case Expression::Kind::all:
            return std::ranges::all_of(e.children, child_matches);
        case Expression::Kind::any:
            return std::ranges::any_of(e.children, child_matches);
        case Expression::Kind::negate:
            return !child_matches(e.children.front());
    }
    return false;
}

}  // namespace spoor::sigma::test
