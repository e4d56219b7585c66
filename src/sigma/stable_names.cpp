#include "sigma/stable_names.hpp"

#include "base/hash.hpp"
#include "sigma/byte_codec.hpp"
#include "sigma/correlation_signal.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace spoor::sigma {

namespace {

std::uint64_t name_of(std::string_view bytes) {
    const Digest digest = digest128(bytes);
    std::uint64_t name = 0;
    for (std::size_t i = 0; i < sizeof name; ++i) {
        name |= std::uint64_t{digest[i]} << (8 * i);
    }
    return name;
}

std::uint64_t name_of(const RuleMeta& meta) {
    std::string bytes;
    ByteWriter out(bytes);
    out.text(meta.id);
    out.text(meta.version);
    return name_of(bytes);
}

std::uint64_t name_of(const FieldEntry& field) {
    std::string bytes;
    ByteWriter out(bytes);
    for (const std::string& path : field.paths) {
        out.text(path);
    }
    return name_of(bytes);
}

}  // namespace

StableNames::StableNames(const RuleSet& rules) {
    for (const Rule& rule : rules.rules) {
        rule_of_.emplace(name_of(rule.meta), static_cast<RuleIndex>(rules_.size()));
        rules_.push_back(name_of(rule.meta));
    }
    for (const Correlation& correlation : rules.correlations) {
        const std::uint64_t name = name_of(correlation.meta);
        correlation_of_.emplace(name, static_cast<std::uint32_t>(correlations_.size()));
        correlations_.push_back(name);
    }
    for (const FieldEntry& field : rules.fields.entries()) {
        fields_.push_back(name_of(field));
    }
}

std::optional<RuleIndex> StableNames::find_rule(std::uint64_t name) const {
    const auto it = rule_of_.find(name);
    return it == rule_of_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<std::uint32_t> StableNames::find_correlation(std::uint64_t name) const {
    const auto it = correlation_of_.find(name);
    return it == correlation_of_.end() ? std::nullopt : std::optional(it->second);
}

void write_values(ByteWriter& out,
                  const MatchSignal& match,
                  const RuleSet& rules,
                  const StableNames& names) {
    const std::vector<FieldIndex>& carried = rules.rules[match.rule].carried;
    std::size_t present = 0;
    for (std::size_t i = 0; i < carried.size(); ++i) {
        present += match.value(i) ? 1U : 0U;
    }
    out.number(present);
    for (std::size_t i = 0; i < carried.size(); ++i) {
        if (const auto value = match.value(i)) {
            out.word(names.field(carried[i]));
            out.text(*value);
        }
    }
}

void read_values(ByteReader& in,
                 MatchSignal& match,
                 const RuleSet& rules,
                 const StableNames& names) {
    std::vector<std::pair<std::uint64_t, std::string_view>> values;
    const std::size_t n = in.count(9);
    for (std::size_t i = 0; i < n && in.ok(); ++i) {
        const std::uint64_t name = in.word();
        values.emplace_back(name, in.text());
    }
    for (const FieldIndex field : rules.rules[match.rule].carried) {
        const std::uint64_t name = names.field(field);
        const auto it = std::find_if(
            values.begin(), values.end(), [name](const auto& v) { return v.first == name; });
        if (it != values.end()) {
            match.add_value(it->second);
        } else {
            match.add_missing();
        }
    }
}

}  // namespace spoor::sigma
