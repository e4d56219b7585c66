#include "decode/key_memory.hpp"

namespace spoor::decode {

const PathNode* KeyMemory::look_up(const PathIndex& paths,
                                   const PathNode& node,
                                   const MemberKey& key,
                                   Place& place) {
    const auto of_node = reinterpret_cast<std::uintptr_t>(&node) >> 4U;
    std::size_t slot = (key.hash() + of_node) % num_slots;
    while (table_[slot] != 0 && !is_it(known_[table_[slot]], node, key)) {
        slot = (slot + 1) % num_slots;
    }
    Place found = table_[slot];
    if (found == nowhere) {
        const std::string_view name{key.name, key.size};
        const PathNode* const child = paths.find(node, name);
        if (known_.size() >= most || key.size > longest) {
            place = nowhere;
            return child;
        }
        std::string& kept = names_.emplace_back(name);
        kept.reserve(name.size() + 8);
        found = static_cast<Place>(known_.size());
        table_[slot] = static_cast<std::uint16_t>(found);
        known_.push_back({MemberKey::of(kept), &node, child, nowhere});
    }
    known_[place].next = found;
    place = found;
    return known_[found].child;
}

}  // namespace spoor::decode
