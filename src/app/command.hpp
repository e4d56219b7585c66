// The subcommands. Each is a file of commands/ with one function add_<name>, which registers it
// with CLI11 and leaves its exit code in Context. stdout is data, stderr is talk. Exit codes: 0 ok,
// 1 findings at or above --fail-on, 2 rule error, 3 configuration or usage error, 4 input
// unreadable, 5 service unreachable, 130 interrupted.
//
// Main thread only.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace spoor::app {

inline constexpr int exit_ok = 0;
inline constexpr int exit_findings = 1;
inline constexpr int exit_rules = 2;
inline constexpr int exit_usage = 3;
inline constexpr int exit_input = 4;
inline constexpr int exit_unreachable = 5;
inline constexpr int exit_interrupted = 130;

struct Context {
    std::string config_path;  // --config; empty: ./config.yaml if it is there, else defaults
    std::string data_dir;     // --data; empty: the configuration's, else ./spoor-data
    int exit_code = exit_ok;
};

// Options that every command takes: --config, --data. Call on the subcommand.
void add_common_options(CLI::App& command, Context& context);
// The configuration of this run; prints the diagnostics to stderr and sets exit_code when it cannot
// be used.
[[nodiscard]] bool load_config(Context& context, config::Config& out);
// --data, or the configuration's data_dir, or ./spoor-data.
[[nodiscard]] std::string data_dir(const Context& context, const config::Config& config);

void add_run(CLI::App& app, Context& context);
void add_scan(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_alerts(CLI::App& app, Context& context);
void add_dlq(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_produce(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_rules(CLI::App& app, Context& context);

}  // namespace spoor::app
