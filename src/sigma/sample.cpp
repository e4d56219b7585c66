#include "sigma/sample.hpp"

#include "sigma/literal_index.hpp"

#include <algorithm>
#include <unordered_map>

namespace spoor::sigma {

namespace {

// The predicates of one field, by how they are counted.
struct Asked {
    LiteralIndex literals;
    bool has_floating = false;  // a literal that may lie anywhere
    std::vector<PredicateIndex> numbers;
    std::vector<PredicateIndex> presence;
};

using AskedByField = std::unordered_map<FieldIndex, Asked>;

AskedByField asked_by(const std::vector<PredicateIndex>& asked,
                      const RuleSet& rules,
                      const Predicates& predicates) {
    AskedByField out;
    for (const PredicateIndex i : asked) {
        const Predicate& p = rules.predicates[i];
        if (p.field == no_field) {
            continue;
        }
        Asked& of_field = out[p.field];
        const Predicates::Needed& needed = predicates[i].needed;
        if (p.test == Test::number) {
            of_field.numbers.push_back(i);
        } else if (needed.literals.empty()) {
            of_field.presence.push_back(i);
        }
        of_field.has_floating |=
            !needed.literals.empty() && needed.place == LiteralIndex::Place::anywhere;
        for (const std::string& literal : needed.literals) {
            of_field.literals.add(needed.place, literal, i);
        }
    }
    return out;
}

}  // namespace

void Sample::add(const Event& event) {
    events_.reserve(size);  // views of short texts stay where they are
    Copy& copy = events_.emplace_back();
    for (const Captured& c : event.captured) {
        copy.texts.append(c.text.substr(0, bytes_of_value)).append(LiteralIndex::padding, '\0');
    }
    std::size_t at = 0;
    for (Captured c : event.captured) {
        c.text = std::string_view(copy.texts).substr(at, std::min(c.text.size(), bytes_of_value));
        at += c.text.size() + LiteralIndex::padding;
        copy.captured.push_back(c);
    }
}

Plan::Learned Sample::count(const Plan& plan,
                            const RuleSet& rules,
                            const Predicates& predicates,
                            EventFields& fields) const {
    Plan::Learned out;
    AskedByField asked = asked_by(plan.predicates(rules), rules, predicates);
    const auto for_each_event = [&](auto&& take) {
        for (const Copy& copy : events_) {
            Event event;
            event.captured = copy.captured;
            fields.begin(event, plan.paths());
            for (const FieldIndex field : fields.present()) {
                const auto found = asked.find(field);
                if (found != asked.end()) {
                    take(field, found->second);
                }
            }
        }
    };
    const auto for_each_text = [&](FieldIndex field, auto&& take) {
        for (FieldValue* v = fields.first(field); v != nullptr; v = fields.next(*v)) {
            if (v->has_text()) {
                take(fields.folded(*v));
            }
        }
    };
    for_each_event([&](FieldIndex field, const Asked& of_field) {
        if (of_field.has_floating) {
            for_each_text(field, [&](std::string_view text) { out.weights[field].add(text, 1); });
        }
    });
    for (auto& [field, of_field] : asked) {
        of_field.literals.build(out.weights[field]);
    }
    out.met.assign(rules.predicates.size(), 0);
    out.events = static_cast<std::uint32_t>(events_.size());
    std::vector<PredicateIndex> met;  // by one field of one event, perhaps several times
    for_each_event([&](FieldIndex field, const Asked& of_field) {
        met = of_field.presence;
        for (const PredicateIndex i : of_field.numbers) {
            if (predicates.holds(i, fields)) {
                met.push_back(i);
            }
        }
        for_each_text(field, [&](std::string_view text) {
            of_field.literals.scan(text, [&](PredicateIndex i) { met.push_back(i); });
        });
        std::ranges::sort(met);
        const auto repeated = std::ranges::unique(met);
        met.erase(repeated.begin(), repeated.end());
        for (const PredicateIndex i : met) {
            ++out.met[i];
        }
    });
    return out;
}

}  // namespace spoor::sigma
