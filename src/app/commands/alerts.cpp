// spoor alerts list | show | export
#include "app/command.hpp"
#include "app/commands/listing.hpp"
#include "base/clock.hpp"
#include "store/format.hpp"
#include "store/reader.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

struct AlertOptions {
    std::string level;
    std::string min_level;
    std::string host;
    std::string technique;
    std::string rule;
    std::string detector;
    std::string from;
    std::string to;
    std::string stored_from;
    std::string text;
    std::string format;
    std::size_t limit = 50;
    std::string after;
    bool oldest_first = false;
    bool newest_first = false;
    std::string color;
    std::string id;
    std::string output;
    bool force = false;
};

// --color auto|always|never; auto: a terminal, and neither NO_COLOR nor TERM=dumb.
void add_color_option(CLI::App& command, std::string& color) {
    color = "auto";
    command.add_option("--color", color, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->capture_default_str();
}

bool wants_color(const std::string& color) {
    if (color != "auto") {
        return color == "always";
    }
    const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
    const char* term = std::getenv("TERM");          // NOLINT(concurrency-mt-unsafe)
    const bool is_off = no_color != nullptr && *no_color != '\0';
    const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
    return !is_off && !is_dumb && ::isatty(STDOUT_FILENO) == 1;
}

bool set_level(const std::string& text,
               const char* option,
               std::optional<alert::Level>& out,
               Error& error) {
    if (text.empty()) {
        return true;
    }
    alert::Level level = alert::Level::medium;
    if (!alert::parse_level(text, level)) {
        error = {Errc::invalid_argument,
                 fmt::format(
                     "{} {}: there are informational, low, medium, high, critical", option, text)};
        return false;
    }
    out = level;
    return true;
}

bool set_time(const std::string& text, const char* option, Timestamp& out, Error& error) {
    if (text.empty()) {
        return true;
    }
    const std::optional<Timestamp> time = store::parse_moment(text, SystemClock().now());
    if (!time) {
        error = {Errc::invalid_argument,
                 fmt::format(
                     "{} {}: give a time such as 2026-01-31T12:00:00Z, a day such as 2026-01-31, "
                     "or an age such as 24h or 7d",
                     option,
                     text)};
        return false;
    }
    out = *time;
    return true;
}

Result<store::AlertFilter> filter_of(const AlertOptions& options) {
    store::AlertFilter filter;
    Error error;
    if (!set_level(options.level, "--level", filter.level, error) ||
        !set_level(options.min_level, "--min-level", filter.min_level, error) ||
        !set_time(options.from, "--from", filter.from, error) ||
        !set_time(options.to, "--to", filter.to, error) ||
        !set_time(options.stored_from, "--stored-from", filter.stored_from, error)) {
        return tl::unexpected(std::move(error));
    }
    filter.host = options.host;
    filter.technique = options.technique;
    if (!filter.technique.empty() && filter.technique.front() == 't') {
        filter.technique.front() = 'T';
    }
    filter.rule = options.rule;
    filter.detector = options.detector;
    filter.text = options.text;
    return filter;
}

void add_filters(CLI::App& command, AlertOptions& options) {
    command.add_option(
        "--level", options.level, "Only this level: informational, low, medium, high or critical");
    command.add_option("--min-level", options.min_level, "This level and above");
    command.add_option("--host", options.host, "Only this host, in any case of letters");
    command.add_option("--technique", options.technique, "ATT&CK id; T1059 also finds T1059.001");
    command.add_option("--rule", options.rule, "Only this rule id");
    command.add_option(
        "--detector", options.detector, "Only this detector, such as threshold or behavior");
    command.add_option(
        "--from", options.from, "Event time at or after: ISO time, day, or age such as 24h");
    command.add_option("--to", options.to, "Event time before: ISO time, day, or age such as 1h");
    command.add_option("--stored-from", options.stored_from, "Storage time at or after");
    command.add_option("--text",
                       options.text,
                       "Words that must all occur; \"in quotes\" together, begin* for beginnings");
}

std::string body_of(const std::vector<store::AlertRow>& rows,
                    const std::string& format,
                    bool color) {
    if (format == "table") {
        return store::to_table(rows, color);
    }
    std::string out;
    if (format == "csv") {
        out = store::csv_heading();
        for (const store::AlertRow& row : rows) {
            store::append_csv(out, row);
        }
        return out;
    }
    const bool is_array = format == "json";
    for (const store::AlertRow& row : rows) {
        out += is_array ? (out.empty() ? "[" : ",\n") : "";
        out += row.json;
        out += is_array ? "" : "\n";
    }
    return is_array ? (out.empty() ? "[]\n" : out + "]\n") : out;
}

void list(const AlertOptions& options, Context& context) {
    const Result<store::AlertFilter> filter = filter_of(options);
    std::optional<store::PageKey> after;
    if (!filter) {
        report(context, "alerts list", filter.error());
        return;
    }
    if (!options.after.empty()) {
        after = store::parse_page_token(options.after);
        if (!after) {
            report(context,
                   "alerts list",
                   {Errc::invalid_argument, "--after takes what an earlier page gave"});
            return;
        }
    }
    const auto reader = open_reader(context, "alerts list");
    if (!reader) {
        return;
    }
    const store::Order order =
        options.oldest_first ? store::Order::oldest_first : store::Order::newest_first;
    const bool with_json = options.format == "json" || options.format == "ndjson";
    const auto page = reader->alerts(*filter, order, options.limit, after, with_json);
    if (!page) {
        report(context, "alerts list", page.error());
        return;
    }
    const auto output = Output::open("", false);
    if (!page->rows.empty() || options.format != "table") {
        (*output)->write(body_of(page->rows, options.format, wants_color(options.color)));
    }
    if (const auto done = (*output)->finish(); !done) {
        report(context, "alerts list", done.error());
        return;
    }
    if (page->next) {
        std::fputs(fmt::format("more: --after {}\n", store::to_token(*page->next)).c_str(), stderr);
    } else if (page->rows.empty()) {
        std::fputs("no alerts match\n", stderr);
    }
}

void show(const AlertOptions& options, Context& context) {
    const auto reader = open_reader(context, "alerts show");
    if (!reader) {
        return;
    }
    const auto row = reader->alert(options.id);
    if (!row) {
        report(context, "alerts show", row.error());
        return;
    }
    const auto output = Output::open("", false);
    (*output)->write(options.format == "json" ? row->json + "\n"
                                              : store::to_page(*row, wants_color(options.color)));
    if (const auto done = (*output)->finish(); !done) {
        report(context, "alerts show", done.error());
    }
}

// Streams: an export may be far larger than memory.
Result<std::uint64_t> stream(store::Reader& reader,
                             const store::AlertFilter& filter,
                             const AlertOptions& options,
                             Output& output) {
    const bool is_csv = options.format == "csv";
    const bool is_array = options.format == "json";
    const store::Order order =
        options.newest_first ? store::Order::newest_first : store::Order::oldest_first;
    output.write(is_csv ? store::csv_heading() : is_array ? "[" : "");
    std::string line;
    bool is_first = true;
    const auto exported = reader.each_alert(filter, order, [&](const store::AlertRow& row) {
        line.clear();
        if (is_csv) {
            store::append_csv(line, row);
        } else {
            line += is_array && !is_first ? ",\n" : "";
            line += row.json;
            line += is_array ? "" : "\n";
        }
        is_first = false;
        return output.write(line);
    });
    output.write(is_array ? "]\n" : "");
    return exported;
}

void export_all(const AlertOptions& options, Context& context) {
    const Result<store::AlertFilter> filter = filter_of(options);
    if (!filter) {
        report(context, "alerts export", filter.error());
        return;
    }
    const auto reader = open_reader(context, "alerts export");
    if (!reader) {
        return;
    }
    const auto output = Output::open(options.output, options.force);
    if (!output) {
        report(context, "alerts export", output.error());
        return;
    }
    const auto exported = stream(*reader, *filter, options, **output);
    if (!exported) {
        report(context, "alerts export", exported.error());
        return;
    }
    if (const auto done = (*output)->finish(); !done) {
        report(context, "alerts export", done.error());
        return;
    }
    if (!options.output.empty() && options.output != "-") {
        std::fputs(fmt::format("{} alerts written to {}\n", *exported, options.output).c_str(),
                   stderr);
    }
}

CLI::Option* add_format(CLI::App& command,
                        AlertOptions& options,
                        const std::vector<std::string>& formats) {
    return command
        .add_option("--format", options.format, fmt::format("{}", fmt::join(formats, ", ")))
        ->check(CLI::IsMember(formats))
        ->default_str(formats.front());
}

void add_list(CLI::App& alerts, Context& context) {
    const auto options = std::make_shared<AlertOptions>();
    CLI::App* command = alerts.add_subcommand("list", "A page of alerts, newest first");
    add_filters(*command, *options);
    add_format(*command, *options, {"table", "json", "ndjson", "csv"});
    command->add_option("--limit", options->limit, "Alerts a page")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--after", options->after, "Go on behind an earlier page");
    command->add_flag("--oldest-first", options->oldest_first, "Oldest first");
    add_color_option(*command, options->color);
    add_common_options(*command, context);
    command->callback([options, &context] {
        options->format = options->format.empty() ? "table" : options->format;
        list(*options, context);
    });
}

void add_show(CLI::App& alerts, Context& context) {
    const auto options = std::make_shared<AlertOptions>();
    CLI::App* command = alerts.add_subcommand("show", "All of one alert");
    command->add_option("ID", options->id, "Its id, or the first digits of it (at least 4)")
        ->required();
    add_format(*command, *options, {"table", "json"});
    add_color_option(*command, options->color);
    add_common_options(*command, context);
    command->callback([options, &context] { show(*options, context); });
}

void add_export(CLI::App& alerts, Context& context) {
    const auto options = std::make_shared<AlertOptions>();
    CLI::App* command = alerts.add_subcommand("export", "All alerts that match, oldest first");
    add_filters(*command, *options);
    add_format(*command, *options, {"ndjson", "json", "csv"});
    command->add_option("-o,--output", options->output, "File to write (default: standard output)");
    command->add_flag("--force", options->force, "Replace a file that is there");
    command->add_flag("--newest-first", options->newest_first, "Newest first");
    add_common_options(*command, context);
    command->callback([options, &context] { export_all(*options, context); });
}

}  // namespace

void add_alerts(CLI::App& app, Context& context) {
    CLI::App* alerts = app.add_subcommand("alerts", "List, show and export alerts");
    alerts->require_subcommand(1);
    add_list(*alerts, context);
    add_show(*alerts, context);
    add_export(*alerts, context);
}

}  // namespace spoor::app
