// The compiled engine: a RuleSet becomes one plan per log source; a Matcher runs the plans over
// events. Cost grows with what matches, not with the number of rules (README.md says how).
//
// Engine: const after construction, shared by all threads. Matcher: one owner each (a shard, a scan
// worker); it keeps scratch and the learned key statistics, nothing that decides a result.
#pragma once

#include "event/event.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

class Matcher;

class Engine {
public:
    explicit Engine(std::shared_ptr<const RuleSet> rules);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] const RuleSet& rules() const;
    // What the decoder must capture; Captured::path is an index into this.
    [[nodiscard]] const std::vector<std::string>& paths() const;
    // Rules that are tried on events of this log source (any case of empty parts).
    [[nodiscard]] std::vector<RuleIndex> routed(std::string_view product,
                                                std::string_view category,
                                                std::string_view service) const;

    struct Parts;

private:
    friend class Matcher;
    std::unique_ptr<Parts> parts_;
};

// A match while its event is at hand.
class MatchView {
public:
    [[nodiscard]] const Event& event() const { return *event_; }

    [[nodiscard]] RuleIndex rule() const { return rule_; }

    // The field's first value as the event spells it; null data: none. Numbers by their spelling.
    [[nodiscard]] std::string_view value(FieldIndex field) const;

    struct Evidence {
        FieldIndex field = no_field;  // no_field: a keyword
        std::string_view value;       // that met the predicate, as the event spells it
        PredicateIndex predicate = 0;
    };

    // The predicates that made it match: negated ones left out, of alternatives one, each field
    // once. Valid until the next call.
    [[nodiscard]] std::span<const Evidence> evidence() const;

private:
    friend class Matcher;
    Matcher* matcher_ = nullptr;
    const Event* event_ = nullptr;
    RuleIndex rule_ = 0;
};

class MatchSink {
public:
    virtual ~MatchSink() = default;
    virtual void on_match(const MatchView& match) = 0;
};

// For what Matcher::take_unfinished() gives.
inline constexpr std::string_view unfinished_counter = "losses.fieldref_bound";

class Matcher {
public:
    explicit Matcher(const Engine& engine);
    ~Matcher();
    Matcher(const Matcher&) = delete;
    Matcher& operator=(const Matcher&) = delete;

    // Calls `sink` for each rule that each event meets: events in order, rules by index. Events
    // have been decoded with the engine's paths().
    void match(std::span<const Event> events, MatchSink& sink);

    // Sets, by rule, those that were for the log source of an event so far.
    void mark_tried(std::vector<bool>& rules) const;

    // How many comparisons of two fields ended at their bound since the last call (M17), and were
    // taken as not holding: a loss.
    [[nodiscard]] std::uint64_t take_unfinished();

    // One rule on one event, whatever its log source (`rules explain`, `rules test`, vectors).
    [[nodiscard]] bool matches(const Event& event, RuleIndex rule);
    // Whether one predicate holds for an event; for explaining, from the same code that matches.
    [[nodiscard]] bool holds(const Event& event, PredicateIndex predicate);
    // All values of a field, as the event spells them; for explaining.
    [[nodiscard]] std::vector<std::string_view> values(const Event& event, FieldIndex field);

    struct Parts;

private:
    friend class MatchView;
    std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::sigma
