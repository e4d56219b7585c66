// Conditions of rules in the form in which they are evaluated: flat nodes, those of a rule beside
// each other, cheap ones first. A node that asks for a literal in one field carries enough of it to
// say no by itself, which is the usual answer, without a look at any other memory.
//
// Private to sigma. Const once made: safe from any thread.
#pragma once

#include "sigma/event_fields.hpp"
#include "sigma/predicates.hpp"
#include "sigma/rule_set.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

struct Program {
    // `ask`: any predicate, answered by Predicates. whole, prefix, suffix, inside: a literal in the
    // folded value of a field; of `inside` one of three bytes or more.
    enum class Op : std::uint8_t { ask, whole, prefix, suffix, inside, all, any, negate };

    struct Node {
        Op op = Op::all;
        std::uint8_t width = 0;                  // bytes of `edge`: up to eight
        std::array<std::uint16_t, 3> summary{};  // of inside
        std::uint32_t first = 0;                 // child node, or predicate
        std::uint32_t count = 0;                 // of children, or of the literal's bytes
        std::uint32_t text = 0;                  // where the literal begins in `texts`
        FieldIndex field = no_field;
        std::uint64_t edge = 0;  // the literal's first bytes (prefix) or last ones (whole, suffix)

        [[nodiscard]] bool is_literal() const { return op >= Op::whole && op <= Op::inside; }
    };

    [[nodiscard]] std::string_view literal(const Node& n) const {
        return {texts.data() + n.text, n.count};
    }

    // Of a literal and a folded value, behind which some bytes can be read: whether the value's
    // size and edge, or its summary, let it be there. No is certain.
    [[nodiscard]] static bool may_hold(const Node& n, FieldValue& value, EventFields& fields) {
        const std::string_view text = fields.folded(value);
        if (text.size() < n.count) {
            return false;
        }
        switch (n.op) {
            case Op::whole:
                return text.size() == n.count &&
                       load(text.data() + text.size() - n.width, n.width) == n.edge;
            case Op::prefix:
                return load(text.data(), n.width) == n.edge;
            case Op::suffix:
                return load(text.data() + text.size() - n.width, n.width) == n.edge;
            default:
                return fields.summary(value).may_have(n.summary);
        }
    }

    // Certain, of a value of which may_hold() says yes.
    [[nodiscard]] bool holds(const Node& n, std::string_view folded) const;

    std::vector<Node> nodes;
    std::vector<std::uint32_t> roots;  // by rule
    std::string texts;

private:
    // Eight bytes can be read at p.
    static std::uint64_t load(const char* p, unsigned width) {
        std::uint64_t v = 0;
        std::memcpy(&v, p, sizeof v);
        return width >= 8 ? v : v & ((std::uint64_t{1} << (8 * width)) - 1);
    }
};

static_assert(sizeof(Program::Node) == 32, "two of them in a line of the cache");

[[nodiscard]] Program make_program(const RuleSet& rules, const Predicates& predicates);

}  // namespace spoor::sigma
