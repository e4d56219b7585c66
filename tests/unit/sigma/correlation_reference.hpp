// Correlations the slow way, straight from docs/sigma-semantics.md: a group is the list of all its
// matches, and each window is looked at anew with each match. What the run-time is held against.
#pragma once

#include "sigma/correlation_runtime.hpp"
#include "unit/sigma/correlation_rules.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace spoor::sigma::testing {

class Reference {
public:
    Reference(std::shared_ptr<const RuleSet> rules,
              Placement placement,
              std::uint64_t host_memory = CorrelationOptions().host_memory)
        : rules_(std::move(rules)), placement_(placement), host_memory_(host_memory) {}

    // within_host: an event and the matches of it, as they arrive.
    void event(const Made& event, const std::vector<Made>& matches);
    // correlator: a match in order; and the clock.
    void match(const Made& made);
    void advance(Timestamp watermark);
    void close_all();

    // One line a firing, in order.
    std::vector<std::string> firings;
    std::uint64_t late = 0;
    std::uint64_t uncounted = 0;  // no group, no value
    std::uint64_t before_window = 0;

private:
    // A match as a correlation sees it.
    struct Match {
        Timestamp time;
        Made made;  // of its event
        std::vector<std::uint32_t> inputs;
        std::string value;  // folded
        double number = 0;

        [[nodiscard]] auto order() const { return std::tuple(time, made.position); }
    };

    struct Group {
        std::vector<Match> matches;  // of the window
        Timestamp opened = no_time;
        bool armed = true;
        std::optional<Timestamp> fired;
        std::string key;
    };

    using Scope = std::pair<std::string, std::string>;
    using Key = std::tuple<std::uint32_t, std::string>;  // correlation, group

    void feed(const Scope& scope, const Match& match, bool is_rule, std::uint32_t source);
    void take(const Scope& scope, std::uint32_t c, Match match);
    void slide(const Scope& scope, std::uint32_t c, Group& group, const Match& match);
    void close(const Scope& scope, std::optional<Timestamp> clock);
    void judge(const Scope& scope, std::uint32_t c, Group group);
    void forget(const Scope& scope, Timestamp clock);
    [[nodiscard]] Duration latest(std::uint32_t c) const;
    void fire(const Scope& scope, std::uint32_t c, const Group& group, const Made& trigger);
    [[nodiscard]] std::vector<std::string> members_of(const Correlation& c,
                                                      const Group& group,
                                                      std::size_t& num_members) const;
    [[nodiscard]] double value_of(const Correlation& c, const Group& group) const;
    [[nodiscard]] bool holds(const Correlation& c, const Group& group) const;

    std::shared_ptr<const RuleSet> rules_;
    Placement placement_;
    std::uint64_t host_memory_;
    std::map<Scope, std::map<Key, Group>> groups_;

    // R9
    struct Clock {
        Timestamp time = no_time;
        std::int64_t position = 0;  // of the event that set it
    };

    std::map<Scope, Clock> clocks_;

    // R17: matches of the event at hand, or of what closed, that opened no window.
    struct Unopened {
        Key key;
        Match match;
    };

    std::vector<Unopened> unopened_;
    std::int64_t position_ = -1;  // correlator: of the event at hand
};

// A firing of the run-time as the reference writes it.
[[nodiscard]] std::string line_of(const Firing& firing, const RuleSet& rules);

}  // namespace spoor::sigma::testing
