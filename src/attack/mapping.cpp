#include "attack/mapping.hpp"

#include <array>

namespace spoor::attack {

namespace {

using Id = std::string_view;

constexpr std::array<Id, 5> traffic = {"T1041", "T1071", "T1095", "T1105", "T1571"};
constexpr std::array<Id, 3> logins = {"T1021", "T1078", "T1133"};
constexpr std::array<Id, 4> failed_logins = {"T1078", "T1110", "T1187", "T1212"};
constexpr std::array<Id, 5> files = {"T1005", "T1083", "T1213", "T1530", "T1537"};
constexpr std::array<Id, 4> email = {"T1048", "T1114", "T1534", "T1566"};
constexpr std::array<Id, 5> cpu = {"T1486", "T1489", "T1490", "T1496", "T1561"};
constexpr std::array<Id, 4> memory = {"T1055", "T1497", "T1559", "T1562"};
constexpr std::array<Id, 5> disk = {"T1005", "T1074", "T1115", "T1486", "T1560"};
constexpr std::array<Id, 4> latency = {"T1071", "T1095", "T1571", "T1572"};
constexpr std::array<Id, 5> processes = {"T1057", "T1059", "T1106", "T1204", "T1569"};

constexpr std::array<FeatureMapping, 10> features = {{
    {"network_traffic_volume", 0.7, traffic},
    {"number_of_logins", 0.6, logins},
    {"number_of_failed_logins", 0.5, failed_logins},
    {"number_of_accessed_files", 0.6, files},
    {"number_of_email_sent", 0.7, email},
    {"cpu_usage", 0.7, cpu},
    {"memory_usage", 0.6, memory},
    {"disk_io", 0.6, disk},
    {"network_latency", 0.5, latency},
    {"number_of_processes", 0.6, processes},
}};

constexpr std::array<Id, 4> on_process = {"T1059", "T1106", "T1204", "T1569"};
constexpr std::array<Id, 3> on_connection = {"T1071", "T1095", "T1571"};
constexpr std::array<Id, 2> on_authentication = {"T1078", "T1110"};
constexpr std::array<Id, 3> on_file = {"T1005", "T1074", "T1083"};
constexpr std::array<Id, 3> on_dns = {"T1071", "T1189", "T1598"};
constexpr std::array<Id, 2> on_service = {"T1543", "T1569"};
constexpr std::array<Id, 2> on_login = {"T1021", "T1078"};

struct EventMapping {
    std::string_view type;
    std::span<const Id> techniques;
};

constexpr std::array<EventMapping, 7> event_types = {{
    {"process", on_process},
    {"network_connection", on_connection},
    {"authentication", on_authentication},
    {"file", on_file},
    {"dns_query", on_dns},
    {"service", on_service},
    {"login", on_login},
}};

}  // namespace

std::span<const FeatureMapping> feature_mappings() {
    return features;
}

std::span<const std::string_view> event_type_techniques(std::string_view event_type) {
    for (const EventMapping& m : event_types) {
        if (m.type == event_type) {
            return m.techniques;
        }
    }
    return {};
}

}  // namespace spoor::attack
