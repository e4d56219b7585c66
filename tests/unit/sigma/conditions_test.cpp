// The grammar of conditions (C1-C6 of docs/sigma-semantics.md).

#include "base/random.hpp"
#include "config/yaml_reader.hpp"
#include "sigma/condition.hpp"
#include "unit/sigma/rule_writing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using test::condition_of;

// Over selections a, b, c1, c2 and _d, each one item of that name.
std::string condition(const std::string& text) {
    return condition_of(
        "  a: {a: 1}\n  b: {b: 1}\n  c1: {c1: 1}\n  c2: {c2: 1}\n  _d: {_d: 1}\n  condition: " +
        text + "\n");
}

TEST(Conditions, Precedence) {
    EXPECT_EQ(condition("a or b and c1"), "(a#1 | (b#1 & c1#1))");
    EXPECT_EQ(condition("a and b or c1"), "((a#1 & b#1) | c1#1)");
    EXPECT_EQ(condition("(a or b) and c1"), "((a#1 | b#1) & c1#1)");
    EXPECT_EQ(condition("not a and b"), "(!a#1 & b#1)");
    EXPECT_EQ(condition("not (a and b)"), "!(a#1 & b#1)");
    EXPECT_EQ(condition("not not a"), "!!a#1");
    EXPECT_EQ(condition("a AND Not b"), "(a#1 & !b#1)");
    EXPECT_EQ(condition("((a))"), "a#1");
}

TEST(Conditions, Quantifiers) {
    EXPECT_EQ(condition("1 of c*"), "(c1#1 | c2#1)");
    EXPECT_EQ(condition("any of c*"), "(c1#1 | c2#1)");
    EXPECT_EQ(condition("all of c*"), "(c1#1 & c2#1)");
    EXPECT_EQ(condition("1 of them"), "(a#1 | b#1 | c1#1 | c2#1)");
    EXPECT_EQ(condition("all of _*"), "_d#1");
    EXPECT_EQ(condition("1 of *1"), "c1#1");
    EXPECT_EQ(condition("not 1 of c* and a"), "(!(c1#1 | c2#1) & a#1)");
    EXPECT_EQ(condition("1 of a"), "a#1");
    EXPECT_EQ(condition("2 of c*"), "refused: condition-quantifier");
    EXPECT_EQ(condition("1 of x*"), "refused: unknown-selection");
    EXPECT_EQ(condition("1 of"), "refused: condition-syntax");
    EXPECT_EQ(condition("c*"), "refused: unknown-selection");
}

TEST(Conditions, Lists) {
    EXPECT_EQ(condition("[a and b, c1]"), "((a#1 & b#1) | c1#1)");
    EXPECT_EQ(condition("[]"), "refused: condition-syntax");
    EXPECT_EQ(condition("[a, x]"), "refused: unknown-selection");
}

TEST(Conditions, Mistakes) {
    EXPECT_EQ(condition("''"), "refused: empty-condition");
    EXPECT_EQ(condition(""), "refused: empty-condition");
    EXPECT_EQ(condition("d"), "refused: unknown-selection");
    for (const char* bad : {"a b",
                            "a and",
                            "and a",
                            "(a",
                            "a)",
                            "()",
                            "not",
                            "a or or b",
                            "a & b",
                            "a, b",
                            "a or of"}) {
        EXPECT_EQ(condition(bad), "refused: condition-syntax") << bad;
    }
    EXPECT_EQ(condition("a | count() > 5"), "refused: aggregation");
    EXPECT_EQ(condition(std::string(100, '(') + "a" + std::string(100, ')')),
              "refused: condition-depth");
    EXPECT_EQ(condition_of("  a: {a: 1}\n"), "refused: missing-condition");
    EXPECT_EQ(condition_of("  all: {a: 1}\n  condition: all\n"), "refused: reserved-name");
}

TEST(Conditions, ReplacementOfAggregations) {
    const Loaded loaded =
        load_rules({{"r.yml",
                     test::rule_with("  a: {a: 1}\n  timeframe: 15m\n"
                                     "  condition: a | count(User) by Host, Domain >= 10\n")}},
                   {});
    ASSERT_EQ(loaded.diagnostics.all().size(), 1U);
    const std::string& hint = loaded.diagnostics.all()[0].hint;
    for (const char* part : {"type: value_count",
                             "rules: [t]",
                             "group-by: [Host, Domain]",
                             "timespan: 15m",
                             "{field: User, gte: 10}"}) {
        EXPECT_NE(hint.find(part), std::string::npos) << part << " in " << hint;
    }
}

TEST(Conditions, PatternsOfNames) {
    EXPECT_TRUE(name_fits("selection_a", "selection_*"));
    EXPECT_TRUE(name_fits("abc", "*"));
    EXPECT_TRUE(name_fits("abcabd", "a*b*d"));
    EXPECT_TRUE(name_fits("aXbYb", "a*b"));
    EXPECT_FALSE(name_fits("ab", "a*ab"));
    EXPECT_FALSE(name_fits("Abc", "a*"));
    EXPECT_FALSE(name_fits("ab", "a"));
}

// Made-up trees, written with as few parentheses as the grammar allows or with more, are read back.
struct Tree {
    ConditionNode node;
    std::string text;
    int binding = 3;  // 1: or, 2: and, 3: not, names
};

class Maker {
public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    Tree tree(int depth) {
        Tree out;
        switch (depth == 0 ? 0 : random_.below(4)) {
            case 0:
                out.node.kind = ConditionNode::Kind::name;
                out.node.name = static_cast<std::uint32_t>(random_.below(3));
                out.text = std::string(1, static_cast<char>('a' + out.node.name));
                return out;
            case 1: {
                Tree inner = tree(depth - 1);
                out.node.kind = ConditionNode::Kind::negate;
                out.text = "not " + bracketed(inner, 3);
                out.node.children.push_back(std::move(inner.node));
                return out;
            }
            case 2:
                return joined(ConditionNode::Kind::all, " and ", 2, depth);
            default:
                return joined(ConditionNode::Kind::any, " or ", 1, depth);
        }
    }

private:
    Tree joined(ConditionNode::Kind kind, const char* word, int binding, int depth) {
        Tree out;
        out.node.kind = kind;
        out.binding = binding;
        for (std::size_t i = random_.below(3) + 2; i > 0; --i) {
            Tree child = tree(depth - 1);
            out.text += (out.text.empty() ? "" : word) + bracketed(child, binding + 1);
            out.node.children.push_back(std::move(child.node));
        }
        return out;
    }

    std::string bracketed(const Tree& tree, int needs) {
        return tree.binding < needs || random_.below(4) == 0 ? "(" + tree.text + ")" : tree.text;
    }

    Random random_;
};

bool same(const ConditionNode& a, const ConditionNode& b) {
    if (a.kind != b.kind || a.name != b.name || a.children.size() != b.children.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.children.size(); ++i) {
        if (!same(a.children[i], b.children[i])) {
            return false;
        }
    }
    return true;
}

TEST(Conditions, WhatIsWrittenIsReadBack) {
    const YamlFile file("f", "");
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const Tree tree = Maker(seed).tree(4);
        Diagnostics diagnostics;
        Report report(file, diagnostics);
        ConditionNames names;
        names.names = {"a", "b", "c"};
        std::vector<bool> used;
        ConditionNode read;
        ASSERT_TRUE(read_condition(tree.text, {}, names, report, read, used)) << tree.text;
        EXPECT_TRUE(same(tree.node, read)) << tree.text;
    }
}

}  // namespace
}  // namespace spoor::sigma
