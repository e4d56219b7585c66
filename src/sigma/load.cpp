#include "sigma/load.hpp"

#include "sigma/documents.hpp"
#include "sigma/field_names.hpp"
#include "sigma/filters.hpp"
#include "sigma/linking.hpp"
#include "sigma/lowering.hpp"
#include "sigma/processing.hpp"
#include "sigma/versions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace spoor::sigma {

namespace {

config::YamlLimits rule_limits() {
    config::YamlLimits out;
    out.max_bytes = std::size_t{16} * 1024 * 1024;
    out.max_nodes = 1'000'000;
    return out;
}

// What is reported later shows the text; read_yaml counts errors, so each file has its own.
struct Source {
    YamlFile yaml{{}, {}};
    Diagnostics said;
};

class Loader {
public:
    explicit Loader(const LoadOptions& options) : options_(options) {}

    Loaded load(const std::vector<RuleText>& files) {
        out_.num_files = files.size();
        for (const RuleText& file : options_.pipelines) {
            read_pipelines(file);
        }
        read(files);
        check_identities();
        build();
        set_versions();
        finish();
        return std::move(out_);
    }

private:
    void read_pipelines(const RuleText& file) {
        Source& source = sources_.emplace_back();
        source.yaml = config::read_yaml(file.text, file.name, rule_limits(), source.said);
        if (source.yaml.complete && !source.said.has_errors()) {
            processing_.read(source.yaml, source.said);
        }
        if (source.said.has_errors()) {
            out_.failed_pipelines.push_back(file.name);
        }
        out_.documents_in[file.name] = static_cast<std::size_t>(std::count_if(
            source.yaml.documents.begin(), source.yaml.documents.end(), [](const YamlNode& node) {
                return node.kind != YamlNode::Kind::null || node.refused;
            }));
        std::vector<YamlNode>().swap(source.yaml.documents);
    }

    // Each file by itself; what they give is joined in their order.
    void read(const std::vector<RuleText>& files) {
        const std::size_t first = sources_.size();
        sources_.resize(first + files.size());
        std::vector<Documents> found(files.size());
        const auto read_one = [&](std::size_t i) { read(files[i], sources_[first + i], found[i]); };
        if (options_.run_all) {
            options_.run_all(files.size(), read_one);
        } else {
            for (std::size_t i = 0; i < files.size(); ++i) {
                read_one(i);
            }
        }
        for (std::size_t i = 0; i < files.size(); ++i) {
            out_.documents_in[files[i].name] += found[i].num_documents;
            append(std::move(found[i]), documents_);
        }
    }

    void read(const RuleText& file, Source& source, Documents& out) const {
        source.yaml = config::read_yaml(file.text, file.name, rule_limits(), source.said);
        ReadOptions options;
        options.keep_attributes = !processing_.empty();
        options.placeholders = &options_.placeholders;
        options.known_logsources = &options_.known_logsources;
        read_documents(source.yaml, options, source.said, out);
        // The tree is large, and used up.
        std::vector<YamlNode>().swap(source.yaml.documents);
    }

    static void append(Documents&& some, Documents& all) {
        const auto move = [](auto& from, auto& to) {
            to.insert(to.end(),
                      std::make_move_iterator(from.begin()),
                      std::make_move_iterator(from.end()));
        };
        move(some.rules, all.rules);
        move(some.correlations, all.correlations);
        move(some.filters, all.filters);
        move(some.failed, all.failed);
        all.num_documents += some.num_documents;
    }

    // C8
    template <typename Draft>
    void check_identity(Draft& draft) {
        const auto first = [&](auto& seen, const std::string& name, std::string_view what) {
            if (name.empty()) {
                return;
            }
            const auto [found, is_new] =
                seen.emplace(name, fmt::format("{}, line {}", draft.meta.file, draft.meta.line));
            if (!is_new) {
                draft.report.error(fmt::format("duplicate-{}", what),
                                   draft.place,
                                   fmt::format("the {} '{}' is taken", what, name),
                                   "the first is in " + found->second);
            }
        };
        first(ids_, draft.meta.id, "id");
        first(names_, draft.meta.name, "name");
    }

    void check_identities() {
        for (RuleDraft& draft : documents_.rules) {
            check_identity(draft);
        }
        for (CorrelationDraft& draft : documents_.correlations) {
            check_identity(draft);
        }
        for (FilterDraft& draft : documents_.filters) {
            check_identity(draft);
        }
    }

    // False: reported.
    bool lower(RuleDraft& draft, Lowering& lowering, Rule& out) {
        out.condition = lowering.lower(draft.search, draft.logsource, draft.report);
        for (Search& search : draft.joined) {
            Report& report = search.filter == Search::no_filter
                                 ? draft.report
                                 : documents_.filters[search.filter].report;
            if (report.failed()) {
                continue;  // said already
            }
            Expression more = lowering.lower(search, draft.logsource, report);
            if (!report.failed()) {
                out.condition = both(std::move(out.condition), std::move(more));
            }
        }
        lowering.check_carried(draft, draft.report);
        return !draft.report.failed();
    }

    static Expression both(Expression a, Expression b) {
        if (a.kind != Expression::Kind::all || !a.label.empty()) {
            Expression out;
            out.children.push_back(std::move(a));
            a = std::move(out);
        }
        a.children.push_back(std::move(b));
        return a;
    }

    void build() {
        const std::vector<LinkedCorrelation> linked = link_correlations(documents_);
        join_filters(documents_);
        FieldNames fields(set_->fields, options_.builtin_fields);
        Lowering lowering(*set_, fields);
        std::vector<std::optional<RuleIndex>> indices(documents_.rules.size());
        for (std::size_t i = 0; i < indices.size(); ++i) {
            RuleDraft& draft = documents_.rules[i];
            Rule rule;
            if (!draft.report.failed()) {
                processing_.apply(draft);
            }
            if (!draft.report.failed() && lower(draft, lowering, rule)) {
                rule.logsource = draft.logsource;
                rule.meta = draft.meta;
                indices[i] = static_cast<RuleIndex>(set_->rules.size());
                set_->rules.push_back(std::move(rule));
            }
            draft.search = {};
            draft.joined = {};
        }
        build_correlations(documents_, linked, indices, fields, *set_);
    }

    void set_versions() {
        Versions versions(*set_);
        for (Rule& rule : set_->rules) {
            rule.meta.version = versions.of(rule);
        }
        for (Correlation& correlation : set_->correlations) {
            correlation.meta.version = versions.of(correlation);
        }
        set_->version = versions.of_all();
    }

    void note_failed(const RuleMeta& meta, const std::string& reason, bool skipped) {
        out_.not_loaded.push_back({meta.file, meta.line, meta.title, meta.id, reason, skipped});
    }

    template <typename Drafts>
    void note_failed(const Drafts& drafts) {
        for (const auto& draft : drafts) {
            if (draft.report.failed()) {
                note_failed(draft.meta, draft.report.first_error(), draft.report.skipped());
            }
        }
    }

    void finish() {
        for (const auto& [meta, reason] : documents_.failed) {
            note_failed(meta, reason, false);
        }
        note_failed(documents_.rules);
        note_failed(documents_.correlations);
        note_failed(documents_.filters);
        std::sort(out_.not_loaded.begin(),
                  out_.not_loaded.end(),
                  [](const NotLoaded& a, const NotLoaded& b) {
                      return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                  });
        for (const Source& source : sources_) {
            for (const Diagnostic& d : source.said.all()) {
                out_.diagnostics.add(d);
            }
        }
        out_.diagnostics.sort();
        out_.num_documents = documents_.num_documents;
        out_.num_filters = static_cast<std::size_t>(std::count_if(
            documents_.filters.begin(), documents_.filters.end(), [](const FilterDraft& f) {
                return !f.report.failed();
            }));
        out_.rules = std::move(set_);
    }

    const LoadOptions& options_;
    Loaded out_;
    std::shared_ptr<RuleSet> set_ = std::make_shared<RuleSet>();
    std::deque<Source> sources_;
    Processing processing_;
    Documents documents_;
    std::unordered_map<std::string, std::string> ids_;
    std::unordered_map<std::string, std::string> names_;
};

}  // namespace

Loaded load_rules(const std::vector<RuleText>& files, const LoadOptions& options) {
    return Loader(options).load(files);
}

}  // namespace spoor::sigma
