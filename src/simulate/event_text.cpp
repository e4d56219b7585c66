#include "simulate/event_text.hpp"

#include "simulate/draw.hpp"
#include "simulate/labels.hpp"
#include "simulate/world.hpp"

#include <span>

namespace spoor::simulate {

std::string_view to_string(EventSeverity severity) {
    switch (severity) {
        case EventSeverity::low:
            return "Low";
        case EventSeverity::medium:
            return "Medium";
        case EventSeverity::high:
            return "High";
        case EventSeverity::critical:
            return "Critical";
    }
    return "Low";
}

EventSeverity draw_severity(Random& random, bool realistic) {
    const std::uint64_t x = random.below(100);
    if (realistic) {
        return x < 92 ? EventSeverity::low : x < 99 ? EventSeverity::medium : EventSeverity::high;
    }
    // The original's shares.
    return x < 50   ? EventSeverity::low
           : x < 80 ? EventSeverity::medium
           : x < 95 ? EventSeverity::high
                    : EventSeverity::critical;
}

EventText& EventText::begin(Timestamp time,
                            EventSeverity severity,
                            std::string_view type,
                            std::string_view entity,
                            std::string_view entity_type) {
    std::string stamp;
    append_naive_time(stamp, time);
    json_.begin_object().member("timestamp", std::string_view(stamp));
    json_.key("source").begin_object().member("type", "simulation");
    json_.member("name", "Security Event Simulator").end_object();
    if (!strip_labels_) {
        json_.member("severity", to_string(severity));
    }
    json_.member("is_simulated", true).member("event_type", type);
    json_.member("entity", entity).member("entity_type", entity_type);
    return *this;
}

EventText& EventText::set_address(std::string_view name, std::uint32_t address) {
    return set(name, std::string_view(format_address(address)));
}

EventText& EventText::suspect(std::string_view reason,
                              std::initializer_list<std::string_view> technique_ids) {
    is_suspect_ = true;
    if (!strip_labels_) {
        json_.member("suspicious", true).member("reason", reason).key("mitre_attack");
        write_mitre_attack(json_, std::span(technique_ids.begin(), technique_ids.size()));
    }
    return *this;
}

void EventText::end(const ScenarioTag* scenario) {
    if (scenario != nullptr && !strip_labels_) {
        json_.member("scenario_id", scenario->id).member("scenario_type", scenario->type);
        json_.member("scenario_name", scenario->name).member("scenario_stage", scenario->stage);
    }
    json_.member("detection_type", "simulation").end_object();
}

}  // namespace spoor::simulate
