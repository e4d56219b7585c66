#include "app/commands/rules.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

namespace spoor::app {

namespace {

bool read_parts(const std::string& text, decode::Options& out) {
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        const std::size_t sign = part.find('=');
        const std::string name = part.substr(0, sign);
        std::string* to = nullptr;
        if (sign != std::string::npos) {
            to = name == "product"    ? &out.product
                 : name == "category" ? &out.category
                 : name == "service"  ? &out.service
                                      : nullptr;
        }
        if (to == nullptr) {
            return false;
        }
        *to = part.substr(sign + 1);
        begin = end + 1;
    }
    return true;
}

}  // namespace

void add_logsource_option(CLI::App& command, std::string& logsource) {
    command.add_option("--logsource",
                       logsource,
                       "What an event that does not say is: product=...,category=...,service=...");
}

bool read_logsource(Context& context,
                    const char* command,
                    const std::string& text,
                    decode::Options& out) {
    if (read_parts(text, out)) {
        return true;
    }
    std::fprintf(stderr,
                 "spoor %s: --logsource is product=...,category=...,service=..., not '%s'\n",
                 command,
                 text.c_str());
    context.exit_code = exit_usage;
    return false;
}

void add_rule_options(CLI::App& command, RuleOptions& options) {
    command.add_option("--rules", options.rules, "Sigma rules: files or folders");
    command.add_option("--pipeline", options.pipelines, "Processing pipelines (pySigma YAML)");
    command.add_option(
        "--placeholder", options.placeholders, "A value of a placeholder, as NAME=VALUE");
}

bool with_command_line(const config::Sigma& configured,
                       const RuleOptions& options,
                       config::Sigma& out) {
    out = configured;
    out.rules = options.rules.empty() ? out.rules : options.rules;
    out.pipelines = options.pipelines.empty() ? out.pipelines : options.pipelines;
    std::map<std::string, std::vector<std::string>> given;
    for (const std::string& one : options.placeholders) {
        const std::size_t sign = one.find('=');
        if (sign == std::string::npos) {
            return false;
        }
        given[one.substr(0, sign)].push_back(one.substr(sign + 1));
    }
    for (auto& [name, values] : given) {
        out.placeholders[name] = values;
    }
    return true;
}

bool read_rules_for(Context& context,
                    const char* command,
                    const config::Config& config,
                    const RuleOptions& options,
                    LoadedRules& out) {
    config::Sigma sigma;
    context.exit_code = exit_usage;
    if (!with_command_line(config.sigma, options, sigma)) {
        std::fprintf(stderr, "spoor rules %s: --placeholder is NAME=VALUE\n", command);
        return false;
    }
    if (sigma.rules.empty()) {
        std::fprintf(stderr,
                     "spoor rules %s: no rules: name them with --rules, or as sigma.rules in the "
                     "configuration\n",
                     command);
        return false;
    }
    RuleSource source = source_of(sigma);
    source.guess_logsources = true;
    source.threads = std::thread::hardware_concurrency();
    out = load_rules_of(source);
    context.exit_code = exit_ok;
    return true;
}

bool load_rules_for(Context& context,
                    const char* command,
                    const config::Config& config,
                    const RuleOptions& options,
                    LoadedRules& out) {
    if (!read_rules_for(context, command, config, options, out)) {
        return false;
    }
    return are_good(context, std::string("rules ") + command, out);
}

bool are_good(Context& context, const std::string& command, const LoadedRules& rules) {
    for (const std::string& what : rules.unreadable) {
        std::fprintf(stderr, "spoor %s: %s\n", command.c_str(), what.c_str());
    }
    const sigma::Loaded& loaded = rules.loaded;
    if (loaded.diagnostics.has_errors()) {
        std::fprintf(stderr, "%s", loaded.diagnostics.to_text().c_str());
    }
    if (!loaded.failed_pipelines.empty()) {
        std::fprintf(stderr,
                     "spoor %s: the pipeline %s cannot be used\n",
                     command.c_str(),
                     loaded.failed_pipelines.front().c_str());
    } else if (loaded.rules->rules.empty()) {
        std::fprintf(stderr, "spoor %s: no rule could be loaded\n", command.c_str());
    } else if (rules.unreadable.empty()) {
        return true;
    }
    const bool is_rule_error = rules.unreadable.empty() || loaded.diagnostics.has_errors();
    context.exit_code = is_rule_error ? exit_rules : exit_input;
    return false;
}

}  // namespace spoor::app
