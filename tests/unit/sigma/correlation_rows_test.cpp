// Rows of correlation state: what a reload keeps and drops, what a broken row does, and partitions
// that go.
#include "unit/sigma/correlation_rules.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using namespace testing;
using enum Bound::Op;
using enum CorrelationType;

constexpr Duration minute = std::chrono::minutes{1};

std::shared_ptr<RuleSet> two_counts(bool within_host) {
    const auto set = make_rules(1);
    add_correlation(*set, event_count, {of_rule(0)}, minute, {{gte, 2}}, within_host);
    add_correlation(*set, value_count, {of_rule(0)}, minute, {{gte, 2}}, within_host);
    return set;
}

void offer(const CorrelationRuntime& runtime,
           CorrelationState& state,
           OriginTable& origins,
           const Made& made,
           Correlated& found) {
    runtime.offer(signal_of(made, origins), origins, state, found);
}

std::vector<alert::StateRow> rows_of(const CorrelationRuntime& runtime,
                                     CorrelationState& state,
                                     const OriginTable& origins) {
    std::vector<alert::StateRow> rows;
    runtime.collect_changed(origins, "sigma", state, rows);
    return rows;
}

class CorrelationRows : public ::testing::TestWithParam<Placement> {
protected:
    [[nodiscard]] bool within_host() const { return GetParam() == Placement::within_host; }
};

INSTANTIATE_TEST_SUITE_P(Placements,
                         CorrelationRows,
                         ::testing::Values(Placement::within_host, Placement::correlator));

TEST_P(CorrelationRows, AReloadKeepsWhatIsUnchanged) {
    OriginTable origins;
    Correlated found;
    const auto old_rules = two_counts(within_host());
    const CorrelationRuntime before(old_rules, GetParam(), {});
    const auto old_state = before.make_state();
    offer(before, *old_state, origins, {0, 0, "g", "x"}, found);

    // The second correlation changed; a rule and a correlation came in front, and a field.
    const auto rules = make_rules(2);
    std::swap(rules->rules[0].meta.id, rules->rules[1].meta.id);
    add_correlation(*rules, event_count, {of_rule(1)}, minute, {{gte, 9}}, within_host());
    add_correlation(*rules, event_count, {of_rule(1)}, minute, {{gte, 2}}, within_host());
    add_correlation(*rules, value_count, {of_rule(1)}, minute, {{gte, 2}}, within_host());
    rules->correlations[0].meta.id = "new";
    rules->correlations[1].meta.id = "c0";
    rules->correlations[2].meta.id = "c1";
    rules->correlations[2].meta.version = "0000000000000002";
    const CorrelationRuntime after(rules, GetParam(), {});
    const auto state = after.make_state();
    std::vector<alert::StateRow> rows;
    before.collect_all(origins, "sigma", *old_state, rows);
    std::size_t num_unwanted = 0;
    for (const alert::StateRow& row : rows) {
        num_unwanted += after.wants(row) ? 0U : 1U;
        EXPECT_TRUE(after.restore(row, origins, *state));
    }
    EXPECT_EQ(num_unwanted, within_host() ? 0U : 1U);
    EXPECT_EQ(after.take_counts(*state).groups_dropped, 1U);

    offer(after, *state, origins, {1, 1, "g", "y"}, found);
    ASSERT_EQ(found.firings.size(), 1U);
    EXPECT_EQ(found.firings[0].correlation, 1U);
    EXPECT_EQ(found.firings[0].num_members, 2U);
}

TEST_P(CorrelationRows, WhatIsDroppedLeavesTheStoreToo) {
    OriginTable origins;
    Correlated found;
    const CorrelationRuntime before(two_counts(within_host()), GetParam(), {});
    const auto old_state = before.make_state();
    offer(before, *old_state, origins, {0, 0, "g", "x"}, found);
    const auto rules = two_counts(within_host());
    rules->correlations[1].meta.version = "0000000000000002";
    const CorrelationRuntime after(rules, GetParam(), {});
    const auto state = after.make_state();
    for (const alert::StateRow& row : rows_of(before, *old_state, origins)) {
        EXPECT_TRUE(after.restore(row, origins, *state));
    }
    const auto rows = rows_of(after, *state, origins);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].bytes.empty(), !within_host());
}

TEST_P(CorrelationRows, BrokenRowsAreRefusedAndChangeNothing) {
    OriginTable origins;
    Correlated found;
    const auto rules = two_counts(within_host());
    const CorrelationRuntime runtime(rules, GetParam(), {});
    const auto old_state = runtime.make_state();
    offer(runtime, *old_state, origins, {0, 0, "g", "x"}, found);
    for (const alert::StateRow& row : rows_of(runtime, *old_state, origins)) {
        for (std::size_t cut = 0; cut < row.bytes.size(); ++cut) {
            const auto state = runtime.make_state();
            alert::StateRow broken = row;
            broken.bytes.resize(cut);
            // Cut between two correlations a host's row is one of fewer.
            if (runtime.restore(broken, origins, *state)) {
                EXPECT_TRUE(within_host());
                continue;
            }
            EXPECT_TRUE(rows_of(runtime, *state, origins).empty());
            EXPECT_TRUE(runtime.restore(row, origins, *state));
        }
        const auto state = runtime.make_state();
        alert::StateRow longer = row;
        longer.bytes += '\0';
        EXPECT_FALSE(runtime.restore(longer, origins, *state));
        EXPECT_TRUE(runtime.restore(row, origins, *state));
        EXPECT_FALSE(runtime.restore(row, origins, *state)) << "twice";
    }
}

TEST_P(CorrelationRows, OnlyChangedRows) {
    OriginTable origins;
    Correlated found;
    const CorrelationRuntime runtime(two_counts(within_host()), GetParam(), {});
    const auto state = runtime.make_state();
    offer(runtime, *state, origins, {0, 0, "g", "x"}, found);
    offer(runtime, *state, origins, {1, 0, "other", "x", "i"}, found);
    EXPECT_GT(runtime.changed_bytes(*state), 0U);
    EXPECT_EQ(rows_of(runtime, *state, origins).size(), within_host() ? 2U : 4U);
    EXPECT_EQ(runtime.changed_bytes(*state), 0U);
    EXPECT_TRUE(rows_of(runtime, *state, origins).empty());
    offer(runtime, *state, origins, {2, 0, "other", "y", "i"}, found);
    EXPECT_EQ(rows_of(runtime, *state, origins).size(), within_host() ? 1U : 2U);
}

TEST(CorrelationRowsOfHosts, APartitionThatGoesTakesItsHosts) {
    OriginTable origins;
    Correlated found;
    const CorrelationRuntime runtime(two_counts(true), Placement::within_host, {});
    const auto state = runtime.make_state();
    Made made{0, 0, "g", "x"};
    offer(runtime, *state, origins, made, found);
    made.partition = "kafka:C/T/1";
    offer(runtime, *state, origins, made, found);
    runtime.drop_partition(origins.intern("kafka:C/T/0"), *state);
    const auto rows = rows_of(runtime, *state, origins);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].partition, "kafka:C/T/1");
    made.seconds = 1;
    made.value = "y";
    offer(runtime, *state, origins, made, found);
    EXPECT_EQ(found.firings.size(), 2U);
    made.partition = "kafka:C/T/0";
    offer(runtime, *state, origins, made, found);
    EXPECT_EQ(found.firings.size(), 2U);
}

TEST(CorrelationRowsOfHosts, APartitionThatGoesLeavesNoWordOfHostsThatWent) {
    OriginTable origins;
    Correlated found;
    CorrelationOptions options;
    options.host_memory = 0;
    const CorrelationRuntime runtime(two_counts(true), Placement::within_host, options);
    const auto state = runtime.make_state();
    const std::uint32_t partition = origins.intern("kafka:C/T/0");
    const auto event = [&](const char* host, std::int64_t position) {
        runtime.advance_host(
            {partition, partition, position, 0}, host, at(0), origins, *state, found);
    };
    event("h", 0);
    ASSERT_EQ(rows_of(runtime, *state, origins).size(), 1U);
    event("i", 1);
    ASSERT_EQ(rows_of(runtime, *state, origins).size(), 2U) << "one that is new, one that is gone";
    event("j", 2);  // and i goes
    runtime.drop_partition(partition, *state);
    EXPECT_TRUE(rows_of(runtime, *state, origins).empty());
}

TEST(CorrelationRowsOfHosts, TheClockOfAFileIsOfItsIncarnation) {
    OriginTable origins;
    Correlated found;
    const auto rules = two_counts(true);
    const CorrelationRuntime runtime(rules, Placement::within_host, {});
    const auto old_state = runtime.make_state();
    const EventRef ref{origins.intern("file:1111"), origins.intern("file:/var/log/x"), 500, 0};
    runtime.advance_host(ref, "h", at(100), origins, *old_state, found);
    const auto rows = rows_of(runtime, *old_state, origins);
    ASSERT_EQ(rows.size(), 1U);
    const auto late_after = [&](const char* origin) {
        OriginTable others;
        const auto state = runtime.make_state();
        EXPECT_TRUE(runtime.restore(rows[0], others, *state));
        MatchSignal match = signal_of({0, 0, "g", "x"}, others);
        match.ref = {others.intern(origin), others.intern("file:/var/log/x"), 501, 0};
        runtime.advance_host(match.ref, "h", match.time, others, *state, found);
        runtime.offer(match, others, *state, found);
        return runtime.take_counts(*state).late;
    };
    EXPECT_EQ(late_after("file:1111"), 2U);
    EXPECT_EQ(late_after("file:2222"), 0U) << "the file was rotated";
}

TEST(CorrelationRowsOfHosts, ARowOfAnotherFormatIsRefused) {
    OriginTable origins;
    Correlated found;
    const CorrelationRuntime runtime(two_counts(true), Placement::within_host, {});
    const auto written = runtime.make_state();
    offer(runtime, *written, origins, {0, 0, "g", "x"}, found);
    alert::StateRow row = rows_of(runtime, *written, origins)[0];
    const char format = row.bytes[0];
    for (const int other : {0, format - 1, format + 1, 255}) {
        row.bytes[0] = static_cast<char>(other);
        EXPECT_FALSE(runtime.restore(row, origins, *runtime.make_state())) << other;
    }
    row.bytes[0] = format;
    EXPECT_TRUE(runtime.restore(row, origins, *runtime.make_state()));
}

TEST(SignalCodecTest, NamesOutliveAReload) {
    OriginTable origins;
    const auto rules = two_counts(false);
    const MatchSignal match = signal_of({3, 0, "g", std::nullopt, "Host"}, origins);
    alert::Signal signal;
    SignalCodec(rules).write(match, signal);
    EXPECT_EQ(signal.host_key, "Host");
    EXPECT_EQ(signal.time, at(3));

    // Another order of rules and fields.
    const auto later = std::make_shared<RuleSet>();
    later->rules.resize(1);
    later->rules.push_back(rules->rules[0]);
    later->rules[1].carried.clear();
    for (const char* name : {"new", "value", "group"}) {
        later->rules[1].carried.push_back(later->fields.intern(name, {name}));
    }
    MatchSignal back;
    ASSERT_TRUE(SignalCodec(later).read(signal, back));
    EXPECT_EQ(back.rule, 1U);
    EXPECT_EQ(back.host(), "Host");
    EXPECT_FALSE(back.value(0));
    EXPECT_FALSE(back.value(1));
    EXPECT_EQ(back.value(2), "g");

    later->rules[1].meta.version = "0000000000000002";
    EXPECT_FALSE(SignalCodec(later).read(signal, back)) << "the rule changed";
    signal.bytes.pop_back();
    EXPECT_FALSE(SignalCodec(rules).read(signal, back));
}

}  // namespace
}  // namespace spoor::sigma
