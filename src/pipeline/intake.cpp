#include "pipeline/intake.hpp"

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "pipeline/faults.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace spoor::pipeline {

namespace {

constexpr std::int64_t batch_age_us = 20'000;
// A fetch may be a moment late while there is plenty to read: one poll that is not full does not
// mean caught up.
constexpr std::int64_t behind_memory_us = 100'000;
constexpr std::int64_t health_every_us = 500'000;
constexpr std::size_t max_letter_bytes = 16 * 1024 * 1024;
// While behind, commits may take this share of the time at most: one part in `commit_share`.
constexpr std::int64_t commit_share = 10;
// What a commit writes in a microsecond, about: so that the first large one is foreseen.
constexpr std::uint64_t commit_bytes_a_us = 100;

bool is_single_event(std::string_view text) {
    return !text.empty() && text.front() == '{' &&
           std::memchr(text.data(), '\n', text.size()) == nullptr;
}

}  // namespace

Intake::Intake(const config::Pipeline& options,
               IntakeLinks links,
               std::vector<std::unique_ptr<source::Source>> sources,
               const Content& content)
    : options_(options),
      links_(std::move(links)),
      sources_(std::move(sources)),
      lanes_(links_.shards.size()),
      has_spoken_(sources_.size(), false),
      correlating_(!content.correlators.empty()) {
    SPOOR_ASSERT(!links_.shards.empty(), "no shards");
}

Result<void> Intake::start(std::uint64_t committed_epoch, const std::vector<Position>& positions) {
    epoch_ = committed_epoch + 1;
    started_us_ = links_.clock->monotonic().count();
    for (const Position& p : positions) {
        const std::uint32_t number = links_.origins->intern(p.partition);
        positions_[number] = p;
        readings_[number].last_us = started_us_;
    }
    for (const auto& source : sources_) {
        SPOOR_TRY_VOID(source->open(positions));
    }
    last_record_us_ = links_.clock->monotonic().count();
    publish_health();
    return {};
}

void Intake::request_stop(bool close_windows) {
    stop_closes_windows_.store(close_windows);
    stop_requested_.store(true);
}

void Intake::request_content(ContentPtr content) {
    const std::lock_guard lock(content_mutex_);
    requested_content_ = std::move(content);
    content_requested_.store(true);
}

Progress Intake::step() {
    if (must_rebuild_.load(std::memory_order_relaxed)) {
        return Progress::done;
    }
    take_acknowledgements();
    if (marked_final_) {
        if (links_.signals->committed_epoch.load() + 1 < epoch_) {
            return Progress::idle;
        }
        take_acknowledgements();  // the last one was posted before the epoch counted as committed
        return Progress::done;
    }
    const std::int64_t now = links_.clock->monotonic().count();
    if (now - health_at_us_ >= health_every_us) {
        publish_health();
    }
    if (!flush_waiting()) {
        return Progress::blocked;
    }
    if (stop_requested_.load()) {
        put_marker(true);
        return Progress::worked;
    }
    if (epoch_due()) {
        put_marker(false);
        return Progress::worked;
    }
    // While the store takes nothing reading stops. A paused source is still polled, so that it
    // keeps its place in its group; what it hands out all the same is bounded by the queues.
    const bool failing = links_.signals->commit_failing.load(std::memory_order_relaxed);
    if (failing != paused_) {
        paused_ = failing;
        for (const auto& source : sources_) {
            failing ? source->pause() : source->resume();
        }
    }
    return poll_sources();
}

void Intake::take_acknowledgements() {
    for (const Acknowledgement& ack : links_.acks->take()) {
        kill_point("before_offset_commit");
        for (const auto& source : sources_) {
            source->acknowledge(ack.marker->positions);
            for (const std::uint32_t partition : ack.marker->revoked) {
                source->release(partition);
            }
        }
        for (const std::uint32_t partition : ack.marker->revoked) {
            positions_.erase(partition);
        }
    }
}

bool Intake::flush_waiting() {
    for (std::size_t k = 0; k < lanes_.size(); ++k) {
        flush(k);
    }
    return lanes_clear();
}

void Intake::flush(std::size_t shard) {
    Lane& lane = lanes_[shard];
    while (!lane.waiting.empty() &&
           links_.shards[shard]->try_push(lane.waiting.front().item, lane.waiting.front().bytes)) {
        lane.waiting.pop_front();
        links_.shard_bells[shard]->ring();
    }
}

bool Intake::lanes_clear() const {
    return std::all_of(
        lanes_.begin(), lanes_.end(), [](const Lane& l) { return l.waiting.empty(); });
}

Progress Intake::poll_sources() {
    const std::int64_t now = links_.clock->monotonic().count();
    bool got = false;
    bool full = false;
    for (std::size_t i = 0; i < sources_.size() && lanes_clear(); ++i) {
        source::Source& source = *sources_[next_source_];
        const std::size_t source_index = next_source_;
        next_source_ = (next_source_ + 1) % sources_.size();
        polled_.clear();
        output_.batch = &polled_;
        source.poll(output_);
        full |= polled_.full();
        const bool something = !polled_.empty() || !output_.changes.empty() ||
                               !output_.unusable.empty() || !output_.losses.empty() ||
                               !output_.advances.empty();
        if (something) {
            got = true;
            epoch_since_us_ =
                epoch_since_us_ == 0 ? std::max<std::int64_t>(now, 1) : epoch_since_us_;
            last_record_us_.store(now, std::memory_order_relaxed);
            has_spoken_[source_index] = has_spoken_[source_index] || !output_.changes.empty();
            take_output();
        }
        if (must_rebuild_.load(std::memory_order_relaxed)) {
            return Progress::done;
        }
        if (options_.epoch_records > 0 && epoch_records_ >= options_.epoch_records) {
            break;  // so that epochs end near their record limit whatever the number of sources
        }
    }
    if (full) {
        behind_until_us_.store(now + behind_memory_us, std::memory_order_relaxed);
    }
    for (std::size_t k = 0; k < lanes_.size() && !planted(Fault::marker_overtakes_batch); ++k) {
        Lane& lane = lanes_[k];
        if (!lane.open.empty() && (!full || now - lane.open_since_us >= batch_age_us)) {
            send_open(k);
        }
    }
    return got ? Progress::worked : Progress::idle;
}

void Intake::take_output() {
    for (const source::PartitionChange& change : output_.changes) {
        apply_change(change);
    }
    output_.changes.clear();
    if (!polled_.empty()) {
        pending_.counters.add("records_read", polled_.size());
        pending_.counters.add("bytes_read", polled_.bytes());
        epoch_records_ += polled_.size();
        route_batch();
    }
    for (source::PollOutput::Unusable& u : output_.unusable) {
        pending_.counters.add("records_read");
        pending_.counters.add("events_read");
        pending_.counters.add("dead_letters." + u.reason);
        letter_bytes_ += u.payload.size() + 256;
        pending_.letters.push_back({links_.origins->ref(u.ref),
                                    std::string(links_.origins->text(u.ref.partition)),
                                    std::move(u.reason),
                                    links_.origins->place(u.ref, u.line) + u.detail,
                                    u.record_time,
                                    std::move(u.payload),
                                    u.payload_size});
        ++epoch_records_;
    }
    output_.unusable.clear();
    for (const auto& a : output_.advances) {
        Position& p = positions_[a.partition];
        if (p.partition.empty()) {
            p.partition = links_.origins->text(a.partition);
        }
        p.origin = links_.origins->text(a.origin);
        p.next = a.next;
        Reading& reading = readings_[a.partition];
        reading.last_us = last_record_us_.load(std::memory_order_relaxed);
        reading.is_at_end = false;
    }
    output_.advances.clear();
    for (const auto& [reason, n] : output_.losses.all()) {
        pending_.counters.add("losses." + reason, n);
    }
    output_.losses.clear();
}

void Intake::apply_change(const source::PartitionChange& change) {
    const std::string_view partition = links_.origins->text(change.partition);
    switch (change.kind) {
        case source::ChangeKind::assigned:
            if (change.drop_state) {
                log(LogLevel::warning,
                    "intake",
                    "{}: its state is dropped: {}",
                    partition,
                    change.reason);
                pending_.dropped_partitions.emplace_back(partition);
                pending_.counters.add("partitions_dropped");
                for (std::size_t k = 0; k < lanes_.size(); ++k) {
                    send_control(k, DropPartition{change.partition});
                }
            }
            positions_[change.partition] = change.start;
            readings_[change.partition] = {
                last_record_us_.load(std::memory_order_relaxed), true, false};
            break;
        case source::ChangeKind::revoked:
            revoked_.push_back(change.partition);
            readings_[change.partition].is_assigned = false;
            break;
        case source::ChangeKind::lost:
            log(LogLevel::warning,
                "intake",
                "{}: assignment lost; going back to the last epoch",
                partition);
            must_rebuild_.store(true);
            break;
    }
}

void Intake::route_batch() {
    if (lanes_.size() == 1 && lanes_[0].open.empty()) {
        bool all_single = true;
        for (const RecordRow& row : polled_.rows()) {
            all_single = all_single && is_single_event(polled_.view(row));
        }
        if (all_single) {  // the usual case with one shard: the batch goes on as it is, without a
                           // copy
            const std::size_t bytes = polled_.bytes();
            pending_.counters.add("events_read", polled_.size());
            lanes_[0].waiting.push_back(
                {ShardItem(std::exchange(polled_, links_.pool->take())), bytes});
            flush(0);
            return;
        }
    }
    for (const RecordRow& row : polled_.rows()) {
        route_record(row);
    }
}

void Intake::route_record(const RecordRow& row) {
    const std::string_view text = polled_.view(row);
    pieces_.clear();
    if (is_single_event(text)) {
        pieces_.push_back({0, text, decode::Reason::ok});
    } else {
        decode::split_record(text, pieces_);
    }
    pending_.counters.add("events_read", pieces_.size());
    for (const decode::Piece& piece : pieces_) {
        EventRef ref = row.ref;
        ref.element = piece.element;
        if (piece.reason != decode::Reason::ok) {
            add_letter(row, ref, piece.reason, piece.text);
            continue;
        }
        std::size_t shard = 0;
        if (lanes_.size() > 1) {
            shard = hash64(probe_.host_key(piece.text)) % lanes_.size();
        }
        append(shard, row, ref, piece.text);
    }
}

void Intake::append(std::size_t shard,
                    const RecordRow& row,
                    const EventRef& ref,
                    std::string_view text) {
    Lane& lane = lanes_[shard];
    if (lane.open.full()) {
        send_open(shard);
    }
    if (lane.open.empty()) {
        lane.open_since_us = links_.clock->monotonic().count();
    }
    lane.open.append(ref, row.record_time, text, row.line);
}

void Intake::send_open(std::size_t shard) {
    Lane& lane = lanes_[shard];
    const std::size_t bytes = lane.open.bytes();
    lane.waiting.push_back({ShardItem(std::exchange(lane.open, links_.pool->take())), bytes});
    flush(shard);
}

// Behind all that was handed out to this shard before.
void Intake::send_control(std::size_t shard, ShardItem item) {
    Lane& lane = lanes_[shard];
    if (!lane.open.empty()) {
        send_open(shard);
    }
    lane.waiting.push_back({std::move(item), 0});
    flush(shard);
}

void Intake::add_letter(const RecordRow& row,
                        const EventRef& ref,
                        decode::Reason reason,
                        std::string_view payload) {
    const std::string_view name = decode::to_string(reason);
    pending_.counters.add("dead_letters." + std::string(name));
    const std::string_view kept = payload.substr(0, alert::DeadLetter::max_payload);
    letter_bytes_ += kept.size() + 256;
    pending_.letters.push_back(
        {links_.origins->ref(ref),
         std::string(links_.origins->text(ref.partition)),
         std::string(name),
         links_.origins->place(ref, row.line) + std::string(decode::in_words(reason)),
         row.record_time,
         std::string(kept),
         payload.size()});
}

// An epoch ends when an alert has waited `alert_delay` or the epoch is `epoch_age` old. While
// sources are behind it may grow, so that commits take a tenth of the time at most, up to
// `epoch_age_behind` or the limit of what is gathered in memory.
bool Intake::epoch_due() const {
    if (content_requested_.load(std::memory_order_relaxed)) {
        return true;
    }
    if (epoch_since_us_ == 0) {
        return false;
    }
    if (marker_requested_.load(std::memory_order_relaxed) || !revoked_.empty() ||
        letter_bytes_ >= max_letter_bytes) {
        return true;
    }
    if (options_.epoch_records > 0) {
        if (epoch_records_ >= options_.epoch_records) {
            return true;
        }
    }
    const std::int64_t now = links_.clock->monotonic().count();
    const std::int64_t age = now - epoch_since_us_;
    const Signals& signals = *links_.signals;
    const bool keeper_busy = signals.committed_epoch.load(std::memory_order_relaxed) + 1 < epoch_;
    if (now < behind_until_us_.load(std::memory_order_relaxed) || keeper_busy) {
        const std::uint64_t bytes = signals.changed_bytes.load() + signals.gathered_bytes.load();
        if (age >= options_.epoch_age_behind.count() || bytes >= options_.epoch_row_bytes) {
            return true;
        }
        const auto foreseen = static_cast<std::int64_t>(bytes / commit_bytes_a_us);
        const std::int64_t commit = std::max(signals.last_commit_us.load(), foreseen);
        if (keeper_busy || age < std::max(commit_share * commit, options_.epoch_age.count())) {
            return false;
        }
    }
    const std::int64_t alert_since = signals.alert_since_us.load(std::memory_order_relaxed);
    return age >= options_.epoch_age.count() ||
           (alert_since != 0 && now - alert_since >= options_.alert_delay.count());
}

void Intake::put_marker(bool final) {
    auto marker = std::make_shared<Marker>(std::move(pending_));
    pending_ = {};
    marker->epoch = epoch_;
    marker->revoked = std::exchange(revoked_, {});
    marker->final = final;
    marker->close_windows = final && stop_closes_windows_.load();
    marker->positions.reserve(positions_.size());
    for (const auto& [number, position] : positions_) {
        marker->positions.push_back(position);
    }
    std::sort(marker->positions.begin(),
              marker->positions.end(),
              [](const Position& a, const Position& b) { return a.partition < b.partition; });
    if (correlating_) {
        choose_clocks(*marker);
    }
    if (!final) {
        const std::lock_guard lock(content_mutex_);
        marker->content = std::exchange(requested_content_, nullptr);
        content_requested_.store(false);
    }
    if (marker->content) {
        correlating_ = !marker->content->correlators.empty();
    }
    for (std::size_t k = 0; k < lanes_.size(); ++k) {
        if (planted(Fault::marker_overtakes_batch) && !final) {
            links_.shards[k]->force_push(MarkerPtr(marker));
            links_.shard_bells[k]->ring();
        } else {
            send_control(k, MarkerPtr(marker));
        }
    }
    kill_point("mid_epoch");
    ++epoch_;
    epoch_records_ = 0;
    letter_bytes_ = 0;
    epoch_since_us_ = 0;
    marker_requested_.store(false, std::memory_order_relaxed);
    marked_final_ = final;
}

// A partition that is read holds the correlators' watermark at its clock; one that has been silent
// for a while does not, if it is at its end or not ours any more.
bool Intake::is_idle(const Reading& reading, std::int64_t now) const {
    return now - reading.last_us >= options_.partition_idle.count() &&
           (reading.is_at_end || !reading.is_assigned);
}

void Intake::choose_clocks(Marker& marker) {
    const std::int64_t now = links_.clock->monotonic().count();
    for (auto it = readings_.begin(); it != readings_.end();) {
        const bool idle = is_idle(it->second, now);
        if (!idle) {
            marker.clocks.push_back(it->first);
        }
        it = idle && !it->second.is_assigned ? readings_.erase(it) : std::next(it);
    }
    num_clocks_ = marker.clocks.size();
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (has_spoken_[i]) {
            marker.spoken.emplace_back(sources_[i]->name());
        } else if (now - started_us_ < options_.partition_idle.count()) {
            marker.awaited.emplace_back(sources_[i]->name());
        }
    }
}

// An epoch of its own where partitions fell idle and others did not: what those found may go on.
void Intake::note_ends() {
    for (const source::SourceHealth& source : health_) {
        for (const source::PartitionHealth& p : source.partitions) {
            const auto it = readings_.find(links_.origins->intern(p.partition));
            if (it != readings_.end()) {
                it->second.is_at_end = p.end >= 0 && p.position >= p.end;
            }
        }
    }
    const auto num_live = static_cast<std::size_t>(
        std::count_if(readings_.begin(), readings_.end(), [&](const auto& r) {
            return !is_idle(r.second, health_at_us_);
        }));
    if (correlating_ && num_live > 0 && num_live < num_clocks_ && epoch_since_us_ == 0) {
        epoch_since_us_ = std::max<std::int64_t>(health_at_us_, 1);
    }
}

void Intake::publish_health() {
    health_at_us_ = links_.clock->monotonic().count();
    std::vector<source::SourceHealth> fresh;
    fresh.reserve(sources_.size());
    bool at_end = true;
    for (const auto& source : sources_) {
        fresh.push_back(source->health());
        at_end = at_end && fresh.back().at_end;
    }
    at_end_.store(at_end);
    {
        const std::lock_guard lock(health_mutex_);
        health_ = std::move(fresh);
    }
    note_ends();
}

std::vector<source::SourceHealth> Intake::health() const {
    const std::lock_guard lock(health_mutex_);
    return health_;
}

void Intake::close(Duration deadline) {
    for (const auto& source : sources_) {
        source->close(deadline);
    }
    publish_health();
}

}  // namespace spoor::pipeline
