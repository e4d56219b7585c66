// Small rules and events made from bytes, and what each rule must find by docs/sigma-semantics.md:
// evaluated on the rule as it was made, code point by code point, without the engine's reader, its
// expressions or its folding table.
//
// Values; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::fuzz {

// Numbers from the fuzzer's bytes; zeros when they are used up.
class Choices {
public:
    Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    [[nodiscard]] std::size_t below(std::size_t n) { return at_ < size_ ? data_[at_++] % n : 0; }

    [[nodiscard]] bool one_in(std::size_t n) { return below(n) == n - 1; }

private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

inline constexpr char32_t any_text = 0x110000;  // '*'
inline constexpr char32_t any_one = 0x110001;   // '?'

// What every event also says, so that it has a log source.
inline constexpr std::string_view made_channel = "Security";
inline constexpr std::string_view made_event_id = "4624";

[[nodiscard]] inline std::u32string wide(std::string_view ascii) {
    return {ascii.begin(), ascii.end()};
}

struct MadeScalar {
    enum class Kind : std::uint8_t { text, number, boolean, null };
    Kind kind = Kind::text;
    std::u32string text;  // in rules with any_text and any_one; of numbers and booleans as spelled
    double number = 0;
};

struct MadeItem {
    enum class Side : std::uint8_t { whole, contains, startswith, endswith };
    enum class Test : std::uint8_t { value, exists, lt, lte, gt, gte };
    std::size_t field = 0;  // into field_names
    Side side = Side::whole;
    Test test = Test::value;
    bool cased = false;
    bool all = false;
    bool negated = false;
    std::vector<MadeScalar> values;
};

struct MadeSelection {
    std::vector<std::vector<MadeItem>> maps;  // any of these, or:
    std::vector<MadeScalar> keywords;
};

struct MadeCondition {
    enum class Kind : std::uint8_t { selection, all, any, negate };
    Kind kind = Kind::selection;
    std::size_t selection = 0;
    std::vector<MadeCondition> children;
    std::string text;
};

struct MadeRule {
    std::vector<MadeSelection> selections;
    MadeCondition condition;

    [[nodiscard]] std::string to_yaml(std::size_t number) const;
};

inline constexpr std::size_t num_fields = 3;

struct MadeField {
    enum class Shape : std::uint8_t { missing, scalar, array, object };
    Shape shape = Shape::missing;
    std::vector<MadeScalar> values;
};

struct MadeEvent {
    MadeField fields[num_fields];

    [[nodiscard]] std::string to_json() const;
};

// Over selections s0, s1 ...
[[nodiscard]] MadeCondition make_condition(Choices& choices,
                                           std::size_t num_selections,
                                           int depth = 0);
[[nodiscard]] bool holds(const MadeCondition& condition, const std::vector<bool>& selections);

[[nodiscard]] MadeRule make_rule(Choices& choices);
// Its values are often the rules' own, or nearly.
[[nodiscard]] MadeEvent make_event(Choices& choices, const std::vector<MadeRule>& rules);
[[nodiscard]] bool must_match(const MadeRule& rule, const MadeEvent& event);

}  // namespace spoor::fuzz
