#include "app/rule_source.hpp"

#include "decode/known_logsources.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace spoor::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t max_foreseen = 1U << 24U;  // a larger file is read in pieces

bool is_rule_file(const fs::path& path) {
    const std::string extension = path.extension().string();
    const std::string name = path.filename().string();
    return (extension == ".yml" || extension == ".yaml") && !name.starts_with('.') &&
           !name.ends_with(".tests.yml") && name != "info.yml";
}

// Files of a path that is one or is a folder of them, sorted; an error is appended to `unreadable`.
std::vector<std::string> files_of(const std::string& path, std::vector<std::string>& unreadable) {
    std::vector<std::string> out;
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        out.push_back(path);
        return out;
    }
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        const bool is_hidden = it->path().filename().string().starts_with('.');
        if (it->is_directory(ignored) && is_hidden) {
            it.disable_recursion_pending();
        } else if (is_rule_file(it->path()) && it->is_regular_file(ignored)) {
            out.push_back(it->path().string());
        }
    }
    if (error) {
        unreadable.push_back(path + ": " + error.message());
    }
    std::ranges::sort(out);
    return out;
}

// Tasks 0 to n - 1, by at most so many threads, this one among them.
void run_all(std::size_t threads, std::size_t n, const std::function<void(std::size_t)>& task) {
    constexpr std::size_t worth_a_thread = 64;
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < n; i = next++) {
            task(i);
        }
    };
    std::vector<std::jthread> others;
    try {
        while (others.size() + 1 < std::min(threads, n / worth_a_thread)) {
            others.emplace_back(work);
        }
    } catch (const std::system_error&) {  // no more to be had: those that are there do it
    }
    work();
}

bool read_file(const std::string& path, std::string& out) {
    struct Close {
        void operator()(std::FILE* file) const { (void)std::fclose(file); }
    };

    const std::unique_ptr<std::FILE, Close> open(std::fopen(path.c_str(), "rb"));
    std::FILE* const file = open.get();
    if (file == nullptr) {
        return false;
    }
    std::setvbuf(file, nullptr, _IONBF, 0);
    std::error_code ignored;
    const std::uintmax_t foreseen = fs::file_size(path, ignored);
    constexpr std::size_t piece = 4096;
    std::size_t size = 0;
    do {
        out.resize(size + (size == 0 && !ignored && foreseen < max_foreseen
                               ? static_cast<std::size_t>(foreseen) + 1
                               : piece + size));
        size += std::fread(out.data() + size, 1, out.size() - size, file);
    } while (size == out.size());
    out.resize(size);
    return std::ferror(file) == 0;
}

std::vector<sigma::RuleText> read_all(const std::vector<std::string>& paths,
                                      std::vector<std::string>& unreadable) {
    std::vector<sigma::RuleText> out;
    for (const std::string& path : paths) {
        for (const std::string& file : files_of(path, unreadable)) {
            std::string text;
            if (file == "-") {
                text.assign(std::istreambuf_iterator<char>(std::cin), {});
            } else if (!read_file(file, text)) {
                std::error_code ignored;
                unreadable.push_back(file + (fs::exists(file, ignored)
                                                 ? ": cannot be read"
                                                 : ": there is no such file or folder"));
                continue;
            }
            out.push_back({file, std::move(text)});
        }
    }
    return out;
}

}  // namespace

RuleSource source_of(const config::Sigma& sigma) {
    return {sigma.rules, sigma.pipelines, sigma.placeholders, sigma.builtin_fields, false, 1};
}

LoadedRules load_rules_of(const RuleSource& source) {
    LoadedRules out;
    sigma::LoadOptions options;
    options.pipelines = read_all(source.pipelines, out.unreadable);
    options.placeholders = source.placeholders;
    options.builtin_fields = source.builtin_fields;
    options.run_all = [&source](std::size_t n, const std::function<void(std::size_t)>& task) {
        run_all(source.threads, n, task);
    };
    if (source.guess_logsources) {
        decode::KnownLogSources known = decode::known_logsources();
        options.known_logsources = {
            std::move(known.products), std::move(known.categories), std::move(known.services)};
    }
    out.loaded = sigma::load_rules(read_all(source.rules, out.unreadable), options);
    return out;
}

std::string fingerprint_of(const RuleSource& source) {
    std::string out;
    std::vector<std::string> unreadable;
    for (const auto* paths : {&source.rules, &source.pipelines}) {
        for (const std::string& path : *paths) {
            for (const std::string& file : files_of(path, unreadable)) {
                std::error_code error;
                const auto size = fs::file_size(file, error);
                const auto time = fs::last_write_time(file, error).time_since_epoch().count();
                fmt::format_to(std::back_inserter(out), "{}\n{} {}\n", file, size, time);
            }
        }
    }
    for (const std::string& path : unreadable) {
        out += path + '\n';
    }
    return out;
}

std::string summary_of(const LoadedRules& loaded) {
    const sigma::Loaded& l = loaded.loaded;
    const auto skipped = static_cast<std::size_t>(
        std::ranges::count_if(l.not_loaded, [](const sigma::NotLoaded& n) { return n.skipped; }));
    std::string out = fmt::format("{} rules, {} correlations, {} filters from {} files",
                                  l.rules->rules.size(),
                                  l.rules->correlations.size(),
                                  l.num_filters,
                                  l.num_files);
    if (const std::size_t failed = l.not_loaded.size() - skipped; failed > 0) {
        out += fmt::format("; {} left out for errors", failed);
    }
    if (skipped > 0) {
        out += fmt::format("; {} skipped", skipped);
    }
    return out;
}

}  // namespace spoor::app
