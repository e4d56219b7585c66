// The ATT&CK techniques that the simulator's labels name, and how a label is written. Names and
// tactics as in ATT&CK 19.2 (attack.mitre.org).
//
// Constant data; safe from any thread.
#pragma once

#include "base/json_writer.hpp"

#include <initializer_list>
#include <span>
#include <string_view>

namespace spoor::simulate {

struct Technique {
    std::string_view id;
    std::string_view name;
    std::string_view tactics;  // ids, separated by spaces
};

[[nodiscard]] std::span<const Technique> techniques();
// SPOOR_ASSERTs that the id is in the table.
[[nodiscard]] const Technique& technique(std::string_view id);
// {"techniques": [{id, name, tactics: [{id, name}]}], "tactics": [{id, name, techniques: ...}]}
void write_mitre_attack(JsonWriter& json, std::span<const std::string_view> ids);

}  // namespace spoor::simulate
