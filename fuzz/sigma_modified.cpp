#include "sigma_modified.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace spoor::fuzz {

namespace {

constexpr std::array<std::string_view, num_modified_fields> fields = {"f", "g", "h.i"};
// What 'ref' says in every event, for `fieldref`.
constexpr std::array<std::string_view, 3> referred = {"aB.", "7.50", "\\é"};

// A value of a rule that is written down, and texts of events that it holds and does not hold for.
struct Known {
    std::string_view modifiers;
    std::string_view value;
    std::string_view met;
    std::string_view near;
    bool any_case = false;
};

constexpr auto patterns = std::to_array<Known>({
    {"|re", "a.c", "xabcx", "xacx"},
    {"|re", "^ab+$", "abbb", "abbbc"},
    {"|re|i", "ab(c|d)e", "xABDE", "xabe"},
    {"|re|i", "k[[:digit:]]{2}", "\u212A12", "kk1"},
    {"|re", "(foo|bar)baz", "barbaz", "foo baz"},
    {"|re|s", "a.b", "a\nb", "ab"},
    {"|re|m", "^x$", "a\nx\nb", "a\nxb"},
    {"|re|startswith", "q|bc", "bcd", "dbc"},
    {"|re|endswith", "q|bc", "dbc", "bcd"},
    {"|re", "\\\\[a-z]+\\.exe", "C:\\a.exe", "C:a.exe"},
    {"|re", "x?", "y", ""},
    {"|re", "\\x{e9}t", "\u00E9t", "et"},
    {"|re|i", "stra\u00DFe", "STRA\u1E9EE", "strasse"},
    {"|re", "(?i:set)-item", "\u017FET-item", "\u017FET-Item"},
});

constexpr auto networks = std::to_array<Known>({
    {"|cidr", "10.0.0.0/8", "10.1.2.3", "11.1.2.3"},
    {"|cidr", "10.0.0.0/8", "::ffff:10.9.9.9", "10.1.2"},
    {"|cidr", "192.168.4.0/23", "192.168.5.255", "192.168.6.0"},
    {"|cidr", "127.0.0.1", "127.0.0.1", "127.0.0.2"},
    {"|cidr", "0.0.0.0/0", "8.8.8.8", "::1"},
    {"|cidr", "fe80::/10", "fe80::1%eth0", "fec0::1"},
    {"|cidr", "::/0", "2001:db8::1", "1.2.3.4"},
    {"|cidr", "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
});

constexpr auto comparisons = std::to_array<Known>({
    {"|lt", "10", "9.5", "10"},
    {"|lte", "-1", "-1", "-0.5"},
    {"|gt", "9007199254740992", "9007199254740993", "9007199254740992"},
    {"|gte", "'1.5'", "1.5e0", "1.49"},
    {"", "4624", "4624", "04624"},
    {"", "1.0", "1", "2"},
    {"|hour", "22", "2024-03-01T22:15:00+02:00", "2024-03-01T23:15:00+02:00"},
    {"|minute|gte", "30", "2024-03-01 22:30:00", "2024-03-01 22:29:59"},
    {"|week", "53", "2021-01-03T00:00:00Z", "2021-01-04T00:00:00Z"},
    {"|year|lt", "2000", "1999-12-31T23:59:59.9Z", "2000-01-01T00:00:00Z"},
    {"|day", "2", "86400", "86399"},
    {"|month", "1", "1704067200000", "1706745600000"},
});

// Of the placeholders of the target: p is 'x' or 'y*'.
constexpr auto expansions = std::to_array<Known>({
    {"|expand", "'%p%-%p%'", "yzz-x", "yzz-", true},
    {"|contains|expand", "'a%p%'", "b ax c", "b a c", true},
    {"|expand|endswith", "'%p%\\%'", "w x%", "w x", true},
    {"|expand|windash", "'-%p%'", "/x", "/", true},
});

constexpr auto references = std::to_array<Known>({
    {"|fieldref", "ref", "Ab.", "ab", true},
    {"|fieldref", "ref", "\\\u00C9", "\\e", true},
    {"|cased|fieldref", "ref", "aB.", "ab."},
    {"|fieldref|contains", "ref", "xxab.yy", "xxab", true},
    {"|fieldref|startswith", "ref", "7.50x", "7.5", true},
    {"|fieldref|endswith", "ref", "x7.50", "7.5", true},
});

template <std::size_t n>
const Known& any_of(Choices& choices, const std::array<Known, n>& list) {
    return list[choices.below(n)];
}

std::string any_text_of(Choices& choices, std::size_t least, std::size_t most) {
    constexpr auto letters = std::to_array<std::string_view>(
        {"a", "b", "c", "A", "B", "1", ".", " ", "\\", "*", "-", "\"", "\u00E9", "\u65E5", "/"});
    std::string out;
    for (std::size_t n = least + choices.below(most - least + 1); n > 0; --n) {
        out += letters[choices.below(letters.size())];
    }
    return out;
}

// As JSON and YAML have it; `escaping`: ASCII letters by their numbers, in JSON alone.
std::string quoted(std::string_view text, bool escaping = false) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || (escaping && byte < 0x80)) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        } else {
            out += c;
        }
    }
    return out + '"';
}

// V3.
std::string quoted_literal(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '*' || c == '?') {
            out += '\\';
        }
        out += c;
    }
    return quoted(out);
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8U |
                    (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out += i + j > bytes.size() ? '=' : alphabet[group >> (18 - 6 * j) & 63U];
        }
    }
    return out;
}

// Of ASCII.
std::string utf16(std::string_view ascii, bool big_endian) {
    std::string out;
    for (const char c : ascii) {
        out += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return out;
}

std::string ascii_word(Choices& choices, std::size_t least) {
    std::string out;
    for (std::size_t n = least + choices.below(4); n > 0; --n) {
        out += std::string_view("abAB1-")[choices.below(6)];
    }
    return out;
}

// A side's modifier, and what may stand around a text that it meets.
std::string_view add_side(Choices& choices, std::string& met) {
    switch (choices.below(4)) {
        case 1:
            met = any_text_of(choices, 0, 3) + met + any_text_of(choices, 0, 3);
            return "|contains";
        case 2:
            met += any_text_of(choices, 0, 3);
            return "|startswith";
        case 3:
            met.insert(0, any_text_of(choices, 0, 3));
            return "|endswith";
        default:
            return "";
    }
}

// M6: words behind dashes, each any of the five.
ModifiedItem dashed(Choices& choices) {
    constexpr auto dashes =
        std::to_array<std::string_view>({"-", "/", "\u2013", "\u2014", "\u2015"});
    ModifiedItem out;
    std::string written;
    for (std::size_t n = 1 + choices.below(3); n > 0; --n) {
        const std::string word = std::array{"a", "b1", "_\u00E9"}[choices.below(3)];
        const std::string before =
            written.empty() ? "" : std::array{" ", "=", "\""}[choices.below(3)];
        written += before + std::string(dashes[choices.below(dashes.size())]) + word;
        out.met += before + std::string(dashes[choices.below(dashes.size())]) + word;
        out.near += before + "~" + word;
    }
    out.value = quoted_literal(written);
    out.modifiers = "|windash" + std::string(add_side(choices, out.met));
    return out;
}

ModifiedItem encoded(Choices& choices) {
    ModifiedItem out;
    out.any_case = false;
    const std::size_t kind = choices.below(5);
    const bool is_wide = kind >= 2;
    const bool big_endian = choices.one_in(2);
    const std::string text =
        is_wide ? ascii_word(choices, 1) : "a" + any_text_of(choices, 1, 5);  // M8: two bytes
    const std::string bytes = is_wide ? utf16(text, big_endian) : text;
    out.value = quoted_literal(text);
    out.modifiers = !is_wide            ? ""
                    : big_endian        ? "|utf16be"
                    : choices.one_in(2) ? "|wide"
                                        : "|utf16le";
    if (kind == 0 || kind == 2) {
        out.met = base64(bytes);
        out.modifiers += "|base64";
    } else if (kind == 1 || kind == 3) {
        out.met = base64(any_text_of(choices, 0, 3) + bytes + any_text_of(choices, 0, 3));
        out.modifiers += "|base64offset|contains";
        return out;
    } else {
        out.met = bytes;
    }
    out.modifiers += add_side(choices, out.met);
    return out;
}

ModifiedItem known(const Known& from, bool quote) {
    ModifiedItem out;
    out.modifiers = from.modifiers;
    out.value = quote ? quoted(from.value) : std::string(from.value);
    out.met = from.met;
    out.near = from.near;
    out.any_case = from.any_case;
    return out;
}

// One or two texts, any or all of which are looked for.
ModifiedItem texts(Choices& choices) {
    ModifiedItem out;
    const std::string first = any_text_of(choices, 1, 5);
    const std::string second = any_text_of(choices, 1, 5);
    if (choices.one_in(3)) {
        out.modifiers = "|contains|all";
        out.met = first + any_text_of(choices, 0, 2) + second;
    } else {
        out.met = choices.one_in(2) ? first : second;
        out.modifiers = add_side(choices, out.met);
    }
    if (choices.one_in(4)) {
        out.modifiers = "|cased" + out.modifiers;
        out.any_case = false;
    }
    out.value = "[" + quoted_literal(first) + ", " + quoted_literal(second) + "]";
    return out;
}

// Something that is nearly `text`.
std::string edited(Choices& choices, std::string text) {
    switch (choices.below(4)) {
        case 0:
            return text + any_text_of(choices, 1, 2);
        case 1:
            return any_text_of(choices, 1, 2) + text;
        default:
            break;
    }
    std::size_t at = text.empty() ? 0 : choices.below(text.size());
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) {
        --at;
    }
    std::size_t end = text.empty() ? 0 : at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
        ++end;
    }
    return text.replace(at, end - at, any_text_of(choices, 0, 1));
}

std::string other_case(Choices& choices, std::string text) {
    for (char& c : text) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        c = is_letter && choices.one_in(3) ? static_cast<char>(c ^ 0x20) : c;
    }
    return text;
}

// `value` alone, among others, or deeper in arrays (F3).
std::string among(Choices& choices, const std::string& value) {
    const std::string other = quoted(any_text_of(choices, 0, 3));
    switch (choices.below(6)) {
        case 2:
            return "[" + other + ", " + value + "]";
        case 3:
            return "[[" + value + "], " + other + ", null]";
        case 4:
            return "[{\"z\": 1}, [[]], " + value + "]";
        case 5:
            return "[" + value + ", " + value + "]";
        default:
            return value;
    }
}

// The member of a field, whose path may be written in several ways (F2).
std::string member(Choices& choices, std::size_t field, const std::string& value) {
    const std::string_view path = fields[field];
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos || choices.one_in(4)) {
        return ", " + quoted(path) + ": " + value;
    }
    const std::string inner = "{" + quoted(path.substr(dot + 1)) + ": " + value + "}";
    return ", " + quoted(path.substr(0, dot)) + ": " +
           (choices.one_in(3) ? "[{\"z\": 0}, " + inner + "]" : inner);
}

std::string event_with(const std::string& members) {
    std::string out = R"({"Channel": "Security", "EventID": 4624, "ref": [)";
    for (const std::string_view text : referred) {
        out += (text == referred.front() ? "" : ", ") + quoted(text);
    }
    return out + "]" + members + "}";
}

// What meets the item, as JSON.
std::string met_by(Choices& choices, const ModifiedItem& item, bool escaping) {
    if (item.is_number && choices.one_in(2)) {
        return item.met;
    }
    return quoted(item.any_case ? other_case(choices, item.met) : item.met, escaping);
}

std::string value_for(Choices& choices, const ModifiedItem& item) {
    const bool escaping = choices.one_in(6);
    switch (choices.below(8)) {
        case 5:
            return quoted(item.near.empty() ? edited(choices, item.met) : item.near, escaping);
        case 6:
            return quoted(edited(choices, item.met), escaping);
        case 7:
            return std::array{"null", "[]", "{}", "7.50", "true", "\"\""}[choices.below(6)];
        default:
            return met_by(choices, item, escaping);
    }
}

}  // namespace

std::string ModifiedItem::to_yaml() const {
    const std::string key = (keyword ? std::string() : std::string(fields[field])) + modifiers +
                            (negated ? "|neq" : "");
    if (!keyword || !modifiers.empty()) {
        return "{\"" + key + "\": " + value + "}";
    }
    return value.starts_with('[') ? value : "[" + value + "]";
}

ModifiedItem make_modified(Choices& choices) {
    const std::size_t kind = choices.below(9);
    ModifiedItem out = kind == 0   ? texts(choices)
                       : kind == 1 ? dashed(choices)
                       : kind <= 3 ? encoded(choices)
                       : kind == 4 ? known(any_of(choices, networks), false)
                       : kind == 5 ? known(any_of(choices, patterns), true)
                       : kind == 6 ? known(any_of(choices, comparisons), false)
                       : kind == 7 ? known(any_of(choices, expansions), false)
                                   : known(any_of(choices, references), false);
    out.field = choices.below(num_modified_fields);
    const bool fits_keyword = kind <= 3 || kind == 5 || kind == 7;
    out.keyword = fits_keyword && choices.one_in(5);
    out.is_number = kind == 6 && out.met.find_first_not_of("0123456789.-e") == std::string::npos;
    // M5: not with comparisons.
    out.negated = kind != 6 && !out.keyword && choices.one_in(5);
    return out;
}

std::string make_event(Choices& choices, const std::vector<ModifiedItem>& items) {
    std::string members;
    for (std::size_t field = 0; field < num_modified_fields; ++field) {
        if (choices.one_in(5)) {
            continue;
        }
        const ModifiedItem& item = items[choices.below(items.size())];
        members += member(choices, field, among(choices, value_for(choices, item)));
    }
    return event_with(members);
}

std::string meeting_event(Choices& choices, const ModifiedItem& item) {
    const bool escaping = choices.one_in(4);
    return event_with(member(choices, item.field, among(choices, met_by(choices, item, escaping))));
}

std::string missing_event(Choices& choices, const ModifiedItem& item) {
    return event_with(member(choices, item.field, quoted(item.near, choices.one_in(4))));
}

}  // namespace spoor::fuzz
