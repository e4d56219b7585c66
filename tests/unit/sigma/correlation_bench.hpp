// Correlations with their state, for tests that give them events one by one.
#pragma once

#include "unit/sigma/correlation_rules.hpp"

namespace spoor::sigma::testing {

inline constexpr Duration minute = std::chrono::minutes{1};

class Bench {
public:
    explicit Bench(std::shared_ptr<const RuleSet> rules,
                   Placement placement = Placement::within_host,
                   const CorrelationOptions& options = {})
        : runtime(std::move(rules), placement, options), state(runtime.make_state()) {}

    // An event that meets one rule; how many firings there are since.
    std::size_t match(const Made& made) {
        const std::size_t before = found.firings.size();
        const MatchSignal signal = signal_of(made, origins);
        runtime.advance_host(signal.ref, made.host, signal.time, origins, *state, found);
        runtime.offer(signal, origins, *state, found);
        return found.firings.size() - before;
    }

    // An event that meets none.
    std::size_t event(double seconds, const std::string& host = "h", std::int64_t position = 0) {
        const std::size_t before = found.firings.size();
        const std::uint32_t part = origins.intern("kafka:C/T/0");
        runtime.advance_host({part, part, position, 0}, host, at(seconds), origins, *state, found);
        return found.firings.size() - before;
    }

    std::size_t in_order(const Made& made) {
        const std::size_t before = found.firings.size();
        runtime.offer(signal_of(made, origins), origins, *state, found);
        return found.firings.size() - before;
    }

    std::vector<alert::StateRow> changed() {
        std::vector<alert::StateRow> rows;
        runtime.collect_changed(origins, "sigma", *state, rows);
        return rows;
    }

    CorrelationRuntime runtime;
    OriginTable origins;
    std::unique_ptr<CorrelationState> state;
    Correlated found;
};

inline std::shared_ptr<RuleSet> one(CorrelationType type,
                                    std::uint32_t num_rules,
                                    std::vector<Bound> bounds,
                                    Duration span = minute,
                                    bool within_host = true) {
    const auto set = make_rules(num_rules);
    std::vector<Correlation::Input> inputs;
    for (std::uint32_t i = 0; i < num_rules; ++i) {
        inputs.push_back(of_rule(i));
    }
    add_correlation(*set, type, std::move(inputs), span, std::move(bounds), within_host);
    return set;
}

}  // namespace spoor::sigma::testing
