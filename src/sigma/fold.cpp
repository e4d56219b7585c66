#include "sigma/fold.hpp"

#include <unicode/uchar.h>

#include <cstring>

namespace spoor::sigma {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080U;

std::uint64_t load8(const char* p) {
    std::uint64_t v = 0;
    std::memcpy(&v, p, sizeof v);
    return v;
}

// Of eight ASCII bytes: 'A'-'Z' to lower case, the rest as they are.
std::uint64_t lower8(std::uint64_t v) {
    const std::uint64_t ones = 0x0101010101010101U;
    const std::uint64_t from_a = v + ones * (0x80 - 'A');
    const std::uint64_t behind_z = v + ones * (0x80 - 'Z' - 1);
    return v | ((from_a & ~behind_z & high_bits) >> 2);
}

// Bytes of the code point that begins so, which is not ASCII.
std::size_t size_of(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// One code point of valid UTF-8, of `size` bytes.
std::uint32_t decode(const char* p, std::size_t size) {
    const auto at = [p](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(p[i])}; };
    const std::uint32_t first = at(0);
    if (size == 2) {
        return (first & 0x1FU) << 6 | (at(1) & 0x3FU);
    }
    if (size == 3) {
        return (first & 0x0FU) << 12 | (at(1) & 0x3FU) << 6 | (at(2) & 0x3FU);
    }
    return (first & 0x07U) << 18 | (at(1) & 0x3FU) << 12 | (at(2) & 0x3FU) << 6 | (at(3) & 0x3FU);
}

char* encode(std::uint32_t c, char* to) {
    const auto put = [&to](std::uint32_t byte) {
        *to++ = static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0U | c >> 6);
        put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0U | c >> 12);
        put(0x80U | (c >> 6 & 0x3FU));
        put(0x80U | (c & 0x3FU));
    } else {
        put(0xF0U | c >> 18);
        put(0x80U | (c >> 12 & 0x3FU));
        put(0x80U | (c >> 6 & 0x3FU));
        put(0x80U | (c & 0x3FU));
    }
    return to;
}

}  // namespace

std::uint32_t fold(std::uint32_t code_point) {
    if (code_point < 0x80) {
        return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
    }
    return static_cast<std::uint32_t>(
        u_foldCase(static_cast<UChar32>(code_point), U_FOLD_CASE_DEFAULT));
}

bool is_ascii(std::string_view text) {
    std::size_t i = 0;
    std::uint64_t all = 0;
    for (; i + 8 <= text.size(); i += 8) {
        all |= load8(text.data() + i);
    }
    for (; i < text.size(); ++i) {
        all |= static_cast<unsigned char>(text[i]);
    }
    return (all & high_bits) == 0;
}

std::size_t fold_into(char* out, std::string_view text) {
    const char* in = text.data();
    std::size_t left = text.size();
    char* to = out;
    while (left > 0) {
        while (left >= 8) {
            const std::uint64_t v = load8(in);
            if ((v & high_bits) != 0) {
                break;
            }
            const std::uint64_t low = lower8(v);
            std::memcpy(to, &low, sizeof low);
            in += 8;
            to += 8;
            left -= 8;
        }
        while (left > 0 && static_cast<unsigned char>(*in) < 0x80) {
            const char c = *in++;
            *to++ = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            --left;
            if (left >= 8 && (load8(in) & high_bits) == 0) {
                break;
            }
        }
        if (left > 0 && static_cast<unsigned char>(*in) >= 0x80) {
            const std::size_t size = size_of(*in);
            if (size > left) {
                break;  // cut off: not the valid text that was promised
            }
            to = encode(fold(decode(in, size)), to);
            in += size;
            left -= size;
        }
    }
    return static_cast<std::size_t>(to - out);
}

void append_folded(std::string& out, std::string_view text) {
    const std::size_t begin = out.size();
    out.resize(begin + text.size() + text.size() / 2 + 32);
    out.resize(begin + fold_into(out.data() + begin, text));
}

std::string folded(std::string_view text) {
    std::string out;
    append_folded(out, text);
    return out;
}

}  // namespace spoor::sigma
