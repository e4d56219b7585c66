// Filters (docs/sigma-semantics.md §5), as they are read.

#include "sigma/document_meta.hpp"
#include "sigma/documents.hpp"

#include <utility>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;

void read_rules(const YamlNode& section, FilterDraft& out) {
    const YamlMember* rules = section.find("rules");
    if (rules == nullptr || rules->value.kind == Kind::null) {
        out.report.error("missing-rules",
                         section.place,
                         "the filter names no rules",
                         "write 'rules:' with ids or names, or 'rules: any'");
        return;
    }
    const YamlNode& value = rules->value;
    if (value.kind == Kind::scalar && value.text == "any") {
        out.any_rule = true;
        return;
    }
    if (value.kind == Kind::mapping || (value.kind == Kind::sequence && value.items.empty())) {
        out.report.error("missing-rules", value.place, "'rules' is 'any', or a list of rules");
        return;
    }
    if (value.kind == Kind::scalar) {
        out.rules.push_back({value.text, value.place});
    }
    for (const YamlNode& item : value.items) {
        if (item.kind == Kind::scalar) {
            out.rules.push_back({item.text, item.place});
        } else {
            out.report.error("not-a-text", item.place, "the id or name of a rule is expected");
        }
    }
}

// X1
bool begins_with_not(const ConditionNode& node) {
    const ConditionNode* first = &node;
    while ((first->kind == ConditionNode::Kind::all || first->kind == ConditionNode::Kind::any) &&
           !first->children.empty()) {
        first = &first->children[0];
    }
    return first->kind == ConditionNode::Kind::negate;
}

}  // namespace

void read_filter(const YamlNode& document, const ReadOptions& options, FilterDraft& out) {
    out.logsource = read_logsource(document, document.place, options, out.report);
    const YamlMember& filter = *document.find("filter");
    if (filter.value.refused) {
        out.report.fail("yaml-syntax");
        return;
    }
    if (filter.value.kind != Kind::mapping) {
        out.report.error("missing-filter",
                         filter.value.place,
                         "'filter' is a section with rules, selections and a condition");
        return;
    }
    read_rules(filter.value, out);
    read_search(filter.value, "rules", options, out.meta, out.report, out.search);
    for (const ConditionNode& condition : out.search.conditions) {
        if (!begins_with_not(condition)) {
            const YamlMember& written = *filter.value.find("condition");
            out.report.warning("filter-condition",
                               written.value.place,
                               "the condition does not begin with 'not': the rules will match only "
                               "where it holds",
                               "an exclusion is 'not selection'");
            break;
        }
    }
}

}  // namespace spoor::sigma
