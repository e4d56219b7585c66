// The pipeline with its real threads leaves what one thread leaves, whatever the number of shards
// and wherever it was cut off. Small queues make every hand-off wait now and then.
#include "base/clock.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/pump.hpp"
#include "schedule/scripted.hpp"
#include "store/memory_store.hpp"
#include "support/process.hpp"

#include <fmt/core.h>
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

using schedule::ScriptedBroker;
using schedule::ScriptedServer;
using schedule::ScriptedSink;
using schedule::ScriptedSource;

constexpr std::size_t num_partitions = 3;
constexpr int num_records = 2000;  // a partition

ContentPtr content() {
    static const ContentPtr all = [] {
        auto c = std::make_shared<Content>();
        c->detectors.push_back(
            schedule::make_counting_detector(std::chrono::seconds{60}, std::chrono::seconds{10}));
        return c;
    }();
    return all;
}

ScriptedBroker make_broker() {
    ScriptedBroker broker;
    broker.name = "broker";
    broker.partitions.resize(num_partitions);
    broker.committed.assign(num_partitions, -1);
    Random random(11);
    for (auto& partition : broker.partitions) {
        Timestamp time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
        for (int i = 0; i < num_records; ++i) {
            time += std::chrono::seconds{random.between(0, 4)};
            partition.push_back(
                {i % 97 == 96
                     ? std::string("{\"cut")
                     : fmt::format(R"({{"host":"h{}","event_type":"process","timestamp":"{}"}})",
                                   random.below(40),
                                   format_time(time)),
                 no_time});
        }
    }
    return broker;
}

struct Remains {
    std::map<std::string, std::string> alerts;
    std::map<std::string, std::string> letters;

    friend bool operator==(const Remains&, const Remains&) = default;
};

Remains remains_of(const store::MemoryStore& store) {
    Remains r;
    for (const auto& a : store.alerts()) {
        r.alerts[a.id] += a.json;
    }
    for (const alert::DeadLetter& l : store.dead_letters()) {
        r.letters[l.ref] += l.reason + '|' + l.payload;
    }
    return r;
}

// One life of a pipeline over a broker and a store that outlive it.
class Life {
public:
    Life(ScriptedBroker& broker, store::MemoryStore& store, int shards) {
        PipelineParts parts;
        parts.clock = &clock_;
        parts.origins = &origins_;
        parts.content = content();
        parts.store = &store;
        parts.pump_bell = &pump_bell_;
        parts.sources.push_back(std::make_unique<ScriptedSource>(
            broker, origins_, Random(5), [](const Position& /*position*/) {}));
        config::Pipeline options;
        options.shards = shards;
        options.queue_bytes = 16'384;
        options.epoch_records = 300;
        pipeline_ = std::make_unique<Pipeline>(options, std::move(parts));
    }

    [[nodiscard]] Pipeline& pipeline() { return *pipeline_; }

    [[nodiscard]] Doorbell& pump_bell() { return pump_bell_; }

    [[nodiscard]] const Clock& clock() const { return clock_; }

private:
    SystemClock clock_;
    OriginTable origins_;
    Doorbell pump_bell_;
    std::unique_ptr<Pipeline> pipeline_;
};

const Remains& expected() {
    static const Remains remains = [] {
        ScriptedBroker broker = make_broker();
        store::MemoryStore store;
        Life life(broker, store, 1);
        EXPECT_TRUE(life.pipeline().start().has_value());
        run_inline_to_end(life.pipeline(), nullptr, false);
        return remains_of(store);
    }();
    return remains;
}

// As the program does it: a watcher looks whether all is read, then asks for the final marker.
[[nodiscard]] bool run_to_end(ThreadDriver& driver, Pipeline& pipeline) {
    const bool read =
        test::wait_until(std::chrono::seconds(120), [&] { return pipeline.intake().at_end(); });
    pipeline.intake().request_stop(false);
    return read && test::wait_until(std::chrono::seconds(60), [&] { return driver.finished(); });
}

class PipelineThreads : public ::testing::TestWithParam<int> {};

TEST_P(PipelineThreads, LeaveWhatOneThreadLeaves) {
    ASSERT_GT(expected().alerts.size(), 100U);
    ASSERT_EQ(expected().letters.size(), num_partitions * (num_records / 97));
    ScriptedBroker broker = make_broker();
    store::MemoryStore store;
    Life life(broker, store, GetParam());
    ASSERT_TRUE(life.pipeline().start().has_value());
    {
        ThreadDriver driver(life.pipeline(), nullptr, nullptr);
        ASSERT_TRUE(run_to_end(driver, life.pipeline()));
    }
    EXPECT_TRUE(remains_of(store) == expected());
    EXPECT_EQ(broker.committed, std::vector<std::int64_t>(num_partitions, num_records));
    const auto use = life.pipeline().queue_use();
    EXPECT_LE(use.high_water, 2 * use.limit);  // one record may be larger than what is left
}

TEST_P(PipelineThreads, CutOffAnywhereAndGoneOnLeaveTheSame) {
    ScriptedBroker broker = make_broker();
    store::MemoryStore store;
    std::uint64_t num_cut = 0;
    for (std::uint64_t life_number = 1; life_number <= 6; ++life_number) {
        Life life(broker, store, life_number % 2 == 0 ? 1 : GetParam());
        ASSERT_TRUE(life.pipeline().start().has_value());
        ThreadDriver driver(life.pipeline(), nullptr, nullptr);
        if (life_number == 6) {
            ASSERT_TRUE(run_to_end(driver, life.pipeline()));
            break;
        }
        const std::uint64_t before = store.load().value().epoch;
        ASSERT_TRUE(test::wait_until(std::chrono::seconds(60), [&] {
            return store.load().value().epoch >= before + 2 || life.pipeline().intake().at_end();
        }));
        driver.abandon();
        ++num_cut;
    }
    EXPECT_EQ(num_cut, 5U);
    EXPECT_TRUE(remains_of(store) == expected());
}

TEST_P(PipelineThreads, ThePumpFeedsASinkBesides) {
    ScriptedBroker broker = make_broker();
    store::MemoryStore store;
    ScriptedServer server;
    Life life(broker, store, GetParam());
    std::vector<std::unique_ptr<sink::Sink>> sinks;
    sinks.push_back(std::make_unique<ScriptedSink>(server, Random(3)));
    Pump pump(PumpLinks{&life.clock(), &store, &store, store.store_id(), {}}, std::move(sinks), 1);
    ASSERT_TRUE(life.pipeline().start().has_value());
    {
        ThreadDriver driver(life.pipeline(), &pump, &life.pump_bell());
        ASSERT_TRUE(run_to_end(driver, life.pipeline()));
        const std::uint64_t last = store.last_sequence().value();
        EXPECT_TRUE(test::wait_until(std::chrono::seconds(60),
                                     [&] { return store.cursor(server.name).value() == last; }));
    }
    EXPECT_EQ(server.alerts, expected().alerts);
    EXPECT_EQ(server.num_duplicates, 0U);
}

INSTANTIATE_TEST_SUITE_P(Shards, PipelineThreads, ::testing::Values(1, 3));

}  // namespace
}  // namespace spoor::pipeline
