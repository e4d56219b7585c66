// KafkaProducer: writes records to Kafka topics. Used by `spoor produce` and `spoor simulate`, and
// by tests; idempotent, so that a retry inside librdkafka never doubles a record, and partitioned
// as the Java clients do (murmur2), so that a host stays in the partition where other producers put
// it.
//
// One thread: all calls, and the delivery callback inside them. librdkafka sends on threads of its
// own. Owner: the command.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sink {

// What to send. Views are copied by produce().
struct KafkaRecord {
    std::string_view topic;
    std::string_view key;                   // empty: no key
    std::optional<std::string_view> value;  // nullopt: a tombstone
    Timestamp time = no_time;               // the record's time stamp; no_time: now, by librdkafka
    std::int32_t partition = -1;            // -1: by the key
    std::uint64_t tag = 0;                  // comes back in Delivery
};

// What became of one record. Views valid during the callback.
struct Delivery {
    std::string_view topic;
    std::string_view key;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::uint64_t tag = 0;
    std::string_view error;  // empty: delivered
};

struct PartitionDelivery {
    std::string topic;
    std::int32_t partition = 0;
    std::uint64_t delivered = 0;
    std::int64_t first = -1;  // offset of the first one delivered, and of the last
    std::int64_t last = -1;
};

// Totals since the producer was made.
struct DeliverySummary {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::uint64_t waiting = 0;                  // neither yet: the deadline passed
    std::vector<PartitionDelivery> partitions;  // by topic and number
    std::string error;  // the first failure, or why records wait; empty when all is well

    [[nodiscard]] bool complete() const { return failed == 0 && waiting == 0; }
};

class KafkaProducer {
public:
    // Neither waits for a broker. Fails when librdkafka refuses a property.
    [[nodiscard]] static Result<std::unique_ptr<KafkaProducer>> make(const config::Kafka& settings);
    [[nodiscard]] static Result<std::unique_ptr<KafkaProducer>> make(
        std::string_view bootstrap_servers);
    ~KafkaProducer();
    KafkaProducer(const KafkaProducer&) = delete;
    KafkaProducer& operator=(const KafkaProducer&) = delete;

    // Called for each record when its fate is known, from inside produce, serve or flush.
    void on_delivery(std::function<void(const Delivery&)> callback);
    // True: made now; false: it was there. Returns when its partitions have leaders.
    [[nodiscard]] Result<bool> ensure_topic(std::string_view name,
                                            int partitions,
                                            Duration deadline);
    // Queues the record and returns. When the queue is full it serves deliveries and waits for
    // room, at most `patience`; then the record is not queued and the answer is Errc::timeout.
    [[nodiscard]] Result<void> produce(const KafkaRecord& record,
                                       Duration patience = std::chrono::seconds{30});
    // Serves delivery reports that have arrived; waits for one at most `wait`.
    void serve(Duration wait = Duration{0});
    // Waits until the fate of all records is known, at most `deadline`.
    [[nodiscard]] DeliverySummary flush(Duration deadline);
    [[nodiscard]] DeliverySummary summary() const;

private:
    struct Parts;
    explicit KafkaProducer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::sink
