#include "alert/alert_json.hpp"

#include "base/json_writer.hpp"

#include <algorithm>
#include <charconv>

namespace spoor::alert {

namespace {

void write_name(JsonWriter& json, const attack::Tactic& tactic) {
    json.begin_object().member("id", tactic.id).member("name", tactic.name).end_object();
}

void write_technique(JsonWriter& json, std::string_view id) {
    const attack::Technique* technique = attack::find_technique(id);
    json.begin_object().member("id", id);
    if (technique == nullptr) {
        json.key("name").null().key("tactics").begin_array().end_array().end_object();
        return;
    }
    json.member("name", technique->name).key("tactics").begin_array();
    const auto tactics = attack::tactics();
    for (std::size_t i = 0; i < tactics.size(); ++i) {
        if ((technique->tactics >> i & 1U) != 0) {
            write_name(json, tactics[i]);
        }
    }
    json.end_array();
    if (technique->version != attack::current_version) {
        json.member("attack_version", technique->version);
    }
    json.end_object();
}

void write_tactics(JsonWriter& json, const std::vector<std::string>& ids) {
    const auto tactics = attack::tactics();
    for (std::size_t i = 0; i < tactics.size(); ++i) {
        bool open = false;
        for (const std::string& id : ids) {
            const attack::Technique* technique = attack::find_technique(id);
            if (technique == nullptr || (technique->tactics >> i & 1U) == 0) {
                continue;
            }
            if (!open) {
                json.begin_object().member("id", tactics[i].id).member("name", tactics[i].name);
                json.key("techniques").begin_array();
                open = true;
            }
            json.begin_object().member("id", id).member("name", technique->name).end_object();
        }
        if (open) {
            json.end_array().end_object();
        }
    }
}

void append_time_or_null(std::string& out, Timestamp time) {
    if (time == no_time) {
        out += "null";
        return;
    }
    out += '"';
    append_time(out, time);
    out += '"';
}

// "kafka:CLUSTER/TOPIC-ID/PARTITION" in its parts; false if it is not that.
bool split_kafka(std::string_view origin, std::string_view& topic, std::string_view& partition) {
    const std::size_t last = origin.rfind('/');
    if (!origin.starts_with("kafka:") || last == std::string_view::npos || last == 0) {
        return false;
    }
    const std::size_t before = origin.rfind('/', last - 1);
    if (before == std::string_view::npos) {
        return false;
    }
    topic = origin.substr(before + 1, last - before - 1);
    partition = origin.substr(last + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !partition.empty() && std::ranges::all_of(partition, digit);
}

void write_source(JsonWriter& json,
                  std::string& out,
                  const Draft& draft,
                  const OriginTable& origins) {
    json.begin_object();
    if (draft.window) {
        json.member("type", draft.detection_type).key("timestamp").raw("");
        append_time_or_null(out, draft.time);
        json.member("partition", origins.text(draft.ref.partition)).end_object();
        return;
    }
    const std::string_view origin = origins.text(draft.ref.origin);
    std::string_view topic;
    std::string_view partition;
    if (split_kafka(origin, topic, partition)) {
        const std::string_view name = origins.label(draft.ref.origin);
        json.member("type", "kafka").member("topic", name.empty() ? topic : name);
        json.key("partition").raw(partition).member("offset", draft.ref.position);
    } else {
        json.member("type", origin.substr(0, origin.find(':')));
        json.member("name", origins.text(draft.ref.partition));
        json.member("offset", draft.ref.position);
    }
    json.key("timestamp").raw("");
    append_time_or_null(out, draft.record_time);
    json.end_object();
}

void member_if(JsonWriter& json, std::string_view name, double value) {
    if (!std::isnan(value)) {
        json.member(name, value);
    }
}

void write_note(JsonWriter& json, const FeatureNote& note) {
    json.begin_object().member("feature", note.name).member("value", note.value);
    member_if(json, "threshold", note.threshold);
    member_if(json, "expected", note.expected);
    member_if(json, "spread", note.spread);
    member_if(json, "p_value", note.p_value);
    if (!note.direction.empty()) {
        json.member("direction", note.direction);
    }
    if (!note.slot.empty()) {
        json.member("slot", note.slot);
    }
    member_if(json, "windows", note.windows);
    json.end_object();
}

void write_attack(JsonWriter& json, const Draft& draft) {
    json.key("mitre_attack").begin_object();
    if (draft.techniques != nullptr) {
        json.raw(draft.techniques->json());
    } else {
        json.raw(R"("techniques":[],"tactics":[])");
    }
    json.member("confidence", draft.confidence).end_object();
    json.member("attack_version", attack::current_version);
}

void write_scores(JsonWriter& json, const Draft& draft) {
    json.member("score_kind", draft.score_kind);
    json.member("prediction_score", draft.prediction_score);
    member_if(json, "anomaly_score", draft.anomaly_score);
    member_if(json, "p_value", draft.p_value);
    member_if(json, "p_corrected", draft.p_corrected);
    json.key("features").begin_object();
    for (const NamedValue& f : draft.features) {
        json.member(f.name, f.value);
    }
    json.end_object();
}

void write_explanation(JsonWriter& json, const Draft& draft) {
    json.key("explanation").begin_object().member("text", draft.explanation);
    if (draft.num_tested > 0) {
        json.member("features_tested", draft.num_tested);
    }
    json.key("features").begin_array();
    for (const FeatureNote& note : draft.notes) {
        write_note(json, note);
    }
    json.end_array().end_object();
}

}  // namespace

TechniqueSet::TechniqueSet(std::span<const std::string_view> ids) : ids_(ids.begin(), ids.end()) {
    std::ranges::sort(ids_);
    const auto repeated = std::ranges::unique(ids_);
    ids_.erase(repeated.begin(), repeated.end());
    JsonWriter json(json_);
    json.key("techniques").begin_array();
    for (const std::string& id : ids_) {
        write_technique(json, id);
    }
    json.end_array().key("tactics").begin_array();
    write_tactics(json, ids_);
    json.end_array();
}

double attack_confidence(double score, int num_features) {
    const double raw = std::min(0.9, 0.7 * score + 0.05 * num_features);
    return std::round(raw * 100) / 100;
}

void write_alert(const Draft& draft, const OriginTable& origins, std::string& out) {
    JsonWriter json(out);
    json.begin_object().member("schema_version", schema_version).member("id", draft.id);
    json.member("detector", draft.detector).key("rule").begin_object();
    json.member("id", draft.rule.id).member("name", draft.rule.name);
    json.member("version", draft.rule.version).end_object();
    json.key("timestamp").raw("");
    append_time_or_null(out, draft.time);
    json.key("event_time").raw("");
    append_time_or_null(out, draft.time);
    json.member("severity", to_string(draft.level));
    json.member("entity", draft.entity).member("entity_type", draft.entity_type);
    json.member("event_type", draft.event_type).member("host", draft.host);
    json.member("detection_type", draft.detection_type);
    const std::string_view origin = origins.text(draft.ref.origin);
    json.member("data_source", origin.substr(0, origin.find(':')));
    write_scores(json, draft);
    write_attack(json, draft);
    json.key("source");
    write_source(json, out, draft, origins);
    json.key("evidence").begin_array();
    for (const EventRef& ref : draft.evidence) {
        json.begin_object().key("ref").raw("\"");
        const std::size_t begin = out.size();
        origins.append_ref(out, ref);
        // File names may hold anything; ids of Kafka do not.
        if (std::any_of(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), [](char c) {
                return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
            })) {
            const std::string text = out.substr(begin);
            out.resize(begin);
            append_json_escaped(out, text);
        }
        out += '"';
        json.end_object();
    }
    json.end_array();
    if (draft.window) {
        json.key("window").begin_object().key("start").raw("");
        append_time_or_null(out, draft.window->start);
        json.key("end").raw("");
        append_time_or_null(out, draft.window->end);
        json.member("events", draft.window->num_events).end_object();
    }
    json.member("message", draft.message);
    write_explanation(json, draft);
    json.member("is_simulated", draft.is_simulated).end_object();
}

}  // namespace spoor::alert
