// What modifiers make of values (M1-M16 of docs/sigma-semantics.md).

#include "sigma/encodings.hpp"
#include "unit/sigma/rule_writing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace spoor::sigma {
namespace {

using test::condition_of;

// Of one item: its key and the YAML text of its value.
std::string item(const std::string& key,
                 const std::string& value,
                 const LoadOptions& options = {}) {
    return condition_of("  s:\n    '" + key + "': " + value + "\n  condition: s\n", options);
}

TEST(Modifiers, PlacesInText) {
    EXPECT_EQ(item("F|contains", "a*b"), "F=\"*a*b*\"");
    EXPECT_EQ(item("F|startswith", "a"), "F=\"a*\"");
    EXPECT_EQ(item("F|endswith", "'*a'"), "F=\"*a\"");
    EXPECT_EQ(item("F|contains", "46"), "F=\"*46*\"");
    EXPECT_EQ(item("F|contains", "true"), "F=\"*true*\"");
    EXPECT_EQ(item("F|contains", "''"), "F=\"*\"");
    EXPECT_EQ(item("F|contains", "null"), "refused: null-value");
    EXPECT_EQ(item("F|contains|startswith", "a"), "refused: modifier-combination");
}

TEST(Modifiers, All) {
    EXPECT_EQ(item("F|contains|all", "[a, b]"), "(F=\"*a*\" & F=\"*b*\")");
    EXPECT_EQ(item("F|all|contains", "[a, b]"), "(F=\"*a*\" & F=\"*b*\")");
    const Loaded loaded =
        load_rules({{"r.yml", test::rule_with("  s: {F|contains|all: a}\n  condition: s\n")}}, {});
    EXPECT_EQ(test::codes_of(loaded), "single-all?");
}

TEST(Modifiers, Cased) {
    EXPECT_EQ(item("F|cased", "Ab"), "F==\"Ab\"");
    EXPECT_EQ(item("F|contains|cased", "Ab"), "F==\"*Ab*\"");
    EXPECT_EQ(item("F|cased|endswith", "Ab"), "F==\"*Ab\"");
    EXPECT_EQ(item("F|re|cased", "Ab"), "refused: modifier-combination");
    EXPECT_EQ(item("F|cased", "5"), "refused: modifier-value");
}

TEST(Modifiers, ExistsAndNeq) {
    EXPECT_EQ(item("F|exists", "true"), "F:exists");
    EXPECT_EQ(item("F|exists", "false"), "!F:exists");
    EXPECT_EQ(item("F|exists", "'true'"), "refused: exists-value");
    EXPECT_EQ(item("F|exists", "[true, false]"), "refused: exists-value");
    EXPECT_EQ(item("F|neq", "a"), "!F=\"a\"");
    EXPECT_EQ(item("F|neq", "[a, b]"), "!(F=\"a\" | F=\"b\")");
    EXPECT_EQ(item("F|contains|all|neq", "[a, b]"), "!(F=\"*a*\" & F=\"*b*\")");
    EXPECT_EQ(item("F|neq", "null"), "!F:null");
    EXPECT_EQ(item("F|lt|neq", "5"), "refused: modifier-combination");
}

TEST(Modifiers, Windash) {
    EXPECT_EQ(item("F|windash|contains", "' -a'"),
              "(F=\"* -a*\" | F=\"* /a*\" | F=\"* –a*\" | F=\"* —a*\" | F=\"* ―a*\")");
    EXPECT_EQ(item("F|contains|windash", "a-b"), "F=\"*a-b*\"");
    EXPECT_EQ(num_dash_places(read_text("-a /b –c", false)), 3U);
    EXPECT_EQ(dash_variants(read_text("-a /b", false)).size(), 25U);
    EXPECT_EQ(num_dash_places(read_text("a*-b", false)), 1U);
    EXPECT_EQ(num_dash_places(read_text("--a ä-ö -", false)), 1U);
    EXPECT_EQ(item("F|windash", "'-a -b -c -d -e -f'"), "refused: too-many-dashes");
    EXPECT_EQ(item("F|contains|all|windash", "['-a', x]"),
              "((F=\"*-a*\" | F=\"*/a*\" | F=\"*–a*\" | F=\"*—a*\" | F=\"*―a*\") & F=\"*x*\")");
}

TEST(Modifiers, Base64) {
    EXPECT_EQ(to_base64(""), "");
    EXPECT_EQ(to_base64("f"), "Zg==");
    EXPECT_EQ(to_base64("fo"), "Zm8=");
    EXPECT_EQ(to_base64("foo"), "Zm9v");
    EXPECT_EQ(item("F|base64", "foo"), "F==\"Zm9v\"");
    EXPECT_EQ(item("F|base64|contains", "foo"), "F==\"*Zm9v*\"");
    EXPECT_EQ(item("F|base64offset|contains", "foobar"),
              "(F==\"*Zm9vYmFy*\" | F==\"*Zvb2Jhc*\" | F==\"*mb29iYX*\")");
    EXPECT_EQ(item("F|base64", "a*"), "refused: wildcard-in-encoding");
    EXPECT_EQ(item("F|contains|base64", "a"), "refused: modifier-order");
}

// Each offset is what stands in the encoding of the text behind as many other bytes, whatever
// these and those behind it are.
TEST(Modifiers, Base64OffsetStandsInAnyEncoding) {
    for (const std::string text : {"a", "ab", "abc", "abcd", "http://", "äöü"}) {
        const auto offsets = to_base64_offsets(text);
        for (std::size_t i = 0; i < 3; ++i) {
            for (const char c : {'\0', 'x', '\xFF'}) {
                const std::string whole = to_base64(std::string(i, c) + text + std::string(4, c));
                EXPECT_NE(whole.find(offsets[i]), std::string::npos) << text << i;
            }
        }
    }
}

TEST(Modifiers, Utf16) {
    EXPECT_EQ(to_utf16("aä𝄞", false), std::string("a\0\xE4\0\x34\xD8\x1E\xDD", 8));
    EXPECT_EQ(to_utf16("a", true), std::string("\0a", 2));
    EXPECT_EQ(item("F|wide|base64", "ab"), "F==\"YQBiAA==\"");
    EXPECT_EQ(item("F|utf16le|base64", "ab"), "F==\"YQBiAA==\"");
    EXPECT_EQ(item("F|utf16|base64", "a"), "F==\"//5hAA==\"");
    EXPECT_EQ(item("F|wide|contains", "a"), std::string("F==\"*a\0*\"", 9));
    EXPECT_EQ(item("F|utf16", "a"), "refused: utf16-not-text");
    EXPECT_EQ(item("F|base64|wide", "a"), "refused: modifier-order");
}

TEST(Modifiers, Regex) {
    EXPECT_EQ(item("F|re", R"('a\*b.*')"), R"(F/a\*b.*/)");
    EXPECT_EQ(item("F|re", "5"), "F/5/");
    EXPECT_EQ(item("F|re|i", "ab"), "F/(?i)ab/");
    EXPECT_EQ(item("F|re|s|ignorecase|multiline", "ab"), "F/(?ims)ab/");
    EXPECT_EQ(item("F|re|startswith", "a|b"), R"(F/\A(?:a|b)/)");
    EXPECT_EQ(item("F|re|i|endswith", "a"), R"(F/(?:(?i)a)\z/)");
    EXPECT_EQ(item("F|re|contains", "a"), "F/a/");
    for (const char* bad : {"'(a'", "'a(?=b)'", R"('(a)\1')", "'a)(b'", "'[b-a]'"}) {
        EXPECT_EQ(item("F|re", bad), "refused: bad-regex");
        EXPECT_EQ(item("F|re|startswith", bad), "refused: bad-regex");
    }
    EXPECT_EQ(item("F|i|re", "a"), "refused: modifier-combination");
    EXPECT_EQ(item("F|contains|re", "a"), "refused: modifier-order");
}

TEST(Modifiers, Comparisons) {
    EXPECT_EQ(item("F|lt", "5"), "F#<5");
    EXPECT_EQ(item("F|lte", "'5'"), "F#<=5");
    EXPECT_EQ(item("F|gt", "1.5"), "F#>1.5");
    EXPECT_EQ(item("F|gte", "-1"), "F#>=-1");
    EXPECT_EQ(item("F|gte", "'05'"), "refused: not-a-number");
    EXPECT_EQ(item("F|gte", "true"), "refused: not-a-number");
    EXPECT_EQ(item("F|gte", "null"), "refused: null-value");
}

TEST(Modifiers, Networks) {
    EXPECT_EQ(item("F|cidr", "10.0.0.0/8"), "F^00000000000000000000ffff0a000000/104");
    EXPECT_EQ(item("F|cidr", "10.1.2.3"), "F^00000000000000000000ffff0a010203/128");
    EXPECT_EQ(item("F|cidr", "'fe80::/10'"), "F^fe800000000000000000000000000000/10");
    EXPECT_EQ(item("F|cidr", "'::ffff:10.0.0.0/104'"), "F^00000000000000000000ffff0a000000/104");
    EXPECT_EQ(item("F|cidr", "0.0.0.0/0"), "F^00000000000000000000ffff00000000/96");
    EXPECT_EQ(item("F|cidr", "10.0.0.1/8"), "refused: host-bits");
    for (const char* bad :
         {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "x", "'fe80::/129'", "'10.*'"}) {
        EXPECT_EQ(item("F|cidr", bad), "refused: bad-network") << bad;
    }
}

TEST(Modifiers, OtherFields) {
    EXPECT_EQ(item("F|fieldref", "G H"), "F~GH");
    EXPECT_EQ(item("F|fieldref|startswith", "G"), "F~starts with G");
    EXPECT_EQ(item("F|fieldref|cased", "G"), "F~cased G");
    EXPECT_EQ(item("F|fieldref|neq", "G"), "!F~G");
    EXPECT_EQ(item("F|fieldref", "''"), "refused: no-field");
}

TEST(Modifiers, PartsOfTimes) {
    EXPECT_EQ(item("F|hour", "22"), "F@hour22");
    EXPECT_EQ(item("F|minute|gte", "5"), "F@minute>=5");
    EXPECT_EQ(item("F|year", "'2024'"), "F@year2024");
    EXPECT_EQ(item("F|week", "1.5"), "refused: not-an-integer");
    EXPECT_EQ(item("F|gte|week", "1"), "refused: modifier-order");
}

TEST(Modifiers, Expand) {
    LoadOptions options;
    options.placeholders = {{"a", {"x", "y*"}}, {"b", {"1", "2"}}, {"none", {}}};
    EXPECT_EQ(item("F|expand", "'%a%'", options), "(F=\"x\" | F=\"y*\")");
    EXPECT_EQ(item("F|contains|expand", "'-%a%-'", options), "(F=\"*-x-*\" | F=\"*-y*-*\")");
    EXPECT_EQ(item("F|expand", "'%b%%b%'", options), "(F=\"11\" | F=\"12\" | F=\"21\" | F=\"22\")");
    EXPECT_EQ(item("F|expand|base64", "'%b%'", options), "(F==\"MQ==\" | F==\"Mg==\")");
    EXPECT_EQ(item("F|expand|all", "['%b%', z]", options), "((F=\"1\" | F=\"2\") & F=\"z\")");
    EXPECT_EQ(item("F", "'%a%'", options), "F=\"%a%\"");
    EXPECT_EQ(item("F|expand", R"('\%a%')", options), "F=\"%a%\"");
    EXPECT_EQ(item("F|expand", "'%c%'", options), "refused: unknown-placeholder");
    EXPECT_EQ(item("F|expand", "'%none%'", options), "refused: unknown-placeholder");
}

TEST(Modifiers, Words) {
    EXPECT_EQ(item("F|contain", "a"), "refused: unknown-modifier");
    EXPECT_EQ(item("F|", "a"), "refused: unknown-modifier");
    EXPECT_EQ(item("F|contains|contains", "a"), "refused: modifier-twice");
}

}  // namespace
}  // namespace spoor::sigma
