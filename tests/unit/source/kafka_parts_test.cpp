// The parts of the Kafka source that need no broker: what it says, its instance id, what librdkafka
// refuses.
#include "source/kafka_log.hpp"
#include "source/kafka_properties.hpp"
#include "source/kafka_slots.hpp"
#include "source/kafka_source.hpp"
#include "source/kafka_trouble.hpp"
#include "support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace spoor::source {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

config::Kafka settings() {
    config::Kafka out;
    out.bootstrap_servers = "127.0.0.1:1";
    out.topics = {"t"};
    out.group_id = "g";
    return out;
}

int count(const std::string& text, const std::string& part) {
    int n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++n;
    }
    return n;
}

TEST(KafkaTrouble, StartsThenIsHealthyOnTheFirstAnswer) {
    KafkaTrouble trouble("b:9092", "PLAIN");
    EXPECT_EQ(trouble.state(), SourceState::starting);
    EXPECT_THAT(trouble.detail(), HasSubstr("connecting to b:9092"));
    trouble.answered(1s, 2s);
    EXPECT_EQ(trouble.state(), SourceState::healthy);
    EXPECT_EQ(trouble.detail(), "");
}

TEST(KafkaTrouble, AnOutageIsSaidOnceAndSoIsItsEnd) {
    KafkaTrouble trouble("b:9092", "PLAIN");
    ::testing::internal::CaptureStderr();
    trouble.note("connection refused");
    for (int i = 0; i < 100; ++i) {
        trouble.broken(Cause::unreachable, "1/1 brokers are down", 10s + std::chrono::seconds(i));
        trouble.note("connection refused");
    }
    EXPECT_EQ(trouble.state(), SourceState::down);
    trouble.answered(115s, 116s);
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(log, "\n"), 2) << log;
    EXPECT_THAT(log, HasSubstr("cannot reach b:9092: connection refused"));
    EXPECT_THAT(log, HasSubstr("after 106s"));
    EXPECT_EQ(trouble.num_recoveries(), 1U);
}

TEST(KafkaTrouble, AnAnswerToAnOlderQuestionProvesNothing) {
    KafkaTrouble trouble("b:9092", "PLAIN");
    trouble.broken(Cause::unreachable, "gone", 10s);
    trouble.answered(9s, 11s);
    EXPECT_TRUE(trouble.outage());
    trouble.answered(10s, 12s);
    EXPECT_FALSE(trouble.outage());
}

TEST(KafkaTrouble, AuthenticationOutranksTheSilenceThatFollowsIt) {
    KafkaTrouble trouble("b:9092", "SCRAM-SHA-256");
    trouble.broken(Cause::authentication, "invalid credentials", 1s);
    trouble.broken(Cause::unreachable, "1/1 brokers are down", 2s);
    EXPECT_THAT(trouble.detail(), HasSubstr("SCRAM-SHA-256"));
    EXPECT_THAT(trouble.detail(), HasSubstr("invalid credentials"));
}

TEST(KafkaTrouble, AProblemOfOneTopicLeavesTheRestWorking) {
    KafkaTrouble trouble("b:9092", "");
    trouble.answered(1s, 1s);
    trouble.problem("topic 'x'", "does not exist");
    EXPECT_EQ(trouble.state(), SourceState::degraded);
    EXPECT_EQ(trouble.detail(), "topic 'x': does not exist");
    trouble.solved("topic 'x'");
    EXPECT_EQ(trouble.state(), SourceState::healthy);
}

TEST(KafkaLog, LetsOneLineAMinuteThroughForEachArea) {
    KafkaLog log;
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 50; ++i) {
        log.write(4, "GETSUBSCRIPTIONS", "odd");
        log.write(3, "FAIL", "connection refused");
        log.write(7, "FETCH", "details");
    }
    const std::string text = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(text, "\n"), 1) << text;
    EXPECT_EQ(log.num_suppressed(), 49U);
}

TEST(KafkaSlots, FindsByHandleAskingForTheNameOnlyOnce) {
    KafkaSlots slots;
    slots.add({"a", 0}, 7);
    slots.add({"a", 1}, 8);
    int asked = 0;
    const int handle = 0;
    const auto name = [&] {
        ++asked;
        return "a";
    };
    for (int i = 0; i < 10; ++i) {
        ASSERT_NE(slots.find(&handle, 0, name), nullptr);
        EXPECT_EQ(slots.find(&handle, 0, name)->number, 7U);
        EXPECT_EQ(slots.find(&handle, 1, name)->number, 8U);
        EXPECT_EQ(slots.find(&handle, 2, name), nullptr);
    }
    EXPECT_EQ(asked, 3);
    slots.erase({"a", 0});
    EXPECT_EQ(slots.find(&handle, 0, name), nullptr);
    EXPECT_EQ(slots.find(&handle, 1, name)->number, 8U);
}

TEST(KafkaInstanceId, IsMadeOnceForOurEyesOnly) {
    const test::TempDir dir;
    const auto first = group_instance_id(dir.path());
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_THAT(*first, ::testing::MatchesRegex("spoor-[0-9a-f]{16}"));
    EXPECT_EQ(*group_instance_id(dir.path()), *first);
    struct stat info{};
    ASSERT_EQ(::stat((dir / "kafka-instance-id").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    const test::TempDir other;
    EXPECT_NE(*group_instance_id(other.path()), *first);
}

TEST(KafkaInstanceId, ABrokenFileIsSaidNotReplaced) {
    const test::TempDir dir;
    for (const std::string content : {"", "two words\n", "a/b\n"}) {
        test::write_file(dir / "kafka-instance-id", content);
        const auto id = group_instance_id(dir.path());
        ASSERT_FALSE(id) << content;
        EXPECT_EQ(id.error().code, Errc::corrupt);
        EXPECT_THAT(id.error().detail, HasSubstr("delete it"));
    }
}

TEST(KafkaInstanceId, AFolderThatCannotBeMadeIsAnError) {
    const test::TempDir dir;
    test::write_file(dir / "file", "");
    const auto id = group_instance_id((dir / "file").string() + "/sub");
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, Errc::io);
}

TEST(KafkaProperties, GoodOnesAreTaken) {
    const auto good = check_kafka_properties(settings());
    EXPECT_TRUE(good) << good.error().detail;
}

struct Refused {
    std::string name;
    std::string value;
    std::string said;
};

class KafkaRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(KafkaRefuses, AndSaysWhy) {
    auto s = settings();
    s.consumer[GetParam().name] = GetParam().value;
    const auto checked = check_kafka_properties(s);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::invalid_argument);
    EXPECT_THAT(checked.error().detail, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Kafka,
    KafkaRefuses,
    ::testing::Values(Refused{"sesion.timeout.ms", "1", "sesion.timeout.ms"},
                      Refused{"socket.timeout.ms", "305000", "socket.timeout.ms"},
                      Refused{"session.timeout.ms", "400000", "max.poll.interval.ms"},
                      Refused{"isolation.level", "sometimes", "isolation.level"}),
    [](const auto& test) {
        std::string name = test.param.name;
        std::replace(name.begin(), name.end(), '.', '_');
        return name;
    });

TEST(KafkaProperties, AFileThatIsNotThereIsSaidWhenTlsIsOn) {
    auto s = settings();
    s.consumer["security.protocol"] = "SSL";
    s.consumer["ssl.ca.location"] = "/nonexistent/ca.pem";
    const auto checked = check_kafka_properties(s);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().detail, HasSubstr("ssl.ca.location"));
}

TEST(KafkaProperties, WhatTheSourceDependsOnIsNotTheUsersToSet) {
    auto s = settings();
    s.consumer["enable.auto.offset.store"] = "true";
    s.consumer["auto.offset.reset"] = "latest";
    EXPECT_TRUE(check_kafka_properties(s));
}

TEST(KafkaProperties, ARefusedSecretIsNotRepeated) {
    auto s = settings();
    s.secrets["sasl.passwrod"] = config::Secret("hunter2");
    const auto checked = check_kafka_properties(s);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().detail, HasSubstr("sasl.passwrod"));
    EXPECT_THAT(checked.error().detail, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace spoor::source
