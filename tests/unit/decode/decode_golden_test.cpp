// tests/golden/decode/<case>: input.ndjson has one message a line, expected.ndjson the event or the
// rejection it becomes. All written by hand for Spoor, after the formats' documentation.
// SPOOR_UPDATE=1 rewrites what is expected.
#include "base/json_writer.hpp"
#include "decode_fixture.hpp"
#include "plain_event.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace spoor::decode {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream in(path);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) {
        out.push_back(line);
    }
    return out;
}

std::string decoded(const std::vector<std::string>& texts) {
    Bench bench;
    bench.decode(texts);
    std::vector<std::string> out(texts.size());
    for (const Event& event : bench.decoder().events()) {
        out[static_cast<std::size_t>(event.ref.position)] = plain(event).to_json();
    }
    for (const Rejected& rejected : bench.decoder().rejected()) {
        std::string& line = out[rejected.row];
        JsonWriter(line)
            .begin_object()
            .member("rejected", to_string(rejected.reason))
            .member("detail", std::string_view(rejected.detail))
            .end_object();
    }
    std::string all;
    for (const std::string& line : out) {
        all += line + "\n";
    }
    return all;
}

class DecodeGolden : public testing::TestWithParam<std::string> {};

TEST_P(DecodeGolden, InputBecomesWhatIsExpected) {
    const fs::path folder = fs::path(SPOOR_SOURCE_DIR) / "tests/golden/decode" / GetParam();
    const std::string actual = decoded(lines_of(folder / "input.ndjson"));
    const fs::path expected = folder / "expected.ndjson";
    if (std::getenv("SPOOR_UPDATE") != nullptr) {
        std::ofstream(expected, std::ios::binary) << actual;
    }
    EXPECT_EQ(actual, read_file(expected));
}

std::vector<std::string> case_names() {
    std::vector<std::string> out;
    for (const auto& entry :
         fs::directory_iterator(fs::path(SPOOR_SOURCE_DIR) / "tests/golden/decode")) {
        out.push_back(entry.path().filename().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         DecodeGolden,
                         testing::ValuesIn(case_names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace spoor::decode
