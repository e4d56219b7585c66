// The documents of rule files as they are read, before names are resolved: detection rules,
// correlations, filters. What is wrong with one by itself has been reported then.
//
// Private to sigma. Values; one owner: the load.
#pragma once

#include "sigma/condition.hpp"
#include "sigma/detection.hpp"
#include "sigma/report.hpp"
#include "sigma/rule_set.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spoor::sigma {

// A name somewhere in a document.
struct Named {
    std::string name;
    YamlPlace place;
};

// Selections with a condition over them: a rule's, or a filter's.
struct Search {
    static constexpr std::size_t no_filter = ~std::size_t{0};

    std::vector<Selection> selections;
    std::vector<ConditionNode> conditions;  // any of them (C4); names are indices of selections
    std::size_t filter = no_filter;         // the filter that it was copied from
};

// A field that matches of a rule hand to correlations. A pipeline may make several of one, the
// first one present is meant.
struct CarriedField {
    struct Name {
        std::string name;
        bool is_path = false;                // a pipeline has set it (§6)
        std::vector<std::uint32_t> applied;  // steps of pipelines, sorted
    };

    std::string written;
    std::vector<Name> names;
};

struct RuleDraft {
    explicit RuleDraft(Report r) : report(std::move(r)) {}

    Report report;
    RuleMeta meta;
    LogSource logsource;
    Search search;
    std::vector<Search> joined;  // by AND: filters (X1), conditions that pipelines add
    std::vector<CarriedField> carried;
    YamlPlace place;                                              // of the document
    std::vector<std::pair<std::string, std::string>> attributes;  // scalars, for pipelines
};

struct FilterDraft {
    explicit FilterDraft(Report r) : report(std::move(r)) {}

    Report report;
    RuleMeta meta;
    LogSource logsource;
    Search search;
    YamlPlace place;
    bool any_rule = false;
    std::vector<Named> rules;
};

struct CorrelationDraft {
    explicit CorrelationDraft(Report r) : report(std::move(r)) {}

    struct Alias {
        std::string name;
        YamlPlace place;

        struct Field {
            std::string rule;
            std::string field;
            YamlPlace place;
        };

        std::vector<Field> fields;
    };

    Report report;
    RuleMeta meta;
    YamlPlace place;
    CorrelationType type = CorrelationType::event_count;
    std::vector<Named> rules;
    std::vector<Alias> aliases;
    std::vector<std::string> group_by;
    std::vector<std::string> fields;  // of the values
    Duration timespan{0};
    std::vector<Bound> bounds;
    std::optional<ConditionNode> boolean;  // names are indices of `rules`
    double percentile = 50;
    bool generate = false;
    std::vector<std::pair<std::string, std::string>> attributes;
};

struct Documents {
    std::vector<RuleDraft> rules;
    std::vector<CorrelationDraft> correlations;
    std::vector<FilterDraft> filters;
    // Of those that failed; the drafts are not in the lists above.
    std::vector<std::pair<RuleMeta, std::string>> failed;  // with the first error's code
    std::size_t num_documents = 0;
};

struct KnownLogSources;  // load.hpp

struct ReadOptions {
    const Placeholders* placeholders = nullptr;
    const KnownLogSources* known_logsources = nullptr;  // null, or empty: no warnings
    bool keep_attributes = false;
};

// Appends what is in the file. `diagnostics` has what is wrong with its YAML; documents with such
// an error fail.
void read_documents(const YamlFile& file,
                    const ReadOptions& options,
                    Diagnostics& diagnostics,
                    Documents& out);

// Parts of read_documents. `other`: a key of the section that is no selection.
void read_search(const YamlNode& section,
                 std::string_view other,
                 const ReadOptions& options,
                 const RuleMeta& meta,
                 Report& report,
                 Search& out);
[[nodiscard]] LogSource read_logsource(const YamlNode& document,
                                       const YamlPlace& place,
                                       const ReadOptions& options,
                                       Report& report);
void read_correlation(const YamlNode& document, CorrelationDraft& out);
// Warns of a condition that holds never, or always.
void check_bounds(const YamlNode& document, CorrelationDraft& draft);
void read_filter(const YamlNode& document, const ReadOptions& options, FilterDraft& out);

// How a correlation may refer to a rule: its id, or a name that it could be given.
[[nodiscard]] std::string reference_to(const RuleMeta& meta);

// C5: the correlation that says what `condition | aggregation` said; empty: there is none.
[[nodiscard]] std::string replacing_correlation(std::string_view aggregation,
                                                std::string_view timeframe,
                                                const RuleMeta& meta);

}  // namespace spoor::sigma
