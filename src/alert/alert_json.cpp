#include "alert/alert_json.hpp"

#include "base/json_writer.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

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

// A storm of alerts is written here: whole pieces of constant text, and only what may need it is
// escaped.
class Text {
public:
    explicit Text(std::string& out) : out_(out) {}

    Text& raw(std::string_view text) {
        out_.append(text);
        return *this;
    }

    Text& escaped(std::string_view text) {
        append_json_escaped(out_, text);
        return *this;
    }

    // As JsonWriter writes them.
    Text& number(double value) {
        if (!std::isfinite(value)) {
            return raw("null");
        }
        std::array<char, 32> buffer;
        char* const end = fmt::format_to(buffer.data(), FMT_COMPILE("{}"), value);
        out_.append(buffer.data(), end);
        return *this;
    }

    Text& number(std::int64_t value) {
        const fmt::format_int text(value);
        out_.append(text.data(), text.size());
        return *this;
    }

    Text& number(std::uint64_t value) {
        const fmt::format_int text(value);
        out_.append(text.data(), text.size());
        return *this;
    }

    Text& time(Timestamp time) {
        if (time == no_time) {
            return raw("null");
        }
        out_ += '"';
        append_time(out_, time);
        out_ += '"';
        return *this;
    }

    // `name` with comma and colon; nothing if there is no value.
    Text& number_if(std::string_view name, double value) {
        return std::isnan(value) ? *this : raw(name).number(value);
    }

    // File names may hold anything.
    Text& ref(const OriginTable& origins, const EventRef& ref) {
        const std::size_t begin = out_.size();
        origins.append_ref(out_, ref);
        const auto odd = [](char c) {
            return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;  // also bytes above ASCII
        };
        if (std::any_of(out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(), odd)) {
            const std::string text = out_.substr(begin);
            out_.resize(begin);
            escaped(text);
        }
        return *this;
    }

private:
    std::string& out_;
};

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

void write_source(Text& text, const Draft& draft, const OriginTable& origins) {
    text.raw(R"(,"source":{"type":")");
    if (draft.window) {
        text.raw(draft.detection_type).raw(R"(","timestamp":)").time(draft.time);
        text.raw(R"(,"partition":")").escaped(origins.text(draft.ref.partition)).raw("\"}");
        return;
    }
    const std::string_view origin = origins.text(draft.ref.origin);
    std::string_view topic;
    std::string_view partition;
    if (split_kafka(origin, topic, partition)) {
        const std::string_view name = origins.label(draft.ref.origin);
        text.raw(R"(kafka","topic":")").escaped(name.empty() ? topic : name);
        text.raw(R"(","partition":)").raw(partition);
    } else {
        text.escaped(origin.substr(0, origin.find(':')));
        text.raw(R"(","name":")").escaped(origins.text(draft.ref.partition)).raw("\"");
    }
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
        text.ref(origins, draft.evidence[i]).raw("\"}");
    }
    text.raw("]");
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
    static_assert(schema_version == 1, "the text below says 1");
    Text text(out);
    text.raw(R"({"schema_version":1,"id":")").raw(draft.id);
    text.raw(R"(","detector":")").raw(draft.detector);
    text.raw(R"(","rule":{"id":")").escaped(draft.rule.id);
    text.raw(R"(","name":")").escaped(draft.rule.name);
    text.raw(R"(","version":")").escaped(draft.rule.version);
    text.raw(R"("},"timestamp":)");
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
    write_explanation(text, draft);
    text.raw(draft.is_simulated ? R"(,"is_simulated":true})" : R"(,"is_simulated":false})");
}

}  // namespace spoor::alert
