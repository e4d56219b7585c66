// KafkaQueries: questions to the brokers (topic ids, committed offsets, ends of partitions) asked
// without waiting: ask, then take() answers as they come. Used by the thread that polls the source.
// Owner: KafkaSource; the client must outlive it.
#pragma once

#include "source/kafka_handles.hpp"
#include "source/kafka_source.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spoor::source {

struct TopicFacts {
    std::string id;  // empty: the broker gives none
    std::int32_t num_partitions = 0;
    bool missing = false;
    std::string error;  // empty: all well
};

struct OffsetFact {
    std::int64_t offset = -1;  // negative: none
    bool unknown = false;      // the broker has no such partition
    std::string error;
};

struct KafkaAnswer {
    std::uint64_t ticket = 0;
    std::string error;  // of the whole question; then the maps are empty
    std::map<std::string, TopicFacts, std::less<>> topics;
    std::map<TopicPartition, OffsetFact> offsets;
};

class KafkaQueries {
public:
    KafkaQueries(rd_kafka_s* client, TopicIdentity identity);

    // Each gives the ticket that its answer will carry. Every question is answered, at the latest
    // after 3 s, then with an error.
    [[nodiscard]] std::uint64_t describe(const std::vector<std::string>& topics);
    [[nodiscard]] std::uint64_t committed(const std::string& group,
                                          const std::vector<TopicPartition>& partitions);
    [[nodiscard]] std::uint64_t begins(const std::vector<TopicPartition>& partitions);
    [[nodiscard]] std::uint64_t ends(const std::vector<TopicPartition>& partitions);
    [[nodiscard]] std::optional<KafkaAnswer> take();

private:
    [[nodiscard]] KafkaAnswer describe_by_name(const std::vector<std::string>& topics) const;
    std::uint64_t offsets_at(const std::vector<TopicPartition>& partitions, std::int64_t spec);

    rd_kafka_s* client_;
    TopicIdentity identity_;
    std::deque<KafkaAnswer> ready_;
    KafkaQueue queue_;
    std::uint64_t last_ticket_ = 0;
    std::size_t num_waiting_ = 0;
};

}  // namespace spoor::source
