// Every modifier, in rules and events made from the bytes: an item holds for a value that was made
// to meet it, and not for one that was made to miss it; a condition over items is what it says of
// each item by itself; and plans, learned anew or not, find what each rule finds by itself.
#include "base/assert.hpp"
#include "sigma_bench.hpp"
#include "sigma_modified.hpp"

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace spoor;

namespace {

std::string rule(std::size_t number, const std::string& detection, const std::string& condition) {
    return (number == 0 ? "" : "---\n") + std::string("title: r") + std::to_string(number) +
           "\nid: r" + std::to_string(number) + "\nlogsource: {product: windows}\ndetection:\n" +
           detection + "    condition: " + condition + "\n";
}

struct Case {
    std::vector<fuzz::ModifiedItem> items;        // the first rules are of one each
    std::vector<fuzz::MadeCondition> conditions;  // of the other rules, over all items
    std::vector<std::string> events;              // the first meet an item each,
    std::vector<std::size_t> missed;              // the next miss these items
    std::size_t num_distinct = 0;                 // the other events repeat these
    std::string rules;

    [[nodiscard]] std::size_t num_rules() const { return items.size() + conditions.size(); }
};

Case make_case(fuzz::Choices& choices) {
    const bool learns = choices.one_in(16);  // README of src/sigma: from 20 rules and 256 events
    constexpr std::size_t enough_rules = 20;
    constexpr std::size_t enough_events = 300;
    Case out;
    std::string selections;
    for (std::size_t i = 0, n = 1 + choices.below(4); i < n; ++i) {
        out.items.push_back(fuzz::make_modified(choices));
        const std::string name = "s" + std::to_string(i);
        const std::string selection = "    " + name + ": " + out.items.back().to_yaml() + "\n";
        selections += selection;
        out.rules += rule(i, selection, name);
        out.events.push_back(fuzz::meeting_event(choices, out.items.back()));
    }
    for (std::size_t n = learns ? enough_rules : 1 + choices.below(3); n > 0; --n) {
        out.conditions.push_back(fuzz::make_condition(choices, out.items.size()));
        out.rules += rule(out.num_rules() - 1, selections, out.conditions.back().text);
    }
    for (std::size_t i = 0; i < out.items.size(); ++i) {
        if (!out.items[i].near.empty()) {
            out.missed.push_back(i);
            out.events.push_back(fuzz::missing_event(choices, out.items[i]));
        }
    }
    for (std::size_t n = choices.below(6); n > 0; --n) {
        out.events.push_back(fuzz::make_event(choices, out.items));
    }
    out.num_distinct = out.events.size();
    while (learns && out.events.size() < enough_events) {
        out.events.push_back(out.events[out.events.size() % out.num_distinct]);
    }
    return out;
}

void demand(bool good, const char* what, const Case& c, std::size_t event) {
    if (!good) {
        std::cerr << c.rules << c.events[event] << "\n" << what << "\n";
    }
    SPOOR_ASSERT(good, "the engine finds what the page says");
}

// Of each distinct event, the rules that match it by themselves.
using Verdicts = std::vector<std::vector<bool>>;

Verdicts verdicts_of(const fuzz::RuleBench& bench, const Case& c) {
    Verdicts out(c.num_distinct, std::vector<bool>(c.num_rules()));
    for (const auto& [event, rule] : bench.one_by_one(c.num_distinct)) {
        out[event][rule] = true;
    }
    return out;
}

void check_verdicts(const Verdicts& verdicts, const Case& c) {
    for (std::size_t e = 0; e < c.num_distinct; ++e) {
        const std::vector<bool> items(
            verdicts[e].begin(), verdicts[e].begin() + static_cast<std::ptrdiff_t>(c.items.size()));
        demand(e >= items.size() || items[e] != c.items[e].negated,
               "what meets an item is found",
               c,
               e);
        if (e >= items.size() && e - items.size() < c.missed.size()) {
            const std::size_t missed = c.missed[e - items.size()];
            demand(items[missed] == c.items[missed].negated, "what misses an item is not", c, e);
        }
        for (std::size_t i = 0; i < c.conditions.size(); ++i) {
            demand(fuzz::holds(c.conditions[i], items) == verdicts[e][items.size() + i],
                   "a condition is what it says of each item",
                   c,
                   e);
        }
    }
}

void check_plans(const fuzz::RuleBench& bench, const Verdicts& verdicts, const Case& c) {
    const fuzz::Pairs found = bench.with_plans();
    auto next = found.begin();
    for (std::size_t e = 0; e < c.events.size(); ++e) {
        const std::vector<bool>& verdict = verdicts[e % c.num_distinct];
        for (std::size_t r = 0; r < c.num_rules(); ++r) {
            const bool is_found =
                next != found.end() && *next == std::pair(e, static_cast<sigma::RuleIndex>(r));
            demand(is_found == verdict[r], "plans change nothing", c, e);
            next += is_found ? 1 : 0;
        }
    }
}

}  // namespace

extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
    return "leak:libfyaml.so\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices(data, size);
    const Case c = make_case(choices);
    sigma::LoadOptions options;
    options.placeholders = {{"p", {"x", "y*"}}};
    const sigma::Loaded loaded = fuzz::load_checked({{"f.yml", c.rules}}, options);
    if (!loaded.not_loaded.empty()) {
        std::cerr << c.rules << loaded.diagnostics.to_text() << "\n";
    }
    SPOOR_ASSERT(loaded.not_loaded.empty(), "what is made loads");
    const fuzz::RuleBench bench(loaded.rules, c.events);
    const Verdicts verdicts = verdicts_of(bench, c);
    check_verdicts(verdicts, c);
    check_plans(bench, verdicts, c);
    return 0;
}
