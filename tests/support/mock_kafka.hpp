// librdkafka's mock cluster: brokers inside this process, on loopback ports, that answer with
// errors on request. For protocol errors only; what a broker really does is tested on a real one
// (support/kafka_broker.hpp). One owner; not thread-safe.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace spoor::test {

// Kafka's numbers of requests.
enum class Request : std::int16_t {
    fetch = 1,
    list_offsets = 2,
    metadata = 3,
    offset_commit = 8,
    offset_fetch = 9,
    find_coordinator = 10,
    join_group = 11,
    heartbeat = 12,
    sync_group = 14,
};

class MockKafka {
public:
    explicit MockKafka(int num_brokers = 1) {
        std::array<char, 256> why{};
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "log_level", "0", why.data(), why.size());
        client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
        cluster_ = rd_kafka_mock_cluster_new(client_, num_brokers);
        rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, 0);
    }

    ~MockKafka() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(client_);
    }

    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    [[nodiscard]] std::string bootstrap() const {
        return rd_kafka_mock_cluster_bootstraps(cluster_);
    }

    void create_topic(const std::string& name, int num_partitions) {
        rd_kafka_mock_topic_create(cluster_, name.c_str(), num_partitions, 1);
    }

    void set_topic_error(const std::string& name, rd_kafka_resp_err_t error) {
        rd_kafka_mock_topic_set_error(cluster_, name.c_str(), error);
    }

    // The next requests of this kind are answered with these errors, one each.
    void answer_with(Request request, const std::vector<rd_kafka_resp_err_t>& errors) {
        rd_kafka_mock_push_request_errors_array(
            cluster_, static_cast<std::int16_t>(request), errors.size(), errors.data());
    }

    void down(std::int32_t broker = 1) { rd_kafka_mock_broker_set_down(cluster_, broker); }

    void up(std::int32_t broker = 1) { rd_kafka_mock_broker_set_up(cluster_, broker); }

private:
    rd_kafka_t* client_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace spoor::test
