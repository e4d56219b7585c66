// Correlations find the rules that they name (docs/sigma-semantics.md R1, R4, R18, R19), in two
// steps: before pipelines change fields' names, and when the rules are there.
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/documents.hpp"
#include "sigma/field_names.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace spoor::sigma {

// Numbers of rules and correlations are places in Documents.
struct LinkedCorrelation {
    struct Input {
        bool is_correlation = false;
        std::size_t draft = 0;
    };

    struct Reading {
        std::size_t rule = 0;
        std::vector<std::uint32_t> group;  // places in RuleDraft::carried
        std::vector<std::uint32_t> values;
    };

    std::size_t draft = 0;
    std::vector<Input> inputs;
    std::vector<Reading> readings;
};

// Inputs before those that build on them. Those left out have been reported. Fills
// RuleDraft::carried.
[[nodiscard]] std::vector<LinkedCorrelation> link_correlations(Documents& documents);

// Into `out.correlations`; fills Rule::carried and gives_alerts. `indices`: of each rule draft its
// place in `out.rules`, if it is there.
void build_correlations(Documents& documents,
                        const std::vector<LinkedCorrelation>& linked,
                        const std::vector<std::optional<RuleIndex>>& indices,
                        FieldNames& fields,
                        RuleSet& out);

}  // namespace spoor::sigma
