// What the fuzz targets of the Sigma room share: rules that were loaded, run over events with their
// plans and one by one.
//
// One owner; nothing here outlives the RuleBench.
#pragma once

#include "decode/decoder.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spoor::fuzz {

// (event, rule)
using Pairs = std::set<std::pair<std::size_t, sigma::RuleIndex>>;

class RuleBench {
public:
    explicit RuleBench(std::shared_ptr<const sigma::RuleSet> rules);

    // Of events that each decode, in one batch: what the plans find.
    [[nodiscard]] Pairs with_plans(const std::vector<std::string>& events);
    // Each rule that is routed to an event, evaluated by itself.
    [[nodiscard]] Pairs one_by_one(const std::vector<std::string>& events);

    [[nodiscard]] const sigma::RuleSet& rules() const { return engine_.rules(); }

private:
    sigma::Engine engine_;
    decode::Decoder decoder_;
};

// load_rules, and what it promises of any text: that each document is accounted for, that there are
// errors if and only if something failed, and that the same texts give the same versions.
[[nodiscard]] sigma::Loaded load_checked(const std::vector<sigma::RuleText>& files,
                                         const sigma::LoadOptions& options);

}  // namespace spoor::fuzz
