#include "source/kafka_start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace spoor::source {
namespace {

using ::testing::HasSubstr;

StartFacts known(std::optional<std::int64_t> checkpoint, std::optional<std::int64_t> committed) {
    StartFacts facts;
    facts.checkpoint = checkpoint;
    facts.committed = committed;
    facts.low = 10;
    facts.high = 100;
    return facts;
}

TEST(KafkaStart, TheCheckpointWinsOverAnOlderCommit) {
    const auto start = choose_start(known(50, 40));
    ASSERT_TRUE(start);
    EXPECT_EQ(start->next, 50);
    EXPECT_FALSE(start->drop_state);
    EXPECT_EQ(start->reason, "");
}

TEST(KafkaStart, AnEqualCommitChangesNothing) {
    const auto start = choose_start(known(50, 50));
    EXPECT_EQ(start->next, 50);
    EXPECT_FALSE(start->drop_state);
}

TEST(KafkaStart, ACommitAheadOfTheCheckpointDropsTheState) {
    const auto start = choose_start(known(50, 51));
    EXPECT_EQ(start->next, 51);
    EXPECT_TRUE(start->drop_state);
    EXPECT_THAT(start->reason, HasSubstr("worked on elsewhere"));
}

TEST(KafkaStart, WithoutACheckpointTheCommitCounts) {
    EXPECT_EQ(choose_start(known(std::nullopt, 30))->next, 30);
}

TEST(KafkaStart, WithNeitherItIsAsConfigured) {
    auto facts = known(std::nullopt, std::nullopt);
    EXPECT_EQ(choose_start(facts)->next, 10);
    facts.latest = true;
    EXPECT_EQ(choose_start(facts)->next, 100);
    facts.high.reset();
    EXPECT_FALSE(choose_start(facts)) << "nothing is known: wait";
}

TEST(KafkaStart, RetentionLossIsAGapAndKeepsTheState) {
    const auto start = choose_start(known(4, std::nullopt));
    EXPECT_EQ(start->next, 10);
    EXPECT_EQ(start->gap, 6U);
    EXPECT_FALSE(start->drop_state);
    EXPECT_THAT(start->reason, HasSubstr("records 4 to 9 are gone"));
}

TEST(KafkaStart, APositionBehindTheEndMeansTruncation) {
    const auto start = choose_start(known(101, std::nullopt));
    EXPECT_EQ(start->next, 100);
    EXPECT_TRUE(start->truncated);
    EXPECT_EQ(start->gap, 0U);
}

TEST(KafkaStart, ThePositionAtTheEndIsFine) {
    const auto start = choose_start(known(100, 100));
    EXPECT_EQ(start->next, 100);
    EXPECT_FALSE(start->truncated);
}

TEST(KafkaStart, AnUnknownRangeIsNotChecked) {
    StartFacts facts;
    facts.checkpoint = 5;
    EXPECT_EQ(choose_start(facts)->next, 5);
}

// Whatever is known: reading starts inside the broker's range, never before both known positions
// unless the partition was cut, and what is skipped is either the gap or work done elsewhere.
TEST(KafkaStart, StartsInRangeAndCountsWhatItSkips) {
    EXPECT_TRUE(rc::check([] {
        const auto small = rc::gen::inRange<std::int64_t>(0, 50);
        const auto maybe = [&]() -> std::optional<std::int64_t> {
            return *rc::gen::arbitrary<bool>() ? std::optional(*small) : std::nullopt;
        };
        StartFacts facts;
        facts.low = *small;
        facts.high = *facts.low + *small;
        facts.checkpoint = maybe();
        facts.committed = maybe();
        facts.latest = *rc::gen::arbitrary<bool>();
        const auto start = choose_start(facts);
        RC_ASSERT(start.has_value());
        RC_ASSERT(start->next >= *facts.low && start->next <= *facts.high);
        RC_ASSERT(start->drop_state ==
                  (facts.checkpoint && facts.committed && *facts.committed > *facts.checkpoint));
        if (facts.checkpoint && !start->drop_state && !start->truncated) {
            RC_ASSERT(start->next == *facts.checkpoint + static_cast<std::int64_t>(start->gap));
        }
    }));
}

}  // namespace
}  // namespace spoor::source
