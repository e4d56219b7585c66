#include "decode/path_index.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

namespace spoor::decode {

// The trie while it is being made.
struct PathIndex::Draft {
    std::vector<std::uint16_t> row_ids;
    std::vector<std::uint16_t> watched_ids;
    std::map<std::string, Draft, std::less<>> children;  // "*" among them
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

    void merge(const Draft& other) {
        row_ids.insert(row_ids.end(), other.row_ids.begin(), other.row_ids.end());
        watched_ids.insert(watched_ids.end(), other.watched_ids.begin(), other.watched_ids.end());
        is_named_list |= other.is_named_list;
        for (const auto& [name, child] : other.children) {
            children[name].merge(child);
        }
    }

    // Makes each named child also what `*` beside it is, so that one lookup finds both.
    void spread_any() {
        if (const auto any = children.find(any_member); any != children.end()) {
            for (auto& [name, child] : children) {
                if (name != any_member) {
                    child.merge(any->second);
                }
            }
        }
        for (auto& [name, child] : children) {
            child.spread_any();
        }
    }

    // What is left of it without rows; false: nothing is watched here or below.
    bool keep_watched() {
        row_ids.clear();
        bool any = !watched_ids.empty();
        for (auto it = children.begin(); it != children.end();) {
            const bool keep = it->second.keep_watched();
            any |= keep;
            it = keep || it->second.is_named_list ? std::next(it) : children.erase(it);
        }
        return any;
    }

    static constexpr std::string_view any_member = "*";
};

namespace {

bool names_host(const Row& row) {
    return row.use == Use::host || row.use == Use::entity_host || row.use == Use::entity_type;
}

// What EventBuilder looks at to find shape, host, time and log source.
bool tells_origin(const Row& row) {
    constexpr std::array looked_at = {FieldId::event_id,
                                      FieldId::channel,
                                      FieldId::provider,
                                      FieldId::event_type,
                                      FieldId::action,
                                      FieldId::dns_query};
    return row.use != Use::field || row.field >= first_feature ||
           std::ranges::find(looked_at, row.field) != looked_at.end();
}

bool is_of(const Row& row, PathIndex::Rows which) {
    switch (which) {
        case PathIndex::Rows::all:
            return true;
        case PathIndex::Rows::of_origin:
            return tells_origin(row);
        case PathIndex::Rows::of_hosts:
            break;
    }
    return names_host(row);
}

std::size_t without_spaces(std::string_view name, char* out) {
    char* end = out;
    for (const char c : name) {
        *end = c;
        end += c != ' ' ? 1 : 0;
    }
    return static_cast<std::size_t>(end - out);
}

}  // namespace

PathIndex::PathIndex(Rows which, const std::vector<std::string>& watched) {
    SPOOR_ASSERT(watched.size() <= std::numeric_limits<std::uint16_t>::max(), "ids have 16 bits");
    Draft draft;
    const auto& all = rows();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (is_of(all[i], which)) {
            draft.at(all[i].path).row_ids.push_back(static_cast<std::uint16_t>(i));
        }
    }
    if (which != Rows::of_hosts) {
        for (const std::string_view path : named_lists) {
            draft.at(path).is_named_list = true;
        }
    }
    if (watched.empty()) {
        root_ = build(draft, nullptr);
        return;
    }
    for (std::size_t i = 0; i < watched.size(); ++i) {
        std::string path(watched[i]);
        path.resize(without_spaces(watched[i], path.data()));
        draft.at(path).watched_ids.push_back(static_cast<std::uint16_t>(i));
    }
    draft.spread_any();
    Draft twin = draft;
    twin.keep_watched();
    const PathNode* const twin_root = build(twin, nullptr);
    for (PathNode& node : nodes_) {
        node.watched_only = &node;
    }
    root_ = build(draft, twin_root);
}

// `twin`: the node of the same path in the trie without rows, if that is there.
const PathNode* PathIndex::build(const Draft& draft, const PathNode* twin) {
    PathNode& node = nodes_.emplace_back();
    node.first_row = static_cast<std::uint32_t>(row_ids_.size());
    node.num_rows = static_cast<std::uint32_t>(draft.row_ids.size());
    row_ids_.insert(row_ids_.end(), draft.row_ids.begin(), draft.row_ids.end());
    node.first_watched = static_cast<std::uint32_t>(watched_ids_.size());
    node.num_watched = static_cast<std::uint32_t>(draft.watched_ids.size());
    watched_ids_.insert(watched_ids_.end(), draft.watched_ids.begin(), draft.watched_ids.end());
    node.watched_only = twin;
    if (draft.children.empty()) {
        return &node;
    }
    std::uint32_t num_slots = 4;
    while (num_slots < 4 * draft.children.size()) {
        num_slots *= 2;
    }
    const std::size_t first_slot = table_.size();
    node.first_slot = static_cast<std::uint32_t>(first_slot);
    node.num_slots = num_slots;
    table_.resize(first_slot + num_slots);
    node.first_child = static_cast<std::uint32_t>(slots_.size());
    slots_.resize(slots_.size() + draft.children.size());
    std::uint16_t num_children = 0;
    for (const auto& [name, child] : draft.children) {
        std::string& kept = names_.emplace_back(name);
        kept.reserve(name.size() + 8);  // load() reads eight bytes
        if (name == Draft::any_member) {
            node.otherwise = build(child, twin != nullptr ? twin->otherwise : nullptr);
            continue;
        }
        const PathNode* built = build(child, twin != nullptr ? find_segment(*twin, kept) : nullptr);
        if (child.is_named_list) {
            const_cast<PathNode*>(built)->names_members = &node;
        }
        const Slot slot{MemberKey::of(kept), built};
        slots_[node.first_child + num_children] = slot;
        std::size_t i = slot.key.hash() & (num_slots - 1);
        while (table_[first_slot + i] != 0) {
            i = (i + 1) & (num_slots - 1);
        }
        table_[first_slot + i] = ++num_children;
    }
    return &node;
}

// Of a name that is no child's, and has a dot or a space in it or stands where `*` does.
const PathNode* PathIndex::find_otherwise(const PathNode& node, std::string_view name) const {
    const PathNode* found = nullptr;
    if (node.watched_only != nullptr && name.find(' ') != std::string_view::npos) {
        found = find_spaced(*node.watched_only, name);
    } else {
        found = find_dotted(node, name);
    }
    return found != nullptr ? found : node.otherwise;
}

const PathNode* PathIndex::find_spaced(const PathNode& node, std::string_view name) const {
    std::array<char, 256> plain{};  // with eight bytes to spare; a longer name is no path's
    if (name.size() > plain.size() - 8) {
        return nullptr;
    }
    const std::string_view text{plain.data(), without_spaces(name, plain.data())};
    const PathNode* found = find_segment(node, text);
    return found != nullptr ? found : find_dotted(node, text);
}

const PathNode* PathIndex::find_dotted(const PathNode& node, std::string_view name) const {
    const PathNode* at = &node;
    std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) {
        return nullptr;
    }
    while (at != nullptr) {
        const std::string_view segment = name.substr(0, dot);
        const PathNode* next = find_segment(*at, segment);
        at = next != nullptr ? next : at->otherwise;
        if (dot == std::string_view::npos) {
            break;
        }
        name.remove_prefix(dot + 1);
        dot = name.find('.');
    }
    return at;
}

}  // namespace spoor::decode
