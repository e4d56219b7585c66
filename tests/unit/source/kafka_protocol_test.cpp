// The Kafka source against brokers that answer with errors (librdkafka's mock cluster): whatever
// they say, each record is handed out once and in order, and the process stays up.
#include "sink/kafka_producer.hpp"
#include "support/mock_kafka.hpp"
#include "support/process.hpp"
#include "unit/source/kafka_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace spoor::source {
namespace {

using namespace std::chrono_literals;
using test::MockKafka;
using test::Request;
using test::TempDir;
using ::testing::HasSubstr;

class KafkaProtocol : public ::testing::Test {
protected:
    void SetUp() override { brokers_.create_topic("t", 3); }

    [[nodiscard]] config::Kafka settings() const {
        config::Kafka out;
        out.bootstrap_servers = brokers_.bootstrap();
        out.topics = {"t"};
        out.group_id = "g";
        out.session_timeout = 6s;
        out.consumer["session.timeout.ms"] = "6000";
        out.consumer["heartbeat.interval.ms"] = "200";
        out.consumer["auto.commit.interval.ms"] = "100";
        // Answers on one connection come in order: a short wait keeps the others from queueing.
        out.consumer["fetch.wait.max.ms"] = "10";
        return out;
    }

    void produce(int count) {
        auto producer = sink::KafkaProducer::make(brokers_.bootstrap());
        ASSERT_TRUE(producer) << producer.error().detail;
        for (int i = 0; i < count; ++i) {
            const std::string text = std::to_string(i);
            sink::KafkaRecord r;
            r.topic = "t";
            r.key = text;
            r.value = text;
            ASSERT_TRUE((*producer)->produce(r));
        }
        ASSERT_TRUE((*producer)->flush(30s).complete());
    }

    // Reads all of `count`, acting on what changes as intake does.
    void read_all(KafkaReader& reader, std::size_t count) {
        ASSERT_TRUE(reader.poll_until(20s, [&] {
            reader.acknowledge();
            reader.release_revoked();
            return distinct(reader) >= count;
        })) << reader.describe();
    }

    static std::size_t distinct(const KafkaReader& reader) {
        const auto refs = reader.refs();
        return std::set(refs.begin(), refs.end()).size();
    }

    MockKafka brokers_;
    TempDir dir_;
};

TEST_F(KafkaProtocol, ReadsWhatIsThere) {
    produce(500);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    read_all(reader, 500);
    EXPECT_EQ(reader.records.size(), 500U);
    EXPECT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }))
        << reader.describe();
    reader.close();
    EXPECT_EQ(reader.source().health().state, SourceState::closed);
}

struct Trouble {
    std::string name;
    Request request;
    std::vector<rd_kafka_resp_err_t> errors;
};

class KafkaProtocolError : public KafkaProtocol, public ::testing::WithParamInterface<Trouble> {};

TEST_P(KafkaProtocolError, IsRiddenOut) {
    produce(300);
    brokers_.answer_with(GetParam().request, GetParam().errors);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    read_all(reader, 300);
    EXPECT_EQ(reader.records.size(), 300U) << "none twice";
    EXPECT_EQ(reader.losses.get("kafka_gap_records"), 0U);
    reader.close();
}

INSTANTIATE_TEST_SUITE_P(
    Kafka,
    KafkaProtocolError,
    ::testing::Values(
        Trouble{"join",
                Request::join_group,
                {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                 RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                 RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}},
        Trouble{"sync", Request::sync_group, {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS}},
        Trouble{
            "committed",
            Request::offset_fetch,
            {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}},
        Trouble{
            "ends",
            Request::list_offsets,
            {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE}},
        Trouble{"fetch",
                Request::fetch,
                {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                 RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
                 RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR}},
        Trouble{"out_of_range", Request::fetch, {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE}},
        Trouble{
            "commit",
            Request::offset_commit,
            {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE}}),
    [](const auto& test) { return test.param.name; });

TEST_F(KafkaProtocol, AnUnknownMemberLosesItsPartitionsAndReadsOnFromTheAcknowledgedPosition) {
    produce(300);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    read_all(reader, 300);
    reader.acknowledge();
    brokers_.answer_with(Request::heartbeat, {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID});
    ASSERT_TRUE(reader.poll_until(30s, [&] {
        return std::any_of(reader.changes.begin(), reader.changes.end(), [](const auto& c) {
            return c.kind == ChangeKind::lost;
        });
    })) << reader.describe();
    produce(100);
    read_all(reader, 400);
    EXPECT_EQ(reader.records.size(), 400U);
    reader.close();
}

TEST_F(KafkaProtocol, AFencedMemberStartsANewClientAndSaysWhy) {
    produce(300);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    read_all(reader, 300);
    reader.acknowledge();
    brokers_.answer_with(Request::heartbeat, {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID});
    ASSERT_TRUE(reader.poll_until(
        30s, [&] { return reader.source().health().state == SourceState::down; }));
    EXPECT_THAT(reader.source().health().detail, HasSubstr("has another member"));
    produce(100);
    read_all(reader, 400);
    EXPECT_EQ(reader.records.size(), 400U);
    EXPECT_EQ(reader.source().health().state, SourceState::healthy) << reader.describe();
    reader.close();
}

TEST_F(KafkaProtocol, ATopicWeMayNotReadIsSaidAndReadOnceWeMay) {
    produce(50);
    brokers_.set_topic_error("t", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    ASSERT_TRUE(reader.poll_until(
        20s, [&] { return reader.source().health().state == SourceState::degraded; }));
    EXPECT_THAT(reader.source().health().detail, HasSubstr("topic 't'"));
    EXPECT_FALSE(reader.source().health().at_end);
    brokers_.set_topic_error("t", RD_KAFKA_RESP_ERR_NO_ERROR);
    read_all(reader, 50);
    EXPECT_TRUE(reader.poll_until(20s, [&] {
        return reader.source().health().state == SourceState::healthy;
    })) << reader.describe();
    reader.close();
}

TEST_F(KafkaProtocol, AnOutageIsNotTheEndAndIsOverWhenTheBrokerAnswers) {
    produce(50);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    read_all(reader, 50);
    ASSERT_TRUE(reader.poll_until(20s, [&] { return reader.source().health().at_end; }));
    brokers_.down();
    ASSERT_TRUE(reader.poll_until(
        20s, [&] { return reader.source().health().state == SourceState::down; }));
    EXPECT_FALSE(reader.source().health().at_end);
    brokers_.up();
    ASSERT_TRUE(reader.poll_until(30s, [&] {
        reader.release_revoked();
        return reader.source().health().at_end;
    })) << reader.describe();
    EXPECT_EQ(reader.records.size(), 50U);
    reader.close();
}

TEST_F(KafkaProtocol, CloseKeepsItsDeadlineWhenNoBrokerAnswers) {
    produce(50);
    KafkaReader reader(settings(), dir_.path(), TopicIdentity::name);
    reader.open();
    read_all(reader, 50);
    reader.acknowledge();
    brokers_.down();
    ASSERT_TRUE(reader.poll_until(
        20s, [&] { return reader.source().health().state == SourceState::down; }));
    const auto start = std::chrono::steady_clock::now();
    reader.source().close(1s);
    // librdkafka itself gives its last commit 5 s and cannot be told otherwise.
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(KafkaProtocol, SilenceIsNotedAfterTheConfiguredTime) {
    auto s = settings();
    s.idle_note = 1s;
    KafkaReader reader(s, dir_.path(), TopicIdentity::name);
    reader.open();
    ASSERT_TRUE(reader.poll_until(20s, [&] {
        return reader.source().health().detail.find("no record for") != std::string::npos;
    })) << reader.describe();
    EXPECT_EQ(reader.source().health().state, SourceState::healthy);
    reader.close();
}

}  // namespace
}  // namespace spoor::source
