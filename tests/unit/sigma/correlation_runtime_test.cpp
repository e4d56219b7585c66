// Correlations by example, row by row of docs/sigma-semantics.md. What all types do in any order is
// the differential test's.
#include "unit/sigma/correlation_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum Bound::Op;
using enum CorrelationType;

constexpr Duration minute = std::chrono::minutes{1};

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

std::shared_ptr<RuleSet> one(CorrelationType type,
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

TEST(CorrelationRuntime, R6BothEndsOfTheWindowAreInIt) {
    Bench b(one(event_count, 1, {{gte, 2}}));
    EXPECT_EQ(b.match({0, 0}), 0U);
    EXPECT_EQ(b.match({60, 0}), 1U);
    Bench c(one(event_count, 1, {{gte, 2}}));
    EXPECT_EQ(c.match({0, 0}), 0U);
    EXPECT_EQ(c.match({60.000001, 0}), 0U);
}

TEST(CorrelationRuntime, R7ALastingAttackIsToldOnceATimespan) {
    Bench b(one(event_count, 1, {{gte, 2}}));
    std::vector<double> fired;
    for (int s = 0; s <= 300; s += 10) {
        if (b.match({static_cast<double>(s), 0}) == 1) {
            fired.push_back(s);
        }
    }
    EXPECT_THAT(fired, ElementsAre(10, 80, 150, 220, 290));
}

TEST(CorrelationRuntime, R7IsArmedByAMatchAtWhichItDoesNotHold) {
    Bench b(one(value_sum, 1, {{gte, 10}}));
    EXPECT_EQ(b.match({0, 0, "g", "10"}), 1U);
    EXPECT_EQ(b.match({1, 0, "g", "1"}), 0U);
    EXPECT_EQ(b.match({2, 0, "g", "-5"}), 0U);
    EXPECT_EQ(b.match({3, 0, "g", "5"}), 1U);
}

TEST(CorrelationRuntime, R8IsJudgedByTheFirstEventBehindTheWindow) {
    Bench b(one(event_count, 1, {{lt, 3}}));
    b.match({0, 0});
    b.match({10, 0});
    EXPECT_EQ(b.event(60), 0U) << "the end is in the window";
    EXPECT_EQ(b.event(60, "other"), 0U) << "another host's clock";
    EXPECT_EQ(b.event(60.000001), 1U);
    EXPECT_EQ(b.found.firings[0].time, at(10)) << "R10";
    EXPECT_EQ(b.found.firings[0].opened, at(0));
    EXPECT_EQ(b.found.firings[0].value, 2);
    EXPECT_EQ(b.event(1000), 0U) << "no event, no window";
}

TEST(CorrelationRuntime, R8ALaterMatchOpensTheNext) {
    Bench b(one(event_count, 1, {{eq, 1}}));
    b.match({0, 0});
    EXPECT_EQ(b.match({61, 0}), 1U);
    EXPECT_EQ(b.event(122), 1U);
}

TEST(CorrelationRuntime, R9OtherGroupsAreJudgedByTheWatermark) {
    Bench b(one(event_count, 1, {{lt, 3}}, minute, false), Placement::correlator);
    b.in_order({0, 0});
    b.runtime.advance(at(60), b.origins, *b.state, b.found);
    EXPECT_THAT(b.found.firings, IsEmpty());
    b.runtime.advance(at(60.000001), b.origins, *b.state, b.found);
    EXPECT_EQ(b.found.firings.size(), 1U);
}

TEST(CorrelationRuntime, R9TheEndOfAllInputClosesAllWindows) {
    Bench b(one(event_count, 1, {{lt, 3}}));
    b.match({0, 0, "x"});
    b.match({5, 0, "y"});
    b.runtime.close_all(b.origins, *b.state, b.found);
    ASSERT_EQ(b.found.firings.size(), 2U);
    EXPECT_THAT(b.found.firings[0].group, ElementsAre("x"));
    EXPECT_THAT(b.found.firings[1].group, ElementsAre("y"));
}

TEST(CorrelationRuntime, R2GroupsAreFoldedAndToldAsWritten) {
    Bench b(one(event_count, 1, {{gte, 2}}));
    b.match({0, 0, "ÄNNA"});
    EXPECT_EQ(b.match({1, 0, "änna"}), 1U);
    EXPECT_THAT(b.found.firings[0].group, ElementsAre("ÄNNA"));
}

TEST(CorrelationRuntime, R3R12R13UncountedByReason) {
    Bench b(one(value_sum, 1, {{gte, 3}}));
    b.match({0, 0, std::nullopt, "5"});
    b.match({1, 0, "g", std::nullopt});
    b.match({2, 0, "g", "0x10"});
    b.match({3, 0, "g", "1e999"});
    EXPECT_THAT(b.found.firings, IsEmpty());
    EXPECT_EQ(b.match({4, 0, "g", "3"}), 1U);
    const CorrelationCounts counts = b.runtime.take_counts(*b.state);
    EXPECT_EQ(counts.no_group, 1U);
    EXPECT_EQ(counts.no_value, 3U);
    EXPECT_EQ(b.runtime.take_counts(*b.state).no_value, 0U) << "taken";
}

TEST(CorrelationRuntime, R12TuplesOfValues) {
    const auto set = one(value_count, 1, {{gte, 3}});
    set->correlations[0].value_fields = {"value", "other"};
    set->correlations[0].readings[0].values = {value_place, other_place};
    Bench b(set);
    Made made{0, 0, "g", "a"};
    made.other = "b";
    EXPECT_EQ(b.match(made), 0U);
    made.other = "B";
    EXPECT_EQ(b.match(made), 0U);
    made.value = "ab";
    made.other = "";
    EXPECT_EQ(b.match(made), 0U);
    made.value = "a";
    EXPECT_EQ(b.match(made), 1U) << "a, and nothing: not ab, and nothing";
    EXPECT_EQ(b.found.firings[0].members[0].value, "a, b");
}

TEST(CorrelationRuntime, R13IntegersAreExact) {
    Bench b(one(value_sum, 1, {{gt, 9007199254740992.0}}));
    EXPECT_EQ(b.match({0, 0, "g", "9007199254740992"}), 0U);
    EXPECT_EQ(b.match({1, 0, "g", "1"}), 1U);
}

TEST(CorrelationRuntime, R13RealsDoNotDrift) {
    Bench c(one(value_sum, 1, {{gte, 0.3}}, std::chrono::seconds{2}));
    for (int i = 0; i < 1000; ++i) {
        c.match({static_cast<double>(i), 0, "g", i % 2 == 0 ? "1e15" : "-1e15"});
    }
    EXPECT_EQ(c.match({1010, 0, "g", "0.1"}), 0U);
    EXPECT_EQ(c.match({1011, 0, "g", "0.1"}), 0U);
    EXPECT_EQ(c.match({1012, 0, "g", "0.1"}), 1U);
}

TEST(CorrelationRuntime, R14LateMatchesAreCounted) {
    Bench b(one(event_count, 1, {{gte, 2}}));
    b.event(100);
    EXPECT_EQ(b.match({90, 0}), 0U);
    EXPECT_EQ(b.match({89.999999, 0}), 0U) << "late";
    EXPECT_EQ(b.match({91, 0}), 1U);
    EXPECT_EQ(b.runtime.take_counts(*b.state).late, 1U);
}

TEST(CorrelationRuntime, R14AFiringMayComeWithAnOlderEvent) {
    Bench b(one(event_count, 1, {{gte, 2}}));
    Made newer{100, 0};
    newer.position = 7;
    b.match(newer);
    Made older{95, 0};
    older.position = 8;
    ASSERT_EQ(b.match(older), 1U);
    EXPECT_EQ(b.found.firings[0].time, at(100));
    EXPECT_EQ(b.found.firings[0].newest.position, 7);
    EXPECT_EQ(b.found.firings[0].trigger.position, 8);
}

TEST(CorrelationRuntime, R16OneEventStandsForOneStep) {
    Bench b(one(temporal_ordered, 2, {}));
    EXPECT_EQ(b.match({0, 0}), 0U);
    EXPECT_EQ(b.match({0, 1}), 0U) << "the same ref";
    Made later{0, 1};
    later.position = 1;
    EXPECT_EQ(b.match(later), 1U) << "equal time, a later ref (R22)";
}

TEST(CorrelationRuntime, R16TheWholeChainIsToldOfAnyLength) {
    Bench b(one(temporal_ordered, 4, {}));
    for (std::uint32_t i = 0; i < 4; ++i) {
        Made made{static_cast<double>(i * 10), i};
        made.position = i;
        b.match(made);
    }
    ASSERT_EQ(b.found.firings.size(), 1U);
    ASSERT_EQ(b.found.firings[0].members.size(), 4U);
    for (std::uint32_t i = 0; i < 4; ++i) {
        EXPECT_EQ(b.found.firings[0].members[i].ref.position, i);
        EXPECT_EQ(b.found.firings[0].members[i].input, i);
    }
}

TEST(CorrelationRuntime, R17AbsenceIsDecidedAtClose) {
    const auto set = one(temporal, 2, {});
    set->correlations[0].boolean =
        join(InputCondition::Kind::all, {input(0), join(InputCondition::Kind::negate, {input(1)})});
    set->correlations[0].decided_at_close = true;
    Bench b(set);
    b.match({0, 1});
    EXPECT_EQ(b.event(100), 0U) << "a rule behind `not` opens nothing";
    b.match({100, 0});
    EXPECT_EQ(b.event(161), 1U);
    b.match({200, 0});
    b.match({210, 1});
    EXPECT_EQ(b.event(300), 0U);
}

TEST(CorrelationRuntime, R18ChainsWithinOneCall) {
    const auto set = one(event_count, 1, {{gte, 2}});
    Correlation& above =
        add_correlation(*set, temporal, {of_rule(0), of_correlation(0)}, minute, {{gte, 2}});
    above.group_by = {"group"};
    Bench b(set);
    b.match({0, 0});
    ASSERT_EQ(b.match({1, 0}), 2U);
    EXPECT_EQ(b.found.firings[0].correlation, 0U);
    EXPECT_EQ(b.found.firings[1].correlation, 1U);
    EXPECT_EQ(b.found.firings[1].num_members, 2U);
}

TEST(CorrelationRuntime, R18FiringsOfAHostGoOnToTheCorrelator) {
    const auto set = one(event_count, 1, {{lt, 5}});
    add_correlation(*set, event_count, {of_correlation(0)}, minute, {{gte, 2}}, false);
    Bench shard(set);
    Bench correlator(set, Placement::correlator);
    EXPECT_TRUE(shard.runtime.takes(0));
    EXPECT_FALSE(correlator.runtime.takes(0)) << "only what a shard finds";
    const SignalCodec codec(set);
    Made one_host{0, 0};
    Made other_host{20, 0};
    other_host.host = "other";
    shard.match(one_host);
    shard.match(other_host);
    shard.event(500, "h");
    shard.event(600, "other");
    ASSERT_EQ(shard.found.onward.size(), 2U);
    for (const MatchSignal& match : shard.found.onward) {
        alert::Signal signal;
        codec.write(match, signal);
        MatchSignal back;
        ASSERT_TRUE(codec.read(signal, back));
        EXPECT_EQ(signal.time, match.known) << "in the order in which they became known";
        correlator.runtime.offer(back, shard.origins, *correlator.state, correlator.found);
    }
    EXPECT_EQ(shard.found.onward[0].known, at(500));
    ASSERT_EQ(correlator.found.firings.size(), 1U);
    EXPECT_EQ(correlator.found.firings[0].time, at(20)) << "R10";
    EXPECT_EQ(correlator.found.firings[0].host, "other");
}

TEST(CorrelationRuntime, R20EachCountsOnItsOwn) {
    const auto set = one(event_count, 1, {{gte, 2}});
    add_correlation(*set, event_count, {of_rule(0)}, minute, {{gte, 3}});
    Bench b(set);
    b.match({0, 0});
    EXPECT_EQ(b.match({1, 0}), 1U);
    EXPECT_EQ(b.match({2, 0}), 1U);
}

TEST(CorrelationRuntime, R21TheGroupSilentLongestGoes) {
    CorrelationOptions options;
    options.max_groups = 2;
    Bench b(one(event_count, 1, {{gte, 2}}), Placement::within_host, options);
    b.match({0, 0, "a"});
    b.match({1, 0, "b"});
    b.match({2, 0, "a"});  // fires
    b.match({3, 0, "c"});  // b goes
    EXPECT_EQ(b.match({4, 0, "b"}), 0U) << "a goes";
    EXPECT_EQ(b.match({5, 0, "c"}), 1U);
    EXPECT_EQ(b.runtime.take_counts(*b.state).groups_evicted, 2U);
}

TEST(CorrelationRuntime, R21TheOrderOfSilenceOutlivesARestart) {
    CorrelationOptions options;
    options.max_groups = 3;
    const auto set = one(event_count, 1, {{gte, 2}}, minute, false);
    Bench b(set, Placement::correlator, options);
    b.in_order({0, 0, "c"});
    b.in_order({1, 0, "a"});
    b.in_order({2, 0, "b"});
    Bench again(set, Placement::correlator, options);
    for (const alert::StateRow& row : b.changed()) {
        ASSERT_TRUE(again.runtime.restore(row, again.origins, *again.state));
    }
    again.in_order({3, 0, "d"});  // c goes
    EXPECT_EQ(again.in_order({4, 0, "a"}), 1U);
    EXPECT_EQ(again.in_order({5, 0, "b"}), 1U);
    EXPECT_EQ(again.in_order({6, 0, "c"}), 0U);
}

TEST(CorrelationRuntime, R21AWindowLosesItsOldestValues) {
    CorrelationOptions options;
    options.max_values = 4;  // two of a window
    Bench sum(one(value_sum, 1, {{gte, 100}}), Placement::within_host, options);
    sum.match({0, 0, "g", "60"});
    sum.match({1, 0, "g", "1"});
    EXPECT_EQ(sum.match({2, 0, "g", "50"}), 0U) << "of 60, 1, 50 the first is gone";
    EXPECT_EQ(sum.match({3, 0, "g", "50"}), 1U);
    EXPECT_EQ(sum.found.firings[0].num_members, 2U);
    EXPECT_EQ(sum.found.firings[0].members.size(), 2U);
    EXPECT_EQ(sum.found.firings[0].first, at(2));
    EXPECT_EQ(sum.runtime.take_counts(*sum.state).values_evicted, 2U);

    Bench count(one(value_count, 1, {{gte, 3}}), Placement::within_host, options);
    count.match({0, 0, "g", "a"});
    count.match({1, 0, "g", "b"});
    EXPECT_EQ(count.match({2, 0, "g", "c"}), 1U) << "what the condition names has room";
    count.match({3, 0, "g", "d"});
    EXPECT_EQ(count.runtime.take_counts(*count.state).values_evicted, 0U) << "and one more";
    count.match({4, 0, "g", "e"});
    EXPECT_EQ(count.runtime.take_counts(*count.state).values_evicted, 1U);
}

TEST(CorrelationRuntime, R21OfManyGroupsTheOneSilentLongestGoesForItsValues) {
    CorrelationOptions options;
    options.max_values = 8;  // four of a window
    Bench b(one(value_count, 1, {{gte, 3}}), Placement::within_host, options);
    for (const auto& [second, group, value] : {std::tuple(0, "x", "1"),
                                               {1, "x", "2"},
                                               {2, "y", "1"},
                                               {3, "y", "2"},
                                               {4, "z", "1"},
                                               {5, "z", "2"},
                                               {6, "y", "1"}}) {
        EXPECT_EQ(b.match({static_cast<double>(second), 0, group, value}), 0U);
    }
    EXPECT_EQ(b.match({7, 0, "z", "3"}), 1U);
    EXPECT_EQ(b.match({8, 0, "z", "4"}), 0U);
    EXPECT_EQ(b.match({9, 0, "y", "3"}), 1U);  // nine: x goes
    EXPECT_EQ(b.match({10, 0, "x", "3"}), 0U) << "1 and 2 went with it";
    for (int s = 11; s < 30; ++s) {  // one that is noisy takes its half
        b.match({static_cast<double>(s), 0, "z", std::to_string(s)});
    }
    const CorrelationCounts counts = b.runtime.take_counts(*b.state);
    EXPECT_EQ(counts.groups_evicted, 1U);
    EXPECT_EQ(counts.values_evicted, 19U);
}

TEST(CorrelationRuntime, R21DecidedAtCloseAWindowTakesNoMore) {
    CorrelationOptions options;
    options.max_values = 6;
    Bench b(one(value_median, 1, {{lt, 10}}), Placement::within_host, options);
    for (const auto& [second, number] :
         {std::pair(0, "1"), {1, "2"}, {2, "3"}, {3, "90"}, {4, "91"}}) {
        b.match({static_cast<double>(second), 0, "g", number});
    }
    EXPECT_EQ(b.event(61), 1U);
    EXPECT_EQ(b.found.firings[0].value, 2);
    EXPECT_EQ(b.runtime.take_counts(*b.state).values_evicted, 2U);
}

TEST(CorrelationRuntime, R21DecidedAtCloseOneMoreThanIsNamedIsSeen) {
    CorrelationOptions options;
    options.max_values = 1;
    for (const auto& [bound, fires] :
         {std::pair(Bound{eq, 3}, 0U), {Bound{neq, 3}, 1U}, {Bound{lte, 3}, 0U}}) {
        Bench b(one(value_count, 1, {bound}), Placement::within_host, options);
        for (int i = 0; i < 7; ++i) {
            b.match({static_cast<double>(i), 0, "g", std::string(1, static_cast<char>('a' + i))});
        }
        b.match({7, 0, "g", "b"});  // known: it takes no room
        EXPECT_EQ(b.runtime.take_counts(*b.state).values_evicted, 3U);
        EXPECT_EQ(b.event(61), fires);
        if (fires > 0) {
            EXPECT_EQ(b.found.firings[0].time, at(7)) << "R10";
        }
    }
}

TEST(CorrelationRuntime, R21TheBoundOfValuesOutlivesARestart) {
    CorrelationOptions options;
    options.max_values = 8;
    const auto set = one(value_count, 1, {{gte, 3}}, minute, false);
    Bench b(set, Placement::correlator, options);
    int second = 0;
    for (const char* group : {"x", "y", "z", "w"}) {
        b.in_order({static_cast<double>(second++), 0, group, "1"});
        b.in_order({static_cast<double>(second++), 0, group, "2"});
    }
    Bench again(set, Placement::correlator, options);
    for (const alert::StateRow& row : b.changed()) {
        ASSERT_TRUE(again.runtime.restore(row, again.origins, *again.state));
    }
    EXPECT_EQ(again.in_order({8, 0, "y", "3"}), 1U);  // x goes
    EXPECT_EQ(again.in_order({9, 0, "x", "3"}), 0U);
    EXPECT_EQ(again.runtime.take_counts(*again.state).groups_evicted, 1U);
}

// Rows say what the window holds, also after it lost some; its memory goes with a burst.
TEST(CorrelationRuntime, R21WhatIsLeftComesBack) {
    CorrelationOptions options;
    options.max_values = 10'000;
    for (const CorrelationType type : {value_count, value_sum, value_median}) {
        const auto set = one(type, 1, {{gte, 1e9}}, minute, false);
        Bench b(set, Placement::correlator, options);
        for (int i = 0; i < 7000; ++i) {
            b.in_order({i * 0.001, 0, "g", std::to_string(i)});
        }
        const std::size_t most = b.runtime.state_bytes(*b.state);
        EXPECT_EQ(b.runtime.take_counts(*b.state).values_evicted, type == value_count ? 0U : 2000U);
        b.in_order({70, 0, "g", "1"});
        b.in_order({71, 0, "g", "2"});
        EXPECT_LT(b.runtime.state_bytes(*b.state), most / 3);
        Bench again(set, Placement::correlator, options);
        for (const alert::StateRow& row : b.changed()) {
            ASSERT_TRUE(again.runtime.restore(row, again.origins, *again.state));
        }
    }
}

TEST(CorrelationRuntime, R21StepsThatNoneFollowsAreBounded) {
    CorrelationOptions options;
    options.max_values = 16;
    options.lateness = minute;
    Bench b(one(temporal_ordered, 2, {}), Placement::within_host, options);
    for (int s = 0; s < 30; ++s) {
        b.match({static_cast<double>(s), 0});
    }
    EXPECT_EQ(b.runtime.take_counts(*b.state).values_evicted, 22U);
    EXPECT_EQ(b.match({30, 1}), 1U) << "the newest are still there";
    EXPECT_EQ(b.found.firings[0].first, at(29));
}

TEST(CorrelationRuntime, R21OnlyAsManyMatchesAsAreNeeded) {
    Bench b(one(event_count, 1, {{gte, 5}}));
    for (int i = 0; i < 10'000; ++i) {
        b.match({i * 0.001, 0});
    }
    EXPECT_LT(b.runtime.state_bytes(*b.state), 20'000U);
    EXPECT_EQ(b.found.firings.size(), 1U);
    EXPECT_EQ(b.found.firings[0].value, 5);
}

TEST(CorrelationRuntime, EvidenceIsBounded) {
    Bench b(one(event_count, 1, {{gte, 250}}));
    for (int i = 0; i < 250; ++i) {
        Made made{i * 0.1, 0};
        made.position = i;
        b.match(made);
    }
    ASSERT_EQ(b.found.firings.size(), 1U);
    const Firing& firing = b.found.firings[0];
    EXPECT_EQ(firing.num_members, 250U);
    ASSERT_EQ(firing.members.size(), Firing::max_members);
    EXPECT_EQ(firing.members.front().ref.position, 150);
    EXPECT_EQ(firing.members.back().ref.position, 249);
    EXPECT_EQ(firing.first, at(0));
    EXPECT_EQ(firing.last, at(24.9));
}

TEST(CorrelationRuntime, GroupsThatCanHaveNoEffectAreForgotten) {
    Bench b(one(event_count, 1, {{gte, 2}}, minute, false), Placement::correlator);
    b.in_order({0, 0});
    ASSERT_EQ(b.changed().size(), 1U);
    b.runtime.advance(at(60), b.origins, *b.state, b.found);
    EXPECT_THAT(b.changed(), IsEmpty());
    b.runtime.advance(at(61), b.origins, *b.state, b.found);
    const auto rows = b.changed();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].bytes, "");
    // One that comes and goes between two epochs leaves no row, one that comes back has one.
    b.in_order({100, 0, "brief"});
    b.in_order({200, 0});
    const auto more = b.changed();
    ASSERT_EQ(more.size(), 1U);
    EXPECT_EQ(more[0].entity, rows[0].entity);
    EXPECT_NE(more[0].bytes, "");
}

std::string host_name(std::size_t i) {
    return "a host of many, " + std::to_string(i);
}

TEST(CorrelationRuntime, R9HostsThatTheirPartitionOutlivesAreForgotten) {
    CorrelationOptions options;
    options.host_memory = 10'000;
    Bench b(one(event_count, 1, {{lt, 2}}), Placement::within_host, options);
    constexpr std::size_t n = 3000;
    std::int64_t position = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Made made{0, 0, "g", "1", host_name(i)};
        made.position = position++;
        b.match(made);
        EXPECT_EQ(b.event(61, host_name(i), position++), 1U);
    }
    EXPECT_EQ(b.changed().size(), n);
    const std::size_t bytes = b.runtime.state_bytes(*b.state);
    // Not yet; then all of them, a part with each epoch.
    const auto memory = static_cast<std::int64_t>(options.host_memory);
    b.event(62, "last", memory);
    EXPECT_EQ(b.changed().size(), 1U);
    b.event(63, "last", position + memory);
    std::size_t num_gone = 0;
    for (int epoch = 0; epoch < 200; ++epoch) {
        for (const alert::StateRow& row : b.changed()) {
            num_gone += row.bytes.empty() ? 1U : 0U;
        }
        b.event(64 + epoch, "last", position + memory);
    }
    EXPECT_EQ(num_gone, n);
    EXPECT_LT(b.runtime.state_bytes(*b.state), bytes - 30 * n) << "their names are gone";
    std::vector<alert::StateRow> rows;
    b.runtime.collect_all(b.origins, "sigma", *b.state, rows);
    EXPECT_EQ(rows.size(), 1U);
}

TEST(CorrelationRuntime, R9HostsThatComeAndGoTakeTheSamePlaces) {
    CorrelationOptions options;
    options.host_memory = 100;
    Bench b(one(event_count, 1, {{lt, 2}}), Placement::within_host, options);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < 5000; ++i) {  // without an epoch between
        b.event(0, host_name(i), static_cast<std::int64_t>(i));
        bytes = i == 2000 ? b.runtime.state_bytes(*b.state) : bytes;
    }
    EXPECT_LE(b.runtime.state_bytes(*b.state), bytes);
    EXPECT_LE(b.changed().size(), 2 * options.host_memory + 2);
}

TEST(CorrelationRuntime, R9AForgottenHostBeginsAnew) {
    CorrelationOptions options;
    options.host_memory = 10;
    Bench b(one(event_count, 1, {{gte, 2}}), Placement::within_host, options);
    b.event(500);
    Made made{100, 0};
    made.position = 10;
    b.match(made);
    EXPECT_EQ(b.runtime.take_counts(*b.state).late, 1U) << "it is remembered";
    ASSERT_EQ(b.changed().size(), 1U);
    b.event(0, "other", 11);  // of the same shard or of none: nothing depends on it
    made.position = 11;
    EXPECT_EQ(b.match(made), 0U);
    made.seconds = 99;
    EXPECT_EQ(b.match(made), 1U);
    EXPECT_EQ(b.runtime.take_counts(*b.state).late, 0U);
    const auto rows = b.changed();
    ASSERT_EQ(rows.size(), 2U) << "written once each";
    EXPECT_NE(rows[0].bytes, "");
    EXPECT_NE(rows[1].bytes, "");
}

TEST(CorrelationRuntime, R9AMatchMayMoveTheClockAndOthersAreForgotten) {
    CorrelationOptions options;
    options.host_memory = 10;
    Bench b(one(event_count, 1, {{gte, 2}}), Placement::within_host, options);
    b.event(0, "other");
    Made made{1, 0};
    made.position = 100;
    EXPECT_EQ(b.in_order(made), 0U);
    EXPECT_EQ(b.in_order(made), 1U);
    EXPECT_EQ(b.changed().size(), 1U);
}

TEST(CorrelationRuntime, R9AHostWithAnOpenWindowIsNotForgotten) {
    CorrelationOptions options;
    options.host_memory = 10;
    Bench b(one(event_count, 1, {{lt, 2}}), Placement::within_host, options);
    b.match({0, 0});
    b.event(0, "other", 1000);
    (void)b.changed();
    EXPECT_EQ(b.event(61, "h", 2000), 1U);
}

TEST(CorrelationRuntime, WithoutATimeNothingIsTaken) {
    Bench b(one(event_count, 1, {{gte, 1}}));
    MatchSignal signal = signal_of({0, 0}, b.origins);
    signal.time = no_time;
    b.runtime.offer(signal, b.origins, *b.state, b.found);
    EXPECT_THAT(b.found.firings, IsEmpty());
    EXPECT_EQ(b.runtime.take_counts(*b.state).no_time, 1U);
}

}  // namespace
}  // namespace spoor::sigma
