// JSON numbers: one pass over the digits checks the grammar and gathers the value's parts; making a
// double of them is a second step, taken only where the value is wanted.
//
// Private to decode. Pure functions.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spoor::decode {

static_assert(std::endian::native == std::endian::little, "digits are read eight at a time");

// mantissa * 10^exponent
struct Number {
    std::uint64_t mantissa = 0;
    std::int32_t exponent = 0;
    bool negative = false;
    bool exact = false;  // the mantissa has at most 19 digits, so it is all here
};

// The value of eight digits; each byte of `d` holds one, the first in the lowest.
inline std::uint64_t eight_digits(std::uint64_t d) {
    d = d * 10 + (d >> 8);
    return ((d & 0x000000FF000000FFU) * 0x000F424000000064U +
            ((d >> 16) & 0x000000FF000000FFU) * 0x0000271000000001U) >>
           32;
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Adds the run of digits at `p` to `value`; answers where it ends. Eight bytes behind `end` must be
// readable. Most numbers end with their digits, so what is left of fewer than eight is tried whole.
inline const char* read_digits(const char* p, const char* end, std::uint64_t& value) {
    static constexpr std::array<std::uint32_t, 9> powers = {
        1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
    while (p < end) {
        const auto left = static_cast<std::size_t>(end - p);
        const std::size_t n = left < 8 ? left : 8;
        std::uint64_t d = 0;
        std::memcpy(&d, p, sizeof d);
        d = (d ^ 0x3030303030303030U) << (8 * (8 - n));
        const bool all_digits = (((d + 0x7676767676767676U) | d) & 0x8080808080808080U) == 0;
        if (!all_digits) {
            break;
        }
        value = value * powers[n] + eight_digits(d);
        p += n;
    }
    for (; p < end && is_digit(*p); ++p) {
        value = value * 10 + static_cast<std::uint64_t>(*p - '0');
    }
    return p;
}

// The digits behind an 'e', with their sign. False: there are none.
inline bool read_exponent(const char* p, const char* end, std::int32_t& exponent) {
    bool negative = false;
    if (p < end && (*p == '-' || *p == '+')) {
        negative = *p == '-';
        ++p;
    }
    constexpr std::int32_t beyond_any = 100'000;
    std::int32_t value = 0;
    const char* const digits = p;
    for (; p < end && is_digit(*p); ++p) {
        value = value < beyond_any ? value * 10 + (*p - '0') : value;
    }
    exponent += negative ? -value : value;
    return p == end && p != digits;
}

// False: the text is no JSON number. Eight bytes behind it must be readable.
inline bool scan_number(std::string_view text, Number& out) {
    const char* p = text.data();
    const char* const end = p + text.size();
    out.negative = p < end && *p == '-';
    p += out.negative ? 1 : 0;
    const char* const whole = p;
    out.mantissa = 0;
    out.exponent = 0;
    for (; p < end && is_digit(*p); ++p) {
        out.mantissa = out.mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
    }
    auto num_digits = p - whole;
    if (num_digits == 0 || (*whole == '0' && num_digits > 1)) {
        return false;
    }
    if (p < end && *p == '.') {
        ++p;
        const char* const fraction = p;
        p = read_digits(p, end, out.mantissa);
        if (p == fraction) {
            return false;
        }
        out.exponent = -static_cast<std::int32_t>(p - fraction);
        num_digits += p - fraction;
    }
    constexpr std::ptrdiff_t max_digits = 19;
    if (num_digits > max_digits) {
        for (const char* zero = whole; zero < p && (*zero == '0' || *zero == '.'); ++zero) {
            num_digits -= *zero == '0' ? 1 : 0;
        }
    }
    out.exact = num_digits <= max_digits;
    if (p < end && (*p == 'e' || *p == 'E')) {
        return read_exponent(p + 1, end, out.exponent);
    }
    return p == end;
}

}  // namespace spoor::decode
