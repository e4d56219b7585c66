// Where rules come from: files and folders, read into texts and loaded. What `run` (from the
// configuration) and `scan` (from the command line) share.
//
// Main thread only.
#pragma once

#include "config/config.hpp"
#include "sigma/load.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace spoor::app {

struct RuleSource {
    std::vector<std::string> rules;      // files, `-`, and folders (*.yml, *.yaml at any depth)
    std::vector<std::string> pipelines;  // files
    std::map<std::string, std::vector<std::string>> placeholders;
    bool builtin_fields = true;
    bool guess_logsources = false;  // warn of names that are nearly known ones; takes a while
    // That take the texts apart; 1 where other work goes on meanwhile.
    std::size_t threads = 1;
};

struct LoadedRules {
    sigma::Loaded loaded;
    std::vector<std::string> unreadable;  // "PATH: why"
};

[[nodiscard]] RuleSource source_of(const config::Sigma& sigma);
[[nodiscard]] LoadedRules load_rules_of(const RuleSource& source);

// Names, sizes and times of all the files: another text when one was changed, added or removed.
[[nodiscard]] std::string fingerprint_of(const RuleSource& source);

// "3,772 rules, 8 correlations of 3,790 documents; 2 with errors, 8 skipped": one line.
[[nodiscard]] std::string summary_of(const LoadedRules& loaded);

}  // namespace spoor::app
