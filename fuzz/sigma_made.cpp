#include "sigma_made.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace spoor::fuzz {

namespace {

using Kind = MadeScalar::Kind;
using Side = MadeItem::Side;
using TestOf = MadeItem::Test;
using Shape = MadeField::Shape;

constexpr std::array<std::string_view, num_fields> field_names = {"f", "g", "h.i"};
// Letters whose case is folded by one code point, digits, and what rules and JSON escape.
constexpr std::u32string_view alphabet = U"abAB12.\\-*? éÉſsS\u212Ak日\n\"/0";

void append_utf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0U | c >> 6U);
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        out += static_cast<char>(0xE0U | c >> 12U);
        out += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

std::string quoted(std::u32string_view text) {
    std::string out = "\"";
    for (const char32_t c : text) {
        if (c == U'\n') {
            out += "\\n";
            continue;
        }
        if (c == U'"' || c == U'\\') {
            out += '\\';
        }
        append_utf8(out, c);
    }
    return out + '"';
}

// V3.
std::string quoted_pattern(std::u32string_view pattern) {
    std::u32string out;
    for (const char32_t c : pattern) {
        if (c == any_text || c == any_one) {
            out += c == any_text ? U'*' : U'?';
            continue;
        }
        if (c == U'*' || c == U'?' || c == U'\\') {
            out += U'\\';
        }
        out += c;
    }
    return quoted(out);
}

std::string in_rule(const MadeScalar& value) {
    switch (value.kind) {
        case Kind::text:
            return quoted_pattern(value.text);
        case Kind::null:
            return "null";
        default:
            return {value.text.begin(), value.text.end()};
    }
}

std::string in_event(const MadeScalar& value) {
    return value.kind == Kind::text ? quoted(value.text) : in_rule(value);
}

std::string list_of(const std::vector<MadeScalar>& values,
                    std::string (*write)(const MadeScalar&)) {
    std::string out = "[";
    for (const MadeScalar& value : values) {
        out += (out.size() > 1 ? ", " : "") + write(value);
    }
    return out + "]";
}

std::string to_yaml(const MadeItem& item) {
    std::string key(field_names[item.field]);
    constexpr std::array<std::string_view, 4> sides = {"", "|contains", "|startswith", "|endswith"};
    constexpr std::array<std::string_view, 6> tests = {"", "|exists", "|lt", "|lte", "|gt", "|gte"};
    key += sides[static_cast<std::size_t>(item.side)];
    key += tests[static_cast<std::size_t>(item.test)];
    key += item.cased ? "|cased" : "";
    key += item.all ? "|all" : "";
    key += item.negated ? "|neq" : "";
    return "\"" + key + "\": " +
           (item.values.size() == 1 ? in_rule(item.values[0]) : list_of(item.values, in_rule));
}

std::string to_yaml(const MadeSelection& selection) {
    if (!selection.keywords.empty()) {
        return list_of(selection.keywords, in_rule);
    }
    std::string out = "[";
    for (const auto& map : selection.maps) {
        out += out.size() > 1 ? ", {" : "{";
        for (const MadeItem& item : map) {
            out += (&item == map.data() ? "" : ", ") + to_yaml(item);
        }
        out += "}";
    }
    return out + "]";
}

MadeScalar number_of(int value) {
    const std::string text = std::to_string(value);
    return {Kind::number, wide(text), static_cast<double>(value)};
}

MadeScalar truth_of(bool value) {
    return {Kind::boolean, wide(value ? "true" : "false"), 0};
}

MadeScalar any_number(Choices& choices) {
    constexpr std::array<int, 6> numbers = {1, 2, 12, 21, -1, 4624};
    return number_of(numbers[choices.below(numbers.size())]);
}

std::u32string plain_text(Choices& choices, std::size_t longest) {
    std::u32string out;
    for (std::size_t n = choices.below(longest + 1); n > 0; --n) {
        out += alphabet[choices.below(alphabet.size())];
    }
    return out;
}

MadeScalar pattern(Choices& choices) {
    MadeScalar out{Kind::text, plain_text(choices, 5), 0};
    for (std::size_t n = choices.below(3); n > 0; --n) {
        const auto at = static_cast<std::ptrdiff_t>(choices.below(out.text.size() + 1));
        out.text.insert(out.text.begin() + at, choices.one_in(2) ? any_one : any_text);
    }
    return out;
}

MadeScalar rule_value(Choices& choices) {
    switch (choices.below(8)) {
        case 6:
            return any_number(choices);
        case 7:
            return truth_of(choices.one_in(2));
        default:
            return pattern(choices);
    }
}

MadeItem make_item(Choices& choices, std::size_t field) {
    MadeItem item;
    item.field = field;
    switch (choices.below(8)) {
        case 5:
            item.values = {{Kind::null, {}, 0}};
            item.negated = choices.one_in(4);
            return item;
        case 6:
            item.test = TestOf::exists;
            item.values = {truth_of(choices.one_in(2))};
            return item;
        case 7:
            item.test = static_cast<TestOf>(2 + choices.below(4));
            item.values = {any_number(choices)};
            return item;
        default:
            break;
    }
    item.side = static_cast<Side>(choices.below(4));
    item.cased = choices.one_in(4);
    item.negated = choices.one_in(5);
    for (std::size_t n = 1 + choices.below(3); n > 0; --n) {
        item.values.push_back(item.cased ? pattern(choices) : rule_value(choices));
    }
    item.all = item.values.size() > 1 && choices.one_in(3);
    return item;
}

MadeSelection make_selection(Choices& choices) {
    MadeSelection out;
    if (choices.one_in(5)) {
        for (std::size_t n = 1 + choices.below(2); n > 0; --n) {
            out.keywords.push_back(pattern(choices));
        }
        return out;
    }
    for (std::size_t n = 1 + choices.below(2); n > 0; --n) {
        auto& map = out.maps.emplace_back();
        const std::size_t first = choices.below(num_fields);
        for (std::size_t i = 1 + choices.below(num_fields); i > 0; --i) {
            map.push_back(make_item(choices, (first + i) % num_fields));
        }
    }
    return out;
}

// A text that the pattern meets, and then perhaps not quite.
MadeScalar near(Choices& choices, const MadeScalar& value) {
    MadeScalar out = value;
    if (value.kind == Kind::number && choices.one_in(2)) {
        out.kind = Kind::text;
    }
    if (value.kind != Kind::text) {
        return out;
    }
    out.text.clear();
    for (const char32_t c : value.text) {
        if (c == any_text) {
            out.text += plain_text(choices, 2);
        } else {
            out.text += c == any_one ? alphabet[choices.below(alphabet.size())] : c;
        }
    }
    switch (choices.below(6)) {
        case 1:
            out.text = plain_text(choices, 2) + out.text;
            break;
        case 2:
            out.text += plain_text(choices, 2);
            break;
        case 3:
            if (!out.text.empty()) {
                out.text[choices.below(out.text.size())] = alphabet[choices.below(alphabet.size())];
            }
            break;
        case 4:
            for (char32_t& c : out.text) {
                c = c >= U'a' && c <= U'z' ? c - (U'a' - U'A') : c == U'é' ? U'É' : c;
            }
            break;
        case 5:
            out.text = out.text.substr(0, out.text.size() / 2);
            break;
        default:
            break;
    }
    return out;
}

MadeScalar event_value(Choices& choices, const std::vector<MadeRule>& rules) {
    const MadeRule& rule = rules[choices.below(rules.size())];
    const MadeSelection& selection = rule.selections[choices.below(rule.selections.size())];
    switch (choices.below(8)) {
        case 4:
            return any_number(choices);
        case 5:
            return truth_of(choices.one_in(2));
        case 6:
            return {Kind::null, {}, 0};
        case 7:
            return {Kind::text, plain_text(choices, 6), 0};
        default:
            break;
    }
    if (!selection.keywords.empty()) {
        return near(choices, selection.keywords[choices.below(selection.keywords.size())]);
    }
    const auto& map = selection.maps[choices.below(selection.maps.size())];
    const MadeItem& item = map[choices.below(map.size())];
    return near(choices, item.values[choices.below(item.values.size())]);
}

}  // namespace

std::string MadeRule::to_yaml(std::size_t number) const {
    std::string out = "title: r" + std::to_string(number) + "\nid: r" + std::to_string(number) +
                      "\nlogsource: {product: windows}\ndetection:\n";
    for (std::size_t i = 0; i < selections.size(); ++i) {
        out += "    s" + std::to_string(i) + ": " + fuzz::to_yaml(selections[i]) + "\n";
    }
    return out + "    condition: " + condition.text + "\n";
}

std::string MadeEvent::to_json() const {
    std::string out = "{\"Channel\":\"" + std::string(made_channel) +
                      "\",\"EventID\":" + std::string(made_event_id);
    for (std::size_t i = 0; i < num_fields; ++i) {
        const MadeField& field = fields[i];
        if (field.shape == Shape::missing) {
            continue;
        }
        const std::string value = field.shape == Shape::object  ? "{}"
                                  : field.shape == Shape::array ? list_of(field.values, in_event)
                                                                : in_event(field.values[0]);
        const std::size_t dot = field_names[i].find('.');
        const std::string name(field_names[i].substr(0, dot));
        out += ",\"" + name + "\":";
        out += dot == std::string_view::npos
                   ? value
                   : "{\"" + std::string(field_names[i].substr(dot + 1)) + "\":" + value + "}";
    }
    return out + "}";
}

MadeCondition make_condition(Choices& choices, std::size_t num_selections, int depth) {
    MadeCondition out;
    const std::size_t shape = depth > 2 ? 0 : choices.below(6);
    if (shape < 2) {
        out.selection = choices.below(num_selections);
        out.text = "s" + std::to_string(out.selection);
        return out;
    }
    if (shape == 2) {
        out.kind = choices.one_in(2) ? MadeCondition::Kind::all : MadeCondition::Kind::any;
        out.text = out.kind == MadeCondition::Kind::all ? "all of them" : "1 of s*";
        for (std::size_t i = 0; i < num_selections; ++i) {
            out.children.emplace_back().selection = i;
        }
        return out;
    }
    if (shape == 3) {
        out.kind = MadeCondition::Kind::negate;
        out.children = {make_condition(choices, num_selections, depth + 1)};
        out.text = "not (" + out.children[0].text + ")";
        return out;
    }
    out.kind = shape == 4 ? MadeCondition::Kind::all : MadeCondition::Kind::any;
    for (int i = 0; i < 2; ++i) {
        out.children.push_back(make_condition(choices, num_selections, depth + 1));
    }
    out.text = "(" + out.children[0].text + ") " + (shape == 4 ? "and" : "or") + " (" +
               out.children[1].text + ")";
    return out;
}

MadeRule make_rule(Choices& choices) {
    MadeRule out;
    for (std::size_t n = 1 + choices.below(3); n > 0; --n) {
        out.selections.push_back(make_selection(choices));
    }
    out.condition = make_condition(choices, out.selections.size());
    return out;
}

MadeEvent make_event(Choices& choices, const std::vector<MadeRule>& rules) {
    MadeEvent out;
    for (MadeField& field : out.fields) {
        field.shape = std::array{Shape::scalar,
                                 Shape::scalar,
                                 Shape::scalar,
                                 Shape::array,
                                 Shape::missing,
                                 Shape::object}[choices.below(6)];
        if (field.shape == Shape::scalar || field.shape == Shape::array) {
            const std::size_t n = field.shape == Shape::scalar ? 1 : choices.below(3);
            for (std::size_t i = 0; i < n; ++i) {
                field.values.push_back(event_value(choices, rules));
            }
        }
    }
    return out;
}

}  // namespace spoor::fuzz
