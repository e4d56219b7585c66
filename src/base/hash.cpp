#include "base/hash.hpp"

#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <xxhash.h>

namespace spoor {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Digest digest128(std::string_view bytes) {
    static_assert(std::tuple_size_v<Digest> >= crypto_generichash_BYTES_MIN);
    static const int ready = sodium_init();  // without it the slowest of its ways is taken
    static_cast<void>(ready);
    Digest out{};
    crypto_generichash(out.data(),
                       out.size(),
                       reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size(),
                       nullptr,
                       0);
    return out;
}

void append_hex(std::string& out, const Digest& digest) {
    constexpr char digits[] = "0123456789abcdef";
    char text[2 * std::tuple_size_v<Digest>];
    char* p = text;
    for (const unsigned char b : digest) {
        *p++ = digits[b >> 4U];
        *p++ = digits[b & 0xFU];
    }
    out.append(text, sizeof text);
}

std::string to_hex(const Digest& digest) {
    std::string out;
    out.reserve(2 * digest.size());
    append_hex(out, digest);
    return out;
}

}  // namespace spoor
