#include "base/diagnostic.hpp"

#include "base/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace spoor {

namespace {

std::string_view name_of(Severity severity) {
    switch (severity) {
        case Severity::note:
            return "note";
        case Severity::warning:
            return "warning";
        case Severity::error:
            break;
    }
    return "error";
}

// Two neighbours that changed places count as one mistake, as they are one slip of the fingers.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> two_up(b.size() + 1);
    std::vector<std::size_t> up(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        two_up.swap(up);
        up.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = up[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({up[j] + 1, row[j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], two_up[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

// Columns are bytes; on the screen a character of several bytes takes one place.
bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

// The bytes of the character at `at` that a terminal would obey instead of showing it: controls,
// and what turns text round; 0: it may be shown. Line feeds and tabs may.
std::size_t obeyed_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned lead = byte(at);
    if (lead < 0x80) {
        return (lead < 0x20 && lead != '\n' && lead != '\t') || lead == 0x7F ? 1 : 0;
    }
    if (lead == 0xC2 && byte(at + 1) < 0xA0) {
        return 2;  // U+0080 to U+009F
    }
    const unsigned low = byte(at + 2);
    const bool turns = lead == 0xE2 && ((byte(at + 1) == 0x80 && low >= 0xA8 && low <= 0xAE) ||
                                        (byte(at + 1) == 0x81 && low >= 0xA6 && low <= 0xA9));
    return turns ? 3 : 0;
}

// Names and values of the content stand in messages; a snippet keeps one place a character, for
// the caret below it.
std::string shown(std::string_view text, bool is_snippet) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t size = obeyed_at(text, i);
        if (size == 0) {
            out += text[i++];
            continue;
        }
        if (is_snippet) {
            out += '?';
        } else {
            for (const char c : text.substr(i, size)) {
                fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
            }
        }
        i += size;
    }
    return out;
}

}  // namespace

void Diagnostics::add(Diagnostic d) {
    num_errors_ += d.severity == Severity::error ? 1 : 0;
    all_.push_back(std::move(d));
}

void Diagnostics::sort() {
    std::stable_sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
}

std::string Diagnostics::to_text() const {
    std::string out;
    const auto put = std::back_inserter(out);
    for (const Diagnostic& d : all_) {
        if (!d.file.empty()) {
            out += shown(d.file, false);
            if (d.line > 0) {
                fmt::format_to(put, ":{}:{}", d.line, d.column);
            }
            out += ": ";
        }
        fmt::format_to(put, "{}: {} [{}]\n", name_of(d.severity), shown(d.message, false), d.code);
        if (!d.snippet.empty()) {
            const std::string number = fmt::format("{:>5}", d.line);
            fmt::format_to(put, "{} | {}\n", number, shown(d.snippet, true));
            // Tabs are kept in the margin, so that the caret stands under its text.
            std::string margin;
            for (std::size_t i = 0; i + 1 < d.column && i < d.snippet.size(); ++i) {
                if (!continues_character(d.snippet[i])) {
                    margin += d.snippet[i] == '\t' ? '\t' : ' ';
                }
            }
            std::size_t width = 0;
            for (std::size_t i = d.column - 1; i < d.column - 1 + d.length; ++i) {
                width += i >= d.snippet.size() || !continues_character(d.snippet[i]) ? 1U : 0U;
            }
            fmt::format_to(put,
                           "{:5} | {}{}\n",
                           "",
                           margin,
                           std::string(std::max<std::size_t>(width, 1), '^'));
        }
        if (!d.hint.empty()) {
            fmt::format_to(put, "{:5} = hint: {}\n", "", shown(d.hint, false));
        }
    }
    return out;
}

std::string Diagnostics::to_json() const {
    std::string out;
    JsonWriter w(out);
    w.begin_array();
    for (const Diagnostic& d : all_) {
        w.begin_object()
            .member("severity", name_of(d.severity))
            .member("code", std::string_view(d.code));
        w.member("message", std::string_view(d.message)).member("file", std::string_view(d.file));
        w.member("line", static_cast<std::uint64_t>(d.line))
            .member("column", static_cast<std::uint64_t>(d.column));
        if (!d.hint.empty()) {
            w.member("hint", std::string_view(d.hint));
        }
        w.end_object();
    }
    w.end_array();
    return out;
}

std::string_view closest(std::string_view name, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 1) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace spoor
