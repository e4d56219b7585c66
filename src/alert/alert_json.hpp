// The alert as JSON: one writer for all detectors, so that every alert has the same fields in the
// same order (docs/spec/alert.schema.json). A superset of the original's fields; what does not
// apply is left out, what is not known is null. The same draft always gives the same bytes.
//
// Pure functions over their arguments; safe from any thread.
#pragma once

#include "alert/alert.hpp"
#include "attack/catalogue.hpp"
#include "base/time.hpp"
#include "event/event.hpp"
#include "event/origin.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::alert {

inline constexpr int schema_version = 1;

class RuleText;  // alert/rule_text.hpp

struct Rule {
    std::string_view id;
    std::string_view name;
    std::string_view version;
};

// A set of ATT&CK techniques with its part of the JSON made once: alerts share sets.
class TechniqueSet {
public:
    // Ids not in the catalogue are kept without name and tactics. `also`: tactics that are named
    // for themselves, whether or not a technique of theirs is.
    explicit TechniqueSet(std::span<const std::string_view> ids, attack::TacticSet also = 0);

    [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }

    // `"techniques":[...],"tactics":[...]`
    [[nodiscard]] std::string_view json() const { return json_; }

private:
    std::vector<std::string> ids_;  // sorted, each once
    std::string json_;
};

// One feature in the explanation. NaN: does not apply.
struct FeatureNote {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::string_view name;
    double value = 0;
    double threshold = none;     // a fixed limit
    double expected = none;      // what the baseline expected
    double spread = none;        // one standard deviation of it
    double p_value = none;       // of the value, uncorrected
    std::string_view direction;  // "above", "below"; empty: does not apply
    std::string_view slot;       // of the week, whose baseline was used
    double windows = none;       // it was learned from
};

struct Window {
    Timestamp start = no_time;
    Timestamp end = no_time;
    std::uint64_t num_events = 0;
};

// Of an event in the evidence, where events play different parts.
struct EvidenceNote {
    std::string_view rule;  // that it met
    Timestamp time = no_time;
    std::string_view value;  // that counted; empty: none
};

struct NamedValue {
    std::string_view name;
    double value = 0;
};

// What an alert is made of. Views are read during write_alert only. Names of detectors, kinds,
// slots and features are a detector's own constants, written as they are.
struct Draft {
    std::string_view id;
    std::string_view detector;
    Rule rule;
    Timestamp time = no_time;
    Level level = Level::medium;
    std::string_view entity;
    std::string_view entity_type = "host";
    std::string_view event_type;
    std::string_view host;
    std::string_view detection_type;
    std::string_view score_kind;  // "legacy", "tail_probability", or "none"
    double prediction_score = 0;  // NaN: there is none
    double anomaly_score = FeatureNote::none;
    double p_value = FeatureNote::none;      // the smallest of a feature
    double p_corrected = FeatureNote::none;  // for the number of features tested
    std::span<const NamedValue> features;
    const TechniqueSet* techniques = nullptr;  // null: none
    double confidence = 0;                     // NaN: not known
    // Of rules that people write: what they say of themselves, the members of `matched` as JSON,
    // and (if any) the object `correlation` as JSON.
    const RuleText* rule_text = nullptr;
    std::string_view matched;
    std::string_view correlation;
    // Where it was seen: the event itself, or (window) the last event of it.
    EventRef ref;
    Timestamp record_time = no_time;
    std::span<const EventRef> evidence;
    std::span<const EvidenceNote> evidence_notes;  // beside `evidence`, or empty
    std::optional<Window> window;
    std::string_view message;
    std::string_view explanation;  // a sentence
    std::span<const FeatureNote> notes;
    int num_tested = 0;  // features
    bool is_simulated = false;
};

void write_alert(const Draft& draft, const OriginTable& origins, std::string& out);

// min(0.9, 0.7 * score + 0.05 * features that point to techniques), two decimals: the original's.
// A share of confidence in the mapping, not a probability.
[[nodiscard]] double attack_confidence(double score, int num_features);

}  // namespace spoor::alert
