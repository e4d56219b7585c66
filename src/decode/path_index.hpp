// The mapping table compiled for lookups: a trie over path segments, a hash table of names at each
// node. A path is found whether its document nests it ({"host":{"name":...}}), dots it
// ("host.name") or mixes both.
//
// Private to decode. Built once, then const: safe from any thread.
#pragma once

#include "decode/mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {

struct PathNode {
    std::uint32_t first_row = 0;  // into PathIndex::row_ids
    std::uint32_t num_rows = 0;   // what a scalar here is mapped to
    std::uint32_t first_slot = 0;
    std::uint32_t num_slots = 0;  // of the table of children: a power of two, or 0
    // Of a list of {"@Name", "#text"} objects: the node whose members they name.
    const PathNode* names_members = nullptr;
};

class PathIndex {
public:
    // Of all rows, or of those that name a host.
    enum class Rows : std::uint8_t { all, of_hosts };
    explicit PathIndex(Rows which);

    [[nodiscard]] const PathNode& root() const { return nodes_.front(); }

    // `name` is a member's name, perhaps with dots; 8 bytes behind it must be readable.
    [[nodiscard]] const PathNode* find(const PathNode& node, std::string_view name) const {
        const PathNode* found = find_segment(node, name);
        return found != nullptr || name.size() < 3 ? found : find_dotted(node, name);
    }

    // Ids are indices into rows().
    [[nodiscard]] std::span<const std::uint16_t> row_ids(const PathNode& node) const {
        return {row_ids_.data() + node.first_row, node.num_rows};
    }

private:
    struct Slot {
        std::uint64_t first = 0;  // eight bytes of the name, or fewer and zeros
        std::uint64_t last = 0;   // its last eight, if it is longer
        const char* name = nullptr;
        std::size_t size = 0;
        const PathNode* node = nullptr;
    };

    struct Draft;

    static std::uint64_t load(const char* p, std::size_t n) {
        std::uint64_t v = 0;
        std::memcpy(&v, p, sizeof v);
        return n >= 8 ? v : v & ((std::uint64_t{1} << (8 * n)) - 1);
    }

    static Slot key_of(std::string_view name) {
        const std::size_t n = name.size();
        const char* const p = name.data();
        return {load(p, n), n > 8 ? load(p + n - 8, 8) : 0, p, n, nullptr};
    }

    static std::size_t hash(const Slot& key) {
        std::uint64_t h = (key.first + key.size) ^ (key.last * 0x9E3779B97F4A7C15U);
        h *= 0xD6E8FEB86659FD93U;
        return h >> 32;
    }

    // Of names of the same size, first and last eight bytes: those between.
    static bool same_middle(const char* a, const char* b, std::size_t size) {
        for (std::size_t i = 8; i + 8 < size; i += 8) {
            if (load(a + i, 8) != load(b + i, 8)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] const PathNode* find_segment(const PathNode& node, std::string_view name) const {
        if (node.num_slots == 0) {
            return nullptr;
        }
        const Slot key = key_of(name);
        const Slot* slots = slots_.data() + node.first_slot;
        const std::size_t mask = node.num_slots - 1;
        for (std::size_t i = hash(key) & mask; slots[i].node != nullptr; i = (i + 1) & mask) {
            const Slot& slot = slots[i];
            if (slot.first == key.first && slot.last == key.last && slot.size == key.size &&
                same_middle(slot.name, key.name, key.size)) {
                return slot.node;
            }
        }
        return nullptr;
    }

    [[nodiscard]] const PathNode* find_dotted(const PathNode& node, std::string_view name) const;
    const PathNode* build(const Draft& draft);

    std::deque<PathNode> nodes_;
    std::vector<Slot> slots_;
    std::vector<std::uint16_t> row_ids_;
    std::deque<std::string> names_;
};

}  // namespace spoor::decode
