// Why a rule does or does not meet an event, for a person: the route, where each field was looked
// for, the tree of selections with values and truth, and for a miss what came nearest.
//
// Main thread only.
#pragma once

#include "app/rule_bench.hpp"

#include <string>

namespace spoor::app {

// `event` is the bench's last.
[[nodiscard]] std::string explain(RuleBench& bench, const Event& event, sigma::RuleIndex rule);

// A predicate as a rule might write it: "Image|endswith: '\cmd.exe'".
[[nodiscard]] std::string text_of(const sigma::Predicate& predicate,
                                  const sigma::FieldTable& fields);

}  // namespace spoor::app
