// The mapping: which path of a message means which field. One table for all shapes; a new field or
// spelling is one row. Where several paths of one message give the same field, the row that comes
// first in the table wins; of one path given twice, the first value.
//
// Private to decode. Constant data; safe from any thread.
#pragma once

#include "event/field.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {

// What the value at a path is for.
enum class Use : std::uint8_t {
    field,
    host,          // names the host
    entity_host,   // names the host if entity_type says "host" or is absent
    entity_type,   // decides that
    time,          // the event's time; without a zone: Options::zone_offset
    time_utc,      // without a zone: UTC
    is_simulated,  // true: simulated
    source_type,   // "simulation": simulated
    windows_id,    // a message with these two is a Windows event
    windows_log,   //
    ecs,           // is there: an ECS document
    event_kind,    // Sysmon's and the registry's EventType
    object_type,   // of Windows object access: File, Key
    ecs_category,  //
    ecs_type,      //
    os,            // ECS host.os.*
    count_,
};

enum class Transform : std::uint8_t {
    none,
    hex,      // integer, also written 0x1f4
    no_dash,  // text; "-" and "" mean that there is none
    address,  // as no_dash; an IPv4 address in its IPv6 form is made plain
    seconds,  // real; from nanoseconds
    count_,
};

// When a row of the event data holds.
enum class Only : std::uint8_t {
    always,
    process_created,  // Security 4688, whose ProcessId is the creator's
    group_changed,    // Security 4728 and its like, whose TargetUserName is a group
    other_target,     // not those
    file_object,      // object access to a file
    key_object,       // object access to a registry key
    count_,
};

struct Row {
    std::string path;
    Use use = Use::field;
    FieldId field = FieldId::count_;
    Transform transform = Transform::none;
    Only only = Only::always;
};

// In order of precedence.
[[nodiscard]] const std::vector<Row>& rows();

// Paths of lists of {"@Name": name, "#text": value}.
inline constexpr std::array<std::string_view, 1> named_lists = {"Event.EventData.Data"};

}  // namespace spoor::decode
