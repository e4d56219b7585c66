// The negative table: each folder of tests/golden/config holds a config.yaml and the diagnostics
// that it must give, as a person sees them. SPOOR_UPDATE=1 rewrites the expectations, to be read
// before they are committed.
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace spoor;

const fs::path golden = fs::path(SPOOR_SOURCE_DIR) / "tests" / "golden" / "config";

std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The same on every machine: three variables, two secret files, and certificates that "exist".
config::Environment test_environment() {
    config::Environment e;
    e.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "KAFKA_PASSWORD") {
            return "hunter2";
        }
        if (name == "NOT_A_NUMBER") {
            return "soon";
        }
        return name == "EMPTY" ? std::optional<std::string>("") : std::nullopt;
    };
    e.read_file = [](const std::string& path) -> Result<std::string> {
        if (path == "/run/secrets/kafka") {
            return "hunter2\n";
        }
        return fail(Errc::io, "the file '" + path + "' cannot be read");
    };
    e.file_readable = [](const std::string& path) { return path.starts_with("/etc/spoor/"); };
    return e;
}

std::string diagnose(const fs::path& folder) {
    Diagnostics diagnostics;
    config::Config out;
    const bool good = config::load_text(
        content(folder / "config.yaml"), "config.yaml", test_environment(), out, diagnostics);
    EXPECT_EQ(good, !diagnostics.has_errors());
    return diagnostics.to_text();
}

std::vector<fs::path> cases() {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(golden)) {
        if (fs::exists(entry.path() / "config.yaml")) {
            out.push_back(entry.path());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

TEST(ConfigGolden, DiagnosticsAreAsReviewed) {
    const char* setting = std::getenv("SPOOR_UPDATE");
    const bool update = setting != nullptr && std::string(setting) == "1";
    std::size_t num_broken = 0;
    for (const fs::path& folder : cases()) {
        const std::string text = diagnose(folder);
        num_broken += text.find(": error: ") != std::string::npos ? 1U : 0U;
        const fs::path expected = folder / "expected.diagnostics.txt";
        if (update) {
            std::ofstream(expected, std::ios::binary) << text;
            continue;
        }
        EXPECT_EQ(text, content(expected)) << folder.filename();
    }
    EXPECT_GE(num_broken, 60U);
}

TEST(ConfigGolden, NoSecretIsEverShown) {
    for (const fs::path& folder : cases()) {
        const std::string text = diagnose(folder);
        EXPECT_EQ(text.find("hunter2"), std::string::npos) << folder.filename();
    }
}

TEST(ConfigGolden, BrokenFilesHaveErrorsAndOthersNone) {
    for (const fs::path& folder : cases()) {
        const std::string name = folder.filename();
        const bool accepted =
            name.starts_with("note_") || name.starts_with("warn_") || name == "original";
        const bool has_errors = diagnose(folder).find(": error: ") != std::string::npos;
        EXPECT_EQ(has_errors, !accepted) << name;
    }
}

}  // namespace
