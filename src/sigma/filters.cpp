#include "sigma/filters.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace spoor::sigma {

namespace {

// X2: each part that the filter names is the same in the rule.
bool lies_in(const LogSource& rule, const LogSource& filter) {
    return (filter.product.empty() || filter.product == rule.product) &&
           (filter.category.empty() || filter.category == rule.category) &&
           (filter.service.empty() || filter.service == rule.service);
}

class Joiner {
public:
    explicit Joiner(Documents& documents) : documents_(documents) {
        // C8: of two with one id or name the first runs, the second has failed. An id goes before
        // the same text as a name.
        for (const auto member : {&RuleMeta::id, &RuleMeta::name}) {
            for (std::size_t i = 0; i < documents.rules.size(); ++i) {
                const RuleDraft& rule = documents.rules[i];
                if (!rule.report.failed() && !(rule.meta.*member).empty()) {
                    rules_.emplace(rule.meta.*member, i);
                }
            }
        }
        for (const RuleDraft& rule : documents.rules) {
            if (rule.report.failed()) {
                failed_.insert(rule.meta.id);
                failed_.insert(rule.meta.name);
            }
        }
        for (const auto& [meta, reason] : documents.failed) {
            failed_.insert(meta.id);
            failed_.insert(meta.name);
        }
    }

    void join(std::size_t index) {
        FilterDraft& filter = documents_.filters[index];
        std::size_t num_rules = 0;
        if (filter.any_rule) {
            for (RuleDraft& rule : documents_.rules) {
                if (lies_in(rule.logsource, filter.logsource)) {
                    add(rule, index);
                    ++num_rules;
                }
            }
        }
        for (const Named& named : filter.rules) {
            const auto found = rules_.find(named.name);
            if (found == rules_.end()) {
                report_unknown(filter, named);
                continue;
            }
            RuleDraft& rule = documents_.rules[found->second];
            if (!lies_in(rule.logsource, filter.logsource)) {
                filter.report.warning(
                    "filter-logsource",
                    named.place,
                    fmt::format("not applied: '{}' has another log source", rule.meta.title),
                    "each part that the filter names must be the rule's");
                continue;
            }
            add(rule, index);
            ++num_rules;
        }
        if (num_rules == 0 && filter.any_rule) {
            filter.report.warning(
                "unused-filter", filter.place, "no rule has the filter's log source");
        }
    }

private:
    void add(RuleDraft& rule, std::size_t index) {
        if (!rule.joined.empty() && rule.joined.back().filter == index) {
            return;  // named by its id and by its name
        }
        rule.joined.push_back(documents_.filters[index].search);
        rule.joined.back().filter = index;
    }

    void report_unknown(FilterDraft& filter, const Named& named) {
        if (failed_.contains(named.name)) {
            return;  // what is wrong with that rule was said
        }
        std::vector<std::string_view> names;
        if (++num_unknown_ <= max_guesses) {
            for (const auto& [name, rule] : rules_) {
                names.push_back(name);
            }
            std::sort(names.begin(), names.end());
        }
        filter.report.warning("unknown-rule",
                              named.place,
                              fmt::format("there is no rule '{}'", named.name),
                              did_you_mean(named.name, names));
    }

    Documents& documents_;
    std::unordered_map<std::string, std::size_t> rules_;
    std::unordered_set<std::string> failed_;
    std::size_t num_unknown_ = 0;
};

}  // namespace

void join_filters(Documents& documents) {
    if (documents.filters.empty()) {
        return;
    }
    Joiner joiner(documents);
    for (std::size_t i = 0; i < documents.filters.size(); ++i) {
        if (!documents.filters[i].report.failed()) {
            joiner.join(i);
        }
    }
}

}  // namespace spoor::sigma
