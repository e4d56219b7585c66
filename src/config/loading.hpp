// What the steps of reading one configuration share: read (read_sections.cpp), Kafka's properties
// (kafka_build.cpp), combinations (combinations.cpp). Private to the room. One owner.
#pragma once

#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/yaml_reader.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::config {

struct Setting {
    const Key* key = nullptr;
    Value value;
    YamlPlace key_place;
    YamlPlace place;     // of the value
    std::string origin;  // what `config show` says
    bool masked = false;
};

// One entry of `kafka.librdkafka`.
struct Property {
    std::string name;
    std::string value;
    YamlPlace place;
    std::string origin;
    bool secret = false;
};

struct Loading {
    const YamlFile& file;
    const Environment& environment;
    Config& config;
    Diagnostics& diagnostics;
    std::map<std::string_view, Setting> settings;  // what the file set, and is good
    std::set<std::string, std::less<>> mentioned;  // keys it names, good or not
    std::map<std::string, YamlPlace, std::less<>> sections;
    bool has_refused = false;  // some value could not be read at all
    std::vector<Property> properties;
    std::vector<Shown> listed;  // of files and of lists with names, in order
    // Values that were fitted to others: path, then value and reason.
    std::map<std::string_view, Shown> fitted;

    // Nobody reads more, and finding them all could take minutes.
    static constexpr std::size_t max_errors = 200;

    [[nodiscard]] bool full() const { return diagnostics.num_errors() >= max_errors; }

    void report(Severity severity,
                std::string code,
                const YamlPlace& place,
                std::string message,
                std::string hint = {}) {
        diagnostics.add(
            file.diagnostic(severity, std::move(code), place, std::move(message), std::move(hint)));
    }

    void error(std::string code,
               const YamlPlace& place,
               std::string message,
               std::string hint = {}) {
        report(Severity::error, std::move(code), place, std::move(message), std::move(hint));
    }

    [[nodiscard]] const Setting* find(std::string_view path) const {
        const auto it = settings.find(path);
        return it == settings.end() ? nullptr : &it->second;
    }

    // Whether it may be said that a key is missing.
    [[nodiscard]] bool is_missing(std::string_view path) const {
        return file.complete && !file.has_lost_keys && !has_refused && !mentioned.contains(path);
    }

    [[nodiscard]] YamlPlace section(std::string_view path) const {
        const auto it = sections.find(path);
        return it == sections.end() ? YamlPlace{1, 1, 1} : it->second;
    }
};

// All of the tree into settings, properties and files.
void read_sections(const YamlNode& root, Loading& loading);
// From the settings of `kafka`, all properties for consumer and producers, checked.
void build_kafka(Loading& loading);
// What fits badly together, in the other sections.
void check_combinations(Loading& loading);

}  // namespace spoor::config
