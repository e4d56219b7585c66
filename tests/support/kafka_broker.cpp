#include "support/kafka_broker.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace spoor::test {

namespace {

constexpr milliseconds start_timeout = std::chrono::seconds(90);
constexpr int call_timeout_ms = 20'000;

template <auto destroy>
struct Destroy {
    template <class T>
    void operator()(T* object) const {
        destroy(object);
    }
};

using Client = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using ReplyEvent = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using DeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, Destroy<rd_kafka_DeleteTopic_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   Destroy<rd_kafka_topic_partition_list_destroy>>;

void check(rd_kafka_resp_err_t error, std::string_view what) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error(fmt::format("{}: {}", what, rd_kafka_err2str(error)));
    }
}

Client make_client(rd_kafka_type_t type, const std::map<std::string, std::string>& settings) {
    std::array<char, 512> message{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), message.data(), message.size()) !=
            RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(conf);
            throw std::runtime_error(message.data());
        }
    }
    Client client(rd_kafka_new(type, conf, message.data(), message.size()));
    if (!client) {
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(message.data());
    }
    return client;
}

// log_level 0: a broker that is still starting is no news.
Client admin_client(const std::string& bootstrap) {
    return make_client(RD_KAFKA_PRODUCER,
                       {{"bootstrap.servers", bootstrap},
                        {"log_level", "0"},
                        {"reconnect.backoff.ms", "20"},
                        {"reconnect.backoff.max.ms", "100"}});
}

std::size_t num_partitions_of(rd_kafka_t* client, const std::string& topic) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error = rd_kafka_metadata(client, 0, handle, &metadata, call_timeout_ms);
    rd_kafka_topic_destroy(handle);
    check(error, "metadata of " + topic);
    const auto n = static_cast<std::size_t>(metadata->topics[0].partition_cnt);
    rd_kafka_metadata_destroy(metadata);
    if (n == 0) {
        throw std::runtime_error("no such topic: " + topic);
    }
    return n;
}

bool broker_answers(const std::string& bootstrap) {
    const Client client = admin_client(bootstrap);
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(client.get(), 0, nullptr, &metadata, 2000) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    const bool has_broker = metadata->broker_cnt > 0;
    rd_kafka_metadata_destroy(metadata);
    return has_broker;
}

ReplyEvent await_reply(rd_kafka_queue_t* queue, std::string_view what) {
    ReplyEvent reply(rd_kafka_queue_poll(queue, call_timeout_ms));
    if (!reply) {
        throw std::runtime_error(fmt::format("{}: no answer", what));
    }
    check(rd_kafka_event_error(reply.get()), what);
    return reply;
}

void check_results(const rd_kafka_topic_result_t* const* results,
                   std::size_t num_results,
                   std::string_view what) {
    for (std::size_t i = 0; i < num_results; ++i) {
        check(rd_kafka_topic_result_error(results[i]), what);
    }
}

}  // namespace

KafkaBroker::KafkaBroker(KafkaBrokerOptions options) : options_(std::move(options)) {}

KafkaBroker::~KafkaBroker() = default;

KafkaBroker& KafkaBroker::shared() {
    static KafkaBroker broker;
    if (!broker.running()) {
        broker.start();
    }
    return broker;
}

void KafkaBroker::start() {
    // Another process may take the port between the choice and the bind: then the first start
    // chooses again. A restart keeps its port.
    const bool is_first = bootstrap_.empty();
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (start_once()) {
            return;
        }
        if (!is_first) {
            break;
        }
        bootstrap_.clear();
        for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
            std::filesystem::remove_all(entry.path());
        }
    }
    throw std::runtime_error("the Kafka broker did not start on " + bootstrap_);
}

bool KafkaBroker::start_once() {
    std::vector<std::string> argv = {
        SPOOR_SOURCE_DIR "/tools/kafka", "run", "--dir", dir_.path(), "--heap", options_.heap};
    for (const std::string& setting : options_.settings) {
        argv.insert(argv.end(), {"--set", setting});
    }
    std::filesystem::remove(dir_ / "pid");  // written anew just before the broker's log is
    process_ = std::make_unique<Process>(std::move(argv));
    const auto log = [this] {
        return std::filesystem::exists(dir_ / "pid") ? read_file(dir_ / "log") : std::string();
    };
    const auto has_started = [&] {
        return !process_->running() || log().find("Kafka Server started") != std::string::npos;
    };
    const bool in_time = wait_until(start_timeout, has_started);
    if (in_time && process_->running()) {
        bootstrap_ = read_file(dir_ / "bootstrap");
        bootstrap_.erase(bootstrap_.find_last_not_of('\n') + 1);
        return wait_until(start_timeout, [this] { return broker_answers(bootstrap_); });
    }
    process_->kill9();
    if (in_time && log().find("already in use") != std::string::npos) {
        return false;
    }
    throw std::runtime_error(
        fmt::format("the Kafka broker did not start: {}\n{}", process_->err(), log()));
}

void KafkaBroker::kill9() {
    if (process_) {
        process_->kill9();
    }
}

void KafkaBroker::stop() {
    if (process_ && process_->running()) {
        process_->stop(std::chrono::seconds(30));
    }
}

bool KafkaBroker::running() {
    return process_ && process_->running();
}

void KafkaBroker::create_topic(const std::string& name,
                               int num_partitions,
                               const std::map<std::string, std::string>& settings) {
    const Client client = admin_client(bootstrap_);
    const Queue queue(rd_kafka_queue_new(client.get()));
    std::array<char, 512> message{};
    const NewTopic topic(
        rd_kafka_NewTopic_new(name.c_str(), num_partitions, 1, message.data(), message.size()));
    if (!topic) {
        throw std::runtime_error(message.data());
    }
    for (const auto& [key, value] : settings) {
        check(rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str()), key);
    }
    std::array<rd_kafka_NewTopic_t*, 1> topics = {topic.get()};
    rd_kafka_CreateTopics(client.get(), topics.data(), topics.size(), nullptr, queue.get());
    const std::string what = "creating topic " + name;
    const ReplyEvent reply = await_reply(queue.get(), what);
    std::size_t n = 0;
    const auto* results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(reply.get()), &n);
    check_results(results, n, what);
    // The answer comes before the partitions have leaders.
    const auto has_leaders = [&] {
        try {
            return end_offsets(name).size() == static_cast<std::size_t>(num_partitions);
        } catch (const std::runtime_error&) {
            return false;
        }
    };
    if (!wait_until(milliseconds(call_timeout_ms), has_leaders)) {
        throw std::runtime_error("topic " + name + " has no leaders");
    }
}

void KafkaBroker::delete_topic(const std::string& name) {
    const Client client = admin_client(bootstrap_);
    const Queue queue(rd_kafka_queue_new(client.get()));
    const DeleteTopic topic(rd_kafka_DeleteTopic_new(name.c_str()));
    std::array<rd_kafka_DeleteTopic_t*, 1> topics = {topic.get()};
    rd_kafka_DeleteTopics(client.get(), topics.data(), topics.size(), nullptr, queue.get());
    const std::string what = "deleting topic " + name;
    const ReplyEvent reply = await_reply(queue.get(), what);
    std::size_t n = 0;
    const auto* results =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(reply.get()), &n);
    check_results(results, n, what);
}

std::string KafkaBroker::fresh_topic(std::string_view prefix, int num_partitions) {
    const std::string name = fmt::format("{}-{}", prefix, ++num_topics_);
    create_topic(name, num_partitions);
    return name;
}

std::vector<std::int64_t> KafkaBroker::end_offsets(const std::string& topic) {
    const Client client = admin_client(bootstrap_);
    std::vector<std::int64_t> offsets(num_partitions_of(client.get(), topic));
    for (std::size_t p = 0; p < offsets.size(); ++p) {
        std::int64_t low = 0;
        rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
        // A broker that has just started again may not lead its partitions yet.
        static_cast<void>(wait_until(milliseconds(call_timeout_ms), [&] {
            error = rd_kafka_query_watermark_offsets(client.get(),
                                                     topic.c_str(),
                                                     static_cast<std::int32_t>(p),
                                                     &low,
                                                     &offsets[p],
                                                     call_timeout_ms);
            return error != RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION &&
                   error != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
        }));
        check(error, "end offsets of " + topic);
    }
    return offsets;
}

std::vector<std::int64_t> KafkaBroker::committed_offsets(const std::string& group,
                                                         const std::string& topic) {
    const Client client =
        make_client(RD_KAFKA_CONSUMER,
                    {{"bootstrap.servers", bootstrap_}, {"group.id", group}, {"log_level", "0"}});
    const std::size_t n = num_partitions_of(client.get(), topic);
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(n)));
    for (std::size_t p = 0; p < n; ++p) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<std::int32_t>(p));
    }
    check(rd_kafka_committed(client.get(), list.get(), call_timeout_ms),
          "offsets of group " + group);
    std::vector<std::int64_t> offsets;
    for (std::size_t p = 0; p < n; ++p) {
        const std::int64_t offset = list->elems[p].offset;
        offsets.push_back(offset < 0 ? -1 : offset);
    }
    return offsets;
}

}  // namespace spoor::test
