// Short ways to write rules in tests, and to say what became of them.
#pragma once

#include "sigma/load.hpp"

#include <string>

namespace spoor::sigma::test {

// One rule with this detection section; lines as they stand, two spaces deep.
[[nodiscard]] std::string rule_with(const std::string& detection);

// An expression in one line: F="*abc*" & !(G#5 | H:null). Fields by their names, patterns with *
// and
// ?, `==` where case counts, # numbers, / regular expressions, ~ other fields, @ parts of times, ^
// networks. A keyword's field is `any`.
[[nodiscard]] std::string to_text(const RuleSet& rules, const Expression& expression);

// The condition of the only rule that loads, or "refused: code ..." of what was said.
[[nodiscard]] std::string condition_of(const std::string& detection,
                                       const LoadOptions& options = {});
// Codes of all diagnostics, in order, joined by spaces; warnings with `?`, notes with `~`.
[[nodiscard]] std::string codes_of(const Loaded& loaded);

}  // namespace spoor::sigma::test
