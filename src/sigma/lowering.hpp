// From detections to expressions: names become fields, values become predicates, each once.
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/detection.hpp"
#include "sigma/documents.hpp"
#include "sigma/field_names.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spoor::sigma {

inline constexpr std::size_t max_nodes = 200'000;  // of one rule's expression

class Lowering {
public:
    Lowering(RuleSet& rules, FieldNames& fields) : rules_(rules), fields_(fields) {}

    // The search as one expression; what is wrong goes to the report. The search is used up.
    [[nodiscard]] Expression lower(Search& search, const LogSource& logsource, Report& report);

    // What the rule hands to correlations: whether its fields can be had.
    void check_carried(const RuleDraft& rule, Report& report);

private:
    [[nodiscard]] FieldIndex find(const std::string& name, bool is_path, const YamlPlace& place);
    [[nodiscard]] Expression lower(const Detection& detection);
    [[nodiscard]] Expression lower(const DetectionItem& item);
    [[nodiscard]] Expression lower(FieldIndex field, const RuleValue& value);
    [[nodiscard]] Expression lower_keyword(RuleValue value);
    [[nodiscard]] Expression lower(const ConditionNode& node, std::vector<Expression>& selections);
    [[nodiscard]] PredicateIndex intern(Predicate predicate);
    [[nodiscard]] bool count(std::size_t nodes);
    void grow();

    RuleSet& rules_;
    FieldNames& fields_;
    const LogSource* logsource_ = nullptr;
    Report* report_ = nullptr;
    YamlPlace place_;
    std::size_t num_nodes_ = 0;
    std::vector<std::uint32_t> num_uses_;  // of the search's selections that are left
    std::vector<std::uint32_t> slots_;     // a hash table of predicates: index + 1, or 0
    std::vector<std::uint64_t> hashes_;    // beside the predicates
    std::string key_;
};

}  // namespace spoor::sigma
