#include "pipeline/correlator_stage.hpp"

#include "base/log.hpp"
#include "pipeline/faults.hpp"
#include "pipeline/held_block.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

namespace spoor::pipeline {

namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::string_view block_prefix = "held/";
constexpr std::string_view watermark_entity = "watermark";
constexpr std::string_view sources_entity = "sources";

std::string block_entity(std::uint64_t block) {
    return fmt::format("{}{:016x}", block_prefix, block);
}

alert::StateRow own_row(std::string_view entity, std::string bytes) {
    return {std::string(store::own_rows),
            store::own_rows_version,
            {},
            std::string(entity),
            std::move(bytes)};
}

// The order of records within a partition: a followed file's incarnations are numbered as they
// come.
auto place_of(const EventRef& ref) {
    return std::tie(ref.origin, ref.position, ref.element);
}

// How the clock of each partition rose during one epoch.
class Clocks {
public:
    Clocks(std::vector<ClockStep>& steps, const Newest& before, const OriginTable& origins)
        : steps_(steps), before_(before), origins_(origins) {
        std::sort(steps_.begin(), steps_.end(), [](const ClockStep& a, const ClockStep& b) {
            return std::tuple_cat(std::tie(a.ref.partition), place_of(a.ref)) <
                   std::tuple_cat(std::tie(b.ref.partition), place_of(b.ref));
        });
        for (std::size_t i = 1; i < steps_.size(); ++i) {  // each shard saw a part of it
            if (steps_[i].ref.partition == steps_[i - 1].ref.partition) {
                steps_[i].clock = std::max(steps_[i].clock, steps_[i - 1].clock);
            }
        }
    }

    // Where `ref` stands; no_time: no event before it had a time.
    [[nodiscard]] Timestamp at(const EventRef& ref) {
        const auto after = std::upper_bound(
            steps_.begin(), steps_.end(), ref, [](const EventRef& r, const ClockStep& step) {
                return std::tuple_cat(std::tie(r.partition), place_of(r)) <
                       std::tuple_cat(std::tie(step.ref.partition), place_of(step.ref));
            });
        const Timestamp first = at_begin(ref.partition);
        if (after == steps_.begin() || std::prev(after)->ref.partition != ref.partition) {
            return first;
        }
        return std::max(first, std::prev(after)->clock);
    }

private:
    Timestamp at_begin(std::uint32_t partition) {
        if (partition != cached_partition_ || !is_cached_) {
            const auto it = before_.find(origins_.text(partition));
            cached_ = it == before_.end() ? no_time : clock_of(it->second);
            cached_partition_ = partition;
            is_cached_ = true;
        }
        return cached_;
    }

    std::vector<ClockStep>& steps_;
    const Newest& before_;
    const OriginTable& origins_;
    std::uint32_t cached_partition_ = 0;
    bool is_cached_ = false;
    Timestamp cached_ = no_time;
};

}  // namespace

CorrelatorStage::CorrelatorStage(OriginTable& origins,
                                 const Correlators& correlators,
                                 const Options& options)
    : origins_(origins), options_(options), correlators_(correlators) {
    for (const auto& correlator : correlators_) {
        states_.push_back(correlator->make_state());
    }
}

bool CorrelatorStage::restore(std::size_t correlator, const alert::StateRow& row) {
    return correlators_[correlator]->restore(row, origins_, *states_[correlator]);
}

bool CorrelatorStage::restore_own(const alert::StateRow& row) {
    const std::string_view entity = row.entity;
    if (entity == watermark_entity) {
        std::int64_t us = 0;
        const char* end = row.bytes.data() + row.bytes.size();
        const auto [stop, error] = std::from_chars(row.bytes.data(), end, us);
        if (error != std::errc{} || stop != end) {
            return false;
        }
        watermark_ = Timestamp{Duration{us}};
        stored_watermark_ = watermark_;
        return true;
    }
    if (entity == sources_entity) {
        for (std::size_t at = 0, end = 0; (end = row.bytes.find('\n', at)) != std::string::npos;
             at = end + 1) {
            sources_.insert(row.bytes.substr(at, end - at));
        }
        num_stored_sources_ = sources_.size();
        return true;
    }
    return entity.starts_with(block_prefix) && restore_block(entity, row.bytes);
}

bool CorrelatorStage::restore_block(std::string_view entity, std::string_view bytes) {
    std::uint64_t block = 0;
    const char* end = entity.data() + entity.size();
    const auto [stop, error] = std::from_chars(entity.data() + block_prefix.size(), end, block, 16);
    std::vector<alert::Signal> signals;
    if (error != std::errc{} || stop != end || !decode_held(bytes, origins_, signals)) {
        return false;
    }
    next_block_ = std::max(next_block_, block + 1);
    blocks_[block] = signals.size();
    for (alert::Signal& signal : signals) {
        held_bytes_ += bytes_of(signal);
        held_.push_back({std::move(signal), block});
    }
    return true;
}

void CorrelatorStage::restored() {
    // A block stays until the last of its signals went: those behind the watermark were seen.
    std::erase_if(held_, [&](const Held& h) {
        if (h.signal.time >= watermark_) {
            return false;
        }
        held_bytes_ -= bytes_of(h.signal);
        --blocks_[h.block];
        return true;
    });
}

void CorrelatorStage::take(std::vector<alert::Signal>& signals, std::vector<ClockStep>& steps) {
    arrived_.insert(arrived_.end(),
                    std::make_move_iterator(signals.begin()),
                    std::make_move_iterator(signals.end()));
    steps_.insert(steps_.end(), steps.begin(), steps.end());
}

void CorrelatorStage::end_epoch(const EpochEnd& end, store::Epoch& open) {
    if (!is_active()) {
        forget_held(open);
        return;
    }
    sort_out_late(end.before, open.counters);
    for (alert::Signal& signal : arrived_) {
        held_bytes_ += bytes_of(signal);
        held_.push_back({std::move(signal), 0});
    }
    arrived_.clear();
    steps_.clear();
    release(next_watermark(end), open);
    if (held_bytes_ > options_.max_held_bytes) {
        const std::size_t before = held_.size();
        release(watermark_to_fit(), open);
        open.counters.add("correlation.released_early", before - held_.size());
    }
    if (end.marker.close_windows) {
        close(end.closing, open);
    }
    write_held(open);
    for (std::size_t i = 0; i < correlators_.size(); ++i) {
        correlators_[i]->collect_changed(origins_, *states_[i], open.rows);
        if (planted(Fault::correlator_rows_missed) && !open.rows.empty()) {
            open.rows.pop_back();
        }
    }
}

// Late is what its own partition's clock had passed, where it stands in its partition, and what
// lies behind the watermark because its partition had been left out of it.
void CorrelatorStage::sort_out_late(const Newest& before, Counters& counters) {
    if (arrived_.empty()) {
        return;
    }
    counters.add("correlation.signals", arrived_.size());
    Clocks clocks(steps_, before, origins_);
    std::uint64_t num_without_time = 0;
    const std::size_t num_late = std::erase_if(arrived_, [&](const alert::Signal& s) {
        if (s.time == no_time) {
            ++num_without_time;
            return true;
        }
        const Timestamp clock = planted(Fault::late_by_epoch) ? no_time : clocks.at(s.ref);
        return (clock != no_time && s.time < clock - options_.lateness) || s.time < watermark_;
    });
    counters.add("correlation.late", num_late - num_without_time);
    counters.add("correlation.without_time", num_without_time);
}

// Until every source has said what it reads, in this run or an earlier one, nobody knows the lowest
// clock.
Timestamp CorrelatorStage::next_watermark(const EpochEnd& end) {
    sources_.insert(end.marker.spoken.begin(), end.marker.spoken.end());
    for (const std::string& source : end.marker.awaited) {
        if (!sources_.contains(source)) {
            return watermark_;
        }
    }
    Timestamp lowest = Timestamp::max();
    for (const std::uint32_t partition : end.marker.clocks) {
        const auto it = end.now.find(origins_.text(partition));
        if (it != end.now.end()) {
            clockless_since_.erase(partition);
            lowest = std::min(lowest, clock_of(it->second));
            continue;
        }
        const auto since = clockless_since_.try_emplace(partition, end.monotonic).first->second;
        if (end.monotonic - since < options_.patience) {
            return watermark_;
        }
    }
    return lowest == Timestamp::max() ? watermark_
                                      : std::max(watermark_, lowest - options_.lateness);
}

// Half of what is allowed may stay, so that this is not done again with the next signal.
Timestamp CorrelatorStage::watermark_to_fit() const {
    std::vector<std::pair<Timestamp, std::size_t>> sizes;
    for (const Held& h : held_) {
        sizes.emplace_back(h.signal.time, bytes_of(h.signal));
    }
    std::sort(sizes.begin(), sizes.end());
    std::size_t rest = held_bytes_;
    for (const auto& [time, bytes] : sizes) {
        if (rest <= options_.max_held_bytes / 2) {
            return std::max(time, sizes.front().first + Duration{1});
        }
        rest -= bytes;
    }
    return sizes.back().first + Duration{1};
}

// Everything before `watermark` is there: in order to the correlators with it.
void CorrelatorStage::release(Timestamp watermark, store::Epoch& open) {
    if (watermark == watermark_) {
        return;
    }
    const auto ready = std::partition(
        held_.begin(), held_.end(), [&](const Held& h) { return h.signal.time >= watermark; });
    inspect_from(ready, open);
    watermark_ = watermark;
    for (std::size_t i = 0; i < correlators_.size(); ++i) {
        correlators_[i]->advance(watermark_, origins_, *states_[i], findings_);
    }
    take_findings(open);
}

void CorrelatorStage::inspect_from(std::vector<Held>::iterator ready, store::Epoch& open) {
    std::vector<alert::Signal> signals;
    for (auto it = ready; it != held_.end(); ++it) {
        held_bytes_ -= bytes_of(it->signal);
        if (it->block != 0) {
            --blocks_[it->block];
        }
        signals.push_back(std::move(it->signal));
    }
    held_.erase(ready, held_.end());
    inspect(signals, open);
}

void CorrelatorStage::inspect(std::vector<alert::Signal>& signals, store::Epoch& open) {
    if (signals.empty()) {
        return;
    }
    if (!planted(Fault::signals_unsorted)) {
        std::sort(signals.begin(), signals.end(), alert::SignalOrder(origins_));
    }
    for (std::size_t i = 0; i < correlators_.size(); ++i) {
        correlators_[i]->inspect(signals, origins_, *states_[i], findings_);
    }
    take_findings(open);
}

// End of all input: what is held, then what the detectors' open windows gave, then the correlators'
// own windows.
void CorrelatorStage::close(std::vector<alert::Signal>& closing, store::Epoch& open) {
    for (const Held& h : held_) {
        watermark_ = std::max(watermark_, h.signal.time);
    }
    inspect_from(held_.begin(), open);
    open.counters.add("correlation.signals", closing.size());
    inspect(closing, open);
    for (std::size_t i = 0; i < correlators_.size(); ++i) {
        correlators_[i]->close_windows(origins_, *states_[i], findings_);
    }
    take_findings(open);
}

void CorrelatorStage::take_findings(store::Epoch& open) {
    open.alerts.insert(open.alerts.end(),
                       std::make_move_iterator(findings_.alerts.begin()),
                       std::make_move_iterator(findings_.alerts.end()));
    open.counters.merge(findings_.counters);
    findings_.alerts.clear();
    findings_.signals.clear();
    findings_.counters.clear();
}

// Each held signal is written once, with the epoch that it came in; its row goes when all of its
// signals have gone. Which of a row's signals were seen the watermark says.
void CorrelatorStage::write_held(store::Epoch& open) {
    std::vector<const alert::Signal*> part;
    std::size_t bytes = 0;
    const auto end_block = [&] {
        if (!part.empty() && !planted(Fault::held_signal_lost)) {
            open.rows.push_back(own_row(block_entity(next_block_), encode_held(part, origins_)));
        }
        blocks_[next_block_++] = part.size();
        part.clear();
        bytes = 0;
    };
    for (Held& h : held_) {
        if (h.block == 0) {
            h.block = next_block_;
            part.push_back(&h.signal);
            bytes += bytes_of(h.signal);
            if (bytes >= block_bytes) {
                end_block();
            }
        }
    }
    if (!part.empty()) {
        end_block();
    }
    for (auto it = blocks_.begin(); it != blocks_.end();) {
        if (it->second == 0) {
            open.rows.push_back(own_row(block_entity(it->first), {}));
            it = blocks_.erase(it);
        } else {
            ++it;
        }
    }
    write_progress(open);
}

void CorrelatorStage::write_progress(store::Epoch& open) {
    if (watermark_ != stored_watermark_) {
        open.rows.push_back(own_row(watermark_entity,
                                    watermark_ == no_time
                                        ? std::string()
                                        : std::to_string(watermark_.time_since_epoch().count())));
        stored_watermark_ = watermark_;
    }
    if (sources_.size() != num_stored_sources_) {
        std::string names;
        for (const std::string& source : sources_) {
            names += source + '\n';
        }
        open.rows.push_back(own_row(sources_entity, std::move(names)));
        num_stored_sources_ = sources_.size();
    }
}

// Without correlators nothing is held, and nothing is left of what was.
void CorrelatorStage::forget_held(store::Epoch& open) {
    arrived_.clear();
    steps_.clear();
    if (blocks_.empty() && watermark_ == no_time && sources_.empty()) {
        return;
    }
    open.counters.add("correlation.forgotten", held_.size());
    held_.clear();
    held_bytes_ = 0;
    for (auto& [block, num_left] : blocks_) {
        num_left = 0;
    }
    watermark_ = no_time;
    sources_.clear();
    write_held(open);
}

void CorrelatorStage::swap(const Correlators& next, store::Epoch& open) {
    States states = carry_over<alert::Correlator>(
        correlators_, states_, next, origins_, open.rows, open.counters);
    states_ = std::move(states);
    correlators_ = next;
    for (std::size_t i = 0; i < correlators_.size(); ++i) {  // what restore() left out of a row
        correlators_[i]->collect_changed(origins_, *states_[i], open.rows);
    }
    if (!is_active()) {
        forget_held(open);
    }
}

}  // namespace spoor::pipeline
