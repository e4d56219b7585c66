// ExactSum: a sum of numbers to which numbers are added and from which they are taken away for
// ever without drift: integers in 128 bits, reals in a fixed-point number that holds every bit of
// every double. Rounded once, when it is asked for; so it does not depend on the order of what went
// in. One owner.
#pragma once

#include "sigma/expression.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace spoor::sigma {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

class ExactSum {
public:
    void add(const Number& number);
    void subtract(const Number& number);  // one that was added

    // To the nearest double.
    [[nodiscard]] double value() const;
    // Less than zero, zero, or more, as the sum is less than `times` times `bound`, equal or more.
    // Exactly.
    [[nodiscard]] int compare(double bound, std::uint64_t times) const;

    [[nodiscard]] Int128 integers() const { return integers_; }

    [[nodiscard]] std::size_t bytes() const { return reals_ ? sizeof(Limbs) : 0; }

    // The whole of it in words, for rows of state: `num_words` of them, and how many reals are in
    // it. Words of other sums only; false: they are of none.
    static constexpr std::size_t num_words = 70;

    [[nodiscard]] std::uint64_t num_reals() const { return num_reals_; }

    [[nodiscard]] std::array<std::uint32_t, num_words> words() const;
    [[nodiscard]] bool restore(Int128 integers,
                               std::uint64_t num_reals,
                               const std::array<std::uint32_t, num_words>& words);

private:
    // Digits to the base 2^32, each with its carry not yet passed on; the lowest is 2^-1074.
    struct Limbs {
        std::array<std::int64_t, num_words> digits{};
        std::uint32_t num_added = 0;  // since carries were passed on
    };

    void put(double value, int sign);
    [[nodiscard]] Limbs total() const;
    static void pass_carries(Limbs& limbs);
    static void add_bits(Limbs& limbs, UInt128 bits, unsigned at, int sign);
    static void add_real(Limbs& limbs, double value, std::uint64_t times, int sign);
    static double round(Limbs limbs);

    Int128 integers_ = 0;
    std::uint64_t num_reals_ = 0;
    std::unique_ptr<Limbs> reals_;  // of no numbers at all: nothing
};

}  // namespace spoor::sigma
