#include "sigma/plan.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace spoor::sigma {

namespace {

void collect_fields(const Expression& e, const RuleSet& rules, std::vector<bool>& wanted) {
    if (e.kind == Expression::Kind::predicate) {
        const Predicate& p = rules.predicates[e.predicate];
        for (const FieldIndex field : {p.field, p.other}) {
            if (field != no_field) {
                wanted[field] = true;
            }
        }
        return;
    }
    for (const Expression& child : e.children) {
        collect_fields(child, rules, wanted);
    }
}

void collect_predicates(const Expression& e, std::vector<PredicateIndex>& out) {
    if (e.kind == Expression::Kind::predicate) {
        out.push_back(e.predicate);
    }
    for (const Expression& child : e.children) {
        collect_predicates(child, out);
    }
}

// Also what correlations ask of its matches.
std::vector<bool> fields_of(const RuleSet& rules, const std::vector<RuleIndex>& members) {
    std::vector<bool> wanted(rules.fields.entries().size(), false);
    if (wanted.empty()) {
        wanted.push_back(false);  // PathFields takes an empty list for "all"
    }
    for (const RuleIndex r : members) {
        collect_fields(rules.rules[r].condition, rules, wanted);
        for (const FieldIndex field : rules.rules[r].carried) {
            wanted[field] = true;
        }
    }
    return wanted;
}

// Integers that a double holds exactly. Beyond them one double equals several integers (V4), so
// that a look by hash cannot say what is equal.
bool is_number_key(const Predicate& p) {
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    return p.test == Test::number && p.compare == Compare::equal && p.number.is_integer &&
           p.number.integer >= -exact && p.number.integer <= exact;
}

}  // namespace

// The keys of an expression, and how often one of them is expected to be met by an event.
struct Plan::Choice {
    std::vector<PredicateIndex> keys;
    double rate = 0;
};

class Plan::Chooser {
public:
    Chooser(const RuleSet& rules,
            const Predicates& predicates,
            const std::vector<RuleIndex>& members,
            const Learned* learned)
        : rules_(rules), predicates_(predicates), learned_(learned), num_rules_(members.size()) {
        for (const RuleIndex r : members) {
            count(rules.rules[r].condition);
        }
    }

    [[nodiscard]] std::optional<Choice> choose(const Expression& e) const {
        switch (e.kind) {
            case Expression::Kind::predicate:
                return of_predicate(e.predicate);
            case Expression::Kind::all:
                return of_all(e);
            case Expression::Kind::any:
                return of_any(e);
            case Expression::Kind::negate:
                return std::nullopt;
        }
        return std::nullopt;
    }

    [[nodiscard]] const GramWeights& weights(FieldIndex field) const {
        static const GramWeights none;
        const auto found = weights_.find(field);
        return found == weights_.end() ? none : found->second;
    }

private:
    static constexpr double of_presence = 0.6;  // a rate, where there is only the field to look at
    static constexpr double of_tiny = 0.3;      // of a literal of one to three bytes, anywhere
    static constexpr double of_keyword = 0.1;   // looking through the whole record costs more
    static constexpr double floor_rate = 1e-4;  // looking for it costs something too

    void count(const Expression& e) {
        for (const Expression& child : e.children) {
            count(child);
        }
        if (e.kind != Expression::Kind::predicate) {
            return;
        }
        ++uses_[e.predicate];
        const Predicate& p = rules_.predicates[e.predicate];
        const Predicates::Needed& needed = predicates_[e.predicate].needed;
        const bool is_floating =
            !needed.literals.empty() && needed.place == LiteralIndex::Place::anywhere;
        const bool is_known = learned_ != nullptr && learned_->weights.contains(p.field);
        if (is_floating && !is_known && p.test == Test::text && p.field != no_field) {
            for (const Pattern::Piece& piece : p.pattern.pieces) {
                weights_[p.field].add(piece.text, 1);
            }
        }
    }

    [[nodiscard]] std::optional<Choice> of_predicate(PredicateIndex i) const {
        const Predicate& p = rules_.predicates[i];
        const Predicates::Needed& needed = predicates_[i].needed;
        if (p.test == Test::null || (p.field == no_field && needed.literals.empty())) {
            return std::nullopt;
        }
        if (p.field == no_field) {
            return Choice{{i}, of_keyword};
        }
        return Choice{{i}, rate_of(i, p, needed) + floor_rate};
    }

    [[nodiscard]] double rate_of(PredicateIndex i,
                                 const Predicate& p,
                                 const Predicates::Needed& needed) const {
        const auto share = [&](double n) { return n / static_cast<double>(num_rules_ + 1); };
        const auto uses = static_cast<double>(uses_.at(i));
        if (learned_ != nullptr) {
            // What the rules say counts as one more event.
            const double met = (learned_->met[i] + share(uses)) / (learned_->events + 1.0);
            return met + (has_tiny(needed) ? of_tiny : 0);  // each is a search of its own
        }
        if (is_number_key(p)) {
            return share(uses);
        }
        if (needed.literals.empty()) {
            return of_presence;
        }
        if (needed.place != LiteralIndex::Place::anywhere) {
            return share(uses);
        }
        double sum = 0;
        for (const std::string& literal : needed.literals) {
            sum +=
                literal.size() < 4 ? of_tiny : share(static_cast<double>(rarest(p.field, literal)));
        }
        return sum;
    }

    static bool has_tiny(const Predicates::Needed& needed) {
        return needed.place == LiteralIndex::Place::anywhere &&
               std::ranges::any_of(needed.literals,
                                   [](const std::string& literal) { return literal.size() < 4; });
    }

    [[nodiscard]] std::uint64_t rarest(FieldIndex field, std::string_view literal) const {
        const GramWeights& known = weights(field);
        std::uint64_t least = ~std::uint64_t{0};
        for (std::size_t i = 0; i + 4 <= literal.size(); ++i) {
            std::uint32_t gram = 0;
            std::memcpy(&gram, literal.data() + i, sizeof gram);
            least = std::min(least, known.weight(gram));
        }
        return least;
    }

    [[nodiscard]] std::optional<Choice> of_all(const Expression& e) const {
        std::optional<Choice> best;
        for (const Expression& child : e.children) {
            auto choice = choose(child);
            if (choice && (!best || choice->rate < best->rate)) {
                best = std::move(choice);
            }
        }
        return best;  // none for `all` of nothing, which is true
    }

    [[nodiscard]] std::optional<Choice> of_any(const Expression& e) const {
        Choice sum;
        for (const Expression& child : e.children) {
            auto choice = choose(child);
            if (!choice) {
                return std::nullopt;
            }
            sum.rate += choice->rate;
            sum.keys.insert(sum.keys.end(), choice->keys.begin(), choice->keys.end());
        }
        return sum;
    }

    const RuleSet& rules_;
    const Predicates& predicates_;
    const Learned* learned_;
    std::size_t num_rules_;
    std::unordered_map<PredicateIndex, std::uint32_t> uses_;
    std::unordered_map<FieldIndex, GramWeights> weights_;  // where nothing was learned
};

Plan::Plan(const RuleSet& rules,
           const Predicates& predicates,
           const std::vector<std::string>& paths,
           std::vector<RuleIndex> members,
           const Learned* learned)
    : members_(std::move(members)),
      paths_(rules.fields, paths, fields_of(rules, members_)),
      place_of_(std::max<std::size_t>(rules.fields.entries().size(), 1), 0),
      always_((members_.size() + 63) / 64, 0),
      decided_(rules.predicates.size(), false) {
    const Chooser chooser(rules, predicates, members_, learned);
    std::map<PredicateIndex, std::vector<std::uint32_t>> by_predicate;
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
        const auto choice = chooser.choose(rules.rules[members_[i]].condition);
        if (!choice) {
            always_[i / 64] |= std::uint64_t{1} << (i % 64);
            continue;
        }
        for (const PredicateIndex p : choice->keys) {
            auto& list = by_predicate[p];
            if (list.empty() || list.back() != i) {
                list.push_back(i);
            }
        }
    }
    for (const auto& [predicate, list] : by_predicate) {
        const auto key = static_cast<KeyIndex>(keys_.size());
        keys_.push_back({predicate,
                         false,
                         static_cast<std::uint32_t>(key_rules_.size()),
                         static_cast<std::uint32_t>(list.size())});
        key_rules_.insert(key_rules_.end(), list.begin(), list.end());
        add_key(predicate, key, rules, predicates);
        decided_[predicate] = keys_[key].decides;
    }
    raw_keys_.build();
    for (FieldKeys& field : field_keys_) {
        const GramWeights* seen = nullptr;
        if (learned != nullptr) {
            const auto found = learned->weights.find(field.field);
            seen = found == learned->weights.end() ? nullptr : &found->second;
        }
        field.literals.build(seen != nullptr ? *seen : chooser.weights(field.field));
    }
}

std::vector<PredicateIndex> Plan::predicates(const RuleSet& rules) const {
    std::vector<PredicateIndex> out;
    for (const RuleIndex r : members_) {
        collect_predicates(rules.rules[r].condition, out);
    }
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    return out;
}

FieldKeys& Plan::keys_of(FieldIndex field) {
    std::uint32_t& place = place_of_[field];
    if (place == 0) {
        field_keys_.emplace_back().field = field;
        place = static_cast<std::uint32_t>(field_keys_.size());
    }
    return field_keys_[place - 1];
}

void Plan::add_key(PredicateIndex predicate,
                   KeyIndex key,
                   const RuleSet& rules,
                   const Predicates& prepared) {
    const Predicate& p = rules.predicates[predicate];
    const Predicates::Needed& needed = prepared[predicate].needed;
    keys_[key].decides = needed.decides;
    if (p.field == no_field) {
        raw_keys_.add(needed.literals.front(), key);
        return;
    }
    FieldKeys& field = keys_of(p.field);
    if (is_number_key(p)) {
        field.numbers[p.number.integer].push_back(key);
        keys_[key].decides = true;
        return;
    }
    if (needed.literals.empty()) {
        field.presence.push_back(key);
    }
    for (const std::string& literal : needed.literals) {
        field.literals.add(needed.place, literal, key);
    }
}

}  // namespace spoor::sigma
