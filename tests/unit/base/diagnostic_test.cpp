#include "base/diagnostic.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace spoor {
namespace {

Diagnostic unknown_key() {
    Diagnostic d;
    d.code = "unknown-key";
    d.message = "there is no key 'groop_id' in kafka";
    d.file = "config.yaml";
    d.line = 12;
    d.column = 3;
    d.length = 8;
    d.snippet = "  groop_id: a";
    d.hint = "did you mean 'group_id'?";
    return d;
}

TEST(Diagnostics, PrintsAsACompilerDoes) {
    Diagnostics all;
    all.add(unknown_key());
    EXPECT_EQ(all.to_text(),
              "config.yaml:12:3: error: there is no key 'groop_id' in kafka [unknown-key]\n"
              "   12 |   groop_id: a\n"
              "      |   ^^^^^^^^\n"
              "      = hint: did you mean 'group_id'?\n");
}

TEST(Diagnostics, KeepsTabsSoThatTheCaretStandsUnderItsText) {
    Diagnostics all;
    Diagnostic d = unknown_key();
    d.snippet = "\tx\tgroop_id";
    d.column = 4;
    d.hint.clear();
    all.add(d);
    EXPECT_NE(all.to_text().find("\n      | \t \t^^^^^^^^\n"), std::string::npos) << all.to_text();
}

TEST(Diagnostics, AWholeFileAndNoFileHaveNoPosition) {
    Diagnostics all;
    all.add({.severity = Severity::warning,
             .code = "no-kafka",
             .message = "no kafka section",
             .file = "config.yaml",
             .snippet = {},
             .hint = {}});
    all.add({.severity = Severity::note,
             .code = "defaults",
             .message = "defaults are used",
             .file = {},
             .snippet = {},
             .hint = {}});
    EXPECT_EQ(all.to_text(),
              "config.yaml: warning: no kafka section [no-kafka]\n"
              "note: defaults are used [defaults]\n");
    EXPECT_FALSE(all.has_errors());
}

TEST(Diagnostics, CountsErrorsAndSortsByPlaceKeepingTheOrderOfEquals) {
    Diagnostics all;
    for (const auto& [line, code] :
         {std::pair<std::size_t, const char*>{9, "c"}, {2, "a"}, {2, "b"}}) {
        Diagnostic d = unknown_key();
        d.line = line;
        d.code = code;
        all.add(d);
    }
    all.sort();
    std::string order;
    for (const Diagnostic& d : all.all()) {
        order += d.code;
    }
    EXPECT_EQ(order, "abc");
    EXPECT_EQ(all.num_errors(), 3U);
}

TEST(Diagnostics, JsonSaysTheSame) {
    Diagnostics all;
    all.add(unknown_key());
    const auto parsed = nlohmann::json::parse(all.to_json());
    ASSERT_EQ(parsed.size(), 1U);
    EXPECT_EQ(parsed[0]["severity"], "error");
    EXPECT_EQ(parsed[0]["code"], "unknown-key");
    EXPECT_EQ(parsed[0]["file"], "config.yaml");
    EXPECT_EQ(parsed[0]["line"], 12);
    EXPECT_EQ(parsed[0]["column"], 3);
    EXPECT_EQ(parsed[0]["hint"], "did you mean 'group_id'?");
}

TEST(Closest, FindsATypoAndNotAnything) {
    const std::vector<std::string_view> keys = {"group_id", "topic", "topics", "bootstrap_servers"};
    EXPECT_EQ(closest("groop_id", keys), "group_id");
    EXPECT_EQ(closest("topik", keys), "topic");
    EXPECT_EQ(closest("bootstrap_server", keys), "bootstrap_servers");
    EXPECT_EQ(closest("ssl_cafile", keys), "");
    EXPECT_EQ(closest("x", {}), "");
}

TEST(Diagnostics, TheCaretCountsCharactersWhereColumnsCountBytes) {
    Diagnostics all;
    Diagnostic d = unknown_key();
    d.snippet = "  gr\u00f6\u00dfe: \u00e4\u00e4";
    d.column = 12;
    d.length = 4;
    d.hint.clear();
    all.add(d);
    EXPECT_NE(all.to_text().find("\n      |          ^^\n"), std::string::npos) << all.to_text();
}

TEST(Diagnostics, NothingThatATerminalWouldObey) {
    Diagnostics all;
    Diagnostic d = unknown_key();
    d.message =
        "no selection '\x1b[31m\xc2\x9b"
        "2J\u202e'";
    d.snippet = "ab\u202ec: d";
    d.column = 6;
    d.length = 1;
    d.hint = "two\nlines\r\x7f";
    all.add(d);
    EXPECT_EQ(all.to_text(),
              "config.yaml:12:6: error: no selection '\\x1b[31m\\xc2\\x9b2J\\xe2\\x80\\xae' "
              "[unknown-key]\n"
              "   12 | ab?c: d\n"
              "      |    ^\n"
              "      = hint: two\nlines\\x0d\\x7f\n");
}

TEST(Closest, TwoNeighboursThatChangedPlacesAreOneMistake) {
    EXPECT_EQ(closest("kafak", {"kafka", "files"}), "kafka");
    EXPECT_EQ(closest("ture", {"true", "false"}), "true");
    EXPECT_EQ(closest("prot", {"host", "port"}), "port");
}

}  // namespace
}  // namespace spoor
