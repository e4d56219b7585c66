#include "source/kafka_source.hpp"

#include "base/log.hpp"
#include "source/kafka_properties.hpp"
#include "source/kafka_source_class.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace spoor::source {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t fetch_size = 1024;
constexpr int idle_wait_ms = 2;
constexpr Duration max_backoff = 60s;

}  // namespace

Result<void> KafkaSource::open(std::span<const Position> checkpoint) {
    for (const Position& p : checkpoint) {
        if (p.partition.starts_with("kafka:")) {
            checkpoint_[p.partition] = p.next;
        }
    }
    last_record_ = clock_.monotonic();
    return make_client();
}

Result<void> KafkaSource::make_client() {
    SPOOR_TRY(auto conf, make_consumer_conf(settings_, instance_id_));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_log_cb(
        conf.get(), [](const rd_kafka_t* client, int level, const char* area, const char* text) {
            static_cast<KafkaSource*>(rd_kafka_opaque(client))->log_.write(level, area, text);
        });
    // These two are called from inside poll, by the thread that polls.
    rd_kafka_conf_set_error_cb(
        conf.get(), [](rd_kafka_t* /*client*/, int code, const char* reason, void* self) {
            static_cast<KafkaSource*>(self)->on_error(code, reason);
        });
    rd_kafka_conf_set_rebalance_cb(
        conf.get(),
        [](rd_kafka_t* /*client*/,
           rd_kafka_resp_err_t code,
           rd_kafka_topic_partition_list_t* list,
           void* self) { static_cast<KafkaSource*>(self)->on_rebalance(code, list); });
    std::array<char, 512> why{};
    client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size()));
    if (client_ == nullptr) {
        return fail(Errc::invalid_argument, fmt::format("kafka: {}", why.data()));
    }
    static_cast<void>(conf.release());  // the client's now
    rd_kafka_poll_set_consumer(client_.get());
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    queries_.emplace(client_.get(), identity_);
    resolver_.emplace(client_.get(),
                      *queries_,
                      settings_.group_id,
                      settings_.start == config::Kafka::Start::latest);
    topics_ticket_ = ends_ticket_ = 0;
    last_probe_ = last_pattern_ = long_ago;
    if (grouped()) {
        subscribe();
    }
    return {};
}

void KafkaSource::subscribe() {
    std::vector<TopicPartition> topics;
    for (const std::string& topic : settings_.topics) {
        topics.emplace_back(topic, RD_KAFKA_PARTITION_UA);
    }
    const KafkaList list = make_list(topics);
    const auto err = rd_kafka_subscribe(client_.get(), list.get());
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        trouble_.problem("subscription", rd_kafka_err2str(err));
    }
}

void KafkaSource::drop_client() {
    drop_held();
    resolver_.reset();
    queries_.reset();
    queue_.reset();
    client_.reset();
}

// A client that is fenced, or broken in another way that it does not come back from, is replaced.
void KafkaSource::restart_client(PollOutput& out) {
    const Duration now = clock_.monotonic();
    if (client_ != nullptr) {
        trouble_.broken(Cause::fatal, fatal_reason_, now);
        drop_client();
        if (now - restart_at_ > 10min) {
            backoff_ = 1s;
        }
        for (const auto& slot : slots_.all()) {
            change(ChangeKind::lost, slot.number);
        }
        slots_.clear();
        assign_due_ = joined_ = apply_due_ = false;
        revoke_until_.reset();
        restart_at_ = now + backoff_;
        backoff_ = std::min(backoff_ * 2, max_backoff);
        std::move(changes_.begin(), changes_.end(), std::back_inserter(out.changes));
        changes_.clear();
        return;
    }
    if (now >= restart_at_) {
        fatal_ = false;
        if (auto made = make_client(); !made) {
            fatal_ = true;
            restart_at_ = now + backoff_;
            trouble_.note(made.error().detail);
        }
    }
}

void KafkaSource::on_error(int code, std::string_view reason) {
    const Duration now = clock_.monotonic();
    switch (code) {
        case RD_KAFKA_RESP_ERR__FATAL: {
            std::array<char, 512> why{};
            const auto cause = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
            fatal_ = true;
            fatal_reason_ =
                cause == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                    ? fmt::format(
                          "the group has another member '{}' now: a program with a copy of this "
                          "data "
                          "folder, or this one, forgotten by the broker while they were apart",
                          instance_id_)
                    : std::string(why.data());
            break;
        }
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            trouble_.broken(Cause::authentication, reason, now);
            break;
        case RD_KAFKA_RESP_ERR__SSL:
            trouble_.broken(Cause::tls, reason, now);
            break;
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            trouble_.broken(Cause::unreachable, reason, now);
            slots_.forget_ends();
            break;
        default:
            trouble_.note(reason);
            break;
    }
}

void KafkaSource::drop_held() {
    for (; held_next_ < held_.size(); ++held_next_) {
        rd_kafka_message_destroy(held_[held_next_]);
    }
    held_.clear();
    held_next_ = 0;
}

void KafkaSource::fetch() {
    const std::size_t before = held_.size();
    held_.resize(before + fetch_size);
    ssize_t n = rd_kafka_consume_batch_queue(queue_.get(), 0, held_.data() + before, fetch_size);
    if (n == 0) {
        n = rd_kafka_consume_batch_queue(
            queue_.get(), idle_wait_ms, held_.data() + before, fetch_size);
    }
    held_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
}

void KafkaSource::poll(PollOutput& out) {
    if (closed_) {
        return;
    }
    if (fatal_) {
        restart_client(out);
        return;
    }
    step_queries();
    if (revoke_until_ && clock_.monotonic() >= *revoke_until_) {
        finish_revocation();
    }
    if (held_next_ == held_.size()) {
        held_.clear();
        held_next_ = 0;
    }
    if (held_.empty() || (paused_ && held_.size() - held_next_ < 4 * fetch_size)) {
        fetch();
    }
    out.losses.merge(losses_);
    losses_.clear();
    if (!changes_.empty()) {
        std::move(changes_.begin(), changes_.end(), std::back_inserter(out.changes));
        changes_.clear();
        return;
    }
    if (!paused_) {
        deliver(out);
    }
}

void KafkaSource::deliver(PollOutput& out) {
    RecordBatch& batch = *out.batch;
    KafkaSlot* run = nullptr;
    bool moved = false;
    const auto end_run = [&] {
        if (moved) {
            out.advances.push_back({run->number, run->number, run->position});
        }
        moved = false;
    };
    while (held_next_ < held_.size() && !batch.full()) {
        rd_kafka_message_t* message = held_[held_next_++];
        KafkaSlot* slot = slots_.find(
            message->rkt, message->partition, [&] { return rd_kafka_topic_name(message->rkt); });
        if (slot != run) {
            end_run();
            run = slot;
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            on_message_error(*message);
        } else if (slot != nullptr && !slot->revoking && message->offset >= slot->position) {
            rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            const std::int64_t ms = rd_kafka_message_timestamp(message, &type);
            const Timestamp time = ms > 0 && type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
                                       ? Timestamp{std::chrono::milliseconds{ms}}
                                       : no_time;
            batch.append({slot->number, slot->number, message->offset, 0},
                         time,
                         {static_cast<const char*>(message->payload), message->len});
            slot->position = message->offset + 1;
            slot->eof = false;
            moved = true;
        }
        rd_kafka_message_destroy(message);
    }
    end_run();
    if (!batch.empty()) {
        last_record_ = clock_.monotonic();
    }
}

void KafkaSource::on_message_error(const rd_kafka_message_t& message) {
    const std::string topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "";
    KafkaSlot* slot = slots_.find(TopicPartition{topic, message.partition});
    switch (message.err) {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            if (slot != nullptr && !slot->revoking) {
                // The position stays: an end can be reported ahead of records that librdkafka
                // fetches again after a pause or a rebalance.
                slot->end_seen = message.offset;
                slot->end = std::max(slot->end, message.offset);
                slot->eof = true;
                slots_.set_refused(topic, false);
            }
            break;
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
            if (slot != nullptr && !slot->asking) {
                slot->asking = true;
                resolver_->add(slot->where, slot->position);
            }
            break;
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            slots_.set_refused(topic, true);
            trouble_.problem(fmt::format("topic '{}'", topic),
                             "the broker does not let us read it; its administrator can grant READ "
                             "and DESCRIBE");
            break;
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            trouble_.problem("group",
                             fmt::format("the broker does not let us join '{}'; its administrator "
                                         "can grant READ on the group",
                                         settings_.group_id));
            break;
        case RD_KAFKA_RESP_ERR__FATAL:
            on_error(message.err, rd_kafka_message_errstr(&message));
            break;
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            log(LogLevel::error,
                "kafka",
                "the pipeline took nothing for longer than max.poll.interval.ms: the group took "
                "the "
                "partitions away; they are read again from the last epoch");
            break;
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            last_probe_ = long_ago;  // the look at the topics says it in words
            break;
        default:
            log(LogLevel::warning, "kafka", "{}", rd_kafka_message_errstr(&message));
            break;
    }
}

void KafkaSource::pause() {
    if (!paused_ && client_ != nullptr) {
        const KafkaList list = make_list(slots_.active());
        rd_kafka_pause_partitions(client_.get(), list.get());
    }
    paused_ = true;
}

void KafkaSource::resume() {
    if (paused_ && client_ != nullptr) {
        const KafkaList list = make_list(slots_.active());
        rd_kafka_resume_partitions(client_.get(), list.get());
        apply_due_ = reports_ends(settings_);  // from our positions: see there
    }
    paused_ = false;
}

bool KafkaSource::at_end() const {
    return trouble_.state() == SourceState::healthy && joined_ && !assign_due_ && !apply_due_ &&
           !revoke_until_ && held_next_ == held_.size() && changes_.empty() &&
           (!resolver_ || resolver_->empty()) && slots_.all_at_end(reports_ends(settings_));
}

SourceHealth KafkaSource::health() const {
    SourceHealth out;
    out.name = "kafka";
    out.reconnects = trouble_.num_recoveries();
    out.state = closed_ ? SourceState::closed : trouble_.state();
    out.detail = trouble_.detail();
    for (const KafkaSlot& slot : slots_.all()) {
        // What holds no record (markers of transactions, compacted ones) is not lag.
        const std::int64_t position =
            slot.eof ? std::max(slot.position, slot.end_seen) : slot.position;
        out.partitions.push_back({std::string(origins_.text(slot.number)),
                                  fmt::format("{} [{}]", slot.where.first, slot.where.second),
                                  position,
                                  slot.end < 0 ? slot.end : std::max(slot.end, position)});
    }
    out.at_end = at_end();
    if (out.state != SourceState::healthy) {
        return out;
    }
    const Duration silent = clock_.monotonic() - last_record_;
    if (!joined_ || assign_due_) {
        out.state = SourceState::starting;
        out.detail = !joined_ ? fmt::format("joining group '{}'", settings_.group_id)
                              : fmt::format("finding out where to start{}{}",
                                            resolver_->reason().empty() ? "" : ": ",
                                            resolver_->reason());
    } else if (slots_.all().empty() && resolver_->empty()) {
        out.detail = grouped()
                         ? "no partition is assigned: the group has more members than there are "
                           "partitions"
                         : "no topic matches";
    } else if (settings_.idle_note > Duration{0} && silent >= settings_.idle_note) {
        out.detail = fmt::format("no record for {}",
                                 format_duration(std::chrono::floor<std::chrono::seconds>(silent)));
    }
    return out;
}

void KafkaSource::close(Duration deadline) {
    if (closed_) {
        return;
    }
    closing_ = true;
    if (client_ != nullptr) {
        const Duration until = clock_.monotonic() + deadline;
        commit_stored(deadline / 2);
        drop_held();
        slots_.clear();
        rd_kafka_error_t* error = rd_kafka_consumer_close_queue(client_.get(), queue_.get());
        if (error != nullptr) {
            rd_kafka_error_destroy(error);
        }
        while (rd_kafka_consumer_closed(client_.get()) == 0 && clock_.monotonic() < until) {
            fetch();
            drop_held();
        }
        drop_client();
    }
    closed_ = true;
}

Result<std::unique_ptr<Source>> make_kafka_source(const config::Kafka& settings,
                                                  OriginTable& origins,
                                                  const Clock& clock,
                                                  const std::string& data_dir,
                                                  TopicIdentity identity) {
    SPOOR_TRY(auto id, group_instance_id(data_dir));
    // Single properties are checked here, combinations by open(), which makes the client.
    SPOOR_TRY(const auto conf, make_consumer_conf(settings, id));
    return std::make_unique<KafkaSource>(settings, origins, clock, std::move(id), identity);
}

}  // namespace spoor::source
