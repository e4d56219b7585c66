// Finds which of many literals occur in a text, in time that hardly depends on their number. One
// index serves one field of one plan.
//
// Literals that must lie at the start, at the end or be the whole text are looked up by hash, one
// or two probes a text. For those that may lie anywhere each literal is represented by four bytes
// of it (its rarest, as the weights say): the text's four-byte windows are looked up in a bitmap
// that stays in the first-level cache, and what passes is checked byte by byte. Where all literals
// have seven bytes or more only each fourth window is looked at, and a literal is represented by
// four windows in a row instead.
//
// Const after build(): safe from any thread.
#pragma once

#include "sigma/fold.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

// How often each four-byte window is met: what rules say, and what was counted in the stream.
// Windows share counters where their hashes do: a weight may be too large, never too small.
class GramWeights {
public:
    void add(std::string_view text, std::uint32_t weight);
    [[nodiscard]] std::uint64_t weight(std::uint32_t gram) const;

private:
    static constexpr unsigned log_size = 15;

    static std::size_t index(std::uint32_t gram) { return (gram * 0x9E3779B1U) >> (32 - log_size); }

    std::vector<std::uint32_t> counts_;  // made with the first text
};

class LiteralIndex {
public:
    static constexpr std::size_t padding = 8;  // readable bytes behind each text
    enum class Place : std::uint8_t { anywhere, start, end, whole };

    // `literal` is not empty; its bytes outlive the index. `id` is what scan() reports.
    void add(Place place, std::string_view literal, std::uint32_t id);
    void build(const GramWeights& weights);

    [[nodiscard]] bool empty() const { return literals_.empty(); }

    // Calls hit(id) for each literal at its place in `text`; for one that lies anywhere perhaps
    // several times.
    template <class Hit>
    void scan(std::string_view text, Hit&& hit) const {
        if (!anchored_.empty()) {
            scan_anchored(text, hit);
        }
        if (!entries_.empty()) {
            stride_ == 1 ? scan_each(text, hit) : scan_each_fourth(text, hit);
        }
        scan_tiny(tiny_, text, hit);
        if (!tiny_beyond_ascii_.empty() && !is_ascii(text)) {
            scan_tiny(tiny_beyond_ascii_, text, hit);
        }
    }

    [[nodiscard]] std::size_t bytes() const;

private:
    static constexpr std::size_t gram = 4;
    static constexpr std::size_t long_enough = 7;  // for a stride of four

    struct Literal {
        std::string_view text;
        Place place = Place::anywhere;
        std::uint32_t id = 0;
    };

    struct Slot {  // of a table of keys; size 0: free
        std::uint64_t key = 0;
        std::uint32_t first = 0;  // into the list of entries
        std::uint32_t size = 0;
    };

    // A gram that stands for a literal, and a second one beside it: whether that is there too is
    // known without a look at the literal's own memory.
    struct Entry {
        std::uint32_t literal = 0;
        std::uint32_t offset = 0;  // of the gram in it
        std::uint32_t second = 0;
        std::int32_t step = 0;  // from the gram to the second one
    };

    struct GramSlot {  // size 0: free
        std::uint32_t gram = 0;
        std::uint32_t size = 0;
        std::uint32_t first = 0;  // into entries_
    };

    // Literals at one place by their first or last `width` bytes, or a hash of the whole.
    struct Anchored {
        Place place = Place::whole;
        std::size_t width = 0;  // 8, 4, or 1 to 3; 0: whole
        std::vector<Slot> slots;
        std::vector<std::uint32_t> literals;
        std::uint64_t mask = 0;
    };

    static std::uint64_t load(const char* p, std::size_t width) {
        std::uint64_t v = 0;
        std::memcpy(&v, p, sizeof v);
        return width >= 8 ? v : v & ((std::uint64_t{1} << (8 * width)) - 1);
    }

    static std::uint32_t load_gram(const char* p) {
        std::uint32_t g = 0;
        std::memcpy(&g, p, sizeof g);
        return g;
    }

    static std::uint64_t mix(std::uint64_t key) {
        key *= 0x9E3779B97F4A7C15U;
        return key ^ (key >> 29);
    }

    static std::uint64_t key_of(const Anchored& table, std::string_view text);

    [[nodiscard]] std::uint32_t bit_of(std::uint32_t g) const {
        return (g * 0x9E3779B1U) >> bitmap_shift_;
    }

    template <class Hit>
    void scan_tiny(const std::vector<std::uint32_t>& tiny, std::string_view text, Hit& hit) const {
        for (const std::uint32_t i : tiny) {
            if (text.find(literals_[i].text) != std::string_view::npos) {
                hit(literals_[i].id);
            }
        }
    }

    template <class Hit>
    void scan_anchored(std::string_view text, Hit& hit) const {
        for (const Anchored& table : anchored_) {
            if (text.size() < table.width) {
                continue;
            }
            const std::uint64_t key = key_of(table, text);
            for (std::uint64_t i = mix(key) & table.mask; table.slots[i].size != 0;
                 i = (i + 1) & table.mask) {
                const Slot& slot = table.slots[i];
                if (slot.key == key) {
                    for (std::uint32_t k = 0; k < slot.size; ++k) {
                        check_anchored(literals_[table.literals[slot.first + k]], text, hit);
                    }
                    break;
                }
            }
        }
    }

    template <class Hit>
    static void check_anchored(const Literal& literal, std::string_view text, Hit& hit) {
        const std::size_t n = literal.text.size();
        if (n > text.size() || (literal.place == Place::whole && n != text.size())) {
            return;
        }
        const char* const from =
            literal.place == Place::end ? text.data() + text.size() - n : text.data();
        if (std::memcmp(from, literal.text.data(), n) == 0) {
            hit(literal.id);
        }
    }

    template <class Hit>
    void scan_each_fourth(std::string_view text, Hit& hit) const {
        const char* const end = text.data() + text.size();
        const std::uint64_t* const bitmap = bitmap_.data();
        for (const char* p = text.data(); p + gram <= end; p += 4) {
            const std::uint32_t g = load_gram(p);
            const std::uint32_t bit = bit_of(g);
            if ((bitmap[bit >> 6U] >> (bit & 63U) & 1U) != 0) {
                check_gram(g, p, text, hit);
            }
        }
    }

    // Four windows out of eight bytes, and one branch for the four: few are met.
    template <class Hit>
    void scan_each(std::string_view text, Hit& hit) const {
        if (text.size() < gram) {
            return;
        }
        const char* const last = text.data() + text.size() - gram;
        const std::uint64_t* const bitmap = bitmap_.data();
        for (const char* p = text.data(); p <= last; p += 4) {
            const std::uint64_t v = load(p, 8);
            const auto met = [&](unsigned k) {
                const std::uint32_t bit = bit_of(static_cast<std::uint32_t>(v >> (8 * k)));
                return bitmap[bit >> 6U] >> (bit & 63U);
            };
            const std::uint64_t m0 = met(0);
            const std::uint64_t m1 = met(1);
            const std::uint64_t m2 = met(2);
            const std::uint64_t m3 = met(3);
            if (((m0 | m1 | m2 | m3) & 1U) == 0) {
                continue;
            }
            const std::uint64_t all = (m0 & 1U) | (m1 & 1U) << 1 | (m2 & 1U) << 2 | (m3 & 1U) << 3;
            for (unsigned k = 0; k < 4 && p + k <= last; ++k) {
                if ((all >> k & 1U) != 0) {
                    check_gram(static_cast<std::uint32_t>(v >> (8 * k)), p + k, text, hit);
                }
            }
        }
    }

    template <class Hit>
    void check_gram(std::uint32_t g, const char* p, std::string_view text, Hit& hit) const {
        for (std::uint64_t i = mix(g) & gram_mask_; gram_slots_[i].size != 0;
             i = (i + 1) & gram_mask_) {
            const GramSlot& slot = gram_slots_[i];
            if (slot.gram != g) {
                continue;
            }
            const auto before = static_cast<std::size_t>(p - text.data());
            for (std::uint32_t k = 0; k < slot.size; ++k) {
                const Entry& entry = entries_[slot.first + k];
                if (entry.offset > before || load_gram(p + entry.step) != entry.second) {
                    continue;
                }
                const Literal& literal = literals_[entry.literal];
                if (literal.text.size() - entry.offset <= text.size() - before &&
                    std::memcmp(p - entry.offset, literal.text.data(), literal.text.size()) == 0) {
                    hit(literal.id);
                }
            }
            return;
        }
    }

    void build_anchored(Place place, std::size_t width, const std::vector<std::uint32_t>& members);
    void build_grams(const std::vector<std::uint32_t>& members, const GramWeights& weights);
    [[nodiscard]] std::size_t best_offset(std::string_view literal,
                                          const GramWeights& weights) const;

    std::vector<Literal> literals_;
    std::vector<Anchored> anchored_;
    std::vector<std::uint32_t> tiny_;               // anywhere, of fewer than four bytes, ASCII
    std::vector<std::uint32_t> tiny_beyond_ascii_;  // and others: few texts need be searched
    std::size_t stride_ = 1;
    std::uint32_t bitmap_shift_ = 16;
    std::vector<std::uint64_t> bitmap_;
    std::vector<GramSlot> gram_slots_;
    std::uint64_t gram_mask_ = 0;
    std::vector<Entry> entries_;
};

}  // namespace spoor::sigma
