#include "sigma/match_writer.hpp"

#include "base/assert.hpp"
#include "base/json_writer.hpp"

#include <algorithm>

namespace spoor::sigma {

namespace {

constexpr std::string_view explanation =
    "What the event says is what the rule describes; `matched` has the values that met it.";

std::string_view name_of(const MatchView::Evidence& evidence, const FieldTable& fields) {
    return evidence.field == no_field ? std::string_view("keywords")
                                      : std::string_view(fields[evidence.field].name);
}

void append_value(std::string_view value, std::string& out) {
    out += '"';
    append_json_escaped(out, value);
    out += '"';
}

// Of thousands of rules one's text is in no cache.
void prefetch(const void* begin, std::size_t size) {
    constexpr std::size_t line = 64;
    for (std::size_t i = 0; i < size; i += line) {
        __builtin_prefetch(static_cast<const char*>(begin) + i);
    }
}

}  // namespace

alert::RuleText rule_text(const RuleMeta& meta, const LogSource* logsource) {
    alert::RuleFacts facts;
    facts.detector = detector_name;
    facts.rule = {meta.id, meta.title, meta.version};
    facts.level = meta.level;
    facts.status = meta.status;
    if (logsource != nullptr) {
        facts.product = logsource->product;
        facts.category = logsource->category;
        facts.service = logsource->service;
    }
    facts.tags = meta.tags;
    facts.techniques = meta.techniques;
    facts.explanation = explanation;
    return alert::RuleText(facts);
}

void append_matched(std::span<const MatchView::Evidence> evidence,
                    const FieldTable& fields,
                    std::string& out) {
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        const std::string_view name = name_of(evidence[i], fields);
        const auto has_name = [&](const MatchView::Evidence& e) {
            return name_of(e, fields) == name;
        };
        if (std::ranges::any_of(evidence.first(i), has_name)) {
            continue;  // it is in the list of the first
        }
        out += out.size() > begin ? "," : "";
        append_value(name, out);
        out += ':';
        const auto rest = evidence.subspan(i + 1);
        if (evidence[i].field != no_field && std::ranges::none_of(rest, has_name)) {
            append_value(evidence[i].value, out);
            continue;
        }
        out += '[';
        append_value(evidence[i].value, out);
        for (const MatchView::Evidence& other : rest) {
            if (has_name(other)) {
                out += ',';
                append_value(other.value, out);
            }
        }
        out += ']';
    }
}

void assign_match(const MatchView& match, const Rule& rule, MatchSignal& out) {
    const Event& event = match.event();
    out.assign(match.rule(), event.time, event.ref, event.host_key, event.host);
    for (const FieldIndex field : rule.carried) {
        const std::string_view value = match.value(field);
        if (value.data() != nullptr) {
            out.add_value(value);
        } else {
            out.add_missing();
        }
    }
}

const alert::RuleText& MatchWriter::text(RuleIndex rule) {
    Text& text = texts_[rule];
    if (!text.text) {
        const Rule& r = rules_.rules[rule];
        text.text = std::make_unique<alert::RuleText>(rule_text(r.meta, &r.logsource));
        text.block = form_ == MatchForm::line ? text.text->line() : text.text->block();
    }
    return *text.text;
}

void MatchWriter::write(const MatchView& match, std::string& out) {
    if (event_ != &match.event()) {
        event_ = &match.event();
        if (form_ == MatchForm::line) {
            line_.begin(*event_);
        } else {
            writer_.begin(*event_);
        }
    }
    const alert::RuleText& rule = text(match.rule());
    prefetch(&rule, sizeof rule);  // before the evidence, which takes a while
    prefetch(texts_[match.rule()].block.data(), texts_[match.rule()].block.size());
    matched_.clear();
    append_matched(match.evidence(), rules_.fields, matched_);
    if (form_ == MatchForm::line) {
        line_.write(rule, matched_, out);
    } else {
        writer_.write(rule, matched_, out);
    }
}

alert::Alert MatchWriter::alert(const MatchView& match) {
    SPOOR_ASSERT(form_ == MatchForm::alert, "a short line is no alert");
    alert::Alert out;
    write(match, out.json);
    const RuleMeta& meta = rules_.rules[match.rule()].meta;
    const Event& event = match.event();
    out.id = writer_.id();
    out.time = event.time;
    out.level = meta.level;
    out.detector = detector_name;
    out.rule_id = meta.id;
    out.host = event.host.empty() ? alert::no_host : event.host;
    out.entity = out.host;
    out.techniques = text(match.rule()).techniques().ids();
    out.summary = meta.title;
    return out;
}

}  // namespace spoor::sigma
