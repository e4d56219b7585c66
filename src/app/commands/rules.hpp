// What the subcommands of `spoor rules` share.
//
// Main thread only.
#pragma once

#include "app/command.hpp"
#include "app/rule_source.hpp"
#include "config/config.hpp"
#include "decode/decoder.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace spoor::app {

struct RuleOptions {
    std::vector<std::string> rules;
    std::vector<std::string> pipelines;
    std::vector<std::string> placeholders;  // NAME=VALUE
};

// --rules, --pipeline, --placeholder.
void add_rule_options(CLI::App& command, RuleOptions& options);

// --logsource, and what it says; false: it is none, which is said, and the exit code set.
void add_logsource_option(CLI::App& command, std::string& logsource);
[[nodiscard]] bool read_logsource(Context& context,
                                  const char* command,
                                  const std::string& text,
                                  decode::Options& out);

// The configuration's rules with what the command line says in place of it. False: a placeholder
// is not NAME=VALUE.
[[nodiscard]] bool with_command_line(const config::Sigma& configured,
                                     const RuleOptions& options,
                                     config::Sigma& out);

// Those rules, or the configuration's, with all that is wrong with them, which is not printed.
// False: none are named; it is said, and the exit code set.
[[nodiscard]] bool read_rules_for(Context& context,
                                  const char* command,
                                  const config::Config& config,
                                  const RuleOptions& options,
                                  LoadedRules& out);
// The same for who only wants good rules: what is wrong is printed. False: nothing to work with.
[[nodiscard]] bool load_rules_for(Context& context,
                                  const char* command,
                                  const config::Config& config,
                                  const RuleOptions& options,
                                  LoadedRules& out);

// Prints what is wrong with loaded rules. False, and the exit code set: a path could not be read, a
// pipeline has a mistake, or there is no rule. A rule with a mistake is left out.
[[nodiscard]] bool are_good(Context& context, const std::string& command, const LoadedRules& rules);

void add_rules_check(CLI::App& rules, Context& context);
void add_rules_list(CLI::App& rules, Context& context);
void add_rules_explain(CLI::App& rules, Context& context);
void add_rules_test(CLI::App& rules, Context& context);

}  // namespace spoor::app
