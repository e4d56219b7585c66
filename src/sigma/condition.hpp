// The condition of a rule (docs/sigma-semantics.md C1-C5). As in the specification:
//
//   expression = and_term , { "or" , and_term } ;
//   and_term   = not_term , { "and" , not_term } ;
//   not_term   = "not" , not_term | quantified | name | "(" , expression , ")" ;
//   quantified = ( "1" | "any" | "all" ) , "of" , ( "them" | pattern | name ) ;
//
// Also reads the boolean conditions of correlations (R17), whose names may be ids.
//
// Private to sigma. Pure; the depth of recursion is bounded.
#pragma once

#include "sigma/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

struct ConditionNode {
    enum class Kind : std::uint8_t { name, all, any, negate };
    Kind kind = Kind::all;
    std::uint32_t name = 0;  // into the names given
    std::vector<ConditionNode> children;
};

struct ConditionNames {
    std::vector<std::string_view> names;
    std::string_view what = "selection";  // what the names are of, for messages
    bool quantifiers = true;
};

// False: reported. `text` was read at `place`. Marks the names that it uses.
[[nodiscard]] bool read_condition(std::string_view text,
                                  const YamlPlace& place,
                                  const ConditionNames& names,
                                  Report& report,
                                  ConditionNode& out,
                                  std::vector<bool>& used);

// '*' is any text, "them" all names that do not begin with '_'.
[[nodiscard]] bool name_fits(std::string_view name, std::string_view pattern);

}  // namespace spoor::sigma
