// Compiled evaluation against the slow evaluator of sigma_made.hpp: small rules and events made
// from the bytes, through the real reader, decoder and plans; now and then so many events that keys
// are learned anew.
#include "base/assert.hpp"
#include "sigma_bench.hpp"
#include "sigma_made.hpp"

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

using namespace spoor;

namespace {

// What a person needs to see of a difference.
void show(const std::string& rules, const std::string& event, const std::string& what) {
    std::cerr << rules << event << "\n" << what << "\n";
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
    constexpr std::size_t learned_anew = 600;  // events of a log source; README of src/sigma
    for (const bool many = choices.one_in(16); many && events.size() < learned_anew;) {
        events.push_back(events[events.size() % made.size()]);
    }
    const sigma::Loaded loaded = fuzz::load_checked({{"f.yml", text}}, {});
    if (!loaded.not_loaded.empty()) {
        show(text, "", loaded.diagnostics.to_text());
    }
    SPOOR_ASSERT(loaded.not_loaded.empty(), "what is made loads");
    fuzz::Pairs expected;
    for (std::size_t e = 0; e < events.size(); ++e) {
        for (std::size_t r = 0; r < rules.size(); ++r) {
            if (fuzz::must_match(rules[r], made[e % made.size()])) {
                expected.emplace(e, static_cast<sigma::RuleIndex>(r));
            }
        }
    }
    fuzz::RuleBench bench(loaded.rules);
    const fuzz::Pairs found = bench.with_plans(events);
    if (found != expected) {
        for (std::size_t e = 0; e < made.size(); ++e) {
            for (std::size_t r = 0; r < rules.size(); ++r) {
                const std::pair pair(e, static_cast<sigma::RuleIndex>(r));
                if (found.contains(pair) != expected.contains(pair)) {
                    show(text,
                         events[e],
                         "rule " + std::to_string(r) + ", expected to match: " +
                             std::to_string(static_cast<int>(expected.contains(pair))));
                }
            }
        }
    }
    SPOOR_ASSERT(found == expected, "the engine finds what the page says");
    SPOOR_ASSERT(bench.one_by_one(events) == expected, "so does each rule by itself");
    return 0;
}
