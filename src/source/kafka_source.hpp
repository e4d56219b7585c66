// The Kafka source: topics of a Kafka cluster through librdkafka, which fetches on threads of its
// own. Replayable, ordered per partition, partitioned. Where reading starts is decided per
// partition (source/kafka_start.hpp); offsets are stored and committed after the epoch that holds
// them, never on reading.
//
// A partition is "kafka:CLUSTER-ID/TOPIC-ID/NUMBER", so that a topic which is deleted and made anew
// is another one; a broker that tells no topic id gives the topic's name there.
//
// One poll hands out either changes or records: what changed is to be acted on before the next
// poll. Unless a person asks for it otherwise (kafka.group_id), the source is a member of a group,
// and a static one: its instance id lives in the data folder.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"
#include "source/source.hpp"

#include <memory>
#include <string>

namespace spoor::source {

// What a partition is known by: the topic's id, or its name, for a cluster whose controller cannot
// be asked (the mock brokers of the tests are one). A checkpoint made with one is not found with
// the other.
enum class TopicIdentity : unsigned char { id, name };

// Fails for what never comes right by itself: a property that librdkafka refuses, a data folder
// that cannot be written. Does not wait for a broker. `origins` and `clock` must outlive the
// source.
[[nodiscard]] Result<std::unique_ptr<Source>> make_kafka_source(
    const config::Kafka& settings,
    OriginTable& origins,
    const Clock& clock,
    const std::string& data_dir,
    TopicIdentity identity = TopicIdentity::id);

// What librdkafka itself refuses in these settings (unknown properties, values out of range, files
// that are not there), for `spoor config check`. Opens no connection.
[[nodiscard]] Result<void> check_kafka_properties(const config::Kafka& settings);

}  // namespace spoor::source
