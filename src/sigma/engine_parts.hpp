// What an engine is made of. Private to sigma; shared by the matchers of one engine. Const, but
// for the plans, which are made when an event of their log source is first met, under a lock that
// a matcher takes once for each.
#pragma once

#include "sigma/engine.hpp"
#include "sigma/plan.hpp"
#include "sigma/predicates.hpp"
#include "sigma/program.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::sigma {

struct Engine::Parts {
    explicit Parts(std::shared_ptr<const RuleSet> set);

    [[nodiscard]] std::vector<RuleIndex> routed(std::string_view product,
                                                std::string_view category,
                                                std::string_view service) const;
    [[nodiscard]] std::shared_ptr<const Plan> plan(std::string_view product,
                                                   std::string_view category,
                                                   std::string_view service);

    std::shared_ptr<const RuleSet> rules;
    Predicates predicates;
    Program program;
    std::vector<std::string> paths;
    PathFields all_fields;
    std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<const Plan>> plans;
};

}  // namespace spoor::sigma
