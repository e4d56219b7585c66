// The negative table: each folder of tests/golden/sigma holds a rule.yml, perhaps a pipeline.yml,
// and what must be said of them, as a person sees it. SPOOR_UPDATE=1 rewrites the expectations, to
// be read before they are committed.
#include "sigma/load.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace spoor::sigma {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> cases() {
    std::vector<fs::path> out;
    for (const auto& entry :
         fs::directory_iterator(fs::path(SPOOR_SOURCE_DIR) / "tests" / "golden" / "sigma")) {
        if (fs::exists(entry.path() / "rule.yml")) {
            out.push_back(entry.path());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

Loaded load(const fs::path& folder) {
    LoadOptions options;
    if (fs::exists(folder / "pipeline.yml")) {
        options.pipelines.push_back({"pipeline.yml", content(folder / "pipeline.yml")});
    }
    return load_rules({{"rule.yml", content(folder / "rule.yml")}}, options);
}

std::string told(const Loaded& loaded) {
    std::string out = loaded.diagnostics.to_text();
    for (const NotLoaded& one : loaded.not_loaded) {
        out += fmt::format("{}: '{}', line {}: {}\n",
                           one.skipped ? "skipped" : "left out",
                           one.title,
                           one.line,
                           one.reason);
    }
    return out + fmt::format("loaded: {} rules, {} correlations, {} filters\n",
                             loaded.rules->rules.size(),
                             loaded.rules->correlations.size(),
                             loaded.num_filters);
}

TEST(BrokenRules, DiagnosticsAreAsReviewed) {
    const char* setting = std::getenv("SPOOR_UPDATE");
    const bool update = setting != nullptr && std::string(setting) == "1";
    std::size_t num_broken = 0;
    std::set<std::string> codes;
    for (const fs::path& folder : cases()) {
        const Loaded loaded = load(folder);
        num_broken += loaded.diagnostics.has_errors() ? 1U : 0U;
        for (const Diagnostic& d : loaded.diagnostics.all()) {
            codes.insert(d.code);
        }
        const fs::path expected = folder / "expected.diagnostics.txt";
        if (update) {
            std::ofstream(expected, std::ios::binary) << told(loaded);
            continue;
        }
        EXPECT_EQ(told(loaded), content(expected)) << folder.filename();
    }
    EXPECT_GE(num_broken, 60U);
    EXPECT_GE(codes.size(), 60U);
}

// An alias is refused by the YAML reader: of such a document nothing else is left.
TEST(BrokenRules, ADocumentThatIsAnAliasIsCounted) {
    const Loaded loaded = load_rules({{"a.yml",
                                       "title: a\nlogsource: {product: windows}\n"
                                       "detection: {s: {A: b}, condition: s}\n--- *x\n"},
                                      {"b.yml", "*x\n"}},
                                     {});
    EXPECT_EQ(loaded.rules->rules.size(), 1U);
    EXPECT_EQ(loaded.num_documents, 3U);
    ASSERT_EQ(loaded.not_loaded.size(), 2U);
    EXPECT_EQ(loaded.not_loaded[0].file, "a.yml");
    EXPECT_EQ(loaded.not_loaded[0].line, 4U);
    for (const NotLoaded& one : loaded.not_loaded) {
        EXPECT_EQ(one.reason, "yaml-alias");
        EXPECT_FALSE(one.skipped);
    }
    EXPECT_EQ(loaded.diagnostics.all().size(), 2U) << loaded.diagnostics.to_text();
}

// A document with an error is not in the set, and is counted.
TEST(BrokenRules, NoneIsLostWithoutAWord) {
    for (const fs::path& folder : cases()) {
        const Loaded loaded = load(folder);
        EXPECT_EQ(loaded.rules->rules.size() + loaded.rules->correlations.size() +
                      loaded.num_filters + loaded.not_loaded.size(),
                  loaded.num_documents)
            << folder.filename();
        EXPECT_EQ(loaded.diagnostics.has_errors() || !loaded.not_loaded.empty(),
                  folder.filename().string().find("warn_") == std::string::npos)
            << folder.filename();
    }
}

void in_threads(std::size_t n, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (std::size_t k = next++; k < n; k = next++) {
                task(k);
            }
        });
    }
}

// All of them in one load, and again under other names, so that many are refused as duplicates: who
// comes first does not depend on the threads that read. They share what all rules are read with:
// pipelines, placeholders, names of log sources.
TEST(BrokenRules, ThreadsChangeNothing) {
    std::vector<RuleText> files;
    for (const int turn : {1, 2, 3, 4, 5, 6}) {
        for (const fs::path& folder : cases()) {
            files.push_back({fmt::format("{}-{}.yml", turn, folder.filename().string()),
                             content(folder / "rule.yml")});
        }
    }
    ASSERT_GT(files.size(), 5U * 64U);
    LoadOptions options;
    options.pipelines.push_back(
        {"pipeline.yml", "transformations:\n- {type: field_name_prefix, prefix: 'event.'}\n"});
    options.placeholders["admins"] = {"root", "adm*"};
    options.known_logsources.products = {"windows", "linux"};
    options.known_logsources.categories = {"process_creation"};
    const Loaded one = load_rules(files, options);
    EXPECT_TRUE(one.failed_pipelines.empty());
    EXPECT_FALSE(one.rules->rules.empty());
    options.run_all = in_threads;
    for (int turn = 0; turn < 3; ++turn) {
        const Loaded many = load_rules(files, options);
        EXPECT_TRUE(told(many) == told(one));
        EXPECT_EQ(many.rules->version, one.rules->version);
        EXPECT_EQ(many.documents_in, one.documents_in);
        EXPECT_EQ(many.num_documents, one.num_documents);
        ASSERT_EQ(many.rules->rules.size(), one.rules->rules.size());
        for (std::size_t i = 0; i < one.rules->rules.size(); ++i) {
            EXPECT_EQ(many.rules->rules[i].meta.file, one.rules->rules[i].meta.file) << i;
        }
    }
}

}  // namespace
}  // namespace spoor::sigma
