#include "app/command.hpp"
#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "config/load.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>

namespace spoor::app {

namespace {

constexpr const char* default_config = "config.yaml";
constexpr const char* default_data = "spoor-data";

// Notes explain, and are for `config check`; what is wrong or doubtful is said each time.
void print_problems(const Diagnostics& diagnostics, const std::string& path) {
    Diagnostics shown;
    std::size_t notes = 0;
    for (const Diagnostic& d : diagnostics.all()) {
        if (d.severity == Severity::note) {
            ++notes;
        } else {
            shown.add(d);
        }
    }
    std::string text = shown.to_text();
    if (notes > 0) {
        text += fmt::format("{}: {} {}; `spoor config check {}` shows {}\n",
                            path,
                            notes,
                            notes == 1 ? "note" : "notes",
                            path,
                            notes == 1 ? "it" : "them");
    }
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

void add_common_options(CLI::App& command, Context& context) {
    command.add_option(
        "--config",
        context.config_path,
        "Configuration file (default: ./config.yaml if there is one, else defaults)");
    command.add_option(
        "--data",
        context.data_dir,
        "Folder of store, checkpoints and dead letters (default: the configuration's "
        "data_dir, else ./spoor-data)");
}

bool load_config(Context& context, config::Config& out) {
    std::string path = context.config_path;
    std::error_code error;
    if (path.empty() && std::filesystem::exists(default_config, error)) {
        path = default_config;
    }
    if (path.empty()) {
        out = config::defaults();
        return true;
    }
    Diagnostics diagnostics;
    const bool good = config::load_file(path, out, diagnostics);
    print_problems(diagnostics, path);
    if (!good) {
        context.exit_code = exit_usage;
        return false;
    }
    set_log_level(out.log_level);
    return true;
}

std::string data_dir(const Context& context, const config::Config& config) {
    if (!context.data_dir.empty()) {
        return context.data_dir;
    }
    return config.data_dir.empty() ? default_data : config.data_dir;
}

}  // namespace spoor::app
