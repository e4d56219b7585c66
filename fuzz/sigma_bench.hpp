// What the fuzz targets of the Sigma room share: rules that were loaded, run over events with their
// plans and one by one.
//
// One owner; nothing here outlives the RuleBench.
#pragma once

#include "decode/decoder.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::fuzz {

// (event, rule), in that order.
using Pairs = std::vector<std::pair<std::size_t, sigma::RuleIndex>>;

class RuleBench {
public:
    // The events decode, each.
    RuleBench(std::shared_ptr<const sigma::RuleSet> rules, const std::vector<std::string>& events);

    // What the plans find.
    [[nodiscard]] Pairs with_plans() const;
    // Each rule that is routed to an event, evaluated by itself; of the first `num_events`.
    [[nodiscard]] Pairs one_by_one(std::size_t num_events) const;

    [[nodiscard]] Pairs one_by_one() const { return one_by_one(batch_.size()); }

private:
    sigma::Engine engine_;
    decode::Decoder decoder_;
    RecordBatch batch_;  // the texts that the decoder's events look into
};

// load_rules, and what it promises of any text: each document is accounted for, there are errors if
// and only if one failed (pipelines have errors of their own), and the same texts give the same
// versions.
[[nodiscard]] sigma::Loaded load_checked(const std::vector<sigma::RuleText>& files,
                                         const sigma::LoadOptions& options);

}  // namespace spoor::fuzz
