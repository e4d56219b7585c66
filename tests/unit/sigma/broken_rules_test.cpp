// The negative table: each folder of tests/golden/sigma holds a rule.yml, perhaps a pipeline.yml,
// and what must be said of them, as a person sees it. SPOOR_UPDATE=1 rewrites the expectations, to
// be read before they are committed.
#include "sigma/load.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
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

}  // namespace
}  // namespace spoor::sigma
