#include "store/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace spoor::store {

namespace {

bool is_word_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

void append_folded(std::string& out, char c) {
    if (!is_word_byte(c)) {
        if (out.back() != ' ') {
            out += ' ';
        }
        return;
    }
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void append_code_point(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        append_folded(out, static_cast<char>(code));
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        out += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
        out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

// Four hex digits at `at`; -1 if they are not there.
std::int32_t hex4(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) {
        return -1;
    }
    std::int32_t value = 0;
    for (const char c : text.substr(at, 4)) {
        const bool is_digit = c >= '0' && c <= '9';
        const char lower = static_cast<char>(c | 0x20);
        if (!is_digit && (lower < 'a' || lower > 'f')) {
            return -1;
        }
        value = value * 16 + (is_digit ? c - '0' : lower - 'a' + 10);
    }
    return value;
}

// The escape at `at` (a backslash), appended decoded; where to go on.
std::size_t append_escape(std::string& out, std::string_view json, std::size_t at) {
    if (at + 1 >= json.size() || json[at + 1] != 'u') {
        append_folded(out, ' ');
        return at + 2;
    }
    const std::int32_t first = hex4(json, at + 2);
    if (first < 0) {
        append_folded(out, ' ');
        return at + 2;
    }
    if (first >= 0xD800 && first < 0xDC00 && json.substr(at + 6, 2) == "\\u") {
        const std::int32_t second = hex4(json, at + 8);
        if (second >= 0xDC00 && second < 0xE000) {
            append_code_point(
                out,
                static_cast<std::uint32_t>(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)));
            return at + 12;
        }
    }
    append_code_point(out, static_cast<std::uint32_t>(first));
    return at + 6;
}

bool is_key(std::string_view json, std::size_t after_quote) {
    while (after_quote < json.size() && (json[after_quote] == ' ' || json[after_quote] == '\n' ||
                                         json[after_quote] == '\t' || json[after_quote] == '\r')) {
        ++after_quote;
    }
    return after_quote < json.size() && json[after_quote] == ':';
}

// The string that begins behind the quote before `at`; where to go on. A key leaves nothing.
std::size_t append_string(std::string& out, std::string_view json, std::size_t at) {
    const std::size_t before = out.size();
    while (at < json.size() && json[at] != '"') {
        if (json[at] == '\\') {
            at = append_escape(out, json, at);
        } else {
            append_folded(out, json[at]);
            ++at;
        }
    }
    ++at;
    if (is_key(json, at)) {
        out.resize(before);
    }
    append_folded(out, ' ');
    return at;
}

}  // namespace

std::string searchable_text(std::string_view json) {
    std::string out;
    out.reserve(json.size() + 2);
    out += ' ';
    std::size_t at = 0;
    while (at < json.size()) {
        if (json[at] == '"') {
            append_folded(out, ' ');
            at = append_string(out, json, at + 1);
        } else {
            append_folded(out, json[at]);
            ++at;
        }
    }
    append_folded(out, ' ');
    return out;
}

TextQuery::TextQuery(std::string_view query) {
    std::string words(1, ' ');
    char last = ' ';
    bool in_quotes = false;
    const auto finish = [&] {
        const bool is_prefix = last == '*';
        if (words.back() != ' ' && !is_prefix) {
            words += ' ';
        }
        if (words.back() == ' ' && is_prefix) {
            words.pop_back();  // the star became a space
        }
        if (words.size() > 1) {
            phrases_.push_back(words);
        }
        words.assign(1, ' ');
    };
    for (const char c : query) {
        if (c == '"') {
            finish();
            in_quotes = !in_quotes;
        } else if ((c == ' ' || c == '\t' || c == '\n' || c == '\r') && !in_quotes) {
            finish();
        } else {
            append_folded(words, c);
        }
        last = c;
    }
    finish();
}

bool TextQuery::matches(std::string_view searchable) const {
    return std::all_of(phrases_.begin(), phrases_.end(), [&](const std::string& phrase) {
        return searchable.find(phrase) != std::string_view::npos;
    });
}

std::string TextQuery::to_fts() const {
    std::string out;
    for (const std::string& phrase : phrases_) {
        const bool is_prefix = phrase.back() != ' ';
        out += out.empty() ? "\"" : " \"";
        out += phrase.substr(1, phrase.size() - (is_prefix ? 1 : 2));
        out += is_prefix ? "\"*" : "\"";
    }
    return out;
}

}  // namespace spoor::store
