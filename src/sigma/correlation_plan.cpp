#include "sigma/correlation_plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spoor::sigma {

namespace {

// Of gt or gte alone: the smallest count at which it holds; a count of nothing is never asked.
std::size_t num_needed(const std::vector<Bound>& bounds) {
    constexpr double most = 4e9;
    double least = 1;
    for (const Bound& b : bounds) {
        least =
            std::max(least, b.op == Bound::Op::gt ? std::floor(b.value) + 1 : std::ceil(b.value));
    }
    return static_cast<std::size_t>(std::min(least, most));
}

// R21. One more than the condition names, so that a count beyond it is seen (eq, lte, neq, ranges).
std::size_t max_of_window(const Correlation& c, std::size_t most) {
    const std::size_t named =
        c.type == CorrelationType::value_count ? num_needed(c.bounds) : c.inputs.size();
    return std::max(most / 2, named + 1);
}

bool is_over_numbers(CorrelationType type) {
    return type == CorrelationType::value_sum || type == CorrelationType::value_avg ||
           type == CorrelationType::value_median || type == CorrelationType::value_percentile;
}

Duration limited(Duration span) {
    return std::clamp(span, Duration{0}, Duration{max_micros});
}

}  // namespace

CorrelationPlans::CorrelationPlans(std::shared_ptr<const RuleSet> its_rules,
                                   Placement its_placement,
                                   const CorrelationOptions& its_options)
    : rules(std::move(its_rules)),
      placement(its_placement),
      options(its_options),
      names(*rules),
      of_rule(rules->rules.size()),
      of_correlation(rules->correlations.size()) {
    options.lateness = limited(options.lateness);
    options.max_groups = std::max<std::size_t>(options.max_groups, 1);
    for (std::uint32_t i = 0; i < rules->correlations.size(); ++i) {
        const bool is_here =
            rules->correlations[i].within_host == (placement == Placement::within_host);
        if (is_here) {
            add_plan(i);
        }
    }
    for (std::uint32_t plan = 0; plan < plans.size(); ++plan) {
        add_targets(plan);
    }
    for (CorrelationPlan& plan : plans) {
        plan.is_built_on = !of_correlation[plan.index].empty();
    }
    if (placement == Placement::correlator) {
        return;
    }
    for (const Correlation& user : rules->correlations) {
        for (const Correlation::Input& input : user.inputs) {
            for (CorrelationPlan& plan : plans) {
                plan.goes_onward = plan.goes_onward || (!user.within_host && input.is_correlation &&
                                                        input.index == plan.index);
            }
        }
    }
}

void CorrelationPlans::add_plan(std::uint32_t index) {
    const Correlation& c = rules->correlations[index];
    CorrelationPlan& plan = plans.emplace_back();
    plan.correlation = &c;
    plan.index = index;
    plan.name = names.correlation(index);
    plan.span = limited(c.timespan);
    plan.slack = limited(slack_of(c));
    plan.takes_values = c.type == CorrelationType::value_count;
    plan.takes_numbers = is_over_numbers(c.type);
    plan.window.type = c.type;
    plan.window.bounds = c.bounds;
    plan.window.num_inputs = static_cast<std::uint32_t>(c.inputs.size());
    plan.window.boolean = c.boolean ? &*c.boolean : nullptr;
    plan.window.percentile = c.percentile;
    plan.window.at_close = c.decided_at_close;
    plan.window.num_needed = num_needed(c.bounds);
    plan.max_of_window = max_of_window(c, options.max_values);
    plan.max_values = std::max(options.max_values, 2 * plan.max_of_window);
    if (c.type == CorrelationType::temporal && c.bounds.empty()) {
        plan.window.bounds = {{Bound::Op::gte, static_cast<double>(c.inputs.size())}};
    }
    for (const Correlation::Reading& reading : c.readings) {
        plan.readings.push_back(&reading);
    }
    std::sort(plan.readings.begin(), plan.readings.end(), [](const auto* a, const auto* b) {
        return a->rule < b->rule;
    });
}

// What of the correlations below is known only when their windows close comes that much later; of
// those of a host, when that host speaks again, which may be any time.
Duration CorrelationPlans::slack_of(const Correlation& correlation) const {
    constexpr Duration silence = std::chrono::hours{24};
    Duration most{0};
    for (const Correlation::Input& input : correlation.inputs) {
        if (input.is_correlation) {
            const Correlation& below = rules->correlations[input.index];
            const bool waits_for_host = below.within_host && placement == Placement::correlator;
            const Duration held =
                limited(below.timespan) + (waits_for_host ? silence : Duration{0});
            most = std::max(
                most, limited((below.decided_at_close ? held : Duration{0}) + slack_of(below)));
        }
    }
    return placement == Placement::within_host ? most + options.lateness : most;
}

void CorrelationPlans::add_targets(std::uint32_t plan) {
    const CorrelationPlan& p = plans[plan];
    for (std::uint32_t i = 0; i < p.correlation->inputs.size(); ++i) {
        const Correlation::Input& input = p.correlation->inputs[i];
        Targets& targets =
            input.is_correlation ? of_correlation[input.index] : of_rule[input.index];
        if (targets.empty() || targets.back().plan != plan) {
            targets.push_back({plan, {}, false});
        }
        targets.back().inputs.push_back(i);
        targets.back().opens = targets.back().opens || p.window.opens(i);
    }
}

const Correlation::Reading* CorrelationPlans::reading(std::uint32_t plan, RuleIndex rule) const {
    const auto& readings = plans[plan].readings;
    const auto it = std::lower_bound(
        readings.begin(), readings.end(), rule, [](const Correlation::Reading* r, RuleIndex of) {
            return r->rule < of;
        });
    return it == readings.end() || (*it)->rule != rule ? nullptr : *it;
}

}  // namespace spoor::sigma
