#include "sigma/exact_sum.hpp"

#include <bit>
#include <cmath>

namespace spoor::sigma {

namespace {

constexpr unsigned digit_bits = 32;
constexpr unsigned zero_at = 1074;  // the place of 2^0
constexpr std::int64_t digit_mask = 0xFFFFFFFF;
constexpr std::uint32_t most_added = 1U << 29U;  // then a digit might overflow

UInt128 magnitude(Int128 v) {
    return v < 0 ? -static_cast<UInt128>(v) : static_cast<UInt128>(v);
}

}  // namespace

void ExactSum::add_bits(Limbs& limbs, UInt128 bits, unsigned at, int sign) {
    std::size_t i = at / digit_bits;
    const unsigned shift = at % digit_bits;
    // The lowest digit takes what fits above `shift`; the others whole digits.
    const auto low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(bits) << shift);
    limbs.digits[i] += sign * std::int64_t{low};
    bits >>= digit_bits - shift;
    while (bits != 0) {
        limbs.digits[++i] += sign * static_cast<std::int64_t>(static_cast<std::uint32_t>(bits));
        bits >>= digit_bits;
    }
}

void ExactSum::pass_carries(Limbs& limbs) {
    std::int64_t carry = 0;
    for (std::size_t i = 0; i + 1 < num_words; ++i) {
        const std::int64_t digit = limbs.digits[i] + carry;
        limbs.digits[i] = digit & digit_mask;
        carry = digit >> digit_bits;
    }
    limbs.digits[num_words - 1] += carry;
    limbs.num_added = 0;
}

void ExactSum::add_real(Limbs& limbs, double value, std::uint64_t times, int sign) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto exponent = static_cast<unsigned>(bits >> 52U & 0x7FFU);
    const std::uint64_t fraction = bits & 0xFFFFFFFFFFFFFULL;
    const bool is_normal = exponent != 0;
    add_bits(limbs,
             UInt128{is_normal ? fraction | (1ULL << 52U) : fraction} * times,
             is_normal ? exponent - 1 : 0,
             std::signbit(value) ? -sign : sign);
}

void ExactSum::put(double value, int sign) {
    if (value == 0) {
        return;
    }
    if (!reals_) {
        reals_ = std::make_unique<Limbs>();
    }
    add_real(*reals_, value, 1, sign);
    if (++reals_->num_added == most_added) {
        pass_carries(*reals_);
    }
}

ExactSum::Limbs ExactSum::total() const {
    Limbs limbs = reals_ ? *reals_ : Limbs();
    add_bits(limbs, magnitude(integers_), zero_at, integers_ < 0 ? -1 : 1);
    return limbs;
}

void ExactSum::add(const Number& number) {
    if (number.is_integer) {
        integers_ += number.integer;
        return;
    }
    ++num_reals_;
    put(number.real, 1);
}

void ExactSum::subtract(const Number& number) {
    if (number.is_integer) {
        integers_ -= number.integer;
        return;
    }
    put(number.real, -1);
    if (--num_reals_ == 0) {
        reals_.reset();
    }
}

double ExactSum::round(Limbs limbs) {
    pass_carries(limbs);
    const bool negative = limbs.digits[num_words - 1] < 0;
    if (negative) {
        for (std::int64_t& digit : limbs.digits) {
            digit = -digit;
        }
        pass_carries(limbs);
    }
    std::size_t top = num_words;
    while (top > 0 && limbs.digits[top - 1] == 0) {
        --top;
    }
    if (top == 0) {
        return 0;
    }
    // Three digits have at least 65 bits; what is below them matters only in being there.
    UInt128 bits = 0;
    const std::size_t low = top >= 3 ? top - 3 : 0;
    for (std::size_t i = top; i > low; --i) {
        bits = bits << digit_bits | static_cast<std::uint64_t>(limbs.digits[i - 1]);
    }
    for (std::size_t i = 0; i < low; ++i) {
        if (limbs.digits[i] != 0) {
            bits |= 1;
            break;
        }
    }
    const double rounded = std::ldexp(
        static_cast<double>(bits), static_cast<int>(low * digit_bits) - static_cast<int>(zero_at));
    return negative ? -rounded : rounded;
}

double ExactSum::value() const {
    return reals_ ? round(total()) : static_cast<double>(integers_);
}

int ExactSum::compare(double bound, std::uint64_t times) const {
    if (!reals_ && std::abs(bound) < 0x1p62 && bound == std::floor(bound)) {
        const Int128 limit = static_cast<Int128>(bound) * static_cast<Int128>(times);
        return integers_ < limit ? -1 : (integers_ > limit ? 1 : 0);
    }
    Limbs difference = total();
    add_real(difference, bound, times, -1);
    const double sign = round(difference);
    return sign < 0 ? -1 : (sign > 0 ? 1 : 0);
}

std::array<std::uint32_t, ExactSum::num_words> ExactSum::words() const {
    std::array<std::uint32_t, num_words> out{};
    if (reals_) {
        Limbs limbs = *reals_;
        pass_carries(limbs);
        for (std::size_t i = 0; i < num_words; ++i) {
            out[i] = static_cast<std::uint32_t>(limbs.digits[i]);
        }
    }
    return out;
}

bool ExactSum::restore(Int128 integers,
                       std::uint64_t num_reals,
                       const std::array<std::uint32_t, num_words>& words) {
    integers_ = integers;
    num_reals_ = num_reals;
    reals_.reset();
    bool any = false;
    for (const std::uint32_t word : words) {
        any = any || word != 0;
    }
    if (!any) {
        return true;
    }
    reals_ = std::make_unique<Limbs>();
    for (std::size_t i = 0; i < num_words; ++i) {
        reals_->digits[i] = words[i];
    }
    // The highest has the sign; a sum of doubles never comes near it.
    const auto highest = static_cast<std::int32_t>(words[num_words - 1]);
    reals_->digits[num_words - 1] = highest;
    return num_reals != 0 && (highest == 0 || highest == -1);
}

}  // namespace spoor::sigma
