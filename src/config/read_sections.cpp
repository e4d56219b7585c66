#include "config/kafka_properties.hpp"
#include "config/section_reader.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace spoor::config {

namespace {

std::string join_path(std::string_view section, std::string_view name) {
    return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

}  // namespace

std::string_view kind_name(YamlNode::Kind kind) {
    switch (kind) {
        case YamlNode::Kind::sequence:
            return "a list";
        case YamlNode::Kind::mapping:
            return "a section";
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::scalar:
            break;
    }
    return "a single value";
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t max_name = 64;
    return name.size() <= max_name ? closest(name, candidates) : std::string_view{};
}

void Reader::section(const YamlNode& node, const std::string& path) {
    if (node.kind == YamlNode::Kind::null) {
        return;
    }
    if (node.kind != YamlNode::Kind::mapping) {
        l_.error("wrong-type",
                 node.place,
                 path.empty()
                     ? fmt::format("the file is {}, not keys with values", kind_name(node.kind))
                     : fmt::format("'{}' is a section, not {}", path, kind_name(node.kind)),
                 "write 'key: value' lines" +
                     (path.empty() ? std::string{} : fmt::format(", indented, below '{}:'", path)));
        return;
    }
    for (const YamlMember& m : node.members) {
        if (l_.full()) {
            return;
        }
        member(m, path);
    }
}

void Reader::member(const YamlMember& m, const std::string& section_path) {
    const std::string path = join_path(section_path, m.key);
    if (m.value.refused) {
        l_.mentioned.insert(path);
        l_.sections[path] = m.place;
        l_.has_refused = true;
        return;
    }
    if (const Key* key = find_key(path)) {
        l_.mentioned.insert(path);
        value(*key, m);
    } else if (is_section(path)) {
        l_.sections[path] = m.place;
        section(m.value, path);
    } else {
        unknown(m, section_path);
    }
}

void Reader::unknown(const YamlMember& m, const std::string& section_path) {
    const std::vector<std::string_view> names = names_in(section_path);
    std::string hint;
    if (const std::string_view near = nearest(m.key, names); !near.empty()) {
        l_.mentioned.insert(join_path(section_path, near));
        hint = fmt::format("did you mean '{}'?", near);
    } else {
        for (const Key& key : keys()) {
            const std::size_t dot = key.path.rfind('.');
            if (dot != std::string_view::npos && key.path.substr(dot + 1) == m.key) {
                hint =
                    fmt::format("'{}' belongs in the section '{}'", m.key, key.path.substr(0, dot));
                break;
            }
        }
        if (hint.empty() && section_path == "kafka" && find_kafka_property(m.key) != nullptr) {
            hint = "librdkafka's own names go into the section 'kafka.librdkafka'";
        }
        if (hint.empty()) {
            constexpr std::size_t few = 20;
            hint = names.size() > few ? "`spoor config reference` lists all keys"
                   : section_path.empty()
                       ? fmt::format("sections are: {}", fmt::join(names, ", "))
                       : fmt::format("'{}' takes: {}", section_path, fmt::join(names, ", "));
        }
    }
    l_.error("unknown-key",
             m.place,
             section_path.empty()
                 ? fmt::format("unknown section or key '{}'", m.key)
                 : fmt::format("unknown key '{}' in section '{}'", m.key, section_path),
             hint);
}

std::string Reader::origin(const YamlPlace& place, const Substituted& s) const {
    std::string text = fmt::format("{}:{}", l_.file.name(), place.line);
    for (const std::string& from : s.origins) {
        text += ", " + from;
    }
    return text;
}

Substituted Reader::resolve(const YamlNode& node) {
    Substituted s = substitute(node.text, l_.environment);
    for (const Substituted::Problem& p : s.problems) {
        if (l_.full()) {
            break;
        }
        YamlPlace place = node.place;
        const std::string_view line = l_.file.line(place.line);
        const std::size_t found =
            place.column > 0 ? line.find(p.reference, place.column - 1) : std::string_view::npos;
        if (found != std::string_view::npos) {
            place.column = found + 1;
            place.length = p.reference.size();
        }
        l_.error(p.code, place, p.message, p.hint);
    }
    return s;
}

bool Reader::scalar(const Key& key, const YamlNode& node, Setting& setting) {
    std::string text;
    bool is_text = node.quoted;
    Substituted s;
    if (node.kind == YamlNode::Kind::null) {
        if (key.null_as.empty()) {
            l_.error("wrong-type",
                     node.place,
                     fmt::format("'{}' has no value", key.path),
                     "write one, or take the line away for the default");
            return false;
        }
        text = key.null_as == "\"\"" ? std::string_view{} : key.null_as;
        is_text = true;
    } else {
        s = resolve(node);
        if (!s.problems.empty()) {
            return false;
        }
        text = s.text;
        is_text = is_text && !s.any;
    }
    setting.origin = origin(node.place, s);
    setting.masked = setting.masked || s.hidden;
    auto problem = parse_value(key, text, is_text, setting.value);
    if (!problem && key.check != nullptr) {
        if (const std::string_view wrong = key.check(text); !wrong.empty()) {
            problem = ValueError{"bad-value",
                                 fmt::format("'{}': ", key.path),
                                 quoted(text),
                                 fmt::format(" {}", wrong),
                                 {}};
        }
    }
    if (!problem) {
        return true;
    }
    // It may be a secret that was put in the wrong place.
    const bool hide = s.hidden || key.type == KeyType::secret;
    l_.error(problem->code, node.place, problem->message(hide), problem->hint);
    return false;
}

void Reader::value(const Key& key, const YamlMember& m) {
    if (key.type == KeyType::properties) {
        l_.sections[std::string(key.path)] = m.place;
        properties(m.value);
        return;
    }
    if (key.type == KeyType::files) {
        files(m.value);
        return;
    }
    if (key.type == KeyType::text_lists) {
        text_lists(key, m.value);
        return;
    }
    Setting setting;
    setting.key = &key;
    setting.key_place = m.place;
    setting.place = m.value.place;
    const bool takes_list = key.type == KeyType::text_list || key.type == KeyType::integer_list ||
                            key.type == KeyType::host_list;
    bool good = true;
    if (m.value.kind == YamlNode::Kind::sequence && takes_list) {
        if (m.value.items.empty()) {
            l_.error("bad-value", m.value.place, fmt::format("'{}' is an empty list", key.path));
            return;
        }
        if (m.value.items.size() > max_items) {
            l_.error("yaml-limit",
                     m.value.place,
                     fmt::format("'{}' has more than {} items", key.path, max_items));
            return;
        }
        for (const YamlNode& item : m.value.items) {
            if (item.refused) {
                good = false;
            } else if (item.kind == YamlNode::Kind::sequence ||
                       item.kind == YamlNode::Kind::mapping) {
                l_.error("wrong-type",
                         item.place,
                         fmt::format("'{}' takes {}; this item is {}",
                                     key.path,
                                     type_name(key.type),
                                     kind_name(item.kind)));
                good = false;
            } else {
                good = scalar(key, item, setting) && good;
            }
        }
        setting.origin = fmt::format("{}:{}", l_.file.name(), m.place.line);
    } else if (m.value.kind == YamlNode::Kind::sequence ||
               m.value.kind == YamlNode::Kind::mapping) {
        l_.error(
            "wrong-type",
            m.value.place,
            fmt::format(
                "'{}' takes {}, not {}", key.path, type_name(key.type), kind_name(m.value.kind)));
        return;
    } else {
        good = scalar(key, m.value, setting);
    }
    if (good) {
        l_.settings.emplace(key.path, std::move(setting));
    }
}

void Reader::check_property(const YamlMember& m, const std::string& text, bool secret) {
    const KafkaProperty& p = *find_kafka_property(m.key);
    const std::string shown = secret ? "****" : quoted(text);
    if (p.max > p.min && !(p.name.ends_with("acks") && text == "all")) {
        const auto number = parse_integer(text);
        if (!number) {
            l_.error("wrong-type",
                     m.value.place,
                     fmt::format("'{}' takes a whole number, not {}", m.key, shown));
        } else if (*number < p.min || *number > p.max) {
            l_.error("out-of-range",
                     m.value.place,
                     fmt::format("'{}' is {}; allowed is from {} to {}",
                                 m.key,
                                 secret ? shown : text,
                                 p.min,
                                 p.max));
        }
    } else if (!p.choices.empty()) {
        const auto choices = split_choices(p.choices);
        std::string folded = text;
        std::transform(folded.begin(), folded.end(), folded.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        if (std::find(choices.begin(), choices.end(), folded) == choices.end()) {
            const std::string_view near = nearest(folded, choices);
            l_.error(
                "bad-value",
                m.value.place,
                fmt::format(
                    "'{}' cannot be {}; it is one of {}", m.key, shown, fmt::join(choices, ", ")),
                near.empty() ? std::string{} : fmt::format("did you mean '{}'?", near));
        }
    }
}

void Reader::properties(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::null) {
        return;
    }
    if (node.kind != YamlNode::Kind::mapping) {
        l_.error("wrong-type",
                 node.place,
                 fmt::format("'kafka.librdkafka' is a section, not {}", kind_name(node.kind)),
                 "write 'property.name: value' lines, indented, below it");
        return;
    }
    for (const YamlMember& m : node.members) {
        if (m.value.refused || l_.full()) {
            continue;
        }
        if (const std::string_view why = denied(m.key); !why.empty()) {
            l_.error("denied-property",
                     m.place,
                     fmt::format("librdkafka's '{}' cannot be set here", m.key),
                     std::string(why));
            continue;
        }
        if (find_kafka_property(m.key) == nullptr) {
            std::vector<std::string_view> names;
            for (const KafkaProperty& p : kafka_properties()) {
                names.push_back(p.name);
            }
            const std::string_view near = nearest(m.key, names);
            l_.error("unknown-property",
                     m.place,
                     fmt::format("librdkafka has no property '{}'", m.key),
                     near.empty() ? std::string{} : fmt::format("did you mean '{}'?", near));
            continue;
        }
        if (m.value.kind != YamlNode::Kind::scalar) {
            l_.error(
                "wrong-type",
                m.value.place,
                fmt::format("'{}' takes a single value, not {}", m.key, kind_name(m.value.kind)));
            continue;
        }
        const Substituted s = resolve(m.value);
        if (!s.problems.empty()) {
            continue;
        }
        const bool secret = sounds_secret(m.key);
        const std::size_t errors = l_.diagnostics.num_errors();
        check_property(m, s.text, secret || s.hidden);
        if (l_.diagnostics.num_errors() == errors) {
            l_.properties.push_back(
                Property{m.key, s.text, m.place, origin(m.value.place, s), secret || s.hidden});
        }
    }
}

void read_sections(const YamlNode& root, Loading& loading) {
    Reader(loading).section(root, {});
}

}  // namespace spoor::config
