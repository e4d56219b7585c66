#include "alert/alert_json.hpp"

#include "unit/alert/schema_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace spoor::alert {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class AlertJsonTest : public ::testing::Test {
protected:
    std::string write(const Draft& draft) {
        std::string out;
        write_alert(draft, origins_, out);
        return out;
    }

    Draft draft() {
        Draft d;
        d.id = "00112233445566778899aabbccddeeff";
        d.detector = "behavior";
        d.rule = {"spoor.behavior", "Unusual behaviour", "1"};
        d.time = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31}};
        d.level = Level::high;
        d.entity = "h\"1";
        d.event_type = "behavior_window";
        d.host = "h\"1";
        d.detection_type = "behavioral_analytics";
        d.score_kind = "tail_probability";
        d.prediction_score = 0.9;
        d.anomaly_score = 0.9;
        d.p_value = 1e-10;
        d.p_corrected = 1e-9;
        d.features = features_;
        d.techniques = &techniques_;
        d.confidence = attack_confidence(0.9, 1);
        d.ref = {kafka_, kafka_, 7, 0};
        d.evidence = {&d_ref_, 1};
        d.window = Window{d.time, d.time + std::chrono::minutes{10}, 12};
        d.message = "m";
        d.explanation = "e";
        d.notes = notes_;
        d.num_tested = 9;
        return d;
    }

    OriginTable origins_;
    std::uint32_t kafka_ = origins_.intern("kafka:C/T/0");
    EventRef d_ref_{kafka_, kafka_, 7, 0};
    std::array<std::string_view, 4> ids_{"T1562", "T1041", "T9999", "T1041"};
    TechniqueSet techniques_{ids_};
    std::array<NamedValue, 1> features_{{{"failed_logins", 17}}};
    std::array<FeatureNote, 1> notes_{
        {{"failed_logins", 17, FeatureNote::none, 0.1, 0.3, 1e-10, "above", "weekday 12-18", 900}}};
};

TEST_F(AlertJsonTest, is_valid_against_the_schema_and_has_nothing_it_does_not_name) {
    const std::string text = write(draft());
    const auto json = nlohmann::json::parse(text);
    EXPECT_THAT(testing::check_schema(testing::alert_schema(), json, true), IsEmpty());
    EXPECT_EQ(json["host"], "h\"1");
    EXPECT_EQ(json["window"]["events"], 12);
    EXPECT_EQ(json["explanation"]["features"][0]["slot"], "weekday 12-18");
}

TEST_F(AlertJsonTest, the_check_itself_finds_what_is_wrong) {
    const auto schema = testing::alert_schema();
    auto json = nlohmann::json::parse(write(draft()));
    const auto broken = [&](const char* pointer, const nlohmann::json& value) {
        auto copy = json;
        copy[nlohmann::json::json_pointer(pointer)] = value;
        return testing::check_schema(schema, copy, true);
    };
    EXPECT_THAT(broken("/id", "xyz"), Not(IsEmpty()));
    EXPECT_THAT(broken("/severity", "medium"), Not(IsEmpty()));
    EXPECT_THAT(broken("/prediction_score", 1.5), Not(IsEmpty()));
    EXPECT_THAT(broken("/timestamp", "yesterday"), Not(IsEmpty()));
    EXPECT_THAT(broken("/mitre_attack/techniques/0/id", "x"), Not(IsEmpty()));
    EXPECT_THAT(broken("/surprise", 1), Not(IsEmpty()));
    json.erase("evidence");
    EXPECT_THAT(testing::check_schema(schema, json, true), Not(IsEmpty()));
}

// The bytes are an identity: another writer of the same alert must give the same ones.
TEST_F(AlertJsonTest, canonical_bytes) {
    EXPECT_EQ(
        write(draft()),
        R"({"schema_version":1,"id":"00112233445566778899aabbccddeeff","detector":"behavior",)"
        R"("rule":{"id":"spoor.behavior","name":"Unusual behaviour","version":"1"},)"
        R"("timestamp":"2026-01-31T00:00:00Z","event_time":"2026-01-31T00:00:00Z","severity":"High",)"
        R"("entity":"h\"1","entity_type":"host","event_type":"behavior_window","host":"h\"1",)"
        R"("detection_type":"behavioral_analytics","data_source":"kafka","score_kind":"tail_probability",)"
        R"("prediction_score":0.9,"anomaly_score":0.9,"p_value":1e-10,"p_corrected":1e-09,)"
        R"("features":{"failed_logins":17},"mitre_attack":{"techniques":[)"
        R"({"id":"T1041","name":"Exfiltration Over C2 Channel","tactics":[{"id":"TA0010","name":"Exfiltration"}]},)"
        R"({"id":"T1562","name":"Impair Defenses","tactics":[{"id":"TA0005","name":"Stealth"},)"
        R"({"id":"TA0112","name":"Defense Impairment"}],"attack_version":"18.1"},)"
        R"({"id":"T9999","name":null,"tactics":[]}],"tactics":[)"
        R"({"id":"TA0005","name":"Stealth","techniques":[{"id":"T1562","name":"Impair Defenses"}]},)"
        R"({"id":"TA0112","name":"Defense Impairment","techniques":[{"id":"T1562","name":"Impair Defenses"}]},)"
        R"({"id":"TA0010","name":"Exfiltration","techniques":[{"id":"T1041","name":"Exfiltration Over C2 Channel"}]}],)"
        R"("confidence":0.68},"attack_version":"19.2","source":{"type":"behavioral_analytics",)"
        R"("timestamp":"2026-01-31T00:00:00Z","partition":"kafka:C/T/0"},"evidence":[{"ref":"kafka:C/T/0/7#0"}],)"
        R"("window":{"start":"2026-01-31T00:00:00Z","end":"2026-01-31T00:10:00Z","events":12},"message":"m",)"
        R"("explanation":{"text":"e","features_tested":9,"features":[{"feature":"failed_logins","value":17,)"
        R"("expected":0.1,"spread":0.3,"p_value":1e-10,"direction":"above","slot":"weekday 12-18","windows":900}]},)"
        R"("is_simulated":false})");
}

TEST_F(AlertJsonTest, a_file_ref_with_any_bytes_stays_json) {
    Draft d = draft();
    d.window.reset();
    const auto odd = origins_.intern("file:/a\"b\nc");
    d_ref_ = {odd, odd, 5, 1};
    d.ref = d_ref_;
    const auto json = nlohmann::json::parse(write(d));
    EXPECT_EQ(json["evidence"][0]["ref"], "file:/a\"b\nc@5#1");
    EXPECT_THAT(testing::check_schema(testing::alert_schema(), json, true), IsEmpty());
}

TEST_F(AlertJsonTest, origins_that_only_look_like_kafka_are_taken_as_they_are) {
    for (const char* text : {"kafka:", "kafka:x", "kafka:/1", "kafka:C/T/x", "kafka:C/T/"}) {
        Draft d = draft();
        d.window.reset();
        d.ref.origin = origins_.intern(text);
        const auto json = nlohmann::json::parse(write(d));
        EXPECT_FALSE(json["source"].contains("topic") && !json["source"]["partition"].is_number());
    }
}

TEST(AttackConfidence, is_the_originals_formula) {
    EXPECT_EQ(attack_confidence(0.75, 3), 0.68);
    EXPECT_EQ(attack_confidence(1, 10), 0.9);
    EXPECT_EQ(attack_confidence(0, 0), 0);
}

}  // namespace
}  // namespace spoor::alert
