// The campaign: event types and fields of the original's simulator, time order, repeatability,
// rates that follow the hours, labels, realism levels.
#include "base/hash.hpp"
#include "simulate/labels.hpp"
#include "simulate/simulate.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spoor::simulate {
namespace {

using Json = nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

const Timestamp monday = parse_time("2026-03-02T00:00:00Z").value();

CampaignOptions options(std::string realism, Duration length) {
    CampaignOptions o;
    o.seed = 11;
    o.start = monday;
    o.length = length;
    o.settings.realism = std::move(realism);
    return o;
}

std::vector<Message> all_of(const CampaignOptions& o) {
    Campaign campaign(o);
    std::vector<Message> all;
    while (auto m = campaign.next()) {
        all.push_back(std::move(*m));
    }
    return all;
}

std::string digest_of(const CampaignOptions& o) {
    std::string text;
    for (const Message& m : all_of(o)) {
        text += m.json;
        text += '\n';
    }
    return to_hex(digest128(text));
}

// Fields that every event of a type has, beside the common ones.
const std::map<std::string, std::vector<std::string>> fields_by_type = {
    {"network_connection",
     {"source_ip",
      "destination_ip",
      "destination_port",
      "protocol",
      "bytes_sent",
      "bytes_received",
      "connection_duration",
      "connection_status"}},
    {"port_scan", {"target_ip", "source_ip", "scan_type", "ports_scanned", "duration"}},
    {"traffic_spike",
     {"source_ip", "destination_ip", "protocol", "bytes_sent", "normal_bytes_sent", "duration"}},
    {"dns_query", {"source_ip", "domain", "query_type", "response_code", "response_time"}},
    {"firewall",
     {"source_ip", "destination_ip", "destination_port", "protocol", "action", "rule_id"}},
    {"process",
     {"action",
      "process_name",
      "process_path",
      "process_id",
      "parent_process_name",
      "parent_process_path",
      "parent_process_id",
      "user",
      "command_line"}},
    {"file",
     {"action", "file_path", "file_name", "file_extension", "user", "process_name", "process_id"}},
    {"registry",
     {"action",
      "registry_key",
      "registry_value_name",
      "registry_value_data",
      "registry_value_type",
      "user",
      "process_name",
      "process_id"}},
    {"authentication",
     {"user", "user_name", "authentication_type", "authentication_status", "source_ip"}},
    {"service",
     {"action",
      "service_name",
      "service_display_name",
      "service_type",
      "service_start_type",
      "user",
      "process_name",
      "process_id",
      "binary_path"}},
    {"login", {"host", "host_name", "user_name", "login_type", "login_status", "source_ip"}},
    {"privilege_change",
     {"host",
      "host_name",
      "user_name",
      "privilege",
      "action",
      "actor",
      "process_name",
      "process_id"}},
    {"account_change",
     {"host", "host_name", "user_name", "change_type", "actor", "process_name", "process_id"}},
    {"password_change",
     {"host", "host_name", "user_name", "change_type", "actor", "process_name", "process_id"}},
    {"group_membership",
     {"host",
      "host_name",
      "user_name",
      "group_name",
      "action",
      "actor",
      "process_name",
      "process_id"}},
    {"email",
     {"host",
      "user_name",
      "email_subject",
      "email_from",
      "email_to",
      "has_attachment",
      "attachment_name"}},
    {"logout", {"host", "host_name", "user_name", "login_type", "session_duration"}},
};
const std::set<std::string> user_types = {"login",
                                          "privilege_change",
                                          "account_change",
                                          "password_change",
                                          "group_membership",
                                          "email",
                                          "logout"};

void expect_conforms(const Message& m) {
    const Json json = Json::parse(m.json);
    const std::string type = json.at("event_type");
    for (const char* key : {"timestamp", "severity", "entity", "entity_type"}) {
        EXPECT_TRUE(json.at(key).is_string()) << m.json;
    }
    EXPECT_EQ(json.at("is_simulated"), true);
    EXPECT_EQ(json.at("detection_type"), "simulation");
    EXPECT_EQ(json.at("source").at("type"), "simulation");
    EXPECT_EQ(json.at("source").at("name"), "Security Event Simulator");
    EXPECT_EQ(parse_time(json.at("timestamp").get<std::string>()), m.time);
    EXPECT_EQ(json.at("timestamp").get<std::string>().size(), 26U);
    ASSERT_TRUE(fields_by_type.contains(type)) << type;
    for (const std::string& field : fields_by_type.at(type)) {
        EXPECT_TRUE(json.contains(field)) << field << " in " << m.json;
    }
    const bool of_user = user_types.contains(type);
    EXPECT_EQ(json.at("entity_type"), of_user ? "user" : "host");
    EXPECT_EQ(json.at(of_user ? "host" : "entity"), m.host);
    EXPECT_EQ(json.contains("suspicious"), json.contains("mitre_attack"));
    EXPECT_EQ(json.contains("suspicious"), json.contains("reason"));
    if (json.contains("mitre_attack")) {
        EXPECT_FALSE(json.at("mitre_attack").at("techniques").empty());
        EXPECT_FALSE(json.at("mitre_attack").at("tactics").empty());
    }
}

TEST(Campaign, EveryEventHasTheFieldsOfItsTypeAtEveryLevel) {
    for (const char* realism : {"basic", "intermediate", "advanced"}) {
        CampaignOptions o = options(realism, hours{24 * 3});
        o.planned = {{"data_exfiltration", hours{1}}, {"brute_force", hours{2}}};
        std::set<std::string> types;
        for (const Message& m : all_of(o)) {
            expect_conforms(m);
            types.insert(Json::parse(m.json).at("event_type"));
        }
        EXPECT_EQ(types.size(), realism == std::string("advanced") ? 17U : 16U) << realism;
    }
}

TEST(Campaign, TimesNeverGoBackAndStayWithinTheLength) {
    for (const char* realism : {"basic", "intermediate", "advanced"}) {
        CampaignOptions o = options(realism, hours{20});
        o.settings.scenarios = true;
        o.settings.scenario_frequency = "high";
        o.settings.rate_per_minute = 60;
        o.planned = {{"brute_force", hours{3}}, {"data_exfiltration", hours{1}}};
        Timestamp last = o.start;
        for (const Message& m : all_of(o)) {
            ASSERT_GE(m.time, last);
            last = m.time;
        }
        EXPECT_LT(last, o.start + o.length);
        EXPECT_GT(last, o.start + o.length - minutes{5});
    }
}

TEST(Campaign, TheSameFromASeedOnEveryMachine) {
    CampaignOptions basic = options("basic", hours{12});
    basic.settings.scenarios = true;
    CampaignOptions advanced = options("advanced", hours{12});
    advanced.planned = {{"data_exfiltration", hours{1}}, {"brute_force", hours{2}}};
    EXPECT_EQ(digest_of(basic), "9de37707749acac3ccee8f5151dfca78");
    EXPECT_EQ(digest_of(options("intermediate", hours{12})), "0442be8a6cd9e02661ac4e084a94c3ce");
    EXPECT_EQ(digest_of(advanced), "7eb3927540de867d347d5d620486fb1b");
    basic.seed = 12;
    EXPECT_NE(digest_of(basic), "9de37707749acac3ccee8f5151dfca78");
}

TEST(Campaign, AtBasicAboutAsMuchIsSuspiciousAsInTheOriginal) {
    CampaignOptions o = options("basic", hours{24});
    o.settings.rate_per_minute = 20;
    const std::vector<Message> all = all_of(o);
    const auto suspicious = std::count_if(all.begin(), all.end(), [](const Message& m) {
        return Json::parse(m.json).contains("suspicious");
    });
    EXPECT_NEAR(static_cast<double>(suspicious) / static_cast<double>(all.size()), 0.383, 0.02);
}

TEST(Campaign, AtBasicTheTypesOfAClassAreAlikeAndTheClassesShareAsSet) {
    CampaignOptions o = options("basic", hours{24});
    o.settings.rate_per_minute = 20;
    o.settings.share_network = 2;  // shares are taken relative to their sum
    o.settings.share_endpoint = 1;
    o.settings.share_user = 1;
    std::map<std::string, double> count;
    const std::vector<Message> all = all_of(o);
    for (const Message& m : all) {
        count[Json::parse(m.json).at("event_type")] += 1.0 / static_cast<double>(all.size());
    }
    for (const char* type :
         {"network_connection", "port_scan", "traffic_spike", "dns_query", "firewall"}) {
        EXPECT_NEAR(count[type], 0.1, 0.01) << type;
    }
    for (const char* type : {"file", "authentication", "service"}) {
        EXPECT_NEAR(count[type], 0.05, 0.007) << type;
    }
    EXPECT_NEAR(count["process"] + count["registry"], 0.1, 0.01);
    EXPECT_NEAR(count["login"], 0.05, 0.007);
}

TEST(Campaign, TheRateIsKept) {
    CampaignOptions o = options("basic", hours{24});
    o.settings.rate_per_minute = 30;
    EXPECT_NEAR(static_cast<double>(all_of(o).size()), 30 * 60 * 24, 4 * 208);
    o.settings.rate_per_minute = 0;
    EXPECT_TRUE(all_of(o).empty());
}

std::size_t count_between(const std::vector<Message>& all, Duration from, Duration to) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Message& m) {
        return m.time >= monday + from && m.time < monday + to;
    }));
}

TEST(Campaign, RatesFollowBusinessHoursWithTimePatterns) {
    for (const char* realism : {"basic", "intermediate"}) {
        CampaignOptions o = options(realism, hours{24 * 7});
        o.settings.time_patterns = true;
        o.settings.business_start = 8;
        o.settings.business_end = 16;
        const std::vector<Message> all = all_of(o);
        const std::size_t day = count_between(all, hours{8}, hours{16});
        const std::size_t night = count_between(all, hours{16}, hours{24});
        const std::size_t sunday = count_between(all, hours{6 * 24 + 8}, hours{6 * 24 + 16});
        EXPECT_GT(day, 2 * night) << realism;
        EXPECT_GT(night, sunday) << realism;
        EXPECT_GT(sunday, 100U) << realism;
    }
}

TEST(Campaign, WithoutTimePatternsBasicIsTheSameAtNight) {
    const std::vector<Message> all = all_of(options("basic", hours{24}));
    const auto day = static_cast<double>(count_between(all, hours{9}, hours{17}));
    const auto night = static_cast<double>(count_between(all, hours{0}, hours{8}));
    EXPECT_NEAR(day / night, 1.0, 0.1);
}

TEST(Campaign, HostsUsersAndNetworksAreThoseOfTheSettings) {
    CampaignOptions o = options("intermediate", hours{24});
    o.settings.num_hosts = 4;
    o.settings.host_prefix = "pc-";
    o.settings.num_users = 3;
    o.settings.user_prefix = "u";
    o.settings.num_networks = 2;
    o.settings.subnets = {"172.20.5.0/24", "172.20.6.0/24", "172.20.7.0/24"};
    std::set<std::string> hosts;
    std::set<std::string> users;
    for (const Message& m : all_of(o)) {
        const Json json = Json::parse(m.json);
        hosts.insert(m.host);
        if (json.at("entity_type") == "user") {
            users.insert(json.at("entity"));
        }
        if (json.at("event_type") == "network_connection") {
            const std::string ip = json.at("source_ip");
            EXPECT_TRUE(ip.starts_with("172.20.5.") || ip.starts_with("172.20.6.")) << ip;
        }
    }
    EXPECT_EQ(hosts, (std::set<std::string>{"pc-1", "pc-2", "pc-3", "pc-4"}));
    EXPECT_EQ(users, (std::set<std::string>{"u1", "u2", "u3"}));
}

TEST(Campaign, OrdinaryEventsAreCalmAtIntermediate) {
    std::size_t failures = 0;
    std::size_t suspicious = 0;
    const std::vector<Message> all = all_of(options("intermediate", hours{24 * 7}));
    for (const Message& m : all) {
        const Json json = Json::parse(m.json);
        EXPECT_FALSE(m.anomalous);
        failures += json.value("authentication_status", "") == "failure" ||
                            json.value("login_status", "") == "failure"
                        ? 1U
                        : 0U;
        suspicious += json.contains("suspicious") ? 1U : 0U;
        if (json.contains("bytes_sent")) {
            EXPECT_LE(json.at("bytes_sent").get<int>(), 10'000) << m.json;
        }
    }
    EXPECT_LT(static_cast<double>(failures), 0.01 * static_cast<double>(all.size()));
    EXPECT_GT(failures, 0U);
    EXPECT_LT(static_cast<double>(suspicious), 0.03 * static_cast<double>(all.size()));
}

TEST(Campaign, AtIntermediateAHostHasHabits) {
    std::map<std::string, std::set<std::string>> programs;
    std::map<std::string, std::set<std::string>> peers;
    for (const Message& m : all_of(options("intermediate", hours{48}))) {
        const Json json = Json::parse(m.json);
        if (json.at("event_type") == "process") {
            programs[m.host].insert(json.at("process_name"));
        } else if (json.at("event_type") == "network_connection") {
            peers[m.host].insert(json.at("destination_ip"));
        }
    }
    for (const auto& [host, names] : programs) {
        EXPECT_LE(names.size(), 6U) << host;
        EXPECT_LE(peers[host].size(), 6U) << host;
    }
    EXPECT_NE(programs.at("host1"), programs.at("host3"));
}

TEST(Campaign, AtAdvancedProgramsAndSessionsEndAndJobsRunByTheClock) {
    std::map<std::string, int> created;
    int ended = 0;
    int logins = 0;
    int logouts = 0;
    std::map<std::string, std::set<int>> minutes_of_job;
    for (const Message& m : all_of(options("advanced", hours{24}))) {
        const Json json = Json::parse(m.json);
        const std::string type = json.at("event_type");
        if (type == "process") {
            const std::string key = m.host + json.at("process_name").get<std::string>() +
                                    std::to_string(json.at("process_id").get<int>());
            if (json.at("action") == "created") {
                ++created[key];
            } else {
                EXPECT_GT(created[key], 0) << "ended before it began: " << m.json;
                ++ended;
            }
            if (json.at("process_name") == "rsync" && json.at("parent_process_id") == 1000) {
                minutes_of_job[m.host].insert(static_cast<int>((m.time - monday) / hours{1}));
            }
        }
        logins += type == "login" && json.at("login_status") == "success" ? 1 : 0;
        logouts += type == "logout" ? 1 : 0;
    }
    EXPECT_GT(ended, 500);
    EXPECT_GT(logouts, logins * 9 / 10);
    EXPECT_EQ(minutes_of_job.size(), 3U);  // the two servers and the database
    for (const auto& [host, at] : minutes_of_job) {
        EXPECT_EQ(at, (std::set<int>{2})) << host;
    }
}

TEST(Campaign, ScenariosDoNotMoveTheBackground) {
    CampaignOptions o = options("intermediate", hours{24});
    const std::vector<Message> quiet = all_of(o);
    o.planned = {{"data_exfiltration", hours{10}},
                 {"brute_force", hours{10}},
                 {"data_exfiltration", hours{10}}};
    std::vector<Message> loud = all_of(o);
    EXPECT_GT(loud.size(), quiet.size() + 30);
    std::erase_if(loud, [](const Message& m) { return m.anomalous; });
    ASSERT_EQ(loud.size(), quiet.size());
    for (std::size_t i = 0; i < quiet.size(); ++i) {
        ASSERT_EQ(loud[i].json, quiet[i].json);
    }
}

TEST(Labels, EveryTechniqueHasANameAndTactics) {
    for (const Technique& t : techniques()) {
        EXPECT_FALSE(t.name.empty()) << t.id;
        EXPECT_TRUE(t.tactics.starts_with("TA")) << t.id;
        std::string text;
        JsonWriter json(text);
        const std::string_view id = t.id;
        write_mitre_attack(json, std::span(&id, 1));
        const Json parsed = Json::parse(text);
        const std::size_t tactics = (t.tactics.size() + 1) / 7;
        EXPECT_EQ(parsed.at("tactics").size(), tactics) << text;
        EXPECT_EQ(parsed.at("techniques").at(0).at("tactics").size(), tactics) << text;
    }
}

}  // namespace
}  // namespace spoor::simulate
