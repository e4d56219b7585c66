#include "behavior/behavior.hpp"
#include "unit/alert/schema_check.hpp"
#include "unit/behavior/event_maker.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace spoor::behavior {
namespace {

using testing::at;
using testing::EventMaker;

class ThresholdTest : public ::testing::Test {
protected:
    std::vector<alert::Alert> run(const std::vector<Event>& events) {
        const auto rule = make_threshold_rule({});
        const auto state = rule->make_state();
        alert::Findings out;
        rule->inspect(events, origins_, *state, out);
        return std::move(out.alerts);
    }

    Event vector(double traffic, double cpu) {
        Event event = maker_.make("Host1",
                                  at(1.5),
                                  EventRef{kafka_, kafka_, 17, 2},
                                  {Field::text(FieldId::entity, "Host1"),
                                   Field::of_real(FieldId::f_network_traffic_volume, traffic),
                                   Field::of_real(FieldId::f_number_of_logins, 0.6),
                                   Field::of_real(FieldId::f_cpu_usage, cpu)});
        event.shape = EventShape::feature_vector;
        event.record_time = at(2);
        return event;
    }

    OriginTable origins_;
    std::uint32_t kafka_ = origins_.intern("kafka:CLUSTER/TOPICID/3");
    EventMaker maker_;
};

TEST_F(ThresholdTest, alerts_strictly_above_the_limit) {
    EXPECT_TRUE(run({vector(0.8, 0.8)}).empty());
    EXPECT_EQ(run({vector(std::nextafter(0.8, 1), 0.1)}).size(), 1U);
    EXPECT_EQ(run({vector(0.1, 45.0)}).size(), 1U);  // another unit: the original alerts too
    EXPECT_TRUE(run({vector(std::numeric_limits<double>::quiet_NaN(), -3)}).empty());
}

TEST_F(ThresholdTest, only_the_vectors_own_features_count) {
    EXPECT_TRUE(run({maker_.make("h",
                                 at(0),
                                 EventRef{kafka_, kafka_, 1, 0},
                                 {Field::of_real(FieldId::bytes_sent, 1e9),
                                  Field::of_integer(FieldId::event_id, 4625)})})
                    .empty());
}

TEST_F(ThresholdTest, says_what_the_original_says_and_more) {
    origins_.set_label(kafka_, "apt_topic");
    const auto alerts = run({vector(0.914, 0.85)});
    ASSERT_EQ(alerts.size(), 1U);
    const auto json = nlohmann::json::parse(alerts[0].json);
    EXPECT_EQ(testing::check_schema(testing::alert_schema(), json, true),
              std::vector<std::string>{});
    EXPECT_EQ(json["id"], alerts[0].id);
    EXPECT_EQ(json["entity"], "Host1");
    EXPECT_EQ(json["entity_type"], "host");
    EXPECT_EQ(json["severity"], "Medium");
    EXPECT_EQ(json["prediction_score"], 0.75);
    EXPECT_EQ(json["score_kind"], "legacy");
    EXPECT_EQ(json["timestamp"], "2026-01-05T00:00:01.500Z");
    EXPECT_EQ(json["message"],
              "Potential anomaly detected with features: network_traffic_volume_mean: 0.91, "
              "cpu_usage_mean: 0.85");
    EXPECT_EQ(json["features"],
              (nlohmann::json{{"network_traffic_volume_mean", 0.914},
                              {"number_of_logins_mean", 0.6},
                              {"cpu_usage_mean", 0.85}}));
    EXPECT_EQ(json["source"],
              (nlohmann::json{{"type", "kafka"},
                              {"topic", "apt_topic"},
                              {"partition", 3},
                              {"offset", 17},
                              {"timestamp", "2026-01-05T00:00:02Z"}}));
    EXPECT_EQ(json["evidence"][0]["ref"], "kafka:CLUSTER/TOPICID/3/17#2");
    // Traffic .7, logins .6 and cpu .7 are at or over their shares: 5 + 3 + 5 techniques.
    EXPECT_EQ(json["mitre_attack"]["techniques"].size(), 13U);
    EXPECT_EQ(json["mitre_attack"]["techniques"][1]["id"], "T1041");
    EXPECT_EQ(json["mitre_attack"]["confidence"], 0.68);
    EXPECT_EQ(alerts[0].techniques.size(), 13U);
    EXPECT_TRUE(std::ranges::is_sorted(alerts[0].techniques));
}

TEST_F(ThresholdTest, the_same_event_gives_the_same_bytes_and_another_ref_another_id) {
    const auto a = run({vector(0.9, 0.1)});
    const auto b = run({vector(0.9, 0.1)});
    EXPECT_EQ(a[0].json, b[0].json);
    Event moved = vector(0.9, 0.1);
    moved.ref.element = 3;
    EXPECT_NE(run({moved})[0].id, a[0].id);
}

TEST_F(ThresholdTest, an_event_without_time_or_from_a_file_is_no_exception) {
    const auto file = origins_.intern("file:00ff");
    const auto path = origins_.intern("file:/tmp/a \"b\".json");
    Event event = vector(0.9, 0.1);
    event.time = no_time;
    event.record_time = no_time;
    event.ref = EventRef{file, path, 1234, 0};
    const auto alerts = run({event});
    ASSERT_EQ(alerts.size(), 1U);
    const auto json = nlohmann::json::parse(alerts[0].json);
    EXPECT_EQ(testing::check_schema(testing::alert_schema(), json, true),
              std::vector<std::string>{});
    EXPECT_TRUE(json["timestamp"].is_null());
    EXPECT_EQ(json["source"],
              (nlohmann::json{{"type", "file"},
                              {"name", "file:/tmp/a \"b\".json"},
                              {"offset", 1234},
                              {"timestamp", nullptr}}));
    EXPECT_EQ(json["evidence"][0]["ref"], "file:00ff@1234#0");
}

// What the original catches: any of the ten above 0.8, whatever else the message has.
TEST_F(ThresholdTest, each_of_the_ten_features_is_enough) {
    for (std::size_t i = 0; i < num_features; ++i) {
        const auto id = static_cast<FieldId>(static_cast<std::size_t>(first_feature) + i);
        const auto alerts = run(
            {maker_.make("h", at(0), EventRef{kafka_, kafka_, 1, 0}, {Field::of_real(id, 0.81)})});
        ASSERT_EQ(alerts.size(), 1U) << feature_name(i);
        EXPECT_FALSE(alerts[0].techniques.empty());
    }
}

}  // namespace
}  // namespace spoor::behavior
