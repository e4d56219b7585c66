#include "pipeline/pump.hpp"

#include "base/log.hpp"
#include "pipeline/faults.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace spoor::pipeline {

namespace {

constexpr std::size_t alerts_per_write = 256;
constexpr std::int64_t probe_every_us = 1'000'000;
constexpr double first_delay_us = 100'000;
constexpr double longest_delay_us = 30'000'000;

}  // namespace

Pump::Pump(PumpLinks links,
           std::vector<std::unique_ptr<sink::Sink>> sinks,
           std::uint64_t jitter_seed)
    : links_(std::move(links)), random_(jitter_seed) {
    for (auto& sink : sinks) {
        Lane lane;
        lane.stats.name = sink->name();
        lane.sink = std::move(sink);
        published_.push_back(lane.stats);
        lanes_.push_back(std::move(lane));
    }
}

Progress Pump::step() {
    bool worked = false;
    for (Lane& lane : lanes_) {
        worked |= step(lane) == Progress::worked;
        publish(lane);
    }
    if (!worked && links_.idle_work) {
        worked = links_.idle_work();
    }
    return worked ? Progress::worked : Progress::idle;
}

Progress Pump::step(Lane& lane) {
    if (links_.clock->monotonic().count() < lane.not_before_us) {
        return Progress::idle;
    }
    if (!lane.connected && !connect(lane)) {
        return Progress::idle;
    }
    const auto alerts = links_.log->read(lane.cursor, alerts_per_write);
    if (!alerts) {
        back_off(lane, alerts.error().detail);
        return Progress::idle;
    }
    if (alerts->empty()) {
        return rest(lane);
    }
    note_gap(lane, alerts->front().sequence);
    return send(lane, *alerts) ? Progress::worked : Progress::idle;
}

// Nothing to send. A server that restarted meanwhile may have lost alerts: then it is connected to
// anew and asked.
Progress Pump::rest(Lane& lane) {
    const std::int64_t now = links_.clock->monotonic().count();
    if (now - lane.probed_at_us >= probe_every_us) {
        lane.probed_at_us = now;
        if (!lane.sink->probe()) {
            lane.connected = false;
            return Progress::worked;
        }
    }
    return Progress::idle;
}

bool Pump::connect(Lane& lane) {
    if (!lane.loaded) {
        const auto cursor = links_.cursors->cursor(lane.sink->name());
        if (!cursor) {
            back_off(lane, cursor.error().detail);
            return false;
        }
        lane.cursor = *cursor;
        lane.loaded = true;
    }
    const auto position = lane.sink->connect(links_.store_id);
    if (!position) {
        back_off(lane, position.error().detail);
        return false;
    }
    if (position->applied && *position->applied != lane.cursor) {
        if (*position->applied < lane.cursor) {
            log(LogLevel::warning,
                "pump",
                "{}: has alerts up to {} only, sent were {}: sending again from there",
                lane.stats.name,
                *position->applied,
                lane.cursor);
        }
        lane.cursor = *position->applied;
    }
    const auto last = links_.log->last_sequence();
    if (position->applied && last && *position->applied > *last) {
        log(LogLevel::error,
            "pump",
            "{}: has alerts up to {} of this store, which itself ends at {}: the data folder was "
            "set back; "
            "new alerts up to that number will not be sent",
            lane.stats.name,
            *position->applied,
            *last);
    }
    if (lane.failures > 0 || !lane.connected) {
        log(LogLevel::info,
            "pump",
            "{}: connected, going on after alert {}",
            lane.stats.name,
            lane.cursor);
    }
    lane.connected = true;
    lane.failures = 0;
    lane.stats.last_error.clear();
    return true;
}

bool Pump::send(Lane& lane, const std::vector<store::LoggedAlert>& alerts) {
    std::vector<sink::StoredAlert> views;
    views.reserve(alerts.size());
    for (const store::LoggedAlert& a : alerts) {
        views.push_back(
            {a.sequence, a.id, a.time, a.level, a.host, a.rule_id, a.techniques, a.json});
    }
    if (planted(Fault::cursor_before_send)) {
        (void)links_.cursors->advance(lane.sink->name(), alerts.back().sequence, {});
        kill_point("cursor_early");
    }
    const sink::WriteResult result = lane.sink->write(views);
    std::vector<store::Cursors::Refused> refused;
    std::size_t n = 0;
    for (; n < result.verdicts.size() && n < alerts.size() &&
           result.verdicts[n] != sink::Verdict::retry;
         ++n) {
        if (result.verdicts[n] == sink::Verdict::refused) {
            refused.push_back({alerts[n].sequence, alerts[n].id, result.detail});
        }
    }
    if (n > 0) {
        kill_point("before_cursor");
        const auto saved =
            links_.cursors->advance(lane.sink->name(), alerts[n - 1].sequence, refused);
        if (!saved) {
            back_off(lane, saved.error().detail);
            return false;
        }
        lane.cursor = alerts[n - 1].sequence;
        lane.stats.sent += n - refused.size();
        lane.stats.refused += refused.size();
        if (!refused.empty()) {
            log(LogLevel::warning,
                "pump",
                "{}: refused {} alerts, kept as such: {}",
                lane.stats.name,
                refused.size(),
                result.detail);
        }
    }
    if (n < alerts.size()) {
        back_off(lane, result.detail);
        return n > 0;
    }
    return true;
}

void Pump::note_gap(Lane& lane, std::uint64_t first_there) {
    // Sequences have gaps only where retention cut, and it cuts from the front.
    if (first_there > lane.cursor + 1) {
        lane.stats.gap += first_there - lane.cursor - 1;
        log(LogLevel::error,
            "pump",
            "{}: {} alerts behind number {} are no longer in the store (retention) and cannot be "
            "sent",
            lane.stats.name,
            first_there - lane.cursor - 1,
            lane.cursor);
        lane.cursor = first_there - 1;
    }
}

void Pump::back_off(Lane& lane, const std::string& why) {
    if (lane.failures == 0) {
        log(LogLevel::warning,
            "pump",
            "{}: {}; trying again until it works, alerts wait in the store",
            lane.stats.name,
            why);
    }
    const double exponential =
        first_delay_us * static_cast<double>(1ULL << std::min(lane.failures, 20U));
    const double delay = std::min(exponential, longest_delay_us) * random_.uniform(0.5, 1.0);
    ++lane.failures;
    ++lane.stats.retries;
    lane.connected = false;
    lane.stats.last_error = why;
    lane.not_before_us = links_.clock->monotonic().count() + static_cast<std::int64_t>(delay);
}

bool Pump::drained() {
    const auto last = links_.log->last_sequence();
    return last && std::all_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
               return lane.connected && lane.cursor >= *last;
           });
}

void Pump::publish(const Lane& lane) {
    SinkStats stats = lane.stats;
    stats.connected = lane.connected;
    stats.cursor = lane.cursor;
    const auto last = links_.log->last_sequence();
    stats.backlog = last && *last > lane.cursor ? *last - lane.cursor : 0;
    const std::lock_guard lock(stats_mutex_);
    published_[static_cast<std::size_t>(&lane - lanes_.data())] = std::move(stats);
}

std::vector<SinkStats> Pump::stats() const {
    const std::lock_guard lock(stats_mutex_);
    return published_;
}

std::uint64_t Pump::lowest_cursor() const {
    const std::lock_guard lock(stats_mutex_);
    std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
    for (const SinkStats& s : published_) {
        lowest = std::min(lowest, s.cursor);
    }
    return lowest;
}

void Pump::close() {
    for (Lane& lane : lanes_) {
        lane.sink->close();
        lane.connected = false;
    }
}

}  // namespace spoor::pipeline
