// KafkaSource, the class behind make_kafka_source. Its parts: kafka_source.cpp (the client,
// records, health), kafka_assignment.cpp (partitions that come and go, offsets), kafka_watch.cpp
// (what the brokers are asked now and then).
//
// One thread calls everything; librdkafka calls back on that thread, from inside poll.
#pragma once

#include "base/clock.hpp"
#include "base/counters.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"
#include "source/kafka_handles.hpp"
#include "source/kafka_log.hpp"
#include "source/kafka_queries.hpp"
#include "source/kafka_resolver.hpp"
#include "source/kafka_slots.hpp"
#include "source/kafka_source.hpp"
#include "source/kafka_trouble.hpp"
#include "source/source.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct rd_kafka_message_s;

namespace spoor::source {

class KafkaSource final : public Source {
public:
    KafkaSource(const config::Kafka& settings,
                OriginTable& origins,
                const Clock& clock,
                std::string instance_id,
                TopicIdentity identity)
        : settings_(settings),
          origins_(origins),
          clock_(clock),
          instance_id_(std::move(instance_id)),
          identity_(identity),
          trouble_(settings.bootstrap_servers, mechanism_of(settings)) {}

    ~KafkaSource() override { drop_client(); }

    [[nodiscard]] std::string_view name() const override { return "kafka"; }

    [[nodiscard]] bool replayable() const override { return true; }

    [[nodiscard]] Result<void> open(std::span<const Position> checkpoint) override;
    void poll(PollOutput& out) override;
    void acknowledge(std::span<const Position> committed) override;
    void release(std::uint32_t partition) override;
    void pause() override;
    void resume() override;
    [[nodiscard]] SourceHealth health() const override;
    void close(Duration deadline) override;

private:
    static std::string mechanism_of(const config::Kafka& settings) {
        const auto it = settings.consumer.find("sasl.mechanism");
        return it == settings.consumer.end() ? "sasl.mechanism not set" : it->second;
    }

    [[nodiscard]] bool grouped() const { return !settings_.group_id.empty(); }

    [[nodiscard]] bool commits() const { return grouped() && settings_.commit_offsets; }

    [[nodiscard]] bool cooperative() const;

    // The client's life.
    Result<void> make_client();
    void drop_client();
    void subscribe();
    void restart_client(PollOutput& out);
    void on_error(int code, std::string_view reason);

    // Partitions that come and go.
    void on_rebalance(int code, const rd_kafka_topic_partition_list_s* list);
    void on_assign(const std::vector<TopicPartition>& partitions);
    void on_revoke(const std::vector<TopicPartition>& partitions, bool lost);
    void resolved(const ResolvedPartition& found);
    void apply_assignment();
    void finish_revocation();
    void unassign(const std::vector<TopicPartition>& partitions);
    void change(ChangeKind kind, std::uint32_t partition);
    void commit_stored(Duration deadline);

    // What is asked of the brokers now and then.
    void step_queries();
    void probe(Duration now);
    void on_topics(const KafkaAnswer& answer);
    void on_ends(const KafkaAnswer& answer);
    void discover_pattern();
    [[nodiscard]] bool matches_pattern(const char* topic) const;
    [[nodiscard]] std::vector<std::string> topics_to_watch() const;

    // Records.
    void fetch();
    void deliver(PollOutput& out);
    void on_message_error(const rd_kafka_message_s& message);
    void drop_held();

    [[nodiscard]] bool at_end() const;

    static constexpr Duration long_ago = Duration::min() / 2;

    const config::Kafka settings_;
    OriginTable& origins_;
    const Clock& clock_;
    const std::string instance_id_;
    const TopicIdentity identity_;
    KafkaTrouble trouble_;
    KafkaLog log_;

    KafkaClient client_;
    KafkaQueue queue_;
    std::optional<KafkaQueries> queries_;
    std::optional<KafkaResolver> resolver_;

    KafkaResolver::Checkpoint checkpoint_;  // by partition text; moves with acknowledge()
    KafkaSlots slots_;
    std::vector<PartitionChange> changes_;
    Counters losses_;
    std::vector<rd_kafka_message_s*> held_;  // fetched, not yet handed out
    std::size_t held_next_ = 0;

    bool assign_due_ = false;  // librdkafka waits for our assign call
    bool joined_ = false;
    bool apply_due_ = false;
    Duration assign_since_{0};
    std::optional<Duration> revoke_until_;
    std::vector<TopicPartition> revoked_;
    std::vector<Position> stored_;  // acknowledged, for the last commit

    Duration last_probe_ = long_ago;
    Duration last_pattern_ = long_ago;
    std::uint64_t topics_ticket_ = 0;
    std::uint64_t ends_ticket_ = 0;
    Duration topics_asked_{0};
    Duration ends_asked_{0};
    std::set<std::string, std::less<>> missing_;
    Duration last_record_{0};

    bool fatal_ = false;
    std::string fatal_reason_;
    Duration restart_at_{0};
    Duration backoff_ = std::chrono::seconds{1};
    bool paused_ = false;
    bool closing_ = false;
    bool closed_ = false;
};

}  // namespace spoor::source
