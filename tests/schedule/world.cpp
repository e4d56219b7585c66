#include "schedule/world.hpp"

#include "base/clock.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/faults.hpp"
#include "pipeline/pipeline.hpp"
#include "schedule/scripted_content.hpp"

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
    for (const alert::StateRow& row : store.rows()) {
        if (row.detector == tally_name || row.detector == cross_name || row.entity == "watermark") {
            r.rows[row.detector + '|' + row.partition + '|' + row.entity] = row.bytes;
        }
    }
    return r;
}

config::Pipeline options_for(int shards, std::uint64_t epoch_records) {
    config::Pipeline options;
    options.shards = shards;
    options.queue_bytes = 2048;
    // Nobody is idle: which partitions are would depend on the pace.
    options.partition_idle = std::chrono::hours{10'000};
    options.epoch_records = epoch_records;
    return options;
}

namespace {

void set_ends(std::vector<ScriptedBroker>& brokers, const std::vector<Position>& positions) {
    for (ScriptedBroker& broker : brokers) {
        broker.ends.assign(broker.partitions.size(), 0);
        for (std::size_t p = 0; p < broker.partitions.size(); ++p) {
            for (const Position& position : positions) {
                if (position.partition == broker.partition_name(p)) {
                    broker.ends[p] = position.next;
                }
            }
        }
    }
}

// All that the brokers have up to their ends; then `content` is in force.
void run_to_cut(Pipeline& pipeline, const pipeline::ContentPtr& content) {
    bool requested = false;
    pipeline::run_inline(pipeline, nullptr, [&](bool worked) {
        pipeline.intake().refresh_health();
        if (!worked && !requested && pipeline.intake().at_end()) {
            pipeline.intake().request_content(content);
            requested = true;
        }
        return pipeline.keeper().stats().content != content->version;
    });
}

}  // namespace

Remains inline_run(std::vector<ScriptedBroker> brokers,
                   std::uint64_t seed,
                   const std::vector<Cut>& cuts,
                   bool close_windows) {
    const pipeline::Fault planted = pipeline::plant(pipeline::Fault::none);
    ManualClock clock;
    OriginTable origins;
    store::MemoryStore store;
    pipeline::PipelineParts parts;
    parts.clock = &clock;
    parts.origins = &origins;
    parts.content = cuts.front().content;
    parts.store = &store;
    for (ScriptedBroker& b : brokers) {
        b.committed.assign(b.partitions.size(), -1);
        parts.sources.push_back(std::make_unique<ScriptedSource>(
            b, origins, Random(seed).fork("inline"), [](const Position&) {}));
    }
    Pipeline pipeline(options_for(1, 0), std::move(parts));
    (void)pipeline.start().value();
    for (std::size_t i = 1; i < cuts.size(); ++i) {
        set_ends(brokers, cuts[i].positions);
        run_to_cut(pipeline, cuts[i].content);
    }
    for (ScriptedBroker& b : brokers) {
        b.ends.clear();
    }
    pipeline::run_inline_to_end(pipeline, nullptr, close_windows);
    pipeline::plant(planted);
    return remains_of(store);
}

}  // namespace spoor::schedule
