#include "sigma/document_meta.hpp"

#include "base/hash.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;

constexpr std::array<std::string_view, 18> common_keys{"title",
                                                       "id",
                                                       "name",
                                                       "related",
                                                       "taxonomy",
                                                       "status",
                                                       "description",
                                                       "license",
                                                       "references",
                                                       "author",
                                                       "date",
                                                       "modified",
                                                       "falsepositives",
                                                       "level",
                                                       "tags",
                                                       "scope",
                                                       "fields",
                                                       "logsource"};

constexpr std::array<std::string_view, 5> statuses{
    "stable", "test", "experimental", "deprecated", "unsupported"};

// All that is written, for the identity of a document without id and name (C8).
void append_tree(std::string& out, const YamlNode& node) {
    out += static_cast<char>('0' + static_cast<int>(node.kind));
    out.append(node.text).append(1, '\0');
    for (const YamlNode& item : node.items) {
        append_tree(out, item);
    }
    for (const YamlMember& member : node.members) {
        out.append(member.key).append(1, '\1');
        append_tree(out, member.value);
    }
    out += '\2';
}

std::vector<std::string> texts_of(const YamlNode& document, std::string_view key) {
    std::vector<std::string> out;
    const YamlMember* member = document.find(key);
    if (member == nullptr) {
        return out;
    }
    if (member->value.kind == Kind::scalar) {
        out.push_back(member->value.text);
    }
    for (const YamlNode& item : member->value.items) {
        if (item.kind == Kind::scalar) {
            out.push_back(item.text);
        }
    }
    return out;
}

bool all_digits(std::string_view s) {
    return !s.empty() &&
           std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// attack.t1059.001 -> T1059.001
std::vector<std::string> techniques_of(const std::vector<std::string>& tags) {
    std::vector<std::string> out;
    for (const std::string& tag : tags) {
        const std::string_view prefix = "attack.t";
        if (tag.size() < prefix.size() ||
            !std::equal(prefix.begin(), prefix.end(), tag.begin(), [](char a, char b) {
                return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
            })) {
            continue;
        }
        const std::string_view number = std::string_view(tag).substr(prefix.size());
        const std::size_t dot = number.find('.');
        const bool good = all_digits(number.substr(0, dot)) && number.substr(0, dot).size() == 4 &&
                          (dot == std::string_view::npos || all_digits(number.substr(dot + 1)));
        if (good) {
            out.push_back(fmt::format("T{}", number));
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void check_keys(const YamlNode& document,
                const std::vector<std::string_view>& more,
                Report& report) {
    std::vector<std::string_view> known(common_keys.begin(), common_keys.end());
    known.insert(known.end(), more.begin(), more.end());
    for (const YamlMember& member : document.members) {
        if (std::find(known.begin(), known.end(), member.key) != known.end()) {
            continue;
        }
        if (std::string hint = did_you_mean(member.key, known); !hint.empty()) {
            report.warning("unknown-key",
                           member.place,
                           fmt::format("'{}' is not a key of Sigma's", member.key),
                           std::move(hint));
        }
    }
}

// Of a slip there the alert names no technique.
void check_tag(const YamlNode& tag, Report& report) {
    static const std::vector<std::string_view> namespaces{
        "attack", "car", "cve", "d3fend", "detection", "stp", "tlp"};
    constexpr std::size_t shortest_guessed = 4;  // `cve` is no slip of `cvs`
    std::string text = tag.text;
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const std::string space = text.substr(0, text.find('.'));
    if (tag.kind != Kind::scalar || space.size() < shortest_guessed || space == text) {
        return;
    }
    if (std::ranges::find(namespaces, space) != namespaces.end()) {
        const bool is_number =
            text.size() > 8 && text.starts_with("attack.t") && text[8] >= '0' && text[8] <= '9';
        if (is_number && techniques_of({text}).empty()) {
            report.warning("unknown-tag",
                           tag.place,
                           fmt::format("'{}' names no technique", tag.text),
                           "attack.t1059 or attack.t1059.001");
        }
    } else if (std::string hint = did_you_mean(space, namespaces); !hint.empty()) {
        report.warning("unknown-tag",
                       tag.place,
                       fmt::format("there are no tags '{}.'", space),
                       std::move(hint));
    }
}

void check_tags(const YamlNode& document, Report& report) {
    if (const YamlMember* tags = document.find("tags")) {
        check_tag(tags->value, report);
        for (const YamlNode& tag : tags->value.items) {
            check_tag(tag, report);
        }
    }
}

// ISO 8601, or with slashes as rules before 2024 have it.
void check_date(const YamlNode& document, std::string_view key, Report& report) {
    const YamlMember* member = document.find(key);
    if (member == nullptr || member->value.kind != Kind::scalar || member->value.text.empty()) {
        return;
    }
    const std::string& text = member->value.text;
    const bool has_form = text.size() == 10 && all_digits(text.substr(0, 4)) &&
                          (text[4] == '-' || text[4] == '/') && all_digits(text.substr(5, 2)) &&
                          text[7] == text[4] && all_digits(text.substr(8));
    const auto number = [&](std::size_t at, std::size_t n) {
        return has_form ? std::stoi(text.substr(at, n)) : 0;
    };
    const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                           std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                           std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!date.ok()) {
        report.warning("not-a-date",
                       member->value.place,
                       fmt::format("'{}' is no date", text),
                       "write it as 2026-01-31");
    }
}

void read_level(const YamlNode& document, RuleMeta& out, Report& report) {
    const std::string level = text_of(document, "level", report);
    if (!level.empty() && !alert::parse_level(level, out.level)) {
        report.error("unknown-level",
                     document.find("level")->value.place,
                     fmt::format("there is no level '{}'", level),
                     "informational, low, medium, high or critical");
    }
}

}  // namespace

std::string text_of(const YamlNode& node, std::string_view key, Report& report) {
    const YamlMember* member = node.find(key);
    if (member == nullptr) {
        return {};
    }
    if (member->value.kind == Kind::sequence || member->value.kind == Kind::mapping) {
        report.error("not-a-text", member->value.place, fmt::format("'{}' takes a text", key));
        return {};
    }
    return member->value.text;
}

RuleMeta read_meta(const YamlNode& document,
                   const std::vector<std::string_view>& more,
                   Report& report) {
    RuleMeta out;
    out.file = report.file().name();
    out.line = document.place.line;
    out.title = text_of(document, "title", report);
    out.id = text_of(document, "id", report);
    out.name = text_of(document, "name", report);
    out.status = text_of(document, "status", report);
    out.description = text_of(document, "description", report);
    out.tags = texts_of(document, "tags");
    out.references = texts_of(document, "references");
    out.falsepositives = texts_of(document, "falsepositives");
    for (const std::string& author : texts_of(document, "author")) {
        out.author += (out.author.empty() ? "" : ", ") + author;
    }
    out.techniques = techniques_of(out.tags);
    read_level(document, out, report);
    if (!out.status.empty() &&
        std::find(statuses.begin(), statuses.end(), out.status) == statuses.end()) {
        report.warning("unknown-status",
                       document.find("status")->value.place,
                       fmt::format("there is no status '{}'", out.status),
                       did_you_mean(out.status, {statuses.begin(), statuses.end()}));
    }
    if (out.id.empty()) {
        std::string tree;
        if (out.name.empty()) {
            append_tree(tree, document);
            out.id_is_made = true;
        }
        out.id = out.name.empty() ? to_hex(digest128(tree)).substr(0, 16) : out.name;
    }
    const YamlMember* title = document.find("title");
    if (title == nullptr || title->value.kind == Kind::null) {
        report.error("missing-title", document.place, "a document without a title");
    }
    if (out.title.empty()) {
        out.title = out.id;
    }
    check_keys(document, more, report);
    check_tags(document, report);
    check_date(document, "date", report);
    check_date(document, "modified", report);
    return out;
}

}  // namespace spoor::sigma
