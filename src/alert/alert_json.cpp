#include "alert/alert_json.hpp"

#include "alert/alert_text.hpp"
#include "alert/rule_text.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

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

void write_tactics(JsonWriter& json, const std::vector<std::string>& ids, attack::TacticSet also) {
    const auto tactics = attack::tactics();
    for (std::size_t i = 0; i < tactics.size(); ++i) {
        bool open = false;
        const auto open_tactic = [&] {
            if (!open) {
                json.begin_object().member("id", tactics[i].id).member("name", tactics[i].name);
                json.key("techniques").begin_array();
                open = true;
            }
        };
        if ((std::uint32_t{also} >> i & 1U) != 0) {
            open_tactic();
        }
        for (const std::string& id : ids) {
            const attack::Technique* technique = attack::find_technique(id);
            if (technique != nullptr && (technique->tactics >> i & 1U) != 0) {
                open_tactic();
                json.begin_object().member("id", id).member("name", technique->name).end_object();
            }
        }
        if (open) {
            json.end_array().end_object();
        }
    }
}

void write_source(Text& text, const Draft& draft, const OriginTable& origins) {
    text.raw(R"(,"source":{"type":")");
    if (draft.window) {
        text.raw(draft.detection_type).raw(R"(","timestamp":)").time(draft.time);
        text.raw(R"(,"partition":")").escaped(origins.text(draft.ref.partition)).raw("\"}");
        return;
    }
    write_place(text, draft.ref, origins);
    text.raw(R"(,"offset":)").number(draft.ref.position);
    text.raw(R"(,"timestamp":)").time(draft.record_time).raw("}");
}

void write_scores(Text& text, const Draft& draft) {
    text.raw(R"(,"score_kind":")").raw(draft.score_kind);
    text.raw(R"(","prediction_score":)").number(draft.prediction_score);
    text.number_if(R"(,"anomaly_score":)", draft.anomaly_score);
    text.number_if(R"(,"p_value":)", draft.p_value);
    text.number_if(R"(,"p_corrected":)", draft.p_corrected);
    text.raw(R"(,"features":{)");
    for (std::size_t i = 0; i < draft.features.size(); ++i) {
        text.raw(i == 0 ? "\"" : ",\"").raw(draft.features[i].name).raw("\":");
        text.number(draft.features[i].value);
    }
    text.raw("}");
}

void write_attack(Text& text, const Draft& draft) {
    text.raw(R"(,"mitre_attack":{)");
    text.raw(draft.techniques != nullptr ? draft.techniques->json()
                                         : R"("techniques":[],"tactics":[])");
    text.raw(R"(,"confidence":)").number(draft.confidence);
    text.raw(R"(},"attack_version":")").raw(attack::current_version).raw("\"");
}

void write_evidence(Text& text, const Draft& draft, const OriginTable& origins) {
    text.raw(R"(,"evidence":[)");
    for (std::size_t i = 0; i < draft.evidence.size(); ++i) {
        text.raw(i == 0 ? R"({"ref":")" : R"(,{"ref":")");
        text.ref(origins, draft.evidence[i]).raw("\"");
        if (i < draft.evidence_notes.size()) {
            const EvidenceNote& note = draft.evidence_notes[i];
            text.raw(R"(,"rule":")").escaped(note.rule).raw(R"(","timestamp":)").time(note.time);
            if (!note.value.empty()) {
                text.raw(R"(,"value":")").escaped(note.value).raw("\"");
            }
        }
        text.raw("}");
    }
    text.raw("]");
    if (draft.rule_text != nullptr) {
        text.raw(R"(,"event_ref":")").ref(origins, draft.ref).raw("\"");
    }
    if (draft.window) {
        text.raw(R"(,"window":{"start":)").time(draft.window->start);
        text.raw(R"(,"end":)").time(draft.window->end);
        text.raw(R"(,"events":)").number(draft.window->num_events).raw("}");
    }
}

void write_note(Text& text, const FeatureNote& note) {
    text.raw(R"({"feature":")").raw(note.name).raw(R"(","value":)").number(note.value);
    text.number_if(R"(,"threshold":)", note.threshold);
    text.number_if(R"(,"expected":)", note.expected);
    text.number_if(R"(,"spread":)", note.spread);
    text.number_if(R"(,"p_value":)", note.p_value);
    if (!note.direction.empty()) {
        text.raw(R"(,"direction":")").raw(note.direction).raw("\"");
    }
    if (!note.slot.empty()) {
        text.raw(R"(,"slot":")").raw(note.slot).raw("\"");
    }
    text.number_if(R"(,"windows":)", note.windows);
    text.raw("}");
}

void write_rule(Text& text, const Draft& draft) {
    text.raw(draft.rule_text->about());
    text.raw(R"(,"matched":{)").raw(draft.matched).raw("}");
    if (!draft.correlation.empty()) {
        text.raw(R"(,"correlation":)").raw(draft.correlation);
    }
}

void write_explanation(Text& text, const Draft& draft) {
    text.raw(R"(,"message":")").escaped(draft.message);
    text.raw(R"(","explanation":{"text":")").escaped(draft.explanation).raw("\"");
    if (draft.num_tested > 0) {
        text.raw(R"(,"features_tested":)").number(std::int64_t{draft.num_tested});
    }
    text.raw(R"(,"features":[)");
    for (std::size_t i = 0; i < draft.notes.size(); ++i) {
        text.raw(i == 0 ? "" : ",");
        write_note(text, draft.notes[i]);
    }
    text.raw("]}");
}

}  // namespace

TechniqueSet::TechniqueSet(std::span<const std::string_view> ids, attack::TacticSet also)
    : ids_(ids.begin(), ids.end()) {
    std::ranges::sort(ids_);
    const auto repeated = std::ranges::unique(ids_);
    ids_.erase(repeated.begin(), repeated.end());
    JsonWriter json(json_);
    json.key("techniques").begin_array();
    for (const std::string& id : ids_) {
        write_technique(json, id);
    }
    json.end_array().key("tactics").begin_array();
    write_tactics(json, ids_, also);
    json.end_array();
}

double attack_confidence(double score, int num_features) {
    const double raw = std::min(0.9, 0.7 * score + 0.05 * num_features);
    return std::round(raw * 100) / 100;
}

void write_alert(const Draft& draft, const OriginTable& origins, std::string& out) {
    static_assert(schema_version == 1, "the text below says 1");
    Text text(out);
    text.raw(R"({"schema_version":1,"id":")").raw(draft.id);
    text.raw(R"(","detector":")").raw(draft.detector);
    text.raw(R"(","rule":{"id":")").escaped(draft.rule.id);
    text.raw(R"(","name":")").escaped(draft.rule.name);
    text.raw(R"(","version":")").escaped(draft.rule.version);
    text.raw("\"}");
    if (draft.rule_text != nullptr) {
        text.raw(draft.rule_text->names());
    }
    text.raw(R"(,"timestamp":)");
    const std::size_t begin = out.size();
    text.time(draft.time);
    const std::size_t size = out.size() - begin;
    text.raw(R"(,"event_time":)");
    out.append(out, begin, size);
    text.raw(R"(,"severity":")").raw(to_string(draft.level));
    text.raw(R"(","entity":")").escaped(draft.entity);
    text.raw(R"(","entity_type":")").escaped(draft.entity_type);
    text.raw(R"(","event_type":")").escaped(draft.event_type);
    text.raw(R"(","host":")").escaped(draft.host);
    text.raw(R"(","detection_type":")").raw(draft.detection_type);
    const std::string_view origin = origins.text(draft.ref.origin);
    text.raw(R"(","data_source":")").escaped(origin.substr(0, origin.find(':'))).raw("\"");
    write_scores(text, draft);
    write_attack(text, draft);
    write_source(text, draft, origins);
    write_evidence(text, draft, origins);
    if (draft.rule_text != nullptr) {
        write_rule(text, draft);
    }
    write_explanation(text, draft);
    text.raw(draft.is_simulated ? R"(,"is_simulated":true})" : R"(,"is_simulated":false})");
}

}  // namespace spoor::alert
