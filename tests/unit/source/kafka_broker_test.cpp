// The Kafka source on a real broker.
#include "support/kafka_broker.hpp"

#include "sink/kafka_producer.hpp"
#include "unit/source/kafka_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace spoor::source {
namespace {

using namespace std::chrono_literals;
using test::KafkaBroker;
using test::TempDir;
using ::testing::HasSubstr;

config::Kafka settings_for(const std::string& bootstrap,
                           std::vector<std::string> topics,
                           const std::string& group) {
    config::Kafka out;
    out.bootstrap_servers = bootstrap;
    out.topics = std::move(topics);
    out.group_id = group;
    out.session_timeout = 6s;
    out.consumer["session.timeout.ms"] = "6000";
    out.consumer["heartbeat.interval.ms"] = "500";
    out.consumer["auto.commit.interval.ms"] = "200";
    return out;
}

void produce(const std::string& bootstrap,
             const std::string& topic,
             int count,
             const std::string& prefix = "m") {
    auto producer = sink::KafkaProducer::make(bootstrap);
    ASSERT_TRUE(producer) << producer.error().detail;
    for (int i = 0; i < count; ++i) {
        const std::string value = prefix + std::to_string(i);
        const std::string key = "host" + std::to_string(i % 50);
        sink::KafkaRecord r;
        r.topic = topic;
        r.key = key;
        r.value = value;
        r.time = Timestamp{std::chrono::milliseconds{1'750'000'000'000 + i}};
        ASSERT_TRUE((*producer)->produce(r));
    }
    const auto summary = (*producer)->flush(60s);
    ASSERT_TRUE(summary.complete()) << summary.error;
}

std::set<std::string> values(const KafkaReader& reader) {
    std::set<std::string> out;
    for (const ReadRecord& r : reader.records) {
        out.insert(r.value);
    }
    return out;
}

// Deletes what is before `offset`, as retention does.
void delete_before(const std::string& bootstrap,
                   const std::string& topic,
                   std::int32_t partition,
                   std::int64_t offset) {
    std::array<char, 256> why{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), why.data(), why.size());
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
    rd_kafka_DeleteRecords_t* order = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteRecords(client, &order, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20000);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteRecords_destroy(order);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
}

TEST(KafkaSourceOnBroker, ReadsAllOfSeveralTopicsInOrderWithTimesAndIds) {
    auto& broker = KafkaBroker::shared();
    const std::string a = broker.fresh_topic("read", 3);
    const std::string b = broker.fresh_topic("read", 2);
    produce(broker.bootstrap(), a, 3000, "a");
    produce(broker.bootstrap(), b, 500, "b");
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {a, b}, "read"), dir.path());
    reader.open();
    ASSERT_TRUE(reader.read(3500)) << reader.source().health().detail;
    EXPECT_EQ(reader.records.size(), 3500U);
    EXPECT_EQ(values(reader).size(), 3500U);
    std::set<std::string> partitions;
    for (const ReadRecord& r : reader.records) {
        partitions.insert(r.partition);
        const int i = std::stoi(r.value.substr(1));
        EXPECT_EQ(r.time_ms, 1'750'000'000'000 + i);
    }
    EXPECT_EQ(partitions.size(), 5U);
    for (const std::string& text : partitions) {
        EXPECT_THAT(text, ::testing::MatchesRegex("kafka:[^/]+/[A-Za-z0-9_-]{22}/[0-9]+"));
    }
    ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
    const SourceHealth health = reader.source().health();
    EXPECT_EQ(health.state, SourceState::healthy);
    ASSERT_EQ(health.partitions.size(), 5U);
    for (const PartitionHealth& p : health.partitions) {
        EXPECT_EQ(p.position, p.end);
    }
    produce(broker.bootstrap(), a, 1, "late");
    ASSERT_TRUE(reader.read(3501));
    EXPECT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
    reader.close();
}

TEST(KafkaSourceOnBroker, ARestartGoesOnAtTheAcknowledgedPositionAndDoesNotWaitForTheSession) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("restart", 3);
    produce(broker.bootstrap(), topic, 1000, "one");
    const TempDir dir;
    auto settings = settings_for(broker.bootstrap(), {topic}, "restart");
    settings.session_timeout = 40s;
    settings.consumer["session.timeout.ms"] = "40000";
    std::vector<Position> checkpoint;
    {
        KafkaReader reader(settings, dir.path());
        reader.open();
        ASSERT_TRUE(reader.read(1000));
        checkpoint = reader.acknowledge();
        // No close: the process died.
    }
    produce(broker.bootstrap(), topic, 100, "two");
    KafkaReader reader(settings, dir.path());
    reader.open(checkpoint);
    ASSERT_TRUE(reader.read(100, 15s)) << reader.source().health().detail;
    EXPECT_EQ(reader.records.size(), 100U);
    EXPECT_TRUE(std::all_of(reader.records.begin(), reader.records.end(), [](const auto& r) {
        return r.value.starts_with("two");
    }));
    for (const PartitionChange& c : reader.changes) {
        EXPECT_FALSE(c.drop_state) << c.reason;
    }
    reader.acknowledge();
    reader.close();
    const auto committed = broker.committed_offsets("restart", topic);
    EXPECT_EQ(committed, broker.end_offsets(topic));
}

TEST(KafkaSourceOnBroker, WithoutCommitsNothingIsCommittedAndTheCheckpointAloneCounts) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("nocommit", 1);
    produce(broker.bootstrap(), topic, 50);
    const TempDir dir;
    auto settings = settings_for(broker.bootstrap(), {topic}, "nocommit");
    settings.commit_offsets = false;
    KafkaReader reader(settings, dir.path());
    reader.open();
    ASSERT_TRUE(reader.read(50));
    reader.acknowledge();
    reader.close();
    EXPECT_EQ(broker.committed_offsets("nocommit", topic), std::vector<std::int64_t>{-1});
}

TEST(KafkaSourceOnBroker, ACommittedOffsetAheadOfTheCheckpointDropsTheState) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("ahead", 1);
    produce(broker.bootstrap(), topic, 100);
    const TempDir dir;
    const auto settings = settings_for(broker.bootstrap(), {topic}, "ahead");
    std::string text;
    {
        KafkaReader reader(settings, dir.path());
        reader.open();
        ASSERT_TRUE(reader.read(100));
        text = reader.records.front().partition;
        reader.acknowledge();
        reader.close();
    }
    KafkaReader reader(settings, dir.path());
    reader.open({{text, text, 40}});
    ASSERT_TRUE(reader.poll_until(20s, [&] { return !reader.changes.empty(); }));
    EXPECT_TRUE(reader.changes[0].drop_state);
    EXPECT_EQ(reader.changes[0].start.next, 100);
    EXPECT_THAT(reader.changes[0].reason, HasSubstr("ahead"));
    reader.close();
}

TEST(KafkaSourceOnBroker, WithoutACheckpointOrCommitTheStartIsAsConfigured) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("latest", 1);
    produce(broker.bootstrap(), topic, 100, "old");
    const TempDir dir;
    auto settings = settings_for(broker.bootstrap(), {topic}, "latest");
    settings.start = config::Kafka::Start::latest;
    KafkaReader reader(settings, dir.path());
    reader.open();
    ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
    produce(broker.bootstrap(), topic, 10, "new");
    ASSERT_TRUE(reader.read(10));
    EXPECT_EQ(reader.records.front().offset, 100);
    reader.close();
}

TEST(KafkaSourceOnBroker, RecordsThatRetentionDeletedAreCountedAsAGap) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("gap", 1);
    produce(broker.bootstrap(), topic, 100);
    const TempDir dir;
    const auto settings = settings_for(broker.bootstrap(), {topic}, "gap");
    std::vector<Position> checkpoint;
    {
        KafkaReader reader(settings, dir.path());
        reader.open();
        ASSERT_TRUE(reader.read(1));
        const std::string text = reader.records.front().partition;
        checkpoint = {{text, text, 10}};
        reader.source().acknowledge(checkpoint);
        reader.close();
    }
    delete_before(broker.bootstrap(), topic, 0, 60);
    KafkaReader reader(settings, dir.path());
    reader.open(checkpoint);
    ASSERT_TRUE(reader.read(40));
    EXPECT_EQ(reader.records.front().offset, 60);
    EXPECT_EQ(reader.losses.get("kafka_gap_records"), 50U);
    ASSERT_EQ(reader.changes.size(), 1U);
    EXPECT_FALSE(reader.changes[0].drop_state);
    reader.close();
}

// The same while reading: the reader is paused, and what it would have read next is gone.
TEST(KafkaSourceOnBroker, AGapThatOpensWhileReadingIsCountedToo) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("gaprun", 1);
    produce(broker.bootstrap(), topic, 10);
    const TempDir dir;
    auto settings = settings_for(broker.bootstrap(), {topic}, "gaprun");
    KafkaReader reader(settings, dir.path());
    reader.open();
    ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
    reader.source().pause();
    produce(broker.bootstrap(), topic, 100);
    delete_before(broker.bootstrap(), topic, 0, 50);
    reader.source().resume();
    ASSERT_TRUE(reader.poll_until(
        30s, [&] { return !reader.records.empty() && reader.records.back().offset == 109; }));
    const auto gap = reader.losses.get("kafka_gap_records");
    EXPECT_EQ(gap + reader.records.size(), 110U);
    reader.close();
}

TEST(KafkaSourceOnBroker, EmptyAndLargeRecordsAndTombstonesComeThrough) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = "large-records";
    broker.create_topic(topic, 1, {{"max.message.bytes", "4000000"}});
    const std::string large(1'500'000, 'x');
    const std::string array = "[{\"a\":1},{\"a\":2}]\n{\"a\":3}\n";
    config::Kafka to;
    to.bootstrap_servers = broker.bootstrap();
    to.producer["message.max.bytes"] = "4000000";
    auto producer = sink::KafkaProducer::make(to);
    ASSERT_TRUE(producer) << producer.error().detail;
    for (const auto& value : std::vector<std::optional<std::string_view>>{
             "", std::nullopt, large, array, large, "end"}) {
        sink::KafkaRecord r;
        r.topic = topic;
        r.value = value;
        ASSERT_TRUE((*producer)->produce(r));
    }
    ASSERT_TRUE((*producer)->flush(30s).complete());
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {topic}, "large"), dir.path());
    reader.open();
    ASSERT_TRUE(reader.read(6));
    ASSERT_EQ(reader.records.size(), 6U);
    EXPECT_EQ(reader.records[0].value, "");
    EXPECT_EQ(reader.records[1].value, "");
    EXPECT_EQ(reader.records[2].value, large);
    EXPECT_EQ(reader.records[3].value, array);
    EXPECT_EQ(reader.records[4].value, large);
    EXPECT_EQ(reader.records[5].value, "end");
    reader.close();
}

TEST(KafkaSourceOnBroker, AMissingTopicIsSaidAndReadOnceItIsThere) {
    auto& broker = KafkaBroker::shared();
    const std::string there = broker.fresh_topic("there", 1);
    const std::string missing = "not-there-yet";
    produce(broker.bootstrap(), there, 10);
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {there, missing}, "missing"), dir.path());
    reader.open();
    ASSERT_TRUE(reader.read(10)) << "the other topic goes on";
    ASSERT_TRUE(reader.poll_until(
        20s, [&] { return reader.source().health().state == SourceState::degraded; }));
    EXPECT_THAT(reader.source().health().detail, HasSubstr("'not-there-yet': does not exist"));
    EXPECT_FALSE(reader.source().health().at_end);
    broker.create_topic(missing, 2);
    produce(broker.bootstrap(), missing, 20, "n");
    // The group is re-formed: what is revoked is given back as intake does.
    ASSERT_TRUE(reader.poll_until(30s, [&] {
        reader.acknowledge();
        reader.release_revoked();
        return reader.records.size() >= 30;
    })) << reader.describe();
    EXPECT_EQ(values(reader).size(), 30U);
    EXPECT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }))
        << reader.describe();
    reader.close();
}

TEST(KafkaSourceOnBroker, WithoutAGroupAllPartitionsAreRead) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("nogroup", 3);
    produce(broker.bootstrap(), topic, 300);
    const TempDir dir;
    std::vector<Position> checkpoint;
    {
        KafkaReader reader(settings_for(broker.bootstrap(), {topic}, ""), dir.path());
        reader.open();
        ASSERT_TRUE(reader.read(300)) << reader.source().health().detail;
        ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
        checkpoint = reader.acknowledge();
        reader.close();
    }
    produce(broker.bootstrap(), topic, 30, "n");
    KafkaReader reader(settings_for(broker.bootstrap(), {topic}, ""), dir.path());
    reader.open(checkpoint);
    ASSERT_TRUE(reader.read(30));
    EXPECT_EQ(values(reader).size(), 30U);
    reader.close();
}

TEST(KafkaSourceOnBroker, APatternReadsWhatItMatches) {
    auto& broker = KafkaBroker::shared();
    const std::string a = broker.fresh_topic("pattern-yes", 1);
    const std::string b = broker.fresh_topic("pattern-no", 1);
    produce(broker.bootstrap(), a, 10, "yes");
    produce(broker.bootstrap(), b, 10, "no");
    for (const std::string group : {"pattern", ""}) {
        const TempDir dir;
        KafkaReader reader(settings_for(broker.bootstrap(), {"^pattern-yes.*"}, group), dir.path());
        reader.open();
        ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }))
            << reader.source().health().detail;
        EXPECT_EQ(reader.records.size(), 10U);
        reader.close();
    }
}

// librdkafka's own position is one too far after a pause at the end of a partition.
TEST(KafkaSourceOnBroker, APauseAtTheEndLosesNothing) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("pauseend", 1);
    produce(broker.bootstrap(), topic, 10);
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {topic}, "pauseend"), dir.path());
    reader.open();
    ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
    reader.source().pause();
    produce(broker.bootstrap(), topic, 10, "n");
    reader.source().resume();
    ASSERT_TRUE(reader.poll_until(
        20s, [&] { return !reader.records.empty() && reader.records.back().offset == 19; }));
    EXPECT_EQ(reader.records.size(), 20U);
    reader.close();
}

// Two members: what moves is revoked, its epoch is committed, and the other goes on right there.
class KafkaGroupOnBroker : public ::testing::TestWithParam<std::string> {};

TEST_P(KafkaGroupOnBroker, PartitionsMoveBetweenTwoMembersWithoutLossOrRepeat) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("two", 4);
    produce(broker.bootstrap(), topic, 2000, "one");
    const TempDir dir_a;
    const TempDir dir_b;
    auto settings = settings_for(broker.bootstrap(), {topic}, "two-" + GetParam());
    settings.consumer["partition.assignment.strategy"] = GetParam();
    KafkaReader a(settings, dir_a.path());
    a.open();
    ASSERT_TRUE(a.read(500));
    KafkaReader b(settings, dir_b.path());
    b.open();
    ASSERT_TRUE(a.poll_until(30s,
                             [&] {
                                 b.poll();
                                 if (!a.revoked.empty()) {
                                     a.acknowledge();
                                     a.release_revoked();
                                 }
                                 return b.next.size() >= 2 &&
                                        b.records.size() + a.records.size() >= 2000;
                             }))
        << a.source().health().detail << " / " << b.source().health().detail;
    produce(broker.bootstrap(), topic, 1000, "two");
    ASSERT_TRUE(a.poll_until(30s,
                             [&] {
                                 b.poll();
                                 return b.records.size() + a.records.size() >= 3000;
                             }))
        << a.describe() << " / " << b.describe();
    auto all = a.refs();
    const auto more = b.refs();
    all.insert(all.end(), more.begin(), more.end());
    // With cooperative rebalancing librdkafka 2.8 may fail to commit on leaving: then the next
    // owner reads a little again.
    if (GetParam() == "range") {
        EXPECT_EQ(all.size(), 3000U);
    }
    EXPECT_EQ((std::set(all.begin(), all.end()).size()), 3000U);
    EXPECT_FALSE(b.records.empty());
    EXPECT_EQ(a.source().health().partitions.size(), 2U);
    EXPECT_EQ(b.source().health().partitions.size(), 2U);
    a.close();
    b.close();
}

INSTANTIATE_TEST_SUITE_P(Kafka,
                         KafkaGroupOnBroker,
                         ::testing::Values("range", "cooperative-sticky"),
                         [](const auto& test) {
                             return test.param == "range" ? std::string("eager") : "cooperative";
                         });

TEST(KafkaSourceOnBroker, APartitionThatIsNotReleasedInTimeIsGivenUpAndReadAgainByTheOther) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("late", 2);
    produce(broker.bootstrap(), topic, 200, "one");
    const TempDir dir_a;
    const TempDir dir_b;
    const auto settings = settings_for(broker.bootstrap(), {topic}, "late");
    KafkaReader a(settings, dir_a.path());
    a.open();
    ASSERT_TRUE(a.read(200));
    KafkaReader b(settings, dir_b.path());
    b.open();
    // `a` neither acknowledges nor releases.
    ASSERT_TRUE(a.poll_until(40s, [&] {
        b.poll();
        return !b.records.empty() && b.source().health().at_end;
    }));
    EXPECT_TRUE(std::any_of(a.changes.begin(), a.changes.end(), [](const PartitionChange& c) {
        return c.kind == ChangeKind::lost;
    }));
    // Nothing had been committed, so `b` reads its partition from the start.
    EXPECT_EQ(b.records.front().offset, 0);
    a.close();
    b.close();
}

TEST(KafkaSourceOnBroker, ATopicMadeAnewIsAnotherPartition) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("anew", 1);
    produce(broker.bootstrap(), topic, 100, "one");
    const TempDir dir;
    const auto settings = settings_for(broker.bootstrap(), {topic}, "anew");
    std::vector<Position> checkpoint;
    {
        KafkaReader reader(settings, dir.path());
        reader.open();
        ASSERT_TRUE(reader.read(100));
        checkpoint = reader.acknowledge();
        reader.close();
    }
    broker.delete_topic(topic);
    broker.create_topic(topic, 1);
    produce(broker.bootstrap(), topic, 20, "two");
    KafkaReader reader(settings, dir.path());
    reader.open(checkpoint);
    ASSERT_TRUE(reader.read(20)) << reader.source().health().detail;
    EXPECT_NE(reader.records.front().partition, checkpoint[0].partition);
    EXPECT_EQ(reader.records.front().offset, 0);
    EXPECT_FALSE(reader.changes[0].drop_state);
    reader.close();
}

TEST(KafkaSourceOnBroker, PauseHoldsRecordsBackAndResumeLosesNone) {
    auto& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("pause", 2);
    produce(broker.bootstrap(), topic, 5000);
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {topic}, "pause"), dir.path());
    reader.open();
    for (std::size_t wanted = 500; wanted < 5000; wanted += 1500) {
        ASSERT_TRUE(reader.read(wanted));
        reader.source().pause();
        const std::size_t before = reader.records.size();
        for (int i = 0; i < 50; ++i) {
            reader.poll();
        }
        EXPECT_EQ(reader.records.size(), before);
        reader.source().resume();
    }
    ASSERT_TRUE(reader.read(5000));
    EXPECT_EQ(values(reader).size(), 5000U);
    EXPECT_EQ(reader.records.size(), 5000U);
    reader.close();
}

TEST(KafkaSourceOnBroker, ABrokerThatIsKilledAndComesBackLosesAndRepeatsNothing) {
    KafkaBroker broker;
    broker.start();
    const std::string topic = broker.fresh_topic("kill", 3);
    produce(broker.bootstrap(), topic, 20000, "one");
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {topic}, "kill"), dir.path());
    reader.open();
    ASSERT_TRUE(reader.read(3000));
    broker.kill9();
    ASSERT_TRUE(reader.poll_until(
        30s, [&] { return reader.source().health().state == SourceState::down; }));
    EXPECT_FALSE(reader.source().health().at_end);
    EXPECT_THAT(reader.source().health().detail, HasSubstr("is the broker running"));
    broker.start();
    ASSERT_TRUE(reader.poll_until(60s, [&] {
        reader.acknowledge();
        reader.release_revoked();
        return reader.records.size() >= 20000;
    })) << reader.source().health().detail;
    ASSERT_TRUE(reader.poll_until(60s, [&] {
        reader.acknowledge();
        reader.release_revoked();
        return reader.source().health().at_end;
    })) << reader.source().health().detail;
    EXPECT_EQ(reader.records.size(), 20000U);
    EXPECT_EQ(values(reader).size(), 20000U);
    EXPECT_GE(reader.source().health().reconnects, 1U);
    reader.close();
}

TEST(KafkaSourceOnBroker, ABrokerThatIsAbsentAtStartIsReadOnceItIsThere) {
    KafkaBroker broker;
    broker.start();
    const std::string topic = broker.fresh_topic("absent", 1);
    produce(broker.bootstrap(), topic, 100);
    broker.stop();
    const TempDir dir;
    KafkaReader reader(settings_for(broker.bootstrap(), {topic}, "absent"), dir.path());
    reader.open();
    ASSERT_TRUE(reader.poll_until(
        20s, [&] { return reader.source().health().state == SourceState::down; }));
    broker.start();
    ASSERT_TRUE(reader.read(100, 60s)) << reader.source().health().detail;
    ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }))
        << reader.source().health().detail;
    EXPECT_EQ(reader.records.size(), 100U);
    // And once more while it has nothing to say: what comes next is not missed.
    reader.acknowledge();
    broker.restart();
    produce(broker.bootstrap(), topic, 10, "n");
    ASSERT_TRUE(reader.poll_until(60s, [&] {
        reader.release_revoked();
        return !reader.records.empty() && reader.records.back().offset == 109;
    })) << reader.describe();
    EXPECT_EQ(reader.records.size(), 110U);
    reader.close();
}

TEST(KafkaProducerOnBroker, MakesATopicOnceAndReportsOffsets) {
    auto& broker = KafkaBroker::shared();
    auto producer = sink::KafkaProducer::make(broker.bootstrap());
    ASSERT_TRUE(producer) << producer.error().detail;
    const auto made = (*producer)->ensure_topic("ensured", 3, 20s);
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_TRUE(*made);
    const auto again = (*producer)->ensure_topic("ensured", 3, 20s);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_FALSE(*again);
    produce(broker.bootstrap(), "ensured", 90);
    const auto ends = broker.end_offsets("ensured");
    ASSERT_EQ(ends.size(), 3U);
    EXPECT_EQ(ends[0] + ends[1] + ends[2], 90);
    const auto refused = (*producer)->ensure_topic("not a topic name", 3, 20s);
    EXPECT_FALSE(refused);
}

}  // namespace
}  // namespace spoor::source
