// Aggregations of the language's first version, `condition: a | count(b) by c > 5`: refused, with
// the correlation shown that says the same (docs/sigma-semantics.md C5).

#include "sigma/documents.hpp"

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t start = text.find_first_not_of(" \t\r\n,", i);
        if (start == std::string_view::npos) {
            break;
        }
        const std::size_t end = std::min(text.find_first_of(" \t\r\n,", start), text.size());
        out.push_back(text.substr(start, end - start));
        i = end;
    }
    return out;
}

std::string_view type_of(std::string_view function, bool has_field) {
    if (function == "count") {
        return has_field ? "value_count" : "event_count";
    }
    return function == "sum" ? "value_sum" : function == "avg" ? "value_avg" : std::string_view();
}

std::string_view operator_of(std::string_view sign) {
    return sign == ">"                   ? "gt"
           : sign == ">="                ? "gte"
           : sign == "<"                 ? "lt"
           : sign == "<="                ? "lte"
           : sign == "=" || sign == "==" ? "eq"
                                         : std::string_view();
}

std::string document(std::string_view type,
                     std::string_view rules,
                     std::string_view group_by,
                     std::string_view timeframe,
                     std::string_view condition,
                     const RuleMeta& meta) {
    std::string out = fmt::format("    title: {}\n    correlation:\n", meta.title);
    out += fmt::format("        type: {}\n        rules: [{}]\n", type, rules);
    if (!group_by.empty()) {
        out += fmt::format("        group-by: [{}]\n", group_by);
    }
    out += fmt::format("        timespan: {}\n", timeframe.empty() ? "5m" : timeframe);
    if (!condition.empty()) {
        out += fmt::format("        condition: {{{}}}\n", condition);
    }
    out.pop_back();
    return out;
}

}  // namespace

std::string reference_to(const RuleMeta& meta) {
    if (!meta.id_is_made) {
        return meta.id;
    }
    std::string out;
    for (const char c : meta.title) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_plain = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_plain) {
            out += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
        } else if (!out.empty() && out.back() != '_') {
            out += '_';
        }
    }
    while (!out.empty() && out.back() == '_') {
        out.pop_back();
    }
    return out.empty() ? "base_rule" : out;
}

std::string replacing_correlation(std::string_view aggregation,
                                  std::string_view timeframe,
                                  const RuleMeta& meta) {
    const std::vector<std::string_view> words = words_of(aggregation);
    if (words.empty()) {
        return {};
    }
    if (words[0] == "near") {
        return document(
            "temporal",
            fmt::format("{}, <a rule for each selection behind 'near'>", reference_to(meta)),
            {},
            timeframe,
            {},
            meta);
    }
    const std::size_t open = words[0].find('(');
    const std::size_t close = words[0].find(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return {};
    }
    const std::string_view field = words[0].substr(open + 1, close - open - 1);
    const std::string_view type = type_of(words[0].substr(0, open), !field.empty());
    std::string group_by;
    std::size_t i = 1;
    if (i < words.size() && words[i] == "by") {
        for (++i; i < words.size() && operator_of(words[i]).empty(); ++i) {
            group_by.append(group_by.empty() ? "" : ", ").append(words[i]);
        }
    }
    const std::string_view sign = i < words.size() ? operator_of(words[i]) : std::string_view();
    if (type.empty() || sign.empty() || i + 1 >= words.size()) {
        return {};
    }
    const std::string of = field.empty() ? std::string() : fmt::format("field: {}, ", field);
    return document(type,
                    reference_to(meta),
                    group_by,
                    timeframe,
                    fmt::format("{}{}: {}", of, sign, words[i + 1]),
                    meta);
}

}  // namespace spoor::sigma
