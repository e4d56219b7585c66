#include "sigma/versions.hpp"

#include "base/hash.hpp"

#include <cstdint>
#include <string_view>

namespace spoor::sigma {

namespace {

void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

std::string hex16(std::string_view bytes) {
    return to_hex(digest128(bytes)).substr(0, 16);
}

}  // namespace

void append_question(std::string& out, const Predicate& predicate) {
    out += static_cast<char>(predicate.test);
    out += predicate.cased ? '\1' : '\0';
    switch (predicate.test) {
        case Test::text:
            append_number(out, static_cast<std::uint32_t>(predicate.pattern.pieces.size()));
            for (const Pattern::Piece& piece : predicate.pattern.pieces) {
                out += static_cast<char>(piece.kind);
                append_text(out, piece.text);
            }
            break;
        case Test::regex:
            append_text(out, predicate.text);
            break;
        case Test::number:
        case Test::time:
            out += static_cast<char>(predicate.compare);
            out += static_cast<char>(predicate.part);
            out += predicate.number.is_integer ? '\1' : '\0';
            append_number(out, predicate.number.integer);
            append_number(out, predicate.number.real);
            break;
        case Test::boolean:
            out += predicate.boolean ? '\1' : '\0';
            break;
        case Test::network:
            out.append(reinterpret_cast<const char*>(predicate.network.address.data()),
                       predicate.network.address.size());
            append_number(out, predicate.network.prefix);
            break;
        case Test::field:
            out += static_cast<char>(predicate.relation);
            break;
        case Test::null:
        case Test::exists:
            break;
    }
}

Versions::Versions(const RuleSet& rules) : rules_(rules) {
    for (const FieldEntry& field : rules.fields.entries()) {
        std::string paths;
        for (const std::string& path : field.paths) {
            append_text(paths, path);
        }
        fields_.push_back(hex16(paths));
    }
}

void Versions::append(const Expression& expression) {
    bytes_ += static_cast<char>(expression.kind);
    if (expression.kind == Expression::Kind::predicate) {
        const Predicate& predicate = rules_.predicates[expression.predicate];
        for (const FieldIndex field : {predicate.field, predicate.other}) {
            bytes_ += field == no_field ? std::string_view("-") : std::string_view(fields_[field]);
        }
        append_question(bytes_, predicate);
        return;
    }
    append_number(bytes_, static_cast<std::uint32_t>(expression.children.size()));
    for (const Expression& child : expression.children) {
        append(child);
    }
}

std::string Versions::of(const Rule& rule) {
    bytes_.clear();
    append_text(bytes_, rule.logsource.product);
    append_text(bytes_, rule.logsource.category);
    append_text(bytes_, rule.logsource.service);
    append(rule.condition);
    return hex16(bytes_);
}

namespace {

void append_condition(std::string& out, const InputCondition& condition) {
    out += static_cast<char>(condition.kind);
    append_number(out, condition.input);
    append_number(out, static_cast<std::uint32_t>(condition.children.size()));
    for (const InputCondition& child : condition.children) {
        append_condition(out, child);
    }
}

}  // namespace

std::string Versions::of(const Correlation& correlation) {
    bytes_.clear();
    bytes_ += static_cast<char>(correlation.type);
    for (const Correlation::Input& input : correlation.inputs) {
        bytes_ += input.is_correlation ? 'c' : 'r';
        const RuleMeta& meta = input.is_correlation ? rules_.correlations[input.index].meta
                                                    : rules_.rules[input.index].meta;
        append_text(bytes_, meta.id);  // by which rows of state name it
        append_text(bytes_, meta.version);
    }
    append_number(bytes_, static_cast<std::uint32_t>(correlation.group_by.size()));
    for (const Correlation::Reading& reading : correlation.readings) {
        append_text(bytes_, rules_.rules[reading.rule].meta.id);
        append_text(bytes_, rules_.rules[reading.rule].meta.version);
        for (const auto* places : {&reading.group, &reading.values}) {
            append_number(bytes_, static_cast<std::uint32_t>(places->size()));
            for (const std::uint32_t place : *places) {
                const bool is_there = place < rules_.rules[reading.rule].carried.size();
                append_text(
                    bytes_,
                    is_there ? std::string_view(fields_[rules_.rules[reading.rule].carried[place]])
                             : std::string_view("-"));
            }
        }
    }
    append_number(bytes_, correlation.timespan.count());
    for (const Bound& bound : correlation.bounds) {
        bytes_ += static_cast<char>(bound.op);
        append_number(bytes_, bound.value);
    }
    bytes_ += correlation.boolean ? 'b' : '-';
    if (correlation.boolean) {
        append_condition(bytes_, *correlation.boolean);
    }
    append_number(bytes_, correlation.percentile);
    return hex16(bytes_);
}

// Also of what alerts say but no match depends on: another tag is another set, of the same rules.
std::string Versions::of_all() {
    bytes_.clear();
    const auto append_texts = [this](const std::vector<std::string>& texts) {
        append_number(bytes_, static_cast<std::uint32_t>(texts.size()));
        for (const std::string& text : texts) {
            append_text(bytes_, text);
        }
    };
    const auto append_meta = [&](const RuleMeta& meta, bool gives_alerts) {
        for (const auto* const text : {&meta.id,
                                       &meta.title,
                                       &meta.version,
                                       &meta.status,
                                       &meta.description,
                                       &meta.author}) {
            append_text(bytes_, *text);
        }
        for (const auto* const texts : {&meta.tags, &meta.references, &meta.falsepositives}) {
            append_texts(*texts);
        }
        bytes_ += static_cast<char>(meta.level);
        bytes_ += gives_alerts ? 'a' : '-';
    };
    for (const Rule& rule : rules_.rules) {
        append_meta(rule.meta, rule.gives_alerts);
    }
    for (const Correlation& correlation : rules_.correlations) {
        append_meta(correlation.meta, correlation.gives_alerts);
        append_texts(correlation.group_by);
        for (const Correlation::Input& input : correlation.inputs) {
            append_text(bytes_, input.name);
        }
    }
    for (const FieldEntry& field : rules_.fields.entries()) {
        append_text(bytes_, field.name);
    }
    return hex16(bytes_);
}

}  // namespace spoor::sigma
