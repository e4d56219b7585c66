// The condition of a rule (docs/sigma-semantics.md C1-C5). As in the specification:
//
//   expression = and_term , { "or" , and_term } ;
//   and_term   = not_term , { "and" , not_term } ;
//   not_term   = "not" , not_term | quantified | name | "(" , expression , ")" ;
//   quantified = ( "1" | "any" | "all" ) , "of" , ( "them" | pattern | name ) ;
//
// Also reads the boolean conditions of correlations (R17), whose names may be ids.
//
// Private to sigma. One owner; the depth of recursion and what is made are bounded.
#pragma once

#include "sigma/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::sigma {

struct ConditionNode {
    enum class Kind : std::uint8_t { name, all, any, negate };
    Kind kind = Kind::all;
    std::uint32_t name = 0;  // into the names given
    std::vector<ConditionNode> children;
};

// Of all conditions over the same names. Quantifiers name many with few words, so that a short text
// could ask for any amount of memory and time.
inline constexpr std::size_t max_condition_nodes = 200'000;
inline constexpr std::size_t max_names_looked_at = 20'000'000;

struct ConditionNames {
    std::vector<std::string_view> names;
    std::string_view what = "selection";  // what the names are of, for messages
    bool quantifiers = true;

    // What reading conditions over these names has found and spent so far.
    struct Spent {
        std::unordered_map<std::string_view, std::uint32_t>
            index;  // of names, made when first asked
        std::size_t nodes = 0;
        std::size_t looks = 0;  // at names, for patterns
        std::size_t guesses = 0;
    };

    mutable Spent spent;
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
