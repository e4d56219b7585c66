// spoor status
#include "app/command.hpp"
#include "app/commands/listing.hpp"
#include "base/clock.hpp"
#include "store/status_report.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace spoor::app {

namespace {

void show(bool json, Context& context) {
    config::Config config;
    if (!load_config(context, config)) {
        return;
    }
    const auto gathered = store::gather_status(data_dir(context, config), SystemClock().now());
    if (!gathered) {
        report(context, "status", gathered.error());
        return;
    }
    const auto output = Output::open("", false);
    (*output)->write(json ? store::to_json(*gathered) : store::to_text(*gathered));
    if (const auto done = (*output)->finish(); !done) {
        report(context, "status", done.error());
    }
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
    const auto json = std::make_shared<bool>(false);
    CLI::App* status = app.add_subcommand(
        "status", "Sources with position and lag, epochs, store, sinks, losses by reason");
    status->add_flag("--json", *json, "As JSON");
    add_common_options(*status, context);
    status->callback([json, &context] { show(*json, context); });
}

}  // namespace spoor::app
