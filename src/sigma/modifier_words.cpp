#include "sigma/modifiers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace spoor::sigma {

namespace {

using M = Modifier;

struct Word {
    std::string_view name;
    Modifier modifier;
};

constexpr auto words = std::to_array<Word>({
    {"contains", M::contains},
    {"startswith", M::startswith},
    {"endswith", M::endswith},
    {"all", M::all},
    {"cased", M::cased},
    {"exists", M::exists},
    {"neq", M::neq},
    {"windash", M::windash},
    {"base64", M::base64},
    {"base64offset", M::base64offset},
    {"utf16le", M::utf16le},
    {"wide", M::utf16le},
    {"utf16be", M::utf16be},
    {"utf16", M::utf16},
    {"re", M::re},
    {"i", M::ignore_case},
    {"ignorecase", M::ignore_case},
    {"m", M::multiline},
    {"multiline", M::multiline},
    {"s", M::dotall},
    {"dotall", M::dotall},
    {"lt", M::lt},
    {"lte", M::lte},
    {"gt", M::gt},
    {"gte", M::gte},
    {"cidr", M::cidr},
    {"fieldref", M::fieldref},
    {"minute", M::minute},
    {"hour", M::hour},
    {"day", M::day},
    {"week", M::week},
    {"month", M::month},
    {"year", M::year},
    {"expand", M::expand},
});

constexpr std::uint32_t bit(M m) {
    return std::uint32_t{1} << static_cast<unsigned>(m);
}

constexpr std::uint32_t bits(std::initializer_list<M> list) {
    std::uint32_t out = 0;
    for (const M m : list) {
        out |= bit(m);
    }
    return out;
}

constexpr std::uint32_t relations = bits({M::contains, M::startswith, M::endswith});
constexpr std::uint32_t wide = bits({M::utf16le, M::utf16be, M::utf16});
constexpr std::uint32_t base64s = bits({M::base64, M::base64offset});
constexpr std::uint32_t times = bits({M::minute, M::hour, M::day, M::week, M::month, M::year});
constexpr std::uint32_t comparisons = bits({M::lt, M::lte, M::gt, M::gte});
constexpr std::uint32_t regex = bits({M::re, M::ignore_case, M::multiline, M::dotall});
constexpr std::uint32_t anywhere = bits({M::all, M::neq});

// Which ones may stand before it.
constexpr std::uint32_t before(M m) {
    switch (m) {
        case M::contains:
        case M::startswith:
        case M::endswith:
            return bits({M::cased, M::windash, M::fieldref, M::expand}) | base64s | wide | regex;
        case M::cased:
            return bits({M::windash, M::fieldref, M::expand}) | relations;
        case M::windash:
            return bits({M::cased, M::expand}) | relations;
        case M::expand:
            return bits({M::cased, M::windash}) | relations;
        case M::base64:
        case M::base64offset:
            return bits({M::windash, M::expand}) | wide;
        case M::utf16le:
        case M::utf16be:
        case M::utf16:
            return bits({M::windash, M::expand});
        case M::ignore_case:
        case M::multiline:
        case M::dotall:
            return regex;
        case M::fieldref:
            return bit(M::cased);
        case M::lt:
        case M::lte:
        case M::gt:
        case M::gte:
            return times | bit(M::expand) | bit(M::all);
        case M::cidr:
            return bit(M::expand);
        default:
            return 0;
    }
}

std::uint32_t may_precede(M m) {
    if (m == M::all || m == M::neq) {
        return ~(m == M::neq ? comparisons : 0U);
    }
    const bool is_comparison = (comparisons & bit(m)) != 0;
    return before(m) | (is_comparison ? bit(M::all) : anywhere);
}

std::string_view name_of(M m) {
    return std::find_if(words.begin(), words.end(), [m](const Word& w) { return w.modifier == m; })
        ->name;
}

std::string cased_regex_hint(M a, M b) {
    const bool is_cased_regex = (a == M::cased && b == M::re) || (a == M::re && b == M::cased);
    return is_cased_regex ? "a regular expression is case-sensitive without it" : std::string();
}

// Two words that do not fit; `b` stands behind `a`.
void report_pair(M a, M b, const YamlPlace& place, Report& report) {
    if (a == b) {
        report.error("modifier-twice",
                     place,
                     fmt::format("the modifier '{}' is written twice", name_of(b)),
                     "take one of them away");
        return;
    }
    if ((may_precede(a) & bit(b)) != 0) {
        report.error("modifier-order",
                     place,
                     fmt::format("'{}' has to stand before '{}'", name_of(b), name_of(a)),
                     fmt::format("write '{}|{}'", name_of(b), name_of(a)));
        return;
    }
    report.error(
        "modifier-combination",
        place,
        fmt::format("the modifiers '{}' and '{}' do not go together", name_of(a), name_of(b)),
        cased_regex_hint(a, b));
}

std::vector<std::string_view> all_words() {
    std::vector<std::string_view> out;
    for (const Word& w : words) {
        if (w.name.size() > 1) {
            out.push_back(w.name);
        }
    }
    return out;
}

bool fits_keyword(M m) {
    return (bit(m) & (bits({M::exists, M::cidr, M::fieldref}) | comparisons | times)) == 0;
}

// One word behind a '|'. False: an error was reported.
bool take_word(std::string_view name, const YamlPlace& place, ItemKey& key, Report& report) {
    const auto* const word =
        std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.name == name; });
    if (word == words.end()) {
        report.error("unknown-modifier",
                     place,
                     fmt::format("there is no modifier '{}'", name),
                     did_you_mean(name, all_words()));
        return false;
    }
    const M m = word->modifier;
    if (key.is_keyword && !fits_keyword(m)) {
        report.error("keyword-modifier",
                     place,
                     fmt::format("'{}' needs a field", name),
                     fmt::format("write the field's name before '|{}'", name));
        return false;
    }
    for (const M earlier : key.modifiers) {
        if (earlier == m || (may_precede(m) & bit(earlier)) == 0) {
            report_pair(earlier, m, place, report);
            return false;
        }
    }
    const bool is_flag = (regex & bit(m)) != 0 && m != M::re;
    if (is_flag && !key.has(M::re)) {
        report.error("modifier-combination",
                     place,
                     fmt::format("'{}' is a flag of 're'", name),
                     fmt::format("write 're|{}'", name));
        return false;
    }
    key.modifiers.push_back(m);
    return true;
}

}  // namespace

bool ItemKey::has(Modifier m) const {
    return std::find(modifiers.begin(), modifiers.end(), m) != modifiers.end();
}

ItemKey read_item_key(std::string_view text, const YamlPlace& place, Report& report) {
    ItemKey out;
    std::size_t end = std::min(text.find('|'), text.size());
    for (const char c : text.substr(0, end)) {
        if (c != ' ') {
            out.field += c;
        }
    }
    out.is_keyword = out.field.empty();
    out.is_valid = true;
    if (text.empty() || (out.is_keyword && end > 0)) {
        report.error("no-field", place, "an item without a field's name");
        out.is_valid = false;
    }
    while (end < text.size()) {
        const std::size_t start = end + 1;
        end = std::min(text.find('|', start), text.size());
        const std::string_view name = text.substr(start, end - start);
        const YamlPlace at = report.part(place, text, start, name.size());
        out.is_valid = take_word(name, at, out, report) && out.is_valid;
    }
    return out;
}

}  // namespace spoor::sigma
