// KafkaProducer against librdkafka's own mock cluster, which needs no server: what is delivered,
// what fails, and that nothing waits for ever. Real brokers: tests/e2e.
#include "sink/kafka_producer.hpp"

#include "support/mock_kafka.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace spoor::sink {
namespace {

using namespace std::chrono_literals;

KafkaRecord record(std::string_view topic, std::string_view key, std::string_view value) {
    KafkaRecord out;
    out.topic = topic;
    out.key = key;
    out.value = value;
    return out;
}

TEST(KafkaProducer, ReportsEachRecordWithItsPartitionAndOffset) {
    test::MockKafka brokers;
    brokers.create_topic("t", 4);
    auto producer = KafkaProducer::make(brokers.bootstrap());
    ASSERT_TRUE(producer) << producer.error().detail;
    std::map<std::uint64_t, std::pair<std::int32_t, std::int64_t>> placed;
    (*producer)->on_delivery([&](const Delivery& d) {
        EXPECT_EQ(d.error, "");
        placed[d.tag] = {d.partition, d.offset};
    });
    for (std::uint64_t i = 0; i < 100; ++i) {
        const std::string key = "host" + std::to_string(i % 6);
        KafkaRecord r = record("t", key, "{}");
        r.tag = i;
        ASSERT_TRUE((*producer)->produce(r));
    }
    const DeliverySummary summary = (*producer)->flush(20s);
    EXPECT_TRUE(summary.complete()) << summary.error;
    EXPECT_EQ(summary.delivered, 100U);
    ASSERT_EQ(placed.size(), 100U);
    std::uint64_t total = 0;
    for (const auto& p : summary.partitions) {
        EXPECT_EQ(p.topic, "t");
        EXPECT_EQ(p.first, 0);
        EXPECT_EQ(p.last, static_cast<std::int64_t>(p.delivered) - 1);
        total += p.delivered;
    }
    EXPECT_EQ(total, 100U);
    for (std::uint64_t i = 6; i < 100; ++i) {
        EXPECT_EQ(placed[i].first, placed[i % 6].first) << "a host left its partition";
    }
}

// Kafka's own Utils.murmur2 of "21" is -973932308 (its unit test says so); masked to 31 bits and
// taken modulo 1000 that is partition 340.
TEST(KafkaProducer, PartitionsAsTheJavaClientsDo) {
    test::MockKafka brokers;
    brokers.create_topic("t", 1000);
    auto producer = KafkaProducer::make(brokers.bootstrap());
    ASSERT_TRUE(producer) << producer.error().detail;
    ASSERT_TRUE((*producer)->produce(record("t", "21", "x")));
    const DeliverySummary summary = (*producer)->flush(20s);
    ASSERT_TRUE(summary.complete()) << summary.error;
    constexpr std::int64_t hash = -973932308;
    EXPECT_EQ(summary.partitions.at(0).partition, (hash & 0x7fffffff) % 1000);
}

TEST(KafkaProducer, RefusedPropertyIsAnErrorThatNamesIt) {
    config::Kafka settings;
    settings.bootstrap_servers = "127.0.0.1:1";
    settings.producer["linger.sm"] = "5";
    const auto producer = KafkaProducer::make(settings);
    ASSERT_FALSE(producer);
    EXPECT_NE(producer.error().detail.find("linger.sm"), std::string::npos);
}

TEST(KafkaProducer, BrokerAbsentIsSaidWithinTheDeadline) {
    auto producer = KafkaProducer::make("127.0.0.1:1");
    ASSERT_TRUE(producer) << producer.error().detail;
    const auto made = (*producer)->ensure_topic("t", 1, 300ms);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::unavailable);
    ASSERT_TRUE((*producer)->produce(record("t", "", "x")));
    const DeliverySummary summary = (*producer)->flush(300ms);
    EXPECT_FALSE(summary.complete());
    EXPECT_EQ(summary.waiting, 1U);
    EXPECT_NE(summary.error, "");
}

TEST(KafkaProducer, FullQueueMakesTheCallerWaitThenSaysSo) {
    config::Kafka settings;
    settings.bootstrap_servers = "127.0.0.1:1";
    settings.producer["queue.buffering.max.messages"] = "10";
    auto producer = KafkaProducer::make(settings);
    ASSERT_TRUE(producer) << producer.error().detail;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE((*producer)->produce(record("t", "", "x"), 0s));
    }
    const auto eleventh = (*producer)->produce(record("t", "", "x"), 50ms);
    ASSERT_FALSE(eleventh);
    EXPECT_EQ(eleventh.error().code, Errc::timeout);
    EXPECT_EQ((*producer)->summary().waiting, 10U);
}

TEST(KafkaProducer, BrokerThatComesBackGetsEachRecordOnce) {
    test::MockKafka brokers;
    brokers.create_topic("t", 1);
    auto producer = KafkaProducer::make(brokers.bootstrap());
    ASSERT_TRUE(producer) << producer.error().detail;
    ASSERT_TRUE((*producer)->produce(record("t", "", "before")));
    ASSERT_TRUE((*producer)->flush(20s).complete());
    brokers.down();
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE((*producer)->produce(record("t", "", "during")));
    }
    EXPECT_EQ((*producer)->flush(300ms).waiting, 50U);
    brokers.up();
    const DeliverySummary summary = (*producer)->flush(60s);
    EXPECT_TRUE(summary.complete()) << summary.error;
    EXPECT_EQ(summary.partitions.at(0).last, 50);
}

}  // namespace
}  // namespace spoor::sink
