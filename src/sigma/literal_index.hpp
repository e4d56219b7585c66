// Finds which of many literals occur in a text, in time that hardly depends on their number. One
// index serves one field of one plan.
//
// Literals that must lie at the start, at the end or be the whole text are looked up by hash, one
// or two probes a text. For those that may lie anywhere each literal is represented by four bytes
// of it (its rarest, as the weights say): the text's four-byte windows are looked up in a bitmap
// that stays in the first-level cache, and what passes is checked byte by byte. What is read for a
// text that holds none of them is bitmaps alone. Where all literals
// have seven bytes or more only each fourth window is looked at, and a literal is represented by
// four windows in a row instead.
//
// Const after build(): safe from any thread.
#pragma once

#include "sigma/key_filter.hpp"

#include <algorithm>
#include <bit>
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

    // `literal` is not empty. `id` is what scan() reports.
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
        if (!tiny_.empty()) {
            scan_pairs(text, hit);
        }
    }

private:
    static constexpr std::size_t gram = 4;
    static constexpr std::size_t long_enough = 7;  // for a stride of four
    static constexpr unsigned log_pairs = 11;      // bits

    // Its bytes are in texts_: all of an index beside each other.
    struct Literal {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
        std::uint32_t id = 0;
        Place place = Place::anywhere;
    };

    struct Tiny {  // anywhere, of fewer than four bytes
        std::uint32_t bytes = 0;
        std::uint32_t mask = 0;
        std::uint32_t size = 0;
        std::uint32_t id = 0;
        std::uint32_t bit = 0;
    };

    struct Slot {  // of a table of keys; size 0: free
        std::uint64_t key = 0;
        std::uint32_t first = 0;  // into the list of entries
        std::uint32_t size = 0;
    };

    // A gram that stands for a literal, and a second one beside it: whether that is there too is
    // known without a look at the literal's own memory.
    struct Entry {
        std::uint32_t offset = 0;  // of the gram in it
        std::uint32_t second = 0;
        std::int32_t step = 0;  // from the gram to the second one
        Literal literal;
    };

    struct GramSlot {  // size 0: free
        std::uint32_t gram = 0;
        std::uint32_t size = 0;
        std::uint32_t first = 0;  // into entries_
    };

    // Literals at one place by their first or last `width` bytes, or a mix of both ends.
    struct Anchored {
        Place place = Place::whole;
        std::size_t width = 0;  // 8, 4, or 1 to 3; 0: whole
        KeyFilter filter;       // most texts have none of the keys
        std::vector<Slot> slots;
        std::vector<Literal> literals;
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

    // At least `table.width` bytes of text, and eight more that can be read.
    static std::uint64_t key_of(const Anchored& table, std::string_view text) {
        const char* const p = text.data();
        switch (table.place) {
            case Place::start:
                return load(p, table.width);
            case Place::end:
                return load(p + text.size() - table.width, table.width);
            default: {
                const std::size_t width = std::min<std::size_t>(8, text.size());
                const std::uint64_t last = load(p + text.size() - width, width);
                return (load(p, width) ^ std::rotl(last, 23)) + text.size();
            }
        }
    }

    [[nodiscard]] std::string_view text_of(const Literal& literal) const {
        return {texts_.data() + literal.begin, literal.size};
    }

    static std::uint64_t hash_of(std::uint32_t g) { return g * 0x9E3779B97F4A7C15U; }

    // By pairs of bytes; a literal of one byte is all pairs that begin with it.
    template <class Hit>
    void scan_pairs(std::string_view text, Hit& hit) const {
        const std::uint64_t* const pairs = tiny_pairs_.data();
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::uint16_t pair = 0;
            std::memcpy(&pair, text.data() + i, sizeof pair);
            const std::uint32_t bit = pair_bit(pair);
            if ((pairs[bit >> 6U] >> (bit & 63U) & 1U) != 0) {
                check_tiny(bit, text, i, hit);
            }
        }
    }

    template <class Hit>
    void check_tiny(std::uint32_t bit, std::string_view text, std::size_t at, Hit& hit) const {
        const std::uint32_t here = load_gram(text.data() + at);
        for (std::uint32_t i = tiny_first_[bit]; i < tiny_first_[bit + 1]; ++i) {
            const Tiny& tiny = tiny_[i];
            if ((here & tiny.mask) == tiny.bytes && at + tiny.size <= text.size()) {
                hit(tiny.id);
            }
        }
    }

    static std::uint32_t pair_bit(std::uint32_t pair) {
        return (pair * 0x9E3779B1U) >> (32 - log_pairs);
    }

    template <class Hit>
    void scan_anchored(std::string_view text, Hit& hit) const {
        for (const Anchored& table : anchored_) {
            if (text.size() < table.width) {
                continue;
            }
            const std::uint64_t key = key_of(table, text);
            const std::uint64_t mixed = mix(key);
            if (!table.filter.may_have(mixed)) {
                continue;
            }
            for (std::uint64_t i = mixed & table.mask; table.slots[i].size != 0;
                 i = (i + 1) & table.mask) {
                const Slot& slot = table.slots[i];
                if (slot.key == key) {
                    for (std::uint32_t k = 0; k < slot.size; ++k) {
                        check_anchored(table.literals[slot.first + k], text, hit);
                    }
                    break;
                }
            }
        }
    }

    template <class Hit>
    void check_anchored(const Literal& literal, std::string_view text, Hit& hit) const {
        const std::size_t n = literal.size;
        if (n > text.size() || (literal.place == Place::whole && n != text.size())) {
            return;
        }
        const char* const from =
            literal.place == Place::end ? text.data() + text.size() - n : text.data();
        if (std::memcmp(from, texts_.data() + literal.begin, n) == 0) {
            hit(literal.id);
        }
    }

    template <class Hit>
    void scan_each_fourth(std::string_view text, Hit& hit) const {
        const KeyFilter::View filter(filter_);
        const char* const end = text.data() + text.size();
        for (const char* p = text.data(); p + gram <= end; p += 4) {
            const std::uint32_t g = load_gram(p);
            if (filter.may_have(hash_of(g))) {
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
        const KeyFilter::View filter(filter_);
        const char* const last = text.data() + text.size() - gram;
        for (const char* p = text.data(); p <= last; p += 4) {
            const std::uint64_t v = load(p, 8);
            const auto met = [&](unsigned k) {
                return filter.look(hash_of(static_cast<std::uint32_t>(v >> (8 * k))));
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
                const Literal& literal = entry.literal;
                if (literal.size - entry.offset <= text.size() - before &&
                    std::memcmp(p - entry.offset, texts_.data() + literal.begin, literal.size) ==
                        0) {
                    hit(literal.id);
                }
            }
            return;
        }
    }

    void build_tiny(const std::vector<std::uint32_t>& members);
    void build_anchored(Place place, std::size_t width, const std::vector<std::uint32_t>& members);
    void build_grams(const std::vector<std::uint32_t>& members, const GramWeights& weights);
    [[nodiscard]] std::size_t best_offset(std::string_view literal,
                                          const GramWeights& weights) const;

    std::string texts_;  // and once built some bytes more, to be read
    std::vector<Literal> literals_;
    std::vector<Anchored> anchored_;
    std::vector<Tiny> tiny_;                 // by bit
    std::vector<std::uint32_t> tiny_first_;  // of a bit's, and one behind the last
    std::vector<std::uint64_t> tiny_pairs_;  // how they begin
    std::size_t stride_ = 1;
    KeyFilter filter_;  // of grams
    std::vector<GramSlot> gram_slots_;
    std::uint64_t gram_mask_ = 0;
    std::vector<Entry> entries_;
};

}  // namespace spoor::sigma
