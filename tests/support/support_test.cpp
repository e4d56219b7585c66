#include "support/kafka_broker.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace spoor::test {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ProcessTest, ReportsExitCodeAndBothOutputs) {
    const Finished done = run({"sh", "-c", "echo out; echo err >&2; exit 7"});
    EXPECT_EQ(done.exit_code, 7);
    EXPECT_EQ(done.out, "out\n");
    EXPECT_EQ(done.err, "err\n");
}

TEST(ProcessTest, AddsToTheEnvironment) {
    const Finished done = run(ProcessOptions{
        .argv = {"sh", "-c", "echo $SPOOR_X; test -n \"$PATH\""}, .env = {{"SPOOR_X", "a b"}}});
    EXPECT_EQ(done.exit_code, 0);
    EXPECT_EQ(done.out, "a b\n");
}

TEST(ProcessTest, AMissingProgramEndsWith127) {
    EXPECT_EQ(run({"/nonexistent/program"}).exit_code, 127);
}

TEST(ProcessTest, ASignalIsTheExitCode) {
    Process cat(ProcessOptions{.argv = {"cat"}, .stdin_pipe = true});
    EXPECT_TRUE(cat.running());
    cat.kill(SIGTERM);
    EXPECT_EQ(cat.wait(seconds(5)), 128 + SIGTERM);
}

TEST(ProcessTest, PipesStandardInput) {
    Process cat(ProcessOptions{.argv = {"cat"}, .stdin_pipe = true});
    cat.write_stdin("one\n");
    EXPECT_TRUE(wait_until(seconds(5), [&] { return cat.out() == "one\n"; }));
    cat.close_stdin();
    EXPECT_EQ(cat.wait(seconds(5)), 0);
}

TEST(ProcessTest, TheChildEndsWithTheObject) {
    pid_t pid = 0;
    {
        Process cat(ProcessOptions{.argv = {"cat"}, .stdin_pipe = true});
        pid = cat.pid();
        ASSERT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ProcessTest, RunThrowsWhenTimeIsUp) {
    EXPECT_THROW(run({"tail", "-f", "/dev/null"}, milliseconds(50)), std::runtime_error);
}

TEST(RedisServerTest, KeepsDataOverKillAndRestart) {
    RedisServer redis;
    redis.start();
    const int port = redis.port();
    EXPECT_EQ(redis.cli({"SET", "k", "v"}), "OK");
    redis.kill9();
    EXPECT_FALSE(redis.running());
    redis.start();
    EXPECT_EQ(redis.port(), port);
    EXPECT_EQ(redis.cli({"GET", "k"}), "v");
}

TEST(RedisServerTest, WithTlsAndPassword) {
    RedisServer redis({.password = "s3cret", .tls = true, .args = {}});
    redis.start();
    EXPECT_EQ(redis.cli({"PING"}), "PONG");
    const Finished refused = run({"redis-cli",
                                  "-e",
                                  "-p",
                                  std::to_string(redis.port()),
                                  "--tls",
                                  "--cacert",
                                  redis.tls_files().ca,
                                  "GET",
                                  "k"});
    EXPECT_THAT(refused.out + refused.err, HasSubstr("NOAUTH"));
}

TEST(KafkaBrokerTest, KeepsTopicsAndPortOverKillAndRestart) {
    KafkaBroker broker;
    broker.start();
    const std::string bootstrap = broker.bootstrap();
    const std::string topic = broker.fresh_topic("events", 3);
    const Finished produced =
        run({"sh", "-c", "echo one | kcat -P -b " + bootstrap + " -t " + topic + " -p 1"});
    EXPECT_EQ(produced.exit_code, 0) << produced.err;
    EXPECT_THAT(broker.end_offsets(topic), ElementsAre(0, 1, 0));
    EXPECT_THAT(broker.committed_offsets("nobody", topic), ElementsAre(-1, -1, -1));
    broker.restart();
    EXPECT_EQ(broker.bootstrap(), bootstrap);
    EXPECT_THAT(broker.end_offsets(topic), ElementsAre(0, 1, 0));
    EXPECT_THROW(broker.create_topic(topic, 1), std::runtime_error);
    broker.delete_topic(topic);
    EXPECT_TRUE(wait_until(seconds(10), [&] {
        try {
            return broker.end_offsets(topic).empty();
        } catch (const std::runtime_error&) {
            return true;
        }
    }));
    broker.stop();
    EXPECT_FALSE(broker.running());
}

}  // namespace
}  // namespace spoor::test
