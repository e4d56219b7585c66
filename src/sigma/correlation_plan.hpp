// What the run-time knows of the correlations that run in one place: which matches go to which,
// how their fields are read there, and what each remembers. Made once from a RuleSet.
//
// Const after construction; safe from any thread.
#pragma once

#include "sigma/correlation_runtime.hpp"
#include "sigma/stable_names.hpp"
#include "sigma/window.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spoor::sigma {

// One correlation. Its number is its place among those that run here: inputs before users.
struct CorrelationPlan {
    const Correlation* correlation = nullptr;
    std::uint32_t index = 0;  // into RuleSet::correlations
    std::uint64_t name = 0;   // StableNames
    WindowPlan window;
    std::vector<const Correlation::Reading*> readings;  // by rule
    Duration span{0};
    // How much older than the clock a match may be: the lateness, and what windows decided at close
    // below it hold back (a day at most, where that waits for a host).
    Duration slack{0};
    // R21: of all windows, and of one: half of that, but what the condition asks for and one more.
    std::size_t max_values = 0;
    std::size_t max_of_window = 0;
    bool takes_values = false;
    bool takes_numbers = false;
    bool is_built_on = false;  // by one that runs here
    bool goes_onward = false;  // by one in the correlator, while this one is within a host
};

// A way in: matches of a rule, or firings of a correlation, as inputs of one plan.
struct Target {
    std::uint32_t plan = 0;
    std::vector<std::uint32_t> inputs;  // mostly one; ascending
    bool opens = true;                  // R17: it may open a window
};

using Targets = std::vector<Target>;  // by plan, ascending

struct CorrelationPlans {
    CorrelationPlans(std::shared_ptr<const RuleSet> its_rules,
                     Placement its_placement,
                     const CorrelationOptions& its_options);

    // How matches of this base rule are read; nullptr: they cannot be.
    [[nodiscard]] const Correlation::Reading* reading(std::uint32_t plan, RuleIndex rule) const;

    std::shared_ptr<const RuleSet> rules;
    Placement placement;
    CorrelationOptions options;
    StableNames names;
    std::vector<CorrelationPlan> plans;
    std::vector<Targets> of_rule;         // by RuleIndex
    std::vector<Targets> of_correlation;  // by index into RuleSet::correlations

private:
    void add_plan(std::uint32_t index);
    void add_targets(std::uint32_t plan);
    [[nodiscard]] Duration slack_of(const Correlation& correlation) const;
};

}  // namespace spoor::sigma
