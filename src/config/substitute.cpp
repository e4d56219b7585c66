#include "config/substitute.hpp"

#include "config/yaml_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace spoor::config {

namespace {

bool is_name(std::string_view name) {
    const auto good = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return !name.empty() && (name[0] < '0' || name[0] > '9') &&
           std::all_of(name.begin(), name.end(), good);
}

// Wider than sounds_secret(): what is hidden without need costs little.
bool may_be_secret(std::string_view variable) {
    std::string folded(variable);
    std::transform(folded.begin(), folded.end(), folded.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    static constexpr std::array<std::string_view, 5> words = {"pass", "pwd", "auth", "cred", "key"};
    return sounds_secret(variable) ||
           std::any_of(words.begin(), words.end(), [&](std::string_view word) {
               return folded.find(word) != std::string::npos;
           });
}

void from_file(std::string_view path,
               std::string_view reference,
               const Environment& environment,
               Substituted& out) {
    if (path.empty()) {
        out.problems.push_back({"bad-reference",
                                "no path in ${file:}",
                                "${file:/run/secrets/name}",
                                std::string(reference)});
        return;
    }
    auto content = environment.read_file(std::string(path));
    if (!content) {
        out.problems.push_back(
            {"missing-file", content.error().detail, {}, std::string(reference)});
        return;
    }
    if (content->ends_with('\n')) {
        content->pop_back();
    }
    if (content->ends_with('\r')) {
        content->pop_back();
    }
    out.text += *content;
    out.hidden = true;
    out.origins.push_back(fmt::format("file {}", path));
}

void from_variable(std::string_view inside,
                   std::string_view reference,
                   const Environment& environment,
                   Substituted& out) {
    const std::size_t dash = inside.find(":-");
    const std::string name(inside.substr(0, dash));
    if (!is_name(name)) {
        out.problems.push_back(
            {"bad-reference",
             fmt::format("'{}' is not a reference", reference),
             "${VAR}, ${VAR:-default} or ${file:PATH}; write $${ for the characters ${",
             std::string(reference)});
        return;
    }
    const auto value = environment.variable(name);
    if (dash != std::string_view::npos && (!value || value->empty())) {
        out.text += inside.substr(dash + 2);
        out.origins.push_back(fmt::format("{} is not set", name));
        return;
    }
    if (!value) {
        out.problems.push_back({"missing-variable",
                                fmt::format("the environment variable {} is not set", name),
                                fmt::format("set it, or give a default: ${{{}:-default}}", name),
                                std::string(reference)});
        return;
    }
    out.text += *value;
    out.hidden = out.hidden || may_be_secret(name);
    out.origins.push_back(fmt::format("environment {}", name));
}

}  // namespace

Substituted substitute(std::string_view text, const Environment& environment) {
    Substituted out;
    constexpr std::size_t max_problems = 20;
    while (!text.empty() && out.problems.size() < max_problems) {
        const std::size_t start = text.find("${");
        if (start == std::string_view::npos) {
            out.text += text;
            break;
        }
        if (start > 0 && text[start - 1] == '$') {
            out.text += text.substr(0, start - 1);
            out.text += "${";
            text.remove_prefix(start + 2);
            continue;
        }
        out.text += text.substr(0, start);
        out.any = true;
        const std::size_t end = text.find('}', start);
        if (end == std::string_view::npos) {
            out.problems.push_back(
                {"bad-reference",
                 "'${' without its '}'",
                 "${VAR}, ${VAR:-default} or ${file:PATH}; write $${ for the characters ${",
                 std::string(text.substr(start, 2))});
            break;
        }
        const std::string_view reference = text.substr(start, end + 1 - start);
        const std::string_view inside = reference.substr(2, reference.size() - 3);
        if (inside.starts_with("file:")) {
            from_file(inside.substr(5), reference, environment, out);
        } else {
            from_variable(inside, reference, environment, out);
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace spoor::config
