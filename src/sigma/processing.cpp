#include "sigma/processing.hpp"

#include "sigma/processing_parts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;

constexpr int max_nesting = 8;

// As pySigma has them, but what only makes sense where queries are written.
constexpr std::string_view known_types[] = {"field_name_mapping",
                                            "field_name_prefix_mapping",
                                            "field_name_prefix",
                                            "field_name_suffix",
                                            "field_name_transform",
                                            "add_field",
                                            "remove_field",
                                            "set_field",
                                            "drop_detection_item",
                                            "add_condition",
                                            "change_logsource",
                                            "replace_string",
                                            "map_string",
                                            "set_value",
                                            "convert_type",
                                            "case",
                                            "regex",
                                            "value_placeholders",
                                            "wildcard_placeholders",
                                            "hashes_fields",
                                            "set_state",
                                            "set_custom_attribute",
                                            "rule_failure",
                                            "detection_item_failure",
                                            "nest"};

struct Pipeline {
    std::string name;
    std::int64_t priority = 0;
    std::vector<ProcessingStep> steps;
};

}  // namespace

struct Processing::Parts {
    std::vector<Pipeline> pipelines;  // by priority
    Placeholders vars;
    StepIds ids;
};

namespace {

class Reader {
public:
    Reader(Report& report, StepIds& ids) : report_(report), ids_(ids) {}

    Pipeline read(const YamlNode& document, Placeholders& vars) {
        Pipeline out;
        Parameters in(document, report_);
        out.name = in.text("name", false);
        read_priority(in, out);
        read_vars(in, vars);
        name_ = out.name.empty() ? report_.file().name() : out.name;
        out.steps = read_steps(in.member("transformations"), 0);
        for (const std::string_view key : {"postprocessing", "finalizers"}) {
            if (const YamlMember* member = in.member(key); member != nullptr) {
                report_.warning("no-effect",
                                member->place,
                                fmt::format("'{}' is about queries: it has no effect here", key));
            }
        }
        in.ignore("allowed_backends");
        in.finish("a pipeline");
        return out;
    }

private:
    void read_priority(Parameters& in, Pipeline& out) {
        const YamlMember* member = in.member("priority");
        if (member == nullptr) {
            return;
        }
        const RuleValue value = read_scalar(member->value);
        if (value.kind != RuleValue::Kind::number || !value.number.is_integer) {
            report_.error("not-an-integer", member->value.place, "'priority' is an integer");
        }
        out.priority = value.number.integer;
    }

    void read_vars(Parameters& in, Placeholders& vars) {
        const YamlMember* member = in.member("vars");
        if (member == nullptr || member->value.kind == Kind::null) {
            return;
        }
        if (member->value.kind != Kind::mapping) {
            report_.error("not-a-mapping", member->value.place, "'vars' is a section");
        }
        for (const YamlMember& var : member->value.members) {
            std::vector<std::string> values;
            if (var.value.kind == Kind::scalar) {
                values.push_back(var.value.text);
            }
            for (const YamlNode& item : var.value.items) {
                if (item.kind == Kind::scalar) {
                    values.push_back(item.text);
                } else {
                    report_.error("not-a-text", item.place, "a variable's values are texts");
                }
            }
            vars[var.key] = std::move(values);
        }
    }

    std::vector<ProcessingStep> read_steps(const YamlMember* member, int depth) {
        std::vector<ProcessingStep> out;
        if (member == nullptr || member->value.kind == Kind::null) {
            return out;
        }
        if (member->value.kind != Kind::sequence || depth > max_nesting) {
            report_.error("bad-step", member->value.place, "a list of steps is expected");
            return out;
        }
        for (const YamlNode& node : member->value.items) {
            if (node.kind != Kind::mapping) {
                report_.error("bad-step", node.place, "a step is a section with a type");
                continue;
            }
            out.push_back(read_step(node, depth));
        }
        return out;
    }

    ProcessingStep read_step(const YamlNode& node, int depth) {
        Parameters in(node, report_);
        ProcessingStep out;
        const std::string type = in.text("type", true);
        out.id = ids_.of(in.text("id", false));
        out.pipeline = name_;
        out.place = node.place;
        out.rule = read_conditions(in, ConditionsOn::rule, ids_);
        out.item = read_conditions(in, ConditionsOn::item, ids_);
        out.field = read_conditions(in, ConditionsOn::field, ids_);
        if (std::find(std::begin(known_types), std::end(known_types), type) ==
            std::end(known_types)) {
            if (const YamlMember* written = node.find("type"); written != nullptr) {
                report_.error("unknown-transformation",
                              written->value.place,
                              fmt::format("the transformation '{}' is not supported", type),
                              did_you_mean(type, {std::begin(known_types), std::end(known_types)}));
            }
            return out;
        }
        out.transformation =
            type == "nest" ? make_nest(read_steps(in.member("items"), depth + 1)) : make(type, in);
        in.finish(fmt::format("'{}'", type));
        return out;
    }

    static MadeTransformation make(std::string_view type, Parameters& in) {
        for (auto* const make_one : {&make_field_transformation,
                                     &make_value_transformation,
                                     &make_text_transformation,
                                     &make_rule_transformation}) {
            if (MadeTransformation made = make_one(type, in); made != nullptr) {
                return made;
            }
        }
        return nullptr;
    }

    Report& report_;
    StepIds& ids_;
    std::string name_;
};

// True: the node is to go.
bool change_node(Detection& node,
                 const ProcessingStep& step,
                 ProcessingContext& context,
                 const YamlPlace* place,
                 const std::function<Change(const ItemAt&)>& change) {
    if (node.kind != Detection::Kind::item) {
        std::erase_if(node.children, [&](Detection& child) {
            return change_node(child, step, context, place, change);
        });
        return node.children.empty();
    }
    if (!step.fits_item(node.item, context)) {
        return false;
    }
    const Change changed = change({node, place != nullptr ? *place : node.item.place});
    const auto note = [&](DetectionItem& item) {
        const auto at = std::lower_bound(item.applied.begin(), item.applied.end(), step.id);
        if (step.id != 0 && (at == item.applied.end() || *at != step.id)) {
            item.applied.insert(at, step.id);
        }
    };
    if (changed == Change::changed) {
        note(node.item);
        for (Detection& made : node.children) {
            note(made.item);
        }
    }
    return changed == Change::dropped;
}

}  // namespace

bool ProcessingContext::make(std::size_t num, std::size_t bytes) {
    num_made += num;
    bytes_made += bytes;
    if (num_made <= max_made && bytes_made <= max_made_bytes) {
        return true;
    }
    if (!rule.report.failed()) {
        rule.report.error("too-many-values",
                          rule.place,
                          fmt::format("pipelines make more than {} values of this rule, or {} MB",
                                      max_made,
                                      max_made_bytes / 1024 / 1024));
    }
    return false;
}

void change_items(const ProcessingStep& step,
                  ProcessingContext& context,
                  const std::function<Change(const ItemAt&)>& change) {
    const auto change_search = [&](Search& search) {
        // Places in a filter are those of another file.
        const YamlPlace* const place =
            search.filter == Search::no_filter ? nullptr : &context.rule.place;
        for (Selection& selection : search.selections) {
            if (change_node(selection.detection, step, context, place, change)) {
                context.rule.report.error("empty-selection",
                                          place != nullptr ? *place : selection.place,
                                          fmt::format("pipeline '{}' takes all items out of '{}'",
                                                      step.pipeline,
                                                      selection.name));
            }
        }
    };
    change_search(context.rule.search);
    for (Search& search : context.rule.joined) {
        change_search(search);
    }
}

void apply_step(const ProcessingStep& step, ProcessingContext& context) {
    if (step.transformation == nullptr) {
        return;
    }
    context.fields_only = true;
    const bool fits_correlations = step.fits_rule(context);
    context.fields_only = false;
    const bool fits = step.fits_rule(context);
    if (fits_correlations && !context.rule.carried.empty()) {
        context.fields_only = true;
        step.transformation->apply(step, context);
        context.fields_only = false;
    }
    if (fits) {
        step.transformation->apply(step, context);
        if (step.id != 0) {
            context.applied.insert(step.id);
        }
    }
}

namespace {

class Nest final : public Transformation {
public:
    explicit Nest(std::vector<ProcessingStep> steps) : steps_(std::move(steps)) {}

    void apply(const ProcessingStep&, ProcessingContext& context) const override {
        if (context.fields_only) {
            return;  // its steps look at both by themselves
        }
        for (const ProcessingStep& step : steps_) {
            apply_step(step, context);
        }
    }

private:
    std::vector<ProcessingStep> steps_;
};

}  // namespace

MadeTransformation make_nest(std::vector<ProcessingStep> steps) {
    return std::make_unique<Nest>(std::move(steps));
}

std::string plain(const RuleValue& value) {
    if (value.kind != RuleValue::Kind::text) {
        return value.string;
    }
    std::string out;
    for (const TextPart& part : value.text) {
        switch (part.kind) {
            case TextPart::Kind::text:
                out += part.text;
                break;
            case TextPart::Kind::any:
                out += '*';
                break;
            case TextPart::Kind::one:
                out += '?';
                break;
            case TextPart::Kind::placeholder:
                out.append("%").append(part.text).append("%");
                break;
        }
    }
    return out;
}

RuleValue text_value(std::string_view rule_text, const RuleValue& like) {
    RuleValue out = like;
    out.kind = RuleValue::Kind::text;
    out.string = rule_text;
    out.text = read_text(rule_text, false);
    return out;
}

Processing::Processing() : parts_(std::make_unique<Parts>()) {}

Processing::~Processing() = default;

bool Processing::empty() const {
    return parts_->pipelines.empty();
}

void Processing::read(const YamlFile& file, Diagnostics& diagnostics) {
    for (const YamlNode& document : file.documents) {
        if (document.kind == Kind::null || document.refused) {
            continue;
        }
        Report report(file, diagnostics);
        if (document.kind != Kind::mapping) {
            report.error(
                "not-a-pipeline", document.place, "a pipeline is a section with 'transformations'");
            continue;
        }
        Placeholders vars;
        Pipeline pipeline = Reader(report, parts_->ids).read(document, vars);
        if (report.failed()) {
            continue;
        }
        for (auto& [name, values] : vars) {
            parts_->vars[name] = std::move(values);
        }
        parts_->pipelines.push_back(std::move(pipeline));
    }
    std::stable_sort(parts_->pipelines.begin(),
                     parts_->pipelines.end(),
                     [](const Pipeline& a, const Pipeline& b) { return a.priority < b.priority; });
}

void Processing::apply(RuleDraft& rule) {
    ProcessingContext context{rule, parts_->vars, {}, {}};
    for (const Pipeline& pipeline : parts_->pipelines) {
        for (const ProcessingStep& step : pipeline.steps) {
            if (rule.report.failed()) {
                return;
            }
            apply_step(step, context);
        }
    }
}

}  // namespace spoor::sigma
