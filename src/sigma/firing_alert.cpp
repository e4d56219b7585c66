#include "sigma/firing_alert.hpp"

#include "alert/match_line.hpp"
#include "alert/rule_text.hpp"
#include "base/json_writer.hpp"
#include "sigma/match_writer.hpp"

#include <fmt/core.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

namespace {

std::string_view name_of(CorrelationType type) {
    switch (type) {
        case CorrelationType::event_count:
            return "event_count";
        case CorrelationType::value_count:
            return "value_count";
        case CorrelationType::value_sum:
            return "value_sum";
        case CorrelationType::value_avg:
            return "value_avg";
        case CorrelationType::value_percentile:
            return "value_percentile";
        case CorrelationType::value_median:
            return "value_median";
        case CorrelationType::temporal:
            return "temporal";
        case CorrelationType::temporal_ordered:
            break;
    }
    return "temporal_ordered";
}

std::string_view sign_of(Bound::Op op) {
    switch (op) {
        case Bound::Op::gt:
            return ">";
        case Bound::Op::gte:
            return ">=";
        case Bound::Op::lt:
            return "<";
        case Bound::Op::lte:
            return "<=";
        case Bound::Op::eq:
            return "=";
        case Bound::Op::neq:
            break;
    }
    return "!=";
}

std::string text_of(const InputCondition& c, const Correlation& correlation) {
    switch (c.kind) {
        case InputCondition::Kind::input:
            return correlation.inputs[c.input].name;
        case InputCondition::Kind::negate:
            return "not " + text_of(c.children.front(), correlation);
        case InputCondition::Kind::all:
        case InputCondition::Kind::any:
            break;
    }
    std::string out;
    for (const InputCondition& child : c.children) {
        if (!out.empty()) {
            out += c.kind == InputCondition::Kind::all ? " and " : " or ";
        }
        out += text_of(child, correlation);
    }
    return "(" + out + ")";
}

std::string condition_of(const Correlation& correlation) {
    if (correlation.boolean) {
        return text_of(*correlation.boolean, correlation);
    }
    std::string out;
    for (const Bound& bound : correlation.bounds) {
        out += fmt::format("{}{} {}", out.empty() ? "" : " and ", sign_of(bound.op), bound.value);
    }
    return out;
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string correlation_json(const Firing& firing, const Correlation& correlation) {
    std::string out;
    JsonWriter json(out);
    json.begin_object()
        .member("type", name_of(correlation.type))
        .member("timespan", seconds(correlation.timespan));
    if (const std::string condition = condition_of(correlation); !condition.empty()) {
        json.member("condition", std::string_view(condition));
    }
    json.member("value", firing.value).member("members", firing.num_members).end_object();
    return out;
}

std::string group_json(const Firing& firing, const Correlation& correlation) {
    std::string out;
    JsonWriter json(out);
    for (std::size_t i = 0; i < firing.group.size() && i < correlation.group_by.size(); ++i) {
        json.member(correlation.group_by[i], std::string_view(firing.group[i]));
    }
    return out;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        out += (out.empty() ? "" : ", ") + part;
    }
    return out;
}

std::string explanation_of(const Firing& firing, const Correlation& correlation) {
    std::string out = fmt::format("{}: {:.6g}", name_of(correlation.type), firing.value);
    if (const std::string condition = condition_of(correlation); !condition.empty()) {
        out += fmt::format(" (asked for: {})", condition);
    }
    out += fmt::format(" within {:g} s", seconds(correlation.timespan));
    for (std::size_t i = 0; i < firing.group.size() && i < correlation.group_by.size(); ++i) {
        out += fmt::format(
            "{}{} = {}", i == 0 ? ", for " : ", ", correlation.group_by[i], firing.group[i]);
    }
    return out;
}

std::string identity_of(const Firing& firing,
                        const Correlation& correlation,
                        const OriginTable& origins) {
    std::string at = correlation.decided_at_close
                         ? format_time(firing.opened) + '\n' + origins.ref(firing.newest)
                         : origins.ref(firing.trigger);
    if (!correlation.decided_at_close && correlation.inputs.size() > 1) {
        // One event may be a match of several, and the condition hold anew at each.
        at += '\n' + correlation.inputs[firing.trigger_input].name;
    }
    return alert::make_id(correlation.meta.id, correlation.meta.version, firing.group_key, at);
}

}  // namespace

alert::Alert firing_alert(const Firing& firing, const RuleSet& rules, const OriginTable& origins) {
    const Correlation& correlation = rules.correlations[firing.correlation];
    const alert::RuleText text = rule_text(correlation.meta, nullptr);
    std::vector<EventRef> refs;
    std::vector<alert::EvidenceNote> notes;
    for (const FiringMember& member : firing.members) {
        refs.push_back(member.ref);
        notes.push_back({correlation.inputs[member.input].name, member.time, member.value});
    }
    const std::string matched = group_json(firing, correlation);
    const std::string facts = correlation_json(firing, correlation);
    const std::string explanation = explanation_of(firing, correlation);
    const std::string group = joined(firing.group);
    const bool is_of_host = correlation.within_host || group.empty();

    alert::Alert out;
    out.id = identity_of(firing, correlation, origins);
    out.time = firing.time;
    out.level = correlation.meta.level;
    out.detector = detector_name;
    out.rule_id = correlation.meta.id;
    out.host = firing.host.empty() ? alert::no_host : firing.host;
    out.entity = is_of_host ? out.host : group;
    out.techniques = text.techniques().ids();
    out.summary = correlation.meta.title;

    alert::Draft draft = text.draft();
    draft.id = out.id;
    draft.time = firing.time;
    draft.entity = out.entity;
    draft.entity_type = is_of_host ? "host" : "group";
    draft.event_type = "correlation";
    draft.host = out.host;
    draft.ref = firing.trigger;
    draft.evidence = refs;
    draft.evidence_notes = notes;
    draft.window = alert::Window{firing.first, firing.last + Duration{1}, firing.num_members};
    draft.matched = matched;
    draft.correlation = facts;
    draft.explanation = explanation;
    alert::write_alert(draft, origins, out.json);
    return out;
}

std::string firing_line(const Firing& firing, const RuleSet& rules, const OriginTable& origins) {
    const Correlation& correlation = rules.correlations[firing.correlation];
    const std::string facts = correlation_json(firing, correlation);
    std::string out;
    alert::MatchLine(origins).write_firing(rule_text(correlation.meta, nullptr),
                                           {firing.host, firing.time, firing.trigger, facts},
                                           group_json(firing, correlation),
                                           out);
    return out;
}

}  // namespace spoor::sigma
