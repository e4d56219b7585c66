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
        shift_ = 32 - static_cast<unsigned>(std::countr_zero(words));
    }

    // `hash`: its upper bits are used first.
    void add(std::uint32_t hash) {
        words_[hash >> shift_] |= std::uint64_t{1} << (hash >> (shift_ - 6) & 63U) |
                                  std::uint64_t{1} << (hash >> (shift_ - 12) & 63U);
    }

    // In the lowest bit; what is in the others means nothing.
    [[nodiscard]] std::uint64_t look(std::uint32_t hash) const {
        const std::uint64_t word = words_[hash >> shift_];
        return word >> (hash >> (shift_ - 6) & 63U) & word >> (hash >> (shift_ - 12) & 63U);
    }

    [[nodiscard]] bool may_have(std::uint32_t hash) const { return (look(hash) & 1U) != 0; }

private:
    static constexpr std::size_t most_words = std::size_t{1} << 16;

    std::vector<std::uint64_t> words_;
    unsigned shift_ = 0;
};

}  // namespace spoor::sigma
