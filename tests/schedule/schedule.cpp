#include "schedule/schedule.hpp"

#include "base/clock.hpp"
#include "base/random.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/pump.hpp"
#include "schedule/scripted.hpp"
#include "schedule/scripted_content.hpp"
#include "schedule/world.hpp"
#include "store/memory_store.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
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
          servers_(2),
          closes_windows_(random_.chance(0.3)) {
        servers_[0].name = "keeps";
        servers_[1].name = "plain";
        servers_[1].keeps_sequence = false;
    }

    Outcome run() {
        configured_ = new_content();
        build();
        const std::uint64_t trouble_steps = 40 + random_.below(400);
        while (outcome_.ok && outcome_.num_steps < trouble_steps) {
            step(true);
        }
        settle();
        if (outcome_.ok) {
            check_end(inline_run(brokers_, seed_, cuts_, closes_windows_));
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

    pipeline::ContentPtr new_content() {
        constexpr std::array<std::string_view, 5> parts = {"ab", "abc", "bc", "c", "cab"};
        return make_content(fmt::format("v{}", ++num_contents_),
                            parts.at(random_.below(parts.size())));
    }

    void build() {
        ++generation_;
        running_ = configured_;
        committed_in_this_life_ = false;
        origins_ = std::make_unique<OriginTable>();
        pipeline::PipelineParts parts;
        parts.clock = &clock_;
        parts.origins = origins_.get();
        parts.content = running_;
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
        if (checkpoint.epoch == seen_epoch_ + 1) {
            note_cuts(checkpoint);
        }
        seen_epoch_ = checkpoint.epoch;
        seen_positions_ = checkpoint.positions;
        seen_alerts_ = alerts;
        seen_letters_ = letters;
    }

    // An epoch was committed. Where this life's content is not the one that judged so far it came
    // into force at the epoch's begin; where the store names another one, that did at its end.
    void note_cuts(const store::Checkpoint& checkpoint) {
        if (!committed_in_this_life_) {
            committed_in_this_life_ = true;
            if (cuts_.empty() || cuts_.back().content != running_) {
                cuts_.push_back({seen_positions_, running_});
            }
        }
        for (const alert::StateRow& row : store_.rows()) {
            if (row.entity != store::content_entity || row.bytes == running_->version) {
                continue;
            }
            const auto asked = requested_.find(row.bytes);
            if (asked == requested_.end()) {
                fail_with(fmt::format("content {} was never asked for", row.bytes));
                return;
            }
            running_ = asked->second;
            cuts_.push_back({checkpoint.positions, running_});
            ++outcome_.num_swaps;
        }
    }

    // A life begins with what is configured: as a rule what was asked for last.
    void swap_content() {
        const pipeline::ContentPtr content = new_content();
        note("content");
        requested_[content->version] = content;
        pipeline_->intake().request_content(content);
        if (random_.chance(0.8)) {
            configured_ = content;
        }
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
        switch (random_.below(12)) {
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
            case 8:
            case 9:
                swap_content();
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
                    pipeline_->intake().request_stop(closes_windows_);
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
        for (const auto& a : store_.alerts()) {
            outcome_.num_correlated += a.rule_id == cross_name ? 1U : 0U;
        }
        if (const std::string d = difference(expected.alerts, got.alerts); !d.empty()) {
            fail_with("invariant 1, alerts: " + d);
        }
        if (const std::string d = difference(expected.letters, got.letters); !d.empty()) {
            fail_with("invariant 1, dead letters: " + d);
        }
        if (const std::string d = difference(expected.watermarks, got.watermarks); !d.empty()) {
            fail_with("invariant 1, watermarks: " + d);
        }
        if (const std::string d = difference(expected.rows, got.rows); !d.empty()) {
            fail_with("invariant 1, state rows: " + d);
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
    const bool closes_windows_;
    pipeline::ContentPtr configured_;  // what a new life begins with
    pipeline::ContentPtr running_;     // behind the last epoch seen in this life
    std::map<std::string, pipeline::ContentPtr> requested_;  // by version
    std::uint64_t num_contents_ = 0;
    bool committed_in_this_life_ = false;
    std::vector<Cut> cuts_;
    std::vector<Position> seen_positions_;
    std::uint64_t seen_epoch_ = 0;
    std::uint64_t seen_alerts_ = 0;
    std::size_t seen_letters_ = 0;
};

}  // namespace

Outcome run_schedule(std::uint64_t seed, bool keep_trace) {
    return Schedule(seed, keep_trace).run();
}

}  // namespace spoor::schedule
