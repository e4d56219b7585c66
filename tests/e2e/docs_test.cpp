// Every command of the README and of the guides is run: each ```sh block, in order, in a folder
// that looks like a checkout with a build in it. ```text blocks are not commands for this machine
// (they say so in their prose).
#include "e2e/house.hpp"
#include "support/process.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace spoor::test {
namespace {

namespace fs = std::filesystem;

struct Block {
    std::size_t line = 0;
    std::string text;
};

std::vector<Block> shell_blocks(const fs::path& page) {
    std::vector<Block> blocks;
    std::ifstream in(page);
    bool inside = false;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (!inside && line == "```sh") {
            inside = true;
            blocks.push_back({number, {}});
        } else if (inside && line == "```") {
            inside = false;
        } else if (inside) {
            blocks.back().text += line + "\n";
        }
    }
    return blocks;
}

class Docs : public testing::TestWithParam<const char*> {};

TEST_P(Docs, EachCommandWorks) {
    const fs::path source = SPOOR_SOURCE_DIR;
    const TempDir dir;
    for (const char* name : {"run", "tools", "docs", "README.md"}) {
        fs::create_symlink(source / name, dir / name);
    }
    fs::create_directories(dir.path() / "build" / "release");
    fs::create_symlink(spoor_binary(), dir.path() / "build" / "release" / "spoor");
    const std::vector<Block> blocks = shell_blocks(source / GetParam());
    ASSERT_FALSE(blocks.empty());
    for (const Block& block : blocks) {
        ProcessOptions options;
        options.argv = {"bash", "-euo", "pipefail", "-c", block.text};
        options.working_directory = dir.path();
        const Finished done = run(options, std::chrono::seconds(120));
        EXPECT_EQ(done.exit_code, 0) << GetParam() << ":" << block.line << "\n"
                                     << block.text << done.out << done.err;
    }
    // A block may have started a broker and a later one failed before it was stopped.
    ProcessOptions stop;
    stop.argv = {"./run", "kafka", "stop"};
    stop.working_directory = dir.path();
    (void)run(stop, std::chrono::seconds(60));
}

INSTANTIATE_TEST_SUITE_P(
    Pages,
    Docs,
    testing::Values("README.md", "docs/kafka.md", "docs/rules.md", "docs/simulate.md"),
    [](const auto& page) {
        std::string name = page.param;
        for (char& c : name) {
            c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        }
        return name;
    });

}  // namespace
}  // namespace spoor::test
