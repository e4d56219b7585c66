// The modifiers of a rule's item (docs/sigma-semantics.md M1-M16): the words behind a field's name,
// checked against each other, then applied to each value in the order written.
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/report.hpp"
#include "sigma/rule_value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

enum class Modifier : std::uint8_t {
    contains,
    startswith,
    endswith,
    all,
    cased,
    exists,
    neq,
    windash,
    base64,
    base64offset,
    utf16le,
    utf16be,
    utf16,
    re,
    ignore_case,
    multiline,
    dotall,
    lt,
    lte,
    gt,
    gte,
    cidr,
    fieldref,
    minute,
    hour,
    day,
    week,
    month,
    year,
    expand,
};

using Placeholders = std::map<std::string, std::vector<std::string>>;

// What stands in front of an item's ':'.
struct ItemKey {
    std::string field;  // spaces out (F1)
    std::vector<Modifier> modifiers;
    bool is_keyword = false;  // no field's name
    bool is_valid = false;    // else it was reported

    [[nodiscard]] bool has(Modifier m) const;
};

// `text` was read at `place`.
[[nodiscard]] ItemKey read_item_key(std::string_view text, const YamlPlace& place, Report& report);

// Values of the items of one document.
class ValueReader {
public:
    ValueReader(Report& report, const Placeholders& placeholders)
        : report_(report), placeholders_(placeholders) {}

    // Appends what `node` means; nothing where that is an error.
    void read(const ItemKey& key,
              const YamlNode& node,
              std::uint32_t written,
              std::vector<RuleValue>& out);

private:
    [[nodiscard]] bool check_kind(const ItemKey& key, const RuleValue& value);
    [[nodiscard]] bool apply(const ItemKey& key, Modifier m, std::vector<RuleValue>& values);
    [[nodiscard]] bool apply_one(const ItemKey& key, Modifier m, RuleValue& value);
    [[nodiscard]] bool finish(const ItemKey& key, RuleValue& value);
    [[nodiscard]] bool windash(std::vector<RuleValue>& values);
    [[nodiscard]] bool expand(std::vector<RuleValue>& values);
    [[nodiscard]] bool is_filled(const RuleValue& value);
    [[nodiscard]] bool encode(Modifier m, std::vector<RuleValue>& values);
    [[nodiscard]] bool compare(Modifier m, RuleValue& value);
    [[nodiscard]] bool time_part(Modifier m, RuleValue& value);
    [[nodiscard]] bool network(RuleValue& value);
    // Whether there is room for more values, made of `value`, with texts of `bytes` in all.
    [[nodiscard]] bool make(const RuleValue& value, std::size_t num, std::size_t bytes);
    [[nodiscard]] bool fail(std::string_view code,
                            const RuleValue& value,
                            std::string message,
                            std::string hint = {});

    Report& report_;
    const Placeholders& placeholders_;
    std::size_t num_made_ = 0;
    std::size_t bytes_made_ = 0;
};

// All values of a text with placeholders: each is replaced by each of its values. Names that have
// none are left as they are. False: more than max_expansions, or than max_made_bytes.
inline constexpr std::size_t max_expansions = 10'000;
// Values that modifiers or pipelines may make in one document.
inline constexpr std::size_t max_made = 100'000;
// Of texts that modifiers make in one document.
inline constexpr std::size_t max_made_bytes = std::size_t{64} * 1024 * 1024;
[[nodiscard]] bool expand_placeholders(const Text& text,
                                       const Placeholders& placeholders,
                                       std::vector<Text>& out);

// M10: `pattern` anchored as a relation asks.
void anchor(std::string& pattern, Relation relation);

// RE2's opinion; empty: good. `offending` is a part of the pattern, or empty.
[[nodiscard]] std::string regex_fault(const std::string& pattern, std::string& offending);

}  // namespace spoor::sigma
