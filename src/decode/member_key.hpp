// MemberKey: a member's name so that comparing two is mostly comparing two words. 8 bytes behind
// the name must be readable.
//
// Private to decode. A view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spoor::decode {

struct MemberKey {
    std::uint64_t first = 0;  // eight bytes of the name, or fewer and zeros
    std::uint64_t last = 0;   // its last eight, if it is longer
    const char* name = nullptr;
    std::size_t size = 0;

    static MemberKey of(std::string_view name) {
        const std::size_t n = name.size();
        const char* const p = name.data();
        return {load(p, n), n > 8 ? load(p + n - 8, 8) : 0, p, n};
    }

    [[nodiscard]] std::size_t hash() const {
        std::uint64_t h = (first + size) ^ (last * 0x9E3779B97F4A7C15U);
        h *= 0xD6E8FEB86659FD93U;
        return h >> 32;
    }

    friend bool operator==(const MemberKey& a, const MemberKey& b) {
        return a.first == b.first && a.last == b.last && a.size == b.size &&
               (a.size <= 16 || same_middle(a.name, b.name, a.size));
    }

    static std::uint64_t load(const char* p, std::size_t n) {
        std::uint64_t v = 0;
        std::memcpy(&v, p, sizeof v);
        return n >= 8 ? v : v & ((std::uint64_t{1} << (8 * n)) - 1);
    }

private:
    static bool same_middle(const char* a, const char* b, std::size_t size) {
        for (std::size_t i = 8; i + 8 < size; i += 8) {
            if (load(a + i, 8) != load(b + i, 8)) {
                return false;
            }
        }
        return true;
    }
};

}  // namespace spoor::decode
