#include "schedule/world.hpp"

#include "base/clock.hpp"
#include "behavior/behavior.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/faults.hpp"
#include "pipeline/pipeline.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace spoor::schedule {

using pipeline::Pipeline;

namespace {

std::string event_json(Random& random, std::int64_t second, std::size_t partition) {
    const std::string host =
        fmt::format("h{}", random.below(3) + 2 * partition);  // some hosts in two partitions
    const Timestamp time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} +
                         std::chrono::seconds{second}};
    if (random.chance(0.1)) {
        return fmt::format(
            R"({{"entity":"{}","cpu_usage_mean":0.93,"disk_io_mean":0.2,"timestamp":"{}"}})",
            host,
            format_time(time));
    }
    return fmt::format(
        R"({{"host":"{}","event_type":"process","process_name":"p{}","timestamp":"{}"}})",
        host,
        random.below(9),
        format_time(time));
}

ScriptedRecord make_record(Random& random, std::int64_t second, std::size_t partition) {
    ScriptedRecord record;
    const double kind = random.uniform();
    if (kind < 0.05) {
        record.bytes = "{\"host\": \"h1\", truncated";
    } else if (kind < 0.08) {
        record.bytes = "";
    } else if (kind < 0.14) {
        record.bytes = fmt::format("[{},{{\"bad\" 1}},{}]",
                                   event_json(random, second, partition),
                                   event_json(random, second, partition));
    } else if (kind < 0.18) {
        record.bytes = event_json(random, second, partition) + "\n" +
                       event_json(random, second + 1, partition) + "\n";
    } else {
        record.bytes = event_json(random, second, partition);
    }
    return record;
}

}  // namespace

pipeline::ContentPtr content() {
    static const pipeline::ContentPtr all = [] {
        auto c = std::make_shared<pipeline::Content>();
        c->detectors.push_back(
            make_counting_detector(std::chrono::seconds{60}, std::chrono::seconds{10}));
        c->detectors.push_back(behavior::make_threshold_rule({}));
        // Its windows, late events and rows are counted and restored like everybody's.
        c->detectors.push_back(behavior::make_baselines(
            {std::chrono::seconds{60}, std::chrono::hours{24}, 0.6, std::chrono::seconds{10}}));
        return c;
    }();
    return all;
}

std::vector<ScriptedBroker> make_world(Random random) {
    std::vector<ScriptedBroker> brokers(1 + random.below(2));
    for (std::size_t b = 0; b < brokers.size(); ++b) {
        brokers[b].name = fmt::format("broker{}", b);
        brokers[b].partitions.resize(1 + random.below(3));
        brokers[b].committed.assign(brokers[b].partitions.size(), -1);
        for (std::size_t p = 0; p < brokers[b].partitions.size(); ++p) {
            std::int64_t second = 0;
            for (std::uint64_t n = 5 + random.below(40); n > 0; --n) {
                second += random.chance(0.1) ? random.between(40, 200) : random.between(0, 12);
                const std::int64_t jitter = random.chance(0.15) ? random.between(-150, 40) : 0;
                brokers[b].partitions[p].push_back(
                    make_record(random, std::max<std::int64_t>(second + jitter, 0), p));
            }
        }
    }
    return brokers;
}

Remains remains_of(store::MemoryStore& store) {
    Remains r;
    for (const auto& a : store.alerts()) {
        r.alerts[a.id] += a.json;  // twice in the log would show
    }
    for (const alert::DeadLetter& l : store.dead_letters()) {
        r.letters[l.ref] += l.reason + '|' + l.detail + '|' + l.payload;
    }
    const store::Checkpoint checkpoint = store.load().value();
    for (const auto& w : checkpoint.watermarks) {
        r.watermarks[w.partition] = w.newest;
    }
    r.counters = checkpoint.counters;
    return r;
}

config::Pipeline options_for(int shards, std::uint64_t epoch_records) {
    config::Pipeline options;
    options.shards = shards;
    options.queue_bytes = 2048;
    options.epoch_records = epoch_records;
    return options;
}

// What should be found: never with a planted fault.
Remains inline_run(std::vector<ScriptedBroker> brokers, std::uint64_t seed) {
    const pipeline::Fault planted = pipeline::plant(pipeline::Fault::none);
    ManualClock clock;
    OriginTable origins;
    store::MemoryStore store;
    pipeline::PipelineParts parts;
    parts.clock = &clock;
    parts.origins = &origins;
    parts.content = content();
    parts.store = &store;
    for (ScriptedBroker& b : brokers) {
        parts.sources.push_back(std::make_unique<ScriptedSource>(
            b, origins, Random(seed).fork("inline"), [](const Position&) {}));
    }
    Pipeline pipeline(options_for(1, 0), std::move(parts));
    (void)pipeline.start().value();
    pipeline::run_inline_to_end(pipeline, nullptr, false);
    pipeline::plant(planted);
    return remains_of(store);
}

}  // namespace spoor::schedule
