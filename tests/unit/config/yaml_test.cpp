// The reader: places, limits, what it refuses, and that any bytes at all are safe to hand in.
#include "config/yaml_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>

namespace spoor::config {
namespace {

struct Read {
    Diagnostics diagnostics;
    YamlFile file;

    explicit Read(std::string_view text, const YamlLimits& limits = {})
        : file(read_yaml(text, "f.yaml", limits, diagnostics)) {}

    [[nodiscard]] std::string first_code() const {
        return diagnostics.all().empty() ? "" : diagnostics.all().front().code;
    }
};

TEST(Yaml, GivesEveryKeyAndValueItsPlace) {
    const Read r("a: 1\nb:\n  - x\n  - \"y z\"\n  - {k: v}\nc: |\n  te\n  xt\nd:\n");
    ASSERT_TRUE(r.diagnostics.all().empty()) << r.diagnostics.to_text();
    ASSERT_EQ(r.file.documents.size(), 1U);
    const YamlNode& root = r.file.documents[0];
    ASSERT_EQ(root.members.size(), 4U);
    const auto at = [](const YamlPlace& p) { return std::tuple(p.line, p.column, p.length); };
    EXPECT_EQ(at(root.members[0].place), std::tuple(1U, 1U, 1U));
    EXPECT_EQ(at(root.members[0].value.place), std::tuple(1U, 4U, 1U));
    const YamlNode& b = root.members[1].value;
    ASSERT_EQ(b.items.size(), 3U);
    EXPECT_EQ(b.items[1].text, "y z");
    EXPECT_TRUE(b.items[1].quoted);
    EXPECT_EQ(at(b.items[1].place), std::tuple(4U, 5U, 5U));
    EXPECT_EQ(at(b.items[2].members[0].value.place), std::tuple(5U, 9U, 1U));
    EXPECT_EQ(root.find("c")->value.text, "te\nxt\n");
    EXPECT_EQ(root.find("d")->value.kind, YamlNode::Kind::null);
    EXPECT_EQ(root.find("e"), nullptr);
}

// What PyYAML reads too. The library alone reads two escaped quotes in a row wrongly.
TEST(Yaml, QuotesWithinSingleQuotes) {
    const std::pair<const char*, const char*> cases[] = {
        {"''", ""},
        {"'it''s'", "it's"},
        {"'a'''')'", "a'')"},
        {"'''''b'", "''b"},
        {"'a''''''bc'", "a'''bc"},
        {"' a ''x''-Join'''') '", " a 'x'-Join'') "},
        {"'a ''''\n   b  ''''c \n\n \n  d'", "a '' b  ''c\n\nd"},
        {"'\n a''''\n '", " a'' "},
        {"'h\u00f6''''x'", "h\u00f6''x"},
    };
    for (const auto& [text, expected] : cases) {
        const Read r(std::string("k: ") + text + "\n'x''''': 1\n");
        ASSERT_TRUE(r.diagnostics.all().empty()) << text << r.diagnostics.to_text();
        EXPECT_EQ(r.file.documents[0].find("k")->value.text, expected) << text;
        EXPECT_NE(r.file.documents[0].find("x''"), nullptr) << text;
    }
}

TEST(Yaml, PlacesHoldWithByteOrderMarkAndWindowsLineEnds) {
    const Read r(
        "\xef\xbb\xbf"
        "a: 1\r\nbb: 22\r\n");
    ASSERT_TRUE(r.diagnostics.all().empty()) << r.diagnostics.to_text();
    const YamlMember& m = r.file.documents[0].members[1];
    EXPECT_EQ(m.place.line, 2U);
    EXPECT_EQ(m.place.column, 1U);
    EXPECT_EQ(m.value.place.column, 5U);
    EXPECT_EQ(m.value.text, "22");
    EXPECT_EQ(r.file.line(2), "bb: 22");
}

TEST(Yaml, TabsAreTextInsideTextAndAfterValues) {
    const Read r("a: |\n  x\n  \ty\nb: \"p\n \t q\"\nc: 1\t# c\n\t# only a comment\n");
    EXPECT_TRUE(r.diagnostics.all().empty()) << r.diagnostics.to_text();
    EXPECT_EQ(r.file.documents[0].find("a")->value.text, "x\n\ty\n");
}

TEST(Yaml, SeveralDocumentsForThoseWhoTakeThem) {
    const Read r("a: 1\n---\na: 2\n");
    EXPECT_TRUE(r.diagnostics.all().empty());
    ASSERT_EQ(r.file.documents.size(), 2U);
    EXPECT_EQ(r.file.documents[1].find("a")->place.line, 3U);
}

TEST(Yaml, DuplicateKeysAreErrorsInEveryMappingAndTheFirstStays) {
    const Read r("a: 1\nb: {x: 1, x: 2}\na: 2\n");
    EXPECT_EQ(r.diagnostics.num_errors(), 2U);
    EXPECT_EQ(r.first_code(), "duplicate-key");
    EXPECT_EQ(r.file.documents[0].find("a")->value.text, "1");
}

TEST(Yaml, LimitsHold) {
    YamlLimits limits;
    limits.max_bytes = 10;
    EXPECT_EQ(Read("a: 123456789", limits).first_code(), "yaml-limit");
    limits = {};
    limits.max_nodes = 5;
    EXPECT_EQ(Read("[1, 2, 3, 4, 5, 6, 7]", limits).first_code(), "yaml-limit");
    limits = {};
    limits.max_depth = 3;
    EXPECT_EQ(Read("[[[1]]]", limits).first_code(), "");
    EXPECT_EQ(Read("[[[[1]]]]", limits).first_code(), "yaml-limit");
    // Far deeper than the stack would bear, if reading were recursive.
    EXPECT_EQ(Read(std::string(200'000, '[')).first_code(), "yaml-limit");
}

TEST(Yaml, StopsAtSoManyErrorsThatNobodyReadsThem) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
        text += "a: 1\n";
    }
    const Read r(text);
    EXPECT_EQ(r.diagnostics.num_errors(), YamlLimits{}.max_errors);
    EXPECT_FALSE(r.file.complete);
}

TEST(Yaml, AliasesCannotGrow) {
    const Read r("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n");
    EXPECT_EQ(r.diagnostics.num_errors(), 4U);
    EXPECT_EQ(r.first_code(), "yaml-alias");
}

TEST(Yaml, WhatCameBeforeASyntaxErrorIsThere) {
    const Read r("a: 1\nb:\n  c: 2\n  d: \"open\n");
    EXPECT_EQ(r.first_code(), "yaml-syntax");
    EXPECT_FALSE(r.file.complete);
    ASSERT_EQ(r.file.documents.size(), 1U);
    EXPECT_EQ(r.file.documents[0].find("b")->value.find("c")->value.text, "2");
}

TEST(Yaml, LongLinesAreCutInMessages) {
    const Read r("a: 1\na: " + std::string(5000, 'x') + "\n");
    ASSERT_EQ(r.diagnostics.all().size(), 1U);
    EXPECT_LT(r.diagnostics.all()[0].snippet.size(), 200U);
}

TEST(Yaml, NamesThatSoundLikeSecrets) {
    for (const char* name : {"password",
                             "sasl_plain_password",
                             "api_key",
                             "ssl.key.pem",
                             "'Client-Secret'",
                             "token"}) {
        EXPECT_TRUE(sounds_secret(name)) << name;
    }
    for (const char* name : {"topic", "group_id", "ssl_keyfile", "username"}) {
        EXPECT_FALSE(sounds_secret(name)) << name;
    }
}

// Places always lie within the text, so that a caret never points outside of it.
void places_are_inside(const YamlFile& file, const YamlNode& node) {
    RC_ASSERT(node.place.line >= 1U || file.text().empty());
    RC_ASSERT(node.place.column <= file.line(node.place.line).size() + 1);
    for (const YamlNode& item : node.items) {
        places_are_inside(file, item);
    }
    for (const YamlMember& m : node.members) {
        RC_ASSERT(m.place.column <= file.line(m.place.line).size() + 1);
        places_are_inside(file, m.value);
    }
}

RC_GTEST_PROP(Yaml, AnyTextIsReadOrRefusedWithAPlaceInsideIt, ()) {
    const auto parts =
        *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a",
                                                                                    "b: ",
                                                                                    "\n",
                                                                                    "  ",
                                                                                    "- ",
                                                                                    "[",
                                                                                    "]",
                                                                                    "{",
                                                                                    "}",
                                                                                    ",",
                                                                                    "\"",
                                                                                    "'",
                                                                                    "#",
                                                                                    "|\n",
                                                                                    ">-\n",
                                                                                    "\t",
                                                                                    ": ",
                                                                                    "? ",
                                                                                    "&x ",
                                                                                    "*x",
                                                                                    "!t ",
                                                                                    "---\n",
                                                                                    "\r",
                                                                                    "\xc3\xa4",
                                                                                    "~"));
    std::string text;
    for (const std::string& part : parts) {
        text += part;
    }
    const Read r(text);
    for (const YamlNode& document : r.file.documents) {
        places_are_inside(r.file, document);
    }
    for (const Diagnostic& d : r.diagnostics.all()) {
        RC_ASSERT(d.severity == Severity::error);
        RC_ASSERT(d.column <= r.file.line(d.line).size() + 1);
    }
    RC_ASSERT(r.file.complete || r.diagnostics.has_errors());
}

}  // namespace
}  // namespace spoor::config
