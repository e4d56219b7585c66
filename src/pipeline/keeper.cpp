#include "pipeline/keeper.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "pipeline/faults.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace spoor::pipeline {

namespace {

constexpr int max_items_per_step = 64;
constexpr std::int64_t first_retry_us = 100'000;
constexpr std::int64_t longest_retry_us = 5'000'000;

template <class T>
void append_moved(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void raise(Newest& newest, std::string_view partition, Timestamp time) {
    const auto it = newest.find(partition);
    if (it == newest.end()) {
        newest.emplace(partition, time);
    } else {
        it->second = std::max(it->second, time);
    }
}

// Of "ORIGIN@POSITION#ELEMENT": what its order goes by, numbers as numbers. The longer is the
// greater.
auto place_of(std::string_view ref) {
    const std::size_t at = std::min(ref.rfind('@'), ref.size());
    const std::string_view place = ref.substr(at);
    const std::string_view position = place.substr(0, place.find('#'));
    const std::string_view element = place.substr(position.size());
    return std::tuple(ref.substr(0, at), position.size(), position, element.size(), element);
}

}  // namespace

Keeper::Keeper(KeeperLinks links, ContentPtr content, const CorrelatorStage::Options& options)
    : links_(std::move(links)),
      content_(std::move(content)),
      correlators_(*links_.origins, content_->correlators, options),
      at_marker_(links_.shards.size(), false) {}

void Keeper::start(const store::Checkpoint& checkpoint,
                   std::string stored_content,
                   std::vector<alert::StateRow> gone) {
    next_epoch_ = checkpoint.epoch + 1;
    stored_content_ = std::move(stored_content);
    if (!gone.empty()) {
        open_.counters.add("state_rows_unowned", gone.size());
    }
    open_.rows = std::move(gone);
    correlators_.restored();
    for (const auto& w : checkpoint.watermarks) {
        newest_[w.partition] = w.newest;
    }
    links_.signals->committed_epoch.store(checkpoint.epoch);
    const std::lock_guard lock(stats_mutex_);
    stats_.epoch = checkpoint.epoch;
    stats_.content = content_->version;
    stats_.counters = checkpoint.counters;
    stats_.counters_at_start = checkpoint.counters;
}

Progress Keeper::step() {
    if (finished_) {
        return Progress::done;
    }
    const bool got = gather();
    if (!ready_ && all_at_marker()) {
        complete();
    }
    if (ready_) {
        return try_commit();
    }
    if (!got && links_.housekeeping) {
        links_.housekeeping();
    }
    return got ? Progress::worked : Progress::idle;
}

// What a faster shard already sends for the next epoch waits in its queue.
bool Keeper::gather() {
    bool got = false;
    for (std::size_t k = 0; k < links_.shards.size(); ++k) {
        for (int i = 0; i < max_items_per_step && !at_marker_[k]; ++i) {
            auto item = links_.shards[k]->try_pop();
            if (!item) {
                break;
            }
            got = true;
            links_.shard_bells[k]->ring();
            take(k, std::move(*item));
        }
    }
    return got;
}

void Keeper::take(std::size_t shard, KeeperItem item) {
    if (auto* hand_over = std::get_if<HandOver>(&item)) {
        take_hand_over(shard, std::move(*hand_over));
        return;
    }
    Chunk& chunk = std::get<Chunk>(item);
    if (!chunk.alerts.empty() &&
        links_.signals->alert_since_us.load(std::memory_order_relaxed) == 0) {
        links_.signals->alert_since_us.store(
            std::max<std::int64_t>(links_.clock->monotonic().count(), 1));
        links_.intake_bell->ring();
    }
    std::uint64_t bytes = 0;
    for (const alert::Alert& a : chunk.alerts) {
        bytes += sizeof a + a.json.size();
    }
    for (const alert::DeadLetter& l : chunk.letters) {
        bytes += sizeof l + l.payload.size();
    }
    if (!chunk.signals.empty() || !chunk.steps.empty()) {
        for (const alert::Signal& s : chunk.signals) {
            bytes += bytes_of(s);
        }
        bytes += chunk.steps.size() * sizeof(ClockStep);
        correlators_.take(chunk.signals, chunk.steps);
    }
    links_.signals->gathered_bytes.fetch_add(bytes, std::memory_order_relaxed);
    append_moved(open_.alerts, chunk.alerts);
    append_moved(open_.dead_letters, chunk.letters);
    append_moved(open_.rows, chunk.rows);
}

void Keeper::take_hand_over(std::size_t shard, HandOver hand_over) {
    if (!planted(Fault::rows_of_next_epoch)) {
        SPOOR_ASSERT(!marker_ || marker_->epoch == hand_over.marker->epoch,
                     "shards disagree about the epoch");
    }
    marker_ = hand_over.marker;
    at_marker_[shard] = true;
    open_.counters.merge(hand_over.counters);
    for (const auto& [number, time] : hand_over.newest) {
        raise(open_newest_, links_.origins->text(number), time);
    }
    append_moved(closing_, hand_over.closing);
}

bool Keeper::all_at_marker() const {
    return std::all_of(at_marker_.begin(), at_marker_.end(), [](bool b) { return b; });
}

void Keeper::complete() {
    SPOOR_ASSERT(marker_->epoch == next_epoch_, "an epoch was skipped");
    open_.number = next_epoch_;
    open_.positions = marker_->positions;
    open_.dropped_partitions = marker_->dropped_partitions;
    open_.dead_letters.insert(
        open_.dead_letters.end(), marker_->letters.begin(), marker_->letters.end());
    open_.counters.merge(marker_->counters);
    run_correlators();
    swap_content();
    if (!planted(Fault::watermark_unsaved)) {
        for (const auto& [partition, time] : newest_) {
            open_.watermarks.push_back({partition, time});
        }
    }
    if (planted(Fault::letters_outside_transaction)) {
        std::swap(open_.dead_letters, held_letters_);
    }
    // One order, whatever the shards' pace: by event time, then id; of letters that of their file.
    std::sort(
        open_.alerts.begin(), open_.alerts.end(), [](const alert::Alert& a, const alert::Alert& b) {
            return std::tie(a.time, a.id) < std::tie(b.time, b.id);
        });
    std::sort(open_.dead_letters.begin(),
              open_.dead_letters.end(),
              [](const auto& a, const auto& b) { return place_of(a.ref) < place_of(b.ref); });
    ready_ = true;
    links_.signals->alert_since_us.store(0);
    links_.signals->gathered_bytes.store(0, std::memory_order_relaxed);
}

void Keeper::run_correlators() {
    for (const std::string& partition : marker_->dropped_partitions) {
        newest_.erase(partition);  // before what came after the drop is merged in
    }
    const Newest before = correlators_.is_active() ? newest_ : Newest{};
    for (const auto& [partition, time] : open_newest_) {
        raise(newest_, partition, time);
    }
    open_newest_.clear();
    correlators_.end_epoch({*marker_, closing_, before, newest_, links_.clock->monotonic()}, open_);
    closing_.clear();
}

// What the marker says is in force behind it, and is stored with the epoch that it ends.
void Keeper::swap_content() {
    if (const ContentPtr& next = marker_->content) {
        open_.dropped_detectors = not_carried(*content_, *next);
        std::erase_if(open_.rows, [&](const alert::StateRow& row) {
            return std::find(open_.dropped_detectors.begin(),
                             open_.dropped_detectors.end(),
                             row.detector) != open_.dropped_detectors.end();
        });
        correlators_.swap(next->correlators, open_);
        content_ = next;
        log(LogLevel::info,
            "keeper",
            "content {} is in force from epoch {} on",
            content_->version,
            open_.number + 1);
    }
    if (content_->version != stored_content_) {
        open_.rows.push_back({std::string(store::own_rows),
                              store::own_rows_version,
                              {},
                              std::string(store::content_entity),
                              content_->version});
        stored_content_ = content_->version;
    }
}

Progress Keeper::try_commit() {
    const std::int64_t begin = links_.clock->monotonic().count();
    if (begin < retry_at_us_) {
        return Progress::blocked;
    }
    if (planted(Fault::acknowledge_before_commit)) {
        links_.acks->post({marker_});
        links_.intake_bell->ring();
        let_offsets_be_committed();
    }
    open_.stored_at = links_.clock->now();
    kill_point("before_commit");
    const Result<store::CommitInfo> info = links_.store->commit(open_);
    const std::int64_t end = links_.clock->monotonic().count();
    if (!info) {
        retry_delay_us_ = std::clamp(retry_delay_us_ * 2, first_retry_us, longest_retry_us);
        retry_at_us_ = end + retry_delay_us_;
        if (!links_.signals->commit_failing.exchange(true)) {
            log(LogLevel::error,
                "keeper",
                "epoch {} cannot be stored, reading stops until it can: {}",
                open_.number,
                info.error().detail);
        }
        const std::lock_guard lock(stats_mutex_);
        ++stats_.num_failed_commits;
        stats_.last_error = info.error().detail;
        return Progress::blocked;
    }
    kill_point("after_commit");
    committed(*info, Duration{end - begin});
    return Progress::worked;
}

void Keeper::committed(const store::CommitInfo& info, Duration pause) {
    if (links_.signals->commit_failing.exchange(false)) {
        log(LogLevel::info, "keeper", "epoch {} is stored; reading goes on", open_.number);
    }
    if (info.conflicting_alerts > 0) {
        log(LogLevel::error,
            "keeper",
            "{} alerts had an id that is taken by other content; the first stays: {}",
            info.conflicting_alerts,
            info.conflict);
    }
    retry_at_us_ = 0;
    retry_delay_us_ = 0;
    {
        const std::lock_guard lock(stats_mutex_);
        stats_.epoch = open_.number;
        ++stats_.num_commits;
        stats_.bytes_written += info.bytes;
        stats_.last_bytes = info.bytes;
        stats_.last_alerts = info.new_alerts;
        stats_.last_rows = open_.rows.size();
        stats_.last_pause = pause;
        stats_.longest_pause = std::max(stats_.longest_pause, pause);
        stats_.last_commit_at = open_.stored_at;
        stats_.alerts += info.new_alerts;
        stats_.repeated_alerts += info.repeated_alerts;
        stats_.conflicting_alerts += info.conflicting_alerts;
        if (open_.counters.get("events_read") > 0) {
            stats_.last_content_us = links_.clock->monotonic().count();
        }
        stats_.content = content_->version;
        stats_.held_signals = correlators_.num_held();
        stats_.watermark = correlators_.watermark();
        stats_.last_error.clear();
        stats_.counters.merge(open_.counters);
    }
    links_.signals->last_commit_us.store(pause.count());
    if (!planted(Fault::acknowledge_before_commit)) {
        links_.acks->post({marker_});
    }
    links_.signals->committed_epoch.store(open_.number);
    links_.intake_bell->ring();
    if (links_.pump_bell != nullptr && info.new_alerts > 0) {
        links_.pump_bell->ring();
    }
    if (links_.letters_stored && !open_.dead_letters.empty()) {
        links_.letters_stored(open_.dead_letters);
    }
    finished_ = marker_->final;
    ++next_epoch_;
    open_ = {};
    marker_.reset();
    ready_ = false;
    std::fill(at_marker_.begin(), at_marker_.end(), false);
}

KeeperStats Keeper::stats() const {
    const std::lock_guard lock(stats_mutex_);
    return stats_;
}

}  // namespace spoor::pipeline
