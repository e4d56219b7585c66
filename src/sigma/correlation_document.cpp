// Correlations (docs/sigma-semantics.md §7), as they are read.

#include "sigma/document_meta.hpp"
#include "sigma/documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;
using Type = CorrelationType;

struct TypeName {
    std::string_view name;
    Type type;
};

constexpr auto types = std::to_array<TypeName>({
    {"event_count", Type::event_count},
    {"value_count", Type::value_count},
    {"value_sum", Type::value_sum},
    {"value_avg", Type::value_avg},
    {"value_percentile", Type::value_percentile},
    {"value_median", Type::value_median},
    {"temporal", Type::temporal},
    {"temporal_ordered", Type::temporal_ordered},
    {"temporal_extended", Type::temporal},
    {"temporal_ordered_extended", Type::temporal_ordered},
});

struct OpName {
    std::string_view name;
    Bound::Op op;
};

constexpr auto ops = std::to_array<OpName>({
    {"gt", Bound::Op::gt},
    {"gte", Bound::Op::gte},
    {"lt", Bound::Op::lt},
    {"lte", Bound::Op::lte},
    {"eq", Bound::Op::eq},
    {"neq", Bound::Op::neq},
});

bool is_temporal(Type type) {
    return type == Type::temporal || type == Type::temporal_ordered;
}

bool is_numeric(Type type) {
    return type == Type::value_sum || type == Type::value_avg || type == Type::value_percentile ||
           type == Type::value_median;
}

template <typename Table>
std::vector<std::string_view> names_of(const Table& table) {
    std::vector<std::string_view> out;
    for (const auto& row : table) {
        out.push_back(row.name);
    }
    return out;
}

// Seconds of a unit; 0: there is none.
std::int64_t seconds_of(char unit) {
    switch (unit) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 3600;
        case 'd':
            return 86'400;
        case 'w':
            return std::int64_t{7} * 86'400;
        case 'M':
            return std::int64_t{30} * 86'400;
        case 'y':
            return std::int64_t{365} * 86'400;
        default:
            return 0;
    }
}

bool holds_of_nothing(const ConditionNode& node) {
    const auto holds = [](const ConditionNode& child) { return holds_of_nothing(child); };
    switch (node.kind) {
        case ConditionNode::Kind::name:
            return false;
        case ConditionNode::Kind::negate:
            return !holds_of_nothing(node.children[0]);
        case ConditionNode::Kind::all:
            return std::all_of(node.children.begin(), node.children.end(), holds);
        case ConditionNode::Kind::any:
            return std::any_of(node.children.begin(), node.children.end(), holds);
    }
    return false;
}

class Reader {
public:
    Reader(const YamlNode& section, CorrelationDraft& out)
        : section_(section), report_(out.report), out_(out) {}

    void read() {
        check_keys();
        read_type();
        names("rules", out_.rules);
        std::vector<Named> groups;
        names("group-by", groups);
        for (Named& group : groups) {
            out_.group_by.push_back(std::move(group.name));
        }
        read_timespan();
        read_aliases();
        out_.generate = out_.generate || flag("generate");
        read_condition_part();
        if (out_.rules.empty() && !report_.failed()) {
            report_.error("missing-rules",
                          section_.place,
                          "the correlation names no rules",
                          "write 'rules:' with ids or names");
        }
    }

    bool flag(std::string_view key) { return flag(section_, key); }

    bool flag(const YamlNode& node, std::string_view key) {
        const YamlMember* member = node.find(key);
        if (member == nullptr) {
            return false;
        }
        const RuleValue value = read_scalar(member->value);
        if (value.kind != RuleValue::Kind::boolean || member->value.kind != Kind::scalar) {
            report_.error(
                "not-a-boolean", member->value.place, fmt::format("'{}' is true or false", key));
        }
        return value.boolean;
    }

private:
    void check_keys() {
        constexpr std::array<std::string_view, 7> known{
            "type", "rules", "group-by", "timespan", "condition", "aliases", "generate"};
        for (const YamlMember& member : section_.members) {
            if (std::find(known.begin(), known.end(), member.key) == known.end()) {
                report_.error("unknown-key",
                              member.place,
                              fmt::format("'{}' is not a part of a correlation", member.key),
                              did_you_mean(member.key, {known.begin(), known.end()}));
            }
        }
    }

    void read_type() {
        const std::string name = text_of(section_, "type", report_);
        const auto* const found = std::find_if(
            types.begin(), types.end(), [&](const TypeName& t) { return t.name == name; });
        if (found != types.end()) {
            out_.type = found->type;
            return;
        }
        has_type_ = false;
        const YamlMember* member = section_.find("type");
        report_.error("correlation-type",
                      member == nullptr ? section_.place : member->value.place,
                      member == nullptr ? std::string("the correlation has no type")
                                        : fmt::format("there is no correlation '{}'", name),
                      member == nullptr ? fmt::format("{}", fmt::join(names_of(types), ", "))
                                        : did_you_mean(name, names_of(types)));
    }

    // A text, or a list of them.
    void names(std::string_view key, std::vector<Named>& out) {
        const YamlMember* member = section_.find(key);
        if (member == nullptr || member->value.refused) {
            return;
        }
        const auto take = [&](const YamlNode& node) {
            if (node.kind == Kind::scalar && !node.text.empty()) {
                out.push_back({node.text, node.place});
            } else {
                report_.error("not-a-text", node.place, fmt::format("'{}' takes texts", key));
            }
        };
        if (member->value.kind == Kind::sequence) {
            std::for_each(member->value.items.begin(), member->value.items.end(), take);
        } else {
            take(member->value);
        }
    }

    // R5
    void read_timespan() {
        const YamlMember* member = section_.find("timespan");
        if (member == nullptr) {
            report_.error("missing-timespan",
                          section_.place,
                          "the correlation has no timespan",
                          "write 'timespan: 5m'");
            return;
        }
        const std::string& text = member->value.text;
        std::int64_t number = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number);
        const std::int64_t unit =
            read.ec == std::errc{} && read.ptr + 1 == end ? seconds_of(*read.ptr) : 0;
        if (unit == 0 || number <= 0 || number > std::int64_t{100} * 365 * 86'400 / unit) {
            report_.error("bad-timespan",
                          member->value.place,
                          fmt::format("'{}' is no timespan", text),
                          "a whole number, not 0, and s, m, h or d: '90m'; 100 years at most");
            return;
        }
        out_.timespan = std::chrono::seconds{number * unit};
        if (const char c = *read.ptr; c == 'w' || c == 'M' || c == 'y') {
            report_.note("timespan-unit",
                         member->value.place,
                         fmt::format("'{}' is taken as {} days", text, number * unit / 86'400));
        }
    }

    // R4
    void read_aliases() {
        const YamlMember* member = section_.find("aliases");
        if (member == nullptr || member->value.refused) {
            return;
        }
        if (member->value.kind != Kind::mapping) {
            report_.error("bad-alias",
                          member->value.place,
                          "'aliases' is a section: an alias, under it rules with their fields");
            return;
        }
        for (const YamlMember& alias : member->value.members) {
            CorrelationDraft::Alias& out = out_.aliases.emplace_back();
            out.name = alias.key;
            out.place = alias.place;
            if (alias.value.kind != Kind::mapping || alias.value.members.empty()) {
                report_.error("bad-alias",
                              alias.value.place,
                              "an alias has rules under it, each with its field",
                              fmt::format("{}: {{rule_name: FieldName}}", alias.key));
            }
            for (const YamlMember& field : alias.value.members) {
                if (field.value.kind != Kind::scalar) {
                    report_.error("not-a-text", field.value.place, "a field's name is expected");
                    continue;
                }
                out.fields.push_back({field.key, field.value.text, field.place});
            }
        }
    }

    void read_condition_part() {
        const YamlMember* member = section_.find("condition");
        if (!has_type_ || (member != nullptr && member->value.refused)) {
            return;
        }
        if (member == nullptr) {
            default_condition();
        } else if (member->value.kind == Kind::mapping) {
            read_bounds(member->value);
        } else if (member->value.kind == Kind::scalar) {
            read_boolean(member->value);
        } else {
            report_.error("correlation-condition",
                          member->value.place,
                          "a condition is a section such as {gte: 10}");
        }
    }

    void default_condition() {
        if (!is_temporal(out_.type)) {
            report_.error("missing-condition",
                          section_.place,
                          "the correlation has no condition",
                          is_numeric(out_.type) || out_.type == Type::value_count
                              ? "write 'condition: {field: Name, gte: 10}'"
                              : "write 'condition: {gte: 10}'");
            return;
        }
        out_.bounds.push_back({Bound::Op::gte, static_cast<double>(out_.rules.size())});
    }

    void read_bounds(const YamlNode& node) {
        for (const YamlMember& member : node.members) {
            const auto* const op = std::find_if(
                ops.begin(), ops.end(), [&](const OpName& o) { return o.name == member.key; });
            if (op != ops.end()) {
                read_bound(op->op, member);
            } else if (member.key == "field") {
                read_fields(member);
            } else if (member.key == "percentile") {
                read_percentile(member);
            } else {
                std::vector<std::string_view> known = names_of(ops);
                known.insert(known.end(), {"field", "percentile"});
                report_.error("unknown-key",
                              member.place,
                              fmt::format("'{}' is not a part of a condition", member.key),
                              did_you_mean(member.key, known));
            }
        }
        check_bounds(node);
        check_fields(node);
    }

    void read_bound(Bound::Op op, const YamlMember& member) {
        const RuleValue value = read_scalar(member.value);
        if (member.value.kind != Kind::scalar || value.kind != RuleValue::Kind::number) {
            report_.error("not-a-number",
                          member.value.place,
                          fmt::format("'{}' is compared with a number", member.key));
            return;
        }
        out_.bounds.push_back({op, value.number.real});
    }

    void read_fields(const YamlMember& member) {
        const auto take = [&](const YamlNode& node) {
            if (node.kind == Kind::scalar && !node.text.empty()) {
                out_.fields.push_back(node.text);
            } else {
                report_.error("not-a-text", node.place, "a field's name is expected");
            }
        };
        if (member.value.kind == Kind::sequence) {
            std::for_each(member.value.items.begin(), member.value.items.end(), take);
        } else {
            take(member.value);
        }
    }

    void read_percentile(const YamlMember& member) {
        const RuleValue value = read_scalar(member.value);
        has_percentile_ = true;
        if (value.kind != RuleValue::Kind::number || !(value.number.real >= 0) ||
            !(value.number.real <= 100)) {
            report_.error(
                "bad-percentile", member.value.place, "a percentile is a number from 0 to 100");
            return;
        }
        if (out_.type != Type::value_percentile) {
            report_.error("bad-percentile",
                          member.place,
                          "'percentile' belongs to correlations of type value_percentile");
        }
        out_.percentile = value.number.real;
    }

    void check_bounds(const YamlNode& node) {
        if (report_.failed()) {
            return;
        }
        if (out_.bounds.empty() && is_temporal(out_.type)) {
            default_condition();
        }
        const auto lower = [](const Bound& b) {
            return b.op == Bound::Op::gt || b.op == Bound::Op::gte;
        };
        const auto upper = [](const Bound& b) {
            return b.op == Bound::Op::lt || b.op == Bound::Op::lte;
        };
        const auto num =
            static_cast<std::size_t>(std::count_if(out_.bounds.begin(), out_.bounds.end(), lower));
        const bool is_range = out_.bounds.size() == 2 && num == 1 &&
                              std::count_if(out_.bounds.begin(), out_.bounds.end(), upper) == 1;
        if (out_.bounds.size() != 1 && !is_range) {
            report_.error("correlation-condition",
                          node.place,
                          "a condition has one of gt, gte, lt, lte, eq, neq, or a range",
                          "a range is one of gt, gte with one of lt, lte");
            return;
        }
        const Bound& only = out_.bounds[0];
        if (out_.type == Type::temporal_ordered &&
            (is_range || only.op != Bound::Op::gte ||
             only.value != static_cast<double>(out_.rules.size()))) {
            report_.error(
                "correlation-condition",
                node.place,
                "temporal_ordered asks for all of its rules, in order",
                fmt::format("take the condition away, or write 'gte: {}'", out_.rules.size()));
        }
    }

    void check_fields(const YamlNode& node) {
        const bool wants = is_numeric(out_.type) || out_.type == Type::value_count;
        if (wants && out_.fields.empty() && !report_.failed()) {
            report_.error("missing-field",
                          node.place,
                          "the condition does not say which field's values are meant",
                          "write 'field: Name' into the condition");
        } else if (!wants && !out_.fields.empty()) {
            report_.error("unexpected-field",
                          node.find("field")->place,
                          "this type of correlation counts matches, not values of a field",
                          "value_count counts different values");
        } else if (is_numeric(out_.type) && out_.fields.size() > 1) {
            report_.error("unexpected-field",
                          node.find("field")->value.place,
                          "only value_count takes several fields");
        }
        if (out_.type == Type::value_percentile && !has_percentile_) {
            report_.warning("missing-percentile",
                            node.place,
                            "the condition does not say which percentile: 50 is taken",
                            "write 'percentile: 95' into the condition");
        }
    }

    // R17
    void read_boolean(const YamlNode& node) {
        if (!is_temporal(out_.type)) {
            report_.error("correlation-condition",
                          node.place,
                          "a condition over rules belongs to correlations of type temporal",
                          "write 'condition: {gte: 10}'");
            return;
        }
        if (out_.type == Type::temporal_ordered) {
            report_.error("correlation-condition",
                          node.place,
                          "temporal_ordered takes no condition over its rules",
                          "take it away, or use temporal");
            return;
        }
        if (out_.rules.empty()) {
            names_from(node);
        }
        ConditionNames names;
        names.what = "rule";
        names.quantifiers = false;
        for (const Named& rule : out_.rules) {
            names.names.push_back(rule.name);
        }
        std::vector<bool> used;
        ConditionNode condition;
        if (!read_condition(node.text, node.place, names, report_, condition, used)) {
            return;
        }
        if (holds_of_nothing(condition)) {
            report_.error("correlation-condition",
                          node.place,
                          "the condition holds where nothing happens",
                          "join it by 'and' with a rule that stands without 'not'");
            return;
        }
        for (std::size_t i = 0; i < used.size(); ++i) {
            if (!used[i]) {
                report_.warning(
                    "unused-rule",
                    out_.rules[i].place,
                    fmt::format("the condition does not ask for '{}'", out_.rules[i].name));
            }
        }
        out_.boolean = std::move(condition);
    }

    // Without `rules` the condition names them.
    void names_from(const YamlNode& node) {
        std::string word;
        const auto take = [&] {
            std::string lower = word;
            for (char& c : lower) {
                c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            }
            const bool is_new = std::none_of(out_.rules.begin(),
                                             out_.rules.end(),
                                             [&](const Named& n) { return n.name == word; });
            if (!word.empty() && lower != "and" && lower != "or" && lower != "not" && is_new) {
                out_.rules.push_back({word, node.place});
            }
            word.clear();
        };
        for (const char c : node.text) {
            if (c == ' ' || c == '(' || c == ')' || c == '\n' || c == '\t') {
                take();
            } else {
                word += c;
            }
        }
        take();
    }

    const YamlNode& section_;
    Report& report_;
    CorrelationDraft& out_;
    bool has_type_ = true;
    bool has_percentile_ = false;
};

}  // namespace

void read_correlation(const YamlNode& document, CorrelationDraft& out) {
    const YamlMember& correlation = *document.find("correlation");
    if (correlation.value.refused) {
        out.report.fail("yaml-syntax");
        return;
    }
    if (correlation.value.kind != Kind::mapping) {
        out.report.error("missing-correlation",
                         correlation.value.place,
                         "'correlation' is a section with type, rules, timespan and condition");
        return;
    }
    Reader reader(correlation.value, out);
    out.generate = reader.flag(document, "generate");
    reader.read();
}

}  // namespace spoor::sigma
