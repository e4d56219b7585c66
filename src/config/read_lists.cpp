#include "config/section_reader.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spoor::config {

bool Reader::plain_text(const YamlNode& node,
                        std::string_view what,
                        std::string& out,
                        bool& hidden) {
    if (node.kind != YamlNode::Kind::scalar) {
        l_.error("wrong-type",
                 node.place,
                 fmt::format("{} is text, not {}", what, kind_name(node.kind)));
        return false;
    }
    const Substituted s = resolve(node);
    out = s.text;
    hidden = hidden || s.hidden;
    if (s.problems.empty() && out.empty()) {
        l_.error("bad-value", node.place, fmt::format("{} is empty", what));
        return false;
    }
    return s.problems.empty();
}

bool Reader::file_entry(const YamlNode& node, File& out, bool& hidden) {
    YamlPlace path_place = node.place;
    if (node.kind == YamlNode::Kind::mapping) {
        bool good = true;
        for (const YamlMember& m : node.members) {
            if (m.value.refused) {
                good = false;
            } else if (m.key == "path") {
                path_place = m.value.place;
                good = plain_text(m.value, "a file's 'path'", out.path, hidden) && good;
            } else if (m.key == "start") {
                std::string start;
                bool start_hidden = false;
                if (!plain_text(m.value, "a file's 'start'", start, start_hidden)) {
                    good = false;
                } else if (start != "beginning" && start != "end") {
                    const std::string_view near = nearest(start, {"beginning", "end"});
                    l_.error(
                        "bad-value",
                        m.value.place,
                        fmt::format("'start' cannot be {}; it is one of beginning, end",
                                    start_hidden ? "'****'" : quoted(start)),
                        near.empty() ? std::string{} : fmt::format("did you mean '{}'?", near));
                    good = false;
                } else {
                    out.start = start == "end" ? File::Start::end : File::Start::beginning;
                }
            } else {
                const std::string_view near = nearest(m.key, {"path", "start"});
                l_.error("unknown-key",
                         m.place,
                         fmt::format("unknown key '{}' of a file", m.key),
                         near.empty() ? "a file takes: path, start"
                                      : fmt::format("did you mean '{}'?", near));
                good = false;
            }
        }
        if (good && out.path.empty()) {
            l_.error("missing-key", node.place, "a file without its 'path'");
            return false;
        }
        if (!good) {
            return false;
        }
    } else if (!plain_text(node, "a file's path", out.path, hidden)) {
        return false;
    }
    const std::size_t slash = out.path.rfind('/');
    if (slash != std::string::npos && out.path.substr(0, slash).find('*') != std::string::npos) {
        l_.error("bad-value",
                 path_place,
                 "* is for the last part of a path only",
                 "name the folders, one entry each");
        return false;
    }
    return true;
}

void Reader::files(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::null) {
        l_.error("wrong-type",
                 node.place,
                 "'files' has no value",
                 "list the files below it, each after '- '");
        return;
    }
    if (node.kind == YamlNode::Kind::mapping) {
        l_.error("wrong-type",
                 node.place,
                 "'files' takes a list of files, not a section",
                 "put '- ' before each file");
        return;
    }
    if (node.items.size() > max_items) {
        l_.error(
            "yaml-limit", node.place, fmt::format("'files' has more than {} items", max_items));
        return;
    }
    std::vector<const YamlNode*> items;
    if (node.kind == YamlNode::Kind::scalar) {
        items.push_back(&node);
    }
    for (const YamlNode& item : node.items) {
        items.push_back(&item);
    }
    for (const YamlNode* item : items) {
        File file;
        bool hidden = false;
        if (item->refused || !file_entry(*item, file, hidden)) {
            continue;
        }
        const std::string path = hidden ? "****" : file.path;
        const auto same = [&](const File& other) { return other.path == file.path; };
        if (std::any_of(l_.config.files.begin(), l_.config.files.end(), same)) {
            l_.error("bad-value", item->place, fmt::format("the file '{}' is listed twice", path));
            continue;
        }
        l_.listed.push_back(
            Shown{fmt::format("files[{}]", l_.config.files.size()),
                  fmt::format(
                      "{} (start: {})", path, file.start == File::Start::end ? "end" : "beginning"),
                  fmt::format("{}:{}", l_.file.name(), item->place.line),
                  true});
        l_.config.files.push_back(std::move(file));
    }
}

// The one key of this type is sigma.placeholders.
void Reader::text_lists(const Key& key, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::null) {
        return;
    }
    if (node.kind != YamlNode::Kind::mapping) {
        l_.error("wrong-type",
                 node.place,
                 fmt::format("'{}' is a section, not {}", key.path, kind_name(node.kind)),
                 "write 'name: [value, ...]' lines, indented, below it");
        return;
    }
    for (const YamlMember& m : node.members) {
        std::vector<const YamlNode*> items{&m.value};
        if (m.value.kind == YamlNode::Kind::sequence) {
            items.clear();
            for (const YamlNode& item : m.value.items) {
                items.push_back(&item);
            }
        }
        std::vector<std::string> texts;
        bool good = !m.value.refused;
        bool hidden = false;
        for (const YamlNode* item : items) {
            std::string text;
            if (item->refused || l_.full() ||
                !plain_text(*item, fmt::format("a value of '{}'", m.key), text, hidden)) {
                good = false;
            } else {
                texts.push_back(std::move(text));
            }
        }
        if (good && texts.empty()) {
            l_.error("bad-value", m.value.place, fmt::format("'{}' is an empty list", m.key));
        } else if (good) {
            l_.listed.push_back(Shown{fmt::format("{}.{}", key.path, m.key),
                                      hidden ? "****" : fmt::format("[{}]", fmt::join(texts, ", ")),
                                      fmt::format("{}:{}", l_.file.name(), m.place.line),
                                      true});
            l_.config.sigma.placeholders[m.key] = std::move(texts);
        }
    }
}

}  // namespace spoor::config
