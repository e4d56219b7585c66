#include "source/kafka_handles.hpp"

#include <librdkafka/rdkafka.h>

namespace spoor::source {

void KafkaFree::operator()(rd_kafka_s* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaFree::operator()(rd_kafka_conf_s* conf) const {
    rd_kafka_conf_destroy(conf);
}

void KafkaFree::operator()(rd_kafka_queue_s* queue) const {
    rd_kafka_queue_destroy(queue);
}

void KafkaFree::operator()(rd_kafka_topic_partition_list_s* list) const {
    rd_kafka_topic_partition_list_destroy(list);
}

KafkaList make_list(const std::vector<TopicPartition>& partitions) {
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& [topic, partition] : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    }
    return list;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_s* list) {
    std::vector<TopicPartition> out;
    for (int i = 0; list != nullptr && i < list->cnt; ++i) {
        out.emplace_back(list->elems[i].topic, list->elems[i].partition);
    }
    return out;
}

}  // namespace spoor::source
