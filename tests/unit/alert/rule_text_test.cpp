// Alerts of rules: the fast writer gives the bytes of write_alert, and both what the schema says.
#include "alert/rule_text.hpp"

#include "alert/match_line.hpp"
#include "unit/alert/schema_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace spoor::alert {
namespace {

using ::testing::IsEmpty;

class RuleTextTest : public ::testing::Test {
protected:
    RuleFacts facts() {
        RuleFacts f;
        f.detector = "sigma";
        f.rule = {"a-b", "Title \"quoted\"", "0123456789abcdef"};
        f.level = Level::critical;
        f.status = "test";
        f.product = "windows";
        f.category = "process_creation";
        f.tags = tags_;
        f.techniques = techniques_;
        f.explanation = "why";
        return f;
    }

    Event event(std::string_view origin) {
        Event e;
        e.time = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31}};
        e.host = "H\\1";
        e.category = "process_creation";
        e.ref = {origins_.intern(origin), origins_.intern("scan"), 17, 2};
        return e;
    }

    OriginTable origins_;
    std::vector<std::string> tags_ = {"attack.execution", "attack.t1059.001"};
    std::vector<std::string> techniques_ = {"T1059.001"};
};

TEST_F(RuleTextTest, the_fast_writer_writes_what_write_alert_does) {
    const RuleText rule(facts());
    RuleAlertWriter writer(origins_);
    MatchLine liner(origins_);
    const std::string matched = R"("Image":"C:\\\\x","User":["a","b"])";
    std::vector<Event> events;
    for (const char* origin :
         {"file:abc", "kafka:C/T/0", "kafka:C/T/0", "odd\"name:1", "stdin:1"}) {
        events.push_back(event(origin));
    }
    events[1].host = "";
    events[1].time = no_time;
    events[2].record_time = events[0].time;
    events[2].is_simulated = true;
    events[3].category = "";
    events[4].category = "";
    events[4].service = "security";
    for (const Event& e : events) {
        std::string fast;
        writer.begin(e);
        writer.write(rule, matched, fast);
        const std::string id = make_id("a-b", "0123456789abcdef", "", origins_.ref(e.ref));
        EXPECT_EQ(writer.id(), id);
        std::string slow;
        write_alert(draft_of(rule, e, id, matched), origins_, slow);
        EXPECT_EQ(fast, slow);
        const auto json = nlohmann::json::parse(fast);
        EXPECT_THAT(testing::check_schema(testing::alert_schema(), json, true), IsEmpty());
        EXPECT_EQ(json["event_ref"], origins_.ref(e.ref));
        EXPECT_EQ(json["level"], "critical");
        EXPECT_TRUE(json["prediction_score"].is_null());
        std::string line;
        liner.begin(e);
        liner.write(rule, matched, line);
        const auto short_one = nlohmann::json::parse(line);
        EXPECT_EQ(short_one.size(), 8U);
        for (const auto& [name, value] : short_one.items()) {
            EXPECT_EQ(value, json[name]) << name;
        }
    }
}

TEST_F(RuleTextTest, tactics_are_those_of_the_tags_and_of_the_techniques) {
    tags_ = {"attack.stealth", "attack.command-and-control", "attack.t9999", "cve.2021-44228"};
    techniques_ = {"T9999", "T1005"};
    std::string out;
    const Event e = event("file:abc");
    write_alert(draft_of(RuleText(facts()), e, make_id("a", "b", "", "r"), ""), origins_, out);
    const auto json = nlohmann::json::parse(out);
    EXPECT_THAT(testing::check_schema(testing::alert_schema(), json, true), IsEmpty());
    const auto& attack = json["mitre_attack"];
    EXPECT_TRUE(attack["techniques"][1]["name"].is_null()) << attack;
    std::vector<std::string> names;
    for (const auto& tactic : attack["tactics"]) {
        names.push_back(tactic["name"]);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"Stealth", "Collection", "Command and Control"}));
    EXPECT_EQ(attack["tactics"][0]["techniques"].size(), 0U);
    EXPECT_EQ(attack["tactics"][1]["techniques"][0]["id"], "T1005");
}

TEST_F(RuleTextTest, a_correlation_names_the_part_each_event_plays) {
    const RuleText rule(facts());
    const Event e = event("file:abc");
    Draft draft = draft_of(rule, e, "00112233445566778899aabbccddeeff", R"("User":"x")");
    const std::array<EventRef, 2> refs = {EventRef{e.ref.origin, e.ref.partition, 3, 0}, e.ref};
    const std::array<EvidenceNote, 2> notes = {{{"first", e.time, ""}, {"second", no_time, "v"}}};
    draft.evidence = refs;
    draft.evidence_notes = notes;
    draft.window = Window{e.time, e.time, 2};
    draft.correlation = R"({"type":"event_count","timespan":60,"value":2,"members":2})";
    std::string out;
    write_alert(draft, origins_, out);
    const auto json = nlohmann::json::parse(out);
    EXPECT_THAT(testing::check_schema(testing::alert_schema(), json, true), IsEmpty());
    EXPECT_EQ(json["evidence"][1]["rule"], "second");
    EXPECT_EQ(json["evidence"][1]["value"], "v");
    EXPECT_EQ(json["correlation"]["value"], 2);
}

}  // namespace
}  // namespace spoor::alert
