#include "decode/path_index.hpp"

#include <algorithm>
#include <map>

namespace spoor::decode {

// The trie while it is being made.
struct PathIndex::Draft {
    std::vector<std::uint16_t> row_ids;
    std::map<std::string, Draft, std::less<>> children;
    bool is_named_list = false;

    Draft& at(std::string_view path) {
        Draft* node = this;
        while (!path.empty()) {
            const std::size_t dot = std::min(path.find('.'), path.size());
            node = &node->children[std::string(path.substr(0, dot))];
            path.remove_prefix(std::min(dot + 1, path.size()));
        }
        return *node;
    }
};

namespace {

bool names_host(const Row& row) {
    return row.use == Use::host || row.use == Use::entity_host || row.use == Use::entity_type;
}

}  // namespace

PathIndex::PathIndex(Rows which) {
    Draft draft;
    const auto& all = rows();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (which == Rows::all || names_host(all[i])) {
            draft.at(all[i].path).row_ids.push_back(static_cast<std::uint16_t>(i));
        }
    }
    if (which == Rows::all) {
        for (const std::string_view path : named_lists) {
            draft.at(path).is_named_list = true;
        }
    }
    build(draft);
}

const PathNode* PathIndex::build(const Draft& draft) {
    PathNode& node = nodes_.emplace_back();
    node.first_row = static_cast<std::uint32_t>(row_ids_.size());
    node.num_rows = static_cast<std::uint32_t>(draft.row_ids.size());
    row_ids_.insert(row_ids_.end(), draft.row_ids.begin(), draft.row_ids.end());
    if (draft.children.empty()) {
        return &node;
    }
    std::uint32_t num_slots = 4;
    while (num_slots < 4 * draft.children.size()) {
        num_slots *= 2;
    }
    const std::size_t first_slot = slots_.size();
    node.first_slot = static_cast<std::uint32_t>(first_slot);
    node.num_slots = num_slots;
    slots_.resize(first_slot + num_slots);
    for (const auto& [name, child] : draft.children) {
        std::string& kept = names_.emplace_back(name);
        kept.reserve(name.size() + 8);  // load() reads eight bytes
        const PathNode* built = build(child);
        if (child.is_named_list) {
            const_cast<PathNode*>(built)->names_members = &node;
        }
        Slot slot = key_of(kept);
        slot.node = built;
        std::size_t i = hash(slot) & (num_slots - 1);
        while (slots_[first_slot + i].node != nullptr) {
            i = (i + 1) & (num_slots - 1);
        }
        slots_[first_slot + i] = slot;
    }
    return &node;
}

const PathNode* PathIndex::find_dotted(const PathNode& node, std::string_view name) const {
    const PathNode* at = &node;
    while (at != nullptr) {
        const std::size_t dot = name.find('.');
        if (dot == std::string_view::npos) {
            return at == &node ? nullptr : find_segment(*at, name);
        }
        at = find_segment(*at, name.substr(0, dot));
        name.remove_prefix(dot + 1);
    }
    return nullptr;
}

}  // namespace spoor::decode
