// Rules that change under a session: what takes effect, and what is refused.
#include "app/live_content.hpp"

#include "base/clock.hpp"
#include "unit/app/rule_fixture.hpp"

#include <chrono>
#include <utility>

namespace spoor::app {
namespace {

class LiveRules : public RuleCommands {
protected:
    void SetUp() override {
        RuleCommands::SetUp();
        config.sigma.rules = {path("rules")};
    }

    void write_without_detection() {
        write("rules/broken.yml", "title: No detection\nlogsource: {product: windows}\n");
    }

    config::Config config;
    ManualClock clock;
};

TEST_F(LiveRules, ContentIsRenewedWhenRulesChange) {
    LiveContent content(config, clock, false);
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

TEST_F(LiveRules, ContentIsRenewedWhenOnlyTextsChange) {
    LiveContent content(config, clock, false);
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

TEST_F(LiveRules, WhatFailedIsCountedAnewWhereNothingElseChanged) {
    write_without_detection();
    LiveContent content(config, clock, false);
    ASSERT_TRUE(content.start());
    EXPECT_EQ(content.rules().failed, 1U);
    fs::remove(path("rules/broken.yml"));
    EXPECT_EQ(content.renew(true), nullptr);
    EXPECT_EQ(content.rules().failed, 0U);
    write_without_detection();
    EXPECT_EQ(content.renew(true), nullptr);
    EXPECT_THAT(content.rules().detail, HasSubstr("refused"));
}

TEST_F(LiveRules, ContentThatHadErrorsFromTheStartCanStillBeRenewed) {
    write_without_detection();
    LiveContent content(config, clock, false);
    ASSERT_TRUE(content.start());
    EXPECT_EQ(content.rules().failed, 1U);
    write("rules/b.yml",
          "title: Cmd\nid: 44444444-4444-4444-8444-444444444444\n"
          "logsource: {product: windows}\ndetection: {a: {Image: cmd.exe}, condition: a}\n");
    EXPECT_NE(content.renew(true), nullptr);
}

TEST_F(LiveRules, AReloadWithABrokenPipelineIsRefused) {
    const std::string good =
        "transformations:\n  - {type: field_name_mapping, mapping: {Image: proc.path}}\n";
    write("p.yml", good);
    config.sigma.pipelines = {path("p.yml")};
    LiveContent content(config, clock, false);
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

TEST_F(LiveRules, AReloadOfAFileThatWasEmptiedIsRefused) {
    write("rules/b.yml",
          "title: Cmd\nid: 44444444-4444-4444-8444-444444444444\n"
          "logsource: {product: windows}\ndetection: {a: {Image: cmd.exe}, condition: a}\n");
    write("rules/empty.yml", "");
    LiveContent content(config, clock, false);
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

}  // namespace
}  // namespace spoor::app
