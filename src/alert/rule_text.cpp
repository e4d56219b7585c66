#include "alert/rule_text.hpp"

#include "alert/alert_text.hpp"
#include "base/hash.hpp"

#include <limits>
#include <vector>

namespace spoor::alert {

namespace {

constexpr std::string_view entity_type = "host";
constexpr std::string_view tactic_tags = "attack.";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::string names_of(const RuleFacts& facts) {
    std::string out;
    Text text(out);
    text.raw(R"(,"rule_id":")").escaped(facts.rule.id);
    text.raw(R"(","rule_title":")").escaped(facts.rule.name);
    text.raw(R"(","level":")").raw(lower(to_string(facts.level))).raw("\"");
    return out;
}

std::string about_of(const RuleFacts& facts) {
    std::string out;
    JsonWriter json(out);
    json.key("logsource").begin_object();
    if (!facts.product.empty()) {
        json.member("product", facts.product);
    }
    if (!facts.category.empty()) {
        json.member("category", facts.category);
    }
    if (!facts.service.empty()) {
        json.member("service", facts.service);
    }
    json.end_object();
    if (!facts.status.empty()) {
        json.member("rule_status", facts.status);
    }
    json.key("tags").begin_array();
    for (const std::string& tag : facts.tags) {
        json.value(tag);
    }
    json.end_array();
    return ',' + out;
}

std::string line_of(const RuleFacts& facts) {
    std::string out = names_of(facts) + ',';
    JsonWriter json(out);
    json.key("tags").begin_array();
    for (const std::string& tag : facts.tags) {
        json.value(tag);
    }
    json.end_array();
    return out + R"(,"host":")";
}

TechniqueSet techniques_of(const RuleFacts& facts) {
    const std::vector<std::string_view> ids(facts.techniques.begin(), facts.techniques.end());
    attack::TacticSet tactics = 0;
    for (const std::string_view tag : facts.tags) {
        if (tag.starts_with(tactic_tags)) {
            tactics |= attack::find_tactics(tag.substr(tactic_tags.size()));
        }
    }
    return TechniqueSet(ids, tactics);
}

void append_sized(std::string& out, std::string_view part) {
    auto size = static_cast<std::uint32_t>(part.size());
    for (int i = 0; i < 4; ++i) {
        out += static_cast<char>(size & 0xFFU);
        size >>= 8U;
    }
    out += part;
}

std::string_view host_of(const Event& event) {
    return event.host.empty() ? no_host : event.host;
}

}  // namespace

RuleText::RuleText(const RuleFacts& facts)
    : detector_(facts.detector),
      id_(facts.rule.id),
      name_(facts.rule.name),
      version_(facts.rule.version),
      explanation_(facts.explanation),
      level_(facts.level),
      techniques_(techniques_of(facts)),
      names_(names_of(facts)),
      about_(about_of(facts)),
      line_(line_of(facts)) {
    static_assert(schema_version == 1, "write_alert says 1 too");
    for (const std::string_view part : {id_, version_, std::string()}) {
        append_sized(block_, part);
    }
    end_piece(identity);
    Text text(block_);
    text.raw(R"(","detector":")").raw(detector_).raw(R"(","rule":{"id":")").escaped(id_);
    text.raw(R"(","name":")").escaped(name_).raw(R"(","version":")").escaped(version_);
    text.raw("\"}").raw(names_).raw(R"(,"timestamp":)");
    end_piece(to_time);
    text.raw(R"(,"severity":")").raw(to_string(level_)).raw(R"(","entity":")");
    end_piece(to_entity);
    text.raw(techniques_.json());
    end_piece(to_techniques);
    text.raw(about_);
    end_piece(to_matched);
    text.raw(R"(},"message":")").escaped(name_).raw(R"(","explanation":{"text":")");
    text.escaped(explanation_).raw(R"(","features":[]})");
    end_piece(to_end);
}

Draft RuleText::draft() const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Draft draft;
    draft.detector = detector_;
    draft.rule = {id_, name_, version_};
    draft.level = level_;
    draft.entity_type = entity_type;
    draft.detection_type = detector_;
    draft.score_kind = no_score;
    draft.prediction_score = none;
    draft.techniques = &techniques_;
    draft.confidence = none;
    draft.rule_text = this;
    draft.message = name_;
    draft.explanation = explanation_;
    return draft;
}

std::string_view event_type_of(const Event& event) {
    if (!event.category.empty()) {
        return event.category;
    }
    return event.service.empty() ? std::string_view("event") : event.service;
}

Draft draft_of(const RuleText& rule,
               const Event& event,
               std::string_view id,
               std::string_view matched) {
    Draft draft = rule.draft();
    draft.id = id;
    draft.time = event.time;
    draft.entity = host_of(event);
    draft.event_type = event_type_of(event);
    draft.host = draft.entity;
    draft.ref = event.ref;
    draft.record_time = event.record_time;
    draft.evidence = {&event.ref, 1};
    draft.matched = matched;
    draft.is_simulated = event.is_simulated;
    return draft;
}

void RuleAlertWriter::begin(const Event& event) {
    if (!has_place_ || place_of_.origin != event.ref.origin ||
        place_of_.partition != event.ref.partition) {
        has_place_ = true;
        place_of_ = event.ref;
        const std::string_view origin = origins_.text(event.ref.origin);
        place_.clear();
        Text place(place_);
        write_place(place, event.ref, origins_);
        kind_.clear();
        Text(kind_).escaped(origin.substr(0, origin.find(':')));
        ref_prefix_ = origins_.ref({event.ref.origin, event.ref.partition, 0, 0});
        ref_prefix_.resize(ref_prefix_.size() - std::string_view("0#0").size());
    }
    time_.clear();
    Text time(time_);
    time.time(event.time);
    const std::size_t size = time_.size();
    time.raw(R"(,"event_time":)");
    time_.append(time_, 0, size);

    entity_.clear();
    Text(entity_).escaped(host_of(event));
    const std::size_t host = entity_.size();
    Text(entity_).raw(R"(","entity_type":")").raw(entity_type).raw(R"(","event_type":")");
    Text(entity_).escaped(event_type_of(event)).raw(R"(","host":")");
    entity_.append(entity_, 0, host);

    ref_ = ref_prefix_;
    Text(ref_).number(event.ref.position).raw("#").number(std::uint64_t{event.ref.element});

    source_.clear();
    Text(source_)
        .raw(R"(,"source":{"type":")")
        .raw(place_)
        .raw(R"(,"offset":)")
        .number(event.ref.position)
        .raw(R"(,"timestamp":)")
        .time(event.record_time)
        .raw(R"(},"evidence":[{"ref":")");
    const std::size_t begin = source_.size();
    Text(source_).escaped(ref_);
    const std::size_t length = source_.size() - begin;
    Text(source_).raw(R"("}],"event_ref":")");
    source_.append(source_, begin, length);
    source_ += '"';
    is_simulated_ = event.is_simulated;
}

void RuleAlertWriter::write(const RuleText& rule, std::string_view matched, std::string& out) {
    constexpr std::string_view to_techniques =
        R"(,"score_kind":"none","prediction_score":null,"features":{},"mitre_attack":{)";
    static_assert(to_techniques.substr(15, no_score.size()) == no_score);
    identity_ = rule.piece(RuleText::identity);
    append_sized(identity_, ref_);
    id_.clear();
    append_hex(id_, digest128(identity_));
    Text text(out);
    text.raw(R"({"schema_version":1,"id":")").raw(id_).raw(rule.piece(RuleText::to_time));
    text.raw(time_).raw(rule.piece(RuleText::to_entity)).raw(entity_);
    text.raw(R"(","detection_type":")").raw(rule.detector_);
    text.raw(R"(","data_source":")").raw(kind_).raw("\"").raw(to_techniques);
    text.raw(rule.piece(RuleText::to_techniques));
    text.raw(R"(,"confidence":null},"attack_version":")").raw(attack::current_version).raw("\"");
    text.raw(source_).raw(rule.piece(RuleText::to_matched)).raw(R"(,"matched":{)").raw(matched);
    text.raw(rule.piece(RuleText::to_end));
    text.raw(is_simulated_ ? R"(,"is_simulated":true})" : R"(,"is_simulated":false})");
}

}  // namespace spoor::alert
