// Hashes. hash64 is fast and for tables in memory and routing only, never stored; digest128 is
// BLAKE2b cut to 128 bits, for identities that a sender must not be able to collide. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor {

[[nodiscard]] std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

using Digest = std::array<unsigned char, 16>;
[[nodiscard]] Digest digest128(std::string_view bytes);
[[nodiscard]] std::string to_hex(const Digest& digest);
void append_hex(std::string& out, const Digest& digest);

// For unordered containers keyed by text, with lookups by view.
struct TextHash {
    using is_transparent = void;

    [[nodiscard]] std::size_t operator()(std::string_view s) const { return hash64(s); }
};

}  // namespace spoor
