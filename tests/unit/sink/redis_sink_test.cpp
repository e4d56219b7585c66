// Against a real redis-server.
#include "sink/redis_sink.hpp"

#include "sink/redis_function.hpp"
#include "support/redis_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace spoor::test {
namespace {

using sink::Verdict;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Alerts of a store, which own their texts.
struct Alerts {
    explicit Alerts(std::uint64_t first, std::uint64_t count, std::string_view json_pad = "") {
        for (std::uint64_t n = first; n < first + count; ++n) {
            ids.push_back("id" + std::to_string(n));
            jsons.push_back("{\"id\":\"id" + std::to_string(n) + "\",\"pad\":\"" +
                            std::string(json_pad) + "\"}");
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            sink::StoredAlert a;
            a.sequence = first + i;
            a.id = ids[i];
            a.time =
                Timestamp{std::chrono::milliseconds{1'767'225'600'000 + std::int64_t(first + i)}};
            a.level = static_cast<alert::Level>((first + i) % 5);
            a.host = (first + i) % 2 == 0 ? "host-even" : "host-odd";
            a.rule_id = "rule.one";
            a.techniques = "T1041 T1071.001";
            a.json = jsons[i];
            views.push_back(a);
        }
    }

    std::vector<std::string> ids;
    std::vector<std::string> jsons;
    std::vector<sink::StoredAlert> views;
};

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        out.push_back(line);
    }
    return out;
}

class RedisSinkTest : public ::testing::Test {
protected:
    static RedisServer& shared() {
        static RedisServer server({.args = {"--appendonly", "no", "--save", ""}});
        static const bool started = (server.start(), true);
        static_cast<void>(started);
        return server;
    }

    void SetUp() override {
        server_ = &shared();
        if (!server_->running()) {
            server_->start();
        }
        cli({"FLUSHALL"});
        cli({"CONFIG", "SET", "maxmemory", "0"});
    }

    std::string cli(const std::vector<std::string>& words) { return server_->cli(words); }

    [[nodiscard]] config::Redis config() const {
        config::Redis out;
        out.enabled = true;
        out.port = server_->port();
        return out;
    }

    static std::uint64_t connect(sink::RedisSink& sink, std::string_view store = "store-1") {
        const auto position = sink.connect(store);
        if (!position) {
            throw std::runtime_error(position.error().detail);
        }
        return position->applied.value();
    }

    RedisServer* server_ = nullptr;
};

TEST_F(RedisSinkTest, WritesAllKeys) {
    sink::RedisSink sink(config());
    EXPECT_EQ(connect(sink), 0U);
    const Alerts alerts(1, 10);
    const auto result = sink.write(alerts.views);
    EXPECT_THAT(result.verdicts, Each(Verdict::sent));
    EXPECT_EQ(result.detail, "");
    EXPECT_EQ(cli({"HGET", "{spoor}:applied", "store-1"}), "10");
    EXPECT_EQ(cli({"HGET", "{spoor}:alert:id3", "json"}), alerts.jsons[2]);
    EXPECT_EQ(cli({"HGET", "{spoor}:alert:id3", "severity"}), "High");
    EXPECT_EQ(cli({"HGET", "{spoor}:alert:id3", "sequence"}), "3");
    const long ttl = std::stol(cli({"TTL", "{spoor}:alert:id3"}));
    EXPECT_GT(ttl, 7 * 86400 - 60);
    EXPECT_LE(ttl, 7 * 86400);
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:time"}), "10");
    EXPECT_EQ(cli({"ZSCORE", "{spoor}:idx:time", "id3"}), "1767225600003");
    EXPECT_THAT(lines(cli({"ZRANGE", "{spoor}:idx:sev:3", "0", "-1"})),
                ::testing::ElementsAre("id3", "id8"));
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:host:host-even"}), "5");
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:tech:T1041"}), "10");
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:tech:T1071.001"}), "10");
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:rule:rule.one"}), "10");
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "10");
    EXPECT_THAT(cli({"XRANGE", "{spoor}:stream:alerts", "-", "+", "COUNT", "1"}), HasSubstr("id1"));
    EXPECT_EQ(cli({"HGET", "{spoor}:stats:alerts", "written"}), "10");
    EXPECT_EQ(cli({"HGET", "{spoor}:stats:alerts", "level:3"}), "2");
    EXPECT_EQ(cli({"EXISTS", "apt_detection:alerts"}), "0");
    for (const std::string& key : lines(cli({"KEYS", "*"}))) {
        EXPECT_TRUE(key.starts_with("{spoor}:")) << key;
    }
}

TEST_F(RedisSinkTest, TheSameBatchTwiceIsThereOnce) {
    sink::RedisSink sink(config());
    connect(sink);
    const Alerts alerts(1, 300);
    EXPECT_THAT(sink.write(alerts.views).verdicts, Each(Verdict::sent));
    EXPECT_THAT(sink.write(alerts.views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(connect(sink), 300U);
    EXPECT_THAT(sink.write(alerts.views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "300");
    EXPECT_EQ(cli({"HGET", "{spoor}:stats:alerts", "written"}), "300");
}

TEST_F(RedisSinkTest, LowerSequencesAndKnownIdsAreNotWrittenAgain) {
    sink::RedisSink sink(config());
    connect(sink);
    static_cast<void>(sink.write(Alerts(10, 1).views));
    // A sequence below the last: it was applied, or it is a zombie's.
    EXPECT_THAT(sink.write(Alerts(5, 1).views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(cli({"EXISTS", "{spoor}:alert:id5"}), "0");
    // Another store finds the same alert: its sequence is its own, the alert is there once.
    EXPECT_EQ(connect(sink, "store-2"), 0U);
    EXPECT_THAT(sink.write(Alerts(10, 2).views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "2");
    EXPECT_EQ(cli({"HGET", "{spoor}:applied", "store-2"}), "11");
    EXPECT_EQ(connect(sink, "store-1"), 10U);
}

TEST_F(RedisSinkTest, LostDataIsFoundWithoutReconnecting) {
    sink::RedisSink sink(config());
    connect(sink);
    const Alerts first(1, 100);
    static_cast<void>(sink.write(first.views));
    cli({"FLUSHALL"});
    EXPECT_FALSE(sink.probe());
    EXPECT_EQ(connect(sink), 0U);
    static_cast<void>(sink.write(first.views));
    EXPECT_TRUE(sink.probe());
    cli({"FLUSHALL"});
    const auto refused = sink.write(Alerts(101, 300).views);
    EXPECT_THAT(refused.verdicts, Each(Verdict::retry));
    EXPECT_THAT(refused.detail, HasSubstr("lost data"));
    EXPECT_EQ(cli({"DBSIZE"}), "0");
    EXPECT_EQ(connect(sink), 0U);
    EXPECT_THAT(sink.write(Alerts(1, 400).views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "400");
}

TEST_F(RedisSinkTest, KilledServerSaysWhatItStillHas) {
    RedisServer server({.args = {"--appendonly", "no", "--save", ""}});
    server.start();
    config::Redis c = config();
    c.port = server.port();
    sink::RedisSink sink(c);
    connect(sink);
    static_cast<void>(sink.write(Alerts(1, 50).views));
    server.cli({"SAVE"});
    static_cast<void>(sink.write(Alerts(51, 50).views));
    server.kill9();
    EXPECT_FALSE(sink.probe());
    EXPECT_THAT(sink.write(Alerts(101, 5).views).verdicts, Each(Verdict::retry));
    EXPECT_FALSE(sink.connect("store-1").has_value());
    server.start();
    EXPECT_EQ(connect(sink), 50U);
    EXPECT_THAT(sink.write(Alerts(51, 55).views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(server.cli({"XLEN", "{spoor}:stream:alerts"}), "105");
    EXPECT_EQ(server.cli({"HGET", "{spoor}:stats:alerts", "written"}), "105");
}

TEST_F(RedisSinkTest, ServerKilledInTheMiddleOfWriting) {
    RedisServer server;
    server.start();
    config::Redis c = config();
    c.port = server.port();
    sink::RedisSink sink(c);
    std::uint64_t applied = connect(sink);
    const std::uint64_t total = 6000;
    int kills = 0;
    while (applied < total) {
        const Alerts alerts(applied + 1, std::min<std::uint64_t>(1000, total - applied));
        if (kills < 2 && applied >= 1000U * static_cast<unsigned>(kills + 1)) {
            ++kills;
            server.kill9();
        }
        const auto result = sink.write(alerts.views);
        for (const Verdict v : result.verdicts) {
            applied += v == Verdict::sent ? 1U : 0U;
        }
        if (!std::all_of(result.verdicts.begin(), result.verdicts.end(), [](Verdict v) {
                return v == Verdict::sent;
            })) {
            server.start();
            applied = connect(sink);
        }
    }
    EXPECT_EQ(kills, 2);
    EXPECT_EQ(server.cli({"XLEN", "{spoor}:stream:alerts"}), std::to_string(total));
    EXPECT_EQ(server.cli({"HGET", "{spoor}:stats:alerts", "written"}), std::to_string(total));
    EXPECT_EQ(server.cli({"ZCARD", "{spoor}:idx:time"}), std::to_string(total));
}

TEST_F(RedisSinkTest, OldestAreTrimmedBeyondTheLimitInBoundedSteps) {
    config::Redis c = config();
    c.max_alerts = 100;
    sink::RedisSink sink(c);
    connect(sink);
    static_cast<void>(sink.write(Alerts(1, 250).views));
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "100");
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:time"}), "100");
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:tech:T1041"}), "100");
    EXPECT_EQ(cli({"EXISTS", "{spoor}:alert:id150"}), "0");
    EXPECT_EQ(cli({"EXISTS", "{spoor}:alert:id151"}), "1");
    EXPECT_EQ(cli({"HGET", "{spoor}:stats:alerts", "trimmed"}), "150");
    EXPECT_EQ(lines(cli({"KEYS", "{spoor}:alert:*"})).size(), 100U);
    // A smaller limit is reached step by step: no call removes more than twice its alerts and 16.
    c.max_alerts = 10;
    sink::RedisSink smaller(c);
    connect(smaller);
    static_cast<void>(smaller.write(Alerts(251, 1).views));
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), std::to_string(101 - 18));
    for (std::uint64_t n = 252; n < 262; ++n) {
        static_cast<void>(smaller.write(Alerts(n, 1).views));
    }
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "10");
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:time"}), "10");
}

TEST_F(RedisSinkTest, RetentionCountsFromStorage) {
    config::Redis c = config();
    c.retention = std::chrono::milliseconds{300};
    sink::RedisSink sink(c);
    connect(sink);
    static_cast<void>(sink.write(Alerts(1, 20).views));  // event time is long ago: no matter
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:time"}), "20");
    ASSERT_TRUE(wait_until(milliseconds{5000},
                           [&] { return cli({"EXISTS", "{spoor}:alert:id1"}) == "0"; }));
    static_cast<void>(sink.write(Alerts(21, 2).views));
    EXPECT_EQ(cli({"ZCARD", "{spoor}:idx:time"}), "2");
    EXPECT_EQ(cli({"XLEN", "{spoor}:stream:alerts"}), "2");
}

TEST_F(RedisSinkTest, LegacyListIsCappedAndHasEachAlertOnce) {
    config::Redis c = config();
    c.legacy_list = true;
    c.legacy_max = 30;
    sink::RedisSink sink(c);
    connect(sink);
    const Alerts alerts(1, 100);
    static_cast<void>(sink.write(alerts.views));
    static_cast<void>(sink.write(alerts.views));
    EXPECT_EQ(cli({"LLEN", "apt_detection:alerts"}), "30");
    EXPECT_EQ(cli({"LINDEX", "apt_detection:alerts", "-1"}), alerts.jsons[99]);
    EXPECT_EQ(cli({"LINDEX", "apt_detection:alerts", "0"}), alerts.jsons[70]);
    cli({"DEL", "apt_detection:alerts"});
    cli({"SET", "apt_detection:alerts", "x"});
    const auto refused = sink.connect("store-1");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("should be a list: it is a string"));
}

TEST_F(RedisSinkTest, FullMemoryIsARetryAndNothingIsHalfWritten) {
    sink::RedisSink sink(config());
    connect(sink);
    static_cast<void>(sink.write(Alerts(1, 10).views));
    cli({"CONFIG", "SET", "maxmemory", "1mb"});
    const auto full = sink.write(Alerts(11, 100).views);
    EXPECT_THAT(full.verdicts, Each(Verdict::retry));
    EXPECT_THAT(full.detail, HasSubstr("OOM"));
    cli({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_EQ(cli({"HGET", "{spoor}:applied", "store-1"}), "10");
    EXPECT_EQ(connect(sink), 10U);
    EXPECT_THAT(sink.write(Alerts(11, 100).views).verdicts, Each(Verdict::sent));
}

TEST_F(RedisSinkTest, ReplicaIsNotWrittenTo) {
    sink::RedisSink sink(config());
    connect(sink);
    cli({"REPLICAOF", "127.0.0.1", "1"});
    const auto result = sink.write(Alerts(1, 3).views);
    EXPECT_THAT(result.verdicts, Each(Verdict::retry));
    const auto refused = sink.connect("store-1");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("not the master"));
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    cli({"REPLICAOF", "NO", "ONE"});
}

TEST_F(RedisSinkTest, AnAlertThatCannotBeWrittenIsRefusedAloneAndTheRestGoesOn) {
    sink::RedisSink sink(config());
    connect(sink);
    cli({"SET", "{spoor}:idx:host:host-odd", "not a sorted set"});
    const auto result = sink.write(Alerts(1, 4).views);
    EXPECT_EQ(
        result.verdicts,
        (std::vector<Verdict>{Verdict::refused, Verdict::sent, Verdict::refused, Verdict::sent}));
    EXPECT_THAT(result.detail, HasSubstr("WRONGTYPE"));
    EXPECT_EQ(cli({"EXISTS", "{spoor}:alert:id1"}), "0");
    EXPECT_EQ(cli({"HGET", "{spoor}:applied", "store-1"}), "4");
}

TEST_F(RedisSinkTest, FunctionIsReplacedWhenItsTextDiffers) {
    cli({"FUNCTION",
         "LOAD",
         "REPLACE",
         "#!lua name=spoor\nredis.register_function{function_name='spoor_version', "
         "callback=function() "
         "return 'older' end, flags={'no-writes'}}"});
    sink::RedisSink sink(config());
    connect(sink);
    EXPECT_EQ(cli({"FCALL_RO", "spoor_version", "0"}), sink::redis_function_version());
    EXPECT_THAT(sink.write(Alerts(1, 1).views).verdicts, Each(Verdict::sent));
    // Gone under our feet: said as a retry, and loaded anew.
    cli({"FUNCTION", "FLUSH"});
    EXPECT_THAT(sink.write(Alerts(2, 1).views).verdicts, Each(Verdict::retry));
    EXPECT_EQ(connect(sink), 1U);
    EXPECT_THAT(sink.write(Alerts(2, 1).views).verdicts, Each(Verdict::sent));
}

TEST_F(RedisSinkTest, BytesOfAnyKindComeThrough) {
    sink::RedisSink sink(config());
    connect(sink);
    Alerts alerts(1, 1);
    const std::string host("h\0\xff \r\n\"'{x}", 11);
    const std::string json = "{\"big\":\"" + std::string(3'000'000, 'j') + "\"}";
    alerts.views[0].host = host;
    alerts.views[0].json = json;
    alerts.views[0].time = no_time;
    EXPECT_THAT(sink.write(alerts.views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(cli({"HSTRLEN", "{spoor}:alert:id1", "json"}), std::to_string(json.size()));
    EXPECT_EQ(cli({"EVAL", "return #redis.call('KEYS', '{spoor}:idx:host:*')", "0"}), "1");
}

TEST_F(RedisSinkTest, PrefixAndDatabaseAsConfigured) {
    config::Redis c = config();
    c.database = 3;
    c.key_prefix = "team-a";
    sink::RedisSink sink(c);
    connect(sink);
    static_cast<void>(sink.write(Alerts(1, 1).views));
    EXPECT_EQ(cli({"DBSIZE"}), "0");
    EXPECT_EQ(cli({"-n", "3", "EXISTS", "{team-a}:alert:id1"}), "1");
    c.database = 99;
    const auto refused = sink::RedisSink(c).connect("s");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("database 99"));
}

TEST_F(RedisSinkTest, PasswordAndAclUserAndNoSecretInErrors) {
    RedisServer server({.password = "default-Secret1", .args = {}});
    server.start();
    server.cli({"ACL",
                "SETUSER",
                "writer",
                "on",
                ">writer-Secret2",
                "~{spoor}:*",
                "+@all",
                "-@dangerous"});
    server.cli({"ACL", "SETUSER", "reader", "on", ">reader-Secret3", "~*", "+@read", "+hello"});
    config::Redis c = config();
    c.port = server.port();
    const auto attempt = [&c](const std::string& user, const std::string& password) {
        c.username = user;
        c.password = config::Secret(password);
        sink::RedisSink sink(c);
        const auto position = sink.connect("store-1");
        std::string out = position ? "ok" : position.error().detail;
        if (position) {
            const auto result = sink.write(Alerts(1, 1).views);
            out = result.verdicts[0] == Verdict::sent ? "ok" : result.detail;
        }
        EXPECT_THAT(out, Not(HasSubstr("Secret"))) << out;
        return out;
    };
    EXPECT_EQ(attempt("", "default-Secret1"), "ok");
    EXPECT_EQ(attempt("writer", "writer-Secret2"), "ok");
    EXPECT_THAT(attempt("", "wrong-Secret"), HasSubstr("login refused: WRONGPASS"));
    EXPECT_THAT(attempt("writer", "wrong-Secret"),
                HasSubstr("login as 'writer' refused: WRONGPASS"));
    EXPECT_THAT(attempt("", ""), HasSubstr("redis.password"));
    EXPECT_THAT(attempt("reader", "reader-Secret3"), HasSubstr("NOPERM"));
}

TEST_F(RedisSinkTest, PasswordWhereNoneIsSet) {
    config::Redis c = config();
    c.password = config::Secret("unneeded-Secret");
    const auto refused = sink::RedisSink(c).connect("s");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("without any password configured"));
    EXPECT_THAT(refused.error().detail, Not(HasSubstr("Secret")));
}

TEST_F(RedisSinkTest, UnixSocket) {
    TempDir dir;
    const std::string path = (dir / "redis.sock").string();
    RedisServer server({.args = {"--unixsocket", path}});
    server.start();
    config::Redis c = config();
    c.port = 1;
    c.unix_socket = path;
    sink::RedisSink sink(c);
    connect(sink);
    EXPECT_THAT(sink.write(Alerts(1, 1).views).verdicts, Each(Verdict::sent));
}

TEST_F(RedisSinkTest, NobodyListensOrAnswers) {
    config::Redis c = config();
    c.port = free_port();
    const auto refused = sink::RedisSink(c).connect("s");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().detail, HasSubstr("127.0.0.1:" + std::to_string(c.port)));

    // A server that hangs: the time-out ends it.
    RedisServer server;
    server.start();
    c.port = server.port();
    c.timeout = std::chrono::milliseconds{200};
    sink::RedisSink sink(c);
    connect(sink);
    ASSERT_EQ(::kill(server.pid(), SIGSTOP), 0);
    const auto result = sink.write(Alerts(1, 1).views);
    EXPECT_THAT(result.verdicts, Each(Verdict::retry));
    EXPECT_THAT(result.detail, HasSubstr("no answer in time"));
    ASSERT_EQ(::kill(server.pid(), SIGCONT), 0);
    // It may have written that alert after all: the sequence says.
    const std::uint64_t applied = connect(sink);
    EXPECT_LE(applied, 1U);
    EXPECT_THAT(sink.write(Alerts(1, 2).views).verdicts, Each(Verdict::sent));
    EXPECT_EQ(server.cli({"XLEN", "{spoor}:stream:alerts"}), "2");
}

class RedisTlsTest : public ::testing::Test {
protected:
    RedisTlsTest() : server_({.tls = true, .args = {}}) { server_.start(); }

    [[nodiscard]] config::Redis config() const {
        config::Redis out;
        out.port = server_.port();
        out.tls = true;
        out.ca_file = server_.tls_files().ca.string();
        return out;
    }

    static std::string attempt(const config::Redis& c) {
        sink::RedisSink sink(c);
        const auto position = sink.connect("store-1");
        if (!position) {
            return position.error().detail;
        }
        const auto result = sink.write(Alerts(1, 200).views);
        return result.verdicts[0] == Verdict::sent ? "ok" : result.detail;
    }

    RedisServer server_;
};

TEST_F(RedisTlsTest, CertificateAndNameAreChecked) {
    config::Redis c = config();
    // The server asks for a client certificate, or does not: the fixture's files serve both.
    c.cert_file = server_.tls_files().certificate.string();
    c.key_file = server_.tls_files().key.string();
    EXPECT_EQ(attempt(c), "ok");
    c.server_name = "localhost";
    EXPECT_EQ(attempt(c), "ok");
    c.server_name = "redis.example.org";
    EXPECT_THAT(attempt(c), HasSubstr("certificate is not accepted"));
    c.verify = false;
    EXPECT_EQ(attempt(c), "ok");
    c.verify = true;
    c.server_name.clear();
    c.ca_file.clear();
    EXPECT_THAT(attempt(c), HasSubstr("certificate is not accepted"));
    c.ca_file = "/nonexistent/ca.pem";
    EXPECT_THAT(attempt(c), HasSubstr("/nonexistent/ca.pem"));
    c = config();
    c.cert_file = "/nonexistent/client.pem";
    EXPECT_THAT(attempt(c), HasSubstr("/nonexistent/client.pem"));
    c = config();
    c.tls = false;
    EXPECT_NE(attempt(c), "ok");
}

TEST_F(RedisTlsTest, TlsToAServerWithout) {
    RedisServer plain;
    plain.start();
    config::Redis c = config();
    c.port = plain.port();
    c.timeout = std::chrono::milliseconds{500};
    EXPECT_THAT(attempt(c), HasSubstr("no TLS connection"));
}

}  // namespace
}  // namespace spoor::test
