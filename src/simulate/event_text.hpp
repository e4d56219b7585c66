// EventText: writes one simulation event as JSON: the common fields, those of its type, and its
// labels, which strip_labels leaves out.
//
// One event at a time; one owner.
#pragma once

#include "base/json_writer.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace spoor::simulate {

enum class EventSeverity : std::uint8_t { low, medium, high, critical };
[[nodiscard]] std::string_view to_string(EventSeverity severity);
[[nodiscard]] EventSeverity draw_severity(Random& random, bool realistic);

struct ScenarioTag {
    std::string_view id;    // "scenario-0001"
    std::string_view type;  // "data_exfiltration"
    std::string_view name;  // "Data Exfiltration"
    int stage = 0;
};

class EventText {
public:
    EventText(std::string& out, bool strip_labels) : json_(out), strip_labels_(strip_labels) {}

    EventText& begin(Timestamp time,
                     EventSeverity severity,
                     std::string_view type,
                     std::string_view entity,
                     std::string_view entity_type);

    template <class T>
    EventText& set(std::string_view name, T value) {
        json_.member(name, value);
        return *this;
    }

    // Thousandths, written as a decimal fraction.
    EventText& set_milli(std::string_view name, std::int64_t thousandths) {
        json_.member(name, static_cast<double>(thousandths) / 1000.0);
        return *this;
    }

    EventText& set_address(std::string_view name, std::uint32_t address);
    // suspicious: true, the reason and the techniques.
    EventText& suspect(std::string_view reason,
                       std::initializer_list<std::string_view> technique_ids);
    void end(const ScenarioTag* scenario = nullptr);

    [[nodiscard]] bool is_suspect() const { return is_suspect_; }

private:
    JsonWriter json_;
    bool strip_labels_;
    bool is_suspect_ = false;
};

}  // namespace spoor::simulate
