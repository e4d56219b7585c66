// From what was measured to ATT&CK: which techniques a feature at or over its share points to, and
// which ones an event type does. Pointers for an analyst, not proof: one feature maps to several.
//
// Constant data; safe from any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace spoor::attack {

struct FeatureMapping {
    std::string_view feature;  // "network_traffic_volume"
    double share;              // of 0..1, at or over which it counts
    std::span<const std::string_view> techniques;
};

// In the canonical order of the vector's ten features (event/field.hpp).
[[nodiscard]] std::span<const FeatureMapping> feature_mappings();
// Empty: the type maps to nothing.
[[nodiscard]] std::span<const std::string_view> event_type_techniques(std::string_view event_type);

}  // namespace spoor::attack
