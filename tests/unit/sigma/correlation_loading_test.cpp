// What correlations and filters become (§5 and §7 of docs/sigma-semantics.md).

#include "unit/sigma/rule_writing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using test::codes_of;

std::string rule(const std::string& name, const std::string& logsource = "{product: windows}") {
    return "title: Rule " + name + "\nname: " + name + "\nlogsource: " + logsource +
           "\ndetection: {s: {F: " + name + "}, condition: s}\n---\n";
}

std::string correlation(const std::string& section, const std::string& name = "c") {
    return "title: Correlation " + name + "\nname: " + name + "\ncorrelation:\n" + section +
           "\n---\n";
}

Loaded load(const std::string& text, const LoadOptions& options = {}) {
    return load_rules({{"r.yml", text}}, options);
}

const std::string counted =
    "  type: event_count\n  rules: [a]\n  timespan: 5m\n"
    "  condition: {gte: 3}\n";

TEST(Correlations, Plain) {
    const Loaded loaded = load(rule("a") + correlation(counted + "  group-by: [User]"));
    ASSERT_EQ(codes_of(loaded), "");
    ASSERT_EQ(loaded.rules->correlations.size(), 1U);
    const Correlation& c = loaded.rules->correlations[0];
    EXPECT_EQ(c.type, CorrelationType::event_count);
    EXPECT_EQ(c.timespan, std::chrono::minutes{5});
    ASSERT_EQ(c.bounds.size(), 1U);
    EXPECT_EQ(c.bounds[0].op, Bound::Op::gte);
    EXPECT_EQ(c.bounds[0].value, 3);
    EXPECT_FALSE(c.decided_at_close);
    EXPECT_FALSE(c.within_host);
    ASSERT_EQ(c.readings.size(), 1U);
    const Rule& base = loaded.rules->rules[0];
    ASSERT_EQ(base.carried.size(), 1U);
    EXPECT_EQ(loaded.rules->fields[base.carried[c.readings[0].group[0]]].name, "User");
    EXPECT_FALSE(base.gives_alerts);
    EXPECT_TRUE(c.gives_alerts);
}

TEST(Correlations, PlaceOfTheirGroups) {
    EXPECT_TRUE(load(rule("a") + correlation(counted + "  group-by: [User, Computer]"))
                    .rules->correlations[0]
                    .within_host);
    const std::string chain =
        "  type: event_count\n  rules: [c]\n  timespan: 5m\n"
        "  condition: {gte: 3}\n  group-by: Computer";
    const Loaded within =
        load(rule("a") + correlation(counted + "  group-by: Computer") + correlation(chain, "d"));
    EXPECT_TRUE(within.rules->correlations[1].within_host);
    const Loaded across =
        load(rule("a") + correlation(counted + "  group-by: User") + correlation(chain, "d"));
    EXPECT_FALSE(across.rules->correlations[1].within_host);
}

TEST(Correlations, DecidedAtClose) {
    const auto at_close = [](const std::string& condition) {
        const Loaded loaded = load(rule("a") + correlation("  type: event_count\n  rules: a\n"
                                                           "  timespan: 1h\n  condition: " +
                                                           condition));
        EXPECT_EQ(codes_of(loaded), "") << condition;
        return loaded.rules->correlations.at(0).decided_at_close;
    };
    EXPECT_FALSE(at_close("{gt: 1}"));
    EXPECT_TRUE(at_close("{lt: 2}"));
    EXPECT_TRUE(at_close("{eq: 1}"));
    EXPECT_TRUE(at_close("{neq: 1}"));
    EXPECT_TRUE(at_close("{gt: 1, lte: 5}"));
}

TEST(Correlations, ConditionsOverRules) {
    const auto loaded_with = [](const std::string& condition) {
        return load(rule("a") + rule("b") +
                    correlation("  type: temporal\n  rules: [a, b]\n  timespan: 1h\n"
                                "  condition: " +
                                condition));
    };
    const Loaded with_not = loaded_with("a and not b");
    ASSERT_EQ(codes_of(with_not), "");
    EXPECT_TRUE(with_not.rules->correlations[0].decided_at_close);
    EXPECT_EQ(with_not.rules->correlations[0].boolean->children.size(), 2U);
    EXPECT_FALSE(loaded_with("a and b").rules->correlations[0].decided_at_close);
    EXPECT_EQ(codes_of(loaded_with("not a")), "correlation-condition");
    EXPECT_EQ(codes_of(loaded_with("a")), "unused-rule?");
    EXPECT_EQ(codes_of(loaded_with("a and x")), "unknown-selection");
}

TEST(Correlations, DefaultsOfTemporal) {
    const Loaded loaded =
        load(rule("a") + rule("b") +
             correlation("  type: temporal_ordered\n  rules: [a, b]\n  timespan: 1h"));
    ASSERT_EQ(codes_of(loaded), "");
    EXPECT_EQ(loaded.rules->correlations[0].bounds.at(0).value, 2);
    EXPECT_EQ(codes_of(load(rule("a") + rule("b") +
                            correlation("  type: temporal_ordered\n  rules: [a, b]\n"
                                        "  timespan: 1h\n  condition: {gte: 1}"))),
              "correlation-condition");
}

TEST(Correlations, OrderRingsAndMissingOnes) {
    const std::string upper =
        "  type: event_count\n  rules: [c]\n  timespan: 1h\n"
        "  condition: {gte: 2}";
    const Loaded chain = load(correlation(upper, "d") + correlation(counted) + rule("a"));
    ASSERT_EQ(codes_of(chain), "");
    ASSERT_EQ(chain.rules->correlations.size(), 2U);
    EXPECT_EQ(chain.rules->correlations[0].meta.name, "c");
    EXPECT_TRUE(chain.rules->correlations[1].inputs[0].is_correlation);
    EXPECT_EQ(chain.rules->correlations[1].readings.size(), 1U);
    EXPECT_FALSE(chain.rules->correlations[0].gives_alerts);

    const std::string ring =
        "  type: event_count\n  rules: [d]\n  timespan: 1h\n"
        "  condition: {gte: 2}";
    EXPECT_EQ(
        codes_of(load(correlation(ring, "c") + correlation(upper, "d") + correlation(upper, "e"))),
        "correlation-ring correlation-ring rule-not-loaded");
    EXPECT_EQ(codes_of(load(correlation(counted))), "unknown-rule");
    // The rule is there, but cannot be used.
    EXPECT_EQ(codes_of(load("title: x\nname: a\nlogsource: {product: p}\ndetection:\n"
                            "  s: {F|expand: '%x%'}\n  condition: s\n---\n" +
                            correlation(counted) + correlation(upper, "d"))),
              "unknown-placeholder rule-not-loaded rule-not-loaded");
}

TEST(Correlations, Aliases) {
    const Loaded loaded = load(rule("a") + rule("b") +
                               correlation("  type: temporal\n  rules: [a, b]\n  timespan: 1h\n"
                                           "  group-by: [ip, User]\n"
                                           "  aliases: {ip: {a: SourceIp}}"));
    ASSERT_EQ(codes_of(loaded), "");
    const auto field = [&](std::size_t reading, std::size_t group) {
        const auto& r = loaded.rules->correlations[0].readings[reading];
        return loaded.rules->fields[loaded.rules->rules[r.rule].carried[r.group[group]]].name;
    };
    EXPECT_EQ(field(0, 0), "SourceIp");
    EXPECT_EQ(field(0, 1), "User");
    EXPECT_EQ(field(1, 0), "ip");
    EXPECT_EQ(codes_of(load(rule("a") + correlation(counted + "  group-by: ip\n"
                                                              "  aliases: {ip: {b: X}}"))),
              "unknown-rule");
    EXPECT_EQ(codes_of(load(rule("a") + correlation(counted + "  aliases: {ip: {a: X}}"))),
              "unused-alias?");
}

TEST(Correlations, WhoGivesAlerts) {
    const Loaded loaded =
        load(rule("a") + correlation(counted) + correlation(counted + "  generate: true", "d"));
    EXPECT_TRUE(loaded.rules->rules[0].gives_alerts);
    EXPECT_FALSE(load(rule("a") + correlation(counted)).rules->rules[0].gives_alerts);
    EXPECT_TRUE(load(rule("a")).rules->rules[0].gives_alerts);
}

TEST(Correlations, Versions) {
    const auto version = [](const std::string& text) {
        const Loaded loaded = load(text);
        return loaded.rules->correlations.at(0).meta.version;
    };
    const std::string base = version(rule("a") + correlation(counted));
    EXPECT_EQ(base.size(), 16U);
    EXPECT_EQ(version(rule("a") + rule("b") + correlation(counted)), base);
    EXPECT_NE(version(rule("a", "{product: linux}") + correlation(counted)), base);
    EXPECT_NE(version(rule("a") + correlation(counted + "  group-by: User")), base);
    std::string longer = counted;
    longer.replace(longer.find("5m"), 2, "6m");
    EXPECT_NE(version(rule("a") + correlation(longer)), base);
    EXPECT_EQ(version("# a comment\n" + rule("a") + correlation(counted)), base);
}

std::string filter(const std::string& rules, const std::string& condition = "not s") {
    return "title: Filter\nlogsource: {product: windows}\nfilter:\n  rules: " + rules +
           "\n  s: {U: adm}\n  condition: " + condition + "\n---\n";
}

std::string condition_of_first(const Loaded& loaded) {
    return test::to_text(*loaded.rules, loaded.rules->rules.at(0).condition);
}

TEST(Filters, JoinTheirRules) {
    const Loaded named = load(rule("a") + rule("b") + filter("[a]"));
    EXPECT_EQ(codes_of(named), "");
    EXPECT_EQ(named.num_filters, 1U);
    EXPECT_EQ(condition_of_first(named), "(F=\"a\" & !U=\"adm\")");
    EXPECT_EQ(test::to_text(*named.rules, named.rules->rules[1].condition), "F=\"b\"");
    EXPECT_EQ(condition_of_first(load(filter("any") + rule("a"))), "(F=\"a\" & !U=\"adm\")");
    EXPECT_EQ(condition_of_first(load(filter("any") + filter("a") + rule("a"))),
              "(F=\"a\" & !U=\"adm\" & !U=\"adm\")");
}

// C8, X2: the second of two with one id is refused, the filter is the first one's.
TEST(Filters, ARefusedDuplicateTakesNoFilter) {
    const Loaded loaded = load(rule("a") + rule("a") + filter("[a]"));
    EXPECT_EQ(codes_of(loaded), "duplicate-id duplicate-name");
    EXPECT_EQ(condition_of_first(loaded), "(F=\"a\" & !U=\"adm\")");
    const auto named = [](const std::string& id) {
        return "title: T\nid: " + id +
               "\nname: n\nlogsource: {product: windows}\ndetection:\n  s: {F: x}\n"
               "  condition: s\n---\n";
    };
    const Loaded by_name = load(named("a") + named("b") + filter("[n]") + filter("[b]"));
    EXPECT_EQ(codes_of(by_name), "duplicate-name");  // nothing more is said of `b`
    EXPECT_EQ(condition_of_first(by_name), "(F=\"x\" & !U=\"adm\")");
}

TEST(Filters, WhatIsToldOfThem) {
    EXPECT_EQ(codes_of(load(rule("a") + filter("[a]", "s"))), "filter-condition?");
    EXPECT_EQ(codes_of(load(rule("a") + filter("[b]"))), "unknown-rule?");
    EXPECT_EQ(codes_of(load(rule("a", "{product: linux}") + filter("[a]"))), "filter-logsource?");
    EXPECT_EQ(codes_of(load(rule("a", "{product: linux}") + filter("any"))), "unused-filter?");
    EXPECT_EQ(codes_of(load(rule("a") + filter("[]"))), "missing-rules");
    EXPECT_EQ(condition_of_first(load(rule("a", "{category: x}") + filter("any"))), "F=\"a\"");
}

TEST(Filters, OneWithoutItsPlaceholderIsLeftOut) {
    const Loaded loaded = load(rule("a") +
                               "title: Filter\nlogsource: {product: windows}\nfilter:\n"
                               "  rules: any\n  s: {U|expand: '%x%'}\n  condition: not s\n");
    EXPECT_EQ(codes_of(loaded), "unknown-placeholder");
    EXPECT_EQ(condition_of_first(loaded), "F=\"a\"");
    EXPECT_EQ(loaded.num_filters, 0U);
}

TEST(Documents, OneIdOrNameOnce) {
    EXPECT_EQ(codes_of(load(rule("a") + rule("a"))), "duplicate-id duplicate-name");
}

TEST(Documents, AMistakeInTheYamlIsItsDocumentsOwn) {
    const Loaded loaded = load(rule("a") +
                               "title: x\ntitle: y\nlogsource: {product: p}\n"
                               "detection: {s: {F: 1}, condition: s}\n---\n" +
                               rule("b") + "title: [z\n");
    EXPECT_EQ(loaded.rules->rules.size(), 2U);
    ASSERT_EQ(loaded.not_loaded.size(), 2U);
    EXPECT_EQ(loaded.not_loaded[0].reason, "duplicate-key");
    EXPECT_EQ(loaded.not_loaded[1].reason, "yaml-syntax");
}

}  // namespace
}  // namespace spoor::sigma
