#include "sigma/modifiers.hpp"

#include "sigma/encodings.hpp"
#include "sigma/scalar.hpp"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace spoor::sigma {

namespace {

using Kind = RuleValue::Kind;
using M = Modifier;

const TextPart any_part{TextPart::Kind::any, {}};

bool is_relation(M m) {
    return m == M::contains || m == M::startswith || m == M::endswith;
}

bool is_comparison(M m) {
    return m == M::lt || m == M::lte || m == M::gt || m == M::gte;
}

bool is_time(M m) {
    return m >= M::minute && m <= M::year;
}

Relation relation_of(M m) {
    return m == M::contains     ? Relation::contains
           : m == M::startswith ? Relation::starts_with
                                : Relation::ends_with;
}

// A text without wildcards as one string.
std::string joined(const Text& text) {
    std::string out;
    for (const TextPart& part : text) {
        out += part.text;
    }
    return out;
}

void wrap(Text& text, M m) {
    Text out;
    if (m != M::startswith) {
        append(out, any_part);
    }
    for (const TextPart& part : text) {
        append(out, part);
    }
    if (m != M::endswith) {
        append(out, any_part);
    }
    text = std::move(out);
}

// The value is used as text, whatever YAML makes of it.
bool wants_text(const ItemKey& key) {
    return key.is_keyword || std::any_of(key.modifiers.begin(), key.modifiers.end(), [](M m) {
               return !(m == M::all || m == M::neq || m == M::exists || m == M::cased ||
                        is_comparison(m) || is_time(m));
           });
}

}  // namespace

bool ValueReader::fail(std::string_view code,
                       const RuleValue& value,
                       std::string message,
                       std::string hint) {
    report_.error(code, value.place, std::move(message), std::move(hint));
    return false;
}

bool ValueReader::make(const RuleValue& value, std::size_t num, std::size_t bytes) {
    const auto is_full = [this] { return num_made_ > max_made || bytes_made_ > max_made_bytes; };
    if (is_full()) {
        return false;  // said already
    }
    num_made_ += num;
    bytes_made_ += bytes + num * value.string.size();
    return !is_full() ||
           fail("too-many-values",
                value,
                fmt::format("the modifiers of this document make more than {} values, or {} MB",
                            max_made,
                            max_made_bytes / 1024 / 1024));
}

bool ValueReader::check_kind(const ItemKey& key, const RuleValue& value) {
    if (key.has(M::exists) && value.kind != Kind::boolean) {
        return fail("exists-value", value, "'exists' takes true or false");
    }
    if (value.kind == Kind::null) {
        if (key.is_keyword) {
            return fail("null-value", value, "a keyword cannot be null");
        }
        if (wants_text(key) || key.has(M::cased) ||
            std::any_of(key.modifiers.begin(), key.modifiers.end(), [](M m) {
                return is_comparison(m) || is_time(m);
            })) {
            return fail("null-value",
                        value,
                        "null cannot be used with this modifier",
                        "null alone asks whether the field is missing; '' is the empty text");
        }
    }
    const bool is_encoded = key.has(M::windash) || key.has(M::base64) || key.has(M::base64offset) ||
                            key.has(M::utf16le) || key.has(M::utf16be) || key.has(M::utf16);
    if ((is_encoded && (value.kind == Kind::boolean || value.kind == Kind::number)) ||
        (key.has(M::fieldref) && value.kind != Kind::text)) {
        return fail("modifier-value",
                    value,
                    "this modifier is for text",
                    "put the value in quotes if it is meant as text");
    }
    if (key.has(M::cased) && !wants_text(key) && value.kind != Kind::text) {
        return fail("modifier-value", value, "'cased' is for text");
    }
    if (!is_utf8(value.string)) {
        return fail("bad-text", value, "a value that is not Unicode text");
    }
    return true;
}

void ValueReader::read(const ItemKey& key,
                       const YamlNode& node,
                       std::uint32_t written,
                       std::vector<RuleValue>& out) {
    if (node.refused) {
        return;
    }
    RuleValue value = read_scalar(node);
    value.written = written;
    if (!check_kind(key, value)) {
        return;
    }
    if (key.has(M::exists)) {
        value.kind = Kind::exists;
    } else if (key.has(M::re)) {
        value.kind = Kind::regex;
    } else if (wants_text(key) || value.kind == Kind::text) {
        value.kind = Kind::text;
        value.text = read_text(value.string, key.has(M::expand));
    }
    std::vector<RuleValue> values;
    values.push_back(std::move(value));
    for (const M m : key.modifiers) {
        if (!apply(key, m, values)) {
            return;
        }
    }
    for (RuleValue& v : values) {
        if (!finish(key, v)) {
            return;
        }
    }
    std::move(values.begin(), values.end(), std::back_inserter(out));
}

bool ValueReader::apply(const ItemKey& key, M m, std::vector<RuleValue>& values) {
    switch (m) {
        case M::windash:
            return windash(values);
        case M::expand:
            return expand(values);
        case M::base64:
        case M::base64offset:
        case M::utf16le:
        case M::utf16be:
        case M::utf16:
            return encode(m, values);
        default:
            return std::all_of(
                values.begin(), values.end(), [&](RuleValue& v) { return apply_one(key, m, v); });
    }
}

bool ValueReader::apply_one(const ItemKey& key, M m, RuleValue& value) {
    if (is_relation(m)) {
        value.relation = relation_of(m);
        if (value.kind == Kind::text) {
            wrap(value.text, m);
        }
        return true;
    }
    if (is_comparison(m)) {
        return compare(m, value);
    }
    if (is_time(m)) {
        return time_part(m, value);
    }
    switch (m) {
        case M::cased:
            value.cased = true;
            return true;
        case M::cidr:
            return network(value);
        case M::fieldref:
            value.kind = Kind::field;
            std::erase(value.string, ' ');
            return !value.string.empty() || fail("no-field", value, "a field's name is missing");
        default:
            return !key.modifiers.empty();
    }
}

bool ValueReader::windash(std::vector<RuleValue>& values) {
    std::vector<RuleValue> out;
    for (const RuleValue& value : values) {
        const std::size_t num = num_dash_places(value.text);
        if (num > max_dash_places) {
            return fail(
                "too-many-dashes",
                value,
                fmt::format("'windash' on {} places; {} are the most", num, max_dash_places),
                "cut the value into several, with 'all'");
        }
        std::size_t num_variants = 1;
        for (std::size_t i = 0; i < num; ++i) {
            num_variants *= num_dashes;
        }
        if (!make(value, num_variants, num_variants * bytes_of(value.text))) {
            return false;
        }
        std::vector<Text> texts = dash_variants(value.text);
        for (Text& text : texts) {
            out.push_back(value);
            out.back().text = std::move(text);
        }
    }
    values = std::move(out);
    return true;
}

bool ValueReader::expand(std::vector<RuleValue>& values) {
    std::vector<RuleValue> out;
    for (const RuleValue& value : values) {
        std::vector<Text> texts;
        if (!expand_placeholders(value.text, placeholders_, texts)) {
            return fail("too-many-values",
                        value,
                        fmt::format("the placeholders make more than {} values, or {} MB",
                                    max_expansions,
                                    max_made_bytes / 1024 / 1024));
        }
        if (!make(value, texts.size(), bytes_of(texts))) {
            return false;
        }
        for (Text& text : texts) {
            out.push_back(value);
            if (!std::all_of(
                    text.begin(), text.end(), [](const TextPart& p) { return is_utf8(p.text); })) {
                return fail(
                    "bad-text", value, "a placeholder has a value that is not Unicode text");
            }
            out.back().text = std::move(text);
        }
    }
    values = std::move(out);
    return true;
}

// M15. What is not text any more behind a modifier cannot wait for a pipeline to fill it.
bool ValueReader::is_filled(const RuleValue& value) {
    return !has_placeholder(value.text) ||
           fail("unknown-placeholder",
                value,
                "a placeholder without values, before a modifier that needs them",
                "give its values by --placeholder or sigma.placeholders");
}

bool ValueReader::encode(M m, std::vector<RuleValue>& values) {
    std::vector<RuleValue> out;
    for (RuleValue& value : values) {
        if (!is_filled(value)) {
            return false;
        }
        if (has_wildcard(value.text)) {
            return fail("wildcard-in-encoding",
                        value,
                        "a value with wildcards cannot be encoded",
                        "write \\* or \\? for the characters; 'contains' stands behind");
        }
        const std::string bytes = joined(value.text);
        value.is_bytes = true;
        value.cased = true;
        if (m == M::base64offset) {
            if (!make(value, 3, 4 * bytes.size())) {
                return false;
            }
            for (std::string& text : to_base64_offsets(bytes)) {
                if (text.empty()) {
                    return fail(
                        "empty-encoding",
                        value,
                        "too short for 'base64offset': nothing of it is the same everywhere",
                        "two bytes are the least");
                }
                out.push_back(value);
                out.back().text = plain_text(std::move(text));
                out.back().is_bytes = false;
            }
            continue;
        }
        if (m == M::base64) {
            value.text = plain_text(to_base64(bytes));
            value.is_bytes = false;
        } else {
            std::string wide = to_utf16(bytes, m == M::utf16be);
            value.text = plain_text(m == M::utf16 ? "\xFF\xFE" + wide : std::move(wide));
        }
        out.push_back(std::move(value));
    }
    values = std::move(out);
    return true;
}

bool ValueReader::compare(M m, RuleValue& value) {
    value.compare = m == M::lt    ? Compare::less
                    : m == M::lte ? Compare::less_equal
                    : m == M::gt  ? Compare::greater
                                  : Compare::greater_equal;
    if (value.kind == Kind::time || value.kind == Kind::number) {
        return true;
    }
    if (!is_filled(value)) {
        return false;
    }
    if (value.kind == Kind::text && !has_wildcard(value.text) &&
        read_number(joined(value.text), value.number)) {
        value.kind = Kind::number;
        return true;
    }
    return fail("not-a-number", value, "a comparison needs a number");
}

bool ValueReader::time_part(M m, RuleValue& value) {
    value.part = static_cast<TimePart>(static_cast<unsigned>(m) - static_cast<unsigned>(M::minute));
    if (value.kind == Kind::text && !read_number(joined(value.text), value.number)) {
        value.number.is_integer = false;
    }
    if ((value.kind != Kind::number && value.kind != Kind::text) || !value.number.is_integer) {
        return fail("not-an-integer", value, "a part of a time is compared with an integer");
    }
    value.kind = Kind::time;
    return true;
}

bool ValueReader::network(RuleValue& value) {
    if (!is_filled(value)) {
        return false;
    }
    const std::string text = joined(value.text);
    const std::size_t slash = text.find('/');
    const std::string_view address = std::string_view(text).substr(0, slash);
    const int most = address.find(':') == std::string_view::npos ? 32 : 128;
    int prefix = most;
    bool good = !has_wildcard(value.text) && address.find('%') == std::string_view::npos &&
                read_address(address, value.network.address);
    if (good && slash != std::string::npos) {
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + slash + 1, end, prefix);
        good = read.ec == std::errc{} && read.ptr == end && prefix >= 0 && prefix <= most &&
               text[slash + 1] != '-';
    }
    if (!good) {
        return fail("bad-network",
                    value,
                    fmt::format("'{}' is no network", text),
                    "10.0.0.0/8, fe80::/10, or an address");
    }
    value.network.prefix = prefix + 128 - most;
    Network whole = value.network;
    for (int bit = value.network.prefix; bit < 128; ++bit) {
        auto& byte = whole.address[static_cast<std::size_t>(bit / 8)];
        byte = static_cast<std::uint8_t>(byte & ~(0x80U >> static_cast<unsigned>(bit % 8)));
    }
    if (whole.address != value.network.address) {
        return fail("host-bits",
                    value,
                    fmt::format("'{}' has bits set behind the network's {}", text, prefix),
                    "write the network's first address");
    }
    value.kind = Kind::network;
    return true;
}

bool ValueReader::finish(const ItemKey& key, RuleValue& value) {
    if (value.is_bytes && !std::all_of(value.text.begin(), value.text.end(), [](const TextPart& p) {
            return is_utf8(p.text);
        })) {
        return fail("utf16-not-text",
                    value,
                    "these bytes are no text, so no event can have them",
                    "write 'base64offset|contains' behind it");
    }
    if (value.kind != Kind::regex) {
        return true;
    }
    std::string flags;
    flags += key.has(M::ignore_case) ? "i" : "";
    flags += key.has(M::multiline) ? "m" : "";
    flags += key.has(M::dotall) ? "s" : "";
    std::string pattern = flags.empty() ? value.string : "(?" + flags + ")" + value.string;
    std::string offending;
    std::string fault = regex_fault(pattern, offending);
    if (fault.empty() && value.relation != Relation::equal) {
        anchor(pattern, value.relation);
        fault = regex_fault(pattern, offending);
    }
    if (!fault.empty()) {
        const std::size_t at = offending.empty() ? 0 : value.string.find(offending);
        const bool found = !offending.empty() && at != std::string::npos;
        const bool looks = offending.starts_with("(?") || offending.starts_with("\\");
        report_.error(
            "bad-regex",
            found ? report_.part(value.place, value.string, at, offending.size()) : value.place,
            fmt::format("the regular expression is not valid: {}", fault),
            looks ? "RE2 syntax: no look-around, no back references" : "");
        return false;
    }
    value.string = std::move(pattern);
    return true;
}

void anchor(std::string& pattern, Relation relation) {
    if (relation == Relation::starts_with) {
        pattern = "\\A(?:" + pattern + ")";
    } else if (relation == Relation::ends_with) {
        pattern = "(?:" + pattern + ")\\z";
    }
}

namespace {

// RE2 takes \C for one byte, which may be a part of a character (M10: `.` is a code point).
bool asks_for_a_byte(std::string_view pattern) {
    for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
        if (pattern[i] != '\\') {
            continue;
        }
        ++i;
        if (pattern[i] == 'C') {
            return true;
        }
        if (pattern[i] == 'Q') {
            i = std::min(pattern.find("\\E", i), pattern.size());
        }
    }
    return false;
}

}  // namespace

std::string regex_fault(const std::string& pattern, std::string& offending) {
    if (asks_for_a_byte(pattern)) {
        offending = "\\C";
        return "\\C is a byte, not a character";
    }
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 compiled(pattern, options);
    offending = compiled.error_arg();
    return compiled.ok() ? std::string() : compiled.error();
}

bool expand_placeholders(const Text& text,
                         const Placeholders& placeholders,
                         std::vector<Text>& out) {
    out.assign(1, Text());
    for (const TextPart& part : text) {
        const auto found = part.kind == TextPart::Kind::placeholder ? placeholders.find(part.text)
                                                                    : placeholders.end();
        if (found == placeholders.end() || found->second.empty()) {
            for (Text& t : out) {
                append(t, part);
            }
            continue;
        }
        std::size_t added = 0;
        for (const std::string& one : found->second) {
            added += one.size();
        }
        if (out.size() * found->second.size() > max_expansions ||
            bytes_of(out) * found->second.size() + out.size() * added > max_made_bytes) {
            return false;
        }
        std::vector<Text> longer;
        for (const Text& front : out) {
            for (const std::string& value : found->second) {
                longer.push_back(front);
                for (const TextPart& p : read_text(value, false)) {
                    append(longer.back(), p);
                }
            }
        }
        out = std::move(longer);
    }
    return true;
}

}  // namespace spoor::sigma
