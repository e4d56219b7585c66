#include "sigma/linking.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace spoor::sigma {

namespace {

using Input = LinkedCorrelation::Input;

class Linker {
public:
    explicit Linker(Documents& documents)
        : documents_(documents), linked_(documents.correlations.size()) {
        add_names(documents.rules, false);
        add_names(documents.correlations, true);
        for (const auto& [meta, reason] : documents.failed) {
            failed_.insert(meta.id);
            failed_.insert(meta.name);
        }
    }

    std::vector<LinkedCorrelation> link() {
        for (std::size_t i = 0; i < linked_.size(); ++i) {
            linked_[i].draft = i;
            find_inputs(i);
        }
        const std::vector<std::size_t> order = in_order();
        std::vector<LinkedCorrelation> out;
        for (const std::size_t i : order) {
            if (!draft(i).report.failed()) {
                check_aliases(i);
                read_fields(i);
            }
        }
        for (const std::size_t i : order) {
            if (!draft(i).report.failed()) {
                out.push_back(std::move(linked_[i]));
            }
        }
        return out;
    }

private:
    CorrelationDraft& draft(std::size_t i) { return documents_.correlations[i]; }

    // An id goes before a name.
    template <typename Drafts>
    void add_names(const Drafts& drafts, bool is_correlation) {
        for (std::size_t i = 0; i < drafts.size(); ++i) {
            const RuleMeta& meta = drafts[i].meta;
            if (!drafts[i].report.failed()) {
                ids_.emplace(meta.id, Input{is_correlation, i});
                if (!meta.name.empty()) {
                    names_.emplace(meta.name, Input{is_correlation, i});
                }
            }
        }
    }

    [[nodiscard]] const Input* find(const std::string& name) const {
        if (const auto id = ids_.find(name); id != ids_.end()) {
            return &id->second;
        }
        const auto found = names_.find(name);
        return found == names_.end() ? nullptr : &found->second;
    }

    void find_inputs(std::size_t i) {
        for (const Named& named : draft(i).rules) {
            const Input* input = find(named.name);
            if (input != nullptr) {
                linked_[i].inputs.push_back(*input);
                continue;
            }
            if (failed_.contains(named.name)) {
                draft(i).report.error("rule-not-loaded",
                                      named.place,
                                      fmt::format("'{}' could not be loaded", named.name));
                continue;
            }
            std::vector<std::string_view> known;
            if (++num_unknown_ <= max_guesses) {
                known = known_names();
            }
            draft(i).report.error("unknown-rule",
                                  named.place,
                                  fmt::format("there is no rule '{}'", named.name),
                                  did_you_mean(named.name, known));
        }
    }

    [[nodiscard]] std::vector<std::string_view> known_names() const {
        std::vector<std::string_view> out;
        for (const auto* table : {&names_, &ids_}) {
            for (const auto& [name, target] : *table) {
                out.push_back(name);
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    // Inputs before those that build on them, else as they were read (R22). Those behind a ring or
    // a failed one are not in it.
    std::vector<std::size_t> in_order() {
        std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
        std::vector<std::size_t> num_missing(linked_.size());
        std::vector<std::vector<std::size_t>> users(linked_.size());
        std::vector<std::size_t> out;
        for (std::size_t i = 0; i < linked_.size(); ++i) {
            for (const Input& input : linked_[i].inputs) {
                if (input.is_correlation) {
                    ++num_missing[i];
                    users[input.draft].push_back(i);
                }
            }
            if (num_missing[i] == 0 && !draft(i).report.failed()) {
                ready.push(i);
            }
        }
        while (!ready.empty()) {
            const std::size_t next = ready.top();
            ready.pop();
            out.push_back(next);
            for (const std::size_t user : users[next]) {
                if (--num_missing[user] == 0 && !draft(user).report.failed()) {
                    ready.push(user);
                }
            }
        }
        for (std::size_t i = 0; i < linked_.size(); ++i) {
            if (num_missing[i] > 0 && !draft(i).report.failed()) {
                report_stuck(i);
            }
        }
        return out;
    }

    void report_stuck(std::size_t i) {
        std::vector<bool> seen(linked_.size());
        std::vector<std::size_t> open{i};
        while (!open.empty()) {
            const std::size_t at = open.back();
            open.pop_back();
            for (const Input& input : linked_[at].inputs) {
                if (input.is_correlation && input.draft == i) {
                    draft(i).report.error("correlation-ring",
                                          draft(i).rules[0].place,
                                          "the correlation builds on itself",
                                          fmt::format("by way of '{}'", draft(at).meta.title));
                    return;
                }
                if (input.is_correlation && !seen[input.draft]) {
                    seen[input.draft] = true;
                    open.push_back(input.draft);
                }
            }
        }
        for (std::size_t k = 0; k < linked_[i].inputs.size(); ++k) {
            if (linked_[i].inputs[k].is_correlation) {
                draft(i).report.error(
                    "rule-not-loaded",
                    draft(i).rules[k].place,
                    fmt::format("'{}' could not be loaded", draft(i).rules[k].name));
                return;
            }
        }
    }

    void check_aliases(std::size_t i) {
        CorrelationDraft& d = draft(i);
        for (const CorrelationDraft::Alias& alias : d.aliases) {
            const auto is_it = [&](const std::string& name) { return name == alias.name; };
            if (std::none_of(d.group_by.begin(), d.group_by.end(), is_it) &&
                std::none_of(d.fields.begin(), d.fields.end(), is_it)) {
                d.report.warning(
                    "unused-alias",
                    alias.place,
                    fmt::format("'{}' is neither in group-by nor in field", alias.name));
            }
            for (const auto& field : alias.fields) {
                if (!input_of(i, field.rule)) {
                    std::vector<std::string_view> known;
                    for (const Named& rule : d.rules) {
                        known.push_back(rule.name);
                    }
                    d.report.error(
                        "unknown-rule",
                        field.place,
                        fmt::format("'{}' is not one of the correlation's rules", field.rule),
                        did_you_mean(field.rule, known));
                }
            }
        }
    }

    // Which of the inputs a name in an alias means.
    std::optional<std::size_t> input_of(std::size_t i, const std::string& name) {
        const Input* target = find(name);
        const std::vector<Input>& inputs = linked_[i].inputs;
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            if (target != nullptr && inputs[k].is_correlation == target->is_correlation &&
                inputs[k].draft == target->draft) {
                return k;
            }
        }
        return std::nullopt;
    }

    // R4
    std::string field_of(std::size_t i, std::size_t input, const std::string& name) {
        for (const CorrelationDraft::Alias& alias : draft(i).aliases) {
            if (alias.name != name) {
                continue;
            }
            for (const auto& field : alias.fields) {
                const Input& target = linked_[i].inputs[input];
                const Input* named = find(field.rule);
                if (named != nullptr && named->is_correlation == target.is_correlation &&
                    named->draft == target.draft) {
                    return field.field;
                }
            }
        }
        return name;
    }

    std::uint32_t carry(std::size_t rule, const std::string& field) {
        std::string name = field;
        std::erase(name, ' ');
        std::vector<CarriedField>& carried = documents_.rules[rule].carried;
        const auto found = std::find_if(
            carried.begin(), carried.end(), [&](const auto& c) { return c.written == name; });
        if (found == carried.end()) {
            CarriedField& added = carried.emplace_back();
            added.written = name;
            added.names.push_back({name, false, {}});
            return static_cast<std::uint32_t>(carried.size() - 1);
        }
        return static_cast<std::uint32_t>(found - carried.begin());
    }

    void read_fields(std::size_t i) {
        if (draft(i).report.failed()) {
            return;
        }
        LinkedCorrelation& linked = linked_[i];
        for (std::size_t k = 0; k < linked.inputs.size(); ++k) {
            std::vector<std::size_t> base;
            if (!linked.inputs[k].is_correlation) {
                base.push_back(linked.inputs[k].draft);
            } else {
                for (const auto& reading : linked_[linked.inputs[k].draft].readings) {
                    base.push_back(reading.rule);
                }
            }
            for (const std::size_t rule : base) {
                add_reading(i, k, rule);
            }
        }
    }

    void add_reading(std::size_t i, std::size_t input, std::size_t rule) {
        LinkedCorrelation::Reading reading;
        reading.rule = rule;
        for (const std::string& name : draft(i).group_by) {
            reading.group.push_back(carry(rule, field_of(i, input, name)));
        }
        for (const std::string& name : draft(i).fields) {
            reading.values.push_back(carry(rule, field_of(i, input, name)));
        }
        std::vector<LinkedCorrelation::Reading>& readings = linked_[i].readings;
        const auto same = std::find_if(
            readings.begin(), readings.end(), [&](const auto& r) { return r.rule == rule; });
        if (same == readings.end()) {
            readings.push_back(std::move(reading));
        } else if (same->group != reading.group || same->values != reading.values) {
            draft(i).report.error(
                "alias-conflict",
                draft(i).rules[input].place,
                fmt::format("'{}' comes in twice, and an alias means another field each time",
                            documents_.rules[rule].meta.title));
        }
    }

    Documents& documents_;
    std::vector<LinkedCorrelation> linked_;
    std::unordered_map<std::string, Input> ids_;
    std::unordered_map<std::string, Input> names_;
    std::unordered_set<std::string> failed_;
    std::size_t num_unknown_ = 0;
};

class Builder {
public:
    Builder(Documents& documents,
            const std::vector<std::optional<RuleIndex>>& indices,
            FieldNames& fields,
            RuleSet& out)
        : documents_(documents),
          indices_(indices),
          fields_(fields),
          out_(out),
          correlations_(documents.correlations.size()) {}

    void carry_fields() {
        for (std::size_t i = 0; i < documents_.rules.size(); ++i) {
            if (!indices_[i]) {
                continue;
            }
            Rule& rule = out_.rules[*indices_[i]];
            for (const CarriedField& field : documents_.rules[i].carried) {
                rule.carried.push_back(field_of(field, rule.logsource));
            }
        }
    }

    void build(const LinkedCorrelation& linked) {
        CorrelationDraft& draft = documents_.correlations[linked.draft];
        Correlation out;
        if (!inputs_of(linked, draft, out)) {
            return;
        }
        for (const LinkedCorrelation::Reading& reading : linked.readings) {
            out.readings.push_back({*indices_[reading.rule], reading.group, reading.values});
        }
        out.type = draft.type;
        out.group_by = draft.group_by;
        out.value_fields = draft.fields;
        out.timespan = draft.timespan;
        out.bounds = draft.bounds;
        out.percentile = draft.percentile;
        out.generate = draft.generate;
        if (draft.boolean) {
            out.boolean = to_inputs(*draft.boolean);
        }
        out.decided_at_close = draft.boolean ? has_not(*draft.boolean) : at_close(draft.bounds);
        out.within_host = is_within_host(linked, out);
        out.meta = draft.meta;
        correlations_[linked.draft] = static_cast<std::uint32_t>(out_.correlations.size());
        out_.correlations.push_back(std::move(out));
    }

    // R19
    void silence() {
        std::vector<std::pair<bool, bool>> rules(out_.rules.size());  // named, wanted
        std::vector<std::pair<bool, bool>> correlations(out_.correlations.size());
        for (const Correlation& correlation : out_.correlations) {
            for (const Correlation::Input& input : correlation.inputs) {
                auto& [named, wanted] =
                    input.is_correlation ? correlations[input.index] : rules[input.index];
                named = true;
                wanted = wanted || correlation.generate;
            }
        }
        for (std::size_t i = 0; i < rules.size(); ++i) {
            out_.rules[i].gives_alerts = !rules[i].first || rules[i].second;
        }
        for (std::size_t i = 0; i < correlations.size(); ++i) {
            out_.correlations[i].gives_alerts = !correlations[i].first || correlations[i].second;
        }
    }

private:
    FieldIndex field_of(const CarriedField& field, const LogSource& logsource) {
        if (field.names.size() == 1) {
            return fields_.find(field.names[0].name, logsource, field.names[0].is_path);
        }
        std::vector<std::string> paths;
        for (const CarriedField::Name& name : field.names) {
            const FieldIndex one = fields_.find(name.name, logsource, name.is_path);
            paths.insert(paths.end(), out_.fields[one].paths.begin(), out_.fields[one].paths.end());
        }
        return out_.fields.intern(field.written, paths);
    }

    bool inputs_of(const LinkedCorrelation& linked, CorrelationDraft& draft, Correlation& out) {
        for (std::size_t i = 0; i < linked.inputs.size(); ++i) {
            const Input& input = linked.inputs[i];
            const std::optional<std::uint32_t> index =
                input.is_correlation ? correlations_[input.draft] : indices_[input.draft];
            if (!index) {
                draft.report.error("rule-not-loaded",
                                   draft.rules[i].place,
                                   fmt::format("'{}' could not be loaded", draft.rules[i].name));
                return false;
            }
            out.inputs.push_back({input.is_correlation, *index, draft.rules[i].name});
        }
        return true;
    }

    static InputCondition to_inputs(const ConditionNode& node) {
        InputCondition out;
        switch (node.kind) {
            case ConditionNode::Kind::name:
                out.kind = InputCondition::Kind::input;
                out.input = node.name;
                break;
            case ConditionNode::Kind::all:
                break;
            case ConditionNode::Kind::any:
                out.kind = InputCondition::Kind::any;
                break;
            case ConditionNode::Kind::negate:
                out.kind = InputCondition::Kind::negate;
                break;
        }
        for (const ConditionNode& child : node.children) {
            out.children.push_back(to_inputs(child));
        }
        return out;
    }

    static bool has_not(const ConditionNode& node) {
        return node.kind == ConditionNode::Kind::negate ||
               std::any_of(node.children.begin(), node.children.end(), has_not);
    }

    // R8
    static bool at_close(const std::vector<Bound>& bounds) {
        return bounds.size() != 1 ||
               (bounds[0].op != Bound::Op::gt && bounds[0].op != Bound::Op::gte);
    }

    // R9: one of the fields is the host's, whichever rule the match is of.
    bool is_within_host(const LinkedCorrelation& linked, const Correlation& correlation) {
        for (const Correlation::Input& input : correlation.inputs) {
            if (input.is_correlation && !out_.correlations[input.index].within_host) {
                return false;
            }
        }
        for (std::size_t g = 0; g < correlation.group_by.size(); ++g) {
            const bool is_host = std::all_of(
                linked.readings.begin(), linked.readings.end(), [&](const auto& reading) {
                    const CarriedField& field =
                        documents_.rules[reading.rule].carried[reading.group[g]];
                    return std::all_of(field.names.begin(),
                                       field.names.end(),
                                       [](const auto& name) { return names_host(name.name); });
                });
            if (is_host) {
                return true;
            }
        }
        return false;
    }

    Documents& documents_;
    const std::vector<std::optional<RuleIndex>>& indices_;
    FieldNames& fields_;
    RuleSet& out_;
    std::vector<std::optional<std::uint32_t>> correlations_;
};

}  // namespace

std::vector<LinkedCorrelation> link_correlations(Documents& documents) {
    return documents.correlations.empty() ? std::vector<LinkedCorrelation>()
                                          : Linker(documents).link();
}

void build_correlations(Documents& documents,
                        const std::vector<LinkedCorrelation>& linked,
                        const std::vector<std::optional<RuleIndex>>& indices,
                        FieldNames& fields,
                        RuleSet& out) {
    Builder builder(documents, indices, fields, out);
    builder.carry_fields();
    for (const LinkedCorrelation& correlation : linked) {
        builder.build(correlation);
    }
    builder.silence();
}

}  // namespace spoor::sigma
