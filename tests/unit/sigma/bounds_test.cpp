// What rule files may ask for before they are refused: paths, depth (F9).

#include "sigma/engine.hpp"
#include "unit/sigma/rule_writing.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

namespace spoor::sigma {
namespace {

using test::codes_of;
using test::rule_with;

std::string dotted(std::size_t parts) {
    std::string out = "a";
    for (std::size_t i = 1; i < parts; ++i) {
        out += ".a";
    }
    return out;
}

std::string rule_for(const std::string& name, const std::string& product, int fields) {
    std::string out = fmt::format(
        "title: {0}\nid: {0}\nlogsource:\n  product: {1}\ndetection:\n  s:\n", name, product);
    for (int i = 0; i < fields; ++i) {
        out += fmt::format("    {}{}: v\n", name, i);
    }
    return out + "  condition: s\n";
}

TEST(Bounds, DepthOfAField) {
    const auto codes = [](const std::string& item) {
        return codes_of(
            load_rules({{"r", rule_with("  s:\n    " + item + "\n  condition: s\n")}}, {}));
    };
    EXPECT_EQ(codes(dotted(64) + ": 1"), "");
    EXPECT_EQ(codes(dotted(65) + ": 1"), "field-depth");
    EXPECT_EQ(codes(std::string(50'000, '.') + "a: 1"), "field-depth");
    EXPECT_EQ(codes("a|fieldref: " + dotted(50'000)), "field-depth");
}

TEST(Bounds, PathsOfAllRules) {
    const Loaded most = load_rules({{"a.yml", rule_for("A", "windows", 12'000)}}, {});
    EXPECT_EQ(codes_of(most), "");
    EXPECT_EQ(Engine(most.rules).paths().size(), 60'000U);

    const Loaded loaded = load_rules({{"a.yml", rule_for("A", "windows", 11'999)},
                                      {"b.yml", rule_for("B", "linux", 6)},
                                      {"c.yml", rule_for("C", "windows", 1)},
                                      {"d.yml", rule_for("A", "linux", 3)}},
                                     {});
    EXPECT_EQ(codes_of(loaded), "too-many-fields too-many-fields duplicate-id");
    EXPECT_EQ(loaded.diagnostics.all()[0].file, "b.yml");
    EXPECT_EQ(loaded.diagnostics.all()[0].line, 12U);
    EXPECT_EQ(loaded.diagnostics.all()[1].file, "c.yml");
    EXPECT_EQ(loaded.rules->rules.size(), 1U);
    EXPECT_LE(Engine(loaded.rules).paths().size(), 60'000U);
}

TEST(Bounds, FieldsThatCorrelationsCarry) {
    const std::string correlation =
        "title: C\nid: C\ncorrelation:\n  type: event_count\n  rules: [A]\n  group-by: [" +
        dotted(65) + "]\n  timespan: 1m\n  condition: {gte: 2}\n";
    const Loaded loaded =
        load_rules({{"a.yml", rule_for("A", "linux", 1)}, {"c.yml", correlation}}, {});
    EXPECT_EQ(codes_of(loaded), "field-depth rule-not-loaded");
}

std::string codes_of_items(const std::string& items, const LoadOptions& options = {}) {
    return codes_of(
        load_rules({{"r", rule_with("  s:\n    " + items + "\n  condition: s\n")}}, options));
}

// M6, M15: few values of much text.
TEST(Bounds, BytesThatModifiersMake) {
    const std::string dashes = "'-a -b -c -d -e " + std::string(8'000, 'x') + "'";
    EXPECT_EQ(codes_of_items("a|windash|contains: " + dashes), "");
    EXPECT_EQ(codes_of_items("a|windash|contains: " + dashes + "\n    b|windash: " + dashes),
              "too-many-values");
    EXPECT_EQ(codes_of_items("a|windash: '-a -b -c -d -e " + std::string(400'000, 'x') + "'"),
              "too-many-values");
    LoadOptions options;
    options.placeholders["p"].assign(100, std::string(1000, 'x'));
    EXPECT_EQ(codes_of_items("a|expand: '%p%%p%'", options), "");
    EXPECT_EQ(codes_of_items("a|expand: '%p%" + std::string(1'000'000, 'x') + "'", options),
              "too-many-values");
}

std::string repeated(const std::string& word, const std::string& text, std::size_t times) {
    std::string out = text;
    for (std::size_t i = 1; i < times; ++i) {
        out.append(word).append(text);
    }
    return out;
}

// C3: a short text that names many selections, often.
TEST(Bounds, PartsOfAConditionThatPatternsName) {
    std::string selections;
    for (int i = 0; i < 1000; ++i) {
        selections += fmt::format("  s{}: {{a: b}}\n", i);
    }
    const auto codes = [&](const std::string& condition) {
        return codes_of(
            load_rules({{"r", rule_with(selections + "  condition: " + condition + "\n")}}, {}));
    };
    EXPECT_EQ(codes(repeated(" or ", "1 of them", 3)), "");
    EXPECT_EQ(codes(repeated(" or ", "1 of them", 50'000)), "too-large");
    EXPECT_EQ(codes("[" + repeated(", ", "1 of them", 300) + "]"),
              repeated(" ", "too-large", 101));  // one a condition that has no room
    EXPECT_EQ(codes(repeated(" or ", "1 of s7", 250'000)), "too-large");
}

// In time that does not grow with their product.
TEST(Bounds, ManySelectionsByName) {
    std::string selections;
    std::string condition = "s0";
    for (int i = 0; i < 60'000; ++i) {
        selections += fmt::format("  s{}: {{a: b}}\n", i);
        condition += fmt::format(" or s{}", i);
    }
    EXPECT_EQ(codes_of(load_rules(
                  {{"r", rule_with(selections + "  condition: " + condition + "\n")}}, {})),
              "");
}

}  // namespace
}  // namespace spoor::sigma
