#include "unit/sigma/rule_writing.hpp"

#include <fmt/core.h>

#include <string_view>

namespace spoor::sigma::test {

namespace {

std::string to_text(const Pattern& pattern) {
    std::string out;
    for (const Pattern::Piece& piece : pattern.pieces) {
        out += piece.kind == Pattern::Kind::any ? "*" : piece.kind == Pattern::Kind::one ? "?" : "";
        for (const char c : piece.text) {
            out += c == '*' || c == '?' ? std::string("\\") + c : std::string(1, c);
        }
    }
    return out;
}

std::string to_text(const Number& number) {
    return number.is_integer ? fmt::format("{}", number.integer) : fmt::format("{}", number.real);
}

std::string_view sign(Compare compare) {
    constexpr std::string_view signs[] = {"", "<", "<=", ">", ">="};
    return signs[static_cast<int>(compare)];
}

std::string to_text(const RuleSet& rules, const Predicate& p) {
    constexpr std::string_view parts[] = {"minute", "hour", "day", "week", "month", "year"};
    constexpr std::string_view relations[] = {"", "contains ", "starts with ", "ends with "};
    const std::string field = p.field == no_field ? "any" : rules.fields[p.field].name;
    switch (p.test) {
        case Test::text:
            return fmt::format("{}{}\"{}\"", field, p.cased ? "==" : "=", to_text(p.pattern));
        case Test::number:
            return fmt::format("{}#{}{}", field, sign(p.compare), to_text(p.number));
        case Test::boolean:
            return fmt::format("{}:{}", field, p.boolean);
        case Test::null:
            return field + ":null";
        case Test::exists:
            return field + ":exists";
        case Test::regex:
            return fmt::format("{}/{}/", field, p.text);
        case Test::network: {
            std::string bytes;
            for (const std::uint8_t b : p.network.address) {
                bytes += fmt::format("{:02x}", b);
            }
            return fmt::format("{}^{}/{}", field, bytes, p.network.prefix);
        }
        case Test::field:
            return fmt::format("{}~{}{}{}",
                               field,
                               p.cased ? "cased " : "",
                               relations[static_cast<int>(p.relation)],
                               rules.fields[p.other].name);
        case Test::time:
            return fmt::format("{}@{}{}{}",
                               field,
                               parts[static_cast<int>(p.part)],
                               sign(p.compare),
                               to_text(p.number));
    }
    return {};
}

}  // namespace

std::string rule_with(const std::string& detection) {
    return "title: T\nid: t\nlogsource:\n  product: test\ndetection:\n" + detection;
}

std::string to_text(const RuleSet& rules, const Expression& e) {
    if (e.kind == Expression::Kind::predicate) {
        return to_text(rules, rules.predicates[e.predicate]);
    }
    if (e.kind == Expression::Kind::negate) {
        return "!" + to_text(rules, e.children[0]);
    }
    if (e.children.size() == 1) {
        return to_text(rules, e.children[0]);
    }
    std::string out;
    for (const Expression& child : e.children) {
        out += out.empty() ? "" : e.kind == Expression::Kind::all ? " & " : " | ";
        out += to_text(rules, child);
    }
    return "(" + out + ")";
}

std::string condition_of(const std::string& detection, const LoadOptions& options) {
    const Loaded loaded = load_rules({{"rule.yml", rule_with(detection)}}, options);
    if (loaded.rules->rules.size() != 1) {
        return "refused: " + codes_of(loaded);
    }
    return to_text(*loaded.rules, loaded.rules->rules[0].condition);
}

std::string codes_of(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& d : loaded.diagnostics.all()) {
        out += out.empty() ? "" : " ";
        out += d.code;
        out += d.severity == Severity::warning ? "?" : d.severity == Severity::note ? "~" : "";
    }
    return out;
}

}  // namespace spoor::sigma::test
