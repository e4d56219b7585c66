#include "sigma/detector.hpp"

#include "sigma/firing_alert.hpp"
#include "sigma/match_writer.hpp"

#include <string>
#include <utility>

namespace spoor::sigma {

namespace {

struct State final : alert::DetectorState {
    State(const Engine& engine, std::unique_ptr<CorrelationState> groups)
        : matcher(engine), correlations(std::move(groups)) {}

    Matcher matcher;
    std::unique_ptr<MatchWriter> writer;  // made with the first batch, which brings the origins
    std::unique_ptr<CorrelationState> correlations;
    MatchSignal match;
    Correlated correlated;
};

class SigmaDetector final : public alert::Detector {
public:
    SigmaDetector(std::shared_ptr<const Engine> engine,
                  std::shared_ptr<const RuleSet> rules,
                  const CorrelationOptions& options)
        : engine_(std::move(engine)),
          rules_(std::move(rules)),
          here_(rules_, Placement::within_host, options),
          elsewhere_(rules_, Placement::correlator, options),
          codec_(rules_) {}

    [[nodiscard]] std::string_view name() const override { return detector_name; }

    [[nodiscard]] std::uint32_t state_version() const override {
        return CorrelationRuntime::state_version;
    }

    [[nodiscard]] std::unique_ptr<alert::DetectorState> make_state() const override {
        return std::make_unique<State>(*engine_, here_.make_state());
    }

    void inspect(std::span<const Event> events,
                 const OriginTable& origins,
                 alert::DetectorState& state,
                 alert::Findings& out) const override;

    void collect_changed(const OriginTable& origins,
                         alert::DetectorState& state,
                         std::vector<alert::StateRow>& out) const override {
        here_.collect_changed(origins, detector_name, *of(state).correlations, out);
    }

    void collect_all(const OriginTable& origins,
                     const alert::DetectorState& state,
                     std::vector<alert::StateRow>& out) const override {
        here_.collect_all(origins, detector_name, *of(state).correlations, out);
    }

    [[nodiscard]] bool wants(const alert::StateRow& row) const override {
        return !here_.empty() && here_.wants(row);
    }

    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& origins,
                               alert::DetectorState& state) const override {
        return here_.restore(row, origins, *of(state).correlations);
    }

    void drop_partition(std::uint32_t partition, alert::DetectorState& state) const override {
        here_.drop_partition(partition, *of(state).correlations);
    }

    void close_windows(const OriginTable& origins,
                       alert::DetectorState& state,
                       alert::Findings& out) const override {
        State& s = of(state);
        here_.close_all(origins, *s.correlations, s.correlated);
        const std::size_t before = out.alerts.size();
        take(s, origins, out);
        out.counters.add("alerts.sigma", out.alerts.size() - before);
        here_.take_counts(*s.correlations).add_to(out.counters);
    }

    [[nodiscard]] std::size_t changed_bytes(const alert::DetectorState& state) const override {
        return here_.changed_bytes(*of(state).correlations);
    }

    [[nodiscard]] std::size_t state_bytes(const alert::DetectorState& state) const override {
        return here_.state_bytes(*of(state).correlations);
    }

private:
    friend class Inspection;

    static State& of(alert::DetectorState& state) { return static_cast<State&>(state); }

    static const State& of(const alert::DetectorState& state) {
        return static_cast<const State&>(state);
    }

    void hand_on(const MatchSignal& match, alert::Findings& out) const {
        alert::Signal signal;
        codec_.write(match, signal);
        signal.detector = detector_name;
        out.signals.push_back(std::move(signal));
    }

    // What the correlations of this shard found.
    void take(State& state, const OriginTable& origins, alert::Findings& out) const {
        for (const Firing& firing : state.correlated.firings) {
            if (rules_->correlations[firing.correlation].gives_alerts) {
                out.alerts.push_back(firing_alert(firing, *rules_, origins));
            }
        }
        for (const MatchSignal& match : state.correlated.onward) {
            hand_on(match, out);
        }
        state.correlated.clear();
    }

    std::shared_ptr<const Engine> engine_;
    std::shared_ptr<const RuleSet> rules_;
    CorrelationRuntime here_;
    CorrelationRuntime elsewhere_;  // asked only what it takes
    SignalCodec codec_;
};

// One call of inspect(): matches arrive by event, and time passes for the events between too.
class Inspection final : public MatchSink {
public:
    Inspection(const SigmaDetector& detector,
               std::span<const Event> events,
               const OriginTable& origins,
               State& state,
               alert::Findings& out)
        : detector_(detector),
          origins_(origins),
          state_(state),
          out_(out),
          next_(events.data()),
          end_(events.data() + events.size()) {}

    void on_match(const MatchView& match) override {
        ++num_matches;
        pass_time(&match.event() + 1);
        const Rule& rule = detector_.rules_->rules[match.rule()];
        if (rule.gives_alerts) {
            out_.alerts.push_back(state_.writer->alert(match));
        }
        const bool here = detector_.here_.takes(match.rule());
        const bool elsewhere = detector_.elsewhere_.takes(match.rule());
        if (!here && !elsewhere) {
            return;
        }
        assign_match(match, rule, state_.match);
        if (elsewhere && match.event().time != no_time) {
            detector_.hand_on(state_.match, out_);
        } else if (elsewhere) {
            out_.counters.add("correlation.no_time");
        }
        if (here) {
            detector_.here_.offer(state_.match, origins_, *state_.correlations, state_.correlated);
            detector_.take(state_, origins_, out_);
        }
    }

    void finish() { pass_time(end_); }

    std::uint64_t num_matches = 0;

private:
    void pass_time(const Event* to) {
        if (detector_.here_.empty()) {
            return;
        }
        for (; next_ != to; ++next_) {
            if (next_->time != no_time) {
                detector_.here_.advance_host(next_->ref,
                                             next_->host_key,
                                             next_->time,
                                             origins_,
                                             *state_.correlations,
                                             state_.correlated);
                detector_.take(state_, origins_, out_);
            }
        }
    }

    const SigmaDetector& detector_;
    const OriginTable& origins_;
    State& state_;
    alert::Findings& out_;
    const Event* next_;
    const Event* end_;
};

void SigmaDetector::inspect(std::span<const Event> events,
                            const OriginTable& origins,
                            alert::DetectorState& state,
                            alert::Findings& out) const {
    State& s = of(state);
    if (!s.writer) {
        s.writer = std::make_unique<MatchWriter>(*rules_, origins);
    }
    s.writer->begin_batch();
    const std::size_t before = out.alerts.size();
    Inspection inspection(*this, events, origins, s, out);
    s.matcher.match(events, inspection);
    inspection.finish();
    out.counters.add("sigma.matches", inspection.num_matches);
    out.counters.add(unfinished_counter, s.matcher.take_unfinished());
    out.counters.add("alerts.sigma", out.alerts.size() - before);
    here_.take_counts(*s.correlations).add_to(out.counters);
}

}  // namespace

std::unique_ptr<alert::Detector> make_sigma_detector(std::shared_ptr<const Engine> engine,
                                                     const CorrelationOptions& options) {
    // Shares the engine's ownership: the rule set lives as long as the engine.
    std::shared_ptr<const RuleSet> rules(engine, &engine->rules());
    return std::make_unique<SigmaDetector>(std::move(engine), std::move(rules), options);
}

}  // namespace spoor::sigma
