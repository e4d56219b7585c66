#include "store/memory_store.hpp"

#include "base/assert.hpp"
#include "store/semantics.hpp"
#include "store/sqlite_schema.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace spoor::store {

Result<Checkpoint> MemoryStore::load() {
    const std::lock_guard lock(mutex_);
    Checkpoint out;
    out.epoch = epoch_;
    for (const auto& [partition, position] : positions_) {
        out.positions.push_back(position);
    }
    for (const auto& [partition, newest] : watermarks_) {
        out.watermarks.push_back({partition, newest});
    }
    out.counters = counters_;
    return out;
}

Result<std::uint64_t> MemoryStore::load_rows(std::string_view detector,
                                             std::uint32_t version,
                                             const std::function<void(alert::StateRow&&)>& take) {
    const std::lock_guard lock(mutex_);
    std::uint64_t discarded = 0;
    auto row = rows_.lower_bound(RowKey{std::string(detector), "", ""});
    while (row != rows_.end() && row->first.detector == detector) {
        if (row->second.version != version) {
            row = rows_.erase(row);
            ++discarded;
            continue;
        }
        take({row->first.detector,
              version,
              row->first.partition,
              row->first.entity,
              row->second.bytes});
        ++row;
    }
    counters_.add("state_rows_discarded", discarded);
    return discarded;
}

Result<CommitInfo> MemoryStore::commit(const Epoch& epoch) {
    const std::lock_guard lock(mutex_);
    if (epoch.number != epoch_ + 1) {
        return fail(Errc::invalid_argument,
                    fmt::format("epoch {} cannot follow epoch {}", epoch.number, epoch_));
    }
    if (commits_to_fail_ > 0) {
        --commits_to_fail_;
        ++num_failed_commits_;
        return fail(Errc::io, "the disk is full (asked for by a test)");
    }
    CommitInfo info;
    for (const alert::Alert& alert : epoch.alerts) {
        add_alert(alert, epoch.stored_at, info);
    }
    for (const alert::DeadLetter& letter : epoch.dead_letters) {
        add_letter(letter, epoch.stored_at, info);
    }
    for (const std::string& partition : epoch.dropped_partitions) {
        std::erase_if(rows_, [&](const auto& row) { return row.first.partition == partition; });
        watermarks_.erase(partition);
    }
    for (const std::string& detector : epoch.dropped_detectors) {
        std::erase_if(rows_, [&](const auto& row) { return row.first.detector == detector; });
    }
    put_rows(epoch, info);
    for (const Position& position : epoch.positions) {
        positions_[position.partition] = position;
    }
    for (const Epoch::Watermark& watermark : epoch.watermarks) {
        watermarks_[watermark.partition] = watermark.newest;
    }
    counters_.merge(epoch.counters);
    counters_.add("alerts_repeated", info.repeated_alerts);
    counters_.add("alerts_conflicting", info.conflicting_alerts);
    counters_.add("dead_letters_repeated", info.repeated_letters);
    epoch_ = epoch.number;
    return info;
}

void MemoryStore::add_alert(const alert::Alert& alert, Timestamp stored_at, CommitInfo& info) {
    internal::IdBytes id_bytes{};
    SPOOR_ASSERT(internal::id_to_bytes(alert.id, id_bytes), "an alert's id is 32 hex digits");
    info.bytes += alert.json.size();
    const auto [known, is_new] = sequence_by_id_.try_emplace(alert.id, last_sequence_ + 1);
    if (!is_new) {
        const StoredAlert& first = alerts_[known->second - alerts_.front().alert.sequence];
        if (first.alert.json == alert.json) {
            ++info.repeated_alerts;
        } else if (info.conflicting_alerts++ == 0) {
            info.conflict = internal::conflict_text(alert);
        }
        return;
    }
    StoredAlert& stored = alerts_.emplace_back();
    stored.alert = {++last_sequence_,
                    alert.id,
                    alert.time,
                    alert.level,
                    alert.host,
                    alert.rule_id,
                    internal::joined(alert.techniques),
                    alert.json};
    stored.stored_at = stored_at;
    stored.start = log_end_;
    log_end_ += internal::bytes_of(alert, stored.alert.techniques);
    ++info.new_alerts;
}

void MemoryStore::add_letter(const alert::DeadLetter& letter,
                             Timestamp stored_at,
                             CommitInfo& info) {
    info.bytes += letter.payload.size();
    if (!keeps_letters_) {
        return;
    }
    if (!letter_refs_.insert(letter.ref).second) {
        ++info.repeated_letters;
        return;
    }
    letters_.push_back({letter, stored_at, letters_end_});
    letters_end_ += internal::bytes_of(letter);
}

void MemoryStore::put_rows(const Epoch& epoch, CommitInfo& info) {
    for (const alert::StateRow& row : epoch.rows) {
        info.bytes += row.entity.size() + row.bytes.size();
        RowKey key{row.detector, row.partition, row.entity};
        if (row.bytes.empty()) {
            rows_.erase(key);
        } else {
            rows_[std::move(key)] = {row.version, row.bytes};
        }
    }
}

Result<Retained> MemoryStore::retain(Timestamp now,
                                     const config::Store& limits,
                                     std::uint64_t min_cursor,
                                     std::size_t max_rows) {
    const std::lock_guard lock(mutex_);
    Retained out;
    retain_alerts(now, limits, min_cursor, max_rows, out);
    retain_letters(now, limits, max_rows, out);
    counters_.add("retention_alerts", out.alerts);
    counters_.add("outbox_gap_alerts", out.unsent_alerts);
    counters_.add("retention_dead_letters", out.dead_letters);
    return out;
}

void MemoryStore::retain_alerts(Timestamp now,
                                const config::Store& limits,
                                std::uint64_t min_cursor,
                                std::size_t max_rows,
                                Retained& out) {
    while (!alerts_.empty()) {
        const StoredAlert& front = alerts_.front();
        const bool is_unsent = front.alert.sequence > min_cursor;
        if (!internal::may_delete_alert(
                now, limits, is_unsent, front.stored_at, front.start, log_end_)) {
            return;
        }
        if (out.alerts == max_rows) {
            out.more = true;
            return;
        }
        ++out.alerts;
        out.unsent_alerts += is_unsent ? 1U : 0U;
        sequence_by_id_.erase(front.alert.id);
        alerts_.pop_front();
    }
}

void MemoryStore::retain_letters(Timestamp now,
                                 const config::Store& limits,
                                 std::size_t max_rows,
                                 Retained& out) {
    while (!letters_.empty()) {
        const StoredLetter& front = letters_.front();
        if (!internal::may_delete_letter(now, limits, front.stored_at, front.start, letters_end_)) {
            return;
        }
        if (out.dead_letters == max_rows) {
            out.more = true;
            return;
        }
        ++out.dead_letters;
        letter_refs_.erase(front.letter.ref);
        letters_.pop_front();
    }
}

Result<std::vector<LoggedAlert>> MemoryStore::read(std::uint64_t after, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LoggedAlert> out;
    if (alerts_.empty()) {
        return out;
    }
    const std::uint64_t first = alerts_.front().alert.sequence;
    for (std::size_t i = after < first ? 0 : after - first + 1;
         i < alerts_.size() && out.size() < limit;
         ++i) {
        out.push_back(alerts_[i].alert);
    }
    return out;
}

Result<std::uint64_t> MemoryStore::last_sequence() {
    const std::lock_guard lock(mutex_);
    return last_sequence_;
}

Result<std::uint64_t> MemoryStore::first_sequence() {
    const std::lock_guard lock(mutex_);
    return alerts_.empty() ? 0 : alerts_.front().alert.sequence;
}

Result<std::uint64_t> MemoryStore::cursor(std::string_view sink) {
    const std::lock_guard lock(mutex_);
    const auto known = cursors_.find(sink);
    return known == cursors_.end() ? 0 : known->second;
}

Result<void> MemoryStore::advance(std::string_view sink,
                                  std::uint64_t cursor,
                                  const std::vector<Refused>& refused) {
    const std::lock_guard lock(mutex_);
    if (advances_to_fail_ > 0) {
        --advances_to_fail_;
        return fail(Errc::io, "the disk is full (asked for by a test)");
    }
    cursors_[std::string(sink)] = cursor;
    for (const Refused& one : refused) {
        refused_[std::string(sink)][one.sequence] = one;
    }
    return {};
}

void MemoryStore::fail_next_commits(std::uint64_t n) {
    const std::lock_guard lock(mutex_);
    commits_to_fail_ = n;
}

void MemoryStore::fail_next_advances(std::uint64_t n) {
    const std::lock_guard lock(mutex_);
    advances_to_fail_ = n;
}

std::vector<LoggedAlert> MemoryStore::alerts() const {
    const std::lock_guard lock(mutex_);
    std::vector<LoggedAlert> out;
    for (const StoredAlert& stored : alerts_) {
        out.push_back(stored.alert);
    }
    return out;
}

std::vector<alert::DeadLetter> MemoryStore::dead_letters() const {
    const std::lock_guard lock(mutex_);
    std::vector<alert::DeadLetter> out;
    for (const StoredLetter& stored : letters_) {
        out.push_back(stored.letter);
    }
    return out;
}

std::vector<alert::StateRow> MemoryStore::rows() const {
    const std::lock_guard lock(mutex_);
    std::vector<alert::StateRow> out;
    for (const auto& [key, value] : rows_) {
        out.push_back({key.detector, value.version, key.partition, key.entity, value.bytes});
    }
    return out;
}

std::vector<Cursors::Refused> MemoryStore::refused(std::string_view sink) const {
    const std::lock_guard lock(mutex_);
    std::vector<Refused> out;
    if (const auto known = refused_.find(sink); known != refused_.end()) {
        for (const auto& [sequence, one] : known->second) {
            out.push_back(one);
        }
    }
    return out;
}

std::uint64_t MemoryStore::num_failed_commits() const {
    const std::lock_guard lock(mutex_);
    return num_failed_commits_;
}

}  // namespace spoor::store
