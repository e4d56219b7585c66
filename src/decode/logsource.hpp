// What an event is about: Sigma's log source (product, category, service) and, where the message
// does not say it itself, event_type, action and outcome. Tables, looked up once an event.
//
// Private to decode. Constant data; safe from any thread.
#pragma once

#include "event/field.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor::decode {

// Views of constants; empty: not known.
struct Meaning {
    std::string_view category;
    std::string_view event_type;
    std::string_view action;
    std::string_view outcome;
    FieldId user = FieldId::count_;  // the field that names the acting user, if user_name is absent
};

// Windows logs that have names of their own in Sigma. Numbers are free to change.
enum class WindowsLog : std::uint8_t {
    unknown,
    sysmon,
    security,
    system,
    powershell,
    powershell_classic,
    other
};

struct WindowsService {
    WindowsLog log = WindowsLog::unknown;
    std::string_view service;
};

// By channel, else by provider; any case. {} if neither is in the table.
[[nodiscard]] WindowsService find_windows_service(std::string_view channel_or_provider);
// `event_kind` is the event data's EventType (registry events), `object_type` its ObjectType.
[[nodiscard]] Meaning windows_meaning(WindowsLog log,
                                      std::int64_t event_id,
                                      std::string_view event_kind,
                                      std::string_view object_type);
// Security 4728 and its like, whose TargetUserName is a group.
[[nodiscard]] bool changes_group(std::int64_t event_id);

// By ECS event.category and event.type.
[[nodiscard]] Meaning ecs_meaning(std::string_view category, std::string_view type);
[[nodiscard]] std::string_view ecs_product(std::string_view os);
// Sigma's category of the original's event types.
[[nodiscard]] std::string_view message_category(std::string_view event_type,
                                                std::string_view action);

// ASCII case aside.
[[nodiscard]] inline bool same_text(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace spoor::decode
