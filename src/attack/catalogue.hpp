// The part of MITRE ATT&CK that Spoor names: techniques and tactics (data/attack, with its source).
// The ATT&CK version is a property of each entry, since ids come and go: an id that 19.2 dropped
// keeps its 18.1 entry.
//
// Constant data; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace spoor::attack {

inline constexpr std::string_view current_version = "19.2";

struct Tactic {
    std::string_view id;          // "TA0005"
    std::string_view short_name;  // "stealth"
    std::string_view name;        // "Stealth"
};

// A set of tactics: bit i is tactics()[i].
using TacticSet = std::uint16_t;

struct Technique {
    std::string_view id;       // "T1059.003"
    std::string_view name;     // "Windows Command Shell"
    std::string_view version;  // of ATT&CK, that this entry is from
    TacticSet tactics = 0;
};

[[nodiscard]] std::span<const Tactic> tactics();                     // in matrix order
[[nodiscard]] std::span<const Technique> techniques();               // by id
[[nodiscard]] const Technique* find_technique(std::string_view id);  // null: not in the table
// By id, short name or name, in any case; also the names earlier versions used. `defense-evasion`
// gives both of its successors. Empty: no such tactic.
[[nodiscard]] TacticSet find_tactics(std::string_view name);

}  // namespace spoor::attack
