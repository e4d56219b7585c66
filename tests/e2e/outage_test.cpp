// Servers that die under a run: the broker is killed and comes back, Redis is killed and comes
// back. In the end every alert is there exactly once, in the store and in Redis.
#include "e2e/house.hpp"
#include "support/kafka_broker.hpp"
#include "support/redis_server.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace spoor::test {
namespace {

using std::chrono::seconds;

constexpr int num_messages = 60'000;

std::string config_for(const std::string& bootstrap,
                       const std::string& topic,
                       const std::string& group,
                       int redis_port) {
    std::string yaml = fmt::format(R"(kafka:
  bootstrap_servers: "{}"
  topic: "{}"
  group_id: "{}"
  auto_offset_reset: earliest
pipeline:
  shards: 2
  epoch_records: 2000
)",
                                   bootstrap,
                                   topic,
                                   group);
    if (redis_port > 0) {
        yaml += fmt::format("redis:\n  enabled: true\n  host: 127.0.0.1\n  port: {}\n", redis_port);
    }
    return yaml;
}

Results undisturbed(const std::string& bootstrap, const std::string& topic) {
    const House calm(config_for(bootstrap, topic, "calm-" + topic, 0));
    const Finished ran = calm.spoor({"run", "--until-idle", "3s"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return calm.results();
}

void produce(const House& house, const std::string& topic, int n, int seed) {
    const Finished produced = house.spoor({"produce",
                                           "--num",
                                           std::to_string(n),
                                           "--seed",
                                           std::to_string(seed),
                                           "--hosts",
                                           "50",
                                           "--poison",
                                           "5",
                                           "--topic",
                                           topic});
    ASSERT_EQ(produced.exit_code, 0) << produced.err;
}

TEST(Outage, BrokerKilledAndRestartedInMidRun) {
    KafkaBroker broker;
    broker.start();
    const std::string topic = broker.fresh_topic("outage", 3);
    const House house(config_for(broker.bootstrap(), topic, "outage", 0));
    produce(house, topic, num_messages, 5);
    const auto run = house.start_run();
    ASSERT_TRUE(wait_until(seconds{60}, [&] { return house.epoch() >= 2; })) << run->err();
    broker.kill9();
    ASSERT_TRUE(wait_until(seconds{60}, [&] {
        return house.status().find("\"down\"") != std::string::npos;
    })) << house.status();
    EXPECT_TRUE(run->running());
    broker.start();
    produce(house, topic, num_messages, 6);
    const auto all_committed = [&] {
        return broker.committed_offsets("outage", topic) == broker.end_offsets(topic);
    };
    ASSERT_TRUE(wait_until(seconds{90}, all_committed)) << run->err();
    EXPECT_EQ(run->stop(), 0) << run->err();
    EXPECT_EQ(difference(undisturbed(broker.bootstrap(), topic), house.results()), "");
}

// What Redis holds: the stream's ids in order, and the bodies by id.
struct InRedis {
    std::vector<std::string> stream;
    std::map<std::string, std::string> bodies;
};

InRedis read_redis(int port) {
    InRedis out;
    const Finished stream =
        run({"redis-cli",
             "-p",
             std::to_string(port),
             "--raw",
             "EVAL",
             "local r = {} for _, e in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do "
             "for i = 1, #e[2], 2 do if e[2][i] == 'id' then r[#r + 1] = e[2][i + 1] end end end "
             "return r",
             "1",
             "{spoor}:stream:alerts"});
    std::istringstream ids(stream.out);
    for (std::string id; std::getline(ids, id);) {
        if (!id.empty()) {
            out.stream.push_back(id);
        }
    }
    const Finished bodies =
        run({"redis-cli",
             "-p",
             std::to_string(port),
             "--raw",
             "EVAL",
             "local r = {} for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do "
             "r[#r + 1] = redis.call('HGET', '{spoor}:alert:' .. id, 'json') end return r",
             "1",
             "{spoor}:idx:time"});
    std::istringstream lines(bodies.out);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) {
            out.bodies.emplace(nlohmann::json::parse(line).at("id").get<std::string>(), line);
        }
    }
    return out;
}

TEST(Outage, RedisAbsentAtStartThenKilledAndRestarted) {
    KafkaBroker& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("redis", 3);
    RedisServerOptions options;
    options.args = {"--appendonly",
                    "yes",
                    "--appendfsync",
                    "everysec"};  // so that a kill can lose acknowledged data
    RedisServer redis(options);
    const House house(config_for(broker.bootstrap(), topic, "redis", redis.port()));
    produce(house, topic, 30'000, 7);
    const auto run = house.start_run();
    // Detection goes on without Redis.
    const auto all_committed = [&] {
        return broker.committed_offsets("redis", topic) == broker.end_offsets(topic);
    };
    ASSERT_TRUE(wait_until(seconds{60}, all_committed)) << run->err();
    redis.start();
    ASSERT_TRUE(wait_until(seconds{60}, [&] {
        return read_redis(redis.port()).stream.size() > 1000;
    })) << run->err();
    redis.kill9();
    produce(house, topic, 3'000, 8);
    ASSERT_TRUE(wait_until(seconds{60}, all_committed)) << run->err();
    redis.start();
    const Results expected = undisturbed(broker.bootstrap(), topic);
    ASSERT_TRUE(wait_until(seconds{90}, [&] {
        return read_redis(redis.port()).stream.size() >= expected.alerts.size();
    })) << run->err();
    EXPECT_EQ(run->stop(), 0) << run->err();
    EXPECT_EQ(difference(expected, house.results()), "");
    const InRedis got = read_redis(redis.port());
    EXPECT_EQ(got.bodies, expected.alerts);
    std::vector<std::string> unique = got.stream;
    std::sort(unique.begin(), unique.end());
    EXPECT_EQ(std::unique(unique.begin(), unique.end()), unique.end())
        << "an alert is twice in the stream";
    EXPECT_EQ(unique.size(), expected.alerts.size());
}

}  // namespace
}  // namespace spoor::test
