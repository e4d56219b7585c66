// What the two ways of `spoor scan` share: through the pipeline (scan.cpp), and rules alone, fast
// (scan_rules.cpp).
//
// Main thread only.
#pragma once

#include "alert/alert.hpp"
#include "app/alert_output.hpp"
#include "app/command.hpp"
#include "app/rule_source.hpp"
#include "config/config.hpp"

#include <string>
#include <vector>

namespace spoor::app {

struct ScanOptions {
    std::vector<std::string> paths;
    std::string format = "table";
    std::string output;
    std::string min_level = "informational";
    std::string fail_on;  // empty: never
    bool no_summary = false;
    std::vector<std::string> rules;
    std::vector<std::string> pipelines;
    std::vector<std::string> placeholders;  // NAME=VALUE
    bool behavior = false;
    int threads = 0;  // 0: one a core
    std::string logsource;
};

// No store and no other detector is asked for.
[[nodiscard]] bool rules_alone(const ScanOptions& options);

// The configuration's rules with those of the command line in their place.
[[nodiscard]] config::Sigma with_command_line(const config::Sigma& configured,
                                              const ScanOptions& options);

void scan_rules(Context& context,
                const config::Config& config,
                const ScanOptions& options,
                alert::Level min_level,
                alert::Level fail_on,
                AlertOutput& out);

}  // namespace spoor::app
