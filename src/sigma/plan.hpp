// A plan: the rules of one log source, made ready to be tried on its events.
//
// Each rule is given keys: predicates of which at least one holds whenever the rule does. Keys are
// what is looked for in every event; a rule is evaluated only where one of its keys was met. Which
// of the possible keys a rule gets is decided by how often each is expected to be met: by what
// share of the rules asks for it, or, once events were seen, by how often it was met.
//
// Private to sigma. Const after construction: safe from any thread.
#pragma once

#include "sigma/event_fields.hpp"
#include "sigma/literal_index.hpp"
#include "sigma/predicates.hpp"
#include "sigma/raw_index.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::sigma {

using KeyIndex = std::uint32_t;

// Keys that are met by looking at one field.
struct FieldKeys {
    FieldIndex field = 0;
    LiteralIndex literals;
    std::unordered_map<std::int64_t, std::vector<KeyIndex>> numbers;  // V4, up to 2^53
    std::vector<KeyIndex> presence;  // met if the field has a value: for what has no literal
};

struct Key {
    PredicateIndex predicate = 0;
    bool decides = false;     // met is the same as: the predicate holds
    std::uint32_t first = 0;  // of the rules that have it, in Plan::key_rules
    std::uint32_t count = 0;
};

class Plan {
public:
    // What was counted on events of the stream: in how many each predicate holds, and the windows
    // of the values that were met.
    struct Learned {
        std::uint32_t events = 0;
        std::vector<std::uint32_t> met;  // by predicate
        std::unordered_map<FieldIndex, GramWeights> weights;
    };

    Plan(const RuleSet& rules,
         const Predicates& predicates,
         const std::vector<std::string>& paths,
         std::vector<RuleIndex> members,
         const Learned* learned);

    [[nodiscard]] const std::vector<RuleIndex>& members() const { return members_; }

    // All that its rules ask, each once.
    [[nodiscard]] std::vector<PredicateIndex> predicates(const RuleSet& rules) const;

    [[nodiscard]] const PathFields& paths() const { return paths_; }

    [[nodiscard]] const std::vector<FieldKeys>& field_keys() const { return field_keys_; }

    // Null: none of its keys is met in the field.
    [[nodiscard]] const FieldKeys* keys_in(FieldIndex field) const {
        const std::uint32_t place = place_of_[field];
        return place == 0 ? nullptr : &field_keys_[place - 1];
    }

    [[nodiscard]] const Key& key(KeyIndex key) const { return keys_[key]; }

    // Places in members() of the rules that have the key.
    [[nodiscard]] std::span<const std::uint32_t> rules_of(const Key& key) const {
        return {key_rules_.data() + key.first, key.count};
    }

    // Keys that are keywords.
    [[nodiscard]] const RawIndex& raw_keys() const { return raw_keys_; }

    // A bit for each of members(): rules without keys, which are tried on every event.
    [[nodiscard]] const std::vector<std::uint64_t>& always() const { return always_; }

    // The predicate is a key that decides: if it was not met, it does not hold.
    [[nodiscard]] bool decided(PredicateIndex predicate) const { return decided_[predicate]; }

private:
    struct Choice;
    class Chooser;
    void add_key(PredicateIndex predicate,
                 KeyIndex key,
                 const RuleSet& rules,
                 const Predicates& prepared);
    FieldKeys& keys_of(FieldIndex field);

    std::vector<RuleIndex> members_;
    PathFields paths_;
    std::vector<FieldKeys> field_keys_;
    std::vector<std::uint32_t> place_of_;  // by field: behind its place in field_keys_; 0: none
    RawIndex raw_keys_;
    std::vector<Key> keys_;
    std::vector<std::uint32_t> key_rules_;
    std::vector<std::uint64_t> always_;
    std::vector<bool> decided_;
};

}  // namespace spoor::sigma
