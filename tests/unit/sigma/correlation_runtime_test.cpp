// Correlations by example, row by row of docs/sigma-semantics.md. What all types do in any order is
// the differential test's; what is bounded or forgotten is in correlation_bounds_test.cpp.
#include "unit/sigma/correlation_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum Bound::Op;
using enum CorrelationType;

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
