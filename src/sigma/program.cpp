#include "sigma/program.hpp"

#include "sigma/pattern.hpp"

#include <algorithm>

namespace spoor::sigma {

namespace {

using Op = Program::Op;
using Node = Program::Node;

std::uint32_t cost_of(const Expression& e, const Predicates& predicates) {
    if (e.kind == Expression::Kind::predicate) {
        return predicates[e.predicate].cost;
    }
    std::uint32_t sum = 1;
    for (const Expression& child : e.children) {
        sum += cost_of(child, predicates);
    }
    return sum;
}

Op op_of(const Predicate& p, const Predicates::Prepared& prepared) {
    if (p.test != Test::text || p.field == no_field || p.cased) {
        return Op::ask;
    }
    switch (prepared.shape) {
        case Shape::whole:
            return Op::whole;
        case Shape::prefix:
            return Op::prefix;
        case Shape::suffix:
            return Op::suffix;
        case Shape::inside:
            return prepared.has_summary ? Op::inside : Op::ask;
        default:
            return Op::ask;
    }
}

Op op_of(Expression::Kind kind) {
    switch (kind) {
        case Expression::Kind::all:
            return Op::all;
        case Expression::Kind::any:
            return Op::any;
        case Expression::Kind::negate:
            return Op::negate;
        case Expression::Kind::predicate:
            break;
    }
    return Op::ask;
}

class Maker {
public:
    Maker(const RuleSet& rules, const Predicates& predicates)
        : rules_(rules), predicates_(predicates) {}

    Program make() {
        for (const Rule& rule : rules_.rules) {
            const auto root = static_cast<std::uint32_t>(out_.nodes.size());
            out_.roots.push_back(root);
            out_.nodes.emplace_back();
            emit(rule.condition, root);
        }
        return std::move(out_);
    }

private:
    void emit(const Expression& e, std::uint32_t at) {
        if (e.kind == Expression::Kind::predicate) {
            out_.nodes[at] = of_predicate(e.predicate);
            return;
        }
        std::vector<const Expression*> children;
        for (const Expression& child : e.children) {
            children.push_back(&child);
        }
        std::ranges::stable_sort(
            children, {}, [&](const Expression* child) { return cost_of(*child, predicates_); });
        Node node;
        node.op = op_of(e.kind);
        node.first = static_cast<std::uint32_t>(out_.nodes.size());
        node.count = static_cast<std::uint32_t>(children.size());
        out_.nodes[at] = node;
        out_.nodes.resize(out_.nodes.size() + children.size());
        for (std::uint32_t i = 0; i < node.count; ++i) {
            emit(*children[i], node.first + i);
        }
    }

    Node of_predicate(PredicateIndex i) {
        const Predicate& p = rules_.predicates[i];
        const Predicates::Prepared& prepared = predicates_[i];
        Node out;
        out.op = op_of(p, prepared);
        out.first = i;
        out.field = p.field;
        if (!out.is_literal()) {
            return out;
        }
        const std::string_view literal = prepared.literal;
        out.count = static_cast<std::uint32_t>(literal.size());
        out.text = static_cast<std::uint32_t>(out_.texts.size());
        out.summary = prepared.summary;
        out.width = static_cast<std::uint8_t>(std::min<std::size_t>(8, literal.size()));
        const std::size_t edge = out.op == Op::prefix ? 0 : literal.size() - out.width;
        std::memcpy(&out.edge, literal.data() + edge, out.width);
        out_.texts += literal;
        return out;
    }

    const RuleSet& rules_;
    const Predicates& predicates_;
    Program out_;
};

}  // namespace

bool Program::holds(const Node& n, std::string_view folded) const {
    const std::string_view wanted = literal(n);
    switch (n.op) {
        case Op::whole:
            return folded == wanted;
        case Op::prefix:
            return folded.starts_with(wanted);
        case Op::suffix:
            return folded.ends_with(wanted);
        default:
            return has_inside(folded, wanted);
    }
}

Program make_program(const RuleSet& rules, const Predicates& predicates) {
    return Maker(rules, predicates).make();
}

}  // namespace spoor::sigma
