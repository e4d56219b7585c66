// Items with every modifier of the language, and for each a value that meets it by
// docs/sigma-semantics.md: written down, or encoded here, without the engine's code.
//
// Values; one owner.
#pragma once

#include "sigma_made.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::fuzz {

struct ModifiedItem {
    std::size_t field = 0;   // into modified_field's; of keywords any
    std::string modifiers;   // with the '|' before each
    std::string value;       // in YAML
    std::string met;         // a text that it holds for
    std::string near;        // a text that it does not hold for; empty: none is known
    bool keyword = false;    // no field's name
    bool negated = false;    // `neq`: does not hold where only `met` is
    bool any_case = true;    // letter case of `met` is nothing to it
    bool is_number = false;  // `met` is one of JSON

    [[nodiscard]] std::string to_yaml() const;
};

inline constexpr std::size_t num_modified_fields = 3;

[[nodiscard]] ModifiedItem make_modified(Choices& choices);

// JSON with values for the items' fields, in scalars, arrays and objects of several depths, and
// letters escaped now and then.
[[nodiscard]] std::string make_event(Choices& choices, const std::vector<ModifiedItem>& items);
// One in which `item` is met, whatever else it has.
[[nodiscard]] std::string meeting_event(Choices& choices, const ModifiedItem& item);
// One in which it is not, by its `near`.
[[nodiscard]] std::string missing_event(Choices& choices, const ModifiedItem& item);

}  // namespace spoor::fuzz
