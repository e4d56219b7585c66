#include "config/load.hpp"

#include "config/loading.hpp"
#include "config/value.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace spoor::config {

namespace {

constexpr std::size_t max_secret_file = std::size_t{64} * 1024;

void apply(Loading& l) {
    for (const Key& key : keys()) {
        if (key.set == nullptr || (key.path.starts_with("kafka.") && !l.config.kafka)) {
            continue;
        }
        if (const Setting* s = l.find(key.path)) {
            key.set(l.config, s->value);
        } else if (!key.fallback.empty()) {
            key.set(l.config, parse_fallback(key));
        }
    }
}

// What a note is about: the key, or its whole section where all of it is alike.
std::string_view subject(const Key& key) {
    if (key.status != KeyStatus::accepted || key.path.starts_with("settings.")) {
        return key.path;
    }
    return key.path.substr(0, key.path.rfind('.'));
}

void add_notes(Loading& l) {
    std::vector<const Setting*> in_order;
    in_order.reserve(l.settings.size());
    for (const auto& [path, setting] : l.settings) {
        in_order.push_back(&setting);
    }
    std::sort(in_order.begin(), in_order.end(), [](const Setting* a, const Setting* b) {
        return std::pair(a->key_place.line, a->key_place.column) <
               std::pair(b->key_place.line, b->key_place.column);
    });
    std::set<std::string_view> told;
    for (const Setting* s : in_order) {
        const Key& key = *s->key;
        // What is switched off anyway needs no explanation.
        const bool off =
            key.status == KeyStatus::replaced && key.type == KeyType::boolean && !s->value.flag;
        if (key.note.empty() || off || !told.insert(subject(key)).second) {
            continue;
        }
        const Setting* enabled = l.find(fmt::format("{}.enabled", subject(key)));
        const bool expected = key.status == KeyStatus::accepted &&
                              key.path.starts_with("data_sources.") && enabled != nullptr &&
                              enabled->value.flag;
        const char* code = key.status == KeyStatus::accepted   ? "no-effect"
                           : key.status == KeyStatus::replaced ? "replaced"
                                                               : "meaning";
        l.report(expected ? Severity::warning : Severity::note,
                 code,
                 s->key_place,
                 fmt::format("'{}': {}", subject(key), key.note));
    }
}

void list_shown(const Loading& l, std::vector<Shown>& out) {
    for (const Key& key : keys()) {
        const bool absent = key.path.starts_with("kafka.") && !l.config.kafka;
        const auto fitted = l.fitted.find(key.path);
        const Setting* s = l.find(key.path);
        if (key.type == KeyType::files || key.type == KeyType::text_lists) {
            std::ranges::copy_if(l.listed, std::back_inserter(out), [&](const Shown& shown) {
                return std::string_view(shown.path).starts_with(key.path);
            });
        } else if (key.type == KeyType::properties) {
            for (const Property& p : l.properties) {
                out.push_back(Shown{fmt::format("{}.{}", key.path, p.name),
                                    p.secret ? "****" : p.value,
                                    p.origin,
                                    true});
            }
        } else if (fitted != l.fitted.end()) {
            out.push_back(fitted->second);
        } else if (s != nullptr) {
            out.push_back(Shown{std::string(key.path),
                                s->masked ? "****" : value_text(key, s->value),
                                s->origin,
                                key.status == KeyStatus::honoured});
        } else if (!absent && !key.fallback.empty() && key.status == KeyStatus::honoured) {
            out.push_back(Shown{
                std::string(key.path), value_text(key, parse_fallback(key)), "default", true});
        }
    }
}

void read_root(Loading& l) {
    if (l.file.documents.size() > 1) {
        l.error("yaml-syntax",
                l.file.documents[1].place,
                "a second document; the configuration is one",
                "take the '---' line away");
    }
    if (l.file.documents.empty()) {
        return;
    }
    const YamlNode& root = l.file.documents.front();
    if (root.refused) {
        return;
    }
    read_sections(root, l);
    const YamlMember* kafka = root.find("kafka");
    if (kafka != nullptr && (kafka->value.kind == YamlNode::Kind::mapping ||
                             kafka->value.kind == YamlNode::Kind::null)) {
        l.config.kafka.emplace();
    }
}

}  // namespace

bool load_text(std::string_view text,
               std::string_view name,
               const Environment& environment,
               Config& out,
               Diagnostics& diagnostics,
               std::vector<Shown>* shown) {
    const std::size_t errors_before = diagnostics.num_errors();
    const YamlFile file = read_yaml(text, name, YamlLimits{}, diagnostics);
    Config config;
    Loading l{file, environment, config, diagnostics, {}, {}, {}, false, {}, {}, {}};
    read_root(l);
    apply(l);
    build_kafka(l);
    check_combinations(l);
    add_notes(l);
    diagnostics.sort();
    if (l.full()) {
        Diagnostic d;
        d.code = "too-many";
        d.file = name;
        d.message = fmt::format("only the first {} errors are listed", Loading::max_errors);
        diagnostics.add(std::move(d));
    }
    if (shown != nullptr) {
        list_shown(l, *shown);
    }
    if (diagnostics.num_errors() > errors_before) {
        return false;
    }
    out = std::move(config);
    return true;
}

bool load_file(const std::string& path,
               Config& out,
               Diagnostics& diagnostics,
               std::vector<Shown>* shown) {
    const auto refuse = [&](std::string why) {
        Diagnostic d;
        d.code = "unreadable";
        d.file = path;
        d.message = std::move(why);
        diagnostics.add(std::move(d));
        return false;
    };
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return refuse("it is a folder, not a file");
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return refuse(fmt::format("cannot be opened: {}", std::generic_category().message(errno)));
    }
    // One byte more than is allowed shows that it is too large, whatever is behind the path.
    std::string text(YamlLimits{}.max_bytes + 4, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) {
        return refuse(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    }
    return load_text(text, path, process_environment(), out, diagnostics, shown);
}

Config defaults() {
    Config config;
    Diagnostics diagnostics;
    const Environment nothing{
        [](const std::string&) { return std::nullopt; },
        [](const std::string& path) -> Result<std::string> { return fail(Errc::not_found, path); },
        [](const std::string&) { return false; }};
    static_cast<void>(load_text({}, "defaults", nothing, config, diagnostics));
    return config;
}

Environment process_environment() {
    Environment e;
    e.variable = [](const std::string& name) -> std::optional<std::string> {
        // Start-up is one thread, and nothing of ours changes the environment.
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    e.read_file = [](const std::string& path) -> Result<std::string> {
        std::ifstream in(path, std::ios::binary);
        std::error_code error;
        if (!in || std::filesystem::is_directory(path, error)) {
            return fail(Errc::io, fmt::format("the file '{}' cannot be read", path));
        }
        std::string content(max_secret_file + 1, '\0');
        in.read(content.data(), static_cast<std::streamsize>(content.size()));
        content.resize(static_cast<std::size_t>(in.gcount()));
        if (content.size() > max_secret_file) {
            return fail(Errc::io, fmt::format("the file '{}' is larger than 64 KiB", path));
        }
        return content;
    };
    e.file_readable = [](const std::string& path) {
        std::error_code error;
        return ::access(path.c_str(), R_OK) == 0 && !std::filesystem::is_directory(path, error);
    };
    return e;
}

}  // namespace spoor::config
