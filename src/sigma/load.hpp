// Texts of rule files become a RuleSet. Every problem of every file is found in one pass; a
// document with an error is left out and counted, the rest is compiled.
//
// Pure: no I/O (the caller reads the files), no clock. Safe from any thread; it makes none, but may
// be given some (LoadOptions::run_all).
#pragma once

#include "base/diagnostic.hpp"
#include "sigma/rule_set.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

struct RuleText {
    std::string name;  // of the file, for diagnostics
    std::string text;
};

// Names of log sources; of others that are nearly one of them it is warned.
struct KnownLogSources {
    std::vector<std::string_view> products;
    std::vector<std::string_view> categories;
    std::vector<std::string_view> services;
};

struct LoadOptions {
    std::vector<RuleText> pipelines;                               // processing pipelines, in order
    std::map<std::string, std::vector<std::string>> placeholders;  // M15
    bool builtin_fields = true;        // the built-in field names of docs/sigma-semantics.md §6
    KnownLogSources known_logsources;  // empty: no such warning
    // Runs task(0) ... task(n - 1), in any order or at once, and ends when all have; none: one
    // after another. Texts are read so; what is found does not depend on it.
    std::function<void(std::size_t n, const std::function<void(std::size_t)>& task)> run_all;
};

// Why a document is not in the set.
struct NotLoaded {
    std::string file;
    std::size_t line = 0;
    std::string title;
    std::string id;
    std::string reason;    // the code of the first error: "unknown-placeholder", "bad-regex" ...
    bool skipped = false;  // not failed: a pipeline or a filter said so
};

struct Loaded {
    std::shared_ptr<const RuleSet> rules;
    Diagnostics diagnostics;
    std::vector<NotLoaded> not_loaded;
    std::vector<std::string> failed_pipelines;  // files of pipelines in which something is wrong
    // How many documents each name has, of rules or pipelines, also those that failed.
    std::map<std::string, std::size_t> documents_in;
    std::size_t num_files = 0;
    std::size_t num_documents = 0;
    std::size_t num_filters = 0;
};

[[nodiscard]] Loaded load_rules(const std::vector<RuleText>& files, const LoadOptions& options);

}  // namespace spoor::sigma
