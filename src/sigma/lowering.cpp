#include "sigma/lowering.hpp"

#include "base/hash.hpp"
#include "sigma/fold.hpp"
#include "sigma/versions.hpp"

#include <fmt/core.h>

#include <utility>

namespace spoor::sigma {

namespace {

Expression of(PredicateIndex predicate) {
    Expression out;
    out.kind = Expression::Kind::predicate;
    out.predicate = predicate;
    return out;
}

Expression negated(Expression inner) {
    Expression out;
    out.kind = Expression::Kind::negate;
    out.children.push_back(std::move(inner));
    return out;
}

Pattern to_pattern(const Text& text, bool cased) {
    Pattern out;
    out.pieces.reserve(text.size());
    for (const TextPart& part : text) {
        switch (part.kind) {
            case TextPart::Kind::any:
                out.pieces.push_back({Pattern::Kind::any, {}});
                break;
            case TextPart::Kind::one:
                out.pieces.push_back({Pattern::Kind::one, {}});
                break;
            default:
                out.pieces.push_back({Pattern::Kind::text, cased ? part.text : folded(part.text)});
        }
    }
    return out;
}

std::size_t num_nodes(const Expression& e) {
    std::size_t out = 1;
    for (const Expression& child : e.children) {
        out += num_nodes(child);
    }
    return out;
}

// A part that is `*`, which paths of the built-in mapping have for any member.
bool has_any_member(std::string_view name) {
    while (true) {
        const std::size_t dot = name.find('.');
        if (name.substr(0, dot) == "*") {
            return true;
        }
        if (dot == std::string_view::npos) {
            return false;
        }
        name.remove_prefix(dot + 1);
    }
}

void count_uses(const ConditionNode& node, std::vector<std::uint32_t>& out) {
    if (node.kind == ConditionNode::Kind::name) {
        ++out[node.name];
    }
    for (const ConditionNode& child : node.children) {
        count_uses(child, out);
    }
}

}  // namespace

bool Lowering::count(std::size_t nodes) {
    const bool was_over = num_nodes_ > max_nodes;
    num_nodes_ += nodes;
    if (num_nodes_ > max_nodes && !was_over) {
        report_->error("too-large",
                       place_,
                       fmt::format("more than {} conditions, once all is written out", max_nodes));
    }
    return num_nodes_ <= max_nodes;
}

void Lowering::grow() {
    slots_.assign(slots_.empty() ? 1024 : slots_.size() * 2, 0);
    for (std::size_t i = 0; i < hashes_.size(); ++i) {
        std::size_t at = hashes_[i] & (slots_.size() - 1);
        while (slots_[at] != 0) {
            at = (at + 1) & (slots_.size() - 1);
        }
        slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

PredicateIndex Lowering::intern(Predicate predicate) {
    if (2 * (hashes_.size() + 1) > slots_.size()) {
        grow();
    }
    key_.clear();
    append_number(key_, predicate.field);
    append_number(key_, predicate.other);
    append_question(key_, predicate);
    const std::uint64_t hash = hash64(key_);
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
        const PredicateIndex i = slots_[at] - 1;
        if (hashes_[i] == hash && rules_.predicates[i] == predicate) {
            return i;
        }
    }
    hashes_.push_back(hash);
    rules_.predicates.push_back(std::move(predicate));
    slots_[at] = static_cast<std::uint32_t>(hashes_.size());
    return slots_[at] - 1;
}

// F9, F10
FieldIndex Lowering::find(const std::string& name, bool is_path, const YamlPlace& place) {
    if (has_any_member(name)) {
        report_->error("field-wildcard",
                       place,
                       fmt::format("'*' is no part of a field's name: '{}'", name),
                       "names are compared exactly; write out the members that are meant");
    }
    const FieldIndex field = fields_.find(name, *logsource_, is_path);
    if (!rules_.fields[field].paths.empty()) {
        return field;
    }
    if (num_segments(name) > max_path_segments) {
        report_->error("field-depth",
                       place,
                       fmt::format("a field's name of more than {} parts", max_path_segments));
    } else if (!report_->failed()) {  // once a rule
        report_->error(
            "too-many-fields",
            place,
            fmt::format("the rules ask for more than {} paths; '{}' has no room", max_paths, name),
            "a field without a dot is five paths and more, for product windows");
    }
    return field;
}

void Lowering::check_carried(const RuleDraft& rule, Report& report) {
    logsource_ = &rule.logsource;
    report_ = &report;
    for (const CarriedField& field : rule.carried) {
        for (const CarriedField::Name& name : field.names) {
            static_cast<void>(find(name.name, name.is_path, rule.place));
        }
    }
}

Expression Lowering::lower(FieldIndex field, const RuleValue& value) {
    Predicate out;
    out.field = field;
    switch (value.kind) {
        case RuleValue::Kind::text:
            for (const TextPart& part : value.text) {
                if (part.kind == TextPart::Kind::placeholder) {
                    report_->error("unknown-placeholder",
                                   value.place,
                                   fmt::format("the placeholder '%{}%' has no values", part.text),
                                   fmt::format("give them by --placeholder {}=VALUE or "
                                               "sigma.placeholders",
                                               part.text));
                }
            }
            out.cased = value.cased;
            out.pattern = to_pattern(value.text, value.cased);
            break;
        case RuleValue::Kind::number:
            out.test = Test::number;
            out.number = value.number;
            out.compare = value.compare;
            break;
        case RuleValue::Kind::boolean:
            out.test = Test::boolean;
            out.boolean = value.boolean;
            break;
        case RuleValue::Kind::null:
            out.test = Test::null;
            break;
        case RuleValue::Kind::exists:
            out.test = Test::exists;
            break;
        case RuleValue::Kind::regex:
            out.test = Test::regex;
            out.text = value.string;
            break;
        case RuleValue::Kind::network:
            out.test = Test::network;
            out.network = value.network;
            break;
        case RuleValue::Kind::field:
            out.test = Test::field;
            out.cased = value.cased;
            out.relation = value.relation;
            out.other = find(value.string, value.is_path, value.place);
            break;
        case RuleValue::Kind::time:
            out.test = Test::time;
            out.part = value.part;
            out.number = value.number;
            out.compare = value.compare;
            break;
    }
    Expression e = of(intern(std::move(out)));
    return value.kind == RuleValue::Kind::exists && !value.boolean ? negated(std::move(e)) : e;
}

// D2, after the pipelines: they see a keyword as it is written, and may set another.
Expression Lowering::lower_keyword(RuleValue value) {
    if (value.kind == RuleValue::Kind::null) {
        report_->error("null-value", value.place, "a keyword cannot be null");
    }
    if (value.kind == RuleValue::Kind::number || value.kind == RuleValue::Kind::boolean) {
        value.text = plain_text(value.string);
        value.kind = RuleValue::Kind::text;
    }
    if (value.kind == RuleValue::Kind::text && value.relation == Relation::equal) {
        Text contained;
        append(contained, {TextPart::Kind::any, {}});
        for (const TextPart& part : value.text) {
            append(contained, part);
        }
        append(contained, {TextPart::Kind::any, {}});
        value.text = std::move(contained);
    }
    return lower(no_field, value);
}

Expression Lowering::lower(const DetectionItem& item) {
    const FieldIndex field =
        item.is_keyword ? no_field : find(item.field, item.is_path, item.place);
    const auto one = [&](const RuleValue& value) {
        return item.is_keyword ? lower_keyword(value) : lower(field, value);
    };
    Expression out;
    out.kind = item.all ? Expression::Kind::all : Expression::Kind::any;
    if (!count(item.values.size() + 1)) {
        return out;
    }
    if (!item.all) {
        out.children.reserve(item.values.size());
    }
    for (std::size_t i = 0; i < item.values.size();) {
        // Values that were made of one value stay together: any of them.
        std::size_t end = i + 1;
        while (item.all && end < item.values.size() &&
               item.values[end].written == item.values[i].written) {
            ++end;
        }
        if (end == i + 1) {
            out.children.push_back(one(item.values[i]));
        } else {
            Expression& group = out.children.emplace_back();
            group.kind = Expression::Kind::any;
            for (std::size_t k = i; k < end; ++k) {
                group.children.push_back(one(item.values[k]));
            }
        }
        i = end;
    }
    if (out.children.size() == 1) {
        Expression only = std::move(out.children[0]);
        out = std::move(only);
    }
    if (item.negated) {
        out = negated(std::move(out));
    }
    out.label = item.key;
    return out;
}

Expression Lowering::lower(const Detection& detection) {
    if (detection.kind == Detection::Kind::item) {
        return lower(detection.item);
    }
    Expression out;
    out.kind =
        detection.kind == Detection::Kind::all ? Expression::Kind::all : Expression::Kind::any;
    for (const Detection& child : detection.children) {
        out.children.push_back(lower(child));
    }
    if (out.children.size() == 1) {
        Expression only = std::move(out.children[0]);
        out = std::move(only);
    }
    return out;
}

Expression Lowering::lower(const ConditionNode& node, std::vector<Expression>& selections) {
    Expression out;
    switch (node.kind) {
        case ConditionNode::Kind::name: {
            Expression& selection = selections[node.name];
            if (--num_uses_[node.name] == 0) {
                return std::move(selection);
            }
            return count(num_nodes(selection)) ? selection : out;
        }
        case ConditionNode::Kind::all:
            break;
        case ConditionNode::Kind::any:
            out.kind = Expression::Kind::any;
            break;
        case ConditionNode::Kind::negate:
            out.kind = Expression::Kind::negate;
            break;
    }
    out.children.reserve(node.children.size());
    for (const ConditionNode& child : node.children) {
        out.children.push_back(lower(child, selections));
    }
    return out;
}

Expression Lowering::lower(Search& search, const LogSource& logsource, Report& report) {
    logsource_ = &logsource;
    report_ = &report;
    num_nodes_ = 0;
    num_uses_.assign(search.selections.size(), 0);
    for (const ConditionNode& condition : search.conditions) {
        count_uses(condition, num_uses_);
    }
    std::vector<Expression> selections(search.selections.size());
    for (std::size_t i = 0; i < selections.size(); ++i) {
        place_ = search.selections[i].place;
        if (num_uses_[i] > 0) {
            Expression inner = lower(search.selections[i].detection);
            // Its own node, so that both names are there to explain.
            if (!inner.label.empty()) {
                selections[i].children.push_back(std::move(inner));
            } else {
                selections[i] = std::move(inner);
            }
            selections[i].label = search.selections[i].name;
        }
    }
    Expression out;
    out.kind = Expression::Kind::any;
    for (const ConditionNode& condition : search.conditions) {
        out.children.push_back(lower(condition, selections));
    }
    if (out.children.size() == 1) {
        Expression only = std::move(out.children[0]);
        return only;
    }
    return out;
}

}  // namespace spoor::sigma
