#include "config/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace spoor::config {

namespace {

// The login in "https://user:password@host", sign for sign, so that marks stay where they are.
std::string without_logins(std::string line) {
    for (std::size_t at = line.find("://"); at != std::string::npos;
         at = line.find("://", at + 3)) {
        const std::size_t end = line.find_first_of("@/ \t\"'", at + 3);
        if (end != std::string::npos && line[end] == '@') {
            std::fill(line.begin() + static_cast<std::ptrdiff_t>(at) + 3,
                      line.begin() + static_cast<std::ptrdiff_t>(end),
                      '*');
        }
    }
    return line;
}

// "  sasl_plain_password: hunter2" is shown as "  sasl_plain_password: ****". Flow mappings lose
// everything behind the first such key of the line.
std::string without_secrets(std::string_view line) {
    for (std::size_t colon = line.find(':'); colon != std::string_view::npos;
         colon = line.find(':', colon + 1)) {
        std::size_t start = colon;
        while (start > 0 &&
               (std::isalnum(static_cast<unsigned char>(line[start - 1])) != 0 ||
                std::string_view("_-.\"'").find(line[start - 1]) != std::string_view::npos)) {
            --start;
        }
        const std::size_t value = line.find_first_not_of(" \t", colon + 1);
        if (value != std::string_view::npos && sounds_secret(line.substr(start, colon - start))) {
            // A reference is not the secret itself, a default in it may be.
            const std::string_view rest = line.substr(value);
            if ((rest.starts_with("${") || rest.starts_with("\"${")) &&
                rest.find(":-") == std::string_view::npos) {
                continue;
            }
            return without_logins(std::string(line.substr(0, value))) + "****";
        }
    }
    return without_logins(std::string(line));
}

}  // namespace

bool sounds_secret(std::string_view key) {
    std::string folded;
    for (const char c : key) {
        if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
            folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    static constexpr std::array<std::string_view, 9> words = {"password",
                                                              "pasword",
                                                              "passwd",
                                                              "passphrase",
                                                              "secret",
                                                              "token",
                                                              "apikey",
                                                              "keypem",
                                                              "oauthbearerconfig"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return folded.find(word) != std::string::npos;
    });
}

const YamlMember* YamlNode::find(std::string_view key) const {
    const auto it = std::find_if(
        members.begin(), members.end(), [&](const YamlMember& m) { return m.key == key; });
    return it == members.end() ? nullptr : &*it;
}

YamlFile::YamlFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
        const bool lone_return =
            text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n');
        if (text_[i] == '\n' || lone_return) {
            line_starts_.push_back(i + 1);
        }
    }
}

std::string_view YamlFile::line(std::size_t number) const {
    if (number == 0 || number > line_starts_.size()) {
        return {};
    }
    const std::size_t start = line_starts_[number - 1];
    const std::size_t end = number < line_starts_.size() ? line_starts_[number] : text_.size();
    std::string_view line = std::string_view(text_).substr(start, end - start);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
        line.remove_suffix(1);
    }
    return line;
}

YamlPlace YamlFile::place(std::size_t offset, std::size_t length) const {
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto number = static_cast<std::size_t>(next - line_starts_.begin());
    YamlPlace p;
    p.line = number;
    p.column = offset - line_starts_[number - 1] + 1;
    const std::size_t rest =
        line(number).size() + 1 > p.column ? line(number).size() + 1 - p.column : 1;
    p.length = std::clamp<std::size_t>(length, 1, rest);
    return p;
}

Diagnostic YamlFile::diagnostic(Severity severity,
                                std::string code,
                                const YamlPlace& place,
                                std::string message,
                                std::string hint) const {
    Diagnostic d;
    d.severity = severity;
    d.code = std::move(code);
    d.message = std::move(message);
    d.file = name_;
    d.line = place.line;
    d.column = place.column;
    d.hint = std::move(hint);
    d.snippet = without_secrets(line(place.line));
    // Very long lines are cut: the mark must stay on the screen.
    constexpr std::size_t max_snippet = 160;
    if (d.snippet.size() > max_snippet) {
        d.snippet = place.column < max_snippet ? d.snippet.substr(0, max_snippet) + "..." : "";
    }
    const std::size_t rest =
        d.snippet.size() + 1 > place.column ? d.snippet.size() + 1 - place.column : 1;
    d.length = std::clamp<std::size_t>(place.length, 1, rest);
    return d;
}

}  // namespace spoor::config
