// Which host a message is about: the best of the names it gives, by the mapping table's order.
// Shared by Decoder and HostProbe, so that both name the same.
//
// Private to decode. One owner; views live as long as the text and the scratch.
#pragma once

#include "decode/json_text.hpp"
#include "decode/mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spoor::decode {

[[nodiscard]] inline std::string_view trimmed_host(std::string_view name) {
    while (!name.empty() && is_space(name.front())) {
        name.remove_prefix(1);
    }
    while (!name.empty() && is_space(name.back())) {
        name.remove_suffix(1);
    }
    return name;
}

inline constexpr std::size_t max_host_bytes = 255;

class HostChoice {
public:
    static constexpr std::uint16_t none = 0xFFFF;

    // `use` is host, entity_host or entity_type; `rank` the row's place in the table.
    void offer(Use use, std::uint16_t rank, std::string_view text) {
        if (use == Use::entity_type) {
            if (!has_entity_type_) {
                has_entity_type_ = true;
                entity_is_host_ = text == "host";
            }
            return;
        }
        const std::string_view name = trimmed_host(text);
        // No name of a machine is longer (RFC 1035: 255); such a text must not become a key of
        // state.
        if (name.empty() || name == "-" || name == "." || name.size() > max_host_bytes) {
            return;
        }
        if (use == Use::entity_host) {
            if (entity_rank_ == none) {
                entity_rank_ = rank;
                entity_ = name;
            }
        } else if (rank < rank_) {
            rank_ = rank;
            name_ = name;
        }
    }

    // Empty: the message names none.
    [[nodiscard]] std::string_view host() const {
        return entity_is_host_ && entity_rank_ < rank_ ? entity_ : name_;
    }

private:
    std::uint16_t rank_ = none;
    std::uint16_t entity_rank_ = none;
    bool has_entity_type_ = false;
    bool entity_is_host_ = true;
    std::string_view name_;
    std::string_view entity_;
};

// The folded form of a host of HostChoice; the same view if it is folded already. "-" for an empty
// one.
[[nodiscard]] std::string_view folded_host(std::string_view host, Scratch& scratch);

}  // namespace spoor::decode
