// spoor config check | show | schema | reference | init
#include "app/command.hpp"
#include "app/commands/listing.hpp"
#include "app/rule_source.hpp"
#include "base/diagnostic.hpp"
#include "config/load.hpp"
#include "config/profiles.hpp"
#include "config/reference.hpp"
#include "source/kafka_source.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

struct ConfigOptions {
    std::string file;
    bool json = false;
    std::string profile;
    std::string output;
    bool force = false;
};

void print(const std::string& text, Context& context) {
    const auto output = Output::open("", false);
    (*output)->write(text);
    if (const auto done = (*output)->finish(); !done) {
        report(context, "config", done.error());
    }
}

// The file to look at: named on the line, by --config, or lying here. Empty: none.
std::string chosen_file(const ConfigOptions& options, const Context& context) {
    if (!options.file.empty()) {
        return options.file;
    }
    std::error_code error;
    if (context.config_path.empty() && std::filesystem::exists("config.yaml", error)) {
        return "config.yaml";
    }
    return context.config_path;
}

std::size_t count(const Diagnostics& diagnostics, Severity severity) {
    std::size_t n = 0;
    for (const Diagnostic& d : diagnostics.all()) {
        n += d.severity == severity ? 1U : 0U;
    }
    return n;
}

std::string counted(std::size_t n, std::string_view what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

// Of the file as a whole.
void add_error(const std::string& file,
               std::string code,
               std::string message,
               Diagnostics& diagnostics) {
    Diagnostic d;
    d.code = std::move(code);
    d.file = file;
    d.message = std::move(message);
    diagnostics.add(std::move(d));
}

// What would keep `run` from starting with the rules that are configured.
void check_rules(const config::Config& loaded, const std::string& file, Diagnostics& diagnostics) {
    RuleSource source = source_of(loaded.sigma);
    source.threads = std::thread::hardware_concurrency();
    const LoadedRules rules = load_rules_of(source);
    for (const std::string& what : rules.unreadable) {
        add_error(file, "rules", "sigma: " + what, diagnostics);
    }
    const auto& failed = rules.loaded.failed_pipelines;
    for (const Diagnostic& d : rules.loaded.diagnostics.all()) {
        if (std::ranges::find(failed, d.file) != failed.end()) {
            diagnostics.add(d);
        }
    }
    if (rules.unreadable.empty() && failed.empty() && rules.loaded.rules->rules.empty()) {
        add_error(file,
                  "rules",
                  "sigma.rules: no rule could be loaded (`spoor rules check` says why)",
                  diagnostics);
    }
}

void check(const ConfigOptions& options, Context& context) {
    const std::string file = chosen_file(options, context);
    if (file.empty()) {
        std::fputs("spoor config check: which file? There is no config.yaml here\n", stderr);
        context.exit_code = exit_usage;
        return;
    }
    Diagnostics diagnostics;
    config::Config loaded;
    const bool good = config::load_file(file, loaded, diagnostics);
    if (good && !loaded.sigma.rules.empty()) {
        check_rules(loaded, file, diagnostics);
    }
    if (good && loaded.kafka) {
        // librdkafka has the last word on its own properties.
        if (const auto taken = source::check_kafka_properties(*loaded.kafka); !taken) {
            add_error(file, "librdkafka", taken.error().detail, diagnostics);
        }
    }
    context.exit_code = diagnostics.has_errors() ? exit_usage : exit_ok;
    if (options.json) {
        print(diagnostics.to_json() + "\n", context);
        return;
    }
    print(diagnostics.to_text() +
              fmt::format("{}: {}: {}, {}, {}\n",
                          file,
                          diagnostics.has_errors() ? "cannot be used" : "good",
                          counted(diagnostics.num_errors(), "error"),
                          counted(count(diagnostics, Severity::warning), "warning"),
                          counted(count(diagnostics, Severity::note), "note")),
          context);
}

void show(const ConfigOptions& options, Context& context) {
    const std::string file = chosen_file(options, context);
    Diagnostics diagnostics;
    config::Config loaded;
    std::vector<config::Shown> shown;
    const bool good =
        file.empty()
            ? config::load_text(
                  {}, "defaults", config::process_environment(), loaded, diagnostics, &shown)
            : config::load_file(file, loaded, diagnostics, &shown);
    if (!good) {
        const std::string text = diagnostics.to_text();
        std::fwrite(text.data(), 1, text.size(), stderr);
        context.exit_code = exit_usage;
        return;
    }
    if (!context.data_dir.empty()) {
        std::erase_if(shown, [](const config::Shown& s) { return s.path == "data_dir"; });
        shown.push_back({"data_dir", context.data_dir, "--data", true});
    } else if (loaded.data_dir.empty()) {
        shown.push_back({"data_dir", data_dir(context, loaded), "default", true});
    }
    print(options.json ? config::listing_json(shown) : config::listing(shown), context);
}

void init(const ConfigOptions& options, Context& context) {
    const auto text = config::profile(options.profile);
    if (!text) {
        std::fputs(fmt::format("spoor config init: no profile '{}'; there are {}\n",
                               options.profile,
                               fmt::join(config::profile_names(), ", "))
                       .c_str(),
                   stderr);
        context.exit_code = exit_usage;
        return;
    }
    if (options.output == "-") {
        print(std::string(*text), context);
        return;
    }
    // "x": a file that is there is not touched, without a moment in between.
    std::FILE* out = std::fopen(options.output.c_str(), options.force ? "we" : "wxe");
    if (out == nullptr) {
        std::fputs(fmt::format("spoor config init: {}: {}{}\n",
                               options.output,
                               std::strerror(errno),
                               errno == EEXIST ? "; --force replaces it" : "")
                       .c_str(),
                   stderr);
        context.exit_code = exit_usage;
        return;
    }
    const bool written = std::fwrite(text->data(), 1, text->size(), out) == text->size();
    if (std::fclose(out) != 0 || !written) {
        std::fputs(fmt::format("spoor config init: cannot write {}\n", options.output).c_str(),
                   stderr);
        context.exit_code = exit_input;
        return;
    }
    std::fputs(
        fmt::format("wrote {}; next: spoor config check {}\n", options.output, options.output)
            .c_str(),
        stderr);
}

}  // namespace

void add_config(CLI::App& app, Context& context) {
    CLI::App* config = app.add_subcommand("config", "Check, show and start a configuration");
    config->require_subcommand(1);
    const auto options = std::make_shared<ConfigOptions>();

    CLI::App* check_command =
        config->add_subcommand("check", "Find all mistakes in a configuration; 3 if there are any");
    check_command->add_option("FILE", options->file, "File to check");
    check_command->add_flag("--json", options->json, "As JSON");
    add_common_options(*check_command, context);
    check_command->callback([options, &context] { check(*options, context); });

    CLI::App* show_command = config->add_subcommand(
        "show", "What is in force, and where each value came from; secrets as ****");
    show_command->add_option("FILE", options->file, "File to show");
    show_command->add_flag("--json", options->json, "As JSON");
    add_common_options(*show_command, context);
    show_command->callback([options, &context] { show(*options, context); });

    CLI::App* schema_command =
        config->add_subcommand("schema", "Print the JSON Schema of config.yaml, for editors");
    schema_command->callback([&context] { print(config::json_schema(), context); });

    CLI::App* reference_command =
        config->add_subcommand("reference", "Print the reference of all keys, in Markdown");
    reference_command->callback([&context] { print(config::reference_page(), context); });

    CLI::App* init_command =
        config->add_subcommand("init", "Write a commented configuration to start from");
    init_command->add_option("--profile", options->profile, "demo, file or kafka")->required();
    options->output = "config.yaml";
    init_command->add_option("-o,--output", options->output, "File to write, - for standard output")
        ->capture_default_str();
    init_command->add_flag("--force", options->force, "Replace a file that is there");
    init_command->callback([options, &context] { init(*options, context); });
}

}  // namespace spoor::app
