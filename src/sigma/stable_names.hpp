// Names of rules, correlations and fields for what is stored: numbers of 64 bits made from ids and
// versions, so that they say the same after a reload and in the next run. Of the rules and
// correlations of one RuleSet no two are the same, but for a chance of 2^-64.
//
// Const after construction; safe from any thread.
#pragma once

#include "sigma/rule_set.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace spoor::sigma {

class StableNames {
public:
    explicit StableNames(const RuleSet& rules);

    [[nodiscard]] std::uint64_t rule(RuleIndex rule) const { return rules_[rule]; }

    [[nodiscard]] std::uint64_t correlation(std::uint32_t correlation) const {
        return correlations_[correlation];
    }

    [[nodiscard]] std::uint64_t field(FieldIndex field) const { return fields_[field]; }

    [[nodiscard]] std::optional<RuleIndex> find_rule(std::uint64_t name) const;
    [[nodiscard]] std::optional<std::uint32_t> find_correlation(std::uint64_t name) const;

private:
    std::vector<std::uint64_t> rules_;
    std::vector<std::uint64_t> correlations_;
    std::vector<std::uint64_t> fields_;
    std::unordered_map<std::uint64_t, RuleIndex> rule_of_;
    std::unordered_map<std::uint64_t, std::uint32_t> correlation_of_;
};

class ByteWriter;
class ByteReader;
class MatchSignal;

// The values of a match, each beside the name of its field.
void write_values(ByteWriter& out,
                  const MatchSignal& match,
                  const RuleSet& rules,
                  const StableNames& names);
// Into a match that was assigned its rule; values of fields not carried any more are passed over.
void read_values(ByteReader& in,
                 MatchSignal& match,
                 const RuleSet& rules,
                 const StableNames& names);

}  // namespace spoor::sigma
