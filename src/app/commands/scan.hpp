// What the two ways of `spoor scan` share: through the pipeline (scan.cpp), and rules alone, fast
// (scan_rules.cpp).
//
// Main thread only.
#pragma once

#include "alert/alert.hpp"
#include "app/alert_output.hpp"
#include "app/commands/rules.hpp"
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
    RuleOptions rules;
    bool behavior = false;
    int threads = 0;  // 0: one a core
    std::string logsource;
};

// No store and no other detector is asked for.
[[nodiscard]] bool rules_alone(const ScanOptions& options);

void scan_rules(Context& context,
                const config::Config& config,
                const ScanOptions& options,
                alert::Level min_level,
                alert::Level fail_on,
                AlertOutput& out);

}  // namespace spoor::app
