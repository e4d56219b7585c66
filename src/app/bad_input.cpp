#include "app/bad_input.hpp"

#include "store/format.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace spoor::app {

namespace {

constexpr std::string_view letter_prefix = "dead_letters.";
constexpr std::array<std::string_view, 2> of_file{"corrupt_compressed", "array_cut_off"};

}  // namespace

bool is_of_file(std::string_view reason) {
    return std::ranges::find(of_file, reason) != of_file.end();
}

BadInput::BadInput(Write write) : write_(std::move(write)) {}

void BadInput::to_stderr(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void BadInput::add(std::string_view reason, std::string_view what) {
    auto it = shown_.find(reason);
    if (it == shown_.end()) {
        it = shown_.emplace(reason, 0).first;
    }
    if (it->second >= shown_of_a_reason && !is_of_file(reason)) {
        return;
    }
    ++it->second;
    write_(fmt::format("spoor scan: {} ({})\n", store::printable(what), reason));
}

void BadInput::finish(const Counters& counters, std::string_view kept_where) {
    std::uint64_t not_shown = 0;
    std::string reasons;
    for (const auto& [name, n] : counters.all()) {
        if (!name.starts_with(letter_prefix)) {
            continue;
        }
        const std::string_view reason = std::string_view(name).substr(letter_prefix.size());
        const auto it = shown_.find(reason);
        const std::uint64_t shown = it == shown_.end() ? 0 : it->second;
        if (n > shown) {
            not_shown += n - shown;
            reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason, n - shown);
        }
    }
    if (not_shown == 0) {
        return;
    }
    write_(fmt::format("spoor scan: {} more like these are not shown: {}; {}\n",
                       not_shown,
                       reasons,
                       kept_where.empty()
                           ? std::string("--data DIR keeps all of them for `spoor dlq list`")
                           : fmt::format("`spoor dlq list --data {}` has all of them",
                                         store::printable(kept_where))));
}

bool is_input_missing(const Counters& counters) {
    return counters.get("losses.file_unreadable") > 0 ||
           std::ranges::any_of(of_file, [&](std::string_view reason) {
               return counters.get(std::string(letter_prefix) + std::string(reason)) > 0;
           });
}

}  // namespace spoor::app
