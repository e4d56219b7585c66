// spoor rules
#include "app/commands/rules.hpp"

#include <CLI/CLI.hpp>

namespace spoor::app {

void add_rules(CLI::App& app, Context& context) {
    CLI::App* rules =
        app.add_subcommand("rules", "Sigma rules: check, list, explain a match or a miss, test");
    rules->require_subcommand(1);
    add_rules_check(*rules, context);
    add_rules_list(*rules, context);
    add_rules_explain(*rules, context);
    add_rules_test(*rules, context);
}

}  // namespace spoor::app
