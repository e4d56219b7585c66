// spoor rules check: every problem of rules, correlations, filters and pipelines
#include "app/commands/rules.hpp"
#include "app/rule_tests.hpp"
#include "base/json_writer.hpp"
#include "store/format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

struct CheckOptions {
    RuleOptions rules;
    std::string format = "text";
};

struct Silenced {  // R19 of docs/sigma-semantics.md
    const sigma::RuleMeta* rule = nullptr;
    const sigma::RuleMeta* by = nullptr;
};

std::vector<Silenced> silenced_by(const sigma::RuleSet& rules) {
    std::vector<Silenced> out;
    for (const sigma::Correlation& correlation : rules.correlations) {
        for (const sigma::Correlation::Input& input : correlation.inputs) {
            const bool speaks = input.is_correlation ? rules.correlations[input.index].gives_alerts
                                                     : rules.rules[input.index].gives_alerts;
            if (!speaks) {
                out.push_back({input.is_correlation ? &rules.correlations[input.index].meta
                                                    : &rules.rules[input.index].meta,
                               &correlation.meta});
            }
        }
    }
    return out;
}

// Why documents are not there: a reason, whether it was skipped, and how often.
std::map<std::pair<bool, std::string>, std::size_t> reasons_of(const sigma::Loaded& loaded) {
    std::map<std::pair<bool, std::string>, std::size_t> out;
    for (const sigma::NotLoaded& one : loaded.not_loaded) {
        ++out[{one.skipped, one.reason}];
    }
    return out;
}

std::size_t num_of(const Diagnostics& diagnostics, Severity severity) {
    return static_cast<std::size_t>(std::ranges::count_if(
        diagnostics.all(), [&](const Diagnostic& d) { return d.severity == severity; }));
}

std::string as_text(const LoadedRules& rules) {
    const sigma::Loaded& loaded = rules.loaded;
    std::string out = loaded.diagnostics.to_text();
    for (const std::string& path : rules.unreadable) {
        out += fmt::format("{}\n", path);
    }
    out += fmt::format("{}\n{} errors, {} warnings\n",
                       summary_of(rules),
                       loaded.diagnostics.num_errors(),
                       num_of(loaded.diagnostics, Severity::warning));
    for (const auto& [reason, num] : reasons_of(loaded)) {
        out += fmt::format(
            "  {:>6} {}: {}\n", num, reason.first ? "skipped" : "left out", reason.second);
    }
    const std::vector<Silenced> silenced = silenced_by(*loaded.rules);
    if (!silenced.empty()) {
        out +=
            "without alerts of their own, for correlations that build on them "
            "('generate: true' there gives them back):\n";
    }
    for (const Silenced& s : silenced) {
        out += fmt::format("  {} ({}), by {}\n",
                           store::printable(s.rule->title),
                           store::printable(s.rule->id),
                           store::printable(s.by->title));
    }
    return out;
}

std::string as_json(const LoadedRules& rules) {
    const sigma::Loaded& loaded = rules.loaded;
    std::string out;
    JsonWriter w(out);
    const auto number = [&](std::string_view key, std::size_t value) { w.member(key, value); };
    w.begin_object();
    number("files", loaded.num_files);
    number("documents", loaded.num_documents);
    number("rules", loaded.rules->rules.size());
    number("correlations", loaded.rules->correlations.size());
    number("filters", loaded.num_filters);
    number("errors", loaded.diagnostics.num_errors());
    number("warnings", num_of(loaded.diagnostics, Severity::warning));
    w.key("unreadable").begin_array();
    for (const std::string& path : rules.unreadable) {
        w.value(std::string_view(path));
    }
    w.end_array().key("not_loaded").begin_array();
    for (const sigma::NotLoaded& one : loaded.not_loaded) {
        w.begin_object().member("file", std::string_view(one.file));
        number("line", one.line);
        w.member("id", std::string_view(one.id))
            .member("title", std::string_view(one.title))
            .member("reason", std::string_view(one.reason))
            .member("skipped", one.skipped)
            .end_object();
    }
    w.end_array().key("silenced").begin_array();
    for (const Silenced& s : silenced_by(*loaded.rules)) {
        w.begin_object()
            .member("id", std::string_view(s.rule->id))
            .member("title", std::string_view(s.rule->title))
            .member("by", std::string_view(s.by->id))
            .end_object();
    }
    w.end_array().key("diagnostics").raw(loaded.diagnostics.to_json()).end_object();
    return out + "\n";
}

// Mistakes in tests; what is wrong with the YAML of their files was said already.
void check_tests(const std::vector<std::string>& paths, Diagnostics& out) {
    std::vector<std::string> there;
    std::ranges::copy_if(paths, std::back_inserter(there), [](const std::string& path) {
        std::error_code error;
        return std::filesystem::exists(path, error);
    });
    Diagnostics found;
    (void)find_rule_tests(there, found);
    const std::vector<Diagnostic> said = out.all();
    for (const Diagnostic& d : found.all()) {
        if (std::ranges::none_of(said, [&](const Diagnostic& s) {
                return s.file == d.file && s.line == d.line && s.code == d.code;
            })) {
            out.add(d);
        }
    }
    out.sort();
}

void check(Context& context, const CheckOptions& options) {
    config::Config config;
    LoadedRules rules;
    if (!load_config(context, config) ||
        !read_rules_for(context, "check", config, options.rules, rules)) {
        return;
    }
    check_tests(options.rules.rules.empty() ? config.sigma.rules : options.rules.rules,
                rules.loaded.diagnostics);
    const std::string text = options.format == "json" ? as_json(rules) : as_text(rules);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    const bool is_empty = rules.loaded.num_documents == 0;
    if (is_empty) {
        std::fputs(rules.loaded.num_files == 0
                       ? "spoor rules check: there is no file of rules; of folders only *.yml and "
                         "*.yaml are looked at\n"
                       : "spoor rules check: there is no rule at all in these files\n",
                   stderr);
    }
    context.exit_code = is_empty || rules.loaded.diagnostics.has_errors() ? exit_rules
                        : !rules.unreadable.empty()                       ? exit_input
                                                                          : exit_ok;
}

}  // namespace

void add_rules_check(CLI::App& rules, Context& context) {
    CLI::App* command = rules.add_subcommand(
        "check", "Find all mistakes in rules, correlations, filters and pipelines; 2 if any");
    const auto options = std::make_shared<CheckOptions>();
    command->add_option("PATH", options->rules.rules, "Files or folders, - for standard input");
    add_rule_options(*command, options->rules);
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    add_common_options(*command, context);
    command->callback([options, &context] { check(context, *options); });
}

}  // namespace spoor::app
