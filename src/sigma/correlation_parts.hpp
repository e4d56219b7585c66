// What a CorrelationRuntime is made of, for the files that it is written in.
#pragma once

#include "sigma/correlation_plan.hpp"
#include "sigma/correlation_runtime.hpp"

#include <memory>
#include <utility>

namespace spoor::sigma {

struct CorrelationRuntime::Parts {
    Parts(std::shared_ptr<const RuleSet> rules,
          Placement placement,
          const CorrelationOptions& options)
        : plans(std::move(rules), placement, options) {}

    const CorrelationPlans plans;
};

}  // namespace spoor::sigma
