// `spoor scan --rules` and `rules explain`: what is printed where, and that neither threads nor the
// way through the pipeline change it.
#include "unit/alert/schema_check.hpp"
#include "unit/app/rule_fixture.hpp"
#include "unit/source/file_support.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace spoor::app {
namespace {

TEST_F(RuleCommands, ScanPrintsTheSameForAnyNumberOfThreads) {
    const Ran one = scan({"--format", "ndjson", "--threads", "1"});
    EXPECT_EQ(one.exit_code, exit_ok);
    EXPECT_THAT(one.err, HasSubstr("9000 evaluated, 1 that could not be decoded"));
    const auto lines = one.lines();
    ASSERT_GT(lines.size(), 1'286U);  // a seventh of them, and correlations
    std::set<std::string> rules;
    for (const std::string& line : lines) {
        const auto json = nlohmann::json::parse(line);
        ASSERT_THAT(spoor::testing::check_schema(spoor::testing::alert_schema(), json, true),
                    IsEmpty());
        rules.insert(json["rule_title"]);
    }
    EXPECT_THAT(rules, ::testing::ElementsAre("Many of them", "Many users", "Whoami"));
    for (const char* threads : {"2", "5"}) {
        EXPECT_EQ(scan({"--format", "ndjson", "--threads", threads}).out, one.out) << threads;
    }
}

TEST_F(RuleCommands, ScanFindsWhatThePipelineFinds) {
    const Ran fast = scan({"--format", "ndjson"});
    const Ran whole = scan({"--format", "ndjson", "--data", path("data")});
    EXPECT_EQ(whole.exit_code, exit_ok) << whole.err;
    auto expected = whole.lines();
    auto found = fast.lines();
    std::ranges::sort(expected);
    std::ranges::sort(found);
    EXPECT_TRUE(found == expected) << found.size() << " and " << expected.size();
}

// A short line says of its alert what it says, with the same words, in the same order.
TEST_F(RuleCommands, ScanPrintsMatchesAsShortLinesOfTheirAlerts) {
    const Ran alerts = scan({"--format", "ndjson"});
    const Ran matches = scan({"--format", "matches", "--threads", "2"});
    EXPECT_EQ(matches.err, alerts.err);
    const auto whole = alerts.lines();
    const auto short_ones = matches.lines();
    ASSERT_EQ(short_ones.size(), whole.size());
    std::size_t correlations = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const auto alert = nlohmann::json::parse(whole[i]);
        const auto line = nlohmann::json::parse(short_ones[i]);
        for (const char* name : {"timestamp",
                                 "rule_id",
                                 "rule_title",
                                 "level",
                                 "tags",
                                 "host",
                                 "event_ref",
                                 "matched"}) {
            ASSERT_EQ(line.at(name), alert.at(name)) << name << " of " << short_ones[i];
        }
        const bool is_correlation = alert.contains("correlation");
        ASSERT_EQ(line.size(), is_correlation ? 9U : 8U) << short_ones[i];
        if (is_correlation) {
            ASSERT_EQ(line.at("correlation"), alert["correlation"]);
            ++correlations;
        }
    }
    EXPECT_GT(correlations, 0U);
    EXPECT_EQ(scan({"--format", "matches", "--data", path("data")}).exit_code, exit_usage);
}

TEST_F(RuleCommands, ScanHasThreeFormatsLevelsAndExitCodes) {
    const Ran json = scan({"--format", "json", "--min-level", "medium", "--threads", "2"});
    const auto all = nlohmann::json::parse(json.out);
    EXPECT_TRUE(std::ranges::none_of(all, [](const auto& a) { return a["level"] == "low"; }));
    EXPECT_TRUE(std::ranges::any_of(all, [](const auto& a) { return a["level"] == "medium"; }));
    const Ran table = scan({"--format", "table", "--no-summary"});
    EXPECT_EQ(table.err,
              "spoor scan: " + path("events.ndjson") + ":9001: not JSON, at byte 0 (bad_json)\n");
    EXPECT_THAT(table.lines()[0], HasSubstr("LEVEL"));
    EXPECT_THAT(table.out, HasSubstr("T1059                  Whoami"));
    EXPECT_EQ(scan({"--fail-on", "high"}).exit_code, exit_findings);
    EXPECT_EQ(scan({"--fail-on", "critical"}).exit_code, exit_ok);
    EXPECT_EQ(scan({"--logsource", "what=x"}).exit_code, exit_usage);
    EXPECT_EQ(scan({"--placeholder", "x"}).exit_code, exit_usage);
}

TEST_F(RuleCommands, ScanTellsWhatIsWrongWithRules) {
    write("rules/broken.yml", "title: No detection\nlogsource: {product: windows}\n");
    const Ran some = scan({"--format", "ndjson"});
    EXPECT_EQ(some.exit_code, exit_ok);
    EXPECT_THAT(some.err, HasSubstr("broken.yml"));
    EXPECT_THAT(some.err, HasSubstr("1 left out for errors"));
    fs::remove(path("rules/a.yml"));
    EXPECT_EQ(scan({}).exit_code, exit_rules);
}

TEST_F(RuleCommands, ScanTakesALogSourceForEventsThatDoNotSay) {
    write("plain.ndjson",
          R"({"Image":"C:\\whoami.exe","CommandLine":"whoami"})"
          "\n");
    const std::vector<std::string> plain = {
        "scan", path("plain.ndjson"), "--rules", path("rules"), "--format", "ndjson"};
    const Ran untried = run(plain);
    EXPECT_EQ(untried.out, "");
    EXPECT_THAT(untried.err, HasSubstr("0 matched of 0 tried, 0 correlations fired; "));
    EXPECT_THAT(untried.err, HasSubstr("no event was of a log source that a rule is for"));
    auto given = plain;
    given.insert(given.end(), {"--logsource", "product=windows,category=process_creation"});
    const Ran tried = run(given);
    EXPECT_EQ(tried.lines().size(), 1U);
    EXPECT_THAT(tried.err, HasSubstr("1 matched of 1 tried, 0 correlations fired; "));
    EXPECT_THAT(tried.err, ::testing::Not(HasSubstr("no event was")));
}

TEST_F(RuleCommands, ScanReadsObjectsOverSeveralLines) {
    const std::string one = nlohmann::json::parse(event_text(0)).dump(2);
    write("pretty.json", one + "\n" + one + "\n");
    const Ran ran =
        run({"scan", path("pretty.json"), "--rules", path("rules"), "--format", "ndjson"});
    EXPECT_EQ(ran.lines().size(), 2U) << ran.err;
}

TEST_F(RuleCommands, NothingOfARuleIsObeyedByTheTerminal) {
    write("odd/odd.yml",
          "title: \"t\\e[31m\"\nid: \"i\\e[2J\"\nlogsource: {product: \"p\\e[1m\"}\n"
          "detection: {\"s\\e[7m\": {\"a\\e[5m\": \"v\\e\", \"b|fieldref\": \"c\\e\"}, "
          "condition: 1 of them}\n---\n"
          "title: bad\nlogsource: {product: x}\n"
          "detection: {s: {\"a|foo\\e\": 1}, condition: s}\n");
    write("hit.json", event_text(0));
    const Ran list = run({"rules", "list", path("odd")});
    EXPECT_THAT(list.out, HasSubstr("i\\x1b[2J"));
    const Ran told =
        run({"rules", "explain", "i\x1b[2J", path("hit.json"), "--rules", path("odd")});
    EXPECT_THAT(told.out, HasSubstr("a\\x1b[5m"));
    const Ran check = run({"rules", "check", path("odd")});
    EXPECT_THAT(check.out, HasSubstr("'foo\\x1b'"));
    EXPECT_EQ((list.out + told.out + check.out + list.err + check.err).find('\x1b'),
              std::string::npos);
}

TEST_F(RuleCommands, ExplainShowsRouteFieldsTreeAndWhatIsNear) {
    write("hit.json", event_text(0));
    const std::string id = "11111111-1111-4111-8111-111111111111";
    const Ran hit = run({"rules", "explain", id, path("hit.json"), "--rules", path("rules")});
    EXPECT_EQ(hit.exit_code, exit_ok);
    EXPECT_THAT(hit.out, HasSubstr("the rule is tried on this event"));
    EXPECT_THAT(hit.out, HasSubstr("the rule meets the event"));
    EXPECT_THAT(hit.out, HasSubstr(R"('C:\Windows\whoami.exe')"));
    write("miss.json", event_text(1));
    const Ran miss =
        run({"rules", "explain", "Whoami", path("miss.json"), "--rules", path("rules")});
    EXPECT_EQ(miss.exit_code, exit_findings);
    EXPECT_THAT(miss.out, HasSubstr("one answer short of a match"));
    EXPECT_THAT(miss.out, HasSubstr(R"(Image: '*\whoami.exe')"));
    EXPECT_THAT(miss.out, HasSubstr(R"(the event has 'C:\Windows\cmd.exe')"));
    write("linux.json", R"({"CommandLine":"x"})");
    const Ran unrouted =
        run({"rules", "explain", id, path("linux.json"), "--rules", path("rules")});
    EXPECT_THAT(unrouted.out, HasSubstr("the rule is not tried on this event"));
    EXPECT_THAT(unrouted.out, HasSubstr("not there; looked at Image, Event.EventData.Image"));
    const auto as = [&](const std::string& logsource) {
        return run({"rules",
                    "explain",
                    id,
                    path("linux.json"),
                    "--rules",
                    path("rules"),
                    "--logsource",
                    logsource});
    };
    EXPECT_THAT(as("product=windows,category=process_creation").out,
                HasSubstr("the rule is tried on this event"));
    EXPECT_EQ(as("windows").exit_code, exit_usage);
    EXPECT_EQ(
        run({"rules", "explain", "no such", path("hit.json"), "--rules", path("rules")}).exit_code,
        exit_usage);
}

TEST_F(RuleCommands, ExplainSaysThatACorrelationCannotBeAndWhatIsNear) {
    write("hit.json", event_text(0));
    const auto explain = [&](const std::string& name) {
        const Ran ran = run({"rules", "explain", name, path("hit.json"), "--rules", path("rules")});
        EXPECT_EQ(ran.exit_code, exit_usage);
        return ran.err;
    };
    EXPECT_THAT(
        explain("Many of them"),
        HasSubstr("'Many of them' is a correlation, and one event says nothing of it; it is "
                  "built on 11111111-1111-4111-8111-111111111111"));
    EXPECT_THAT(explain("Whomai"), HasSubstr("did you mean 'Whoami'?"));
    EXPECT_THAT(explain("nothing like it"), HasSubstr("no rule has the id, name or title"));
    write("rules/a.tests.yml", "rule: Many of them\nmatch: [{Image: x}]\n");
    EXPECT_THAT(run({"rules", "test", path("rules")}).out,
                HasSubstr("match 1: 'Many of them' is a correlation"));
}

TEST_F(RuleCommands, ExplainReadsCompressedEvents) {
    write("hit.json", event_text(0));
    write("hit.json.gz", test::gzip(event_text(0)));
    write("hit.json.zst", test::zstd(event_text(0)));
    for (const char* const name : {"hit.json", "hit.json.gz", "hit.json.zst"}) {
        const Ran ran = run({"rules", "explain", "Whoami", path(name), "--rules", path("rules")});
        EXPECT_EQ(ran.exit_code, exit_ok) << name << ran.err;
    }
    const std::string cut = "\x1f\x8b\x08";
    write("cut.gz", cut);
    const Ran torn = run({"rules", "explain", "Whoami", path("cut.gz"), "--rules", path("rules")});
    EXPECT_EQ(torn.exit_code, exit_input);
    EXPECT_THAT(torn.err, HasSubstr("cut.gz cannot be read"));
}

TEST_F(RuleCommands, NothingStartsWithoutAPathThatWasNamedOrWithABrokenPipeline) {
    write("p.yml", "transformations:\n  - {type: nesst, items: []}\n");
    const std::vector<std::string> pipeline{"--pipeline", path("p.yml")};
    const std::vector<std::string> no_pipeline{"--pipeline", path("none.yml")};
    const std::vector<std::string> no_rules{"--rules", path("none")};
    for (const std::string& data : {std::string(), path("data")}) {
        const auto with = [&](std::vector<std::string> more) {
            if (!data.empty()) {
                more.insert(more.end(), {"--data", data});
            }
            return scan(std::move(more));
        };
        const Ran broken = with(pipeline);
        EXPECT_EQ(broken.exit_code, exit_rules) << broken.err;
        EXPECT_THAT(broken.err, HasSubstr("p.yml:2:"));
        EXPECT_EQ(broken.out, "");
        for (const auto& missing : {no_pipeline, no_rules}) {
            const Ran ran = with(missing);
            EXPECT_EQ(ran.exit_code, exit_input) << ran.err;
            EXPECT_THAT(ran.err, HasSubstr("there is no such file"));
            EXPECT_EQ(ran.out, "");
        }
    }
    EXPECT_EQ(run({"rules", "list", path("rules"), "--pipeline", path("p.yml")}).exit_code,
              exit_rules);
    EXPECT_EQ(run({"rules", "test", path("rules"), "--pipeline", path("none.yml")}).exit_code,
              exit_input);
}

}  // namespace
}  // namespace spoor::app
