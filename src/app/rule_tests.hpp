// Tests of rules: events that a rule must and must not meet, written inside the rule (its own key
// `tests`), beside it (FILE.tests.yml), or as SigmaHQ's regression data has them (info.yml).
//
//   tests:
//     match: [{Image: 'C:\x.exe'}, '{"EventID": 1}']   # objects, or JSON as text
//     miss:  [{Image: 'C:\y.exe'}]
//
// FILE.tests.yml has `match` and `miss`, and `rule` (id, name or title) if FILE has several rules.
// An event that says its log source (a channel, an event id, ECS categories) is routed as in a
// scan; one that says nothing of it is taken as of the rule's. An info.yml names a rule by id, a
// file of events and how many of them match: those are recorded events, so the log source always
// counts.
//
// Main thread only.
#pragma once

#include "base/diagnostic.hpp"
#include "sigma/rule_set.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spoor::app {

struct RuleTest {
    std::string file;         // where it is written
    std::string rule;         // id, name or title
    std::string name;         // "match 1"
    bool match = true;        // what must be; of an info.yml: see count
    std::string event;        // JSON
    std::string events_file;  // of an info.yml
    std::uint64_t count = 0;  // likewise: how many of its events match at least
};

struct RuleTestResult {
    RuleTest test;
    std::string failure;  // empty: passed
};

// The paths with the rule file in the place of each FILE.tests.yml.
[[nodiscard]] std::vector<std::string> rules_beside(const std::vector<std::string>& paths);

// All tests at these paths: rule files with tests inside or beside them, info.yml files, folders of
// them. What is wrong with how they are written goes to `diagnostics`.
[[nodiscard]] std::vector<RuleTest> find_rule_tests(const std::vector<std::string>& paths,
                                                    Diagnostics& diagnostics);

[[nodiscard]] std::vector<RuleTestResult> run_rule_tests(
    const std::shared_ptr<const sigma::RuleSet>& rules, const std::vector<RuleTest>& tests);

[[nodiscard]] std::string junit_of(const std::vector<RuleTestResult>& results);

}  // namespace spoor::app
