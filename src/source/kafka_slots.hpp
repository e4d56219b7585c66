// KafkaSlots: the partitions that are being read, found by number, by name and, per record, by
// librdkafka's topic handle without touching a string. Plain data; one owner, one thread.
#pragma once

#include "event/origin.hpp"
#include "source/kafka_handles.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

namespace spoor::source {

struct KafkaSlot {
    TopicPartition where;
    std::uint32_t number = 0;        // in the OriginTable
    std::int64_t position = 0;       // next to hand out
    std::int64_t acknowledged = -1;  // next, as told to librdkafka
    std::int64_t end = -1;
    bool end_known = false;      // `end` is newer than the last outage
    bool eof = false;            // read to the end, nothing since
    std::int64_t end_seen = -1;  // where that end was
    bool fresh = true;           // position not yet told to librdkafka
    bool assigned = false;
    bool asking = false;  // its start is being looked up again
    bool revoking = false;
    bool released = false;
};

class KafkaSlots {
public:
    [[nodiscard]] std::deque<KafkaSlot>& all() { return slots_; }

    [[nodiscard]] const std::deque<KafkaSlot>& all() const { return slots_; }

    KafkaSlot& add(const TopicPartition& where, std::uint32_t number) {
        forget_handles();
        slots_.push_back({});
        slots_.back().where = where;
        slots_.back().number = number;
        return slots_.back();
    }

    void erase(const TopicPartition& where) {
        forget_handles();
        std::erase_if(slots_, [&](const KafkaSlot& s) { return s.where == where; });
    }

    void clear() {
        forget_handles();
        slots_.clear();
    }

    [[nodiscard]] KafkaSlot* find(const TopicPartition& where) {
        return find_if([&](const KafkaSlot& s) { return s.where == where; });
    }

    [[nodiscard]] KafkaSlot* find(std::uint32_t number) {
        return find_if([&](const KafkaSlot& s) { return s.number == number; });
    }

    // `name` is asked for only when the handle is new.
    template <class Name>
    [[nodiscard]] KafkaSlot* find(const void* topic, std::int32_t partition, Name name) {
        if (topic == last_.topic && partition == last_.partition) {
            return last_.slot;
        }
        for (const Handle& h : handles_) {
            if (h.topic == topic && h.partition == partition) {
                last_ = h;
                return h.slot;
            }
        }
        if (topic == nullptr) {
            return nullptr;
        }
        last_ = {topic, partition, find(TopicPartition{name(), partition})};
        handles_.push_back(last_);
        return last_.slot;
    }

    [[nodiscard]] std::vector<TopicPartition> active() const {
        std::vector<TopicPartition> out;
        for (const KafkaSlot& s : slots_) {
            if (!s.revoking) {
                out.push_back(s.where);
            }
        }
        return out;
    }

    [[nodiscard]] bool all_released() const {
        return std::all_of(slots_.begin(), slots_.end(), [](const KafkaSlot& s) {
            return !s.revoking || s.released;
        });
    }

    // `reported`: ends are reported by librdkafka, too.
    [[nodiscard]] bool all_at_end(bool reported) const {
        return std::all_of(slots_.begin(), slots_.end(), [&](const KafkaSlot& s) {
            return (s.eof || !reported) && s.end_known &&
                   std::max(s.position, s.end_seen) >= s.end && !s.asking && !s.fresh;
        });
    }

    void forget_ends() {
        for (KafkaSlot& s : slots_) {
            s.end_known = false;
        }
    }

    // Topics that the broker shows but does not let us read.
    [[nodiscard]] bool refused(const std::string& topic) const { return refused_.contains(topic); }

    void set_refused(const std::string& topic, bool refused) {
        if (refused) {
            refused_.insert(topic);
        } else if (!refused_.empty()) {
            refused_.erase(topic);
        }
    }

private:
    struct Handle {
        const void* topic = nullptr;
        std::int32_t partition = -1;
        KafkaSlot* slot = nullptr;
    };

    template <class Is>
    [[nodiscard]] KafkaSlot* find_if(Is is) {
        const auto it = std::find_if(slots_.begin(), slots_.end(), is);
        return it == slots_.end() ? nullptr : &*it;
    }

    void forget_handles() {
        handles_.clear();
        last_ = {};
    }

    std::deque<KafkaSlot> slots_;
    std::vector<Handle> handles_;
    Handle last_;
    std::set<std::string, std::less<>> refused_;
};

}  // namespace spoor::source
