// The conditions of pipelines' steps: on rules, on items, on fields' names.

#include "sigma/processing_parts.hpp"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace spoor::sigma {

namespace {

using C = ProcessingCondition;
using Type = C::Type;
using Op = C::Op;

struct TypeName {
    std::string_view name;
    Type type;
    bool rule;
    bool item;
    bool field;
};

constexpr auto types = std::to_array<TypeName>({
    {"logsource", Type::logsource, true, false, false},
    {"contains_detection_item", Type::contains_detection_item, true, false, false},
    {"contains_field", Type::contains_field, true, false, false},
    {"processing_item_applied", Type::processing_item_applied, true, true, true},
    {"processing_state", Type::processing_state, true, true, true},
    {"is_sigma_rule", Type::is_sigma_rule, true, false, false},
    {"is_sigma_correlation_rule", Type::is_sigma_correlation_rule, true, false, false},
    {"rule_attribute", Type::rule_attribute, true, false, false},
    {"tag", Type::tag, true, false, false},
    {"include_fields", Type::include_fields, false, false, true},
    {"exclude_fields", Type::exclude_fields, false, false, true},
    {"match_string", Type::match_string, false, true, false},
    {"match_value", Type::match_value, false, true, false},
    {"contains_wildcard", Type::contains_wildcard, false, true, false},
    {"is_null", Type::is_null, false, true, false},
});

constexpr std::array<std::string_view, 8> op_names{
    "eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in"};

bool fits(const TypeName& type, ConditionsOn on) {
    return on == ConditionsOn::rule ? type.rule : on == ConditionsOn::item ? type.item : type.field;
}

Op read_op(Parameters& in, std::size_t num) {
    const std::string op = in.one_of("op", {op_names.begin(), op_names.begin() + num}, "eq");
    const auto* const found = std::find(op_names.begin(), op_names.end(), op);
    return found == op_names.end() ? Op::eq : static_cast<Op>(found - op_names.begin());
}

void read_fields(Parameters& in, C& out) {
    out.fields = in.texts("fields").value_or(std::vector<std::string>());
    if (out.fields.empty()) {
        in.missing("fields");
    }
    const std::string mode = in.one_of("mode", {"plain", "re", "regex"}, "plain");
    if (mode != "plain") {
        for (const std::string& pattern : out.fields) {
            out.patterns.push_back(in.regex(pattern, in.place(), true));
        }
    }
}

// Of a rule's attributes.
bool is_list(std::string_view attribute) {
    return attribute == "tags" || attribute == "references" || attribute == "falsepositives";
}

void read_parameters(Parameters& in, C& out, StepIds& ids) {
    switch (out.type) {
        case Type::logsource:
            out.logsource.category = in.text("category", false);
            out.logsource.product = in.text("product", false);
            out.logsource.service = in.text("service", false);
            break;
        case Type::contains_detection_item:
            out.name = in.text("field", true);
            out.value = in.value("value");
            break;
        case Type::contains_field:
            out.name = in.text("field", true);
            break;
        case Type::processing_item_applied:
            out.step = ids.of(in.text("processing_item_id", true));
            break;
        case Type::processing_state:
            out.name = in.text("key", true);
            out.value = in.value("val");
            out.op = read_op(in, 6);
            break;
        case Type::rule_attribute:
            out.name = in.text("attribute", true);
            out.value = in.value("value");
            out.op = read_op(in, op_names.size());
            if (is_list(out.name) && out.op != Op::in && out.op != Op::not_in) {
                in.report().error("bad-condition",
                                  in.place(),
                                  fmt::format("'{}' is a list: 'op' is in or not_in", out.name));
            }
            break;
        case Type::tag:
            out.name = in.text("tag", true);
            break;
        case Type::include_fields:
        case Type::exclude_fields:
            read_fields(in, out);
            break;
        case Type::match_string:
            out.patterns.push_back(in.regex("pattern", true));
            out.negate = in.flag("negate");
            break;
        case Type::match_value:
            out.value = in.value("value");
            break;
        case Type::is_sigma_rule:
        case Type::is_sigma_correlation_rule:
        case Type::contains_wildcard:
        case Type::is_null:
            break;
    }
    if (out.type >= Type::match_string) {
        out.all_values = in.one_of("cond", {"any", "all"}, "any") == "all";
    }
}

void read_one(const YamlNode& node, ConditionsOn on, StepIds& ids, Report& report, C& out) {
    if (node.kind != YamlNode::Kind::mapping) {
        report.error("bad-condition", node.place, "a condition is a section with a type");
        return;
    }
    Parameters in(node, report);
    const std::string name = in.text("type", true);
    const auto* const type =
        std::find_if(types.begin(), types.end(), [&](const TypeName& t) { return t.name == name; });
    if (type == types.end() || !fits(*type, on)) {
        std::vector<std::string_view> known;
        for (const TypeName& t : types) {
            if (fits(t, on)) {
                known.push_back(t.name);
            }
        }
        if (const YamlMember* written = node.find("type"); written != nullptr) {
            report.error("unknown-condition",
                         written->value.place,
                         fmt::format("there is no condition '{}' here", name),
                         did_you_mean(name, known));
        }
        return;
    }
    out.type = type->type;
    read_parameters(in, out, ids);
    in.finish(fmt::format("'{}'", name));
}

std::strong_ordering order_of(std::string_view a, std::string_view b) {
    return a.compare(b) <=> 0;
}

bool holds(std::partial_ordering order, Op op) {
    switch (op) {
        case Op::eq:
        case Op::in:
            return order == 0;
        case Op::ne:
        case Op::not_in:
            return order != 0;
        case Op::gte:
            return order >= 0;
        case Op::gt:
            return order > 0;
        case Op::lte:
            return order <= 0;
        case Op::lt:
            return order < 0;
    }
    return false;
}

bool compare_values(const RuleValue& a, Op op, const RuleValue& b) {
    if (a.kind == RuleValue::Kind::number && b.kind == RuleValue::Kind::number) {
        return holds(a.number.real <=> b.number.real, op);
    }
    if (a.kind == RuleValue::Kind::boolean && b.kind == RuleValue::Kind::boolean) {
        return holds(a.boolean <=> b.boolean, op);
    }
    return holds(order_of(plain(a), plain(b)), op);
}

bool state_holds(const C& condition, const ProcessingContext& context) {
    const auto found = context.state.find(condition.name);
    return found != context.state.end() &&
           compare_values(found->second, condition.op, condition.value);
}

int rank_of(std::string_view status) {
    constexpr std::array<std::string_view, 5> order{
        "unsupported", "deprecated", "experimental", "test", "stable"};
    const auto* const found = std::find(order.begin(), order.end(), status);
    return found == order.end() ? -1 : static_cast<int>(found - order.begin());
}

bool attribute_holds(const C& condition, const RuleDraft& rule) {
    const std::string wanted = plain(condition.value);
    for (const auto& [key, list] : {std::pair("tags", &rule.meta.tags),
                                    std::pair("references", &rule.meta.references),
                                    std::pair("falsepositives", &rule.meta.falsepositives)}) {
        if (condition.name == key) {
            const bool is_in = std::find(list->begin(), list->end(), wanted) != list->end();
            return is_in == (condition.op == Op::in);
        }
    }
    if (condition.name == "level") {
        alert::Level level = alert::Level::medium;
        return alert::parse_level(wanted, level) && holds(rule.meta.level <=> level, condition.op);
    }
    const auto found = std::find_if(rule.attributes.rbegin(),
                                    rule.attributes.rend(),
                                    [&](const auto& a) { return a.first == condition.name; });
    if (found == rule.attributes.rend()) {
        return false;
    }
    if (condition.name == "status") {
        return holds(rank_of(found->second) <=> rank_of(wanted), condition.op);
    }
    Number number;
    if (condition.value.kind == RuleValue::Kind::number &&
        read_yaml_number(found->second, number)) {
        return holds(number.real <=> condition.value.number.real, condition.op);
    }
    return holds(order_of(found->second, wanted), condition.op);
}

template <typename Test>
bool any_item(const Detection& node, const Test& test) {
    return node.kind == Detection::Kind::item
               ? test(node.item)
               : std::any_of(node.children.begin(), node.children.end(), [&](const Detection& d) {
                     return any_item(d, test);
                 });
}

template <typename Test>
bool any_item(const RuleDraft& rule, const Test& test) {
    const auto in_search = [&](const Search& search) {
        return std::any_of(search.selections.begin(),
                           search.selections.end(),
                           [&](const Selection& s) { return any_item(s.detection, test); });
    };
    return in_search(rule.search) || std::any_of(rule.joined.begin(), rule.joined.end(), in_search);
}

bool same_value(const RuleValue& a, const RuleValue& b) {
    if (a.kind != b.kind) {
        return false;
    }
    switch (a.kind) {
        case RuleValue::Kind::text:
            return a.text == b.text;
        case RuleValue::Kind::number:
            return a.number.real == b.number.real;
        case RuleValue::Kind::boolean:
            return a.boolean == b.boolean;
        default:
            return a.kind == RuleValue::Kind::null;
    }
}

bool lies_in(const LogSource& rule, const LogSource& wanted) {
    return (wanted.product.empty() || wanted.product == rule.product) &&
           (wanted.category.empty() || wanted.category == rule.category) &&
           (wanted.service.empty() || wanted.service == rule.service);
}

bool rule_holds(const C& condition, const ProcessingContext& context) {
    const RuleDraft& rule = context.rule;
    switch (condition.type) {
        case Type::logsource:
            return lies_in(rule.logsource, condition.logsource);
        case Type::contains_field:
            return any_item(rule,
                            [&](const DetectionItem& i) { return i.field == condition.name; });
        case Type::contains_detection_item:
            return any_item(rule, [&](const DetectionItem& i) {
                return i.field == condition.name &&
                       std::any_of(i.values.begin(), i.values.end(), [&](const RuleValue& v) {
                           return same_value(v, condition.value);
                       });
            });
        case Type::processing_item_applied:
            return context.applied.contains(condition.step);
        case Type::processing_state:
            return state_holds(condition, context);
        case Type::is_sigma_rule:
            return !context.fields_only;
        case Type::is_sigma_correlation_rule:
            return context.fields_only;
        case Type::rule_attribute:
            return attribute_holds(condition, rule);
        case Type::tag:
            return std::find(rule.meta.tags.begin(), rule.meta.tags.end(), condition.name) !=
                   rule.meta.tags.end();
        default:
            return false;
    }
}

bool has(const std::vector<std::uint32_t>& applied, std::uint32_t step) {
    return std::binary_search(applied.begin(), applied.end(), step);
}

bool field_holds(const C& condition,
                 std::string_view field,
                 const std::vector<std::uint32_t>& applied,
                 const ProcessingContext& context) {
    switch (condition.type) {
        case Type::include_fields:
        case Type::exclude_fields: {
            const bool listed =
                condition.patterns.empty()
                    ? std::find(condition.fields.begin(), condition.fields.end(), field) !=
                          condition.fields.end()
                    : std::any_of(condition.patterns.begin(),
                                  condition.patterns.end(),
                                  [&](const Regex& r) {
                                      return RE2::PartialMatch({field.data(), field.size()}, *r);
                                  });
            return (listed && !field.empty()) == (condition.type == Type::include_fields);
        }
        case Type::processing_item_applied:
            return has(applied, condition.step);
        case Type::processing_state:
            return state_holds(condition, context);
        default:
            return false;
    }
}

bool value_holds(const C& condition, const RuleValue& value) {
    switch (condition.type) {
        case Type::match_string:
            return (value.kind == RuleValue::Kind::text &&
                    RE2::PartialMatch(plain(value), *condition.patterns[0])) != condition.negate;
        case Type::match_value:
            return same_value(value, condition.value);
        case Type::contains_wildcard:
            return value.kind == RuleValue::Kind::text && has_wildcard(value.text);
        default:
            return value.kind == RuleValue::Kind::null;
    }
}

bool item_holds(const C& condition, const DetectionItem& item, const ProcessingContext& context) {
    if (condition.type == Type::processing_item_applied) {
        return has(item.applied, condition.step);
    }
    if (condition.type == Type::processing_state) {
        return state_holds(condition, context);
    }
    const auto holds_of = [&](const RuleValue& v) { return value_holds(condition, v); };
    return condition.all_values ? std::all_of(item.values.begin(), item.values.end(), holds_of)
                                : std::any_of(item.values.begin(), item.values.end(), holds_of);
}

bool evaluate(const ConditionNode& node,
              const std::vector<ProcessingCondition>& list,
              const std::function<bool(const ProcessingCondition&)>& one) {
    const auto inner = [&](const ConditionNode& child) { return evaluate(child, list, one); };
    switch (node.kind) {
        case ConditionNode::Kind::name:
            return one(list[node.name]);
        case ConditionNode::Kind::negate:
            return !inner(node.children[0]);
        case ConditionNode::Kind::all:
            return std::all_of(node.children.begin(), node.children.end(), inner);
        case ConditionNode::Kind::any:
            return std::any_of(node.children.begin(), node.children.end(), inner);
    }
    return false;
}

}  // namespace

bool ProcessingConditions::hold(const std::function<bool(const ProcessingCondition&)>& one) const {
    if (list.empty()) {
        return true;
    }
    const bool out = expression ? evaluate(*expression, list, one)
                     : any      ? std::any_of(list.begin(), list.end(), one)
                                : std::all_of(list.begin(), list.end(), one);
    return out != negated;
}

bool ProcessingStep::fits_rule(const ProcessingContext& context) const {
    return rule.hold([&](const C& c) { return rule_holds(c, context); });
}

bool ProcessingStep::fits_item(const DetectionItem& i, const ProcessingContext& context) const {
    return item.hold([&](const C& c) { return item_holds(c, i, context); }) &&
           fits_field(i.field, i.applied, context);
}

bool ProcessingStep::fits_field(std::string_view name,
                                const std::vector<std::uint32_t>& applied,
                                const ProcessingContext& context) const {
    return field.hold([&](const C& c) { return field_holds(c, name, applied, context); });
}

ProcessingConditions read_conditions(Parameters& step, ConditionsOn on, StepIds& ids) {
    const std::string prefix = on == ConditionsOn::rule   ? "rule_cond"
                               : on == ConditionsOn::item ? "detection_item_cond"
                                                          : "field_name_cond";
    ProcessingConditions out;
    std::vector<std::string_view> names;
    const std::string keys[] = {prefix + "itions",
                                prefix + "_op",
                                prefix + "_not",
                                prefix + "_expr",
                                prefix + "ition_expression",
                                prefix + "_expression"};
    Report& report = step.report();
    if (const YamlMember* conditions = step.member(keys[0]); conditions != nullptr) {
        if (conditions->value.kind == YamlNode::Kind::scalar) {
            report.error("bad-condition",
                         conditions->value.place,
                         fmt::format("'{}' is a list of conditions, or a section of them", keys[0]),
                         "without any the step would change every rule");
        }
        for (const YamlNode& node : conditions->value.items) {
            read_one(node, on, ids, report, out.list.emplace_back());
        }
        for (const YamlMember& named : conditions->value.members) {
            read_one(named.value, on, ids, report, out.list.emplace_back());
            names.push_back(named.key);
        }
    }
    out.any = step.one_of(keys[1], {"and", "or"}, "and") == "or";
    out.negated = step.flag(keys[2]);
    for (std::size_t i = 3; i < 6; ++i) {
        const YamlMember* expression = step.member(keys[i]);
        if (expression == nullptr) {
            continue;
        }
        ConditionNames known;
        known.names = names;
        known.what = "condition";
        known.quantifiers = false;
        std::vector<bool> used;
        ConditionNode node;
        if (read_condition(
                expression->value.text, expression->value.place, known, report, node, used)) {
            out.expression = std::move(node);
        }
    }
    return out;
}

}  // namespace spoor::sigma
