// What values of rules mean (V1-V12 of docs/sigma-semantics.md), and detections (D1-D4).

#include "sigma/rule_value.hpp"
#include "unit/sigma/rule_writing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace spoor::sigma {
namespace {

using test::condition_of;

// Detection of one item F with the YAML text as its value.
std::string value(const std::string& yaml) {
    return condition_of("  s:\n    F: " + yaml + "\n  condition: s\n");
}

// The parts of a text: wildcards in angle brackets.
std::string parts(std::string_view raw, bool placeholders = false) {
    std::string out;
    for (const TextPart& part : read_text(raw, placeholders)) {
        out += part.kind == TextPart::Kind::any           ? "<*>"
               : part.kind == TextPart::Kind::one         ? "<?>"
               : part.kind == TextPart::Kind::placeholder ? "<%" + part.text + ">"
                                                          : part.text;
    }
    return out;
}

TEST(RuleText, WildcardsAndEscapes) {
    EXPECT_EQ(parts("a*b?c"), "a<*>b<?>c");
    EXPECT_EQ(parts("a**b"), "a<*>b");
    EXPECT_EQ(parts(R"(a\*b\?c)"), "a*b?c");
    EXPECT_EQ(parts(R"(C:\Windows\x)"), R"(C:\Windows\x)");
    EXPECT_EQ(parts(R"(a\)"), R"(a\)");
    EXPECT_EQ(parts(R"(a\\b)"), R"(a\b)");
    EXPECT_EQ(parts(R"(a\\*)"), R"(a\<*>)");
    EXPECT_EQ(parts(R"(a\\\*)"), R"(a\*)");
    EXPECT_EQ(parts(R"(a\\\b)"), R"(a\\b)");
    EXPECT_EQ(parts(R"(a\\\\b)"), R"(a\\b)");
    EXPECT_EQ(parts(""), "");
}

TEST(RuleText, PlaceholdersOnlyWhereAskedFor) {
    EXPECT_EQ(parts("a%b%c"), "a%b%c");
    EXPECT_EQ(parts("a%b%c", true), "a<%b>c");
    EXPECT_EQ(parts(R"(\%b%)", true), "%b%");
    EXPECT_EQ(parts("100% of %b%", true), "100% of <%b>");
    EXPECT_EQ(parts("%%", true), "%%");
}

TEST(RuleValues, OfYaml) {
    EXPECT_EQ(value("abc"), "F=\"abc\"");
    EXPECT_EQ(value("ÄBC"), "F=\"äbc\"");
    EXPECT_EQ(value("4624"), "F#4624");
    EXPECT_EQ(value("'4624'"), "F=\"4624\"");
    EXPECT_EQ(value("-1"), "F#-1");
    EXPECT_EQ(value("1.5"), "F#1.5");
    EXPECT_EQ(value("1e3"), "F#1000");
    EXPECT_EQ(value("true"), "F:true");
    EXPECT_EQ(value("FALSE"), "F:false");
    EXPECT_EQ(value("'true'"), "F=\"true\"");
    EXPECT_EQ(value("null"), "F:null");
    EXPECT_EQ(value("~"), "F:null");
    EXPECT_EQ(value(""), "F:null");
    EXPECT_EQ(value("''"), "F=\"\"");
    EXPECT_EQ(value("'*'"), "F=\"*\"");
    for (const char* text : {"2024-01-01", "yes", "on", "0o7", "1_000", "0x1f", ".inf", "1.2.3"}) {
        EXPECT_EQ(value(text), std::string("F=\"") + text + "\"");
    }
    EXPECT_EQ(value("18446744073709551616"), "F#1.8446744073709552e+19");
}

TEST(RuleValues, Lists) {
    EXPECT_EQ(value("[a, 1]"), "(F=\"a\" | F#1)");
    EXPECT_EQ(value("[a]"), "F=\"a\"");
    EXPECT_EQ(value("[]"), "refused: empty-list");
    EXPECT_EQ(value("[a, null]"), "refused: null-in-list");
    EXPECT_EQ(value("[null]"), "F:null");
    EXPECT_EQ(value("[a, [b]]"), "refused: nested-value");
    EXPECT_EQ(value("{a: b}"), "refused: nested-value");
}

TEST(Detections, MapsAndLists) {
    EXPECT_EQ(condition_of("  s: {A: a, B: b}\n  condition: s\n"), "(A=\"a\" & B=\"b\")");
    EXPECT_EQ(condition_of("  s:\n    - {A: a, C: c}\n    - B: b\n  condition: s\n"),
              "((A=\"a\" & C=\"c\") | B=\"b\")");
    EXPECT_EQ(condition_of("  s: {}\n  condition: s\n"), "refused: empty-selection");
    EXPECT_EQ(condition_of("  s:\n  condition: s\n"), "refused: empty-selection");
}

TEST(Detections, Keywords) {
    EXPECT_EQ(condition_of("  k: foo\n  condition: k\n"), "any=\"*foo*\"");
    EXPECT_EQ(condition_of("  k: [foo, 7, true]\n  condition: k\n"),
              "(any=\"*foo*\" | any=\"*7*\" | any=\"*true*\")");
    EXPECT_EQ(condition_of("  k:\n    - foo\n    - A: a\n    - bar\n  condition: k\n"),
              "(A=\"a\" | (any=\"*foo*\" | any=\"*bar*\"))");
    EXPECT_EQ(condition_of("  k: {'|all': [a, b]}\n  condition: k\n"),
              "(any=\"*a*\" & any=\"*b*\")");
    EXPECT_EQ(condition_of("  k: {'|re': 'a.b'}\n  condition: k\n"), "any/a.b/");
    EXPECT_EQ(condition_of("  k: {'|cased': a}\n  condition: k\n"), "any==\"*a*\"");
    EXPECT_EQ(condition_of("  k: [a, null]\n  condition: k\n"), "refused: null-value");
    EXPECT_EQ(condition_of("  k: {'|cidr': 10.0.0.0/8}\n  condition: k\n"),
              "refused: keyword-modifier");
}

TEST(Detections, NamesOfFieldsWithoutSpaces) {
    EXPECT_EQ(condition_of("  s: {'Threat Name|contains': x}\n  condition: s\n"),
              "ThreatName=\"*x*\"");
}

TEST(Predicates, AreThereOnce) {
    const Loaded loaded = load_rules(
        {{"r.yml",
          test::rule_with("  a: {F: [x, X, y]}\n  b: {F: x, G: x}\n  condition: a or b\n")}},
        {});
    EXPECT_EQ(loaded.rules->predicates.size(), 3U);
}

}  // namespace
}  // namespace spoor::sigma
