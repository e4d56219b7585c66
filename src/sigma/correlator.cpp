#include "sigma/detector.hpp"
#include "sigma/firing_alert.hpp"
#include "sigma/match_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::sigma {

namespace {

constexpr std::string_view correlator_name = "sigma.correlator";

struct State final : alert::CorrelatorState {
    explicit State(std::unique_ptr<CorrelationState> groups) : correlations(std::move(groups)) {}

    std::unique_ptr<CorrelationState> correlations;
    std::vector<MatchSignal> matches;  // of one event; the first num_matches are in use
    std::size_t num_matches = 0;
    Correlated correlated;
};

class SigmaCorrelator final : public alert::Correlator {
public:
    SigmaCorrelator(std::shared_ptr<const RuleSet> rules, const CorrelationOptions& options)
        : rules_(std::move(rules)),
          runtime_(rules_, Placement::correlator, options),
          codec_(rules_) {}

    [[nodiscard]] bool empty() const { return runtime_.empty(); }

    [[nodiscard]] std::string_view name() const override { return correlator_name; }

    [[nodiscard]] std::uint32_t state_version() const override {
        return CorrelationRuntime::state_version;
    }

    [[nodiscard]] std::unique_ptr<alert::CorrelatorState> make_state() const override {
        return std::make_unique<State>(runtime_.make_state());
    }

    void inspect(std::span<const alert::Signal> signals,
                 const OriginTable& origins,
                 alert::CorrelatorState& state,
                 alert::Findings& out) const override {
        State& s = of(state);
        for (const alert::Signal& signal : signals) {
            if (signal.detector != detector_name) {
                continue;
            }
            if (s.num_matches == s.matches.size()) {
                s.matches.emplace_back();
            }
            MatchSignal& match = s.matches[s.num_matches];
            if (!codec_.read(signal, match)) {
                out.counters.add("correlation.unknown_signals");  // of a rule that has changed
                continue;
            }
            if (s.num_matches > 0 && !are_of_one_event(s.matches.front(), match)) {
                MatchSignal next = std::move(match);
                offer(s, origins);
                std::swap(s.matches.front(), next);
            }
            ++s.num_matches;
        }
        offer(s, origins);
        take(s, origins, out);
    }

    void advance(Timestamp watermark,
                 const OriginTable& origins,
                 alert::CorrelatorState& state,
                 alert::Findings& out) const override {
        State& s = of(state);
        runtime_.advance(watermark, origins, *s.correlations, s.correlated);
        take(s, origins, out);
    }

    void collect_changed(const OriginTable& origins,
                         alert::CorrelatorState& state,
                         std::vector<alert::StateRow>& out) const override {
        runtime_.collect_changed(origins, correlator_name, *of(state).correlations, out);
    }

    void collect_all(const OriginTable& origins,
                     const alert::CorrelatorState& state,
                     std::vector<alert::StateRow>& out) const override {
        runtime_.collect_all(origins, correlator_name, *of(state).correlations, out);
    }

    [[nodiscard]] bool wants(const alert::StateRow& row) const override {
        return runtime_.wants(row);
    }

    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& origins,
                               alert::CorrelatorState& state) const override {
        return runtime_.restore(row, origins, *of(state).correlations);
    }

    void close_windows(const OriginTable& origins,
                       alert::CorrelatorState& state,
                       alert::Findings& out) const override {
        State& s = of(state);
        runtime_.close_all(origins, *s.correlations, s.correlated);
        take(s, origins, out);
    }

    [[nodiscard]] std::size_t state_bytes(const alert::CorrelatorState& state) const override {
        return runtime_.state_bytes(*of(state).correlations);
    }

private:
    static State& of(alert::CorrelatorState& state) { return static_cast<State&>(state); }

    static const State& of(const alert::CorrelatorState& state) {
        return static_cast<const State&>(state);
    }

    // The matches of one event, in the order of R22: signals come in that of their bytes.
    void offer(State& state, const OriginTable& origins) const {
        const auto end = state.matches.begin() + static_cast<std::ptrdiff_t>(state.num_matches);
        std::sort(state.matches.begin(), end, comes_first);
        for (auto match = state.matches.begin(); match != end; ++match) {
            runtime_.offer(*match, origins, *state.correlations, state.correlated);
        }
        state.num_matches = 0;
    }

    void take(State& state, const OriginTable& origins, alert::Findings& out) const {
        for (const Firing& firing : state.correlated.firings) {
            if (rules_->correlations[firing.correlation].gives_alerts) {
                out.alerts.push_back(firing_alert(firing, *rules_, origins));
                out.counters.add("alerts.sigma");
            }
        }
        state.correlated.clear();
        runtime_.take_counts(*state.correlations).add_to(out.counters);
    }

    std::shared_ptr<const RuleSet> rules_;
    CorrelationRuntime runtime_;
    SignalCodec codec_;
};

}  // namespace

std::unique_ptr<alert::Correlator> make_sigma_correlator(
    const std::shared_ptr<const RuleSet>& rules, const CorrelationOptions& options) {
    auto correlator = std::make_unique<SigmaCorrelator>(rules, options);
    return correlator->empty() ? nullptr : std::move(correlator);
}

}  // namespace spoor::sigma
