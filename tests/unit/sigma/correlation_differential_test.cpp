// The run-time of correlations against the reference: made-up correlations of all kinds and chains
// of them, over made-up matches in any order within the lateness and some beyond it; stopped,
// stored and restored between any two events. Both must tell the same firings.
#include "base/random.hpp"
#include "unit/sigma/correlation_reference.hpp"
#include "unit/sigma/correlation_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using namespace testing;

constexpr std::uint32_t num_rules = 4;

// More by hand: SPOOR_CORRELATION_SEEDS=100000.
std::uint64_t num_seeds() {
    const char* const text =
        std::getenv("SPOOR_CORRELATION_SEEDS");  // NOLINT(concurrency-mt-unsafe)
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1500;
}

std::size_t pick(Random& random, std::size_t n) {
    return random.below(n);
}

Bound random_bound(Random& random, Bound::Op op, CorrelationType type) {
    const bool is_count = type == CorrelationType::event_count ||
                          type == CorrelationType::value_count || type == CorrelationType::temporal;
    const double value = is_count ? static_cast<double>(random.between(1, 4))
                                  : static_cast<double>(random.between(-6, 12)) * 0.5;
    return {op, value};
}

std::vector<Bound> random_bounds(Random& random, CorrelationType type) {
    using enum Bound::Op;
    if (random.chance(0.55)) {
        return {random_bound(random, random.chance(0.7) ? gte : gt, type)};
    }
    if (random.chance(0.3)) {
        Bound low = random_bound(random, gte, type);
        return {low, {lte, low.value + static_cast<double>(random.between(0, 3))}};
    }
    constexpr Bound::Op ops[] = {lt, lte, eq, neq};
    return {random_bound(random, ops[pick(random, 4)], type)};
}

InputCondition random_condition(Random& random, std::uint32_t num_inputs, bool with_not) {
    using enum InputCondition::Kind;
    std::vector<InputCondition> children;
    children.push_back(testing::input(0));
    for (std::uint32_t i = 1; i < num_inputs; ++i) {
        InputCondition one = testing::input(i);
        children.push_back(with_not && random.chance(0.6) ? join(negate, {one}) : one);
    }
    if (!with_not && children.size() > 2) {
        InputCondition last = children.back();
        children.pop_back();
        return join(random.chance(0.5) ? all : any,
                    {join(random.chance(0.5) ? all : any, children), last});
    }
    return join(all, children);
}

void add_random(RuleSet& set, Random& random, bool within_host) {
    const auto type = static_cast<CorrelationType>(random.below(8));
    std::vector<Correlation::Input> inputs;
    const std::size_t n =
        type >= CorrelationType::temporal ? 2 + pick(random, 2) : 1 + pick(random, 2);
    const auto first = static_cast<std::uint32_t>(random.below(num_rules));
    for (std::uint32_t i = 0; i < n; ++i) {
        inputs.push_back(of_rule((first + i) % num_rules));
    }
    if (!set.correlations.empty() && random.chance(0.35)) {
        inputs.back() =
            of_correlation(static_cast<std::uint32_t>(random.below(set.correlations.size())));
    }
    const Duration span = std::chrono::milliseconds{random.between(500, 40'000)};
    const auto num_inputs = static_cast<std::uint32_t>(inputs.size());
    const bool is_ordered = type == CorrelationType::temporal_ordered;
    Correlation& c =
        add_correlation(set,
                        type,
                        inputs,
                        span,
                        is_ordered ? std::vector<Bound>{} : random_bounds(random, type),
                        within_host);
    c.percentile = static_cast<double>(random.between(0, 100));
    if (type == CorrelationType::temporal && random.chance(0.5)) {
        const bool with_not = random.chance(0.5);
        c.boolean = random_condition(random, num_inputs, with_not);
        c.bounds.clear();
        c.decided_at_close = with_not;
    }
    if (random.chance(0.2)) {
        c.group_by.clear();
        for (Correlation::Reading& reading : c.readings) {
            reading.group.clear();
        }
    }
}

std::shared_ptr<const RuleSet> random_rules(Random& random, bool within_host) {
    const auto set = make_rules(num_rules);
    const std::size_t n = 1 + pick(random, 4);
    for (std::size_t i = 0; i < n; ++i) {
        add_random(*set, random, within_host);
    }
    return set;
}

// One event and the rules that it meets.
struct MadeEvent {
    Made made;
    std::vector<RuleIndex> rules;

    [[nodiscard]] std::vector<Made> matches() const {
        std::vector<Made> out;
        for (const RuleIndex rule : rules) {
            out.push_back(made);
            out.back().rule = rule;
        }
        return out;
    }
};

std::vector<MadeEvent> random_events(Random& random) {
    static const std::vector<std::string> groups = {"a", "A", "b", "B", "c"};
    static const std::vector<std::string> values = {
        "1", "2", "-3", "0.25", "2.5", "7", "-0.75", "x", "X", "70368744177664"};
    std::vector<MadeEvent> events;
    const std::size_t n = 20 + pick(random, 100);
    const double pace = random.chance(0.5) ? 1 : 8;
    double now = 0;
    for (std::size_t i = 0; i < n; ++i) {
        now += random.chance(0.2) ? 0 : static_cast<double>(random.between(0, 8)) * 0.25 * pace;
        MadeEvent& event = events.emplace_back();
        Made& made = event.made;
        // Mostly within the lateness of 10 s, sometimes beyond it.
        const double late =
            random.chance(0.3) ? static_cast<double>(random.between(0, 48)) * 0.25 : 0;
        made.seconds = now - late;
        made.host = random.chance(0.8) ? "h" : "other";
        made.partition = random.chance(0.9) ? "kafka:C/T/0" : "kafka:C/T/1";
        made.position = static_cast<std::int64_t>(i);
        made.group =
            random.chance(0.05) ? std::nullopt : std::optional(groups[pick(random, groups.size())]);
        made.value =
            random.chance(0.05) ? std::nullopt : std::optional(values[pick(random, values.size())]);
        for (RuleIndex rule = 0; rule < num_rules; ++rule) {
            if (random.chance(0.4)) {
                event.rules.push_back(rule);
            }
        }
    }
    return events;
}

// The run-time with its state, its rows stored on the side.
class Stored {
public:
    Stored(std::shared_ptr<const RuleSet> rules,
           Placement placement,
           const CorrelationOptions& options = {})
        : rules_(std::move(rules)),
          runtime_(rules_, placement, options),
          state_(runtime_.make_state()) {}

    void event(const MadeEvent& event) {
        OriginTable& origins = *origins_;
        runtime_.advance_host(signal_of(event.made, origins).ref,
                              event.made.host,
                              at(event.made.seconds),
                              origins,
                              *state_,
                              found_);
        for (const Made& made : event.matches()) {
            match(made);
        }
    }

    void match(const Made& made) {
        // On its way to the correlator a match is bytes.
        const MatchSignal own = signal_of(made, *origins_);
        alert::Signal signal;
        codec_.write(own, signal);
        MatchSignal back;
        ASSERT_TRUE(codec_.read(signal, back));
        runtime_.offer(back, *origins_, *state_, found_);
    }

    void advance(Timestamp watermark) { runtime_.advance(watermark, *origins_, *state_, found_); }

    void close_all() { runtime_.close_all(*origins_, *state_, found_); }

    // Rows are written, all is forgotten, rows are read; numbers of origins are others then.
    void restart() {
        take();
        std::vector<alert::StateRow> rows;
        runtime_.collect_changed(*origins_, "sigma", *state_, rows);
        std::set<std::pair<std::string, std::string>> written;
        for (const alert::StateRow& row : rows) {
            const std::pair key(row.partition, row.entity);
            ASSERT_TRUE(written.insert(key).second) << "a row is written once";
            if (row.bytes.empty()) {
                rows_.erase(key);
            } else {
                rows_[key] = row;
            }
        }
        origins_ = std::make_unique<OriginTable>();
        (void)origins_->intern("something else");
        state_ = runtime_.make_state();
        for (const auto& [key, row] : rows_) {
            ASSERT_TRUE(runtime_.restore(row, *origins_, *state_));
        }
        std::vector<alert::StateRow> again;
        runtime_.collect_changed(*origins_, "sigma", *state_, again);
        EXPECT_TRUE(again.empty()) << "restoring changes nothing";
        runtime_.collect_all(*origins_, "sigma", *state_, again);
        EXPECT_EQ(again.size(), rows_.size());
        for (const alert::StateRow& row : again) {
            EXPECT_EQ(row, (rows_[{row.partition, row.entity}]));
        }
    }

    [[nodiscard]] std::vector<std::string> firings() {
        take();
        return lines_;
    }

    CorrelationCounts counts;

private:
    void take() {
        for (const Firing& firing : found_.firings) {
            lines_.push_back(line_of(firing, *rules_));
        }
        found_.clear();
        counts.merge(runtime_.take_counts(*state_));
    }

    std::shared_ptr<const RuleSet> rules_;
    CorrelationRuntime runtime_;
    SignalCodec codec_{rules_};
    std::unique_ptr<OriginTable> origins_ = std::make_unique<OriginTable>();
    std::unique_ptr<CorrelationState> state_;
    Correlated found_;
    std::vector<std::string> lines_;
    std::map<std::pair<std::string, std::string>, alert::StateRow> rows_;
};

// How often each kind fired, so that nothing is shown about what never happens.
class Tally {
public:
    void add(const RuleSet& rules, const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            const Correlation& c = rules.correlations[static_cast<std::size_t>(line[1] - '0')];
            ++fired_[{c.type, c.decided_at_close}];
        }
    }

    void check() const {
        for (int type = 0; type < 8; ++type) {
            const auto t = static_cast<CorrelationType>(type);
            EXPECT_GT(count(t, false), num_seeds() / 4) << type;
            if (t != CorrelationType::temporal_ordered) {
                EXPECT_GT(count(t, true), num_seeds() / 4) << type;
            }
        }
    }

private:
    [[nodiscard]] std::uint64_t count(CorrelationType type, bool at_close) const {
        const auto it = fired_.find({type, at_close});
        return it == fired_.end() ? 0 : it->second;
    }

    std::map<std::pair<CorrelationType, bool>, std::uint64_t> fired_;
};

std::vector<std::string> sorted(std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
}

TEST(CorrelationDifferential, OnArrivalWithinAHost) {
    Tally tally;
    for (std::uint64_t seed = 0; seed < num_seeds(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const auto rules = random_rules(random, true);
        const double restarts = random.chance(0.5) ? 0.1 : 0;
        CorrelationOptions options;
        options.host_memory = random.chance(0.5) ? options.host_memory : random.below(20);
        Reference reference(rules, Placement::within_host, options.host_memory);
        Stored stored(rules, Placement::within_host, options);
        for (const MadeEvent& event : random_events(random)) {
            reference.event(event.made, event.matches());
            stored.event(event);
            if (random.chance(restarts)) {
                stored.restart();
            }
        }
        reference.close_all();
        stored.close_all();
        ASSERT_EQ(sorted(stored.firings()), sorted(reference.firings));
        EXPECT_EQ(stored.counts.late, reference.late);
        EXPECT_EQ(stored.counts.no_group + stored.counts.no_value, reference.uncounted);
        EXPECT_EQ(stored.counts.before_window, reference.before_window);
        ASSERT_FALSE(HasFailure());
        tally.add(*rules, reference.firings);
    }
    tally.check();
}

TEST(CorrelationDifferential, InOrderInTheCorrelator) {
    Tally tally;
    for (std::uint64_t seed = 0; seed < num_seeds(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed ^ 0x5EED);
        const auto rules = random_rules(random, false);
        const double restarts = random.chance(0.5) ? 0.1 : 0;
        const double cuts = random.chance(0.5) ? 0.3 : 0;
        std::vector<MadeEvent> events = random_events(random);
        std::sort(events.begin(), events.end(), [](const MadeEvent& a, const MadeEvent& b) {
            return std::tuple(a.made.seconds, a.made.partition, a.made.position) <
                   std::tuple(b.made.seconds, b.made.partition, b.made.position);
        });
        Reference reference(rules, Placement::correlator);
        Stored stored(rules, Placement::correlator);
        for (MadeEvent& event : events) {
            event.made.partition = "kafka:C/T/0";  // the reference orders by position only
            event.made.position = &event - events.data();
            if (random.chance(cuts)) {
                stored.advance(at(event.made.seconds));
            }
            for (const Made& made : event.matches()) {
                reference.match(made);
                stored.match(made);
            }
            if (random.chance(restarts)) {
                stored.restart();
            }
        }
        reference.close_all();
        stored.close_all();
        ASSERT_EQ(sorted(stored.firings()), sorted(reference.firings));
        ASSERT_FALSE(HasFailure());
        tally.add(*rules, reference.firings);
    }
    tally.check();
}

}  // namespace
}  // namespace spoor::sigma
