// Predicates prepared for evaluation: shapes of patterns, compiled regular expressions, and what
// of a literal's three-byte windows must be in a text that holds it.
//
// Private to sigma. Const after construction: safe from any thread.
#pragma once

#include "sigma/event_fields.hpp"
#include "sigma/literal_index.hpp"
#include "sigma/pattern.hpp"
#include "sigma/rule_set.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace spoor::sigma {

class Predicates {
public:
    explicit Predicates(const RuleSet& rules);
    ~Predicates();
    Predicates(const Predicates&) = delete;
    Predicates& operator=(const Predicates&) = delete;

    // What must be found in a value, folded, for the predicate to hold: at least one of `literals`
    // at `place`. None: nothing is known but that the field has a value.
    struct Needed {
        std::vector<std::string> literals;
        LiteralIndex::Place place = LiteralIndex::Place::anywhere;
        bool decides = false;           // it is not only needed: it is enough
        std::vector<std::string> also;  // of regular expressions: each of these, anywhere
    };

    struct Prepared {
        Shape shape = Shape::mixed;
        bool has_summary = false;
        std::uint8_t cost = 0;  // of evaluating it, for ordering: 0 cheapest
        std::array<std::uint16_t, 3> summary{};
        std::string_view literal;  // of whole, prefix, suffix, inside
        std::unique_ptr<const re2::RE2> regex;
        Needed needed;
    };

    [[nodiscard]] const Prepared& operator[](PredicateIndex i) const { return prepared_[i]; }

    // Whether it holds for the event at hand.
    [[nodiscard]] bool holds(PredicateIndex i, EventFields& fields) const;
    // The first value that meets it, of its field or, for keywords, of the event; null: none. Not
    // for null, exists.
    [[nodiscard]] FieldValue* first_met(PredicateIndex i, EventFields& fields) const;

private:
    [[nodiscard]] bool holds(PredicateIndex i, FieldValue& value, EventFields& fields) const;
    [[nodiscard]] bool text_holds(PredicateIndex i, FieldValue& value, EventFields& fields) const;

    const RuleSet& rules_;
    std::vector<Prepared> prepared_;
};

}  // namespace spoor::sigma
