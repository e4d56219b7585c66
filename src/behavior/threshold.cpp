#include "alert/alert_json.hpp"
#include "attack/mapping.hpp"
#include "behavior/behavior.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <iterator>

namespace spoor::behavior {

namespace {

constexpr std::string_view detector_name = "threshold";
constexpr alert::Rule rule{"spoor.threshold", "Feature over its limit", "1"};
constexpr double legacy_score = 0.75;  // the original's, for every alert of this rule

// The keys of the message: what the original calls its features.
const std::array<std::string, num_features>& message_keys() {
    static const auto keys = [] {
        std::array<std::string, num_features> out;
        for (std::size_t i = 0; i < num_features; ++i) {
            out[i] = std::string(feature_name(i)) + "_mean";
        }
        return out;
    }();
    return keys;
}

void append_rounded(std::string& out, double value) {
    fmt::memory_buffer buffer;  // a finite double may have 309 digits before the point
    fmt::format_to(std::back_inserter(buffer), FMT_COMPILE("{:.2f}"), value);
    out.append(buffer.data(), buffer.size());
}

// Made once for each set of features at or over their shares; a shard's own.
class ThresholdState final : public alert::DetectorState {
public:
    const alert::TechniqueSet& techniques(unsigned mask) {
        auto& entry = sets_[mask];
        if (!entry) {
            std::vector<std::string_view> ids;
            const auto mappings = attack::feature_mappings();
            for (std::size_t i = 0; i < num_features; ++i) {
                if ((mask >> i & 1U) != 0) {
                    ids.insert(
                        ids.end(), mappings[i].techniques.begin(), mappings[i].techniques.end());
                }
            }
            entry = std::make_unique<alert::TechniqueSet>(ids);
        }
        return *entry;
    }

    std::string id_text;
    std::string message;

private:
    std::array<std::unique_ptr<alert::TechniqueSet>, 1U << num_features> sets_;
};

class Threshold final : public alert::Detector {
public:
    explicit Threshold(const ThresholdOptions& options) : value_(options.value) {}

    [[nodiscard]] std::string_view name() const override { return detector_name; }

    [[nodiscard]] std::uint32_t state_version() const override { return 1; }

    [[nodiscard]] std::unique_ptr<alert::DetectorState> make_state() const override {
        return std::make_unique<ThresholdState>();
    }

    void inspect(std::span<const Event> events,
                 const OriginTable& origins,
                 alert::DetectorState& state,
                 alert::Findings& out) const override {
        auto& own = static_cast<ThresholdState&>(state);
        const std::size_t before = out.alerts.size();
        for (const Event& event : events) {
            if (is_over(event)) {
                make_alert(event, origins, own, out.alerts.emplace_back());
            }
        }
        out.counters.add("alerts.threshold", out.alerts.size() - before);
    }

    void collect_changed(const OriginTable&,
                         alert::DetectorState&,
                         std::vector<alert::StateRow>&) const override {}

    [[nodiscard]] bool restore(const alert::StateRow&,
                               OriginTable&,
                               alert::DetectorState&) const override {
        return false;  // it never made a row
    }

    void drop_partition(std::uint32_t, alert::DetectorState&) const override {}

    void close_windows(const OriginTable&, alert::DetectorState&, alert::Findings&) const override {
    }

    [[nodiscard]] std::size_t state_bytes(const alert::DetectorState&) const override { return 0; }

private:
    static bool is_feature(const Field& f) {
        return f.id >= first_feature && f.id < FieldId::count_ && f.is_number();
    }

    [[nodiscard]] bool is_over(const Event& event) const {
        for (const Field& f : event.fields) {
            if (is_feature(f) && f.as_number() > value_) {
                return true;
            }
        }
        return false;
    }

    void make_alert(const Event& event,
                    const OriginTable& origins,
                    ThresholdState& state,
                    alert::Alert& out) const;

    double value_;
};

void Threshold::make_alert(const Event& event,
                           const OriginTable& origins,
                           ThresholdState& state,
                           alert::Alert& out) const {
    std::array<double, num_features> values{};
    std::array<bool, num_features> present{};
    for (const Field& f : event.fields) {
        if (is_feature(f)) {
            const auto i = static_cast<std::size_t>(f.id) - static_cast<std::size_t>(first_feature);
            // Of a feature given twice the larger counts.
            values[i] = present[i] && !(f.as_number() > values[i]) ? values[i] : f.as_number();
            present[i] = true;
        }
    }
    const auto& keys = message_keys();
    const auto mappings = attack::feature_mappings();
    std::array<alert::NamedValue, num_features> features;
    std::array<alert::FeatureNote, num_features> notes;
    std::size_t num_values = 0;
    std::size_t num_notes = 0;
    unsigned mapped = 0;
    state.message = "Potential anomaly detected with features: ";
    for (std::size_t i = 0; i < num_features; ++i) {
        if (!present[i]) {
            continue;
        }
        features[num_values++] = {keys[i], values[i]};
        mapped |= values[i] >= mappings[i].share ? 1U << i : 0U;
        if (values[i] > value_) {
            state.message.append(num_notes == 0 ? "" : ", ").append(keys[i]).append(": ");
            append_rounded(state.message, values[i]);
            notes[num_notes] = {};
            notes[num_notes].name = keys[i];
            notes[num_notes].value = values[i];
            notes[num_notes].threshold = value_;
            notes[num_notes++].direction = "above";
        }
    }
    state.id_text.clear();
    origins.append_ref(state.id_text, event.ref);
    out.id = alert::make_id(rule.id, rule.version, "", state.id_text);
    const alert::TechniqueSet& techniques = state.techniques(mapped);

    alert::Draft draft;
    draft.id = out.id;
    draft.detector = detector_name;
    draft.rule = rule;
    draft.time = event.time;
    draft.level = alert::Level::medium;
    const std::string_view entity = event.text(FieldId::entity);
    const std::string_view entity_type = event.text(FieldId::entity_type);
    const std::string_view event_type = event.text(FieldId::event_type);
    draft.host = event.host.empty() ? event.host_key : event.host;
    draft.entity = entity.empty() ? draft.host : entity;
    draft.entity_type = entity_type.empty() ? "host" : entity_type;
    draft.event_type = event_type.empty() ? to_string(event.shape) : event_type;
    draft.detection_type = "threshold";
    draft.score_kind = "legacy";
    draft.prediction_score = legacy_score;
    draft.features = {features.data(), num_values};
    draft.techniques = &techniques;
    draft.confidence = alert::attack_confidence(legacy_score, std::popcount(mapped));
    draft.ref = event.ref;
    draft.record_time = event.record_time;
    draft.evidence = {&event.ref, 1};
    draft.message = state.message;
    draft.explanation = "A feature of the message is above the fixed limit.";
    draft.notes = {notes.data(), num_notes};
    draft.is_simulated = event.is_simulated;

    out.time = event.time;
    out.level = draft.level;
    out.detector = detector_name;
    out.rule_id = rule.id;
    out.host = draft.host;
    out.entity = draft.entity;
    out.techniques = techniques.ids();
    out.summary = state.message;
    out.json.reserve(techniques.json().size() + 1900);
    alert::write_alert(draft, origins, out.json);
}

}  // namespace

std::unique_ptr<alert::Detector> make_threshold_rule(const ThresholdOptions& options) {
    return std::make_unique<Threshold>(options);
}

}  // namespace spoor::behavior
