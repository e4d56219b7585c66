#include "sigma/documents.hpp"

#include "sigma/document_meta.hpp"
#include "sigma/load.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;

// The text before and behind the first '|' of a condition.
struct Piped {
    std::string_view condition;
    std::string_view aggregation;
    std::size_t at = std::string_view::npos;
};

Piped split_pipe(std::string_view text) {
    const std::size_t at = text.find('|');
    return at == std::string_view::npos ? Piped{text, {}, at}
                                        : Piped{text.substr(0, at), text.substr(at + 1), at};
}

// How to get rid of `what` of a rule.
std::string replacement_hint(std::string_view what,
                             std::string_view aggregation,
                             std::string_view timeframe,
                             const RuleMeta& meta) {
    const std::string document = replacing_correlation(aggregation, timeframe, meta);
    if (document.empty()) {
        return "a correlation document replaces it";
    }
    const std::string named =
        meta.id_is_made ? fmt::format("give the rule a name, 'name: {}', ", reference_to(meta))
                        : std::string();
    return fmt::format("{}take {} away, and add a document of its own:\n{}", named, what, document);
}

class SearchReader {
public:
    SearchReader(const YamlNode& section,
                 std::string_view other,
                 const ReadOptions& options,
                 const RuleMeta& meta,
                 Report& report,
                 Search& out)
        : section_(section),
          other_(other),
          options_(options),
          meta_(meta),
          report_(report),
          out_(out) {}

    void read() {
        out_.selections.reserve(section_.members.size());
        for (const YamlMember& member : section_.members) {
            if (member.key != "condition" && member.key != "timeframe" && member.key != other_) {
                out_.selections.push_back(read_selection(member, *options_.placeholders, report_));
            }
        }
        const YamlMember* timeframe = section_.find("timeframe");
        timeframe_ = timeframe != nullptr ? std::string_view(timeframe->value.text) : "";
        for (const Selection& selection : out_.selections) {
            names_.names.push_back(selection.name);
        }
        used_.resize(names_.names.size());
        read_conditions();
        if (timeframe != nullptr && !is_piped_) {
            report_.error("timeframe",
                          timeframe->place,
                          "'timeframe' was for aggregations, which are correlations now",
                          replacement_hint("'timeframe'", "count() > 10", timeframe_, meta_));
        }
        note_unused();
    }

private:
    void read_conditions() {
        const YamlMember* condition = section_.find("condition");
        if (condition == nullptr) {
            missing_condition();
            return;
        }
        const YamlNode& value = condition->value;
        if (value.refused) {
            return;
        }
        if (value.kind == Kind::mapping || (value.kind == Kind::sequence && value.items.empty())) {
            report_.error("condition-syntax", value.place, "a condition is a text, or a list");
            return;
        }
        if (value.kind != Kind::sequence) {
            read_one(value);
        }
        for (const YamlNode& item : value.items) {
            if (item.kind == Kind::mapping || item.kind == Kind::sequence) {
                report_.error("condition-syntax", item.place, "a condition is a text");
            } else {
                read_one(item);
            }
        }
    }

    void missing_condition() {
        for (const YamlMember& member : section_.members) {
            // A misspelled key looks like a selection.
            if (std::string hint = did_you_mean(member.key, {"condition"}); !hint.empty()) {
                report_.error("missing-condition",
                              member.place,
                              fmt::format("there is no condition, but '{}'", member.key),
                              std::move(hint));
                return;
            }
        }
        report_.error("missing-condition",
                      section_.place,
                      "there is no condition",
                      names_.names.size() == 1
                          ? fmt::format("write 'condition: {}'", names_.names[0])
                          : "write 'condition: 1 of them' or what you mean");
    }

    void read_one(const YamlNode& node) {
        const Piped piped = split_pipe(node.text);
        if (piped.at != std::string_view::npos) {
            is_piped_ = true;
            report_.error(
                "aggregation",
                report_.part(node.place, node.text, piped.at, 1),
                "aggregations behind '|' are correlations now",
                replacement_hint(timeframe_.empty() ? "all from the '|' on"
                                                    : "'timeframe' and all from the '|' on",
                                 piped.aggregation,
                                 timeframe_,
                                 meta_));
            return;
        }
        ConditionNode condition;
        if (read_condition(node.text, node.place, names_, report_, condition, used_)) {
            out_.conditions.push_back(std::move(condition));
        }
    }

    void note_unused() {
        if (report_.failed()) {
            return;  // the condition may be what is wrong
        }
        for (std::size_t i = 0; i < out_.selections.size(); ++i) {
            out_.selections[i].is_used = used_[i];
            if (!used_[i]) {
                report_.warning("unused-selection",
                                out_.selections[i].place,
                                fmt::format("no condition asks for '{}'", names_.names[i]),
                                "take it away, or name it in the condition");
            }
        }
    }

    const YamlNode& section_;
    std::string_view other_;
    const ReadOptions& options_;
    const RuleMeta& meta_;
    Report& report_;
    Search& out_;
    ConditionNames names_;
    std::vector<bool> used_;
    std::string_view timeframe_;
    bool is_piped_ = false;
};

void keep_attributes(const YamlNode& document,
                     std::vector<std::pair<std::string, std::string>>& out) {
    for (const YamlMember& member : document.members) {
        if (member.value.kind == Kind::scalar) {
            out.emplace_back(member.key, member.value.text);
        }
    }
}

class DocumentReader {
public:
    DocumentReader(const YamlFile& file,
                   const ReadOptions& options,
                   Diagnostics& diagnostics,
                   Documents& out)
        : file_(file), options_(options), diagnostics_(diagnostics), out_(out) {}

    // `yaml_error`: the code of one that is in the document, or empty.
    void read(const YamlNode& document, std::string_view yaml_error) {
        Report report(file_, diagnostics_);
        ++out_.num_documents;
        if (!yaml_error.empty()) {
            report.fail(yaml_error);
        }
        if (document.refused) {
            fail_unread(document, report);
            return;
        }
        if (document.kind != Kind::mapping) {
            report.error("not-a-rule", document.place, "a document that is no section of keys");
            fail_unread(document, report);
            return;
        }
        if (const YamlMember* action = document.find("action"); action != nullptr) {
            report.error("collection-action",
                         action->place,
                         "'action' belongs to a form of collections that is not in use any more",
                         "write each document out in full");
            fail_unread(document, report);
            return;
        }
        const int kinds = (document.find("detection") != nullptr ? 1 : 0) +
                          (document.find("correlation") != nullptr ? 1 : 0) +
                          (document.find("filter") != nullptr ? 1 : 0);
        if (kinds != 1) {
            refuse(document, kinds, report);
        } else if (document.find("correlation") != nullptr) {
            correlation(document, std::move(report));
        } else if (document.find("filter") != nullptr) {
            filter(document, std::move(report));
        } else {
            rule(document, std::move(report));
        }
    }

private:
    void fail(RuleMeta meta, const Report& report) {
        meta.file = file_.name();
        out_.failed.emplace_back(std::move(meta), report.first_error());
    }

    void fail_unread(const YamlNode& document, const Report& report) {
        RuleMeta meta;
        meta.line = document.place.line;
        fail(std::move(meta), report);
    }

    void refuse(const YamlNode& document, int kinds, Report& report) {
        std::vector<std::string_view> keys{"detection", "correlation", "filter"};
        RuleMeta meta = read_meta(document, keys, report);
        report.error("not-a-rule",
                     document.place,
                     kinds == 0 ? "neither 'detection' nor 'correlation' nor 'filter' is here"
                                : "'detection', 'correlation' and 'filter' are three documents",
                     kinds == 0 ? "a rule has 'logsource' and 'detection'" : "part them by '---'");
        fail(std::move(meta), report);
    }

    void rule(const YamlNode& document, Report report) {
        RuleDraft draft(std::move(report));
        draft.place = document.place;
        draft.meta = read_meta(document, {"detection"}, draft.report);
        draft.logsource = read_logsource(document, document.place, options_, draft.report);
        const YamlMember& detection = *document.find("detection");
        if (detection.value.kind == Kind::mapping && !detection.value.refused) {
            read_search(detection.value, {}, options_, draft.meta, draft.report, draft.search);
        } else {
            draft.report.error("missing-detection",
                               detection.value.place,
                               "'detection' is a section with selections and a condition");
        }
        if (draft.report.failed() || detection.value.refused) {
            fail(std::move(draft.meta), draft.report);
            return;
        }
        if (options_.keep_attributes) {
            keep_attributes(document, draft.attributes);
        }
        out_.rules.push_back(std::move(draft));
    }

    void correlation(const YamlNode& document, Report report) {
        CorrelationDraft draft(std::move(report));
        draft.place = document.place;
        draft.meta = read_meta(document, {"correlation", "generate"}, draft.report);
        read_correlation(document, draft);
        if (draft.report.failed()) {
            fail(std::move(draft.meta), draft.report);
            return;
        }
        check_bounds(document, draft);
        if (options_.keep_attributes) {
            keep_attributes(document, draft.attributes);
        }
        out_.correlations.push_back(std::move(draft));
    }

    void filter(const YamlNode& document, Report report) {
        FilterDraft draft(std::move(report));
        draft.place = document.place;
        draft.meta = read_meta(document, {"filter"}, draft.report);
        read_filter(document, options_, draft);
        if (draft.report.failed()) {
            fail(std::move(draft.meta), draft.report);
            return;
        }
        out_.filters.push_back(std::move(draft));
    }

    const YamlFile& file_;
    const ReadOptions& options_;
    Diagnostics& diagnostics_;
    Documents& out_;
};

// What came before a syntax error is only a part of its document: nothing is said about it.
void fail_cut_off(const YamlFile& file, const std::string& code, Documents& out) {
    ++out.num_documents;
    RuleMeta meta;
    if (!file.documents.empty() && file.documents.back().kind == Kind::mapping) {
        Diagnostics unsaid;
        Report report(file, unsaid);
        meta = read_meta(file.documents.back(), {}, report);
    }
    meta.file = file.name();
    out.failed.emplace_back(std::move(meta), code);
}

}  // namespace

void read_search(const YamlNode& section,
                 std::string_view other,
                 const ReadOptions& options,
                 const RuleMeta& meta,
                 Report& report,
                 Search& out) {
    SearchReader(section, other, options, meta, report, out).read();
}

namespace {

void check_logsource_keys(const YamlNode& logsource, Report& report) {
    for (const YamlMember& key : logsource.members) {
        constexpr std::array<std::string_view, 4> known{
            "product", "category", "service", "definition"};
        if (std::find(known.begin(), known.end(), key.key) == known.end()) {
            std::string hint = did_you_mean(key.key, {known.begin(), known.end()});
            if (!hint.empty()) {
                report.warning("unknown-key",
                               key.place,
                               fmt::format("'{}' is not a part of a log source", key.key),
                               std::move(hint));
            }
        }
    }
}

// Of three letters one in common with another name is no slip: rdp, ldp.
constexpr std::size_t shortest_guessed = 4;

// A slip of the fingers there leaves a rule that is never tried.
void check_logsource_names(const YamlNode& logsource,
                           const KnownLogSources& known,
                           Report& report) {
    for (const auto& [key, names] : {std::pair(std::string_view("product"), &known.products),
                                     std::pair(std::string_view("category"), &known.categories),
                                     std::pair(std::string_view("service"), &known.services)}) {
        const YamlMember* member = logsource.find(key);
        if (member == nullptr || member->value.text.size() < shortest_guessed ||
            std::find(names->begin(), names->end(), member->value.text) != names->end()) {
            continue;
        }
        std::string name = member->value.text;
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (std::string hint = did_you_mean(name, *names); !hint.empty()) {
            report.warning("unknown-logsource",
                           member->value.place,
                           fmt::format("no events here have the {} '{}'", key, member->value.text),
                           std::move(hint));
        }
    }
}

}  // namespace

LogSource read_logsource(const YamlNode& document,
                         const YamlPlace& place,
                         const ReadOptions& options,
                         Report& report) {
    LogSource out;
    const YamlMember* member = document.find("logsource");
    if (member == nullptr || member->value.kind == Kind::null) {
        report.error("missing-logsource",
                     member == nullptr ? place : member->place,
                     "there is no log source",
                     "write 'logsource:' with product, category or service");
        return out;
    }
    if (member->value.refused) {
        return out;
    }
    if (member->value.kind != Kind::mapping) {
        report.error("missing-logsource",
                     member->value.place,
                     "'logsource' is a section with product, category or service");
        return out;
    }
    out.product = text_of(member->value, "product", report);
    out.category = text_of(member->value, "category", report);
    out.service = text_of(member->value, "service", report);
    if (out == LogSource{} && !report.failed()) {
        report.error("missing-logsource",
                     member->place,
                     "the log source names neither product nor category nor service");
    }
    check_logsource_keys(member->value, report);
    if (options.known_logsources != nullptr) {
        check_logsource_names(member->value, *options.known_logsources, report);
    }
    return out;
}

void read_documents(const YamlFile& file,
                    const ReadOptions& options,
                    Diagnostics& diagnostics,
                    Documents& out) {
    std::vector<std::pair<std::size_t, std::string>> errors;  // lines and codes
    for (const Diagnostic& d : diagnostics.all()) {
        if (d.severity == Severity::error) {
            errors.emplace_back(d.line, d.code);
        }
    }
    DocumentReader reader(file, options, diagnostics, out);
    const std::size_t num =
        file.documents.size() - (file.complete || file.documents.empty() ? 0 : 1);
    for (std::size_t i = 0; i < num; ++i) {
        const YamlNode& document = file.documents[i];
        const std::size_t from = i == 0 ? 0 : document.place.line;
        const std::size_t to = i + 1 < file.documents.size()
                                   ? file.documents[i + 1].place.line
                                   : std::numeric_limits<std::size_t>::max();
        const auto error = std::find_if(errors.begin(), errors.end(), [&](const auto& e) {
            return e.first >= from && e.first < to;
        });
        if (document.kind == Kind::null && !document.refused && error == errors.end()) {
            continue;  // nothing, not even a mistake
        }
        reader.read(document, error == errors.end() ? std::string_view() : error->second);
    }
    if (!file.complete) {
        fail_cut_off(file, errors.empty() ? "yaml-syntax" : errors.back().second, out);
    }
}

}  // namespace spoor::sigma
