#include "event/field.hpp"

#include "base/assert.hpp"
#include "event/event.hpp"

#include <array>
#include <unordered_map>

namespace spoor {

namespace {

constexpr std::array<FieldInfo, num_fields> table = {{
#define SPOOR_FIELD_INFO(id, type, name, sigma, ecs) FieldInfo{FieldType::type, name, sigma, ecs},
    SPOOR_FIELDS(SPOOR_FIELD_INFO)
#undef SPOOR_FIELD_INFO
}};

}  // namespace

const FieldInfo& field_info(FieldId id) {
    const auto index = static_cast<std::size_t>(id);
    SPOOR_ASSERT(index < num_fields, "not a field id");
    return table[index];
}

std::optional<FieldId> find_field(std::string_view name) {
    static const auto index = [] {
        std::unordered_map<std::string_view, FieldId> map;
        for (std::size_t i = 0; i < num_fields; ++i) {
            for (const std::string_view alias : {table[i].name, table[i].sigma, table[i].ecs}) {
                if (!alias.empty()) {
                    map.emplace(alias, static_cast<FieldId>(i));
                }
            }
        }
        return map;
    }();
    const auto it = index.find(name);
    return it == index.end() ? std::nullopt : std::optional(it->second);
}

std::string_view feature_name(std::size_t index) {
    SPOOR_ASSERT(index < num_features, "not a feature");
    constexpr std::string_view prefix = "feature.";
    return table[static_cast<std::size_t>(first_feature) + index].name.substr(prefix.size());
}

std::string_view to_string(EventShape shape) {
    switch (shape) {
        case EventShape::feature_vector:
            return "feature_vector";
        case EventShape::simulation:
            return "simulation";
        case EventShape::windows:
            return "windows";
        case EventShape::ecs:
            return "ecs";
        case EventShape::generic:
            break;
    }
    return "generic";
}

}  // namespace spoor
