// What the Kafka source tells librdkafka: the user's properties, our defaults below them and what
// the source depends on above them. And the group instance id, which lives in the data folder, so
// that a restart takes its partitions back without waiting for the old session to run out.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "source/kafka_handles.hpp"

#include <string>

namespace spoor::source {

// The id in `data_dir`/kafka-instance-id; made there (0600) the first time.
[[nodiscard]] Result<std::string> group_instance_id(const std::string& data_dir);

// Fails when librdkafka does not know a property or refuses a value. Call-backs are the caller's.
[[nodiscard]] Result<KafkaConf> make_consumer_conf(const config::Kafka& settings,
                                                   const std::string& instance_id);

// Whether librdkafka reports ends of partitions to us. Its batch call counts such a report as a
// record (seen with 2.8.0), so that after a pause of its own it goes on one record too far; with
// cooperative rebalancing it pauses by itself at any time. There the ends that the brokers tell
// must do.
[[nodiscard]] bool reports_ends(const config::Kafka& settings);

// What a topic-partition assignment without a group is done under; nothing is ever committed to it.
[[nodiscard]] std::string group_of(const config::Kafka& settings, const std::string& instance_id);

}  // namespace spoor::source
