// What a good file becomes: values, defaults, properties for librdkafka, and what is shown of them.
#include "config/load.hpp"

#include "config/keys.hpp"
#include "config/profiles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace spoor::config {
namespace {

using namespace std::chrono_literals;

Environment environment(std::map<std::string, std::string> variables = {},
                        std::map<std::string, std::string> files = {}) {
    Environment e;
    e.variable = [variables](const std::string& name) -> std::optional<std::string> {
        const auto it = variables.find(name);
        return it == variables.end() ? std::nullopt : std::optional(it->second);
    };
    e.read_file = [files](const std::string& path) -> Result<std::string> {
        const auto it = files.find(path);
        return it == files.end() ? Result<std::string>(fail(Errc::io, "no file " + path))
                                 : it->second;
    };
    e.file_readable = [](const std::string&) { return true; };
    return e;
}

struct Loaded {
    Config config;
    Diagnostics diagnostics;
    std::vector<Shown> shown;
    bool good = false;

    [[nodiscard]] std::string value(std::string_view path) const {
        const auto it = std::find_if(
            shown.begin(), shown.end(), [&](const Shown& s) { return s.path == path; });
        return it == shown.end() ? "(not shown)" : it->value;
    }

    [[nodiscard]] std::string origin(std::string_view path) const {
        const auto it = std::find_if(
            shown.begin(), shown.end(), [&](const Shown& s) { return s.path == path; });
        return it == shown.end() ? "(not shown)" : it->origin;
    }
};

Loaded load(std::string_view text, const Environment& e = environment()) {
    Loaded l;
    l.good = load_text(text, "c.yaml", e, l.config, l.diagnostics, &l.shown);
    return l;
}

const std::string with_kafka = "kafka:\n  topic: t\n";

std::string property(const Loaded& l, const std::string& name) {
    const auto& map = l.config.kafka->consumer;
    const auto it = map.find(name);
    return it == map.end() ? "(not set)" : it->second;
}

std::string producer_property(const Loaded& l, const std::string& name) {
    const auto& map = l.config.kafka->producer;
    const auto it = map.find(name);
    return it == map.end() ? "(not set)" : it->second;
}

TEST(Load, AnEmptyFileGivesTheStructsOwnDefaults) {
    for (const char* text : {"", "\n# only a comment\n", "---\n", "settings:\nredis:\n"}) {
        const Loaded l = load(text);
        ASSERT_TRUE(l.good) << l.diagnostics.to_text();
        EXPECT_FALSE(l.config.kafka.has_value());
        EXPECT_TRUE(l.config.files.empty());
    }
    // Table and struct say the same, so that code that never reads a file does as one that does.
    const Config table = defaults();
    const Config plain;
    EXPECT_EQ(table.log_level, plain.log_level);
    EXPECT_EQ(table.data_dir, plain.data_dir);
    EXPECT_EQ(table.behavior.enabled, plain.behavior.enabled);
    EXPECT_EQ(table.behavior.window, plain.behavior.window);
    EXPECT_EQ(table.behavior.baseline_period, plain.behavior.baseline_period);
    EXPECT_DOUBLE_EQ(table.behavior.anomaly_threshold, plain.behavior.anomaly_threshold);
    EXPECT_EQ(table.behavior.threshold_rule, plain.behavior.threshold_rule);
    EXPECT_DOUBLE_EQ(table.behavior.threshold_value, plain.behavior.threshold_value);
    EXPECT_EQ(table.pipeline.shards, plain.pipeline.shards);
    EXPECT_EQ(table.pipeline.allowed_lateness, plain.pipeline.allowed_lateness);
    EXPECT_EQ(table.pipeline.epoch_age, plain.pipeline.epoch_age);
    EXPECT_EQ(table.pipeline.epoch_age_behind, plain.pipeline.epoch_age_behind);
    EXPECT_EQ(table.pipeline.alert_delay, plain.pipeline.alert_delay);
    EXPECT_EQ(table.pipeline.epoch_records, plain.pipeline.epoch_records);
    EXPECT_EQ(table.pipeline.epoch_row_bytes, plain.pipeline.epoch_row_bytes);
    EXPECT_EQ(table.pipeline.queue_bytes, plain.pipeline.queue_bytes);
    EXPECT_EQ(table.pipeline.time_zone, plain.pipeline.time_zone);
    EXPECT_EQ(table.store.retention, plain.store.retention);
    EXPECT_EQ(table.store.max_bytes, plain.store.max_bytes);
    EXPECT_EQ(table.store.unsent_max_bytes, plain.store.unsent_max_bytes);
    EXPECT_EQ(table.store.dead_letter_retention, plain.store.dead_letter_retention);
    EXPECT_EQ(table.store.dead_letter_max_bytes, plain.store.dead_letter_max_bytes);
}

TEST(Load, TheStructsOfRedisAndSimulationAgreeWithTheTableToo) {
    const Config table = defaults();
    const Config plain;
    EXPECT_EQ(table.redis.enabled, plain.redis.enabled);
    EXPECT_EQ(table.redis.host, plain.redis.host);
    EXPECT_EQ(table.redis.port, plain.redis.port);
    EXPECT_EQ(table.redis.database, plain.redis.database);
    EXPECT_EQ(table.redis.tls, plain.redis.tls);
    EXPECT_EQ(table.redis.verify, plain.redis.verify);
    EXPECT_EQ(table.redis.key_prefix, plain.redis.key_prefix);
    EXPECT_EQ(table.redis.retention, plain.redis.retention);
    EXPECT_EQ(table.redis.max_alerts, plain.redis.max_alerts);
    EXPECT_EQ(table.redis.legacy_list, plain.redis.legacy_list);
    EXPECT_EQ(table.redis.legacy_key, plain.redis.legacy_key);
    EXPECT_EQ(table.redis.legacy_max, plain.redis.legacy_max);
    EXPECT_EQ(table.redis.timeout, plain.redis.timeout);
    EXPECT_EQ(table.simulation.enabled, plain.simulation.enabled);
    EXPECT_EQ(table.simulation.realism, plain.simulation.realism);
    EXPECT_EQ(table.simulation.output, plain.simulation.output);
    EXPECT_EQ(table.simulation.kafka_topic, plain.simulation.kafka_topic);
    EXPECT_EQ(table.simulation.num_hosts, plain.simulation.num_hosts);
    EXPECT_EQ(table.simulation.host_prefix, plain.simulation.host_prefix);
    EXPECT_EQ(table.simulation.num_users, plain.simulation.num_users);
    EXPECT_EQ(table.simulation.user_prefix, plain.simulation.user_prefix);
    EXPECT_EQ(table.simulation.num_networks, plain.simulation.num_networks);
    EXPECT_EQ(table.simulation.subnets, plain.simulation.subnets);
    EXPECT_DOUBLE_EQ(table.simulation.rate_per_minute, plain.simulation.rate_per_minute);
    EXPECT_DOUBLE_EQ(table.simulation.share_network, plain.simulation.share_network);
    EXPECT_DOUBLE_EQ(table.simulation.share_endpoint, plain.simulation.share_endpoint);
    EXPECT_DOUBLE_EQ(table.simulation.share_user, plain.simulation.share_user);
    EXPECT_EQ(table.simulation.scenarios, plain.simulation.scenarios);
    EXPECT_EQ(table.simulation.scenario_frequency, plain.simulation.scenario_frequency);
    EXPECT_EQ(table.simulation.scenarios_at_once, plain.simulation.scenarios_at_once);
    EXPECT_EQ(table.simulation.time_patterns, plain.simulation.time_patterns);
    EXPECT_EQ(table.simulation.business_start, plain.simulation.business_start);
    EXPECT_EQ(table.simulation.business_end, plain.simulation.business_end);
    EXPECT_EQ(table.simulation.business_days, plain.simulation.business_days);
    EXPECT_EQ(table.simulation.adaptive, plain.simulation.adaptive);
}

TEST(Load, TheOriginalsFileIsHonoured) {
    std::ifstream in(std::filesystem::path(SPOOR_SOURCE_DIR) /
                     "tests/golden/config/original/config.yaml");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const Loaded l = load(text);
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    ASSERT_TRUE(l.config.kafka);
    EXPECT_EQ(l.config.kafka->topics, std::vector<std::string>{"apt_topic"});
    EXPECT_EQ(l.config.kafka->group_id, "apt_detection_group");
    EXPECT_EQ(l.config.kafka->start, Kafka::Start::earliest);
    EXPECT_TRUE(l.config.kafka->commit_offsets);
    EXPECT_EQ(l.config.kafka->session_timeout, 30s);
    EXPECT_EQ(l.config.kafka->idle_note, 60s);
    EXPECT_EQ(property(l, "bootstrap.servers"), "localhost:9092");
    EXPECT_EQ(property(l, "session.timeout.ms"), "30000");
    EXPECT_EQ(property(l, "socket.timeout.ms"), "40000");
    EXPECT_EQ(l.config.redis.legacy_max, 10000U);
    EXPECT_EQ(l.config.store.retention, 90 * 24h);
    EXPECT_DOUBLE_EQ(l.config.behavior.anomaly_threshold, 0.6);
    EXPECT_EQ(l.config.simulation.realism, "intermediate");
    // Each key of the file is a row of the table, so nothing of it was passed over.
    for (const Key& key : keys()) {
        const bool ours = key.path.starts_with("pipeline.") || key.path.starts_with("store.") ||
                          key.path.starts_with("redis.") || key.path.starts_with("dead_letters.");
        if (key.status == KeyStatus::accepted && !ours &&
            key.path.find("api_key") == std::string_view::npos &&
            key.path.find("cloud_id") == std::string_view::npos) {
            EXPECT_NE(l.value(key.path), "(not shown)") << key.path;
        }
    }
}

TEST(Load, TheGuidesSecurityAndTuningKeysReachLibrdkafka) {
    const Loaded l = load(R"(kafka:
  bootstrap_servers: ["SASL_SSL://kafka1", "kafka2:9093", "[::1]:9094"]
  topics: [apt-topic-1, apt_topic-2]
  topic: apt-topic-1
  security_protocol: sasl_ssl
  ssl_cafile: /ca.pem
  ssl_certfile: /cert.pem
  ssl_keyfile: /key.pem
  ssl_password: keypass
  ssl_check_hostname: false
  sasl_mechanism: SCRAM-SHA-512
  sasl_plain_username: user
  sasl_plain_password: pass
  fetch_max_bytes: 50MiB
  max_partition_fetch_bytes: 2097152
  fetch_min_bytes: 64KiB
  fetch_max_wait_ms: 200
  compression_type: snappy
  isolation_level: READ_UNCOMMITTED
  check_crcs: no
  auto_commit_interval_ms: 7s
  partition_assignment_strategy: [roundrobin]
  client_id: one
  client_rack: r1
  group_instance_id: i1
  metadata_max_age_ms: 1m
  connections_max_idle_ms: 0
)");
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    const Kafka& kafka = *l.config.kafka;
    EXPECT_EQ(kafka.topics, (std::vector<std::string>{"apt-topic-1", "apt_topic-2"}));
    EXPECT_EQ(kafka.bootstrap_servers, "kafka1:9092,kafka2:9093,[::1]:9094");
    const std::map<std::string, std::string> expected = {
        {"bootstrap.servers", "kafka1:9092,kafka2:9093,[::1]:9094"},
        {"security.protocol", "SASL_SSL"},
        {"ssl.ca.location", "/ca.pem"},
        {"ssl.certificate.location", "/cert.pem"},
        {"ssl.key.location", "/key.pem"},
        {"ssl.endpoint.identification.algorithm", "none"},
        {"sasl.mechanism", "SCRAM-SHA-512"},
        {"sasl.username", "user"},
        {"fetch.max.bytes", "52428800"},
        {"max.partition.fetch.bytes", "2097152"},
        {"fetch.min.bytes", "65536"},
        {"fetch.wait.max.ms", "200"},
        {"isolation.level", "read_uncommitted"},
        {"check.crcs", "false"},
        {"auto.commit.interval.ms", "7000"},
        {"partition.assignment.strategy", "roundrobin"},
        {"client.id", "one"},
        {"client.rack", "r1"},
        {"group.instance.id", "i1"},
        {"topic.metadata.refresh.interval.ms", "60000"},
        {"connections.max.idle.ms", "0"},
    };
    for (const auto& [name, value] : expected) {
        EXPECT_EQ(property(l, name), value) << name;
    }
    EXPECT_EQ(kafka.compression, "snappy");
    EXPECT_EQ(producer_property(l, "compression.codec"), "snappy");
    EXPECT_EQ(producer_property(l, "sasl.mechanism"), "SCRAM-SHA-512");
    EXPECT_EQ(producer_property(l, "fetch.min.bytes"), "(not set)");
    // Secrets are in the one place that nothing prints.
    EXPECT_EQ(property(l, "sasl.password"), "(not set)");
    EXPECT_EQ(kafka.secrets.at("sasl.password").reveal(), "pass");
    EXPECT_EQ(kafka.secrets.at("ssl.key.password").reveal(), "keypass");
}

TEST(Load, KafkaDefaultsAreThoseOfAStreamThatMustNotStall) {
    const Loaded l = load(with_kafka);
    ASSERT_TRUE(l.good);
    EXPECT_TRUE(l.diagnostics.all().empty()) << l.diagnostics.to_text();
    EXPECT_EQ(property(l, "fetch.queue.backoff.ms"), "2");
    EXPECT_EQ(property(l, "queued.min.messages"), "20000");
    EXPECT_EQ(property(l, "topic.metadata.refresh.interval.ms"), "30000");
    EXPECT_EQ(property(l, "check.crcs"), "true");
    EXPECT_EQ(property(l, "isolation.level"), "read_committed");
    EXPECT_EQ(property(l, "allow.auto.create.topics"), "false");
    EXPECT_EQ(property(l, "socket.timeout.ms"), "40000");
    EXPECT_EQ(producer_property(l, "partitioner"), "murmur2_random");
    EXPECT_EQ(producer_property(l, "enable.idempotence"), "true");
    EXPECT_EQ(producer_property(l, "request.timeout.ms"), "40000");
    // What the source sets itself is not ours to say.
    for (const char* name : {"group.id",
                             "enable.auto.commit",
                             "enable.auto.offset.store",
                             "auto.offset.reset",
                             "enable.partition.eof"}) {
        EXPECT_EQ(property(l, name), "(not set)") << name;
    }
}

TEST(Load, RequestTimeoutIsCutToLibrdkafkasLimit) {
    const Loaded l = load(with_kafka + "  request_timeout_ms: 305000\n");
    ASSERT_TRUE(l.good);
    EXPECT_EQ(property(l, "socket.timeout.ms"), "300000");
    EXPECT_EQ(producer_property(l, "socket.timeout.ms"), "300000");
    EXPECT_EQ(producer_property(l, "request.timeout.ms"), "300000");
    EXPECT_EQ(l.value("kafka.request_timeout_ms"), "5m");
    EXPECT_EQ(l.origin("kafka.request_timeout_ms"), "c.yaml:3, cut to librdkafka's limit");
}

TEST(Load, AnUnsetHeartbeatFitsTheSession) {
    const Loaded l = load(with_kafka + "  session_timeout_ms: 6000\n");
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(property(l, "heartbeat.interval.ms"), "2000");
    EXPECT_EQ(l.value("kafka.heartbeat_interval_ms"), "2000ms");
}

TEST(Load, TopicPatternsMatchWholeNames) {
    const Loaded l = load("kafka:\n  topics: ['^apt-.*', '^x$']\n");
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(l.config.kafka->topics, (std::vector<std::string>{"^apt-.*$", "^x$"}));
}

TEST(Load, WithoutGroupAndWithoutCompression) {
    const Loaded l = load(with_kafka + "  group_id: null\n  compression_type: ~\n");
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(l.config.kafka->group_id, "");
    EXPECT_EQ(producer_property(l, "compression.codec"), "none");
}

TEST(Load, LibrdkafkaPropertiesGoWhereTheyApply) {
    const Loaded l = load(with_kafka + R"(  librdkafka:
    statistics.interval.ms: 5000
    linger.ms: 5
    queued.min.messages: 1000
    sasl.mechanisms: PLAIN
    security.protocol: sasl_ssl
    sasl.username: u
    sasl.password: ${PW}
    socket.keepalive.enable: true
)",
                          environment({{"PW", "geheim"}}));
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(property(l, "statistics.interval.ms"), "5000");
    EXPECT_EQ(producer_property(l, "statistics.interval.ms"), "5000");
    EXPECT_EQ(property(l, "linger.ms"), "(not set)");
    EXPECT_EQ(producer_property(l, "linger.ms"), "5");
    EXPECT_EQ(property(l, "queued.min.messages"), "1000");
    EXPECT_EQ(producer_property(l, "queued.min.messages"), "(not set)");
    EXPECT_EQ(property(l, "sasl.mechanism"), "PLAIN");
    EXPECT_EQ(property(l, "sasl.password"), "(not set)");
    EXPECT_EQ(l.config.kafka->secrets.at("sasl.password").reveal(), "geheim");
    EXPECT_EQ(l.value("kafka.librdkafka.sasl.password"), "****");
}

TEST(Load, ReferencesStandForValuesOfAnyType) {
    const Loaded l = load(R"(kafka:
  bootstrap_servers: ${BROKERS}
  topic: ${TOPIC:-fallback}
  session_timeout_ms: "${SESSION}"
  client_id: a-${NAME}-$${NAME}-$NAME
redis:
  port: ${PORT:-6380}
  enabled: ${ON:-yes}
  password: ${file:/run/secrets/redis}
)",
                          environment({{"BROKERS", "k1:1,k2:2"},
                                       {"TOPIC", ""},
                                       {"SESSION", "12000"},
                                       {"NAME", "x"},
                                       {"ON", "off"}},
                                      {{"/run/secrets/redis", "s3cret\n"}}));
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(l.config.kafka->bootstrap_servers, "k1:1,k2:2");
    EXPECT_EQ(l.config.kafka->topics, std::vector<std::string>{"fallback"});
    EXPECT_EQ(l.config.kafka->session_timeout, 12s);
    EXPECT_EQ(property(l, "client.id"), "a-x-${NAME}-$NAME");
    EXPECT_EQ(l.config.redis.port, 6380);
    EXPECT_FALSE(l.config.redis.enabled);
    EXPECT_EQ(l.config.redis.password.reveal(), "s3cret");
    EXPECT_EQ(l.origin("kafka.bootstrap_servers"), "c.yaml:2, environment BROKERS");
    EXPECT_EQ(l.origin("redis.port"), "c.yaml:7, PORT is not set");
    EXPECT_EQ(l.origin("redis.password"), "c.yaml:9, file /run/secrets/redis");
}

TEST(Load, NothingThatIsShownHoldsASecret) {
    const Loaded l = load(R"(kafka:
  topic: t
  client_id: ${file:/secret}
  security_protocol: SASL_SSL
  sasl_mechanism: PLAIN
  sasl_plain_username: u
  sasl_plain_password: hunter2
  librdkafka:
    ssl.key.pem: hunter2
    sasl.oauthbearer.config: hunter2
redis:
  password: ${PW}
data_sources:
  elasticsearch:
    hosts: ["https://elastic:hunter2@es:9200"]
    password: hunter2
    api_key: hunter2
)",
                          environment({{"PW", "hunter2"}}, {{"/secret", "hunter2"}}));
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(l.diagnostics.to_text().find("hunter2"), std::string::npos);
    EXPECT_EQ(l.diagnostics.to_json().find("hunter2"), std::string::npos);
    for (const Shown& s : l.shown) {
        EXPECT_EQ(s.value.find("hunter2"), std::string::npos) << s.path;
        EXPECT_EQ(s.origin.find("hunter2"), std::string::npos) << s.path;
    }
    EXPECT_EQ(l.value("redis.password"), "****");
    EXPECT_EQ(l.value("kafka.client_id"), "****");
}

TEST(Load, WhatListsTakeFromFilesAndSecretVariablesIsNotShown) {
    auto hidden = environment({{"DB_PASS", "hunter2"}}, {{"/secret", "hunter2"}});
    const Loaded good = load(
        "files: [\"${file:/secret}\"]\nsigma: {placeholders: {users: [\"${DB_PASS}\"]}}\n", hidden);
    ASSERT_TRUE(good.good) << good.diagnostics.to_text();
    EXPECT_EQ(good.value("files[0]"), "**** (start: beginning)");
    EXPECT_EQ(good.value("sigma.placeholders.users"), "****");
    const Loaded bad = load(R"(files:
  - {path: /a, start: "${file:/secret}"}
  - ${DB_PASS}
  - ${DB_PASS}
kafka: {topic: "${DB_PASS} /", bootstrap_servers: "k:1"}
)",
                            hidden);
    hidden.file_readable = [](const std::string&) { return false; };
    const Loaded absent = load(R"(redis: {tls: true, ca_file: "${file:/secret}"}
kafka:
  topic: t
  bootstrap_servers: k:1
  security_protocol: SSL
  ssl_cafile: ${file:/secret}
)",
                               hidden);
    EXPECT_EQ(bad.diagnostics.num_errors(), 3U) << bad.diagnostics.to_text();
    EXPECT_EQ(absent.diagnostics.num_errors(), 2U) << absent.diagnostics.to_text();
    for (const Loaded* l : {&bad, &absent}) {
        EXPECT_EQ(l->diagnostics.to_text().find("hunter2"), std::string::npos)
            << l->diagnostics.to_text();
    }
}

TEST(Load, ShowsEachValueWithItsOrigin) {
    const Loaded l = load("settings:\n  log_level: debug\n  overwrite_models: true\n");
    ASSERT_TRUE(l.good);
    EXPECT_EQ(l.config.log_level, LogLevel::debug);
    EXPECT_EQ(l.value("settings.log_level"), "DEBUG");
    EXPECT_EQ(l.origin("settings.log_level"), "c.yaml:2");
    EXPECT_EQ(l.value("settings.alerts.retention_days"), "90d");
    EXPECT_EQ(l.origin("settings.alerts.retention_days"), "default");
    const auto it = std::find_if(l.shown.begin(), l.shown.end(), [](const Shown& s) {
        return s.path == "settings.overwrite_models";
    });
    ASSERT_NE(it, l.shown.end());
    EXPECT_FALSE(it->has_effect);
    // Without the section, nothing of Kafka is in force.
    EXPECT_EQ(l.value("kafka.group_id"), "(not shown)");
}

TEST(Load, FilesAreATextAListOrSections) {
    const Loaded one = load("files: /var/log/a.ndjson\n");
    ASSERT_TRUE(one.good) << one.diagnostics.to_text();
    ASSERT_EQ(one.config.files.size(), 1U);
    EXPECT_EQ(one.config.files[0].path, "/var/log/a.ndjson");
    EXPECT_EQ(one.config.files[0].start, File::Start::beginning);
    const Loaded many = load("files:\n  - ${DIR}/*.json.gz\n  - path: b\n    start: end\n",
                             environment({{"DIR", "/d"}}));
    ASSERT_TRUE(many.good) << many.diagnostics.to_text();
    ASSERT_EQ(many.config.files.size(), 2U);
    EXPECT_EQ(many.config.files[0].path, "/d/*.json.gz");
    EXPECT_EQ(many.config.files[1].start, File::Start::end);
    EXPECT_EQ(many.value("files[1]"), "b (start: end)");
}

TEST(Load, OwnKeysReachTheirPlaces) {
    const Loaded l = load(R"(data_dir: /data
pipeline:
  shards: 3
  time_zone: "-03:30"
  allowed_lateness: 2m
  epoch_records: 2000
  queue_bytes: 1MiB
store:
  max_bytes: 1GB
dead_letters:
  retention: 12h
redis:
  enabled: true
  unix_socket: /run/redis.sock
  retention: 1d
  legacy_list: true
settings:
  log_level: CRITICAL
  alerts:
    max_alerts: 5
)");
    ASSERT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_EQ(l.config.data_dir, "/data");
    EXPECT_EQ(l.config.pipeline.shards, 3);
    EXPECT_EQ(l.config.pipeline.time_zone, -(3h + 30min));
    EXPECT_EQ(l.config.pipeline.allowed_lateness, 2min);
    EXPECT_EQ(l.config.pipeline.epoch_records, 2000U);
    EXPECT_EQ(l.config.pipeline.queue_bytes, 1048576U);
    EXPECT_EQ(l.config.store.max_bytes, 1000000000U);
    EXPECT_EQ(l.config.store.dead_letter_retention, 12h);
    EXPECT_EQ(l.config.redis.unix_socket, "/run/redis.sock");
    EXPECT_EQ(l.config.redis.retention, 24h);
    EXPECT_TRUE(l.config.redis.legacy_list);
    EXPECT_EQ(l.config.redis.legacy_max, 5U);
    EXPECT_EQ(l.config.log_level, LogLevel::error);
    EXPECT_EQ(l.value("pipeline.time_zone"), "-03:30");
}

TEST(Load, AFailedLoadLeavesTheOldConfigurationAlone) {
    Config config;
    config.data_dir = "before";
    Diagnostics diagnostics;
    EXPECT_FALSE(load_text("data_dir: after\nredis: 1\n", "c", environment(), config, diagnostics));
    EXPECT_EQ(config.data_dir, "before");
}

TEST(Load, FilesThatCannotBeReadAreSaidSo) {
    for (const std::string& path : {std::string("/nonexistent/config.yaml"), std::string("/")}) {
        Config config;
        Diagnostics diagnostics;
        EXPECT_FALSE(load_file(path, config, diagnostics));
        ASSERT_EQ(diagnostics.all().size(), 1U);
        EXPECT_EQ(diagnostics.all()[0].code, "unreadable");
        EXPECT_EQ(diagnostics.all()[0].file, path);
    }
}

// A megabyte of mistakes, or of items, is refused in a moment and not in minutes.
TEST(Load, ManyMistakesAreCut) {
    std::string mistakes = "kafka:\n  topic: a\n  librdkafka:\n";
    std::string topics = "kafka:\n  topics:\n";
    std::string references = "data_dir: \"";
    for (int i = 0; i < 30'000; ++i) {
        mistakes += "    sesion.timeout" + std::to_string(i) + ": 1\n";
        topics += "    - t" + std::to_string(i) + "\n";
        references += "${X}";
    }
    references += "\"\n";
    const Loaded many = load(mistakes);
    EXPECT_FALSE(many.good);
    EXPECT_EQ(many.diagnostics.num_errors(), 201U);
    EXPECT_EQ(many.diagnostics.all().back().code, "too-many");
    EXPECT_EQ(load(topics).diagnostics.num_errors(), 1U);
    EXPECT_EQ(load(references).diagnostics.num_errors(), 20U);
}

TEST(Load, AFileWithoutEndIsRefused) {
    Config config;
    Diagnostics diagnostics;
    EXPECT_FALSE(load_file("/dev/zero", config, diagnostics));
    ASSERT_FALSE(diagnostics.all().empty());
    EXPECT_EQ(diagnostics.all()[0].code, "yaml-limit");
}

// What the Kafka page shows can be copied.
TEST(Docs, EveryYamlBlockOfTheKafkaPageIsAGoodConfiguration) {
    std::ifstream in(std::filesystem::path(SPOOR_SOURCE_DIR) / "docs" / "kafka.md");
    const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    constexpr std::string_view fence = "```yaml\n";
    std::size_t num_blocks = 0;
    for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
        at += fence.size();
        const std::string block = page.substr(at, page.find("```", at) - at);
        const Loaded l =
            load(block, environment({{"KAFKA_PASSWORD", "x"}}, {{"/run/secrets/spoor-key", "x"}}));
        EXPECT_TRUE(l.good) << l.diagnostics.to_text();
        for (const Diagnostic& d : l.diagnostics.all()) {
            EXPECT_EQ(d.severity, Severity::note) << l.diagnostics.to_text();
        }
        ++num_blocks;
    }
    EXPECT_GE(num_blocks, 6U);
}

TEST(Profiles, PassTheirOwnCheckWithoutAWord) {
    for (const std::string_view name : profile_names()) {
        const Loaded l = load(*profile(name));
        EXPECT_TRUE(l.good) << name << l.diagnostics.to_text();
        EXPECT_TRUE(l.diagnostics.all().empty()) << name << l.diagnostics.to_text();
    }
    EXPECT_TRUE(load(*profile("kafka")).config.kafka.has_value());
    EXPECT_FALSE(load(*profile("file")).config.files.empty());
    EXPECT_FALSE(profile("nothing").has_value());
}

// The commented lines are to be uncommented: they must be right, too.
TEST(Profiles, CommentedKeysAreRightToo) {
    std::string text(*profile("kafka"));
    for (const std::string key : {"security_protocol",
                                  "ssl_cafile",
                                  "sasl_mechanism",
                                  "sasl_plain_username",
                                  "sasl_plain_password"}) {
        const std::string commented = "# " + key;
        ASSERT_NE(text.find(commented), std::string::npos) << key;
        text.replace(text.find(commented), 2, "");
    }
    const std::size_t redis = text.find("# redis:");
    ASSERT_NE(redis, std::string::npos);
    for (std::size_t at = redis; at != std::string::npos; at = text.find("\n# ", at)) {
        at += text[at] == '\n' ? 1U : 0U;
        text.erase(at, 2);
    }
    const Loaded l = load(text, environment({{"KAFKA_PASSWORD", "a"}, {"REDIS_PASSWORD", "b"}}));
    EXPECT_TRUE(l.good) << l.diagnostics.to_text();
    EXPECT_TRUE(l.config.redis.enabled);
    EXPECT_EQ(property(l, "security.protocol"), "SASL_SSL");
}

}  // namespace
}  // namespace spoor::config
