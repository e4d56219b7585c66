// What processing pipelines make of rules, beyond what tests/vectors/sigma/pipelines_*.yaml say.

#include "unit/sigma/rule_writing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

std::string pipeline(const std::string& steps) {
    return "name: p\nvars:\n  admins: [x, y]\ntransformations:\n" + steps;
}

Loaded load(const std::string& detection, const std::vector<std::string>& pipelines) {
    LoadOptions options;
    for (const std::string& text : pipelines) {
        options.pipelines.push_back({"pipeline.yml", text});
    }
    return load_rules({{"rule.yml", test::rule_with(detection)}}, options);
}

// The condition of a rule with one item, changed by one step.
std::string changed(const std::string& item, const std::string& step) {
    const Loaded loaded =
        load("  s: {" + item + "}\n  condition: s\n", {pipeline("  - {" + step + "}\n")});
    if (loaded.rules->rules.size() != 1 || !loaded.diagnostics.all().empty()) {
        return test::codes_of(loaded);
    }
    return test::to_text(*loaded.rules, loaded.rules->rules[0].condition);
}

TEST(Pipelines, FieldNames) {
    EXPECT_EQ(changed("F: x", "type: field_name_mapping, mapping: {F: [G, H]}"),
              "(G=\"x\" | H=\"x\")");
    EXPECT_EQ(changed("F|neq: x", "type: field_name_mapping, mapping: {F: [G, H]}"),
              "(!G=\"x\" & !H=\"x\")");
    EXPECT_EQ(changed("F|fieldref: G", "type: field_name_mapping, mapping: {G: H}"), "F~H");
    EXPECT_EQ(changed("CommandLine: x", "type: field_name_transform, transform_func: snake_case"),
              "command_line=\"x\"");
    EXPECT_EQ(changed("EventID: 1", "type: field_name_transform, transform_func: snake_case"),
              "event_id#1");
    EXPECT_EQ(changed("aB: 1", "type: field_name_transform, transform_func: upper"), "AB#1");
    EXPECT_EQ(changed("a.b: 1", "type: field_name_prefix_mapping, mapping: {a.: c.}"), "c.b#1");
}

// A step whose conditions are not read would change everything.
TEST(Pipelines, ConditionsThatAreNone) {
    const std::string step = "type: field_name_mapping, mapping: {F: G}, ";
    for (const std::string conditions : {"rule_conditions: 5",
                                         "rule_conditions: ''",
                                         "field_name_conditions: b",
                                         "detection_item_conditions: true"}) {
        EXPECT_EQ(changed("F: x", step + conditions), "bad-condition") << conditions;
    }
    EXPECT_EQ(changed("F: x", step + "rule_conditions: null"), "G=\"x\"");
    EXPECT_EQ(changed("F: x", step + "rule_conditions: []"), "G=\"x\"");
}

TEST(Pipelines, ReplacementsBetweenCharacters) {
    EXPECT_EQ(changed("F: é", "type: replace_string, regex: 'x*', replacement: '-'"), "F=\"-é-\"");
    EXPECT_EQ(changed("F: 日x本", "type: replace_string, regex: 'x*', replacement: '-'"),
              "F=\"-日--本-\"");
}

TEST(Pipelines, ARegularExpressionThatIsTooLarge) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) {
        text += "a?";
    }
    EXPECT_EQ(changed("F: '" + text + "'", "type: regex"), "bad-regex");
}

TEST(Pipelines, TooManyValuesOfPlaceholders) {
    const std::string name = "%admins%";
    std::string text;
    for (int i = 0; i < 14; ++i) {  // of two values each
        text += name;
    }
    EXPECT_EQ(changed("F|expand: '" + text + "'", "type: value_placeholders"), "too-many-values");
}

TEST(Pipelines, KeywordsAsRegularExpressions) {
    EXPECT_EQ(changed("'|cased': a.b", "type: regex, method: plain"), R"(any/(?s)a\.b/)");
    EXPECT_EQ(changed("'|startswith': a.b", "type: regex, method: plain"),
              R"(any/(?s)\Aa\.b.*\z/)");
}

TEST(Pipelines, HashesThatAreNotAskedForAreTold) {
    const std::string step = "type: hashes_fields, valid_hash_algos: [MD5]";
    EXPECT_EQ(changed("Hashes|contains: MD5=abc", step), "MD5=\"abc\"");
    EXPECT_EQ(changed("Hashes|contains: ['MD5=abc', 'IMPHASH=xyz']", step), "pipeline-value?");
    EXPECT_EQ(changed("Hashes|contains: 'IMPHASH=xyz'", step), "pipeline-value");
}

TEST(Pipelines, AttributesThatAreLists) {
    const auto with = [](const std::string& op) {
        return changed("F: x",
                       "type: field_name_mapping, mapping: {F: G}, rule_conditions: "
                       "[{type: rule_attribute, attribute: tags, value: a.b" +
                           op + "}]");
    };
    EXPECT_EQ(with(""), "bad-condition");  // eq
    EXPECT_EQ(with(", op: ne"), "bad-condition");
    EXPECT_EQ(with(", op: in"), "F=\"x\"");
    EXPECT_EQ(with(", op: not_in"), "G=\"x\"");
}

TEST(Pipelines, Values) {
    EXPECT_EQ(changed("F: 5", "type: convert_type, target_type: str"), "F=\"5\"");
    EXPECT_EQ(changed("F: '5'", "type: convert_type, target_type: num"), "F#5");
    EXPECT_EQ(changed("F: x", "type: convert_type, target_type: num"), "pipeline-value");
    EXPECT_EQ(changed("F: [a, b]", "type: map_string, mapping: {a: [c, d*]}"),
              "(F=\"c\" | F=\"d*\" | F=\"b\")");
    EXPECT_EQ(changed("F: x", "type: set_value, value: 5"), "F#5");
    EXPECT_EQ(changed("F: x", "type: set_value, value: 5, force_type: str"), "F=\"5\"");
    EXPECT_EQ(changed("F: x", "type: set_value, value: null"), "F:null");
    EXPECT_EQ(changed("F|cased: aB", "type: case, method: upper"), "F==\"AB\"");
    EXPECT_EQ(changed("F|cased: AbÉ", "type: case, method: lower"), "F==\"abé\"");
    EXPECT_EQ(changed("F|cased: ΣΑΣß", "type: case, method: lower"), "F==\"σασß\"");
    EXPECT_EQ(changed("F|cased: 'straße'", "type: case, method: upper"), "F==\"STRASSE\"");
    EXPECT_EQ(changed("F|cased: aBc", "type: case, method: snake_case"), "F==\"a_bc\"");
    EXPECT_EQ(changed("F|contains: a.b", "type: regex, method: plain"), R"(F/(?s)\A.*a\.b.*\z/)");
    EXPECT_EQ(changed("F: aB", "type: regex"), R"(F/(?is)\AaB\z/)");
}

TEST(Pipelines, ReplacedTexts) {
    EXPECT_EQ(changed("F: 'a\\*b*c'", "type: replace_string, regex: b, replacement: x"),
              "F=\"a\\*x*c\"");
    EXPECT_EQ(changed("F: 'C:\\x*'", "type: replace_string, regex: '^C:', replacement: 'D:\\\\'"),
              "F=\"d:\\\\x*\"");
    EXPECT_EQ(changed("F: abc", "type: replace_string, regex: b, replacement: '*'"), "F=\"a*c\"");
    EXPECT_EQ(changed("F: 'a*c'", "type: replace_string, regex: '\\*', replacement: x"),
              "F=\"axc\"");
    EXPECT_EQ(
        changed("F: 'a*c'", "type: replace_string, regex: '.', replacement: x, skip_special: true"),
        "F=\"x*x\"");
    EXPECT_EQ(changed("F: ab", "type: replace_string, regex: '(?P<q>a)', replacement: '\\g<q>\\1'"),
              "F=\"aab\"");
    EXPECT_EQ(changed("F: ab", "type: replace_string, regex: '', replacement: '-'"), "F=\"-a-b-\"");
    EXPECT_EQ(changed("F: ab", "type: replace_string, regex: 'a', replacement: '\\2'"),
              "bad-replacement");
    EXPECT_EQ(changed("F: ab", "type: replace_string, regex: 'a(?=b)', replacement: x"),
              "bad-regex");
}

TEST(Pipelines, Hashes) {
    const std::string step = "type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: H";
    EXPECT_EQ(changed("Hashes|contains: [MD5=aa, SHA1=bb]", step), "(HMD5=\"aa\" | HSHA1=\"bb\")");
    EXPECT_EQ(changed("Hashes|contains|all: [MD5=aa, SHA1=bb]", step),
              "(HMD5=\"aa\" & HSHA1=\"bb\")");
    EXPECT_EQ(changed("Hash: 0123456789abcdef0123456789abcdef", step),
              "HMD5=\"0123456789abcdef0123456789abcdef\"");
    EXPECT_EQ(changed("Hashes: IMPHASH=cc", step), "pipeline-value");
    EXPECT_EQ(changed("Other: MD5=aa", step), "Other=\"md5=aa\"");
}

TEST(Pipelines, AddedConditions) {
    EXPECT_EQ(changed("F: x", "type: add_condition, conditions: {'G|endswith': [a, b]}"),
              "(F=\"x\" & (G=\"*a\" | G=\"*b\"))");
    EXPECT_EQ(changed("F: x", "type: add_condition, template: true, conditions: {G: 'p-$product'}"),
              "(F=\"x\" & G=\"p-test\")");
    EXPECT_EQ(changed("F: x", "type: add_condition, negated: true, conditions: {G: a}"),
              "(F=\"x\" & !G=\"a\")");
}

TEST(Pipelines, Placeholders) {
    EXPECT_EQ(changed("F|expand: '%admins%-%admins%'", "type: value_placeholders"),
              "(F=\"x-x\" | F=\"x-y\" | F=\"y-x\" | F=\"y-y\")");
    EXPECT_EQ(changed("F|expand: 'a%other%'", "type: wildcard_placeholders"), "F=\"a*\"");
    EXPECT_EQ(changed("F|expand: '%other%'", "type: value_placeholders"), "unknown-placeholder");
}

TEST(Pipelines, ItemsThatGo) {
    const std::string drop =
        "type: drop_detection_item, field_name_conditions: "
        "[{type: include_fields, fields: [F]}]";
    EXPECT_EQ(changed("F: x, G: y", drop), "G=\"y\"");
    EXPECT_EQ(changed("F: x", drop), "empty-selection");
}

TEST(Pipelines, RefusedRulesAreSkipped) {
    const Loaded loaded = load("  s: {F: x}\n  condition: s\n",
                               {pipeline("  - {type: rule_failure, message: no}\n")});
    EXPECT_EQ(test::codes_of(loaded), "pipeline-failure?");
    ASSERT_EQ(loaded.not_loaded.size(), 1U);
    EXPECT_TRUE(loaded.not_loaded[0].skipped);
}

// One step that renames F if the conditions hold.
bool renames(const std::string& conditions, const std::string& before = {}) {
    const Loaded loaded =
        load("  s: {F: [x, 5]}\n  k: {G: null}\n  condition: s and k\nlevel: high\ntags: [t.a]\n",
             {pipeline(before + "  - {type: field_name_mapping, mapping: {F: H}, " + conditions +
                       "}\n")});
    EXPECT_EQ(test::codes_of(loaded), "") << conditions;
    return test::to_text(*loaded.rules, loaded.rules->rules.at(0).condition).find("H=\"x\"") !=
           std::string::npos;
}

TEST(Pipelines, ConditionsOnRules) {
    const auto rule = [](const std::string& condition, const std::string& before = {}) {
        return renames("rule_conditions: [{" + condition + "}]", before);
    };
    EXPECT_TRUE(rule("type: logsource, product: test"));
    EXPECT_FALSE(rule("type: logsource, product: test, category: x"));
    EXPECT_TRUE(rule("type: contains_field, field: F"));
    EXPECT_FALSE(rule("type: contains_field, field: f"));
    EXPECT_TRUE(rule("type: contains_detection_item, field: F, value: 5"));
    EXPECT_FALSE(rule("type: contains_detection_item, field: F, value: '5'"));
    EXPECT_TRUE(rule("type: is_sigma_rule"));
    EXPECT_FALSE(rule("type: is_sigma_correlation_rule"));
    EXPECT_TRUE(rule("type: rule_attribute, attribute: level, value: medium, op: gt"));
    EXPECT_FALSE(rule("type: rule_attribute, attribute: level, value: critical, op: gte"));
    EXPECT_TRUE(rule("type: rule_attribute, attribute: title, value: T"));
    EXPECT_TRUE(rule("type: rule_attribute, attribute: tags, value: t.a, op: in"));
    EXPECT_TRUE(rule("type: tag, tag: t.a"));
    EXPECT_FALSE(rule("type: tag, tag: t"));
    const std::string state = "  - {id: one, type: set_state, key: k, val: 5}\n";
    EXPECT_TRUE(rule("type: processing_state, key: k, val: 4, op: gt", state));
    EXPECT_FALSE(rule("type: processing_state, key: k, val: 4", state));
    EXPECT_TRUE(rule("type: processing_item_applied, processing_item_id: one", state));
    EXPECT_FALSE(rule("type: processing_item_applied, processing_item_id: two", state));
    EXPECT_TRUE(
        renames("rule_conditions: {a: {type: tag, tag: t.a}, b: {type: tag, tag: t.b}}, "
                "rule_cond_expr: a and not b"));
    EXPECT_TRUE(renames("rule_conditions: [{type: tag, tag: t.b}], rule_cond_not: true"));
}

TEST(Pipelines, ConditionsOnItemsAndFields) {
    const auto item = [](const std::string& condition) {
        return renames("detection_item_conditions: [{" + condition + "}]");
    };
    EXPECT_TRUE(item("type: match_string, cond: any, pattern: '[xy]'"));
    EXPECT_FALSE(item("type: match_string, cond: all, pattern: '[xy]'"));
    EXPECT_TRUE(item("type: match_value, value: 5"));
    EXPECT_FALSE(item("type: contains_wildcard"));
    EXPECT_FALSE(item("type: is_null, cond: all"));
    const auto field = [](const std::string& condition) {
        return renames("field_name_conditions: [{" + condition + "}]");
    };
    EXPECT_TRUE(field("type: include_fields, fields: [F, X]"));
    EXPECT_TRUE(field("type: include_fields, fields: ['[A-F]'], mode: re"));
    EXPECT_FALSE(field("type: exclude_fields, fields: F"));
}

TEST(Pipelines, OrderIsByPriority) {
    const std::string first =
        "priority: 10\ntransformations:\n"
        "  - {type: field_name_mapping, mapping: {F: G}}\n";
    const std::string second =
        "priority: 20\ntransformations:\n"
        "  - {type: field_name_mapping, mapping: {G: H}}\n";
    const Loaded loaded = load("  s: {F: x}\n  condition: s\n", {second, first});
    EXPECT_EQ(test::to_text(*loaded.rules, loaded.rules->rules.at(0).condition), "H=\"x\"");
}

TEST(Pipelines, FieldsOfCorrelations) {
    LoadOptions options;
    options.pipelines.push_back(
        {"p.yml", pipeline("  - {type: field_name_mapping, mapping: {User: [u.name, u.id]}}\n")});
    const Loaded loaded =
        load_rules({{"r.yml",
                     "title: a\nname: a\nlogsource: {product: windows}\n"
                     "detection: {s: {F: 1}, condition: s}\n---\n"
                     "title: c\ncorrelation: {type: event_count, rules: [a], group-by: [User, "
                     "Image], timespan: 5m, condition: {gte: 2}}\n"}},
                   options);
    ASSERT_EQ(test::codes_of(loaded), "");
    const Rule& rule = loaded.rules->rules[0];
    EXPECT_EQ(loaded.rules->fields[rule.carried[0]].paths,
              (std::vector<std::string>{"u.name", "u.id"}));
    EXPECT_EQ(loaded.rules->fields[rule.carried[1]].paths[0], "Image");
}

TEST(Pipelines, Mistakes) {
    const auto codes = [](const std::string& step) {
        return test::codes_of(
            load("  s: {F: x}\n  condition: s\n", {pipeline("  - {" + step + "}\n")}));
    };
    EXPECT_EQ(codes("type: field_name_maping, mapping: {}"), "unknown-transformation");
    EXPECT_EQ(codes("mapping: {}"), "missing-key");
    EXPECT_EQ(codes("type: field_name_mapping"), "missing-key");
    EXPECT_EQ(codes("type: field_name_prefix, prefix: a, prefx: b"), "unknown-key");
    EXPECT_EQ(codes("type: field_name_prefix, prefix: a, rule_conditions: [{type: log}]"),
              "unknown-condition");
    EXPECT_EQ(codes("type: field_name_prefix, prefix: a, rule_conditions: {a: {type: tag, tag: t}},"
                    " rule_cond_expr: a and b"),
              "unknown-selection");
    EXPECT_EQ(codes("type: case, method: sideways"), "unknown-value");
    EXPECT_EQ(codes("type: add_condition"), "missing-key");
}

}  // namespace
}  // namespace spoor::sigma
