// What a rule's condition has become once names, modifiers, placeholders and pipelines are
// resolved: a tree over predicates. The one form that the engine compiles, `rules explain` prints
// and the slow reference in the tests evaluates. Row names (V4, M10 ...) are those of
// docs/sigma-semantics.md.
//
// Values, const once built; safe from any thread.
#pragma once

#include "sigma/field_table.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace spoor::sigma {

// A text with wildcards (V2), in pieces: escapes are resolved.
struct Pattern {
    enum class Kind : std::uint8_t { text, any, one };  // `any`: *, `one`: ?

    struct Piece {
        Kind kind = Kind::text;
        std::string text;  // UTF-8; of Kind::text only, never empty
        friend bool operator==(const Piece&, const Piece&) = default;
    };

    std::vector<Piece> pieces;  // never two texts or two `any` beside each other; empty: ''
    friend bool operator==(const Pattern&, const Pattern&) = default;
};

enum class Compare : std::uint8_t { equal, less, less_equal, greater, greater_equal };

struct Number {
    bool is_integer = true;
    std::int64_t integer = 0;
    double real = 0;  // also of integers
    friend bool operator==(const Number&, const Number&) = default;
};

enum class TimePart : std::uint8_t { minute, hour, day, week, month, year };

enum class Relation : std::uint8_t { equal, contains, starts_with, ends_with };

struct Network {
    std::array<std::uint8_t, 16> address{};  // IPv4 in its mapped form, prefix + 96
    int prefix = 128;                        // bits
    friend bool operator==(const Network&, const Network&) = default;
};

enum class Test : std::uint8_t {
    text,     // V1-V3, V5, V8, V9: the whole value meets `pattern`
    number,   // V4 (equal), M11: `number`, `compare`
    boolean,  // V6
    null,     // V7
    exists,   // M4: the path is there; `yes` false is written as negation
    regex,    // M10: `text` is RE2 syntax, flags included: (?i) and so on
    network,  // M12
    field,    // M13: `other`, `relation`
    time,     // M14: `part`, `compare`, `number`
};

// One question about one field of an event. Equal ones are one entry of the rule set, so that each
// is answered once an event.
struct Predicate {
    Test test = Test::text;
    FieldIndex field = no_field;  // no_field: keywords, any value of the event (D2); text and regex
    bool cased = false;           // of text and field
    Pattern pattern;              // of text. Folded (fold.hpp) unless cased
    std::string text;             // of regex
    Number number;
    Compare compare = Compare::equal;
    TimePart part = TimePart::minute;
    bool boolean = false;
    Network network;
    FieldIndex other = no_field;
    Relation relation = Relation::equal;

    friend bool operator==(const Predicate&, const Predicate&) = default;
};

using PredicateIndex = std::uint32_t;

// A node. `all` and `any` of nothing are true and false. Children are few and owned.
struct Expression {
    enum class Kind : std::uint8_t { predicate, all, any, negate };
    Kind kind = Kind::all;
    PredicateIndex predicate = 0;
    std::vector<Expression> children;
    std::string label;  // of a selection: its name; of an item: its key as written; for explaining
};

}  // namespace spoor::sigma
