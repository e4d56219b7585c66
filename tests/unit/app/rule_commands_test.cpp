// `spoor scan --rules`, `rules explain` and `rules test`, and rules that change under a session:
// what is printed where, and that neither threads nor the way through the pipeline change it.
#include "app/command.hpp"
#include "app/live_content.hpp"
#include "base/clock.hpp"
#include "unit/alert/schema_check.hpp"
#include "unit/source/file_support.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace spoor::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* rules_text = R"(title: Whoami
id: 11111111-1111-4111-8111-111111111111
status: test
level: high
tags: [attack.discovery, attack.t1059]
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\whoami.exe', CommandLine|contains: [whoami]}
  condition: selection
tests:
  match: [{Image: 'C:\x\whoami.exe', CommandLine: whoami /all}]
  miss: [{Image: 'C:\x\cmd.exe'}, '{"Image":"C:\\whoami.exe","CommandLine":"x"}']
---
title: Many of them
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: event_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [Computer]
  timespan: 5m
  condition: {gte: 3}
  generate: true
---
title: Many users
id: 33333333-3333-4333-8333-333333333333
level: low
correlation:
  type: value_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [Image]
  timespan: 5m
  condition: {gte: 4, field: User}
  generate: true
)";

std::string event_text(int i) {
    const bool whoami = i % 7 == 0;
    std::ostringstream out;
    out << R"({"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws)"
        << i % 5 << R"(","UtcTime":"2025-06-03 12:)" << 10 + i / 600 << ':' << (i / 10) % 60 / 10
        << (i / 10) % 10 << R"(.000","User":"u)" << i % 11 << R"(","Image":"C:\\Windows\\)"
        << (whoami ? "whoami" : "cmd") << R"(.exe","CommandLine":"whoami /all )" << i << "\"}\n";
    return out.str();
}

struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;

    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::istringstream in(out);
        for (std::string line; std::getline(in, line);) {
            all.push_back(line);
        }
        return all;
    }
};

class RuleCommands : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "spoor-rules-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        write("rules/a.yml", rules_text);
        std::string events;
        for (int i = 0; i < 9'000; ++i) {
            events += event_text(i);
        }
        write("events.ndjson", events + "not JSON\n");
    }

    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories(fs::path(path(name)).parent_path());
        std::ofstream(path(name), std::ios::binary) << text;
    }

    static Ran run(std::vector<std::string> arguments) {
        CLI::App app;
        Context context;
        add_scan(app, context);
        add_rules(app, context);
        std::reverse(arguments.begin(), arguments.end());
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        Ran ran;
        try {
            app.parse(arguments);
            ran.exit_code = context.exit_code;
        } catch (const CLI::ParseError& error) {
            ran.exit_code = error.get_exit_code();
        }
        ran.out = ::testing::internal::GetCapturedStdout();
        ran.err = ::testing::internal::GetCapturedStderr();
        return ran;
    }

    Ran scan(std::vector<std::string> more) const {
        more.insert(more.begin(), {"scan", path("events.ndjson"), "--rules", path("rules")});
        return run(std::move(more));
    }

    std::string folder_;
};

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

TEST_F(RuleCommands, ScanHasThreeFormatsLevelsAndExitCodes) {
    const Ran json = scan({"--format", "json", "--min-level", "medium", "--threads", "2"});
    const auto all = nlohmann::json::parse(json.out);
    EXPECT_TRUE(std::ranges::none_of(all, [](const auto& a) { return a["level"] == "low"; }));
    EXPECT_TRUE(std::ranges::any_of(all, [](const auto& a) { return a["level"] == "medium"; }));
    const Ran table = scan({"--format", "table", "--no-summary"});
    EXPECT_EQ(table.err, "");
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
    EXPECT_EQ(run(plain).out, "");
    auto given = plain;
    given.insert(given.end(), {"--logsource", "product=windows,category=process_creation"});
    EXPECT_EQ(run(given).lines().size(), 1U);
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

TEST_F(RuleCommands, TestRunsWhatIsInRulesBesideThemAndInInfoFiles) {
    write("rules/b.yml",
          "title: Cmd\nid: 44444444-4444-4444-8444-444444444444\n"
          "logsource: {product: windows, category: process_creation}\n"
          "detection: {a: {Image|endswith: cmd.exe}, condition: a}\n");
    write("rules/b.tests.yml", "match:\n  - Image: cmd.exe\nmiss:\n  - Image: whoami.exe\n");
    write(
        "data/info.yml",
        "id: x\nrule_metadata:\n  - id: 44444444-4444-4444-8444-444444444444\n"
        "regression_tests_info:\n  - name: Two\n    match_count: 2\n    path: far/away/ev.evtx\n");
    write("data/ev.json", event_text(1) + event_text(2) + event_text(7));
    const Ran good = run({"rules",
                          "test",
                          path("rules"),
                          path("data"),
                          "--rules",
                          path("rules"),
                          "--junit",
                          path("junit.xml")});
    EXPECT_EQ(good.exit_code, exit_ok) << good.out << good.err;
    EXPECT_THAT(good.out, HasSubstr("6 tests, 0 failed"));
    std::ifstream in(path("junit.xml"));
    const std::string junit{std::istreambuf_iterator<char>(in), {}};
    EXPECT_THAT(junit, HasSubstr("tests=\"3\" failures=\"0\""));
    write("rules/b.tests.yml", "match:\n  - Image: whoami.exe\nmiss: []\n");
    const Ran bad = run({"rules", "test", path("rules")});
    EXPECT_EQ(bad.exit_code, exit_findings);
    EXPECT_THAT(bad.out, HasSubstr("match 1: the event must match, and does not"));
}

TEST_F(RuleCommands, TestRoutesEventsThatSayTheirLogSource) {
    const std::string channel = "Channel: Microsoft-Windows-Sysmon/Operational, EventID: ";
    const auto rule = [](const std::string& category) {
        return "title: Cmd\nname: cmd\nlogsource: {product: windows, category: " + category +
               "}\ndetection: {a: {Image|endswith: cmd.exe}, condition: a}\ntests:\n";
    };
    write("t/c.yml",
          rule("process_creation") + "  match:\n    - {Image: cmd.exe}\n    - {" + channel +
              "1, Image: cmd.exe}\n  miss:\n    - {" + channel + "3, Image: cmd.exe}\n");
    const Ran good = run({"rules", "test", path("t")});
    EXPECT_EQ(good.exit_code, exit_ok) << good.out;
    write("t/c.yml", rule("proces_creation") + "  match: [{" + channel + "1, Image: cmd.exe}]\n");
    const Ran bad = run({"rules", "test", path("t")});
    EXPECT_EQ(bad.exit_code, exit_findings);
    EXPECT_THAT(bad.out,
                HasSubstr("the condition holds, but a rule for product windows, category "
                          "proces_creation is not tried on an event of product windows, category "
                          "process_creation, service sysmon"));
}

TEST_F(RuleCommands, CheckWarnsOfLogSourcesThatAreNearlyKnown) {
    const auto checked = [&](const std::string& logsource) {
        write("one.yml",
              "title: T\nlogsource: {" + logsource + "}\ndetection: {a: {F: x}, condition: a}\n");
        const Ran ran = run({"rules", "check", path("one.yml")});
        EXPECT_EQ(ran.exit_code, exit_ok) << ran.out;
        return ran.out;
    };
    EXPECT_THAT(checked("product: windows, category: proces_creation"),
                HasSubstr("one.yml:2:41: warning: no events here have the category "
                          "'proces_creation'"));
    EXPECT_THAT(checked("category: proces_creation"),
                HasSubstr("did you mean 'process_creation'?"));
    EXPECT_THAT(checked("product: Windows"), HasSubstr("did you mean 'windows'?"));
    EXPECT_THAT(checked("product: lunix, service: auditdd"), HasSubstr("did you mean 'auditd'?"));
    for (const char* const good : {"category: registry_event",
                                   "product: linux, service: syslog",
                                   "product: acme, category: coffee_made, service: espresso"}) {
        EXPECT_THAT(checked(good), HasSubstr("0 errors, 0 warnings"));
    }
}

TEST_F(RuleCommands, TestFindsTheTestsBesideAFileThatIsNamed) {
    const std::string rule =
        "title: Cmd\nlogsource: {product: windows}\ndetection: {a: {Image: x}, condition: a}\n";
    write("t/c.yml", rule);
    write("t/c.tests.yml", "match: [{Image: x}]\n");
    write("u/d.yaml", rule);
    write("u/d.tests.yml", "match: [{Image: x}]\n");
    const std::vector<std::vector<std::string>> named = {{path("t/c.yml")},
                                                         {path("t/c.tests.yml")},
                                                         {path("t/c.yml"), path("t/c.tests.yml")},
                                                         {path("t")},
                                                         {path("u/d.yaml")},
                                                         {path("u")}};
    for (std::vector<std::string> paths : named) {
        paths.insert(paths.begin(), {"rules", "test"});
        const Ran ran = run(paths);
        EXPECT_EQ(ran.exit_code, exit_ok) << paths[2] << ran.err;
        EXPECT_THAT(ran.out, HasSubstr("1 tests, 0 failed"));
    }
}

TEST_F(RuleCommands, CheckSaysWhichFilesOfAFolderAreLookedAt) {
    write("f/rule.txt", "title: T\n");
    const Ran none = run({"rules", "check", path("f")});
    EXPECT_EQ(none.exit_code, exit_rules);
    EXPECT_THAT(none.err, HasSubstr("only *.yml and *.yaml are looked at"));
    write("f/rule.yml", "# nothing\n");
    EXPECT_THAT(run({"rules", "check", path("f")}).err, HasSubstr("there is no rule at all"));
}

TEST_F(RuleCommands, MistakesInTestsAreSaidAtTheirPlaces) {
    const std::string rule =
        "title: Cmd\nname: cmd\nlogsource: {product: windows}\n"
        "detection: {a: {Image: x}, condition: a}\n";
    const std::vector<std::pair<std::string, std::string>> inside = {
        {"tests: {matches: [{Image: x}]}\n", "t/c.yml:5:9: error: 'matches' is not a key of tests"},
        {"tests:\n  match: [{Image: x}]\n  mis: [{Image: y}]\n", "did you mean 'miss'?"},
        {"tests:\n  match: {Image: x}\n", "t/c.yml:6:10: error: 'match' is a list of events"},
        {"tests:\n  match: [5]\n", "t/c.yml:6:11: error: an event is a section of fields"},
        {"tests: yes\n", "t/c.yml:5:8: error: tests without `match` or `miss`"},
    };
    const auto both_say = [&](const std::string& said) {
        for (const char* const command : {"check", "test"}) {
            const Ran ran = run({"rules", command, path("t")});
            EXPECT_EQ(ran.exit_code, exit_rules) << said;
            EXPECT_THAT(ran.out + ran.err, HasSubstr(said));
        }
    };
    for (const auto& [tests, said] : inside) {
        write("t/c.yml", rule + tests);
        both_say(said);
    }
    write("t/c.yml", rule);
    write("t/c.tests.yml", "rule: cmd\nmatch:\n  - Image: x\nmiss:\n  - [Image, y]\n");
    both_say("t/c.tests.yml:5:5: error: an event is a section of fields");
    write("t/c.tests.yml", "rule: cmd\nmatch:\n  - Image: x\n");
    EXPECT_EQ(run({"rules", "check", path("t")}).exit_code, exit_ok);
}

TEST_F(RuleCommands, ContentIsRenewedWhenRulesChange) {
    config::Config config;
    config.sigma.rules = {path("rules")};
    ManualClock clock;
    LiveContent content(config, clock);
    const auto first = content.start();
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_EQ((*first)->correlators.size(), 1U);
    EXPECT_EQ(content.renew(false), nullptr);
    EXPECT_EQ(content.renew(true), nullptr) << "nothing has changed";
    EXPECT_THAT(content.rules().detail, HasSubstr("nothing changed"));

    write("rules/b.yml",
          "title: Cmd\nid: 44444444-4444-4444-8444-444444444444\n"
          "logsource: {product: windows}\ndetection: {a: {Image: cmd.exe}, condition: a}\n");
    EXPECT_EQ(content.renew(false), nullptr) << "it looks every two seconds";
    clock.advance(std::chrono::seconds{3});
    const auto second = content.renew(false);
    ASSERT_NE(second, nullptr);
    EXPECT_NE(second->version, (*first)->version);
    EXPECT_EQ(second->detectors[0], (*first)->detectors[0]) << "behaviour goes on as it is";
    EXPECT_THAT(content.rules().detail, HasSubstr("1 added, 0 changed, 0 removed, 3 unchanged"));
    EXPECT_EQ(content.rules().rules, 2U);

    write("rules/b.yml", "title: Cmd\n");
    EXPECT_EQ(content.renew(true), nullptr) << "all or nothing";
    EXPECT_THAT(content.rules().detail, HasSubstr("refused"));
    EXPECT_EQ(content.rules().rules, 2U);
    fs::remove(path("rules/b.yml"));
    ASSERT_NE(content.renew(true), nullptr);
    EXPECT_THAT(content.rules().detail, HasSubstr("0 added, 0 changed, 1 removed, 3 unchanged"));
}

TEST_F(RuleCommands, ContentIsRenewedWhenOnlyTextsChange) {
    config::Config config;
    config.sigma.rules = {path("rules")};
    ManualClock clock;
    LiveContent content(config, clock);
    ASSERT_TRUE(content.start());
    std::string version = content.rules().version;
    std::string text = rules_text;
    for (const auto& [from, to] : {std::pair("attack.discovery", "attack.execution"),
                                   std::pair("status: test", "status: stable"),
                                   std::pair("level: high", "level: low"),
                                   std::pair("level: low", "level: low\ndescription: words")}) {
        text.replace(text.find(from), std::string(from).size(), to);
        write("rules/a.yml", text);
        EXPECT_NE(content.renew(true), nullptr) << to;
        EXPECT_THAT(
            content.rules().detail,
            HasSubstr("0 changed, 0 removed, 3 unchanged (1 of them but for what they say)"));
        EXPECT_NE(content.rules().version, version);
        version = content.rules().version;
    }
}

TEST_F(RuleCommands, WhatFailedIsCountedAnewWhereNothingElseChanged) {
    write("rules/broken.yml", "title: No detection\nlogsource: {product: windows}\n");
    config::Config config;
    config.sigma.rules = {path("rules")};
    ManualClock clock;
    LiveContent content(config, clock);
    ASSERT_TRUE(content.start());
    EXPECT_EQ(content.rules().failed, 1U);
    fs::remove(path("rules/broken.yml"));
    EXPECT_EQ(content.renew(true), nullptr);
    EXPECT_EQ(content.rules().failed, 0U);
    write("rules/broken.yml", "title: No detection\nlogsource: {product: windows}\n");
    EXPECT_EQ(content.renew(true), nullptr);
    EXPECT_THAT(content.rules().detail, HasSubstr("refused"));
}

TEST_F(RuleCommands, ContentThatHadErrorsFromTheStartCanStillBeRenewed) {
    write("rules/broken.yml", "title: No detection\nlogsource: {product: windows}\n");
    config::Config config;
    config.sigma.rules = {path("rules")};
    ManualClock clock;
    LiveContent content(config, clock);
    ASSERT_TRUE(content.start());
    EXPECT_EQ(content.rules().failed, 1U);
    write("rules/b.yml",
          "title: Cmd\nid: 44444444-4444-4444-8444-444444444444\n"
          "logsource: {product: windows}\ndetection: {a: {Image: cmd.exe}, condition: a}\n");
    EXPECT_NE(content.renew(true), nullptr);
}

TEST_F(RuleCommands, AReloadWithABrokenPipelineIsRefused) {
    const std::string good =
        "transformations:\n  - {type: field_name_mapping, mapping: {Image: proc.path}}\n";
    write("p.yml", good);
    config::Config config;
    config.sigma.rules = {path("rules")};
    config.sigma.pipelines = {path("p.yml")};
    ManualClock clock;
    LiveContent content(config, clock);
    ASSERT_TRUE(content.start());
    const std::string version = content.rules().version;
    for (const auto& [text, why] : {
             std::pair("transformations:\n  - {type: field_name_maping, mapping: {Image: p}}\n",
                       "p.yml:2:12: the transformation 'field_name_maping' is not supported"),
             std::pair("transformations:\n  - {type: [\n", "p.yml:"),
             std::pair("transformation:\n  - {type: nest, items: []}\n", "p.yml:1:1: "),
             std::pair("transformations:\n  - type: field_name_mapping\n    mapping: {Image: p}\n"
                       "    rule_conditions: [{type: logsorce, product: windows}]\n",
                       "p.yml:4:30: "),
             std::pair("", "p.yml: nothing is in it any more"),
         }) {
        write("p.yml", text);
        EXPECT_EQ(content.renew(true), nullptr) << text;
        EXPECT_THAT(content.rules().detail, HasSubstr("was refused, the rules before stay"));
        EXPECT_THAT(content.rules().detail, HasSubstr(why));
        EXPECT_EQ(content.rules().version, version);
    }
    fs::remove(path("p.yml"));
    EXPECT_EQ(content.renew(true), nullptr);
    EXPECT_THAT(content.rules().detail, HasSubstr("p.yml: there is no such file"));
    write("p.yml", good);
    EXPECT_EQ(content.renew(true), nullptr);
    EXPECT_THAT(content.rules().detail, HasSubstr("nothing changed"));
}

TEST_F(RuleCommands, AReloadOfAFileThatWasEmptiedIsRefused) {
    write("rules/b.yml",
          "title: Cmd\nid: 44444444-4444-4444-8444-444444444444\n"
          "logsource: {product: windows}\ndetection: {a: {Image: cmd.exe}, condition: a}\n");
    write("rules/empty.yml", "");
    config::Config config;
    config.sigma.rules = {path("rules")};
    ManualClock clock;
    LiveContent content(config, clock);
    ASSERT_TRUE(content.start());
    EXPECT_EQ(content.rules().rules, 2U);
    for (const char* const text : {"", "# nothing\n", "---\n"}) {
        write("rules/b.yml", text);
        EXPECT_EQ(content.renew(true), nullptr);
        EXPECT_THAT(content.rules().detail, HasSubstr("b.yml: nothing is in it any more"));
        EXPECT_EQ(content.rules().rules, 2U);
    }
    fs::remove(path("rules/b.yml"));
    EXPECT_NE(content.renew(true), nullptr);
    EXPECT_EQ(content.rules().rules, 1U);
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
