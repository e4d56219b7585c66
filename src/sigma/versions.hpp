// Versions of rules: hashes of all that decides what they match. They are in alerts, and say after
// a reload what has not changed.
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/rule_set.hpp"

#include <cstring>
#include <string>
#include <vector>

namespace spoor::sigma {

template <typename Value>
void append_number(std::string& out, const Value& value) {
    char bytes[sizeof(Value)];
    std::memcpy(bytes, &value, sizeof(Value));
    out.append(bytes, sizeof(Value));
}

// What a predicate asks, but of which fields.
void append_question(std::string& out, const Predicate& predicate);

// Of a set whose rules are all there. Versions are 16 hex digits.
class Versions {
public:
    explicit Versions(const RuleSet& rules);

    [[nodiscard]] std::string of(const Rule& rule);
    // Once those of its inputs are set.
    [[nodiscard]] std::string of(const Correlation& correlation);
    [[nodiscard]] std::string of_all();

private:
    void append(const Expression& expression);

    const RuleSet& rules_;
    std::vector<std::string> fields_;  // what each field's paths are, in few bytes
    std::string bytes_;
};

}  // namespace spoor::sigma
