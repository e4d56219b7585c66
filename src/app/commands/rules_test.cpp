// spoor rules test
#include "app/commands/rules.hpp"

#include "app/rule_tests.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace spoor::app {

namespace {

struct TestOptions {
    std::vector<std::string> paths;
    std::string junit;
    RuleOptions rules;
};

bool write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    return static_cast<bool>(out.flush());
}

void test(Context& context, TestOptions options) {
    config::Config config;
    if (!load_config(context, config)) {
        return;
    }
    Diagnostics diagnostics;
    const std::vector<RuleTest> tests = find_rule_tests(options.paths, diagnostics);
    if (diagnostics.has_errors()) {
        std::fprintf(stderr, "%s", diagnostics.to_text().c_str());
        context.exit_code = exit_rules;
        return;
    }
    if (tests.empty()) {
        std::fprintf(
            stderr,
            "spoor rules test: no tests there: no rule with `tests`, no FILE.tests.yml, no "
            "info.yml\n");
        context.exit_code = exit_usage;
        return;
    }
    // Rules that are not named with --rules are at the tests' own places.
    if (options.rules.rules.empty()) {
        options.rules.rules = rules_beside(options.paths);
    }
    LoadedRules loaded;
    if (!load_rules_for(context, "test", config, options.rules, loaded)) {
        return;
    }
    const auto results = run_rule_tests(loaded.loaded.rules, tests);
    std::size_t failed = 0;
    for (const RuleTestResult& r : results) {
        if (!r.failure.empty()) {
            ++failed;
            std::printf("FAIL  %s: %s, %s: %s\n",
                        r.test.file.c_str(),
                        r.test.rule.c_str(),
                        r.test.name.c_str(),
                        r.failure.c_str());
        }
    }
    std::printf("%zu tests, %zu failed\n", results.size(), failed);
    if (!options.junit.empty() && !write_file(options.junit, junit_of(results))) {
        std::fprintf(stderr, "spoor rules test: cannot write %s\n", options.junit.c_str());
        context.exit_code = exit_input;
        return;
    }
    context.exit_code = failed > 0 ? exit_findings : exit_ok;
}

}  // namespace

void add_rules_test(CLI::App& rules, Context& context) {
    CLI::App* command = rules.add_subcommand(
        "test",
        "Run the tests in rules (`tests`), beside them (FILE.tests.yml) and in SigmaHQ's info.yml. "
        "Exit code 1: some failed");
    auto options = std::make_shared<TestOptions>();
    add_common_options(*command, context);
    command->add_option("paths", options->paths, "Files and folders of rules and tests")
        ->required();
    command->add_option("--junit", options->junit, "Write the results to this file as JUnit XML");
    add_rule_options(*command, options->rules);
    command->callback([&context, options] { test(context, *options); });
}

}  // namespace spoor::app
