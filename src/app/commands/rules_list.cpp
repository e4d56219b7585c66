// spoor rules list: what is loaded
#include "app/commands/rules.hpp"
#include "base/json_writer.hpp"
#include "store/format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace spoor::app {

namespace {

struct ListOptions {
    RuleOptions rules;
    std::string format = "table";
};

struct Row {
    const sigma::RuleMeta* meta = nullptr;
    const sigma::LogSource* logsource = nullptr;  // null: a correlation
    bool gives_alerts = true;
};

std::vector<Row> rows_of(const sigma::RuleSet& rules) {
    std::vector<Row> out;
    for (const sigma::Rule& rule : rules.rules) {
        out.push_back({&rule.meta, &rule.logsource, rule.gives_alerts});
    }
    for (const sigma::Correlation& correlation : rules.correlations) {
        out.push_back({&correlation.meta, nullptr, correlation.gives_alerts});
    }
    return out;
}

std::string logsource_text(const Row& row) {
    if (row.logsource == nullptr) {
        return "correlation";
    }
    const auto part = [](const std::string& text) { return text.empty() ? "*" : text.c_str(); };
    return fmt::format("{}/{}/{}",
                       part(row.logsource->product),
                       part(row.logsource->category),
                       part(row.logsource->service));
}

void append_json(std::string& out, const Row& row) {
    JsonWriter w(out);
    w.begin_object()
        .member("id", std::string_view(row.meta->id))
        .member("level", alert::to_string(row.meta->level))
        .member("title", std::string_view(row.meta->title))
        .member("kind", row.logsource == nullptr ? "correlation" : "rule");
    if (row.logsource != nullptr) {
        w.key("logsource").begin_object();
        for (const auto& [key, value] : {std::pair("product", &row.logsource->product),
                                         std::pair("category", &row.logsource->category),
                                         std::pair("service", &row.logsource->service)}) {
            if (!value->empty()) {
                w.member(key, std::string_view(*value));
            }
        }
        w.end_object();
    }
    w.key("techniques").begin_array();
    for (const std::string& technique : row.meta->techniques) {
        w.value(std::string_view(technique));
    }
    w.end_array()
        .member("status", std::string_view(row.meta->status))
        .member("version", std::string_view(row.meta->version))
        .member("gives_alerts", row.gives_alerts)
        .member("file", std::string_view(row.meta->file))
        .end_object();
}

std::string as_table(const std::vector<Row>& rows) {
    constexpr std::size_t columns = 5;
    std::vector<std::array<std::string, columns>> cells{
        {"id", "level", "log source", "techniques", "title"}};
    for (const Row& row : rows) {
        cells.push_back({store::printable(row.meta->id),
                         std::string(alert::to_string(row.meta->level)),
                         store::printable(logsource_text(row)),
                         store::printable(fmt::format("{}", fmt::join(row.meta->techniques, ","))),
                         store::printable(row.meta->title)});
    }
    std::array<std::size_t, columns> widths{};
    for (const auto& line : cells) {
        for (std::size_t i = 0; i + 1 < columns; ++i) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string out;
    for (const auto& line : cells) {
        for (std::size_t i = 0; i + 1 < columns; ++i) {
            out += fmt::format("{:<{}}  ", line[i], widths[i]);
        }
        out += line[columns - 1] + "\n";
    }
    return out;
}

std::string as_json(const std::vector<Row>& rows, bool by_line) {
    std::string out = by_line ? "" : "[";
    for (const Row& row : rows) {
        if (!by_line && out.size() > 1) {
            out += ",\n";
        }
        append_json(out, row);
        out += by_line ? "\n" : "";
    }
    return out + (by_line ? "" : "]\n");
}

void list(Context& context, const ListOptions& options) {
    config::Config config;
    LoadedRules rules;
    if (!load_config(context, config) ||
        !load_rules_for(context, "list", config, options.rules, rules)) {
        return;
    }
    const std::vector<Row> rows = rows_of(*rules.loaded.rules);
    const std::string text =
        options.format == "table" ? as_table(rows) : as_json(rows, options.format == "ndjson");
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace

void add_rules_list(CLI::App& rules, Context& context) {
    CLI::App* command =
        rules.add_subcommand("list", "The rules and correlations that load, with their log source");
    const auto options = std::make_shared<ListOptions>();
    command->add_option("PATH", options->rules.rules, "Files or folders, - for standard input");
    add_rule_options(*command, options->rules);
    command->add_option("--format", options->format, "table, json or ndjson")
        ->check(CLI::IsMember({"table", "json", "ndjson"}))
        ->capture_default_str();
    add_common_options(*command, context);
    command->callback([options, &context] { list(context, *options); });
}

}  // namespace spoor::app
