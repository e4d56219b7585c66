#include "config/keys.hpp"

#include "base/hash.hpp"
#include "config/key_tables.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace spoor::config {

namespace {

struct Index {
    std::vector<Key> keys;
    std::unordered_map<std::string_view, const Key*> by_path;
    std::unordered_set<std::string_view> sections;
};

Index build() {
    Index index;
    for (const auto part : {tables::kafka(),
                            tables::own(),
                            tables::sigma(),
                            tables::settings(),
                            tables::simulation(),
                            tables::later()}) {
        index.keys.insert(index.keys.end(), part.begin(), part.end());
    }
    for (const Key& key : index.keys) {
        index.by_path.emplace(key.path, &key);
        for (std::size_t dot = key.path.find('.'); dot != std::string_view::npos;
             dot = key.path.find('.', dot + 1)) {
            index.sections.insert(key.path.substr(0, dot));
        }
    }
    return index;
}

const Index& table() {
    static const Index index = build();
    return index;
}

}  // namespace

std::span<const Key> keys() {
    return table().keys;
}

const Key* find_key(std::string_view path) {
    const auto it = table().by_path.find(path);
    return it == table().by_path.end() ? nullptr : it->second;
}

bool is_section(std::string_view path) {
    return table().sections.contains(path);
}

std::vector<std::string_view> names_in(std::string_view section) {
    std::vector<std::string_view> names;
    for (const Key& key : keys()) {
        std::string_view rest = key.path;
        if (!section.empty()) {
            if (!rest.starts_with(section) || rest.size() <= section.size() ||
                rest[section.size()] != '.') {
                continue;
            }
            rest.remove_prefix(section.size() + 1);
        }
        const std::string_view name = rest.substr(0, rest.find('.'));
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

std::string_view type_name(KeyType type) {
    switch (type) {
        case KeyType::text:
        case KeyType::secret:
            return "text";
        case KeyType::boolean:
            return "true or false";
        case KeyType::integer:
            return "a whole number";
        case KeyType::number:
            return "a number";
        case KeyType::duration:
            return "a duration";
        case KeyType::size:
            return "a size";
        case KeyType::choice:
            return "one of its choices";
        case KeyType::text_list:
            return "a list of texts";
        case KeyType::integer_list:
            return "a list of whole numbers";
        case KeyType::host_list:
            return "host:port, or a list of them";
        case KeyType::time_zone:
            return "a time zone";
        case KeyType::properties:
            return "a section of properties";
        case KeyType::files:
            return "a list of files";
        case KeyType::text_lists:
            return "a section of lists of texts";
    }
    return "text";
}

std::vector<std::string_view> split_choices(std::string_view choices) {
    std::vector<std::string_view> out;
    while (!choices.empty()) {
        const std::size_t bar = choices.find('|');
        out.push_back(choices.substr(0, bar));
        choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
    }
    return out;
}

}  // namespace spoor::config
