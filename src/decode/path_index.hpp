// The mapping table, and the paths that rules watch, compiled for lookups: a trie over path
// segments, a hash table of names at each node. A path is found whether its document nests it
// ({"host":{"name":...}}), dots it ("host.name") or mixes both.
//
// Watched paths have rules of their own (docs/sigma-semantics.md F1-F3): names also fit without
// their spaces, all elements of an array count, a segment `*` is any one member. What is reached by
// those only must not become a modelled field: each node that has something watched at or below it
// has a twin without rows, and the walk goes on there.
//
// Private to decode. Built once, then const: safe from any thread.
#pragma once

#include "decode/mapping.hpp"
#include "decode/member_key.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {

struct PathNode {
    std::uint32_t first_row = 0;      // into PathIndex::row_ids
    std::uint32_t num_rows = 0;       // what a scalar here is mapped to
    std::uint32_t first_watched = 0;  // into PathIndex::watched_ids
    std::uint32_t num_watched = 0;    // the paths that lead here
    std::uint32_t first_child = 0;    // into PathIndex::slots
    std::uint32_t first_slot = 0;
    std::uint32_t num_slots = 0;  // of the table of children: a power of two, or 0
    // Of a list of {"@Name", "#text"} objects: the node whose members they name.
    const PathNode* names_members = nullptr;
    const PathNode* watched_only = nullptr;  // the twin; of a twin itself; null: nothing is watched
    const PathNode* otherwise = nullptr;     // where members go that no other name fits: `*`

    [[nodiscard]] bool is_leaf() const { return num_slots == 0 && otherwise == nullptr; }

    [[nodiscard]] bool is_wanted() const { return num_rows + num_watched > 0; }
};

class PathIndex {
public:
    // Of all rows, of those that tell what an event is, or of those that name a host.
    enum class Rows : std::uint8_t { all, of_origin, of_hosts };
    explicit PathIndex(Rows which, const std::vector<std::string>& watched = {});
    // Nodes point at each other.
    PathIndex(const PathIndex&) = delete;
    PathIndex& operator=(const PathIndex&) = delete;

    [[nodiscard]] const PathNode& root() const { return *root_; }

    // `name` is a member's name, perhaps with dots; 8 bytes behind it must be readable.
    [[nodiscard]] const PathNode* find(const PathNode& node, std::string_view name) const {
        const PathNode* found = find_segment(node, name);
        return found != nullptr || !(has_separator(name) || node.otherwise != nullptr)
                   ? found
                   : find_otherwise(node, name);
    }

    // Ids are indices into rows().
    [[nodiscard]] std::span<const std::uint16_t> row_ids(const PathNode& node) const {
        return {row_ids_.data() + node.first_row, node.num_rows};
    }

    // Ids are indices into `watched`.
    [[nodiscard]] std::span<const std::uint16_t> watched_ids(const PathNode& node) const {
        return {watched_ids_.data() + node.first_watched, node.num_watched};
    }

private:
    struct Slot {
        MemberKey key;
        const PathNode* node = nullptr;
    };

    struct Draft;

    [[nodiscard]] const PathNode* find_segment(const PathNode& node, std::string_view name) const {
        if (node.num_slots == 0) {
            return nullptr;
        }
        const MemberKey key = MemberKey::of(name);
        const std::uint16_t* table = table_.data() + node.first_slot;
        const std::size_t mask = node.num_slots - 1;
        for (std::size_t i = key.hash() & mask; table[i] != 0; i = (i + 1) & mask) {
            const Slot& slot = slots_[node.first_child + table[i] - 1U];
            if (slot.key == key) {
                return slot.node;
            }
        }
        return nullptr;
    }

    // Whether there is a dot or a space in it.
    static bool has_separator(std::string_view name) {
        constexpr std::uint64_t ones = 0x0101010101010101U;
        const auto zeros = [](std::uint64_t v) { return (v - ones) & ~v & (ones * 0x80U); };
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < name.size(); i += 8) {
            const std::uint64_t v = MemberKey::load(name.data() + i, name.size() - i);
            found |= zeros(v ^ (ones * '.')) | zeros(v ^ (ones * ' '));
        }
        return found != 0;
    }

    [[nodiscard]] const PathNode* find_otherwise(const PathNode& node, std::string_view name) const;
    [[nodiscard]] const PathNode* find_spaced(const PathNode& node, std::string_view name) const;
    [[nodiscard]] const PathNode* find_dotted(const PathNode& node, std::string_view name) const;
    const PathNode* build(const Draft& draft, const PathNode* twin);

    std::deque<PathNode> nodes_;
    std::vector<Slot> slots_;  // children, those of one node together
    // Hash tables, a node's at its first_slot: 1 + place among its children, or 0. Apart from the
    // slots, so that what is not there costs no cache line of those.
    std::vector<std::uint16_t> table_;
    std::vector<std::uint16_t> row_ids_;
    std::vector<std::uint16_t> watched_ids_;
    const PathNode* root_ = nullptr;
    std::deque<std::string> names_;
};

}  // namespace spoor::decode
