// The alert of a correlation that fired: its members as evidence, each with the rule it met, the
// group, what was counted, and why that was enough.
//
// Pure; safe from any thread.
#pragma once

#include "alert/alert.hpp"
#include "event/origin.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/rule_set.hpp"

#include <string>

namespace spoor::sigma {

[[nodiscard]] alert::Alert firing_alert(const Firing& firing,
                                        const RuleSet& rules,
                                        const OriginTable& origins);
// The short line (alert::MatchLine) with the same facts.
[[nodiscard]] std::string firing_line(const Firing& firing,
                                      const RuleSet& rules,
                                      const OriginTable& origins);

}  // namespace spoor::sigma
