// The values of one event by field, as predicates ask for them: found through the captured paths,
// folded when first compared without case, and with a summary of their three-byte windows, which
// says cheaply that a literal is not in them.
//
// Private to sigma. One owner (a Matcher); views are valid until the next begin().
#pragma once

#include "event/event.hpp"
#include "sigma/field_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace spoor::sigma {

// Which fields a captured path may stand for, and how early it comes in their lists. Const.
class PathFields {
public:
    struct Target {
        FieldIndex field = 0;
        std::uint32_t rank = 0;
    };

    // `paths` are the engine's; only fields with `wanted` are mapped (all, if it is empty).
    PathFields(const FieldTable& fields,
               const std::vector<std::string>& paths,
               const std::vector<bool>& wanted);

    [[nodiscard]] std::pair<const Target*, const Target*> of(std::uint16_t path) const {
        return {targets_.data() + first_[path], targets_.data() + first_[path + std::size_t{1}]};
    }

private:
    std::vector<std::uint32_t> first_;
    std::vector<Target> targets_;
};

// Bits of the three-byte windows of a text.
class Summary {
public:
    void build(std::string_view text);
    void fill();  // of any text

    [[nodiscard]] bool may_have(const std::array<std::uint16_t, 3>& bits) const {
        return has(bits[0]) && has(bits[1]) && has(bits[2]);
    }

    // `p` has four readable bytes.
    static std::uint16_t bit_of(const char* p) {
        std::uint32_t v = 0;
        std::memcpy(&v, p, sizeof v);
        return static_cast<std::uint16_t>(((v & 0xFFFFFFU) * 0x9E3779B1U) >> (32 - log_bits));
    }

private:
    static constexpr unsigned log_bits = 12;

    [[nodiscard]] bool has(std::uint16_t bit) const {
        return (words_[bit / 64] >> (bit % 64) & 1U) != 0;
    }

    std::array<std::uint64_t, (1U << log_bits) / 64> words_{};
};

struct FieldValue {
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    std::string_view text;  // as the event spells it
    std::string_view folded;
    CapturedKind kind = CapturedKind::null;
    bool is_folded = false;
    std::uint32_t next = none;  // of the same field
    std::uint32_t summary = none;

    // Has something to compare: not null, not an object or array.
    [[nodiscard]] bool has_text() const { return kind <= CapturedKind::no; }
};

class EventFields {
public:
    explicit EventFields(std::size_t num_fields) : slots_(num_fields) {}

    std::uint64_t num_unfinished = 0;  // comparisons that ended at their bound (M17)

    void begin(const Event& event, const PathFields& paths);

    // The first of the field's values; null: it has none.
    [[nodiscard]] FieldValue* first(FieldIndex field) {
        const Slot& slot = slots_[field];
        return slot.stamp == stamp_ ? &values_[slot.first] : nullptr;
    }

    [[nodiscard]] FieldValue* next(const FieldValue& value) {
        return value.next == FieldValue::none ? nullptr : &values_[value.next];
    }

    // The fields that have a value, each once.
    [[nodiscard]] const std::vector<FieldIndex>& present() const { return present_; }

    // Every scalar of the event but nulls, in the record's order (D2). Walks the record when first
    // asked for.
    [[nodiscard]] std::vector<FieldValue>& all_values();

    [[nodiscard]] std::string_view folded(FieldValue& value) {
        if (!value.is_folded) {
            fold_value(value);
        }
        return value.folded;
    }

    [[nodiscard]] const Summary& summary(FieldValue& value) {
        if (value.summary == FieldValue::none) {
            summarize(value);
        }
        return summaries_[value.summary];
    }

private:
    struct Slot {
        std::uint32_t stamp = 0;
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::uint32_t rank = 0;
        bool only_container = false;
    };

    // Texts of one event; blocks are kept for the next.
    class Arena {
    public:
        char* take(std::size_t n);

        void clear() {
            block_ = 0;
            used_ = 0;
        }

    private:
        struct Block {
            std::unique_ptr<char[]> bytes;
            std::size_t size = 0;
        };

        std::vector<Block> blocks_;
        std::size_t block_ = 0;
        std::size_t used_ = 0;
    };

    void fold_value(FieldValue& value);
    void summarize(FieldValue& value);
    void add(const PathFields::Target& target, const Captured& captured);

    std::uint32_t stamp_ = 0;
    std::string_view raw_;
    std::vector<Slot> slots_;
    std::vector<FieldIndex> present_;
    std::vector<FieldValue> values_;  // used up to num_values_
    std::size_t num_values_ = 0;
    std::vector<FieldValue> all_;
    bool has_all_ = false;
    Arena arena_;
    // The last of so many is full, and of all texts that have no room: 2 MB for one odd event.
    static constexpr std::size_t most_summaries = 4096;
    std::vector<Summary> summaries_;
    std::size_t num_summaries_ = 0;
};

}  // namespace spoor::sigma
