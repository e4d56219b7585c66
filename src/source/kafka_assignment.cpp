#include "base/log.hpp"
#include "source/kafka_source_class.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>

namespace spoor::source {

using namespace std::chrono_literals;

bool KafkaSource::cooperative() const {
    const char* protocol = rd_kafka_rebalance_protocol(client_.get());
    return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void KafkaSource::change(ChangeKind kind, std::uint32_t partition) {
    PartitionChange c;
    c.kind = kind;
    c.partition = partition;
    changes_.push_back(std::move(c));
}

void KafkaSource::on_rebalance(int code, const rd_kafka_topic_partition_list_t* list) {
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !closing_) {
        on_assign(partitions_of(list));
    } else {
        on_revoke(partitions_of(list), rd_kafka_assignment_lost(client_.get()) != 0);
    }
}

// Reading begins when the brokers have said where; until then librdkafka waits for the call.
void KafkaSource::on_assign(const std::vector<TopicPartition>& partitions) {
    trouble_.solved("group");
    assign_due_ = true;
    joined_ = true;
    assign_since_ = clock_.monotonic();
    for (const TopicPartition& p : partitions) {
        resolver_->add(p);
    }
}

void KafkaSource::on_revoke(const std::vector<TopicPartition>& partitions, bool lost) {
    assign_due_ = false;
    bool any = false;
    for (const TopicPartition& p : partitions) {
        resolver_->remove(p);
        KafkaSlot* slot = slots_.find(p);
        if (slot == nullptr) {
            continue;
        }
        if (lost || closing_) {
            if (!closing_) {
                change(ChangeKind::lost, slot->number);
            }
            slots_.erase(p);
        } else {
            slot->revoking = true;
            any = true;
            change(ChangeKind::revoked, slot->number);
        }
    }
    if (!any) {
        unassign(partitions);
        return;
    }
    revoked_ = partitions;
    revoke_until_ = clock_.monotonic() + settings_.session_timeout / 2;
}

void KafkaSource::unassign(const std::vector<TopicPartition>& partitions) {
    if (cooperative()) {
        const KafkaList list = make_list(partitions);
        rd_kafka_error_t* error = rd_kafka_incremental_unassign(client_.get(), list.get());
        if (error != nullptr) {
            rd_kafka_error_destroy(error);
        }
    } else {
        rd_kafka_assign(client_.get(), nullptr);
        joined_ = false;  // nothing is ours until the group says so: that is not the end
    }
}

void KafkaSource::finish_revocation() {
    commit_stored(1s);
    for (const TopicPartition& p : revoked_) {
        if (const KafkaSlot* slot = slots_.find(p); slot != nullptr && slot->revoking) {
            if (!slot->released) {
                log(LogLevel::warning,
                    "kafka",
                    "{} [{}] is given up before its epoch was committed: the next owner reads it "
                    "again",
                    p.first,
                    p.second);
                change(ChangeKind::lost, slot->number);
            }
            slots_.erase(p);
        }
    }
    unassign(revoked_);
    revoked_.clear();
    revoke_until_.reset();
}

void KafkaSource::release(std::uint32_t partition) {
    if (KafkaSlot* slot = slots_.find(partition); slot != nullptr && slot->revoking) {
        slot->released = true;
        if (revoke_until_ && slots_.all_released()) {
            finish_revocation();
        }
    }
}

void KafkaSource::resolved(const ResolvedPartition& found) {
    const std::uint32_t number = origins_.intern(found.text);
    origins_.set_label(number, found.where.first);  // alerts name the topic
    KafkaSlot* slot = slots_.find(found.where);
    const bool known = slot != nullptr && slot->number == number;
    if (slot != nullptr && !known) {
        log(LogLevel::warning,
            "kafka",
            "topic '{}' was deleted and made anew: partition {} starts over",
            found.where.first,
            found.where.second);
        change(ChangeKind::lost, slot->number);
        slots_.erase(found.where);
    }
    if (found.start.gap > 0 || found.start.truncated) {
        losses_.add("kafka_gap_records", found.start.gap);
        losses_.add("kafka_truncated_partitions", found.start.truncated ? 1 : 0);
        log(LogLevel::error,
            "kafka",
            "{} [{}]: {}",
            found.where.first,
            found.where.second,
            found.start.reason);
    }
    KafkaSlot& entry = known ? *slot : slots_.add(found.where, number);
    entry.position = found.start.next;
    entry.end = found.high;
    entry.end_known = found.high >= 0;
    entry.eof = false;
    entry.fresh = true;
    entry.asking = false;
    apply_due_ = true;
    if (!known) {
        PartitionChange c;
        c.partition = number;
        c.start = {found.text, found.text, found.start.next};
        c.drop_state = found.start.drop_state;
        c.reason = found.start.reason;
        changes_.push_back(std::move(c));
    }
}

// Tells librdkafka what to read and from where. Positions are ours: a whole new assignment fetches
// again what was fetched and not yet handed out; one that only adds leaves the others alone, and
// what is fetched of them must be kept.
void KafkaSource::apply_assignment() {
    const bool add_only = grouped() && cooperative();
    if (!add_only) {
        drop_held();
    }
    KafkaList list(rd_kafka_topic_partition_list_new(16));
    KafkaList again(rd_kafka_topic_partition_list_new(1));
    for (KafkaSlot& slot : slots_.all()) {
        if (slot.revoking || (add_only && !slot.fresh)) {
            continue;
        }
        const char* topic = slot.where.first.c_str();
        rd_kafka_topic_partition_list_add(list.get(), topic, slot.where.second)->offset =
            slot.position;
        if (add_only && slot.assigned) {
            rd_kafka_topic_partition_list_add(again.get(), topic, slot.where.second);
        }
        slot.fresh = false;
        slot.assigned = true;
    }
    std::string error;
    if (add_only) {
        for (rd_kafka_error_t* e :
             {again->cnt > 0 ? rd_kafka_incremental_unassign(client_.get(), again.get()) : nullptr,
              rd_kafka_incremental_assign(client_.get(), list.get())}) {
            if (e != nullptr) {
                error = rd_kafka_error_string(e);
                rd_kafka_error_destroy(e);
            }
        }
    } else if (const auto err = rd_kafka_assign(client_.get(), list.get());
               err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = rd_kafka_err2str(err);
    }
    if (error.empty()) {
        trouble_.solved("assignment");
    } else {
        trouble_.problem("assignment", error);
    }
    // librdkafka remembers the pause of a partition that left and came back.
    if (paused_) {
        rd_kafka_pause_partitions(client_.get(), list.get());
    } else {
        rd_kafka_resume_partitions(client_.get(), list.get());
    }
    assign_due_ = apply_due_ = false;
}

void KafkaSource::acknowledge(std::span<const Position> committed) {
    std::vector<Position> mine;
    for (const Position& p : committed) {
        if (p.partition.starts_with("kafka:")) {
            checkpoint_[p.partition] = p.next;
            if (commits()) {
                mine.push_back(p);
            }
        }
    }
    if (mine.empty() || client_ == nullptr) {
        return;
    }
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(mine.size())));
    for (const Position& p : mine) {
        KafkaSlot* slot = slots_.find(origins_.intern(p.partition));
        if (slot != nullptr && slot->acknowledged != p.next) {
            rd_kafka_topic_partition_list_add(
                list.get(), slot->where.first.c_str(), slot->where.second)
                ->offset = p.next;
        }
    }
    // An error is that of a partition which is no longer ours: its next owner's business.
    if (list->cnt == 0) {
        return;
    }
    rd_kafka_offsets_store(client_.get(), list.get());
    for (int i = 0; i < list->cnt; ++i) {
        const rd_kafka_topic_partition_t& done = list->elems[i];
        for (const Position& p : mine) {
            KafkaSlot* slot = slots_.find(origins_.intern(p.partition));
            if (done.err == RD_KAFKA_RESP_ERR_NO_ERROR && slot != nullptr &&
                slot->where.first == done.topic && slot->where.second == done.partition) {
                slot->acknowledged = p.next;  // else it is tried again with the next epoch
            }
        }
    }
}

// librdkafka commits what is stored every auto.commit.interval.ms; this is for partitions that
// leave.
void KafkaSource::commit_stored(Duration deadline) {
    if (!commits() || client_ == nullptr || trouble_.outage()) {
        return;
    }
    KafkaList list(rd_kafka_topic_partition_list_new(16));
    for (const KafkaSlot& slot : slots_.all()) {
        if (slot.acknowledged >= 0 && (closing_ || slot.revoking)) {
            rd_kafka_topic_partition_list_add(
                list.get(), slot.where.first.c_str(), slot.where.second)
                ->offset = slot.acknowledged;
        }
    }
    if (list->cnt == 0) {
        return;
    }
    const KafkaQueue answer(rd_kafka_queue_new(client_.get()));
    auto err = rd_kafka_commit_queue(client_.get(), list.get(), answer.get(), nullptr, nullptr);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_event_t* event = rd_kafka_queue_poll(
            answer.get(),
            static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(deadline).count()));
        err = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
        if (event != nullptr) {
            rd_kafka_event_destroy(event);
        }
    }
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // The checkpoint stands; the next owner reads a little again.
        log(LogLevel::info, "kafka", "offsets not committed on leaving: {}", rd_kafka_err2str(err));
    }
}

}  // namespace spoor::source
