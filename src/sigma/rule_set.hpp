// RuleSet: everything that was loaded, resolved and checked: detection rules with their filters
// merged in, correlations, and the tables of fields and predicates that they share. Built by
// load_rules (sigma/load.hpp), then const: a snapshot that any thread may read.
#pragma once

#include "alert/alert.hpp"
#include "base/time.hpp"
#include "sigma/expression.hpp"
#include "sigma/field_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spoor::sigma {

// Empty: not named.
struct LogSource {
    std::string product;
    std::string category;
    std::string service;
    friend bool operator==(const LogSource&, const LogSource&) = default;
};

// What a rule or correlation says about itself.
struct RuleMeta {
    std::string id;           // C8
    bool id_is_made = false;  // neither id nor name is written: it changes with the text
    std::string name;         // empty: none
    std::string title;
    std::string status;
    std::string description;
    std::string author;
    std::string file;  // where it was read from
    std::size_t line = 0;
    alert::Level level = alert::Level::medium;  // C10
    std::vector<std::string> tags;
    std::vector<std::string> techniques;  // of the tags attack.tNNNN: "T1059.001", sorted
    std::vector<std::string> references;
    std::vector<std::string> falsepositives;
    // 16 hex digits: a hash of all that decides what it matches (expression, log source, filters,
    // pipelines, placeholders; of correlations also of their rules). Its version in alerts, and
    // what says after a reload that it is unchanged.
    std::string version;
};

using RuleIndex = std::uint32_t;

struct Rule {
    RuleMeta meta;
    LogSource logsource;
    Expression condition;
    bool gives_alerts = true;  // R19
    // What a match of it hands to correlations: fields of group-by and of values, over all
    // correlations that it reaches; empty: it is in none.
    std::vector<FieldIndex> carried;
};

enum class CorrelationType : std::uint8_t {
    event_count,
    value_count,
    value_sum,
    value_avg,
    value_percentile,
    value_median,
    temporal,
    temporal_ordered,
};

// A boolean condition over the correlation's `rules` (R17). Indices into Correlation::inputs.
struct InputCondition {
    enum class Kind : std::uint8_t { input, all, any, negate };
    Kind kind = Kind::all;
    std::uint32_t input = 0;
    std::vector<InputCondition> children;
};

struct Bound {
    enum class Op : std::uint8_t { gt, gte, lt, lte, eq, neq };
    Op op = Op::gte;
    double value = 0;
};

struct Correlation {
    // One of `rules`, in their order.
    struct Input {
        bool is_correlation = false;
        std::uint32_t index = 0;  // into rules or correlations
        std::string name;         // as written
    };

    // How a match that comes from a base rule (directly or up a chain) is read here. Numbers are
    // places in Rule::carried; no_field: that rule has no such field, its matches are not counted.
    struct Reading {
        RuleIndex rule = 0;
        std::vector<std::uint32_t> group;   // beside `group_by`
        std::vector<std::uint32_t> values;  // beside `value_fields`
    };

    RuleMeta meta;
    CorrelationType type = CorrelationType::event_count;
    std::vector<Input> inputs;
    std::vector<std::string> group_by;  // as written, for alerts
    std::vector<std::string> value_fields;
    std::vector<Reading> readings;  // one for each base rule that can reach it
    Duration timespan{0};
    std::vector<Bound> bounds;  // one, or two (a range); empty with `boolean`
    std::optional<InputCondition> boolean;
    double percentile = 50;
    bool generate = false;
    bool gives_alerts = true;       // R19
    bool decided_at_close = false;  // R8, R17
    // Its groups lie within a host: group_by has the host, and so have the correlations it builds
    // on. Then it runs in the host's shard (R9); else in the correlator.
    bool within_host = false;
};

struct RuleSet {
    FieldTable fields;
    std::vector<Predicate> predicates;  // each once
    std::vector<Rule> rules;
    std::vector<Correlation> correlations;  // inputs before those that build on them
    std::string version;                    // 16 hex digits over all
};

}  // namespace spoor::sigma
