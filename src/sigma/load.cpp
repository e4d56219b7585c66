#include "sigma/load.hpp"

#include "sigma/documents.hpp"
#include "sigma/field_names.hpp"
#include "sigma/lowering.hpp"
#include "sigma/versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string_view>
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
        for (const RuleText& file : files) {
            read(file);
        }
        check_identities();
        lower();
        finish();
        return std::move(out_);
    }

private:
    void read(const RuleText& file) {
        Source& source = sources_.emplace_back();
        source.yaml = config::read_yaml(file.text, file.name, rule_limits(), source.said);
        ReadOptions options;
        options.placeholders = &options_.placeholders;
        read_documents(source.yaml, options, source.said, documents_);
        // The tree is large, and used up.
        std::vector<YamlNode>().swap(source.yaml.documents);
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

    void lower() {
        FieldNames fields(set_->fields, options_.builtin_fields);
        Lowering lowering(*set_, fields);
        for (RuleDraft& draft : documents_.rules) {
            if (!draft.report.failed()) {
                Rule rule;
                rule.condition = lowering.lower(draft.search, draft.logsource, draft.report);
                if (!draft.report.failed()) {
                    rule.logsource = std::move(draft.logsource);
                    rule.meta = std::move(draft.meta);
                    set_->rules.push_back(std::move(rule));
                }
            }
            draft.search = {};
            if (draft.report.failed()) {
                documents_.failed.emplace_back(std::move(draft.meta), draft.report.first_error());
            }
        }
    }

    void finish() {
        Versions versions(*set_);
        for (Rule& rule : set_->rules) {
            rule.meta.version = versions.of(rule);
        }
        set_->version = versions.of_all();
        for (auto& [meta, reason] : documents_.failed) {
            out_.not_loaded.push_back({std::move(meta.file),
                                       meta.line,
                                       std::move(meta.title),
                                       std::move(meta.id),
                                       reason,
                                       false});
        }
        out_.num_documents = documents_.num_documents;
        out_.num_filters = documents_.filters.size();
        for (const Source& source : sources_) {
            for (const Diagnostic& d : source.said.all()) {
                out_.diagnostics.add(d);
            }
        }
        out_.diagnostics.sort();
        out_.rules = std::move(set_);
    }

    const LoadOptions& options_;
    Loaded out_;
    std::shared_ptr<RuleSet> set_ = std::make_shared<RuleSet>();
    std::deque<Source> sources_;
    Documents documents_;
    std::unordered_map<std::string, std::string> ids_;
    std::unordered_map<std::string, std::string> names_;
};

}  // namespace

Loaded load_rules(const std::vector<RuleText>& files, const LoadOptions& options) {
    return Loader(options).load(files);
}

}  // namespace spoor::sigma
