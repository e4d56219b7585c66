// Events for tests of detectors: owns the fields and texts that an Event only views.
#pragma once

#include "event/event.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::testing {

class EventMaker {
public:
    Event make(std::string_view host, Timestamp time, EventRef ref, std::vector<Field> fields) {
        texts_.emplace_back(host);
        fields_.push_back(std::move(fields));
        Event event;
        event.host = texts_.back();
        event.host_key = event.host.empty() ? std::string_view("-") : event.host;
        event.time = time;
        event.time_origin = time == no_time ? TimeOrigin::none : TimeOrigin::event;
        event.shape = EventShape::simulation;
        event.ref = ref;
        event.fields = fields_.back();
        return event;
    }

    std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

private:
    std::deque<std::string> texts_;
    std::deque<std::vector<Field>> fields_;
};

inline Timestamp at(double seconds) {
    // Monday, 2026-01-05 00:00 UTC
    return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}} +
           Duration{static_cast<std::int64_t>(seconds * 1e6)};
}

}  // namespace spoor::testing
