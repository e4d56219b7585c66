#include "behavior/window_alert.hpp"

#include "alert/alert_json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace spoor::behavior {

namespace {

constexpr std::string_view detector_name = "behavior";
constexpr alert::Rule rule{"spoor.behavior", "Unusual behaviour of a host", "1"};
constexpr double notable_p = 0.01;   // is explained
constexpr double pointing_p = 1e-3;  // points to techniques
constexpr std::size_t max_told = 3;  // in the message

// The bands of anomaly scores, as the original draws them.
alert::Level level_of(double score) {
    if (score >= 0.95) {
        return alert::Level::critical;
    }
    if (score >= 0.9) {
        return alert::Level::high;
    }
    return score >= 0.8 ? alert::Level::medium : alert::Level::low;
}

// What is explained: the surprising ones, most surprising first, and never none.
std::vector<Scored> notable(const Verdict& verdict) {
    std::vector<Scored> out(
        verdict.scored.begin(),
        verdict.scored.begin() + static_cast<std::ptrdiff_t>(verdict.num_scored));
    std::ranges::stable_sort(out, {}, &Scored::p);
    const auto end = std::ranges::find_if(out, [](const Scored& s) { return s.p > notable_p; });
    out.erase(out.begin() == end && end != out.end() ? end + 1 : end, out.end());
    return out;
}

std::vector<alert::NamedValue> measured(const OpenWindow& window, const EventSums* sums) {
    std::vector<alert::NamedValue> out;
    if (sums != nullptr && window.num_sums > 0) {
        for (std::size_t i = 0; i < num_counts; ++i) {
            out.push_back({measure_name(i), static_cast<double>(sums->counts[i])});
        }
        if (sums->transfers > 0) {
            out.push_back({measure_name(large_transfers), static_cast<double>(sums->large)});
        }
        if (sums->bytes >= 0) {
            out.push_back({measure_name(traffic_volume), sums->bytes});
        }
    }
    for (std::size_t i = 0; i < num_features; ++i) {
        if (window.gauges.count[i] != 0) {
            out.push_back({measure_name(first_gauge + i),
                           static_cast<double>(window.gauges.sum[i]) / window.gauges.count[i]});
        }
    }
    return out;
}

std::string message_of(std::string_view host, const std::vector<Scored>& told) {
    std::string out = fmt::format("Unusual behaviour of {}: ", host);
    for (std::size_t i = 0; i < std::min(told.size(), max_told); ++i) {
        fmt::format_to(std::back_inserter(out),
                       "{}{} {:.6g} (expected {:.3g})",
                       i == 0 ? "" : ", ",
                       measure_name(told[i].measure),
                       told[i].value,
                       told[i].expected);
    }
    return out;
}

std::vector<alert::FeatureNote> notes_of(const std::vector<Scored>& told) {
    std::vector<alert::FeatureNote> out;
    for (const Scored& s : told) {
        alert::FeatureNote note;
        note.name = measure_name(s.measure);
        note.value = s.value;
        note.expected = s.expected;
        note.spread = s.spread;
        note.p_value = s.p;
        note.direction = s.above ? "above" : "below";
        note.slot = slot_name(s.slot);
        note.windows = s.windows;
        out.push_back(note);
    }
    return out;
}

}  // namespace

alert::Alert make_window_alert(const HostState& host,
                               const OpenWindow& window,
                               const EventSums* sums,
                               const Verdict& verdict,
                               const Memory& memory,
                               const OriginTable& origins) {
    const std::vector<Scored> told = notable(verdict);
    std::vector<std::string_view> ids;
    int num_pointing = 0;
    for (const Scored& s : told) {
        if (s.p <= pointing_p) {
            const std::size_t before = ids.size();
            append_techniques(s.measure, ids);
            num_pointing += ids.size() > before ? 1 : 0;
        }
    }
    const alert::TechniqueSet techniques(ids);
    const std::vector<alert::NamedValue> features = measured(window, sums);
    const std::vector<alert::FeatureNote> notes = notes_of(told);
    const std::string message = message_of(host.cold->name, told);
    const Timestamp start = memory.start(window.index);
    const double score = verdict.anomaly_score();
    const std::array<EventRef, 2> refs = {host.ref(window.first), host.ref(window.last)};
    const std::string group = std::string(origins.text(host.partition)) + '\n' + host.cold->key;

    alert::Alert out;
    out.id = alert::make_id(rule.id, rule.version, group, format_time(start));
    alert::Draft draft;
    draft.id = out.id;
    draft.detector = detector_name;
    draft.rule = rule;
    draft.time = window.newest;
    draft.level = level_of(score);
    draft.entity = host.cold->name;
    draft.event_type = "behavior_window";
    draft.host = host.cold->name;
    draft.detection_type = "behavioral_analytics";
    draft.score_kind = "tail_probability";
    draft.prediction_score = score;
    draft.anomaly_score = score;
    draft.p_value = verdict.p_min;
    draft.p_corrected = verdict.p_corrected;
    draft.features = features;
    draft.techniques = &techniques;
    draft.confidence = alert::attack_confidence(score, num_pointing);
    draft.ref = refs[1];
    draft.evidence = {refs.data(), window.num_events > 1 ? 2U : 1U};
    draft.window = alert::Window{start, memory.start(window.index + 1), window.num_events};
    draft.message = message;
    draft.explanation =
        "Compared with what this host did before in windows of this length: the chance of a window "
        "at least this unusual, if nothing had changed, is p_corrected.";
    draft.notes = notes;
    draft.num_tested = verdict.num_tested;
    draft.is_simulated = window.is_simulated;

    out.time = draft.time;
    out.level = draft.level;
    out.detector = detector_name;
    out.rule_id = rule.id;
    out.host = host.cold->name;
    out.entity = host.cold->name;
    out.techniques = techniques.ids();
    out.summary = message;
    alert::write_alert(draft, origins, out.json);
    return out;
}

}  // namespace spoor::behavior
