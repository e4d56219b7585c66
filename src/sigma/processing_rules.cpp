// Transformations of rules as a whole.

#include "sigma/processing_parts.hpp"

#include <fmt/core.h>

#include <utility>

namespace spoor::sigma {

namespace {

// Changes nothing that decides what a rule matches.
class NoEffect final : public Transformation {
public:
    void apply(const ProcessingStep&, ProcessingContext&) const override {}
};

class RuleFailure final : public Transformation {
public:
    explicit RuleFailure(std::string message) : message_(std::move(message)) {}

    void apply(const ProcessingStep& step, ProcessingContext& context) const override {
        if (!context.fields_only) {
            context.rule.report.skip("pipeline-failure",
                                     context.rule.place,
                                     fmt::format("pipeline '{}': {}", step.pipeline, message_));
        }
    }

private:
    std::string message_;
};

class ChangeLogsource final : public Transformation {
public:
    explicit ChangeLogsource(LogSource logsource) : logsource_(std::move(logsource)) {}

    void apply(const ProcessingStep&, ProcessingContext& context) const override {
        if (!context.fields_only) {
            context.rule.logsource = logsource_;
        }
    }

private:
    LogSource logsource_;
};

class SetState final : public Transformation {
public:
    SetState(std::string key, RuleValue value) : key_(std::move(key)), value_(std::move(value)) {}

    void apply(const ProcessingStep&, ProcessingContext& context) const override {
        context.state[key_] = value_;
    }

private:
    std::string key_;
    RuleValue value_;
};

class SetAttribute final : public Transformation {
public:
    SetAttribute(std::string name, std::string value)
        : name_(std::move(name)), value_(std::move(value)) {}

    void apply(const ProcessingStep&, ProcessingContext& context) const override {
        if (!context.fields_only) {
            context.rule.attributes.emplace_back(name_, value_);
        }
    }

private:
    std::string name_;
    std::string value_;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

// AND with what the rule asks.
class AddCondition final : public Transformation {
public:
    explicit AddCondition(Parameters& in)
        : is_template_(in.flag("template")), negated_(in.flag("negated")) {
        in.ignore("name");
        const YamlMember* conditions = in.member("conditions");
        if (conditions == nullptr || conditions->value.kind != YamlNode::Kind::mapping) {
            in.missing("conditions");
            return;
        }
        selection_ = read_selection(*conditions, {}, in.report());
        selection_.name = "added";
        if (const YamlMember* name = in.member("name"); name != nullptr) {
            selection_.name = name->value.text;
        }
    }

    void apply(const ProcessingStep&, ProcessingContext& context) const override {
        if (context.fields_only) {
            return;
        }
        Search& search = context.rule.joined.emplace_back();
        search.selections.push_back(selection_);
        Selection& selection = search.selections.back();
        selection.place = context.rule.place;
        adapt(selection.detection, context.rule);
        ConditionNode name;
        name.kind = ConditionNode::Kind::name;
        if (!negated_) {
            search.conditions.push_back(name);
            return;
        }
        ConditionNode node;
        node.kind = ConditionNode::Kind::negate;
        node.children.push_back(name);
        search.conditions.push_back(std::move(node));
    }

private:
    // Places become the rule's, since problems are shown in its file.
    void adapt(Detection& node, const RuleDraft& rule) const {
        node.item.place = rule.place;
        for (RuleValue& value : node.item.values) {
            value.place = rule.place;
            for (TextPart& part : value.text) {
                if (is_template_ && part.kind == TextPart::Kind::text) {
                    fill(part.text, rule.logsource);
                }
            }
        }
        for (Detection& child : node.children) {
            adapt(child, rule);
        }
    }

    static void fill(std::string& text, const LogSource& logsource) {
        replace_all(text, "${category}", logsource.category);
        replace_all(text, "${product}", logsource.product);
        replace_all(text, "${service}", logsource.service);
        replace_all(text, "$category", logsource.category);
        replace_all(text, "$product", logsource.product);
        replace_all(text, "$service", logsource.service);
    }

    bool is_template_;
    bool negated_;
    Selection selection_;
};

MadeTransformation make_change_logsource(Parameters& in) {
    LogSource logsource;
    logsource.category = in.text("category", false);
    logsource.product = in.text("product", false);
    logsource.service = in.text("service", false);
    if (logsource == LogSource{}) {
        in.missing("category");
    }
    return std::make_unique<ChangeLogsource>(std::move(logsource));
}

}  // namespace

MadeTransformation make_rule_transformation(std::string_view type, Parameters& in) {
    if (type == "add_field" || type == "remove_field") {
        in.ignore("field");
        return std::make_unique<NoEffect>();
    }
    if (type == "set_field") {
        in.ignore("fields");
        return std::make_unique<NoEffect>();
    }
    if (type == "add_condition") {
        return std::make_unique<AddCondition>(in);
    }
    if (type == "change_logsource") {
        return make_change_logsource(in);
    }
    if (type == "set_state") {
        std::string key = in.text("key", true);
        return std::make_unique<SetState>(std::move(key), in.value("val"));
    }
    if (type == "set_custom_attribute") {
        std::string name = in.text("attribute", true);
        return std::make_unique<SetAttribute>(std::move(name), in.text("value", true));
    }
    if (type == "rule_failure") {
        return std::make_unique<RuleFailure>(in.text("message", true));
    }
    return nullptr;
}

}  // namespace spoor::sigma
