// The thread driver over scripted sources and sinks: what it finds equals the inline run's, for one
// to four shards, through a clean stop, and through being abandoned in mid stream and started
// again. Under TSan this is the test of the hand-offs.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/pump.hpp"
#include "schedule/schedule.hpp"
#include "schedule/scripted.hpp"
#include "schedule/scripted_content.hpp"
#include "schedule/world.hpp"
#include "store/memory_store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace spoor::schedule {
namespace {

using std::chrono::milliseconds;

// Looks every few milliseconds until it holds; false when the time is up.
bool wait_for(milliseconds timeout, const std::function<bool()>& condition) {
    const SystemClock clock;
    const Duration deadline = clock.monotonic() + timeout;
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (!condition()) {
        if (clock.monotonic() > deadline) {
            return false;
        }
        never.wait_for(lock, milliseconds{2});
    }
    return true;
}

struct Life {
    // The same in all that they find, so that it does not matter where one follows the other.
    pipeline::ContentPtr content = make_content("same", "ab");
    pipeline::ContentPtr other = make_content("same", "ab");
    SystemClock clock;
    OriginTable origins;
    pipeline::Doorbell pump_bell;
    std::unique_ptr<pipeline::Pipeline> pipeline;
    std::unique_ptr<pipeline::Pump> pump;

    Life(std::vector<ScriptedBroker>& brokers,
         ScriptedServer& server,
         store::MemoryStore& store,
         int shards,
         std::uint64_t seed) {
        pipeline::PipelineParts parts;
        parts.clock = &clock;
        parts.origins = &origins;
        parts.content = content;
        parts.store = &store;
        parts.pump_bell = &pump_bell;
        for (ScriptedBroker& b : brokers) {
            parts.sources.push_back(
                std::make_unique<ScriptedSource>(b, origins, Random(seed), [](const Position&) {}));
        }
        config::Pipeline options;
        options.shards = shards;
        options.queue_bytes = 4096;
        options.epoch_records = 7;
        options.partition_idle = std::chrono::hours{1};
        pipeline = std::make_unique<pipeline::Pipeline>(options, std::move(parts));
        EXPECT_TRUE(pipeline->start());
        std::vector<std::unique_ptr<sink::Sink>> sinks;
        sinks.push_back(std::make_unique<ScriptedSink>(server, Random(seed)));
        pump = std::make_unique<pipeline::Pump>(
            pipeline::PumpLinks{&clock, &store, &store, "store", {}}, std::move(sinks), seed);
    }
};

class Threads : public testing::TestWithParam<int> {
protected:
    void SetUp() override { set_log_level(LogLevel::off); }
};

TEST_P(Threads, FindWhatTheInlineRunFinds) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        std::vector<ScriptedBroker> brokers = make_world(Random(seed).fork("world"));
        const Remains expected = inline_run(brokers, seed, {{{}, make_content("same", "ab")}});
        store::MemoryStore store;
        ScriptedServer server;
        // A life that ends in mid stream, then one that ends cleanly.
        {
            Life run(brokers, server, store, GetParam(), seed);
            pipeline::ThreadDriver driver(*run.pipeline, run.pump.get(), &run.pump_bell);
            run.pipeline->intake().request_content(run.other);
            EXPECT_TRUE(
                wait_for(milliseconds{10'000}, [&] { return store.load().value().epoch >= 1; }));
            driver.abandon();
        }
        Life run(brokers, server, store, 1 + GetParam() % 4, seed + 1000);
        std::uint64_t swaps = 0;
        {
            pipeline::ThreadDriver driver(*run.pipeline, run.pump.get(), &run.pump_bell);
            EXPECT_TRUE(wait_for(milliseconds{20'000}, [&] {
                run.pipeline->intake().request_content(swaps++ % 2 == 0 ? run.other : run.content);
                return run.pipeline->intake().at_end();
            }));
            run.pipeline->intake().request_stop(false);
            EXPECT_TRUE(wait_for(milliseconds{20'000}, [&] { return driver.finished(); }));
            if (!driver.finished()) {
                driver.abandon();
            }
        }
        EXPECT_TRUE(wait_for(milliseconds{20'000}, [&] {
            (void)run.pump->step();
            return run.pump->drained();
        }));
        const Remains got = remains_of(store);
        EXPECT_EQ(difference(expected.alerts, got.alerts), "") << "seed " << seed;
        EXPECT_EQ(difference(expected.letters, got.letters), "") << "seed " << seed;
        EXPECT_EQ(difference(expected.rows, got.rows), "") << "seed " << seed;
        EXPECT_EQ(difference(expected.counters.all(), got.counters.all()), "") << "seed " << seed;
        EXPECT_EQ(difference(got.alerts, server.alerts), "") << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(Shards, Threads, testing::Values(1, 2, 4));

}  // namespace
}  // namespace spoor::schedule
