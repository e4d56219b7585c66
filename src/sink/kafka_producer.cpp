#include "sink/kafka_producer.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace spoor::sink {

namespace {

struct Free {
    void operator()(rd_kafka_t* p) const { rd_kafka_destroy(p); }

    void operator()(rd_kafka_conf_t* p) const { rd_kafka_conf_destroy(p); }

    void operator()(rd_kafka_topic_t* p) const { rd_kafka_topic_destroy(p); }

    void operator()(rd_kafka_queue_t* p) const { rd_kafka_queue_destroy(p); }

    void operator()(rd_kafka_event_t* p) const { rd_kafka_event_destroy(p); }

    void operator()(rd_kafka_NewTopic_t* p) const { rd_kafka_NewTopic_destroy(p); }

    void operator()(rd_kafka_AdminOptions_t* p) const { rd_kafka_AdminOptions_destroy(p); }

    void operator()(rd_kafka_error_t* p) const { rd_kafka_error_destroy(p); }

    void operator()(const struct rd_kafka_metadata* p) const { rd_kafka_metadata_destroy(p); }
};

template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr std::array<std::pair<const char*, const char*>, 8> defaults = {{
    {"client.id", "spoor-producer"},
    {"enable.idempotence", "true"},
    {"compression.codec", "lz4"},
    {"linger.ms", "50"},
    {"batch.size", "1000000"},
    {"partitioner", "murmur2_random"},
    {"queue.buffering.max.messages", "200000"},
    {"queue.buffering.max.kbytes", "262144"},
}};

int milliseconds(Duration d) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(d).count();
    return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 24 * 3600 * 1000));
}

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
        return fail(Errc::invalid_argument, fmt::format("kafka: {}", why.data()));
    }
    return {};
}

Result<Owned<rd_kafka_conf_t>> make_conf(const config::Kafka& settings) {
    Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
    for (const auto& [name, value] : defaults) {
        SPOOR_TRY_VOID(set(conf.get(), name, value));
    }
    if (!settings.compression.empty()) {
        SPOOR_TRY_VOID(set(conf.get(), "compression.codec", settings.compression));
    }
    SPOOR_TRY_VOID(set(conf.get(), "bootstrap.servers", settings.bootstrap_servers));
    for (const auto& [name, value] : settings.producer) {
        SPOOR_TRY_VOID(set(conf.get(), name, value));
    }
    for (const auto& [name, value] : settings.secrets) {
        SPOOR_TRY_VOID(set(conf.get(), name, value.reveal()));
    }
    return conf;
}

// What librdkafka says goes to our log at debug: the callers report errors from results, once.
void log_line_of(const rd_kafka_t* /*client*/, int /*level*/, const char* area, const char* text) {
    log(LogLevel::debug, "kafka.producer", "{}: {}", area, text);
}

}  // namespace

struct KafkaProducer::Parts {
    std::function<void(const Delivery&)> callback;
    std::map<std::string, Owned<rd_kafka_topic_t>, std::less<>> topics;
    std::map<std::pair<std::string, std::int32_t>, PartitionDelivery> partitions;
    PartitionDelivery* last_used = nullptr;  // runs of one partition are common: no look-up
    std::uint64_t queued = 0;
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::string first_failure;
    std::string client_error;  // the last trouble with brokers
    SystemClock clock;
    Owned<rd_kafka_t> client;  // last: its callbacks use the rest

    PartitionDelivery& partition_of(const rd_kafka_message_t& message, std::string_view topic) {
        if (last_used == nullptr || last_used->partition != message.partition ||
            last_used->topic != topic) {
            auto& entry = partitions[{std::string(topic), message.partition}];
            if (entry.topic.empty()) {
                entry.topic = topic;
                entry.partition = message.partition;
            }
            last_used = &entry;
        }
        return *last_used;
    }

    void delivered_one(const rd_kafka_message_t& message) {
        const std::string_view topic = rd_kafka_topic_name(message.rkt);
        Delivery report;
        report.topic = topic;
        report.key = {static_cast<const char*>(message.key), message.key_len};
        report.partition = message.partition;
        report.offset = message.offset;
        report.tag = reinterpret_cast<std::uintptr_t>(message._private);
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++delivered;
            PartitionDelivery& entry = partition_of(message, topic);
            ++entry.delivered;
            entry.first = entry.first < 0 ? message.offset : std::min(entry.first, message.offset);
            entry.last = std::max(entry.last, message.offset);
        } else {
            ++failed;
            report.error = rd_kafka_err2str(message.err);
            if (first_failure.empty()) {
                first_failure = fmt::format("topic '{}': {}", topic, report.error);
            }
        }
        if (callback) {
            callback(report);
        }
    }

    [[nodiscard]] std::string trouble(std::string_view otherwise) const {
        return client_error.empty() ? std::string(otherwise) : client_error;
    }

    Result<rd_kafka_topic_t*> topic(std::string_view name) {
        const auto it = topics.find(name);
        if (it != topics.end()) {
            return it->second.get();
        }
        const std::string text(name);
        Owned<rd_kafka_topic_t> made(rd_kafka_topic_new(client.get(), text.c_str(), nullptr));
        if (made == nullptr) {
            return fail(
                Errc::invalid_argument,
                fmt::format("topic '{}': {}", name, rd_kafka_err2str(rd_kafka_last_error())));
        }
        return topics.emplace(text, std::move(made)).first->second.get();
    }

    Result<bool> create_topic(const std::string& name, int num_partitions, Duration deadline);
    Result<void> wait_for_leaders(rd_kafka_topic_t* topic, Duration until);
};

KafkaProducer::KafkaProducer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

KafkaProducer::~KafkaProducer() {
    // Records still queued are dropped; who minds has called flush().
    rd_kafka_purge(parts_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    parts_->callback = nullptr;
    rd_kafka_poll(parts_->client.get(), 0);
}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::make(std::string_view bootstrap_servers) {
    config::Kafka settings;
    settings.bootstrap_servers = bootstrap_servers;
    return make(settings);
}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::make(const config::Kafka& settings) {
    SPOOR_TRY(auto conf, make_conf(settings));
    auto parts = std::make_unique<Parts>();
    rd_kafka_conf_set_opaque(conf.get(), parts.get());
    rd_kafka_conf_set_log_cb(conf.get(), log_line_of);
    rd_kafka_conf_set_dr_msg_cb(
        conf.get(), [](rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
            static_cast<Parts*>(opaque)->delivered_one(*message);
        });
    rd_kafka_conf_set_error_cb(
        conf.get(), [](rd_kafka_t* /*client*/, int err, const char* reason, void* opaque) {
            static_cast<Parts*>(opaque)->client_error = fmt::format(
                "{} ({})", reason, rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(err)));
        });
    std::array<char, 512> why{};
    parts->client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size()));
    if (parts->client == nullptr) {
        return fail(Errc::invalid_argument, fmt::format("kafka: {}", why.data()));
    }
    static_cast<void>(conf.release());  // the client owns it now
    return std::unique_ptr<KafkaProducer>(new KafkaProducer(std::move(parts)));
}

void KafkaProducer::on_delivery(std::function<void(const Delivery&)> callback) {
    parts_->callback = std::move(callback);
}

Result<bool> KafkaProducer::Parts::create_topic(const std::string& name,
                                                int num_partitions,
                                                Duration deadline) {
    std::array<char, 512> why{};
    const Owned<rd_kafka_NewTopic_t> topic(
        rd_kafka_NewTopic_new(name.c_str(), num_partitions, -1, why.data(), why.size()));
    if (topic == nullptr) {
        return fail(Errc::invalid_argument, fmt::format("topic '{}': {}", name, why.data()));
    }
    const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
    const Owned<rd_kafka_AdminOptions_t> options(
        rd_kafka_AdminOptions_new(client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
    const int wait = std::max(milliseconds(deadline), 1);
    rd_kafka_AdminOptions_set_request_timeout(options.get(), wait, why.data(), why.size());
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), wait, why.data(), why.size());
    rd_kafka_NewTopic_t* list = topic.get();
    rd_kafka_CreateTopics(client.get(), &list, 1, options.get(), queue.get());
    const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), wait + 500));
    if (event == nullptr || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_poll(client.get(), 0);  // so that client_error is up to date
        return fail(
            Errc::unavailable,
            fmt::format("cannot create topic '{}': {}",
                        name,
                        trouble(event == nullptr ? "no broker answered"
                                                 : rd_kafka_event_error_string(event.get()))));
    }
    std::size_t count = 0;
    const auto* results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count);
    const auto err = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
    if (err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return false;
    }
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* text = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr;
        return fail(Errc::refused,
                    fmt::format("cannot create topic '{}': {}",
                                name,
                                text != nullptr ? text : rd_kafka_err2str(err)));
    }
    return true;
}

Result<void> KafkaProducer::Parts::wait_for_leaders(rd_kafka_topic_t* topic, Duration until) {
    // A topic that has just been made is not known to all brokers at once.
    std::string why = "no answer";
    while (clock.monotonic() < until) {
        const int wait = std::clamp(milliseconds(until - clock.monotonic()), 1, 1000);
        const struct rd_kafka_metadata* raw = nullptr;
        const auto err = rd_kafka_metadata(client.get(), 0, topic, &raw, wait);
        const Owned<const struct rd_kafka_metadata> metadata(raw);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
            const auto& info = metadata->topics[0];
            const bool all =
                info.partition_cnt > 0 && std::all_of(info.partitions,
                                                      info.partitions + info.partition_cnt,
                                                      [](const auto& p) { return p.leader >= 0; });
            if (info.err == RD_KAFKA_RESP_ERR_NO_ERROR && all) {
                return {};
            }
            why = info.err != RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_err2str(info.err)
                                                         : "a partition has no leader";
        } else {
            why = rd_kafka_err2str(err);
        }
        rd_kafka_poll(client.get(), 20);
    }
    return fail(Errc::timeout, fmt::format("topic '{}': {}", rd_kafka_topic_name(topic), why));
}

Result<bool> KafkaProducer::ensure_topic(std::string_view name, int partitions, Duration deadline) {
    const Duration until = parts_->clock.monotonic() + deadline;
    // In this order: a topic handle makes librdkafka ask for the topic, and brokers that create
    // topics on being asked would do so with their own number of partitions.
    SPOOR_TRY(const bool made, parts_->create_topic(std::string(name), partitions, deadline));
    SPOOR_TRY(auto* topic, parts_->topic(name));
    SPOOR_TRY_VOID(parts_->wait_for_leaders(topic, until));
    return made;
}

Result<void> KafkaProducer::produce(const KafkaRecord& record, Duration patience) {
    SPOOR_TRY(auto* topic, parts_->topic(record.topic));
    std::array<rd_kafka_vu_t, 7> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic;
    parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[1].u.i = RD_KAFKA_MSG_F_COPY;
    parts[2].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[2].u.i32 = record.partition;
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem.ptr = record.value ? const_cast<char*>(record.value->data()) : nullptr;
    parts[3].u.mem.size = record.value ? record.value->size() : 0;
    parts[4].vtype = RD_KAFKA_VTYPE_KEY;
    parts[4].u.mem.ptr = record.key.empty() ? nullptr : const_cast<char*>(record.key.data());
    parts[4].u.mem.size = record.key.size();
    parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[5].u.ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(record.tag));
    parts[6].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    parts[6].u.i64 =
        record.time == no_time
            ? 0
            : std::chrono::floor<std::chrono::milliseconds>(record.time).time_since_epoch().count();
    Duration until{-1};
    for (;;) {
        const Owned<rd_kafka_error_t> error(
            rd_kafka_produceva(parts_->client.get(), parts.data(), parts.size()));
        if (error == nullptr) {
            ++parts_->queued;
            if (parts_->queued % 1024 == 0) {
                serve();
            }
            return {};
        }
        if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            return fail(
                Errc::refused,
                fmt::format("topic '{}': {}", record.topic, rd_kafka_error_string(error.get())));
        }
        const Duration now = parts_->clock.monotonic();
        until = until.count() < 0 ? now + patience : until;
        if (now >= until) {
            return fail(Errc::timeout,
                        fmt::format("topic '{}': the queue is full: {}",
                                    record.topic,
                                    parts_->trouble("the broker is too slow")));
        }
        serve(std::min<Duration>(until - now, std::chrono::milliseconds{100}));
    }
}

void KafkaProducer::serve(Duration wait) {
    rd_kafka_poll(parts_->client.get(), milliseconds(wait));
}

DeliverySummary KafkaProducer::flush(Duration deadline) {
    rd_kafka_flush(parts_->client.get(), milliseconds(deadline));
    return summary();
}

DeliverySummary KafkaProducer::summary() const {
    DeliverySummary out;
    out.delivered = parts_->delivered;
    out.failed = parts_->failed;
    out.waiting = parts_->queued - parts_->delivered - parts_->failed;
    for (const auto& [key, entry] : parts_->partitions) {
        out.partitions.push_back(entry);
    }
    out.error = parts_->first_failure;
    if (out.error.empty() && out.waiting > 0) {
        out.error = parts_->trouble("not yet delivered");
    }
    return out;
}

}  // namespace spoor::sink
