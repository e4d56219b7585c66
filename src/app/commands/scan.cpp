#include "app/commands/scan.hpp"

#include "alert/alert.hpp"
#include "app/alert_output.hpp"
#include "app/bad_input.hpp"
#include "app/command.hpp"
#include "app/run_report.hpp"
#include "app/session.hpp"
#include "base/log.hpp"
#include "source/file_source.hpp"
#include "store/format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

std::string table_row(const store::LoggedAlert& a) {
    return fmt::format("{:<27} {:<13} {:<16} {:<22} {}",
                       a.time == no_time ? "-" : format_time(a.time),
                       alert::to_string(a.level),
                       store::printable(a.host),
                       store::printable(a.rule_id),
                       a.techniques);
}

// The value is false when the output takes no more; the error is the log's.
Result<bool> print_alerts(store::AlertLog& log,
                          std::uint64_t after,
                          const ScanOptions& options,
                          alert::Level min_level,
                          AlertOutput& out) {
    bool first = true;
    if (options.format == "table") {
        if (!out.line(fmt::format(
                "{:<27} {:<13} {:<16} {:<22} {}", "TIME", "LEVEL", "HOST", "RULE", "TECHNIQUES"))) {
            return false;
        }
    } else if (options.format == "json" && !out.line("[")) {
        return false;
    }
    for (;;) {
        SPOOR_TRY(const auto alerts, log.read(after, 1000));
        if (alerts.empty()) {
            break;
        }
        for (const store::LoggedAlert& a : alerts) {
            after = a.sequence;
            if (a.level < min_level) {
                continue;
            }
            std::string text = options.format == "table" ? table_row(a) : a.json;
            if (options.format == "json") {
                text = (first ? "" : ",") + text;
            }
            first = false;
            if (!out.line(text)) {
                return false;
            }
        }
    }
    return options.format != "json" || out.line("]");
}

bool check(const Context& context,
           const ScanOptions& options,
           alert::Level& min_level,
           alert::Level& fail_on) {
    constexpr std::array formats = {"table", "ndjson", "json", "matches"};
    if (std::ranges::find(formats, options.format) == formats.end()) {
        std::fprintf(stderr,
                     "spoor scan: --format is table, ndjson, json or matches, not '%s'\n",
                     options.format.c_str());
        return false;
    }
    if (!alert::parse_level(options.min_level, min_level) ||
        (!options.fail_on.empty() && !alert::parse_level(options.fail_on, fail_on))) {
        std::fprintf(stderr,
                     "spoor scan: a level is informational, low, medium, high or critical\n");
        return false;
    }
    const bool is_text = rules_alone(options) && context.data_dir.empty();
    if (!is_text && (!options.logsource.empty() || options.format == "matches")) {
        std::fprintf(stderr,
                     "spoor scan: %s is for --rules without --data and --behavior\n",
                     options.logsource.empty() ? "--format matches" : "--logsource");
        return false;
    }
    return true;
}

SessionOptions session_options(const Context& context,
                               const config::Config& config,
                               const ScanOptions& options) {
    SessionOptions session;
    session.config = config;
    if (!options.rules.rules.empty()) {
        session.config.behavior.enabled = options.behavior && config.behavior.enabled;
        session.config.behavior.threshold_rule = options.behavior && config.behavior.threshold_rule;
    }
    session.config.redis.enabled =
        false;  // a scan is a question, not a stream: its alerts go nowhere else
    session.use_configured_inputs = false;
    session.close_windows = true;
    session.end_at_end = true;
    session.in_memory = context.data_dir.empty();
    session.data_dir = context.data_dir;
    session.more_sources =
        [paths = options.paths](
            OriginTable& origins) -> Result<std::vector<std::unique_ptr<source::Source>>> {
        std::vector<std::unique_ptr<source::Source>> sources;
        source::ScanOptions scan;
        scan.run_id = format_time(SystemClock{}.now());
        sources.push_back(source::make_scan_source(paths, origins, scan));
        return sources;
    };
    return session;
}

// Said where not.
bool print_found(Context& context,
                 Session& session,
                 std::uint64_t before,
                 const ScanOptions& options,
                 alert::Level min_level,
                 AlertOutput& out,
                 Found& found) {
    found.last_sequence = before;
    const auto counted = found.catch_up(session.alert_log());
    const auto printed = print_alerts(session.alert_log(), before, options, min_level, out);
    if (!counted || !printed) {
        const Error& error = counted ? printed.error() : counted.error();
        std::fprintf(stderr, "spoor scan: reading the alerts back: %s\n", error.detail.c_str());
        context.exit_code = exit_input;
        return false;
    }
    if ((!*printed || !out.finish()) && !out.reader_left()) {
        std::fprintf(stderr,
                     "spoor scan: writing %s failed; it is not complete\n",
                     options.output.empty() ? "standard output" : options.output.c_str());
        context.exit_code = exit_input;
        return false;
    }
    return true;
}

void scan_with_pipeline(Context& context,
                        const config::Config& config,
                        const ScanOptions& options,
                        alert::Level min_level,
                        alert::Level fail_on,
                        AlertOutput& out) {
    BadInput bad_input;
    SessionOptions starting = session_options(context, config, options);
    starting.letters_stored = [&bad_input](const std::vector<alert::DeadLetter>& letters) {
        for (const alert::DeadLetter& letter : letters) {
            bad_input.add(letter.reason, letter.detail);
        }
    };
    auto session = Session::start(std::move(starting));
    if (!session) {
        std::fprintf(stderr, "spoor scan: %s\n", session.error().detail.c_str());
        context.exit_code =
            session.error().code == Errc::invalid_argument ? exit_rules : exit_input;
        return;
    }
    const std::uint64_t before = (*session)->alert_log().last_sequence().value_or(0);
    if (const auto ended = (*session)->run(); !ended) {
        std::fprintf(stderr, "spoor scan: %s\n", ended.error().detail.c_str());
        context.exit_code = exit_input;
        return;
    }
    const pipeline::KeeperStats stats = (*session)->keeper_stats();
    const Counters counters = stats.counters.since(stats.counters_at_start);
    bad_input.finish(counters, context.data_dir);
    Found found;
    if (!print_found(context, **session, before, options, min_level, out, found)) {
        return;
    }
    if (!options.no_summary) {
        std::fprintf(stderr, "%s", found.summary(counters).c_str());
    }
    if ((*session)->interrupted()) {
        context.exit_code = exit_interrupted;
    } else if (is_input_missing(counters)) {
        context.exit_code = exit_input;
    } else if (!options.fail_on.empty()) {
        const auto at_or_above = found.by_level.lower_bound(fail_on);
        context.exit_code = at_or_above == found.by_level.end() ? exit_ok : exit_findings;
    }
}

void scan(Context& context, const ScanOptions& options) {
    alert::Level min_level = alert::Level::informational;
    alert::Level fail_on = alert::Level::critical;
    config::Config config;
    AlertOutput out;
    if (!load_config(context, config)) {
        return;
    }
    config::Sigma sigma;
    if (!with_command_line(config.sigma, options.rules, sigma)) {
        std::fprintf(stderr, "spoor scan: --placeholder is NAME=VALUE\n");
        context.exit_code = exit_usage;
        return;
    }
    config.sigma = std::move(sigma);
    config.sigma.watch = false;
    if (!check(context, options, min_level, fail_on) || !out.open(options.output)) {
        context.exit_code = exit_usage;
        return;
    }
    for (const std::string& path : options.paths) {
        if (path != "-" && !std::filesystem::exists(path)) {
            std::fprintf(stderr, "spoor scan: %s is not there\n", path.c_str());
            context.exit_code = exit_input;
            return;
        }
    }
    const bool is_text = rules_alone(options) && context.data_dir.empty();
    (is_text ? scan_rules : scan_with_pipeline)(context, config, options, min_level, fail_on, out);
}

void add_scan_options(CLI::App& command, ScanOptions& options) {
    add_rule_options(command, options.rules);
    command.add_flag("--behavior", options.behavior, "The behaviour detectors too");
    command.add_option("--threads", options.threads, "Threads that match rules; 0: one a core")
        ->capture_default_str()
        ->check(CLI::Range(0, 256));
    add_logsource_option(command, options.logsource);
}

}  // namespace

void add_scan(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand(
        "scan", "Read files, folders or standard input (-) once and print the alerts");
    auto options = std::make_shared<ScanOptions>();
    add_common_options(*command, context);
    command
        ->add_option(
            "paths", options->paths, "Files (NDJSON, gzip, zstd), folders, or - for standard input")
        ->required();
    command
        ->add_option("--format",
                     options->format,
                     "table, ndjson or json; matches: of --rules, a short line each")
        ->capture_default_str();
    command->add_option("-o,--output",
                        options->output,
                        "Write the alerts to this file, which must not be there yet");
    command->add_option("--min-level", options->min_level, "Print alerts of this level and above")
        ->capture_default_str();
    command->add_option(
        "--fail-on", options->fail_on, "Exit with 1 when there is an alert of this level or above");
    command->add_flag("--no-summary", options->no_summary, "No summary on standard error");
    add_scan_options(*command, *options);
    command->callback([&context, options] { scan(context, *options); });
}

}  // namespace spoor::app
