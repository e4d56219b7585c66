// The correlators' stage by itself: order, lateness, what is held and stored, what a swap leaves.
// What any interleaving does to it is tests/schedule's.
#include "pipeline/correlator_stage.hpp"

#include "pipeline/held_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::pipeline {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Timestamp at(int second) {
    return Timestamp{seconds{1'000'000 + second}};
}

// Gives an alert for each signal, "W" and the time for each watermark, and "end" at the end; counts
// signals in a row.
class Recorder final : public alert::Correlator {
public:
    struct State final : alert::CorrelatorState {
        int count = 0;
        bool changed = false;
    };

    explicit Recorder(std::string name = "recorder", bool wants_rows = true)
        : name_(std::move(name)), wants_rows_(wants_rows) {}

    [[nodiscard]] std::string_view name() const override { return name_; }

    [[nodiscard]] std::uint32_t state_version() const override { return 1; }

    [[nodiscard]] std::unique_ptr<alert::CorrelatorState> make_state() const override {
        return std::make_unique<State>();
    }

    void inspect(std::span<const alert::Signal> signals,
                 const OriginTable& /*origins*/,
                 alert::CorrelatorState& state,
                 alert::Findings& out) const override {
        for (const alert::Signal& s : signals) {
            say(s.bytes, out);
            ++static_cast<State&>(state).count;
            static_cast<State&>(state).changed = true;
        }
    }

    void advance(Timestamp watermark,
                 const OriginTable& /*origins*/,
                 alert::CorrelatorState& /*state*/,
                 alert::Findings& out) const override {
        const auto second = std::chrono::floor<seconds>(watermark).time_since_epoch().count();
        say("W" + std::to_string(second - 1'000'000), out);
    }

    void collect_changed(const OriginTable& origins,
                         alert::CorrelatorState& state,
                         std::vector<alert::StateRow>& out) const override {
        if (std::exchange(static_cast<State&>(state).changed, false)) {
            collect_all(origins, state, out);
        }
    }

    void collect_all(const OriginTable& /*origins*/,
                     const alert::CorrelatorState& state,
                     std::vector<alert::StateRow>& out) const override {
        out.push_back(
            {name_, 1, "", "count", std::to_string(static_cast<const State&>(state).count)});
    }

    [[nodiscard]] bool wants(const alert::StateRow& /*row*/) const override { return wants_rows_; }

    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& /*origins*/,
                               alert::CorrelatorState& state) const override {
        static_cast<State&>(state).count = std::stoi(row.bytes);
        return true;
    }

    void close_windows(const OriginTable& /*origins*/,
                       alert::CorrelatorState& /*state*/,
                       alert::Findings& out) const override {
        say("end", out);
    }

    [[nodiscard]] std::size_t state_bytes(const alert::CorrelatorState& /*state*/) const override {
        return 0;
    }

private:
    static void say(std::string what, alert::Findings& out) {
        alert::Alert a;
        a.summary = std::move(what);
        out.alerts.push_back(std::move(a));
    }

    const std::string name_;
    const bool wants_rows_;
};

class StageTest : public ::testing::Test {
protected:
    StageTest() { restart({std::make_shared<Recorder>()}); }

    // A new process over the same rows.
    void restart(const Correlators& correlators, std::size_t max_held_bytes = 1U << 20U) {
        stage_ = std::make_unique<CorrelatorStage>(
            origins_,
            correlators,
            CorrelatorStage::Options{seconds{10}, seconds{60}, max_held_bytes});
        for (const auto& [key, row] : rows_) {
            if (row.detector == store::own_rows) {
                EXPECT_TRUE(stage_->restore_own(row));
            }
        }
        stage_->restored();
    }

    EventRef ref(const std::string& partition, std::int64_t position) {
        const std::uint32_t number = origins_.intern(partition);
        return {number, number, position, 0};
    }

    // An event of the partition; with `bytes` one that gives a signal.
    void event(const std::string& partition,
               std::int64_t position,
               int second,
               std::string bytes = {}) {
        std::vector<ClockStep> steps = {{ref(partition, position), clock_of(at(second))}};
        std::vector<alert::Signal> signals;
        if (!bytes.empty()) {
            signals.push_back({"d", at(second), ref(partition, position), "h", std::move(bytes)});
        }
        stage_->take(signals, steps);
        Timestamp& newest = now_.try_emplace(partition, at(second)).first->second;
        newest = std::max(newest, at(second));
    }

    // What the correlators said.
    std::vector<std::string> end_epoch(const std::vector<std::string>& partitions,
                                       bool close = false,
                                       std::vector<alert::Signal> closing = {}) {
        Marker marker;
        marker.close_windows = close;
        marker.spoken = {"source"};
        marker.awaited = awaited_;
        for (const std::string& p : partitions) {
            marker.clocks.push_back(origins_.intern(p));
        }
        open_ = {};
        stage_->end_epoch({marker, closing, before_, now_, monotonic_}, open_);
        before_ = now_;
        return keep();
    }

    std::vector<std::string> keep() {
        for (const alert::StateRow& row : open_.rows) {
            if (row.bytes.empty()) {
                rows_.erase(row.entity);
            } else {
                rows_[row.entity] = row;
            }
        }
        std::vector<std::string> said;
        for (const alert::Alert& a : open_.alerts) {
            said.push_back(a.summary);
        }
        return said;
    }

    [[nodiscard]] std::size_t num_held_rows() const {
        return static_cast<std::size_t>(
            std::count_if(rows_.begin(), rows_.end(), [](const auto& r) {
                return r.first.starts_with("held/");
            }));
    }

    OriginTable origins_;
    std::unique_ptr<CorrelatorStage> stage_;
    Newest before_;
    Newest now_;
    Duration monotonic_{0};
    std::vector<std::string> awaited_;
    store::Epoch open_;
    std::map<std::string, alert::StateRow> rows_;  // the store's, by entity
};

TEST_F(StageTest, TakesPartitionsInOrderBehindTheLowestClock) {
    event("a", 1, 0, "a0");
    event("a", 2, 30, "a30");
    event("b", 1, 20, "b20");
    EXPECT_THAT(end_epoch({"a", "b"}), ElementsAre("a0", "W10"));
    event("b", 2, 5 + 10, "b15");  // later in its partition, and not late
    event("b", 3, 45, "b45");
    EXPECT_THAT(end_epoch({"a", "b"}), ElementsAre("b15", "W20"));  // not what is at the watermark
    event("a", 3, 60);
    EXPECT_THAT(end_epoch({"a", "b"}), ElementsAre("b20", "a30", "W35"));
    EXPECT_EQ(stage_->num_held(), 1U);
    EXPECT_EQ(num_held_rows(), 1U);
}

TEST_F(StageTest, EqualTimesAreInTheOrderOfTheirRecords) {
    event("a", 1000, 0, "second");
    event("a", 99, 0, "first");
    event("A", 2000, 0, "another origin");
    EXPECT_THAT(end_epoch({"a", "A"}, true),
                ElementsAre("W-10", "another origin", "first", "second", "end"));
}

TEST_F(StageTest, IsLateWhereItsPartitionHadPassedIt) {
    event("a", 1, 0);
    event("a", 5, 100);
    event("a", 6, 89, "late");
    event("a", 7, 90, "at the edge");
    event("a", 3, 2, "of another shard, before the clock rose");
    EXPECT_THAT(
        end_epoch({"a"}, true),
        ElementsAre("of another shard, before the clock rose", "W90", "at the edge", "end"));
    EXPECT_EQ(open_.counters.get("correlation.late"), 1U);
    EXPECT_EQ(open_.counters.get("correlation.signals"), 3U);
}

TEST_F(StageTest, WhatIsHeldSurvivesARestartAndIsSeenOnce) {
    event("a", 1, 0, "a0");
    event("a", 2, 12, "a12");
    event("b", 1, 11, "b11");
    EXPECT_THAT(end_epoch({"a", "b"}), ElementsAre("a0", "W1"));
    restart({std::make_shared<Recorder>()});
    EXPECT_EQ(stage_->num_held(), 2U);
    event("b", 2, 22);
    event("a", 3, 30);
    EXPECT_THAT(end_epoch({"a", "b"}), ElementsAre("b11", "W12"));
    EXPECT_EQ(num_held_rows(), 1U);  // the other of the two is in it
    restart({std::make_shared<Recorder>()});
    EXPECT_EQ(stage_->num_held(), 1U);
    event("b", 3, 40);
    EXPECT_THAT(end_epoch({"a", "b"}), ElementsAre("a12", "W20"));
    EXPECT_EQ(num_held_rows(), 0U);
}

TEST_F(StageTest, APartitionThatIsLeftOutHoldsNothingAndComesBackLate) {
    event("quiet", 1, 0);
    event("a", 1, 50, "a50");
    event("a", 2, 100);
    EXPECT_THAT(end_epoch({"quiet", "a"}), ElementsAre("W-10"));
    EXPECT_THAT(end_epoch({"a"}), ElementsAre("a50", "W90"));
    event("quiet", 2, 60, "too late");
    event("quiet", 3, 95, "in time");
    EXPECT_THAT(end_epoch({"quiet", "a"}), IsEmpty());
    EXPECT_EQ(open_.counters.get("correlation.late"), 1U);
    EXPECT_THAT(end_epoch({}), IsEmpty());  // silence never advances it
    EXPECT_THAT(end_epoch({"quiet", "a"}, true), ElementsAre("in time", "end"));
}

TEST_F(StageTest, WaitsForASourceOnceInTheLifeOfItsStore) {
    awaited_ = {"other"};
    event("a", 1, 100, "a100");
    event("a", 2, 200);
    EXPECT_THAT(end_epoch({"a"}), IsEmpty());
    awaited_ = {};
    EXPECT_THAT(end_epoch({"a"}), ElementsAre("a100", "W190"));
    restart({std::make_shared<Recorder>()});
    awaited_ = {"source"};  // it spoke before
    event("a", 3, 300);
    EXPECT_THAT(end_epoch({"a"}), ElementsAre("W290"));
}

TEST_F(StageTest, APartitionWithoutEventTimesHoldsOnlyForAWhile) {
    event("a", 1, 0, "a0");
    event("a", 2, 100);
    EXPECT_THAT(end_epoch({"timeless", "a"}), IsEmpty());
    monotonic_ = seconds{60};
    EXPECT_THAT(end_epoch({"timeless", "a"}), ElementsAre("a0", "W90"));
}

TEST_F(StageTest, HoldsNoMoreThanItMay) {
    restart({std::make_shared<Recorder>()}, 4000);
    event("b", 0, 0);
    for (int i = 0; i < 100; ++i) {
        event("a", i, i, std::to_string(i));
    }
    const std::vector<std::string> said = end_epoch({"a", "b"});
    EXPECT_EQ(said[1], "0");  // behind the watermark of -10
    EXPECT_EQ(open_.counters.get("correlation.released_early") + stage_->num_held(), 100U);
    EXPECT_LT(stage_->num_held() * sizeof(alert::Signal), 4000U);
    EXPECT_GT(stage_->num_held(), 1U);
    event("b", 1, 3, "behind");
    (void)end_epoch({"a", "b"});
    EXPECT_EQ(open_.counters.get("correlation.late"), 1U);
}

TEST_F(StageTest, WhatWindowsGaveAtTheEndComesBehindAllElse) {
    event("a", 1, 50, "a50");
    std::vector<alert::Signal> closing = {{"d", at(2), ref("a", 0), "h", "closed second"},
                                          {"d", at(1), ref("a", 0), "h", "closed first"}};
    EXPECT_THAT(end_epoch({"a"}, true, std::move(closing)),
                ElementsAre("W40", "a50", "closed first", "closed second", "end"));
}

TEST_F(StageTest, ASwapCarriesStateOrDeletesItsRows) {
    event("a", 1, 0, "a0");
    event("a", 2, 100);
    (void)end_epoch({"a"});
    EXPECT_EQ(rows_.at("count").bytes, "1");
    stage_->swap({std::make_shared<Recorder>()}, open_);
    event("a", 3, 101, "a101");
    event("a", 4, 200);
    (void)end_epoch({"a"});
    EXPECT_EQ(rows_.at("count").bytes, "2");
    open_ = {};
    stage_->swap({std::make_shared<Recorder>("recorder", false)}, open_);
    EXPECT_EQ(open_.counters.get("state_rows_unowned"), 1U);
    (void)keep();
    EXPECT_FALSE(rows_.contains("count"));
}

TEST_F(StageTest, WithoutCorrelatorsNothingIsHeld) {
    event("a", 1, 0, "a0");
    (void)end_epoch({"a"});
    EXPECT_EQ(num_held_rows(), 1U);
    open_ = {};
    stage_->swap({}, open_);
    (void)keep();
    EXPECT_EQ(open_.counters.get("correlation.forgotten"), 1U);
    EXPECT_THAT(rows_, IsEmpty());
    event("a", 2, 1, "a1");
    EXPECT_THAT(end_epoch({"a"}), IsEmpty());
    EXPECT_EQ(stage_->num_held(), 0U);
}

TEST_F(StageTest, BlocksReadBackAndBrokenOnesDoNot) {
    std::vector<alert::Signal> signals = {
        {"sigma",
         at(3),
         {origins_.intern("file:f00"), origins_.intern("file:/x"), 77, 2},
         "h",
         "b"},
        {"sigma", at(-5), ref("kafka:C/T/0", 1LL << 40U), std::string("h\0x", 3), ""}};
    const std::vector<const alert::Signal*> views = {&signals[0], &signals[1]};
    const std::string bytes = encode_held(views, origins_);
    OriginTable others;
    (void)others.intern("something else");
    std::vector<alert::Signal> back;
    ASSERT_TRUE(decode_held(bytes, others, back));
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(others.ref(back[0].ref), origins_.ref(signals[0].ref));
    EXPECT_EQ(others.text(back[0].ref.partition), "file:/x");
    EXPECT_EQ(back[0].detector, "sigma");
    EXPECT_EQ(back[1].time, signals[1].time);
    EXPECT_EQ(back[1].ref.position, signals[1].ref.position);
    EXPECT_EQ(back[1].host_key, signals[1].host_key);
    EXPECT_EQ(back[1].bytes, "");
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        EXPECT_FALSE(decode_held(bytes.substr(0, n), others, back)) << n;
    }
    EXPECT_FALSE(decode_held(bytes + "x", others, back));
    EXPECT_EQ(back.size(), 2U);
}

}  // namespace
}  // namespace spoor::pipeline
