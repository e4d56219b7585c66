// The two attack scenarios: stages in order, techniques, totals, ground truth, labels stripped.
#include "simulate/scenario.hpp"

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

const Timestamp start = parse_time("2026-03-02T10:00:00Z").value();

config::Simulation settings(std::string realism = "intermediate") {
    config::Simulation s;
    s.realism = std::move(realism);
    return s;
}

std::vector<Message> played(std::string_view type,
                            std::uint64_t seed,
                            const config::Simulation& with = settings(),
                            bool strip = false) {
    const World world(with, seed);
    ScenarioPlan plan;
    plan.type = type;
    plan.id = "scenario-0001";
    plan.start = start;
    plan.tick = std::chrono::seconds{12};
    plan.adaptive = with.adaptive;
    plan.strip_labels = strip;
    return play(world, plan, Random(seed));
}

std::string technique_of(const Message& m) {
    return Json::parse(m.json).at("mitre_attack").at("techniques").at(0).at("id");
}

void expect_tagged(const std::vector<Message>& events,
                   std::string_view type,
                   std::string_view name) {
    int stage = 0;
    for (const Message& m : events) {
        const Json json = Json::parse(m.json);
        EXPECT_TRUE(m.anomalous);
        EXPECT_EQ(m.scenario_id, "scenario-0001");
        EXPECT_EQ(m.scenario, type);
        EXPECT_EQ(m.host, events[0].host);
        EXPECT_EQ(json.at("scenario_id"), m.scenario_id);
        EXPECT_EQ(json.at("scenario_type"), type);
        EXPECT_EQ(json.at("scenario_name"), name);
        EXPECT_EQ(json.at("scenario_stage"), m.stage);
        EXPECT_EQ(json.at("suspicious"), true);
        EXPECT_GE(m.stage, stage);
        stage = m.stage;
    }
}

TEST(DataExfiltration, StagesTechniquesAndTotals) {
    double mean = 0;
    constexpr int runs = 300;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        const std::vector<Message> events = played("data_exfiltration", seed);
        expect_tagged(events, "data_exfiltration", "Data Exfiltration");
        mean += static_cast<double>(events.size()) / runs;
        std::vector<std::string> techniques;
        std::int64_t total = 0;
        std::set<std::string> servers;
        for (const Message& m : events) {
            const Json json = Json::parse(m.json);
            if (m.stage < 3) {
                techniques.push_back(technique_of(m));
                continue;
            }
            EXPECT_EQ(technique_of(m), "T1041");
            EXPECT_EQ(json.at("severity"), "Critical");
            EXPECT_TRUE(
                (std::set<int>{443, 8443, 8080}).contains(json.at("destination_port").get<int>()));
            const auto sent = json.at("bytes_sent").get<std::int64_t>();
            EXPECT_GE(sent, 10'000);
            EXPECT_LE(sent, 50'000);
            total += sent;
            servers.insert(json.at("destination_ip"));
        }
        EXPECT_EQ(techniques,
                  (std::vector<std::string>{"T1566.001",
                                            "T1204.002",
                                            "T1059.003",
                                            "T1082",
                                            "T1016",
                                            "T1016",
                                            "T1083",
                                            "T1005",
                                            "T1560.001"}));
        EXPECT_GE(total, 50'000);
        EXPECT_LE(total, 200'000);
        ASSERT_EQ(servers.size(), 1U);
        EXPECT_TRUE(servers.begin()->starts_with("185.128.25."));
        EXPECT_LT(events.back().time - start, minutes{12});
    }
    EXPECT_NEAR(mean, 14, 1);
}

TEST(BruteForce, StagesCountsAndSuccess) {
    double mean = 0;
    double won = 0;
    constexpr int runs = 1000;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        const std::vector<Message> events = played("brute_force", seed);
        expect_tagged(events, "brute_force", "Brute Force");
        mean += static_cast<double>(events.size()) / runs;
        EXPECT_EQ(technique_of(events[0]), "T1046");
        EXPECT_EQ(technique_of(events[1]), "T1087");
        EXPECT_EQ(Json::parse(events[1].json).at("user_name"), "admin");
        std::vector<std::string> outcomes;
        std::vector<std::string> rest;
        for (const Message& m : events) {
            if (m.stage == 1) {
                EXPECT_EQ(technique_of(m), "T1110.001");
                outcomes.push_back(Json::parse(m.json).at("authentication_status"));
            } else if (m.stage > 1) {
                rest.push_back(technique_of(m));
            }
        }
        EXPECT_GE(outcomes.size(), 10U);
        EXPECT_LE(outcomes.size(), 30U);
        // A success is the last attempt: nothing is tried after it.
        const auto successes = std::count(outcomes.begin(), outcomes.end(), "success");
        ASSERT_LE(successes, 1);
        EXPECT_EQ(outcomes.back() == "success", successes == 1);
        if (successes == 1) {
            won += 1.0 / runs;
            EXPECT_EQ(rest,
                      (std::vector<std::string>{"T1059.004", "T1053.003", "T1046", "T1021.004"}));
        } else {
            EXPECT_TRUE(rest.empty());
        }
    }
    EXPECT_NEAR(won, 0.7, 0.05);
    EXPECT_NEAR(mean, 25, 1);
}

TEST(Scenario, AtBasicAStepIsATickOfTheSimulator) {
    const std::vector<Message> events = played("data_exfiltration", 3, settings("basic"));
    for (std::size_t i = 1; i < events.size(); ++i) {
        EXPECT_EQ(events[i].time - events[i - 1].time, std::chrono::seconds{12});
    }
}

TEST(Scenario, EndsAtItsTimeout) {
    const World world(settings("basic"), 1);
    ScenarioPlan plan;
    plan.type = "brute_force";
    plan.id = "scenario-0001";
    plan.start = start;
    plan.tick = minutes{4};
    const std::vector<Message> events = play(world, plan, Random(1));
    EXPECT_EQ(events.size(), 8U);  // 0, 4, ..., 28 minutes
}

TEST(Scenario, AnAdaptiveAttackerSlowsDownAfterFailures) {
    config::Simulation calm = settings();
    config::Simulation careful = settings();
    careful.adaptive = true;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto plain = played("brute_force", seed, calm);
        const auto slowed = played("brute_force", seed, careful);
        ASSERT_EQ(plain.size(), slowed.size());
        EXPECT_GT(slowed.back().time - start, (plain.back().time - start) * 5 / 4);
        EXPECT_LT(slowed.back().time - start, scenario_timeout);
    }
}

TEST(Scenario, RunsOnTheHostThatIsAskedFor) {
    for (const std::string_view type : scenario_names()) {
        CampaignOptions o;
        o.seed = 5;
        o.start = start;
        o.length = hours{1};
        o.settings = settings();
        o.settings.rate_per_minute = 0;
        o.planned = {{std::string(type), minutes{1}, "host8"}};
        Campaign campaign(o);
        std::size_t n = 0;
        while (const auto m = campaign.next()) {
            EXPECT_EQ(m->host, "host8");
            ++n;
        }
        EXPECT_GT(n, 9U);
    }
}

TEST(Scenario, AnyNumberAtOnceEachWithItsOwnId) {
    CampaignOptions o;
    o.start = start;
    o.length = hours{1};
    o.settings = settings();
    for (int i = 0; i < 20; ++i) {
        o.planned.push_back(
            {i % 2 == 0 ? "data_exfiltration" : "brute_force", minutes{5}, i < 4 ? "host1" : ""});
    }
    Campaign campaign(o);
    std::map<std::string, std::vector<int>> stages;
    while (const auto m = campaign.next()) {
        if (m->anomalous) {
            stages[m->scenario_id].push_back(m->stage);
        }
    }
    EXPECT_EQ(stages.size(), 20U);
    EXPECT_EQ(stages.begin()->first, "scenario-0001");
    for (const auto& [id, of] : stages) {
        EXPECT_TRUE(std::is_sorted(of.begin(), of.end())) << id;
    }
}

TEST(Scenario, StartsAtRandomAsOftenAsSetAndNeverTooManyAtOnce) {
    std::map<std::string, std::size_t> started;
    for (const char* frequency : {"low", "medium", "high"}) {
        CampaignOptions o;
        o.seed = 3;
        o.start = start;
        o.length = hours{24};
        o.settings = settings("basic");
        o.settings.scenarios = true;
        o.settings.scenario_frequency = frequency;
        o.settings.scenarios_at_once = 1000;
        o.settings.rate_per_minute = 60;
        Campaign campaign(o);
        std::set<std::string> ids;
        while (const auto m = campaign.next()) {
            if (m->anomalous) {
                ids.insert(m->scenario_id);
            }
        }
        started[frequency] = ids.size();
    }
    EXPECT_NEAR(static_cast<double>(started["low"]), 144, 48);
    EXPECT_NEAR(static_cast<double>(started["medium"]), 432, 80);
    EXPECT_NEAR(static_cast<double>(started["high"]), 720, 90);
}

TEST(Scenario, NoMoreAtOnceThanSet) {
    CampaignOptions o;
    o.seed = 3;
    o.start = start;
    o.length = hours{12};
    o.settings = settings("basic");
    o.settings.scenarios = true;
    o.settings.scenario_frequency = "high";
    o.settings.scenarios_at_once = 2;
    Campaign campaign(o);
    std::map<std::string, std::pair<Timestamp, Timestamp>> spans;
    while (const auto m = campaign.next()) {
        if (m->anomalous) {
            auto& span = spans.try_emplace(m->scenario_id, m->time, m->time).first->second;
            span.second = m->time;
        }
    }
    EXPECT_GT(spans.size(), 20U);
    for (const auto& [id, span] : spans) {
        const auto at_its_start = std::count_if(spans.begin(), spans.end(), [&](const auto& other) {
            return other.second.first <= span.first && other.second.second >= span.first;
        });
        EXPECT_LE(at_its_start, 2) << id;
    }
}

TEST(Scenario, StrippedLabelsLeaveNoTraceAndChangeNothingElse) {
    for (const char* realism : {"basic", "intermediate", "advanced"}) {
        CampaignOptions o;
        o.seed = 9;
        o.start = start;
        o.length = hours{6};
        o.settings = settings(realism);
        o.planned = {{"data_exfiltration", minutes{10}}, {"brute_force", minutes{20}}};
        Campaign labelled(o);
        o.strip_labels = true;
        Campaign stripped(o);
        std::size_t num_scenario_events = 0;
        while (auto m = labelled.next()) {
            const auto s = stripped.next();
            ASSERT_TRUE(s.has_value());
            Json expected = Json::parse(m->json);
            for (const char* key : {"severity",
                                    "suspicious",
                                    "reason",
                                    "mitre_attack",
                                    "scenario_id",
                                    "scenario_type",
                                    "scenario_name",
                                    "scenario_stage"}) {
                expected.erase(key);
            }
            ASSERT_EQ(Json::parse(s->json), expected);
            EXPECT_EQ(s->json.find("scenario"), std::string::npos);
            EXPECT_EQ(s->anomalous, m->anomalous);
            EXPECT_EQ(s->scenario_id, m->scenario_id);
            EXPECT_EQ(s->stage, m->stage);
            num_scenario_events += s->scenario_id.empty() ? 0U : 1U;
        }
        EXPECT_FALSE(stripped.next().has_value());
        EXPECT_GT(num_scenario_events, 20U);
    }
}

}  // namespace
}  // namespace spoor::simulate
