// Drives a Kafka source as intake does, and keeps what it says: for tests.
#pragma once

#include "base/clock.hpp"
#include "event/origin.hpp"
#include "source/kafka_source.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::source {

struct ReadRecord {
    std::string partition;
    std::int64_t offset = 0;
    std::int64_t time_ms = 0;
    std::string value;
};

class KafkaReader {
public:
    KafkaReader(const config::Kafka& settings,
                const std::string& data_dir,
                TopicIdentity identity = TopicIdentity::id) {
        auto made = make_kafka_source(settings, origins_, clock_, data_dir, identity);
        if (!made) {
            ADD_FAILURE() << made.error().detail;
            return;
        }
        source_ = std::move(*made);
    }

    void open(const std::vector<Position>& checkpoint = {}) {
        const auto opened = source_->open(checkpoint);
        ASSERT_TRUE(opened) << opened.error().detail;
    }

    // One poll, as intake does it: changes, then records, then positions.
    void poll() {
        batch_.clear();
        PollOutput out;
        out.batch = &batch_;
        source_->poll(out);
        EXPECT_TRUE(out.changes.empty() || batch_.empty()) << "changes and records in one poll";
        for (const PartitionChange& c : out.changes) {
            const std::string text(origins_.text(c.partition));
            if (c.kind == ChangeKind::assigned) {
                EXPECT_EQ(c.start.partition, text);
                next[text] = c.start.next;
                owned[text] = true;
            } else if (c.kind == ChangeKind::lost) {
                owned[text] = false;
            } else {
                revoked.push_back(c.partition);
            }
            changes.push_back(c);
        }
        for (const RecordRow& row : batch_.rows()) {
            const std::string text(origins_.text(row.ref.partition));
            EXPECT_TRUE(owned[text]) << "a record of " << text << ", which is not assigned";
            EXPECT_EQ(row.ref.origin, row.ref.partition);
            EXPECT_GE(row.ref.position, next[text]) << "out of order or twice in " << text;
            next[text] = row.ref.position + 1;
            records.push_back({text,
                               row.ref.position,
                               std::chrono::duration_cast<std::chrono::milliseconds>(
                                   row.record_time.time_since_epoch())
                                   .count(),
                               std::string(batch_.view(row))});
        }
        for (const auto& a : out.advances) {
            const std::string text(origins_.text(a.partition));
            EXPECT_GE(a.next, next[text]);
            next[text] = a.next;
        }
        losses.merge(out.losses);
    }

    [[nodiscard]] bool poll_until(std::chrono::milliseconds timeout,
                                  const std::function<bool()>& condition) {
        const Duration until = clock_.monotonic() + timeout;
        while (!condition()) {
            if (clock_.monotonic() >= until) {
                return false;
            }
            poll();
        }
        return true;
    }

    [[nodiscard]] bool read(std::size_t count,
                            std::chrono::milliseconds timeout = std::chrono::seconds{30}) {
        return poll_until(timeout, [&] { return records.size() >= count; });
    }

    // What an epoch's commit does: all that has been handed out is acknowledged.
    std::vector<Position> acknowledge() {
        std::vector<Position> positions;
        for (const auto& [text, offset] : next) {
            if (owned[text]) {
                positions.push_back({text, text, offset});
            }
        }
        source_->acknowledge(positions);
        return positions;
    }

    void release_revoked() {
        for (const std::uint32_t partition : std::exchange(revoked, {})) {
            owned[std::string(origins_.text(partition))] = false;
            source_->release(partition);
        }
    }

    // State, partitions and their positions, for messages of failed tests.
    [[nodiscard]] std::string describe() const {
        const SourceHealth health = source_->health();
        std::string out = std::string(to_string(health.state)) + ": " + health.detail + "; " +
                          std::to_string(records.size()) + " records;";
        for (const PartitionHealth& p : health.partitions) {
            out += " " + p.label + " " + std::to_string(p.position) + "/" + std::to_string(p.end);
        }
        return out;
    }

    void close() { source_->close(std::chrono::seconds{10}); }

    [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> refs() const {
        std::vector<std::pair<std::string, std::int64_t>> out;
        for (const ReadRecord& r : records) {
            out.emplace_back(r.partition, r.offset);
        }
        return out;
    }

    Source& source() { return *source_; }

    std::vector<ReadRecord> records;
    std::vector<PartitionChange> changes;
    std::vector<std::uint32_t> revoked;
    std::map<std::string, std::int64_t> next;
    std::map<std::string, bool> owned;
    Counters losses;

private:
    OriginTable origins_;
    SystemClock clock_;
    RecordBatch batch_;
    std::unique_ptr<Source> source_;
};

}  // namespace spoor::source
