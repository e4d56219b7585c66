// Which rules are tried on an event (C7, §6 of docs/sigma-semantics.md), as the engine says and as
// the matcher does it.
#include "sigma/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using ::testing::UnorderedElementsAre;

// Rules that match every event of their log source; each is called by it.
std::shared_ptr<const RuleSet> rules_for(const std::vector<LogSource>& sources) {
    auto out = std::make_shared<RuleSet>();
    for (const LogSource& source : sources) {
        Rule& rule = out->rules.emplace_back();
        rule.logsource = source;
        rule.meta.id = source.product + "/" + source.category + "/" + source.service;
    }
    return out;
}

struct Names : MatchSink {
    void on_match(const MatchView& match) override {
        all.insert(from->rules[match.rule()].meta.id);
    }

    const RuleSet* from = nullptr;
    std::set<std::string> all;
};

class SigmaRouting : public ::testing::Test {
protected:
    // The ids of the rules that are tried on an event of this log source.
    std::set<std::string> tried(const LogSource& source) {
        Event event;
        event.product = source.product;
        event.category = source.category;
        event.service = source.service;
        Names names;
        names.from = rules_.get();
        matcher_.match({&event, 1}, names);
        std::set<std::string> routed;
        for (const RuleIndex r : engine_.routed(source.product, source.category, source.service)) {
            routed.insert(rules_->rules[r].meta.id);
        }
        EXPECT_EQ(routed, names.all);
        return names.all;
    }

    std::shared_ptr<const RuleSet> rules_ = rules_for({{"windows", "", ""},
                                                       {"linux", "", ""},
                                                       {"windows", "process_creation", ""},
                                                       {"windows", "file_event", ""},
                                                       {"linux", "process_creation", ""},
                                                       {"", "process_creation", ""},
                                                       {"windows", "", "security"},
                                                       {"", "", "security"},
                                                       {"windows", "registry_event", ""},
                                                       {"windows", "registry_set", ""},
                                                       {"", "registry_add", ""}});
    Engine engine_{rules_};
    Matcher matcher_{engine_};
};

TEST_F(SigmaRouting, C7EachPartThatTheRuleNamesIsTheEvents) {
    EXPECT_THAT(
        tried({"windows", "process_creation", "sysmon"}),
        UnorderedElementsAre("windows//", "windows/process_creation/", "/process_creation/"));
    EXPECT_THAT(tried({"linux", "process_creation", ""}),
                UnorderedElementsAre("linux//", "linux/process_creation/", "/process_creation/"));
    EXPECT_THAT(tried({"windows", "process_creation", "security"}),
                UnorderedElementsAre("windows//",
                                     "windows/process_creation/",
                                     "/process_creation/",
                                     "windows//security",
                                     "//security"));
}

TEST_F(SigmaRouting, C7WhatAnEventDoesNotSayFitsNoRuleThatAsks) {
    EXPECT_THAT(tried({"", "", ""}), UnorderedElementsAre());
    EXPECT_THAT(tried({"windows", "", ""}), UnorderedElementsAre("windows//"));
    EXPECT_THAT(tried({"", "process_creation", ""}), UnorderedElementsAre("/process_creation/"));
    EXPECT_THAT(tried({"macos", "", "security"}), UnorderedElementsAre("//security"));
}

TEST_F(SigmaRouting, C7RegistryEventIsAllThatHappensToTheRegistry) {
    const std::set<std::string> of_all{"windows//", "windows/registry_event/"};
    EXPECT_EQ(tried({"windows", "registry_event", ""}), of_all);
    EXPECT_EQ(tried({"windows", "registry_delete", ""}), of_all);
    EXPECT_EQ(tried({"windows", "registry_rename", ""}), of_all);
    EXPECT_THAT(
        tried({"windows", "registry_set", ""}),
        UnorderedElementsAre("windows//", "windows/registry_event/", "windows/registry_set/"));
    EXPECT_THAT(tried({"windows", "registry_add", ""}),
                UnorderedElementsAre("windows//", "windows/registry_event/", "/registry_add/"));
    EXPECT_THAT(tried({"windows", "file_event", ""}),
                UnorderedElementsAre("windows//", "windows/file_event/"));
}

}  // namespace
}  // namespace spoor::sigma
