// `spoor rules check` and `rules test`: mistakes in rules and their tests, which tests are found,
// and what they say.
#include "unit/app/rule_fixture.hpp"

#include <iterator>
#include <utility>

namespace spoor::app {
namespace {

using RuleTests = RuleCommands;

TEST_F(RuleTests, TestRunsWhatIsInRulesBesideThemAndInInfoFiles) {
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

TEST_F(RuleTests, TestRoutesEventsThatSayTheirLogSource) {
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

TEST_F(RuleTests, CheckWarnsOfLogSourcesThatAreNearlyKnown) {
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

TEST_F(RuleTests, TestFindsTheTestsBesideAFileThatIsNamed) {
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

TEST_F(RuleTests, CheckSaysWhichFilesOfAFolderAreLookedAt) {
    write("f/rule.txt", "title: T\n");
    const Ran none = run({"rules", "check", path("f")});
    EXPECT_EQ(none.exit_code, exit_rules);
    EXPECT_THAT(none.err, HasSubstr("only *.yml and *.yaml are looked at"));
    write("f/rule.yml", "# nothing\n");
    EXPECT_THAT(run({"rules", "check", path("f")}).err, HasSubstr("there is no rule at all"));
}

TEST_F(RuleTests, MistakesInTestsAreSaidAtTheirPlaces) {
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

}  // namespace
}  // namespace spoor::app
