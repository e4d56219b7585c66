#include "app/command.hpp"
#include "app/session.hpp"
#include "base/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

namespace spoor::app {

namespace {

struct RunOptions {
    std::string until_idle;
    bool inline_driver = false;
};

void run(Context& context, const RunOptions& run_options) {
    SessionOptions options;
    if (!load_config(context, options.config)) {
        return;
    }
    options.data_dir = data_dir(context, options.config);
    options.inline_driver = run_options.inline_driver;
    if (!run_options.until_idle.empty()) {
        const auto duration = parse_duration(run_options.until_idle);
        if (!duration || *duration < std::chrono::seconds{1}) {
            std::fprintf(
                stderr,
                "spoor run: --until-idle '%s' is not a duration of 1s or more, such as 5s or 2m\n",
                run_options.until_idle.c_str());
            context.exit_code = exit_usage;
            return;
        }
        options.until_idle = *duration;
    }
    auto session = Session::start(std::move(options));
    if (!session) {
        std::fprintf(stderr, "spoor run: %s\n", session.error().detail.c_str());
        context.exit_code =
            session.error().code == Errc::invalid_argument ? exit_usage : exit_input;
        return;
    }
    const auto ended = (*session)->run();
    if (!ended) {
        std::fprintf(stderr, "spoor run: %s\n", ended.error().detail.c_str());
        context.exit_code = exit_input;
        return;
    }
    const pipeline::KeeperStats stats = (*session)->keeper_stats();
    const std::uint64_t events_before = stats.counters_at_start.get("events_evaluated");
    std::string when;
    if (stats.last_content_us > 0) {
        when =
            fmt::format(", stored {:.3f} s after the start",
                        std::chrono::duration<double>((*session)->time_to_last_record()).count());
    }
    log(LogLevel::info,
        "run",
        "stopped cleanly after epoch {}: {} events and {} new alerts in this run{}",
        stats.epoch,
        stats.counters.get("events_evaluated") - events_before,
        stats.alerts,
        when);
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand(
        "run",
        "Read events from the configured sources for ever (or --until-idle) and store alerts");
    auto options = std::make_shared<RunOptions>();
    add_common_options(*command, context);
    command->add_option(
        "--until-idle",
        options->until_idle,
        "End when every source is healthy, at its end and silent this long (5s, 2m)");
    command->add_flag("--inline",
                      options->inline_driver,
                      "One thread instead of several; same results, for comparison");
    command->callback([&context, options] { run(context, *options); });
}

}  // namespace spoor::app
