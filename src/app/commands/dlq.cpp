// spoor dlq list | show
#include "app/command.hpp"
#include "app/commands/listing.hpp"
#include "store/format.hpp"
#include "store/reader.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <string>

namespace spoor::app {

namespace {

struct LetterOptions {
    std::string reason;
    std::size_t limit = 50;
    std::uint64_t after = 0;
    std::string format = "table";
    std::string key;
    bool raw = false;
};

void finish(Output& output, std::string_view command, Context& context) {
    if (const auto done = output.finish(); !done) {
        report(context, command, done.error());
    }
}

void list(const LetterOptions& options, Context& context) {
    const auto reader = open_reader(context, "dlq list");
    if (!reader) {
        return;
    }
    const auto page = reader->dead_letters(options.reason, options.limit, options.after);
    if (!page) {
        report(context, "dlq list", page.error());
        return;
    }
    const auto output = Output::open("", false);
    if (options.format == "table") {
        (*output)->write(page->rows.empty() ? std::string() : store::to_table(page->rows));
    } else {
        std::string text;
        for (const store::LetterRow& row : page->rows) {
            store::append_json(text, row);
            text += '\n';
        }
        (*output)->write(text);
    }
    finish(**output, "dlq list", context);
    if (page->next) {
        std::fputs(fmt::format("more: --after {}\n", *page->next).c_str(), stderr);
    } else if (page->rows.empty()) {
        std::fputs("no dead letters\n", stderr);
    }
}

void show(const LetterOptions& options, Context& context) {
    const auto reader = open_reader(context, "dlq show");
    if (!reader) {
        return;
    }
    const auto letter = reader->dead_letter(options.key);
    if (!letter) {
        report(context, "dlq show", letter.error());
        return;
    }
    std::string text;
    if (options.raw) {
        text = letter->payload;
    } else if (options.format == "json") {
        store::append_json(text, *letter);
        text += '\n';
    } else {
        text = store::to_page(*letter);
    }
    const auto output = Output::open("", false);
    (*output)->write(text);
    finish(**output, "dlq show", context);
}

}  // namespace

void add_dlq(CLI::App& app, Context& context) {
    CLI::App* dlq = app.add_subcommand("dlq", "Records that could not be used, and why");
    dlq->require_subcommand(1);

    const auto listing = std::make_shared<LetterOptions>();
    CLI::App* list_command = dlq->add_subcommand("list", "Dead letters, newest first");
    list_command->add_option("--reason", listing->reason, "Only this reason, such as bad_json");
    list_command->add_option("--limit", listing->limit, "Letters a page")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    list_command->add_option("--after", listing->after, "Go on behind an earlier page");
    list_command->add_option("--format", listing->format, "table or ndjson")
        ->check(CLI::IsMember({"table", "ndjson"}))
        ->capture_default_str();
    add_common_options(*list_command, context);
    list_command->callback([listing, &context] { list(*listing, context); });

    const auto one = std::make_shared<LetterOptions>();
    CLI::App* show_command =
        dlq->add_subcommand("show", "One dead letter with its payload, escaped for the terminal");
    show_command->add_option("NUMBER|REF", one->key, "Its number or ref, as `list` shows them")
        ->required();
    show_command->add_flag("--raw", one->raw, "The payload alone, byte for byte");
    show_command->add_option("--format", one->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    add_common_options(*show_command, context);
    show_command->callback([one, &context] { show(*one, context); });
}

}  // namespace spoor::app
