#include "sigma/detection.hpp"

#include <fmt/core.h>

#include <utility>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;

bool is_plain(const YamlNode& node) {
    return node.kind == Kind::scalar || node.kind == Kind::null;
}

class Reader {
public:
    Reader(const Placeholders& placeholders, Report& report)
        : values_(report, placeholders), report_(report) {}

    Detection read(const YamlNode& node) {
        switch (node.kind) {
            case Kind::mapping:
                return read_map(node);
            case Kind::sequence:
                return read_list(node);
            default:
                return of(keywords({&node}));
        }
    }

private:
    static Detection of(DetectionItem item) {
        Detection out;
        out.kind = Detection::Kind::item;
        out.item = std::move(item);
        return out;
    }

    Detection read_map(const YamlNode& node) {
        Detection out;
        if (node.members.empty()) {
            report_.error("empty-selection", node.place, "a selection without an item");
        }
        out.children.reserve(node.members.size());
        for (const YamlMember& member : node.members) {
            out.children.push_back(of(read_item(member)));
        }
        return out;
    }

    // D1: maps and plain values mixed; plain ones beside each other are one item.
    Detection read_list(const YamlNode& node) {
        Detection out;
        out.kind = Detection::Kind::any;
        if (node.items.empty()) {
            report_.error("empty-list", node.place, "a list without a value");
        }
        std::vector<const YamlNode*> plain;
        for (const YamlNode& item : node.items) {
            if (item.kind == Kind::mapping) {
                out.children.push_back(read_map(item));
            } else if (item.kind == Kind::sequence) {
                report_.error("nested-value", item.place, "a list inside a list");
            } else {
                plain.push_back(&item);
            }
        }
        if (!plain.empty()) {
            out.children.push_back(of(keywords(plain)));
        }
        return out;
    }

    DetectionItem keywords(const std::vector<const YamlNode*>& nodes) {
        DetectionItem out;
        out.is_keyword = true;
        out.place = nodes.front()->place;
        ItemKey key;
        key.is_keyword = true;
        for (const YamlNode* node : nodes) {
            if (node->kind == Kind::null && node->text.empty() && nodes.size() == 1) {
                report_.error("empty-selection", node->place, "a selection without an item");
                continue;
            }
            values_.read(key, *node, static_cast<std::uint32_t>(out.values.size()), out.values);
        }
        return out;
    }

    DetectionItem read_item(const YamlMember& member) {
        DetectionItem out;
        out.key = member.key;
        out.place = member.place;
        const ItemKey key = read_item_key(member.key, member.place, report_);
        out.field = key.field;
        out.is_keyword = key.is_keyword;
        out.all = key.has(Modifier::all);
        out.negated = key.has(Modifier::neq);
        if (!key.is_valid) {
            return out;
        }
        const YamlNode& node = member.value;
        if (node.kind == Kind::mapping) {
            report_.error("nested-value",
                          node.place,
                          "a section where a value is expected",
                          "for a field within a field write 'outer.inner'");
            return out;
        }
        if (node.kind == Kind::sequence) {
            read_values(key, node, out);
        } else {
            values_.read(key, node, 0, out.values);
        }
        const bool is_single = node.kind != Kind::sequence || node.items.size() == 1;
        if (out.all && is_single) {
            report_.warning("single-all",
                            member.place,
                            "'all' has no effect on a single value",
                            "take it away");
        }
        return out;
    }

    void read_values(const ItemKey& key, const YamlNode& list, DetectionItem& out) {
        if (list.items.empty()) {
            report_.error("empty-list",
                          list.place,
                          "a list without a value",
                          "write '' for the empty text, null for a missing field");
        }
        if (key.has(Modifier::exists) && list.items.size() > 1) {
            report_.error("exists-value", list.place, "'exists' takes one value, true or false");
            return;
        }
        out.values.reserve(list.items.size());
        std::uint32_t written = 0;
        for (const YamlNode& node : list.items) {
            if (!is_plain(node)) {
                report_.error("nested-value", node.place, "a list or section inside a list");
            } else if (node.kind == Kind::null && list.items.size() > 1) {
                report_.error("null-in-list",
                              node.place,
                              "null in a list of several values",
                              "make it a selection of its own");
            } else {
                values_.read(key, node, written, out.values);
            }
            ++written;
        }
    }

    ValueReader values_;
    Report& report_;
};

bool is_reserved(std::string_view name) {
    for (const std::string_view word :
         {"and", "or", "not", "of", "them", "all", "any", "1", "condition"}) {
        if (name == word) {
            return true;
        }
    }
    return false;
}

// C2. A name that no condition can write may still fit a pattern; what a condition would read as
// something else may not.
bool is_name(std::string_view name) {
    return !name.empty() && name.find_first_of(" \t\r\n()*") == std::string_view::npos;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

}  // namespace

Selection read_selection(const YamlMember& member,
                         const Placeholders& placeholders,
                         Report& report) {
    Selection out;
    out.name = member.key;
    out.place = member.place;
    if (is_reserved(lower(member.key))) {
        report.error(
            "reserved-name",
            member.place,
            fmt::format("a selection cannot be called '{}', a word of conditions", member.key));
        out.is_valid = false;
    }
    if (!is_name(member.key)) {
        report.error("bad-name",
                     member.place,
                     fmt::format("conditions cannot name a selection '{}'", member.key),
                     "a name has no spaces, parentheses or '*'");
        out.is_valid = false;
    }
    if (member.value.refused) {
        out.is_valid = false;
        return out;
    }
    out.detection = Reader(placeholders, report).read(member.value);
    return out;
}

}  // namespace spoor::sigma
