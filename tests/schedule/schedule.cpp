#include "schedule/schedule.hpp"

#include "base/clock.hpp"
#include "base/random.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/pump.hpp"
#include "schedule/scripted.hpp"
#include "schedule/world.hpp"
#include "store/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace spoor::schedule {

namespace {

using pipeline::Pipeline;
using pipeline::Progress;
using pipeline::Pump;

// ---- one schedule

class Schedule {
public:
    Schedule(std::uint64_t seed, bool keep_trace)
        : seed_(seed),
          random_(seed),
          keep_trace_(keep_trace),
          brokers_(make_world(Random(seed).fork("world"))),
          servers_(2) {
        servers_[0].name = "keeps";
        servers_[1].name = "plain";
        servers_[1].keeps_sequence = false;
    }

    Outcome run() {
        const Remains expected = inline_run(brokers_, seed_);
        build();
        const std::uint64_t trouble_steps = 40 + random_.below(400);
        while (outcome_.ok && outcome_.num_steps < trouble_steps) {
            step(true);
        }
        settle();
        if (outcome_.ok) {
            check_end(expected);
        }
        return outcome_;
    }

private:
    void note(std::string_view what, std::uint64_t n = 0) {
        if (keep_trace_) {
            fmt::format_to(std::back_inserter(outcome_.trace), "{} {}\n", what, n);
        }
    }

    void fail_with(std::string what) {
        if (outcome_.ok) {
            outcome_.ok = false;
            outcome_.failure = fmt::format("seed {}, step {}: {}", seed_, outcome_.num_steps, what);
        }
    }

    void build() {
        ++generation_;
        origins_ = std::make_unique<OriginTable>();
        pipeline::PipelineParts parts;
        parts.clock = &clock_;
        parts.origins = origins_.get();
        parts.content = content();
        parts.store = &store_;
        for (ScriptedBroker& b : brokers_) {
            parts.sources.push_back(std::make_unique<ScriptedSource>(
                b,
                *origins_,
                random_.fork(fmt::format("{}{}", b.name, generation_)),
                [this](const Position& p) { on_acknowledge(p); }));
        }
        const int shards = static_cast<int>(1 + random_.below(4));
        const std::uint64_t epoch_records = random_.chance(0.5) ? 3 + random_.below(20) : 0;
        note("build", static_cast<std::uint64_t>(shards));
        pipeline_ =
            std::make_unique<Pipeline>(options_for(shards, epoch_records), std::move(parts));
        if (const auto restored = pipeline_->start(); !restored) {
            fail_with("start: " + restored.error().detail);
        } else if (restored->num_unreadable_rows > 0) {
            fail_with("rows do not read back");
        }
        std::vector<std::unique_ptr<sink::Sink>> sinks;
        for (ScriptedServer& s : servers_) {
            sinks.push_back(std::make_unique<ScriptedSink>(
                s, random_.fork(fmt::format("{}{}", s.name, generation_))));
        }
        pump_ = std::make_unique<Pump>(
            pipeline::PumpLinks{&clock_, &store_, &store_, "store", {}}, std::move(sinks), seed_);
        stopping_ = false;
    }

    void kill() {
        note("kill");
        ++outcome_.num_kills;
        pipeline_.reset();
        pump_.reset();
        const auto checkpoint = store_.load().value();
        const bool begun = std::any_of(checkpoint.positions.begin(),
                                       checkpoint.positions.end(),
                                       [](const Position& p) { return p.next > 0; });
        outcome_.num_mid_stream_restores += begun && !all_read(checkpoint) ? 1U : 0U;
        build();
    }

    [[nodiscard]] bool all_read(const store::Checkpoint& checkpoint) const {
        std::size_t read = 0;
        std::size_t total = 0;
        for (const ScriptedBroker& b : brokers_) {
            for (const auto& p : b.partitions) {
                total += p.size();
            }
        }
        for (const Position& p : checkpoint.positions) {
            read += static_cast<std::size_t>(p.next);
        }
        return read == total;
    }

    void on_acknowledge(const Position& acknowledged) {
        const auto checkpoint = store_.load().value();
        for (const Position& committed : checkpoint.positions) {
            if (committed.partition == acknowledged.partition &&
                committed.next >= acknowledged.next) {
                return;
            }
        }
        if (acknowledged.next > 0) {
            fail_with(fmt::format("invariant 3: {} acknowledged at {} ahead of the commit",
                                  acknowledged.partition,
                                  acknowledged.next));
        }
    }

    // Invariant 4, from a reader's seat: what is there only changes together with the epoch, which
    // grows by one.
    void look() {
        const auto checkpoint = store_.load().value();
        const auto alerts = store_.last_sequence().value();
        const std::size_t letters = store_.dead_letters().size();
        if (checkpoint.epoch == seen_epoch_ &&
            (alerts != seen_alerts_ || letters != seen_letters_)) {
            fail_with("invariant 4: content changed within an epoch");
        }
        if (checkpoint.epoch < seen_epoch_ || checkpoint.epoch > seen_epoch_ + 1) {
            fail_with("invariant 4: the epoch jumped");
        }
        seen_epoch_ = checkpoint.epoch;
        seen_alerts_ = alerts;
        seen_letters_ = letters;
    }

    void step_part() {
        const std::uint64_t part = random_.below(4 + pipeline_->num_shards());
        if (part == 0 || part == 1) {
            note("intake");
            (void)pipeline_->intake().step();
        } else if (part == 2) {
            note("keeper");
            (void)pipeline_->keeper().step();
            look();
        } else if (part == 3) {
            note("pump");
            (void)pump_->step();
        } else {
            note("shard", part - 4);
            (void)pipeline_->shard(part - 4).step();
        }
    }

    void trouble() {
        switch (random_.below(10)) {
            case 0:
            case 1:
                kill();
                return;
            case 2:
                toggle(random_.below(brokers_.size()));
                return;
            case 3: {
                ScriptedServer& s = servers_[random_.below(servers_.size())];
                note("sink away", s.away ? 0 : 1);
                s.away = !s.away;
                return;
            }
            case 4:
                note("forget");
                servers_[0].forget_newest(random_.below(5));
                return;
            case 5:
                note("disk full");
                store_.fail_next_commits(1 + random_.below(3));
                return;
            case 6: {
                ScriptedBroker& b = brokers_[random_.below(brokers_.size())];
                const bool lost = random_.chance(0.3);
                note("take back", lost ? 1 : 0);
                b.take_back.emplace_back(random_.below(b.partitions.size()), lost);
                return;
            }
            case 7:
                note("marker");
                pipeline_->intake().request_marker();
                return;
            default:
                note("time");
                clock_.advance(std::chrono::milliseconds{random_.between(1, 3000)});
                return;
        }
    }

    void toggle(std::size_t b) {
        note("broker away", brokers_[b].away ? 0 : 1);
        brokers_[b].away = !brokers_[b].away;
    }

    void step(bool with_trouble) {
        ++outcome_.num_steps;
        if (with_trouble && random_.chance(0.06)) {
            trouble();
        } else {
            step_part();
        }
        if (pipeline_->intake().must_rebuild()) {
            note("rebuild");
            pipeline_.reset();
            pump_.reset();
            build();
        }
        const auto use = pipeline_->queue_use();
        // An empty queue takes an item of any size, else nothing larger than the limit could pass.
        if (use.high_water > std::max(use.limit, largest_item)) {
            fail_with(fmt::format("invariant 6: a queue held {} bytes", use.high_water));
        }
    }

    // Everything comes back; the rest of the input is read and the pipeline stops cleanly; sinks
    // drain.
    void settle() {
        for (ScriptedBroker& b : brokers_) {
            b.away = false;
            b.take_back.clear();
        }
        for (ScriptedServer& s : servers_) {
            s.away = false;
        }
        store_.fail_next_commits(0);
        const std::uint64_t limit = outcome_.num_steps + 200'000;
        while (outcome_.ok) {
            step(false);
            if (outcome_.num_steps % 16 == 0) {
                clock_.advance(std::chrono::milliseconds{200});
            }
            if (!stopping_) {
                pipeline_->intake().refresh_health();
                if (pipeline_->intake().at_end()) {
                    pipeline_->intake().request_stop(false);
                    stopping_ = true;
                }
            } else if (ended()) {
                return;
            }
            if (outcome_.num_steps > limit) {
                fail_with("no end: the pipeline is stuck");
            }
        }
    }

    // At rest means that the pump has noticed a server that restarted while there was nothing to
    // send.
    bool all_probed() {
        clock_.advance(std::chrono::seconds{2});
        while (pump_->step() == Progress::worked) {
        }
        return pump_->drained();
    }

    bool ended() {
        const bool kept = pipeline_->keeper().step() == Progress::done;
        look();
        return kept && pipeline_->intake().step() == Progress::done && pump_->drained() &&
               all_probed();
    }

    void check_end(const Remains& expected) {
        const Remains got = remains_of(store_);
        outcome_.num_alerts = got.alerts.size();
        if (const std::string d = difference(expected.alerts, got.alerts); !d.empty()) {
            fail_with("invariant 1, alerts: " + d);
        }
        if (const std::string d = difference(expected.letters, got.letters); !d.empty()) {
            fail_with("invariant 1, dead letters: " + d);
        }
        if (const std::string d = difference(expected.watermarks, got.watermarks); !d.empty()) {
            fail_with("invariant 1, watermarks: " + d);
        }
        if (const std::string d = difference(expected.counters.all(), got.counters.all());
            !d.empty()) {
            fail_with("invariant 2, counters: " + d);
        }
        std::uint64_t accounted = got.counters.get("events_evaluated");
        for (const auto& [name, n] : got.counters.all()) {
            if (name.starts_with("dead_letters.") || name.starts_with("losses.")) {
                accounted += n;
            }
        }
        if (accounted != got.counters.get("events_read")) {
            fail_with(fmt::format("invariant 2: {} events read, {} accounted for",
                                  got.counters.get("events_read"),
                                  accounted));
        }
        for (const ScriptedServer& s : servers_) {
            if (const std::string d = difference(got.alerts, s.alerts); !d.empty()) {
                fail_with(fmt::format("invariant 5, sink {}: {}", s.name, d));
            }
        }
        if (servers_[0].num_duplicates > 0) {
            fail_with("invariant 5: a sink that keeps its sequence was sent an alert twice");
        }
    }

    static constexpr std::size_t largest_item = 64 * 1024;

    const std::uint64_t seed_;
    Random random_;
    const bool keep_trace_;
    Outcome outcome_;
    ManualClock clock_;
    std::vector<ScriptedBroker> brokers_;
    std::vector<ScriptedServer> servers_;
    store::MemoryStore store_;
    std::unique_ptr<OriginTable> origins_;
    std::unique_ptr<Pipeline> pipeline_;
    std::unique_ptr<Pump> pump_;
    std::uint64_t generation_ = 0;
    bool stopping_ = false;
    std::uint64_t seen_epoch_ = 0;
    std::uint64_t seen_alerts_ = 0;
    std::size_t seen_letters_ = 0;
};

}  // namespace

Outcome run_schedule(std::uint64_t seed, bool keep_trace) {
    return Schedule(seed, keep_trace).run();
}

}  // namespace spoor::schedule
