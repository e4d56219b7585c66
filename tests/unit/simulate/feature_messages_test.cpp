// The original's producer messages: fields, ranges, every third anomalous, the same from a seed.
#include "base/hash.hpp"
#include "event/field.hpp"
#include "simulate/simulate.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spoor::simulate {
namespace {

using Json = nlohmann::ordered_json;

const Timestamp start = parse_time("2026-03-02T09:00:00.123456Z").value();

FeatureOptions options(std::uint64_t seed = 1) {
    FeatureOptions o;
    o.seed = seed;
    o.start = start;
    return o;
}

// As the original's producer has them, in canonical order.
constexpr std::array<std::pair<double, double>, num_features> normal_ranges = {{{.1, .7},
                                                                                {.1, .5},
                                                                                {.1, .3},
                                                                                {.1, .7},
                                                                                {.1, .4},
                                                                                {.1, .6},
                                                                                {.2, .6},
                                                                                {.1, .6},
                                                                                {.1, .5},
                                                                                {.1, .6}}};
const std::set<std::size_t> pool = {0, 2, 5, 6, 7};

TEST(FeatureMessages, HasTheOriginalsKeysInItsOrder) {
    FeatureMessages messages(options());
    for (int n = 0; n < 30; ++n) {
        const Message m = messages.next();
        const Json json = Json::parse(m.json);
        std::vector<std::string> keys;
        for (const auto& item : json.items()) {
            keys.push_back(item.key());
        }
        ASSERT_EQ(keys.size(), num_features + 2);
        EXPECT_EQ(keys.front(), "entity");
        for (std::size_t i = 0; i < num_features; ++i) {
            EXPECT_EQ(keys[i + 1], std::string(feature_name(i)) + "_mean");
        }
        EXPECT_EQ(keys.back(), "timestamp");
        EXPECT_NEAR(static_cast<double>(m.json.size()), 516, 12);
    }
}

TEST(FeatureMessages, NormalValuesStayInTheirRangesAndAnomaliesInTheirs) {
    FeatureMessages messages(options(7));
    std::array<std::set<std::size_t>, 2> count_seen;
    std::set<std::size_t> pool_seen;
    for (int n = 0; n < 3000; ++n) {
        const Message m = messages.next();
        ASSERT_EQ(m.anomalous, n % 3 == 0);
        const Json json = Json::parse(m.json);
        std::size_t num_anomalous = 0;
        for (std::size_t i = 0; i < num_features; ++i) {
            const double v = json.at(std::string(feature_name(i)) + "_mean").get<double>();
            if (v > normal_ranges[i].second) {
                ++num_anomalous;
                pool_seen.insert(i);
                EXPECT_GE(v, 0.8);
                EXPECT_LE(v, 0.95);
            } else {
                EXPECT_GE(v, normal_ranges[i].first);
            }
        }
        if (m.anomalous) {
            EXPECT_TRUE(num_anomalous == 2 || num_anomalous == 3) << m.json;
            count_seen[num_anomalous - 2].insert(1);
        } else {
            EXPECT_EQ(num_anomalous, 0U) << m.json;
        }
    }
    EXPECT_EQ(pool_seen, pool);
    EXPECT_FALSE(count_seen[0].empty());
    EXPECT_FALSE(count_seen[1].empty());
}

TEST(FeatureMessages, TheSixEntitiesOrAsManyHostsAsWanted) {
    FeatureMessages messages(options());
    std::set<std::string> seen;
    for (int n = 0; n < 500; ++n) {
        const Message m = messages.next();
        EXPECT_EQ(Json::parse(m.json).at("entity"), m.host);
        seen.insert(m.host);
    }
    EXPECT_EQ(
        seen,
        (std::set<std::string>{"host1", "host2", "host3", "workstation4", "server5", "laptop6"}));

    FeatureOptions many = options();
    many.num_hosts = 3;
    FeatureMessages three(many);
    seen.clear();
    for (int n = 0; n < 200; ++n) {
        seen.insert(three.next().host);
    }
    EXPECT_EQ(seen, (std::set<std::string>{"host1", "host2", "host3"}));
}

TEST(FeatureMessages, TimeIsNaiveWithMicrosecondsAndAdvancesByTheStep) {
    FeatureMessages messages(options());
    const Message first = messages.next();
    const Message second = messages.next();
    EXPECT_EQ(first.time, start);
    EXPECT_EQ(second.time - first.time, std::chrono::milliseconds{500});
    EXPECT_EQ(Json::parse(first.json).at("timestamp"), "2026-03-02T09:00:00.123456");
    EXPECT_EQ(Json::parse(second.json).at("timestamp"), "2026-03-02T09:00:00.623456");
}

TEST(FeatureMessages, AnomaliesCanBeRareOrAbsent) {
    FeatureOptions o = options();
    o.anomaly_every = 0;
    FeatureMessages none(o);
    o.anomaly_every = 1000;
    FeatureMessages rare(o);
    int anomalous = 0;
    for (int n = 0; n < 3000; ++n) {
        EXPECT_FALSE(none.next().anomalous);
        anomalous += rare.next().anomalous ? 1 : 0;
    }
    EXPECT_EQ(anomalous, 3);
}

std::string digest_of(std::uint64_t seed) {
    FeatureMessages messages(options(seed));
    std::string all;
    for (int n = 0; n < 1000; ++n) {
        all += messages.next().json;
        all += '\n';
    }
    return to_hex(digest128(all));
}

TEST(FeatureMessages, TheSameFromASeedOnEveryMachine) {
    EXPECT_EQ(digest_of(1), "06c821bbcec32993dca057421dbe539f");
    EXPECT_NE(digest_of(2), digest_of(1));
}

TEST(FeatureMessages, PoisonIsNoEventAndLeavesTheOthersAlone) {
    FeatureMessages plain(options());
    FeatureMessages poisoned(options());
    std::set<std::string> seen;
    for (int n = 0; n < 50; ++n) {
        const Message poison = poisoned.next_poison();
        EXPECT_EQ(poison.json.find('\n'), std::string::npos);
        EXPECT_FALSE(poison.host.empty());
        const Json json = Json::parse(poison.json, nullptr, false);
        const bool is_object = !json.is_discarded() && json.is_object();
        if (is_object) {
            // The one kind that is JSON: too deep for a decoder with a limit.
            EXPECT_GT(std::count(poison.json.begin(), poison.json.end(), '{'), 64);
        } else {
            EXPECT_TRUE(json.is_discarded() || !json.is_structured()) << poison.json;
        }
        seen.insert(poison.json);
        EXPECT_EQ(poisoned.next().json, plain.next().json);
    }
    EXPECT_GE(seen.size(), 45U);  // empty records are all alike
}

TEST(FeatureMessages, AnArrayRecordHoldsTheSameMessagesAndAtWillOneBadElement) {
    FeatureMessages plain(options());
    FeatureMessages arrays(options());
    const Json whole = Json::parse(arrays.next_array(4, false).json);
    ASSERT_EQ(whole.size(), 4U);
    for (const Json& element : whole) {
        EXPECT_EQ(element, Json::parse(plain.next().json));
    }
    const Json with_bad = Json::parse(arrays.next_array(3, true).json);
    ASSERT_EQ(with_bad.size(), 3U);
    EXPECT_TRUE(with_bad[0].is_object());
    EXPECT_FALSE(with_bad[1].is_object());
    EXPECT_TRUE(with_bad[2].is_object());
}

}  // namespace
}  // namespace spoor::simulate
