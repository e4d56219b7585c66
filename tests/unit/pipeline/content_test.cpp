// Contents that change while a pipeline runs inline, and the partitions that hold its watermark.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/pipeline.hpp"
#include "schedule/scripted.hpp"
#include "schedule/scripted_content.hpp"
#include "store/memory_store.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace spoor::pipeline {
namespace {

using schedule::make_content;
using schedule::ScriptedBroker;
using schedule::ScriptedSource;
using std::chrono::seconds;

class ContentTest : public ::testing::Test {
protected:
    ContentTest() {
        set_log_level(LogLevel::off);
        broker_.name = "b";
        broker_.partitions.resize(2);
        broker_.committed.assign(2, -1);
        for (int minute = 0; minute < 10; ++minute) {
            broker_.partitions[0].push_back(record("busy", minute));
        }
        broker_.partitions[1].push_back(record("quiet", 0));
        broker_.ends = {1, 1};
    }

    static schedule::ScriptedRecord record(std::string_view host, int minute) {
        return {fmt::format(
                    R"({{"host":"{}","event_type":"process","timestamp":"{}"}})",
                    host,
                    format_time(Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} +
                                          std::chrono::minutes{minute}})),
                no_time};
    }

    void start(ContentPtr content) {
        PipelineParts parts;
        parts.clock = &clock_;
        parts.origins = &origins_;
        parts.content = std::move(content);
        parts.store = &store_;
        parts.sources.push_back(std::make_unique<ScriptedSource>(
            broker_, origins_, Random(5), [](const Position& /*position*/) {}));
        config::Pipeline options;
        options.shards = 2;
        pipeline_ = std::make_unique<Pipeline>(options, std::move(parts));
        const auto restored = pipeline_->start();
        ASSERT_TRUE(restored);
        restored_ = *restored;
    }

    // Rounds until there is nothing to do, `seconds_later`.
    void go_on(int seconds_later) {
        clock_.advance(seconds{seconds_later});
        int idle = 0;
        run_inline(*pipeline_, nullptr, [&](bool worked) {
            idle = worked ? 0 : idle + 1;
            return idle < 20;
        });
    }

    [[nodiscard]] std::size_t num_correlated() const {
        std::size_t n = 0;
        for (const auto& a : store_.alerts()) {
            n += a.rule_id == schedule::cross_name ? 1U : 0U;
        }
        return n;
    }

    ScriptedBroker broker_;
    ManualClock clock_;
    OriginTable origins_;
    store::MemoryStore store_;
    std::unique_ptr<Pipeline> pipeline_;
    Restored restored_;
};

TEST_F(ContentTest, ComesIntoForceWithoutInputAndIsStored) {
    start(make_content("one", "a"));
    go_on(2);
    EXPECT_EQ(pipeline_->keeper().stats().content, "one");
    pipeline_->intake().request_content(make_content("two", "a"));
    pipeline_->intake().request_content(make_content("three", "ab"));
    const std::uint64_t epoch = pipeline_->keeper().stats().epoch;
    go_on(0);
    EXPECT_EQ(pipeline_->keeper().stats().epoch, epoch + 1);  // the last asked for, in one marker
    EXPECT_EQ(pipeline_->keeper().stats().content, "three");
    pipeline_.reset();
    start(make_content("four", "ab"));
    EXPECT_EQ(restored_.content, "three");
    EXPECT_EQ(pipeline_->keeper().stats().content, "four");
}

TEST_F(ContentTest, RowsOfWhatIsGoneAreDeleted) {
    start(make_content("one", "ab"));
    go_on(2);
    const auto has_row = [&](std::string_view detector, std::string_view entity) {
        for (const alert::StateRow& row : store_.rows()) {
            if (row.detector == detector && row.entity == entity) {
                return true;
            }
        }
        return false;
    };
    broker_.partitions[1].push_back(record("quiet", 4));
    broker_.ends = {4, 2};
    go_on(2);
    go_on(2);  // the epoch is old enough now
    EXPECT_TRUE(has_row(schedule::cross_name, "a"));
    pipeline_->intake().request_content(make_content("two", "b"));
    go_on(0);
    EXPECT_FALSE(has_row(schedule::cross_name, "a"));
    EXPECT_TRUE(has_row(schedule::cross_name, "b"));
    EXPECT_TRUE(has_row(schedule::tally_name, "busy"));
    // Whole detectors and correlators go with all their rows.
    auto bare = std::make_shared<Content>(*make_content("three", "b"));
    bare->correlators.clear();
    std::erase_if(bare->detectors, [](const auto& d) { return d->name() == schedule::tally_name; });
    pipeline_->intake().request_content(bare);
    go_on(0);
    EXPECT_FALSE(has_row(schedule::cross_name, "b"));
    EXPECT_FALSE(has_row(schedule::tally_name, "busy"));
    EXPECT_FALSE(has_row(store::own_rows, "watermark"));
    EXPECT_TRUE(has_row("counting", "busy"));
    // A start without what a stored part needs deletes it too.
    pipeline_.reset();
    start(make_content("four", "b"));
    EXPECT_EQ(restored_.num_unreadable_rows, 0U);
}

TEST_F(ContentTest, APartitionAtItsEndHoldsTheWatermarkUntilItIsIdle) {
    start(make_content("one", "a"));
    go_on(2);
    broker_.ends = {9, 1};
    go_on(2);
    EXPECT_EQ(num_correlated(), 0U);  // the quiet one is at minute 0, and spoke just now
    broker_.ends = {10, 1};
    go_on(11);
    EXPECT_GT(num_correlated(), 5U);
}

TEST_F(ContentTest, WhatWasFoundGoesOnWhenOthersFallIdle) {
    start(make_content("one", "a"));
    go_on(2);
    broker_.ends = {10, 1};
    go_on(8);
    EXPECT_EQ(num_correlated(), 0U);
    const std::uint64_t epoch = pipeline_->keeper().stats().epoch;
    go_on(4);  // the quiet one is idle now, the busy one is not yet
    go_on(2);
    EXPECT_GT(pipeline_->keeper().stats().epoch, epoch);
    EXPECT_GT(num_correlated(), 5U);
}

}  // namespace
}  // namespace spoor::pipeline
