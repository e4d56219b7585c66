// What correlations keep at most (R21), and when they forget groups and hosts (R9), by example.
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

TEST(CorrelationBounds, R21TheGroupSilentLongestGoes) {
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

TEST(CorrelationBounds, R21TheOrderOfSilenceOutlivesARestart) {
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

TEST(CorrelationBounds, R21AWindowLosesItsOldestValues) {
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

TEST(CorrelationBounds, R21OfManyGroupsTheOneSilentLongestGoesForItsValues) {
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

TEST(CorrelationBounds, R21DecidedAtCloseAWindowTakesNoMore) {
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

TEST(CorrelationBounds, R21DecidedAtCloseOneMoreThanIsNamedIsSeen) {
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

TEST(CorrelationBounds, R21TheBoundOfValuesOutlivesARestart) {
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
TEST(CorrelationBounds, R21WhatIsLeftComesBack) {
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

TEST(CorrelationBounds, R21StepsThatNoneFollowsAreBounded) {
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

TEST(CorrelationBounds, R21OnlyAsManyMatchesAsAreNeeded) {
    Bench b(one(event_count, 1, {{gte, 5}}));
    for (int i = 0; i < 10'000; ++i) {
        b.match({i * 0.001, 0});
    }
    EXPECT_LT(b.runtime.state_bytes(*b.state), 20'000U);
    EXPECT_EQ(b.found.firings.size(), 1U);
    EXPECT_EQ(b.found.firings[0].value, 5);
}

TEST(CorrelationBounds, GroupsThatCanHaveNoEffectAreForgotten) {
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

TEST(CorrelationBounds, R9HostsThatTheirPartitionOutlivesAreForgotten) {
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

TEST(CorrelationBounds, R9HostsThatComeAndGoTakeTheSamePlaces) {
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

TEST(CorrelationBounds, R9AForgottenHostBeginsAnew) {
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

TEST(CorrelationBounds, R9AMatchMayMoveTheClockAndOthersAreForgotten) {
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

TEST(CorrelationBounds, R9AHostWithAnOpenWindowIsNotForgotten) {
    CorrelationOptions options;
    options.host_memory = 10;
    Bench b(one(event_count, 1, {{lt, 2}}), Placement::within_host, options);
    b.match({0, 0});
    b.event(0, "other", 1000);
    (void)b.changed();
    EXPECT_EQ(b.event(61, "h", 2000), 1U);
}

}  // namespace
}  // namespace spoor::sigma
