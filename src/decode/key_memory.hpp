// KeyMemory: what member names led to, and which name came behind which. The events of a stream
// are alike, so the next name is nearly always the one that came behind this one last time: one
// comparison then stands for a lookup, of names that lead nowhere too.
//
// Private to decode. One owner (a decoder or a probe). Bounded: what finds no room is looked up in
// the paths each time.
#pragma once

#include "decode/path_index.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {

class KeyMemory {
public:
    using Place = std::uint32_t;
    static constexpr Place nowhere = 0;  // what comes before the first name of an object

    KeyMemory() : known_(1), table_(num_slots) {}

    // The node that `name` leads to from `node`. `place` is that of the name before it in the same
    // object, and becomes this one's. 8 bytes behind the name must be readable.
    [[nodiscard]] const PathNode* find(const PathIndex& paths,
                                       const PathNode& node,
                                       std::string_view name,
                                       Place& place) {
        const MemberKey key = MemberKey::of(name);
        const Place next = known_[place].next;
        if (is_it(known_[next], node, key)) {
            place = next;
            return known_[next].child;
        }
        return look_up(paths, node, key, place);
    }

private:
    static constexpr std::size_t num_slots = 4096;  // a power of two
    static constexpr std::size_t most = num_slots / 4;
    static constexpr std::size_t longest = 64;

    struct Known {
        MemberKey key;  // its name is ours
        const PathNode* node = nullptr;
        const PathNode* child = nullptr;
        Place next = 0;
    };

    static bool is_it(const Known& known, const PathNode& node, const MemberKey& key) {
        return known.node == &node && known.key == key;
    }

    const PathNode* look_up(const PathIndex& paths,
                            const PathNode& node,
                            const MemberKey& key,
                            Place& place);

    std::vector<Known> known_;  // by place; the first is of no name
    std::vector<std::uint16_t> table_;
    std::deque<std::string> names_;
};

}  // namespace spoor::decode
