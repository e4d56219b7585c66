// What pipelines are made of: steps, each with a transformation and the conditions on which it is
// applied.
//
// Private to the processing_*.cpp of sigma. Const once read; contexts have one owner, an apply().
#pragma once

#include "sigma/condition.hpp"
#include "sigma/documents.hpp"
#include "sigma/modifiers.hpp"
#include "sigma/report.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace spoor::sigma {

using Regex = std::shared_ptr<const re2::RE2>;

// What the steps so far have left behind, for one rule.
struct ProcessingContext {
    RuleDraft& rule;
    const Placeholders& vars;
    std::map<std::string, RuleValue> state;
    std::set<std::uint32_t> applied;  // ids of steps
    bool fields_only = false;         // the fields that correlations ask for, not the rule
    std::size_t num_made = 0;         // values and names; max_made at most
    std::size_t bytes_made = 0;       // of their texts; max_made_bytes at most

    // Whether there is room for more, with texts of `bytes` in all; if not, the rule fails.
    [[nodiscard]] bool make(std::size_t num, std::size_t bytes);
};

struct ProcessingCondition {
    enum class Type : std::uint8_t {
        logsource,
        contains_detection_item,
        contains_field,
        processing_item_applied,
        processing_state,
        is_sigma_rule,
        is_sigma_correlation_rule,
        rule_attribute,
        tag,
        include_fields,
        exclude_fields,
        match_string,
        match_value,
        contains_wildcard,
        is_null,
    };
    enum class Op : std::uint8_t { eq, ne, gte, gt, lte, lt, in, not_in };

    Type type = Type::logsource;
    LogSource logsource;
    std::string name;  // of a field, key, attribute or tag
    RuleValue value;
    Op op = Op::eq;
    std::uint32_t step = 0;  // the id of processing_item_applied
    std::vector<std::string> fields;
    std::vector<Regex> patterns;
    bool all_values = false;
    bool negate = false;
};

struct ProcessingConditions {
    std::vector<ProcessingCondition> list;
    bool any = false;
    bool negated = false;
    std::optional<ConditionNode> expression;  // names are indices of `list`

    // `holds` of one.
    [[nodiscard]] bool hold(const std::function<bool(const ProcessingCondition&)>& holds) const;
};

struct ProcessingStep;

class Transformation {
public:
    Transformation() = default;
    Transformation(const Transformation&) = delete;
    Transformation& operator=(const Transformation&) = delete;
    virtual ~Transformation() = default;

    virtual void apply(const ProcessingStep& step, ProcessingContext& context) const = 0;
};

struct ProcessingStep {
    std::uint32_t id = 0;  // 0: it has none
    std::string pipeline;  // its name, for messages
    YamlPlace place;
    ProcessingConditions rule;
    ProcessingConditions item;
    ProcessingConditions field;
    std::unique_ptr<const Transformation> transformation;

    [[nodiscard]] bool fits_rule(const ProcessingContext& context) const;
    [[nodiscard]] bool fits_item(const DetectionItem& item, const ProcessingContext& context) const;
    // `field`: empty for keywords. `applied`: to it so far.
    [[nodiscard]] bool fits_field(std::string_view field,
                                  const std::vector<std::uint32_t>& applied,
                                  const ProcessingContext& context) const;
};

// Applies the step if its conditions on the rule hold.
void apply_step(const ProcessingStep& step, ProcessingContext& context);

// One item of a rule; what is wrong with it is said at `place`.
struct ItemAt {
    Detection& node;  // of kind item; may become another kind
    YamlPlace place;
};

enum class Change : std::uint8_t { none, changed, dropped };
// Each item of the rule that the step's conditions fit; of selections that lose all, the rule
// fails.
void change_items(const ProcessingStep& step,
                  ProcessingContext& context,
                  const std::function<Change(const ItemAt&)>& change);

// A value as conditions and mappings see it: without escapes.
[[nodiscard]] std::string plain(const RuleValue& value);
[[nodiscard]] RuleValue text_value(std::string_view rule_text, const RuleValue& like);

// Parameters of a step or condition: each is asked for by name; finish() reports the others.
class Parameters {
public:
    Parameters(const YamlNode& node, Report& report) : node_(node), report_(report) {}

    [[nodiscard]] std::string text(std::string_view key, bool required);
    [[nodiscard]] std::string one_of(std::string_view key,
                                     const std::vector<std::string_view>& allowed,
                                     std::string_view otherwise);
    [[nodiscard]] bool flag(std::string_view key);
    // A text or a list of them; nullopt: it is not there.
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key);
    [[nodiscard]] std::vector<std::pair<std::string, std::vector<std::string>>> mapping(
        std::string_view key);
    [[nodiscard]] RuleValue value(std::string_view key);
    [[nodiscard]] Regex regex(std::string_view key, bool from_start);
    [[nodiscard]] Regex regex(const std::string& pattern, const YamlPlace& place, bool from_start);
    [[nodiscard]] const YamlMember* member(std::string_view key);

    // It may be there, and has no effect.
    void ignore(std::string_view key) { asked_.emplace_back(key); }

    void missing(std::string_view key);
    void finish(std::string_view what);

    [[nodiscard]] const YamlPlace& place() const { return node_.place; }

    [[nodiscard]] Report& report() { return report_; }

private:
    const YamlNode& node_;
    Report& report_;
    std::vector<std::string> asked_;
};

// Numbers for the ids of steps, over all pipelines; an id that is not there yet gets one.
class StepIds {
public:
    [[nodiscard]] std::uint32_t of(const std::string& id);

private:
    std::map<std::string, std::uint32_t> numbers_;
};

enum class ConditionsOn : std::uint8_t { rule, item, field };
[[nodiscard]] ProcessingConditions read_conditions(Parameters& step, ConditionsOn on, StepIds& ids);

// Null: there is no such type, or it was reported. One function for each file of transformations.
using MadeTransformation = std::unique_ptr<const Transformation>;
[[nodiscard]] MadeTransformation make_field_transformation(std::string_view type, Parameters& in);
[[nodiscard]] MadeTransformation make_value_transformation(std::string_view type, Parameters& in);
[[nodiscard]] MadeTransformation make_text_transformation(std::string_view type, Parameters& in);
[[nodiscard]] MadeTransformation make_rule_transformation(std::string_view type, Parameters& in);
[[nodiscard]] MadeTransformation make_nest(std::vector<ProcessingStep> steps);

}  // namespace spoor::sigma
