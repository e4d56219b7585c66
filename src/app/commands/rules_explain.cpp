// spoor rules explain
#include "app/commands/rules.hpp"
#include "app/explanation.hpp"
#include "app/rule_bench.hpp"
#include "app/rule_source.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace spoor::app {

namespace {

struct ExplainOptions {
    std::string rule;
    std::string event = "-";
    std::size_t number = 1;
    std::string logsource;
    RuleOptions rules;
};

void explain(Context& context, ExplainOptions options) {
    config::Config config;
    decode::Options decoding;
    if (!read_logsource(context, "rules explain", options.logsource, decoding) ||
        !load_config(context, config)) {
        return;
    }
    const bool is_file = std::filesystem::exists(options.rule);
    if (is_file) {
        options.rules.rules = {options.rule};
    }
    LoadedRules loaded;
    if (!load_rules_for(context, "explain", config, options.rules, loaded)) {
        return;
    }
    const auto& rules = loaded.loaded.rules;
    const sigma::RuleIndex rule =
        is_file && rules->rules.size() == 1 ? 0 : find_rule(*rules, options.rule);
    if (rule == no_rule) {
        const std::string why =
            is_file ? options.rule + " holds several rules: name one by its id, with --rules"
                    : why_no_rule(*rules, options.rule);
        std::fprintf(stderr, "spoor rules explain: %s\n", why.c_str());
        context.exit_code = exit_usage;
        return;
    }
    const auto events = read_events(options.event);
    if (!events || options.number < 1 || options.number > events->size()) {
        std::fprintf(stderr,
                     "spoor rules explain: %s\n",
                     !events ? events.error().detail.c_str()
                             : ("there is no event " + std::to_string(options.number) + " of " +
                                std::to_string(events->size()))
                                   .c_str());
        context.exit_code = exit_input;
        return;
    }
    decoding.zone_offset = config.pipeline.time_zone;
    RuleBench bench(rules, decoding);
    const Event* event = bench.decode((*events)[options.number - 1]);
    if (event == nullptr) {
        std::fprintf(stderr, "spoor rules explain: not an event: %s\n", bench.fault().c_str());
        context.exit_code = exit_input;
        return;
    }
    std::fputs(explain(bench, *event, rule).c_str(), stdout);
    context.exit_code = bench.matcher().matches(*event, rule) && bench.is_routed(*event, rule)
                            ? exit_ok
                            : exit_findings;
}

}  // namespace

void add_rules_explain(CLI::App& rules, Context& context) {
    CLI::App* command = rules.add_subcommand(
        "explain", "Why a rule does or does not meet an event. Exit code 1: it does not");
    auto options = std::make_shared<ExplainOptions>();
    add_common_options(*command, context);
    command
        ->add_option("rule", options->rule, "Id, name or title of a rule, or a file with one rule")
        ->required();
    command
        ->add_option("event",
                     options->event,
                     "A file with events (plain, gzip, zstd), or - for standard input")
        ->capture_default_str();
    command->add_option("-n,--number", options->number, "Which event of the file, from 1")
        ->capture_default_str();
    add_logsource_option(*command, options->logsource);
    add_rule_options(*command, options->rules);
    command->callback([&context, options] { explain(context, *options); });
}

}  // namespace spoor::app
