// Sigma rules on a real broker, renewed while events stream in: rules that stay find exactly what
// they find in an undisturbed run over the same topic, correlations keep what they have counted
// over every swap, a broken file changes nothing, and what comes and goes finds a part of what it
// would have found.
#include "e2e/house.hpp"
#include "support/kafka_broker.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <string>

namespace spoor::test {
namespace {

using std::chrono::seconds;

constexpr int num_hosts = 32;  // in each partition some
constexpr const char* always = R"(title: Whoami with a seven
id: always-whoami
logsource: {product: windows, category: process_creation}
detection:
    selection: {Image|endswith: '\whoami.exe', CommandLine|contains: ' 7'}
    condition: selection
---
title: Failed logon
id: always-failed
name: failed
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 4625}
    condition: selection
---
title: Many failed logons on one host
id: always-burst
correlation:
    type: event_count
    rules: [failed]
    group-by: [Computer]
    timespan: 10m
    condition: {gte: 60}
---
title: A user who fails on many hosts
id: always-spread
correlation:
    type: value_count
    rules: [failed]
    group-by: [TargetUserName]
    timespan: 5m
    condition: {gte: 6, field: Computer}
)";
constexpr const char* sometimes = R"(title: Logon over the network
id: sometimes-logon
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 4624, LogonType: 3}
    condition: selection
)";

std::string config_for(const std::string& topic,
                       const std::string& group,
                       const std::string& rules) {
    return fmt::format(R"(kafka:
  bootstrap_servers: "{}"
  topic: "{}"
  group_id: "{}"
  auto_offset_reset: earliest
  auto_commit_interval_ms: 100
pipeline:
  shards: 2
  epoch_records: 2000
  partition_idle: 60s
sigma:
  rules: ["{}"]
)",
                       KafkaBroker::shared().bootstrap(),
                       topic,
                       group,
                       rules);
}

// As winlogbeat sends it; 20 ms after the one before.
std::string event(int i) {
    const int ms = i * 20;
    const std::string head = fmt::format(
        R"({{"@timestamp":"2026-01-05T{:02}:{:02}:{:02}.{:03}Z","host":{{"name":"ws{}"}},"winlog":{{"record_id":{},)",
        8 + ms / 3'600'000,
        ms / 60'000 % 60,
        ms / 1000 % 60,
        ms % 1000,
        i % num_hosts,
        i);
    if (i % 3 == 0) {
        return head +
               fmt::format(
                   R"("channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"computer_name":"ws{0}",)"
                   R"("event_data":{{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all {1}"}}}}}})",
                   i % num_hosts,
                   i);
    }
    return head + fmt::format(R"("channel":"Security","event_id":{},"computer_name":"ws{}",)"
                              R"("event_data":{{"TargetUserName":"u{}","LogonType":"{}"}}}}}})",
                              i % 3 == 1 ? 4624 : 4625,
                              i % num_hosts,
                              i % 11,
                              i % 5 == 0 ? 3 : 2);
}

// kcat, fed by us: keys are hosts, so that each stays in its partition.
class Sender {
public:
    explicit Sender(const std::string& topic)
        : kcat_({.argv = {"kcat",
                          "-P",
                          "-q",
                          "-b",
                          KafkaBroker::shared().bootstrap(),
                          "-t",
                          topic,
                          "-K",
                          "|",
                          "-X",
                          "linger.ms=20"},
                 .stdin_pipe = true}) {}

    void send(int num) {
        std::string lines;
        for (; num > 0; --num, ++num_sent_) {
            lines += fmt::format("ws{}|{}\n", num_sent_ % num_hosts, event(num_sent_));
        }
        kcat_.write_stdin(lines);
    }

    void send_poison() { kcat_.write_stdin("ws1|{\"winlog\": {\"event_id\": }\n"); }

    void finish() {
        kcat_.close_stdin();
        ASSERT_EQ(kcat_.wait(seconds{30}), 0) << kcat_.err();
    }

    [[nodiscard]] int num_sent() const { return num_sent_; }

private:
    Process kcat_;
    int num_sent_ = 0;
};

// Events go on coming while it waits.
::testing::AssertionResult status_says(const House& house,
                                       Sender& sender,
                                       const std::string& text) {
    std::string last;
    const bool seen = wait_until(seconds{30}, [&] {
        sender.send(300);
        last = house.status();
        return last.find(text) != std::string::npos;
    });
    return seen ? ::testing::AssertionSuccess()
                : ::testing::AssertionFailure() << "status never says '" << text << "': " << last;
}

// Of rules whose id begins so.
Results of_rules(const Results& all, const std::string& prefix) {
    Results out;
    for (const auto& [id, body] : all.alerts) {
        if (nlohmann::json::parse(body)["rule_id"].get<std::string>().starts_with(prefix)) {
            out.alerts.emplace(id, body);
        }
    }
    out.letters = all.letters;
    return out;
}

std::size_t num_of(const Results& all, const std::string& rule) {
    return of_rules(all, rule).alerts.size();
}

Results undisturbed(const std::string& topic, const std::string& rules) {
    const House calm(config_for(topic, "calm", rules));
    const Finished ran = calm.spoor({"run", "--inline", "--until-idle", "3s"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return calm.results();
}

TEST(Rules, ReloadedUnderLoadLoseAndRepeatNothing) {
    KafkaBroker& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("rules", 3);
    const TempDir dir;
    const std::filesystem::path rules = dir / "rules";
    std::filesystem::create_directories(rules);
    write_file(rules / "always.yml", always);
    const House house(config_for(topic, "rules", rules));
    const auto run = house.start_run();
    Sender sender(topic);
    sender.send(2000);
    ASSERT_TRUE(wait_until(seconds{60}, [&] { return house.epoch() >= 1; })) << run->err();

    write_file(rules / "sometimes.yml", sometimes);
    run->kill(SIGHUP);
    ASSERT_TRUE(status_says(house, sender, "1 added, 0 changed, 0 removed")) << run->err();
    sender.send_poison();
    write_file(
        rules / "broken.yml",
        "title: no\nlogsource: {product: windows}\ndetection: {s: {A|foo: 1}, condition: s}\n");
    ASSERT_TRUE(status_says(house, sender, "was refused, the rules before stay in force"))
        << run->err();
    std::filesystem::remove(rules / "broken.yml");
    std::filesystem::remove(rules / "sometimes.yml");
    run->kill(SIGHUP);
    ASSERT_TRUE(status_says(house, sender, "0 added, 0 changed, 1 removed")) << run->err();
    write_file(rules / "sometimes.yml", sometimes);  // seen by itself
    ASSERT_TRUE(status_says(house, sender, "1 added, 0 changed, 0 removed")) << run->err();
    sender.send(20'000);
    sender.finish();
    ASSERT_TRUE(wait_until(seconds{60}, [&] {
        return broker.committed_offsets("rules", topic) == broker.end_offsets(topic);
    })) << run->err();
    EXPECT_EQ(run->stop(), 0) << run->err();

    const Results found = house.results();
    const Results expected = undisturbed(topic, rules);
    EXPECT_EQ(difference(of_rules(expected, "always"), of_rules(found, "always")), "");
    EXPECT_EQ(found.letters.size(), 1U);
    EXPECT_GT(num_of(found, "always-whoami"), 300U);
    EXPECT_GT(num_of(found, "always-burst"), static_cast<std::size_t>(num_hosts) - 1);
    EXPECT_GT(num_of(found, "always-spread"), 10U);
    const Results part = of_rules(found, "sometimes");
    EXPECT_GT(part.alerts.size(), 100U);
    EXPECT_LT(part.alerts.size(), num_of(expected, "sometimes"));
    for (const auto& [id, body] : part.alerts) {
        ASSERT_TRUE(expected.alerts.contains(id)) << body;
        EXPECT_EQ(expected.alerts.at(id), body);
    }
}

}  // namespace
}  // namespace spoor::test
