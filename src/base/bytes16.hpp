// Sixteen bytes looked at together: SSE2, which every x86-64 has; elsewhere one by one.
//
// A value. Answers are bits, the first byte's in the lowest.
#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace spoor {

class Bytes16 {
public:
    static constexpr std::size_t size = 16;

    // Of fewer than sixteen; the others are zero.
    static Bytes16 load_some(const char* p, std::size_t n) {
        char padded[size] = {};
        char* to = padded;
        for (const std::size_t part :
             {std::size_t{8}, std::size_t{4}, std::size_t{2}, std::size_t{1}}) {
            if ((n & part) != 0) {
                std::memcpy(to, p, part);
                to += part;
                p += part;
            }
        }
        return load(padded);
    }

#if defined(__SSE2__)
    static Bytes16 load(const char* p) {
        Bytes16 bytes;
        std::memcpy(&bytes.v_, p, size);
        return bytes;
    }

    void store(char* p) const { std::memcpy(p, &v_, size); }

    [[nodiscard]] unsigned equal(char c) const {
        return bits(_mm_cmpeq_epi8(v_, _mm_set1_epi8(c)));
    }

    [[nodiscard]] unsigned beyond_ascii() const { return bits(v_); }

    // What JSON does not take as it is, DEL, and all beyond ASCII.
    [[nodiscard]] unsigned to_escape() const {
        const __m128i low_or_high = _mm_cmplt_epi8(v_, _mm_set1_epi8(0x20));  // as signed bytes
        const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(v_, _mm_set1_epi8('"')),
                                           _mm_cmpeq_epi8(v_, _mm_set1_epi8('\\')));
        const __m128i del = _mm_cmpeq_epi8(v_, _mm_set1_epi8(0x7F));
        return bits(_mm_or_si128(_mm_or_si128(low_or_high, marks), del));
    }

private:
    static unsigned bits(__m128i v) { return static_cast<unsigned>(_mm_movemask_epi8(v)); }

    __m128i v_;
#else
    static Bytes16 load(const char* p) {
        Bytes16 bytes;
        std::memcpy(bytes.v_, p, size);
        return bytes;
    }

    void store(char* p) const { std::memcpy(p, v_, size); }

    [[nodiscard]] unsigned equal(char c) const {
        return bits([c](unsigned char b) { return b == static_cast<unsigned char>(c); });
    }

    [[nodiscard]] unsigned beyond_ascii() const {
        return bits([](unsigned char b) { return b >= 0x80; });
    }

    [[nodiscard]] unsigned to_escape() const {
        return bits([](unsigned char b) { return b < 0x20 || b >= 0x7F || b == '"' || b == '\\'; });
    }

private:
    template <class Is>
    [[nodiscard]] unsigned bits(Is is) const {
        unsigned found = 0;
        for (unsigned i = 0; i < size; ++i) {
            found |= static_cast<unsigned>(is(v_[i])) << i;
        }
        return found;
    }

    unsigned char v_[size];
#endif
};

}  // namespace spoor
