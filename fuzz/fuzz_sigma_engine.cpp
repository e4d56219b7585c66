// Compiled evaluation against the slow evaluator of sigma_made.hpp: small rules and events made
// from the bytes, through the real reader, decoder and plans; now and then so many events that keys
// are learned anew.
#include "base/assert.hpp"
#include "sigma_bench.hpp"
#include "sigma_made.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

using namespace spoor;

namespace {

// What a person needs to see of a difference.
void show(const std::string& rules, const std::string& event, const std::string& what) {
    std::cerr << rules << event << "\n" << what << "\n";
}

// Of one log source, so many that its keys are learned and its plan is made anew (README of
// src/sigma: 20 rules, 256 events): the same ones again.
void make_many(std::vector<fuzz::MadeRule>& rules,
               std::string& text,
               std::vector<std::string>& events) {
    constexpr std::size_t num_rules = 20;
    constexpr std::size_t num_events = 300;
    for (const std::size_t n = rules.size(); rules.size() < num_rules;) {
        rules.push_back(rules[rules.size() % n]);
        text += "---\n" + rules.back().to_yaml(rules.size() - 1);
    }
    for (const std::size_t n = events.size(); events.size() < num_events;) {
        events.push_back(events[events.size() % n]);
    }
}

// Of events that are `made` again and again.
fuzz::Pairs expected_of(const std::vector<fuzz::MadeRule>& rules,
                        const std::vector<fuzz::MadeEvent>& made,
                        std::size_t num_events) {
    std::vector<std::vector<sigma::RuleIndex>> matching(made.size());
    for (std::size_t m = 0; m < made.size(); ++m) {
        for (std::size_t r = 0; r < rules.size(); ++r) {
            if (fuzz::must_match(rules[r], made[m])) {
                matching[m].push_back(static_cast<sigma::RuleIndex>(r));
            }
        }
    }
    fuzz::Pairs out;
    for (std::size_t e = 0; e < num_events; ++e) {
        for (const sigma::RuleIndex rule : matching[e % made.size()]) {
            out.emplace_back(e, rule);
        }
    }
    return out;
}

// Does not return.
void show_difference(const fuzz::Pairs& found,
                     const fuzz::Pairs& expected,
                     const std::string& rules,
                     const std::vector<std::string>& events) {
    fuzz::Pairs different;
    std::set_symmetric_difference(found.begin(),
                                  found.end(),
                                  expected.begin(),
                                  expected.end(),
                                  std::back_inserter(different));
    for (const auto& [event, rule] : different) {
        const bool is_expected =
            std::binary_search(expected.begin(), expected.end(), std::pair(event, rule));
        show(rules,
             events[event],
             "rule " + std::to_string(rule) + (is_expected ? " must match" : " must not match"));
    }
    SPOOR_ASSERT(different.empty(), "the engine finds what the page says");
}

}  // namespace

extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
    return "leak:libfyaml.so\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices(data, size);
    std::vector<fuzz::MadeRule> rules;
    std::string text;
    for (std::size_t n = 1 + choices.below(4); n > 0; --n) {
        text += text.empty() ? "" : "---\n";
        rules.push_back(fuzz::make_rule(choices));
        text += rules.back().to_yaml(rules.size() - 1);
    }
    std::vector<fuzz::MadeEvent> made;
    std::vector<std::string> events;
    for (std::size_t n = 1 + choices.below(6); n > 0; --n) {
        made.push_back(fuzz::make_event(choices, rules));
        events.push_back(made.back().to_json());
    }
    if (choices.one_in(16)) {
        make_many(rules, text, events);
    }
    const sigma::Loaded loaded = fuzz::load_checked({{"f.yml", text}}, {});
    if (!loaded.not_loaded.empty()) {
        show(text, "", loaded.diagnostics.to_text());
    }
    SPOOR_ASSERT(loaded.not_loaded.empty(), "what is made loads");
    const fuzz::RuleBench bench(loaded.rules, events);
    const fuzz::Pairs expected_once = expected_of(rules, made, made.size());
    if (bench.one_by_one(made.size()) != expected_once) {
        show_difference(bench.one_by_one(made.size()), expected_once, text, events);
    }
    const fuzz::Pairs expected = expected_of(rules, made, events.size());
    const fuzz::Pairs found = bench.with_plans();
    if (found != expected) {
        show_difference(found, expected, text, events);
    }
    return 0;
}
