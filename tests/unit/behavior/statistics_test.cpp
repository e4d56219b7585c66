// What the behaviour detector promises, over the simulator's traffic with all labels left out:
// quiet on benign days, calibrated p-values, and both scenarios found.
#include "behavior/behavior.hpp"
#include "decode/decoder.hpp"
#include "simulate/simulate.hpp"
#include "unit/behavior/event_maker.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace spoor::behavior {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::at;

struct Traffic {
    std::uint64_t seed = 1;
    std::string realism = "basic";
    int days = 7;
    std::vector<simulate::CampaignOptions::Planned> planned;
};

struct Outcome {
    std::vector<alert::Alert> alerts;
    // Ground truth of the planned scenarios.
    std::string host;
    Timestamp first = Timestamp::max();
    Timestamp last = Timestamp::min();
};

Outcome run(const Traffic& traffic, const BaselineOptions& options) {
    simulate::CampaignOptions campaign_options;
    campaign_options.seed = traffic.seed;
    campaign_options.start = at(0);
    campaign_options.length = hours{24 * traffic.days};
    campaign_options.settings.realism = traffic.realism;
    campaign_options.planned = traffic.planned;
    campaign_options.strip_labels = true;
    simulate::Campaign campaign(campaign_options);

    OriginTable origins;
    const auto part = origins.intern("kafka:C/T/0");
    decode::Decoder decoder(decode::Options{});
    const auto detector = make_baselines(options);
    const auto state = detector->make_state();
    alert::Findings found;
    Outcome out;
    RecordBatch batch;
    std::int64_t offset = 0;
    const auto flush = [&] {
        decoder.decode(batch);
        EXPECT_TRUE(decoder.rejected().empty());
        detector->inspect(decoder.events(), origins, *state, found);
        batch.clear();
    };
    while (auto message = campaign.next()) {
        for (const char* label :
             {"severity", "suspicious", "reason", "mitre_attack", "scenario_"}) {
            EXPECT_EQ(message->json.find('"' + std::string(label)), std::string::npos);
        }
        if (!message->scenario_id.empty()) {
            out.host = message->host;
            out.first = std::min(out.first, message->time);
            out.last = std::max(out.last, message->time);
        }
        batch.append(EventRef{part, part, offset++, 0}, message->time, message->json);
        if (batch.full()) {
            flush();
        }
    }
    flush();
    detector->close_windows(origins, *state, found);
    EXPECT_EQ(found.counters.get("late_events"), 0U);
    EXPECT_EQ(found.counters.get("events_without_time"), 0U);
    out.alerts = std::move(found.alerts);
    return out;
}

class Benign : public ::testing::TestWithParam<std::tuple<std::string, std::uint64_t>> {};

TEST_P(Benign, at_most_one_alert_a_host_and_day) {
    Traffic traffic;
    std::tie(traffic.realism, traffic.seed) = GetParam();
    const Outcome outcome = run(traffic, {});
    std::map<std::pair<std::string, std::int64_t>, int> per_host_and_day;
    for (const alert::Alert& a : outcome.alerts) {
        const auto day = std::chrono::floor<std::chrono::days>(a.time).time_since_epoch().count();
        EXPECT_LE(++per_host_and_day[std::pair(a.host, std::int64_t{day})], 1) << a.summary;
    }
    RecordProperty("alerts", static_cast<int>(outcome.alerts.size()));
    std::printf("  %zu alerts in 7 benign days of 10 hosts\n", outcome.alerts.size());
    for (const alert::Alert& a : outcome.alerts) {
        std::printf("    %s\n", a.summary.c_str());
    }
}

TEST_P(Benign, p_values_are_calibrated) {
    Traffic traffic;
    std::tie(traffic.realism, traffic.seed) = GetParam();
    BaselineOptions options;
    options.anomaly_threshold = 0;  // every window tells its p-values
    const Outcome outcome = run(traffic, options);
    std::uint64_t num_tested = 0;
    std::uint64_t num_low = 0;
    std::map<std::string, int> low_of;
    for (const alert::Alert& a : outcome.alerts) {
        const auto explanation = nlohmann::json::parse(a.json)["explanation"];
        num_tested += explanation["features_tested"].get<std::uint64_t>();
        for (const auto& f : explanation["features"]) {
            if (f["p_value"].get<double>() <= 0.01) {
                ++num_low;
                ++low_of[f["feature"]];
            }
        }
    }
    ASSERT_GT(num_tested, 50'000U);
    const double share = static_cast<double>(num_low) / static_cast<double>(num_tested);
    std::printf("  %.3f %% of %llu p-values at or below 0.01\n",
                100 * share,
                static_cast<unsigned long long>(num_tested));
    for (const auto& [name, n] : low_of) {
        std::printf(
            "    %-32s %.3f %%\n", name.c_str(), 1600.0 * n / static_cast<double>(num_tested));
    }
    EXPECT_GE(share, 0.005);
    EXPECT_LE(share, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Seeds,
                         Benign,
                         ::testing::Combine(::testing::Values("basic", "advanced"),
                                            ::testing::Values(1U, 2U, 3U, 4U, 5U)));

// The original's own stream: it alerts on every third message, the anomalous ones, and on nothing
// else.
TEST(Threshold, catches_what_the_original_catches) {
    simulate::FeatureOptions feature_options;
    feature_options.start = at(0);
    simulate::FeatureMessages messages(feature_options);
    OriginTable origins;
    const auto part = origins.intern("kafka:C/T/0");
    decode::Decoder decoder(decode::Options{});
    const auto rule = make_threshold_rule({});
    const auto state = rule->make_state();
    std::vector<std::int64_t> expected;
    alert::Findings found;
    RecordBatch batch;
    for (std::int64_t i = 0; i < 3000; ++i) {
        const auto message = messages.next();
        if (message.anomalous) {
            expected.push_back(i);
        }
        batch.append(EventRef{part, part, i, 0}, message.time, message.json);
        if (batch.full() || i == 2999) {
            decoder.decode(batch);
            rule->inspect(decoder.events(), origins, *state, found);
            batch.clear();
        }
    }
    EXPECT_EQ(expected.size(), 1000U);
    std::vector<std::int64_t> caught;
    for (const alert::Alert& a : found.alerts) {
        caught.push_back(nlohmann::json::parse(a.json)["source"]["offset"]);
    }
    EXPECT_EQ(caught, expected);
}

// Benign feature vectors: flat distributions, one message or several a window.
class BenignVectors : public ::testing::TestWithParam<std::tuple<int, std::uint64_t>> {};

TEST_P(BenignVectors, p_values_are_calibrated_and_none_alerts) {
    const auto [per_window, seed] = GetParam();
    simulate::FeatureOptions feature_options;
    feature_options.seed = seed;
    feature_options.start = at(0);
    feature_options.step = Duration{minutes{1}} / per_window;
    feature_options.anomaly_every = 0;
    feature_options.num_hosts = 10;
    simulate::FeatureMessages messages(feature_options);
    OriginTable origins;
    const auto part = origins.intern("kafka:C/T/0");
    decode::Decoder decoder(decode::Options{});
    BaselineOptions options;
    options.anomaly_threshold = 0;
    const auto detector = make_baselines(options);
    const auto state = detector->make_state();
    alert::Findings found;
    std::uint64_t num_tested = 0;
    std::uint64_t num_low = 0;
    double most = 0;
    RecordBatch batch;
    for (int i = 0; i < 14 * 1440 * per_window; ++i) {
        const auto message = messages.next();
        batch.append(EventRef{part, part, i, 0}, message.time, message.json);
        if (!batch.full()) {
            continue;
        }
        decoder.decode(batch);
        found.alerts.clear();
        detector->inspect(decoder.events(), origins, *state, found);
        batch.clear();
        for (const alert::Alert& a : found.alerts) {
            const auto json = nlohmann::json::parse(a.json);
            num_tested += json["explanation"]["features_tested"].get<std::uint64_t>();
            most = std::max(most, json["anomaly_score"].get<double>());
            for (const auto& f : json["explanation"]["features"]) {
                num_low += f["p_value"].get<double>() <= 0.01 ? 1U : 0U;
            }
        }
    }
    ASSERT_GT(num_tested, 100'000U);
    const double share = static_cast<double>(num_low) / static_cast<double>(num_tested);
    std::printf("  %.3f %% of %llu p-values at or below 0.01; highest score %.2f\n",
                100 * share,
                static_cast<unsigned long long>(num_tested),
                most);
    EXPECT_GE(share, 0.005);
    EXPECT_LE(share, 0.02);
    EXPECT_LT(most, 0.6);
}

INSTANTIATE_TEST_SUITE_P(Seeds,
                         BenignVectors,
                         ::testing::Combine(::testing::Values(1, 5), ::testing::Values(1U, 2U)));

class Attack : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Attack, is_found_with_every_seed) {
    const auto& [realism, scenario] = GetParam();
    int num_found = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Traffic traffic;
        traffic.seed = seed;
        traffic.realism = realism;
        traffic.days = 3;
        // Anywhere in a window: the minute moves with the seed.
        traffic.planned = {{scenario, hours{60} + minutes{7 * static_cast<int>(seed)}}};
        const Outcome outcome = run(traffic, {});
        bool found = false;
        double best = 0;
        for (const alert::Alert& a : outcome.alerts) {
            const auto json = nlohmann::json::parse(a.json);
            const auto start = parse_time(json["window"]["start"].get<std::string>());
            const auto end = parse_time(json["window"]["end"].get<std::string>());
            const bool overlaps = *start <= outcome.last && outcome.first < *end;
            if (a.host == outcome.host && overlaps) {
                found = true;
                best = std::max(best, json["anomaly_score"].get<double>());
            }
        }
        EXPECT_TRUE(found) << "seed " << seed;
        num_found += found ? 1 : 0;
        std::printf("  seed %llu: score %.2f, %zu alerts in all\n",
                    static_cast<unsigned long long>(seed),
                    best,
                    outcome.alerts.size());
    }
    EXPECT_EQ(num_found, 20);
}

INSTANTIATE_TEST_SUITE_P(Scenarios,
                         Attack,
                         ::testing::Combine(::testing::Values("basic", "advanced"),
                                            ::testing::Values("data_exfiltration", "brute_force")));

}  // namespace
}  // namespace spoor::behavior
