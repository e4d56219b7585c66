#include "app/bad_input.hpp"
#include "app/commands/scan.hpp"
#include "app/record_output.hpp"
#include "app/rule_scan.hpp"
#include "base/clock.hpp"
#include "source/file_source.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace spoor::app {

namespace {

int num_threads(const ScanOptions& options) {
    return options.threads > 0 ? options.threads
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

RuleScanOptions::Format format_of(const ScanOptions& options) {
    return options.format == "ndjson"    ? RuleScanOptions::Format::ndjson
           : options.format == "json"    ? RuleScanOptions::Format::json
           : options.format == "matches" ? RuleScanOptions::Format::matches
                                         : RuleScanOptions::Format::table;
}

struct Totals {
    std::uint64_t alerts = 0;
    std::size_t rules = 0;         // that matched
    std::size_t correlations = 0;  // that fired
    std::size_t tried = 0;         // rules for the log source of an event
    std::map<alert::Level, std::uint64_t> by_level;
    std::set<std::string> techniques;
};

Totals totals_of(const RuleScanEnd& end, const sigma::RuleSet& rules) {
    Totals out;
    out.tried = static_cast<std::size_t>(std::ranges::count(end.tried, true));
    const auto add = [&](const sigma::RuleMeta& meta, bool gives_alerts, std::uint64_t n) {
        if (n > 0 && gives_alerts) {
            out.alerts += n;
            out.by_level[meta.level] += n;
            out.techniques.insert(meta.techniques.begin(), meta.techniques.end());
        }
    };
    for (std::size_t i = 0; i < rules.rules.size(); ++i) {
        add(rules.rules[i].meta, rules.rules[i].gives_alerts, end.matches[i]);
        out.rules += end.matches[i] > 0 ? 1U : 0U;
    }
    for (std::size_t i = 0; i < rules.correlations.size(); ++i) {
        add(rules.correlations[i].meta, rules.correlations[i].gives_alerts, end.firings[i]);
        out.correlations += end.firings[i] > 0 ? 1U : 0U;
    }
    return out;
}

std::string summary(const RuleScanEnd& end, const Totals& totals, const LoadedRules& loaded) {
    std::string out;
    const auto put = std::back_inserter(out);
    std::uint64_t letters = 0;
    constexpr std::string_view letter = "dead_letters.";
    for (const auto& [name, n] : end.counters.all()) {
        const std::string_view counter = name;
        const bool is_record =
            counter.starts_with(letter) && !is_of_file(counter.substr(letter.size()));
        letters += is_record ? n : 0;
    }
    fmt::format_to(put,
                   "\nEvents        {:>9} evaluated, {} that could not be decoded\n",
                   end.counters.get("events_evaluated"),
                   letters);
    for (const auto& [name, n] : end.counters.all()) {
        const std::string_view counter = name;
        if (counter.starts_with(letter)) {
            fmt::format_to(put, "  {:<13}{:>8}\n", counter.substr(letter.size()), n);
        } else if (counter.starts_with("losses.")) {
            fmt::format_to(put, "Lost          {:>9} {}\n", n, counter.substr(7));
        } else if (counter.starts_with("correlation.")) {
            fmt::format_to(put, "Correlations  {:>9} {}\n", n, counter.substr(12));
            if (counter == "correlation.late" && n > 0) {
                fmt::format_to(put,
                               "              matches came too late to be counted: sort the file "
                               "by time, or raise pipeline.allowed_lateness\n");
            }
        }
    }
    fmt::format_to(put,
                   "Rules         {:>9} matched of {} tried, {} correlations fired; {}\n",
                   totals.rules,
                   totals.tried,
                   totals.correlations,
                   summary_of(loaded));
    if (totals.tried == 0 && !end.tried.empty() && end.counters.get("events_evaluated") > 0) {
        out +=
            "              no event was of a log source that a rule is for: --logsource says what "
            "they are,\n              `spoor rules explain RULE EVENT` what an event says of "
            "itself\n";
    }
    fmt::format_to(put, "Alerts        {:>9}\n", totals.alerts);
    for (auto it = totals.by_level.rbegin(); it != totals.by_level.rend(); ++it) {
        fmt::format_to(put, "  {:<13}{:>8}\n", alert::to_string(it->first), it->second);
    }
    fmt::format_to(put, "ATT&CK        {:>9} techniques\n", totals.techniques.size());
    return out;
}

// One file is in order, but for what the lateness allows; several are not, one after another.
sigma::ScanCorrelations::Order order_of(const std::vector<std::string>& paths) {
    std::error_code ignored;
    const bool one = paths.size() <= 1 &&
                     (paths.empty() || !std::filesystem::is_directory(paths.front(), ignored));
    return one ? sigma::ScanCorrelations::Order::by_arrival
               : sigma::ScanCorrelations::Order::by_time;
}

int scan_exit_code(const RuleScanEnd& end,
                   const Totals& totals,
                   const ScanOptions& options,
                   alert::Level fail_on) {
    if (end.stopped) {
        return exit_interrupted;
    }
    if (is_input_missing(end.counters)) {
        return exit_input;
    }
    const bool found = totals.by_level.lower_bound(fail_on) != totals.by_level.end();
    return found && !options.fail_on.empty() ? exit_findings : exit_ok;
}

void configure(const config::Config& config,
               const ScanOptions& options,
               alert::Level min_level,
               RuleScanOptions& scan) {
    scan.format = format_of(options);
    scan.threads = num_threads(options);
    scan.min_level = min_level;
    scan.decode.zone_offset = config.pipeline.time_zone;
    scan.lateness = config.pipeline.allowed_lateness;
    scan.max_groups = config.sigma.max_groups;
    scan.max_values = config.sigma.max_values;
    scan.order = order_of(options.paths);
}

}  // namespace

bool rules_alone(const ScanOptions& options) {
    return !options.rules.rules.empty() && !options.behavior;
}

void scan_rules(Context& context,
                const config::Config& config,
                const ScanOptions& options,
                alert::Level min_level,
                alert::Level fail_on,
                AlertOutput& out) {
    RuleScanOptions scan;
    if (!read_logsource(context, "scan", options.logsource, scan.decode)) {
        return;
    }
    RuleSource rules = source_of(config.sigma);
    rules.threads = static_cast<std::size_t>(num_threads(options));
    const LoadedRules loaded = load_rules_of(rules);
    if (!are_good(context, "scan", loaded)) {
        return;
    }
    OriginTable origins;
    source::ScanOptions files;
    files.run_id = format_time(SystemClock{}.now());
    const auto source = source::make_scan_source(options.paths, origins, files);
    if (const auto opened = source->open({}); !opened) {
        std::fprintf(stderr, "spoor scan: %s\n", opened.error().detail.c_str());
        context.exit_code = exit_input;
        return;
    }
    configure(config, options, min_level, scan);
    catch_stop_signals();
    scan.should_stop = [] { return stop_requested(); };
    scan.write = [&out](std::string_view text) { return out.text(text); };
    BadInput bad_input;
    scan.bad_record = [&](std::string_view reason, std::string_view what) {
        bad_input.add(reason, what);
    };
    bool written = true;
    if (scan.format == RuleScanOptions::Format::json) {
        written = out.line("[");
    } else if (scan.format == RuleScanOptions::Format::table) {
        written = out.line(table_head());
    }
    const RuleScanEnd end = scan_with_rules(loaded.loaded.rules, *source, origins, scan);
    if (scan.format == RuleScanOptions::Format::json) {
        written = out.line("]") && written;
    }
    if ((!written || !end.written || !out.finish()) && !out.reader_left()) {
        std::fprintf(stderr,
                     "spoor scan: writing %s failed; it is not complete\n",
                     options.output.empty() ? "standard output" : options.output.c_str());
        context.exit_code = exit_input;
        return;
    }
    bad_input.finish(end.counters, {});
    const Totals totals = totals_of(end, *loaded.loaded.rules);
    if (!options.no_summary) {
        std::fprintf(stderr, "%s", summary(end, totals, loaded).c_str());
    }
    context.exit_code = scan_exit_code(end, totals, options, fail_on);
}

}  // namespace spoor::app
