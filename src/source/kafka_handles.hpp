// Owners of librdkafka's handles, for the files that make up the Kafka source; its header stays in
// their .cpp files, so the structures are only declared here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_partition_list_s;

namespace spoor::source {

struct KafkaFree {
    void operator()(rd_kafka_s* client) const;  // without leaving the group: close() does that
    void operator()(rd_kafka_conf_s* conf) const;
    void operator()(rd_kafka_queue_s* queue) const;
    void operator()(rd_kafka_topic_partition_list_s* list) const;
};

using KafkaClient = std::unique_ptr<rd_kafka_s, KafkaFree>;
using KafkaConf = std::unique_ptr<rd_kafka_conf_s, KafkaFree>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_s, KafkaFree>;
using KafkaList = std::unique_ptr<rd_kafka_topic_partition_list_s, KafkaFree>;

using TopicPartition = std::pair<std::string, std::int32_t>;

[[nodiscard]] KafkaList make_list(const std::vector<TopicPartition>& partitions);
[[nodiscard]] std::vector<TopicPartition> partitions_of(
    const rd_kafka_topic_partition_list_s* list);

}  // namespace spoor::source
