// Sigma rules on a real broker, renewed several times while events stream in, in two runs at once:
// one is asked by SIGHUP, the other sees the files change. What stays finds exactly what it finds
// in an undisturbed inline run over the same topic; correlations count over every swap; a broken
// file changes nothing; and what comes and goes finds everything while it is in force, and nothing
// while it is not.
#include "e2e/house.hpp"
#include "e2e/winlogbeat_sender.hpp"
#include "support/kafka_broker.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::test {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr int num_partitions = 4;
constexpr std::string_view in_force = " is in force from epoch ";
constexpr std::string_view refused = "was refused, the rules before stay in force";

// In force from the first event to the last. The windows of an hour hold the whole stream up to the
// leap, and with it every swap.
constexpr std::string_view always = R"(title: Whoami with a seven
id: always-whoami
logsource: {product: windows, category: process_creation}
detection:
    selection: {Image|endswith: '\whoami.exe', CommandLine|contains: ' 7'}
    condition: selection
---
title: Domain user is looked up
id: always-net
logsource: {product: windows, category: process_creation}
detection:
    selection: {Image|endswith: '\net.exe', CommandLine|contains|all: ['u7 ', '/domain']}
    filter: {CommandLine|re: '\d*00$'}
    condition: selection and not filter
---
title: Connection to an odd port
id: always-port
logsource: {product: windows, category: network_connection}
detection:
    selection: {DestinationPort: 4444, DestinationIp|cidr: 203.0.113.0/25}
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
title: Burst of failed logons on one host
id: always-burst
correlation:
    type: event_count
    rules: [failed]
    group-by: [Computer]
    timespan: 20s
    condition: {gte: 20}
---
title: A user who fails on many hosts
id: always-spread
correlation:
    type: value_count
    rules: [failed]
    group-by: [TargetUserName]
    timespan: 30s
    condition: {gte: 20, field: Computer}
---
title: Failed logons of a host in an hour
id: always-hour-host
correlation:
    type: event_count
    rules: [failed]
    group-by: [Computer]
    timespan: 1h
    condition: {gte: 1, lte: 1000000}
---
title: Failed logons of a user in an hour
id: always-hour-user
correlation:
    type: event_count
    rules: [failed]
    group-by: [TargetUserName]
    timespan: 1h
    condition: {gte: 1, lte: 1000000}
)";
constexpr std::string_view sometimes = R"(title: Logon over the network
id: sometimes-logon
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 4624, LogonType: 3, TargetLogonId|startswith: '0x'}
    condition: selection
)";
// The first of it is good: a file that is refused brings nothing at all.
constexpr std::string_view broken = R"(title: Any failed logon
id: never-failed
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 4625}
    condition: selection
---
title: Broken
id: never-broken
logsource: {product: windows}
detection:
    selection: {Image|nosuchmodifier: 1}
    condition: selection
)";

std::string config_for(const std::string& topic,
                       const std::string& group,
                       const std::filesystem::path& rules,
                       bool watch) {
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
  watch: {}
)",
                       KafkaBroker::shared().bootstrap(),
                       topic,
                       group,
                       rules.string(),
                       watch);
}

// A run under test: its folder and its process.
struct LiveRun {
    House house;
    std::unique_ptr<Process> process;

    explicit LiveRun(const std::string& config) : house(config), process(house.start_run()) {}

    [[nodiscard]] int num_said(std::string_view text) const {
        const std::string said = process->err();
        int n = 0;
        for (std::size_t at = 0; (at = said.find(text, at)) != std::string::npos; ++n, ++at) {
        }
        return n;
    }

    // What `spoor status` says of the rules.
    [[nodiscard]] std::string rules(const char* member) const {
        return json::parse(house.status()).at("run").at("rules").at(member);
    }
};

bool is_of(std::string_view body, std::string_view prefix) {
    return body.find(fmt::format(R"("rule_id":"{})", prefix)) != std::string_view::npos;
}

// Of rules whose id begins so, parsed.
std::vector<json> alerts_of(const Results& all, std::string_view prefix) {
    std::vector<json> out;
    for (const auto& [id, body] : all.alerts) {
        if (is_of(body, prefix)) {
            out.push_back(json::parse(body));
        }
    }
    return out;
}

// Without those of rules whose id begins so; dead letters too.
Results without(Results all, std::string_view prefix) {
    std::erase_if(all.alerts, [&](const auto& alert) { return is_of(alert.second, prefix); });
    return all;
}

// Events by their numbers, [from, to), all judged by one content.
struct Span {
    int from = 0;
    int to = 0;
    bool has_sometimes = false;
};

class Rules : public testing::Test {
protected:
    Rules() {
        std::filesystem::create_directories(rules_);
        put("always.yml", always);
        for (const bool watch : {false, true}) {
            const std::string group = watch ? "watching" : "asked";
            runs_.push_back(std::make_unique<LiveRun>(config_for(topic_, group, rules_, watch)));
        }
    }

    // Whole at once: a run that watches never sees the half of it.
    void put(const std::string& name, std::string_view text) {
        write_file(rules_ / ("." + name), text);
        std::filesystem::rename(rules_ / ("." + name), rules_ / name);
    }

    void take_away(const std::string& name) { std::filesystem::remove(rules_ / name); }

    bool all_of_runs(const std::function<bool(const LiveRun&)>& condition) const {
        return std::all_of(
            runs_.begin(), runs_.end(), [&](const auto& run) { return condition(*run); });
    }

    void send_some() {
        sender_.send(50);
        sender_.send_poison();
    }

    // Behind a change of the files, with events under way and more of them coming.
    testing::AssertionResult reload_until_said(std::string_view text, int times) {
        runs_.front()->process->kill(SIGHUP);
        const bool said = wait_until(seconds{30}, [&] {
            send_some();
            return all_of_runs([&](const LiveRun& run) { return run.num_said(text) >= times; });
        });
        return said ? testing::AssertionSuccess() : testing::AssertionFailure() << logs();
    }

    // It is written once a second.
    bool status_says(std::string_view text) const {
        return wait_until(seconds{10}, [&] {
            return all_of_runs([&](const LiveRun& run) {
                return run.rules("detail").find(text) != std::string::npos;
            });
        });
    }

    // Nothing changes here, and everything sent is read: what is in force is for all of it.
    testing::AssertionResult steady(bool has_sometimes) {
        const int from = sender_.num_events();
        sender_.send(2000);
        sender_.flush();
        const int num_records = sender_.num_events() + sender_.num_poison();
        const bool is_read = wait_until(seconds{30}, [&] {
            return all_of_runs(
                [&](const LiveRun& run) { return run.house.kafka_records_read() == num_records; });
        });
        spans_.push_back({from, sender_.num_events(), has_sometimes});
        for (int i = 0; i < 30; ++i) {  // what the next change meets
            send_some();
        }
        sender_.flush();
        return is_read ? testing::AssertionSuccess() : testing::AssertionFailure() << logs();
    }

    void finish() {
        sender_.send(20'000);
        failed_before_leap_ = sender_.num_failed_logons();
        sender_.leap();
        sender_.send(2000);
        sender_.flush();
        const auto end = KafkaBroker::shared().end_offsets(topic_);
        ASSERT_EQ(std::count(end.begin(), end.end(), 0), 0) << "a partition without events";
        for (const char* group : {"asked", "watching"}) {
            const bool committed = wait_until(seconds{30}, [&] {
                return KafkaBroker::shared().committed_offsets(group, topic_) == end;
            });
            ASSERT_TRUE(committed) << group << logs();
        }
        for (const auto& run : runs_) {
            EXPECT_EQ(run->process->stop(), 0) << logs();
        }
    }

    Results undisturbed() const {
        const House calm(config_for(topic_, "calm", rules_, false));
        const Finished ran = calm.spoor({"run", "--inline", "--until-idle", "1s"});
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return calm.results();
    }

    void check_dead_letters(const Results& found) const {
        EXPECT_EQ(static_cast<int>(found.letters.size()), sender_.num_poison());
        for (const auto& [ref, letter] : found.letters) {
            EXPECT_TRUE(letter.ends_with(WinlogbeatSender::poison)) << letter;
        }
    }

    // Counted here, apart from Spoor: a swap that lost or repeated a match would show.
    void check_hours(const Results& found) const {
        const std::vector<std::pair<const char*, int>> groups = {
            {"always-hour-host", WinlogbeatSender::num_hosts},
            {"always-hour-user", WinlogbeatSender::num_users}};
        for (const auto& [rule, num] : groups) {
            const std::vector<json> alerts = alerts_of(found, rule);
            EXPECT_EQ(static_cast<int>(alerts.size()), num) << rule;
            int sum = 0;
            for (const json& alert : alerts) {
                sum += alert["correlation"]["value"].get<int>();
            }
            EXPECT_EQ(sum, failed_before_leap_) << rule;
        }
    }

    // `expected`: with the rule in force all the time.
    void check_sometimes(const Results& expected, const Results& found) const {
        std::set<int> events;
        for (const json& alert : alerts_of(found, "sometimes")) {
            const auto id = alert["id"].get<std::string>();
            ASSERT_TRUE(expected.alerts.contains(id)) << alert;
            EXPECT_EQ(expected.alerts.at(id), found.alerts.at(id));
            events.insert(std::stoi(
                alert["matched"]["TargetLogonId"].get<std::string>(), nullptr, /*base=*/16));
        }
        for (const Span& span : spans_) {
            for (int i = span.from; i < span.to; ++i) {
                ASSERT_EQ(events.contains(i),
                          span.has_sometimes && WinlogbeatSender::is_network_logon(i))
                    << "event " << i << " of the span " << span.from << " to " << span.to;
            }
        }
    }

    [[nodiscard]] std::string logs() const {
        return "\nasked: " + runs_.front()->process->err() +
               "\nwatching: " + runs_.back()->process->err();
    }

    TempDir dir_;
    std::filesystem::path rules_ = dir_ / "rules";
    std::string topic_ = KafkaBroker::shared().fresh_topic("rules", num_partitions);
    std::vector<std::unique_ptr<LiveRun>> runs_;  // asked, watching
    WinlogbeatSender sender_{KafkaBroker::shared().bootstrap(), topic_};
    std::vector<Span> spans_;
    int failed_before_leap_ = 0;
};

TEST_F(Rules, ReloadedUnderLoadLoseAndRepeatNothing) {
    ASSERT_TRUE(steady(false));
    put("sometimes.yml", sometimes);
    ASSERT_TRUE(reload_until_said(in_force, 1));
    ASSERT_TRUE(steady(true));

    ASSERT_TRUE(status_says("1 added, 0 changed, 0 removed, 8 unchanged")) << logs();
    const std::string version = runs_.front()->rules("version");
    put("broken.yml", broken);
    ASSERT_TRUE(reload_until_said(refused, 1));
    ASSERT_TRUE(status_says(refused)) << logs();
    ASSERT_TRUE(steady(true));
    for (const auto& run : runs_) {
        EXPECT_EQ(run->rules("version"), version);
    }

    take_away("broken.yml");
    take_away("sometimes.yml");
    ASSERT_TRUE(reload_until_said(in_force, 2));
    ASSERT_TRUE(steady(false));
    put("sometimes.yml", sometimes);
    ASSERT_TRUE(reload_until_said(in_force, 3));
    ASSERT_TRUE(steady(true));
    ASSERT_NO_FATAL_FAILURE(finish());

    const Results expected = undisturbed();
    for (const auto& run : runs_) {
        EXPECT_EQ(run->num_said(in_force), 3) << logs();
        EXPECT_EQ(run->num_said(refused), 1) << logs();
        const Results found = run->house.results();
        EXPECT_EQ(difference(without(expected, "sometimes"), without(found, "sometimes")), "");
        check_dead_letters(found);
        check_hours(found);
        check_sometimes(expected, found);
    }
    for (const char* rule : {"whoami", "net", "port", "burst", "spread"}) {
        EXPECT_GT(alerts_of(expected, fmt::format("always-{}", rule)).size(), 30U) << rule;
    }
}

}  // namespace
}  // namespace spoor::test
