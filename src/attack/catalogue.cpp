#include "attack/catalogue.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace spoor::attack {

namespace {

#define SPOOR_TACTIC(id, short_name, name, order) Tactic{id, short_name, name},
constexpr auto tactic_table = std::to_array<Tactic>({
#include "tactics.inc"
});
#undef SPOOR_TACTIC
static_assert(tactic_table.size() == 15, "the matrix has 15 tactics");

constexpr TacticSet tactic_named(std::string_view short_name) {
    if (short_name == "defense-evasion") {  // until ATT&CK 18
        return static_cast<TacticSet>(tactic_named("stealth") | tactic_named("defense-impairment"));
    }
    for (std::size_t i = 0; i < tactic_table.size(); ++i) {
        if (tactic_table[i].short_name == short_name) {
            return static_cast<TacticSet>(1U << i);
        }
    }
    return 0;
}

constexpr TacticSet tactic_set(std::string_view list) {
    TacticSet set = 0;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        set = static_cast<TacticSet>(set | tactic_named(list.substr(0, comma)));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return set;
}

#define SPOOR_TECHNIQUE(id, name, tactics, version) \
    Technique{id, name, version, tactic_set(tactics)},
constexpr auto technique_table = std::to_array<Technique>({
#include "techniques.inc"
});
#undef SPOOR_TECHNIQUE
static_assert(std::ranges::is_sorted(technique_table, {}, &Technique::id), "sorted by id");
static_assert(std::ranges::none_of(technique_table,
                                   [](const Technique& t) { return t.tactics == 0; }),
              "each technique has a tactic of the table");

std::string folded(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        c = c == ' ' || c == '_' ? '-' : c;
    }
    return out;
}

}  // namespace

std::span<const Tactic> tactics() {
    return tactic_table;
}

std::span<const Technique> techniques() {
    return technique_table;
}

const Technique* find_technique(std::string_view id) {
    const auto it = std::ranges::lower_bound(technique_table, id, {}, &Technique::id);
    return it != technique_table.end() && it->id == id ? &*it : nullptr;
}

TacticSet find_tactics(std::string_view name) {
    const std::string wanted = folded(name);
    if (wanted == "defense-evasion" || wanted == "defence-evasion") {
        return tactic_named("defense-evasion");
    }
    for (std::size_t i = 0; i < tactic_table.size(); ++i) {
        if (wanted == tactic_table[i].short_name || wanted == folded(tactic_table[i].id) ||
            wanted == folded(tactic_table[i].name)) {
            return static_cast<TacticSet>(1U << i);
        }
    }
    return 0;
}

}  // namespace spoor::attack
