// What the baselines measure of one event: counts, amounts, gauges, and keys of things (a program
// and its parent, a destination, the origin of a logon) that may be new to the host. Taken from
// what happened (event type, action, outcome, fields); never from labels that a simulator or
// another detector wrote (severity, suspicious, reason, mitre_attack, scenario).
//
// Pure functions and constant data.
#pragma once

#include "event/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace spoor::behavior {

// Counted per window. The numbers are stored: never renumber, or raise the state version.
enum class Count : std::uint8_t {
    events,
    logins,
    failed_logins,
    accessed_files,
    emails,
    processes,
    connections,
    dns_queries,
    refused,        // connections a firewall stopped, and port scans
    admin_changes,  // accounts, groups, privileges, passwords, services, tasks, registry
    new_programs,   // started by a parent that never started them here
    new_destinations,
    new_logon_origins,  // an account or a source network never seen logging on here
    new_activity,       // events with anything new, also a new type
    count_,
};

inline constexpr std::size_t num_counts = static_cast<std::size_t>(Count::count_);

// All features, one numbering: counts, then these two, then the vector's ten gauges.
inline constexpr std::size_t large_transfers = num_counts;  // larger than any the host sent before
inline constexpr std::size_t traffic_volume = num_counts + 1;  // bytes sent
inline constexpr std::size_t first_gauge = num_counts + 2;
inline constexpr std::size_t num_measures = first_gauge + num_features;

[[nodiscard]] std::string_view measure_name(std::size_t measure);
// ATT&CK techniques that an unusual value of it points to.
void append_techniques(std::size_t measure, std::vector<std::string_view>& out);

// A thing that may be new to a host.
struct Key {
    std::uint32_t hash = 0;
    Count counts = Count::new_activity;
};

struct Observation {
    std::uint32_t counts = 0;  // a bit for each Count but the new_* ones
    bool is_transfer = false;
    double bytes = -1;  // sent; below zero: not said
    std::array<Key, 4> keys{};
    std::size_t num_keys = 0;
};

// Of everything but feature vectors.
[[nodiscard]] Observation observe(const Event& event);

}  // namespace spoor::behavior
