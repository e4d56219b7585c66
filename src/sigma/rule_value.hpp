// Values of rules before they are predicates: what a YAML scalar says (docs/sigma-semantics.md
// V1-V12) and what modifiers have made of it. Processing pipelines change them in this form.
//
// Private to sigma. Values; one owner.
#pragma once

#include "config/yaml_reader.hpp"
#include "sigma/expression.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

struct TextPart {
    enum class Kind : std::uint8_t { text, any, one, placeholder };
    Kind kind = Kind::text;
    std::string text;  // of text; of a placeholder its name
    friend bool operator==(const TextPart&, const TextPart&) = default;
};

// As Pattern: never two texts or two `any` beside each other, no empty text.
using Text = std::vector<TextPart>;

// V2, V3. With `placeholders` also %name% and \% (M15).
[[nodiscard]] Text read_text(std::string_view raw, bool placeholders);
[[nodiscard]] Text plain_text(std::string text);
// Joins what comes to stand beside each other.
void append(Text& out, const TextPart& part);
[[nodiscard]] std::size_t bytes_of(const Text& text);
[[nodiscard]] std::size_t bytes_of(const std::vector<Text>& texts);
[[nodiscard]] bool has_wildcard(const Text& text);
[[nodiscard]] bool has_placeholder(const Text& text);

struct RuleValue {
    enum class Kind : std::uint8_t {
        text,
        number,   // V4; with `compare` M11
        boolean,  // V6
        null,     // V7
        exists,   // M4
        regex,    // M10
        network,  // M12
        field,    // M13: `string` is the other field's name
        time,     // M14
    };
    Kind kind = Kind::text;
    bool cased = false;
    bool boolean = false;   // also of exists
    bool is_path = false;   // of field: a pipeline has set it
    bool is_bytes = false;  // the text is what an encoding has made
    Compare compare = Compare::equal;
    TimePart part = TimePart::minute;
    Relation relation = Relation::equal;
    Text text;
    std::string string;  // as written, of number and boolean; the pattern of a regex
    Number number;
    Network network;
    std::uint32_t written = 0;  // number of the value in the rule's list that it comes from
    config::YamlPlace place;
};

// What a scalar is by itself (V4, V6, V7, V12).
[[nodiscard]] RuleValue read_scalar(const config::YamlNode& node);
[[nodiscard]] bool read_yaml_number(std::string_view text, Number& out);

[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace spoor::sigma
