#include "pipeline/shard.hpp"

#include "base/assert.hpp"
#include "pipeline/faults.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace spoor::pipeline {

namespace {

constexpr std::size_t rows_per_chunk_bytes = 1024 * 1024;
constexpr std::size_t steps_per_chunk = 1024;

std::size_t bytes_of(const Chunk& chunk) {
    std::size_t n = 0;
    for (const alert::Alert& a : chunk.alerts) {
        n += sizeof a + a.json.size() + a.summary.size() + 128;
    }
    for (const alert::DeadLetter& l : chunk.letters) {
        n += sizeof l + l.payload.size() + l.detail.size() + 64;
    }
    for (const alert::StateRow& r : chunk.rows) {
        n += sizeof r + r.bytes.size() + r.entity.size() + r.partition.size();
    }
    for (const alert::Signal& s : chunk.signals) {
        n += bytes_of(s);
    }
    return n + chunk.steps.size() * sizeof(ClockStep);
}

template <class T>
void append_moved(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

}  // namespace

Shard::Shard(const decode::Options& options, ShardLinks links, ContentPtr content)
    : links_(links),
      options_(options),
      content_(std::move(content)),
      correlating_(!content_->correlators.empty()) {
    decoder_.emplace(options_, content_->watched_paths);
    for (const auto& detector : content_->detectors) {
        states_.push_back(detector->make_state());
    }
}

bool Shard::restore(const alert::StateRow& row) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        if (content_->detectors[i]->name() == row.detector) {
            return content_->detectors[i]->restore(row, *links_.origins, *states_[i]);
        }
    }
    return false;
}

Progress Shard::step() {
    if (!flush_outgoing()) {
        return Progress::blocked;
    }
    if (finished_) {
        return Progress::done;
    }
    std::optional<ShardItem> item = links_.in->try_pop();
    if (!item) {
        return Progress::idle;
    }
    links_.intake_bell->ring();
    if (auto* batch = std::get_if<RecordBatch>(&*item)) {
        inspect(std::move(*batch));
        if (held_marker_) {
            hand_over(std::exchange(held_marker_, nullptr));
        }
    } else if (auto* marker = std::get_if<MarkerPtr>(&*item)) {
        meet(*marker);
    } else {
        const DropPartition drop = std::get<DropPartition>(*item);
        for (std::size_t i = 0; i < states_.size(); ++i) {
            content_->detectors[i]->drop_partition(drop.partition, *states_[i]);
        }
    }
    flush_outgoing();
    return Progress::worked;
}

bool Shard::flush_outgoing() {
    while (!outgoing_.empty()) {
        Outgoing& first = outgoing_.front();
        if (std::holds_alternative<HandOver>(first.item)) {
            links_.out->force_push(std::move(first.item));
        } else if (!links_.out->try_push(first.item, first.bytes)) {
            return false;
        }
        outgoing_.pop_front();
        links_.keeper_bell->ring();
    }
    return true;
}

void Shard::inspect(RecordBatch batch) {
    decoder_->decode(batch);
    const std::vector<Event>& events = decoder_->events();
    for (std::size_t i = 0; i < states_.size(); ++i) {
        findings_.alerts.clear();
        content_->detectors[i]->inspect(events, *links_.origins, *states_[i], findings_);
        append_moved(chunk_.alerts, findings_.alerts);
    }
    if (!findings_.signals.empty()) {
        if (correlating_) {
            append_moved(chunk_.signals, findings_.signals);
        }
        findings_.signals.clear();
    }
    counters_.merge(findings_.counters);
    findings_.counters.clear();
    counters_.add("events_evaluated", events.size());
    counters_.add("times_clamped", decoder_->num_clamped());
    counters_.add("events_without_time", decoder_->num_without_time());
    note_times();
    collect_letters(batch);
    links_.pool->give(std::move(batch));
    send_findings();
    report_changed_bytes();
}

void Shard::report_changed_bytes() {
    std::size_t n = 0;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        n += content_->detectors[i]->changed_bytes(*states_[i]);
    }
    links_.signals->changed_bytes.fetch_add(n - reported_bytes_,
                                            std::memory_order_relaxed);  // modulo 2^64
    reported_bytes_ = n;
}

void Shard::collect_letters(const RecordBatch& batch) {
    for (const decode::Rejected& r : decoder_->rejected()) {
        const RecordRow& row = batch.rows()[r.row];
        const std::string_view payload = batch.view(row);
        const std::string_view reason = decode::to_string(r.reason);
        counters_.add("dead_letters." + std::string(reason));
        chunk_.letters.push_back({links_.origins->ref(row.ref),
                                  std::string(links_.origins->text(row.ref.partition)),
                                  std::string(reason),
                                  links_.origins->place(row.ref, row.line) + r.detail,
                                  row.record_time,
                                  std::string(payload.substr(0, alert::DeadLetter::max_payload)),
                                  payload.size()});
    }
}

void Shard::note_times() {
    for (const Event& e : decoder_->events()) {
        if (e.time == no_time) {
            continue;
        }
        // Few partitions a shard and batch, and mostly the same one: a scan beats a map.
        auto it = std::find_if(newest_.begin(), newest_.end(), [&](const auto& n) {
            return n.first == e.ref.partition;
        });
        if (it == newest_.end()) {
            newest_.emplace_back(e.ref.partition, e.time);
            note_step(e);
        } else if (it->second < e.time) {
            if (correlating_ && clock_of(it->second) < clock_of(e.time)) {
                note_step(e);
            }
            it->second = e.time;
        }
    }
}

void Shard::note_step(const Event& event) {
    if (correlating_) {
        chunk_.steps.push_back({event.ref, clock_of(event.time)});
    }
}

void Shard::send_findings() {
    if (!chunk_.alerts.empty() || !chunk_.letters.empty() || !chunk_.signals.empty() ||
        chunk_.steps.size() >= steps_per_chunk) {
        send_chunk();
    }
}

void Shard::send_chunk() {
    const std::size_t bytes = bytes_of(chunk_);
    outgoing_.push_back({KeeperItem(std::exchange(chunk_, {})), bytes});
}

void Shard::meet(const MarkerPtr& marker) {
    if (held_marker_) {
        hand_over(std::exchange(held_marker_, nullptr));
    }
    if (planted(Fault::rows_of_next_epoch) && !marker->final) {
        held_marker_ = marker;  // the batch behind the marker will be in what this epoch hands over
        return;
    }
    hand_over(marker);
}

void Shard::hand_over(const MarkerPtr& marker) {
    std::vector<alert::StateRow> rows;
    std::vector<alert::Signal> closing;
    if (marker->content && planted(Fault::swap_before_marker)) {
        swap_content(marker->content, rows);
    }
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const alert::Detector& detector = *content_->detectors[i];
        if (marker->close_windows) {
            findings_.alerts.clear();
            detector.close_windows(*links_.origins, *states_[i], findings_);
            append_moved(chunk_.alerts, findings_.alerts);
            append_moved(closing, findings_.signals);
        }
        detector.collect_changed(*links_.origins, *states_[i], rows);
    }
    counters_.merge(findings_.counters);
    findings_.counters.clear();
    if (planted(Fault::row_missed) && !rows.empty()) {
        rows.pop_back();
    }
    if (marker->content && !planted(Fault::swap_before_marker)) {
        swap_content(marker->content, rows);
    }
    if (!chunk_.steps.empty()) {
        send_chunk();
    }
    send_findings();
    send_rows(std::move(rows));
    report_changed_bytes();
    outgoing_.push_back(
        {KeeperItem(HandOver{
             marker, std::exchange(counters_, {}), std::exchange(newest_, {}), std::move(closing)}),
         0});
    finished_ = marker->final;
}

// Behind all that this epoch changed: rows that nobody takes on go with it.
void Shard::swap_content(const ContentPtr& next, std::vector<alert::StateRow>& rows) {
    States states = carry_over<alert::Detector>(
        content_->detectors, states_, next->detectors, *links_.origins, rows, counters_);
    states_ = std::move(states);
    for (std::size_t i = 0; i < states_.size(); ++i) {  // what restore() left out of a row
        next->detectors[i]->collect_changed(*links_.origins, *states_[i], rows);
    }
    if (next->watched_paths != content_->watched_paths) {
        decoder_.emplace(options_, next->watched_paths);
    }
    content_ = next;
    correlating_ = !content_->correlators.empty();
}

// In chunks, so that the queue's bound holds for state too.
void Shard::send_rows(std::vector<alert::StateRow> rows) {
    Chunk part;
    std::size_t bytes = 0;
    for (alert::StateRow& row : rows) {
        bytes += sizeof row + row.bytes.size() + row.entity.size() + row.partition.size();
        part.rows.push_back(std::move(row));
        if (bytes >= rows_per_chunk_bytes) {
            outgoing_.push_back({KeeperItem(std::exchange(part, {})), std::exchange(bytes, 0)});
        }
    }
    if (!part.rows.empty()) {
        outgoing_.push_back({KeeperItem(std::move(part)), bytes});
    }
}

std::size_t Shard::state_bytes() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        n += content_->detectors[i]->state_bytes(*states_[i]);
    }
    return n;
}

}  // namespace spoor::pipeline
