// Keywords of rules looked for in a record as it was sent, so that the events that hold none of
// them need not be taken apart. It may say yes wrongly, never no: what could hide a keyword (an
// escape \uXXXX, letters beyond ASCII, which may fold into it) makes it say yes to all.
//
// Const after build(): safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

class RawIndex {
public:
    static constexpr std::size_t least = 4;  // bytes of a literal

    // `literal`: folded ASCII without quotes, backslashes and slashes; outlives the index.
    void add(std::string_view literal, std::uint32_t id);
    void build();

    [[nodiscard]] bool empty() const { return literals_.empty(); }

    // Calls hit(id) for each literal that may be in the record, perhaps several times.
    template <class Hit>
    void scan(std::string_view record, Hit&& hit) const {
        if (may_hide(record)) {
            for (const Literal& literal : literals_) {
                hit(literal.id);
            }
            return;
        }
        const char* const end = record.data() + record.size();
        const std::uint64_t* const bitmap = bitmap_.data();
        for (const char* p = record.data(); p + gram <= end; p += stride_) {
            std::uint32_t g = 0;
            std::memcpy(&g, p, sizeof g);
            g |= lower_bits;
            const std::uint32_t bit = bit_of(g);
            if ((bitmap[bit >> 6U] >> (bit & 63U) & 1U) != 0) {
                check(bit, g, p, record, hit);
            }
        }
    }

private:
    static constexpr std::size_t gram = 4;
    static constexpr std::size_t widest_stride = 8;
    static constexpr std::uint32_t lower_bits =
        0x20202020U;  // letters become lower case, others change alike
    static constexpr unsigned bitmap_bits = 13;

    struct Literal {
        std::string_view text;
        std::uint32_t id = 0;
    };

    struct Entry {
        std::uint32_t gram = 0;
        std::uint32_t literal = 0;
        std::uint32_t offset = 0;
    };

    static std::uint32_t bit_of(std::uint32_t g) { return (g * 0x9E3779B1U) >> (32 - bitmap_bits); }

    static bool may_hide(std::string_view record);
    static bool same(const char* text, std::string_view folded);

    template <class Hit>
    void check(std::uint32_t bit, std::uint32_t g, const char* p, std::string_view record, Hit& hit)
        const {
        const auto before = static_cast<std::size_t>(p - record.data());
        for (std::uint32_t i = first_[bit]; i < first_[bit + 1]; ++i) {
            const Entry& entry = entries_[i];
            if (entry.gram == g && entry.offset <= before) {
                const Literal& literal = literals_[entry.literal];
                if (literal.text.size() - entry.offset <= record.size() - before &&
                    same(p - entry.offset, literal.text)) {
                    hit(literal.id);
                }
            }
        }
    }

    std::vector<Literal> literals_;
    std::vector<Entry> entries_;        // by bit
    std::vector<std::uint32_t> first_;  // of a bit's entries, and one behind the last
    std::vector<std::uint64_t> bitmap_;
    std::size_t stride_ = 1;
};

}  // namespace spoor::sigma
