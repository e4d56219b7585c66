// What a selection of a rule says, before it is an expression (docs/sigma-semantics.md D1-D4): the
// form that processing pipelines change.
//
// Private to sigma. Values; one owner: the load.
#pragma once

#include "sigma/modifiers.hpp"
#include "sigma/report.hpp"
#include "sigma/rule_value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spoor::sigma {

// One field (or no field: keywords) with its values.
struct DetectionItem {
    std::string field;  // empty: keywords
    std::string key;    // as written
    YamlPlace place;    // of the key; of keywords, of the first value
    bool is_keyword = false;
    bool is_path = false;  // a pipeline has set the field: it is the path itself (§6)
    bool all = false;      // M2: AND over the values as written; those made of one value are OR
    bool negated = false;  // M5
    std::vector<RuleValue> values;
    std::vector<std::uint32_t> applied;  // steps of pipelines, sorted
};

struct Detection {
    enum class Kind : std::uint8_t { item, all, any };
    Kind kind = Kind::all;
    DetectionItem item;
    std::vector<Detection> children;
};

struct Selection {
    std::string name;
    YamlPlace place;
    Detection detection;
    bool is_valid = true;  // else it was reported
    bool is_used = false;  // by a condition (C6)
};

[[nodiscard]] Selection read_selection(const YamlMember& member,
                                       const Placeholders& placeholders,
                                       Report& report);

}  // namespace spoor::sigma
