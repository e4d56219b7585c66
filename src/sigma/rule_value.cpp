#include "sigma/rule_value.hpp"

#include "sigma/scalar.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace spoor::sigma {

namespace {

using Kind = TextPart::Kind;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
}

// The length of `%name%` at the front; 0: there is none.
std::size_t placeholder_size(std::string_view text) {
    std::size_t i = 1;
    while (i < text.size() && is_name_character(text[i])) {
        ++i;
    }
    return i > 1 && i < text.size() && text[i] == '%' ? i + 1 : 0;
}

std::size_t skip_digits(std::string_view text, std::size_t i) {
    while (i < text.size() && is_digit(text[i])) {
        ++i;
    }
    return i;
}

// YAML's [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? as JSON spells it; empty: it is none.
std::string as_json_number(std::string_view text) {
    std::string out;
    std::size_t i = 0;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
        out = text[i++] == '-' ? "-" : "";
    }
    const std::size_t whole = skip_digits(text, i);
    std::string_view digits = text.substr(i, whole - i);
    std::string_view fraction;
    i = whole;
    if (i < text.size() && text[i] == '.') {
        const std::size_t end = skip_digits(text, i + 1);
        fraction = text.substr(i + 1, end - i - 1);
        i = end;
    }
    if (digits.empty() && fraction.empty()) {
        return {};
    }
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    out.append(digits.empty() ? "0" : digits);
    if (!fraction.empty()) {
        out.append(".").append(fraction);
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        const std::size_t sign = i + 1;
        const std::size_t first =
            sign < text.size() && (text[sign] == '-' || text[sign] == '+') ? sign + 1 : sign;
        const std::size_t end = skip_digits(text, first);
        if (end == first) {
            return {};
        }
        out.append(text.substr(i, end - i));
        i = end;
    }
    return i == text.size() ? out : std::string();
}

}  // namespace

void append(Text& out, const TextPart& part) {
    if (part.kind == Kind::text && part.text.empty()) {
        return;
    }
    if (!out.empty() && out.back().kind == part.kind) {
        if (part.kind == Kind::text) {
            out.back().text += part.text;
            return;
        }
        if (part.kind == Kind::any) {
            return;
        }
    }
    out.push_back(part);
}

Text plain_text(std::string text) {
    Text out;
    if (!text.empty()) {
        out.push_back({Kind::text, std::move(text)});
    }
    return out;
}

Text read_text(std::string_view raw, bool placeholders) {
    const char* const special = placeholders ? "\\*?%" : "\\*?";
    Text out;
    std::string plain;
    const auto flush = [&] { append(out, {Kind::text, std::exchange(plain, {})}); };
    for (std::size_t i = 0; i < raw.size();) {
        const std::size_t next = std::min(raw.find_first_of(special, i), raw.size());
        plain.append(raw.substr(i, next - i));
        i = next;
        if (i == raw.size()) {
            break;
        }
        if (raw[i] == '\\') {
            const char c = i + 1 < raw.size() ? raw[i + 1] : '\0';
            const bool escapes = i + 1 < raw.size() &&
                                 (c == '\\' || c == '*' || c == '?' || (placeholders && c == '%'));
            plain += escapes ? c : '\\';
            i += escapes ? 2 : 1;
            continue;
        }
        if (raw[i] == '%') {
            const std::size_t size = placeholder_size(raw.substr(i));
            if (size == 0) {
                plain += '%';
                ++i;
                continue;
            }
            flush();
            append(out, {Kind::placeholder, std::string(raw.substr(i + 1, size - 2))});
            i += size;
            continue;
        }
        flush();
        append(out, {raw[i] == '*' ? Kind::any : Kind::one, {}});
        ++i;
    }
    flush();
    return out;
}

std::size_t bytes_of(const Text& text) {
    std::size_t out = 0;
    for (const TextPart& part : text) {
        out += part.text.size();
    }
    return out;
}

std::size_t bytes_of(const std::vector<Text>& texts) {
    std::size_t out = 0;
    for (const Text& text : texts) {
        out += bytes_of(text);
    }
    return out;
}

bool has_wildcard(const Text& text) {
    return std::any_of(text.begin(), text.end(), [](const TextPart& p) {
        return p.kind == Kind::any || p.kind == Kind::one;
    });
}

bool has_placeholder(const Text& text) {
    return std::any_of(
        text.begin(), text.end(), [](const TextPart& p) { return p.kind == Kind::placeholder; });
}

bool read_yaml_number(std::string_view text, Number& out) {
    const std::string json = as_json_number(text);
    return !json.empty() && read_number(json, out);
}

RuleValue read_scalar(const config::YamlNode& node) {
    RuleValue out;
    out.place = node.place;
    if (node.kind == config::YamlNode::Kind::null) {
        out.kind = RuleValue::Kind::null;
        return out;
    }
    out.string = node.text;
    if (node.quoted) {
        return out;
    }
    const std::string_view text = node.text;
    if (text == "true" || text == "True" || text == "TRUE") {
        out.kind = RuleValue::Kind::boolean;
        out.boolean = true;
    } else if (text == "false" || text == "False" || text == "FALSE") {
        out.kind = RuleValue::Kind::boolean;
    } else if (read_yaml_number(text, out.number)) {
        out.kind = RuleValue::Kind::number;
    }
    return out;
}

bool is_utf8(std::string_view bytes) {
    return simdjson::validate_utf8(bytes.data(), bytes.size());
}

}  // namespace spoor::sigma
