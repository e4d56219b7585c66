// A Bloom filter of one word a key: says of most keys that were not added that they were not, with
// one look at a memory small enough to stay in the first-level cache.
//
// Private to sigma. Const once all keys are added: safe from any thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spoor::sigma {

class KeyFilter {
public:
    // Room for `n` keys: about one in seventy others is taken for one of them.
    void prepare(std::size_t n) {
        const std::size_t words = std::bit_ceil(std::clamp<std::size_t>(n / 4, 8, most_words));
        words_.assign(words, 0);
    }

    // `hash`: its upper 28 bits are used.
    void add(std::uint64_t hash) {
        words_[hash >> 48U & (words_.size() - 1)] |=
            std::uint64_t{1} << (hash >> 42U & 63U) | std::uint64_t{1} << (hash >> 36U & 63U);
    }

    // What is looked at, for a loop to keep in registers.
    class View {
    public:
        explicit View(const KeyFilter& filter)
            : words_(filter.words_.data()), mask_(filter.words_.size() - 1) {}

        // In the lowest bit; what is in the others means nothing.
        [[nodiscard]] std::uint64_t look(std::uint64_t hash) const {
            const std::uint64_t word = words_[hash >> 48U & mask_];
            return word >> (hash >> 42U & 63U) & word >> (hash >> 36U & 63U);
        }

        [[nodiscard]] bool may_have(std::uint64_t hash) const { return (look(hash) & 1U) != 0; }

    private:
        const std::uint64_t* words_;
        std::uint64_t mask_;
    };

    [[nodiscard]] bool may_have(std::uint64_t hash) const { return View(*this).may_have(hash); }

private:
    static constexpr std::size_t most_words = std::size_t{1} << 16;

    std::vector<std::uint64_t> words_;
};

}  // namespace spoor::sigma
