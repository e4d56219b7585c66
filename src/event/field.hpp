// The modelled fields of an event: one table, three name views. A field has one id; its Spoor name,
// its Sigma (Windows/Sysmon) name and its ECS name are aliases of that id, resolved when a rule or
// a mapping is compiled and free per event. What is not modelled stays reachable in the raw record
// by path.
//
// Constant data; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor {

enum class FieldType : std::uint8_t { text, integer, real, boolean, ip };

// X(id, type, spoor name, sigma name or "", ecs name or "")
#define SPOOR_FIELDS(X)                                                                          \
    X(event_id, integer, "event.id", "EventID", "event.code")                                    \
    X(event_type, text, "event.type", "", "event.action")                                        \
    X(action, text, "event.action", "", "")                                                      \
    X(outcome, text, "event.outcome", "", "event.outcome")                                       \
    X(severity, text, "event.severity", "", "log.level")                                         \
    X(reason, text, "event.reason", "", "event.reason")                                          \
    X(channel, text, "event.channel", "Channel", "winlog.channel")                               \
    X(provider, text, "event.provider", "Provider_Name", "event.provider")                       \
    X(entity, text, "entity.name", "", "")                                                       \
    X(entity_type, text, "entity.type", "", "")                                                  \
    X(host_name, text, "host.name", "Computer", "host.name")                                     \
    X(host_id, text, "host.id", "", "host.id")                                                   \
    X(host_ip, ip, "host.ip", "", "host.ip")                                                     \
    X(user_name, text, "user.name", "User", "user.name")                                         \
    X(user_id, text, "user.id", "SubjectUserSid", "user.id")                                     \
    X(user_domain, text, "user.domain", "SubjectDomainName", "user.domain")                      \
    X(target_user_name, text, "user.target.name", "TargetUserName", "user.target.name")          \
    X(logon_id, text, "user.logon_id", "LogonId", "winlog.logon.id")                             \
    X(actor, text, "user.actor", "SubjectUserName", "user.changes.name")                         \
    X(group_name, text, "group.name", "", "group.name")                                          \
    X(privilege, text, "user.privilege", "PrivilegeList", "")                                    \
    X(process_guid, text, "process.guid", "ProcessGuid", "process.entity_id")                    \
    X(process_id, integer, "process.pid", "ProcessId", "process.pid")                            \
    X(process_name, text, "process.name", "", "process.name")                                    \
    X(process_image, text, "process.image", "Image", "process.executable")                       \
    X(command_line, text, "process.command_line", "CommandLine", "process.command_line")         \
    X(working_directory,                                                                         \
      text,                                                                                      \
      "process.working_directory",                                                               \
      "CurrentDirectory",                                                                        \
      "process.working_directory")                                                               \
    X(integrity_level, text, "process.integrity", "IntegrityLevel", "")                          \
    X(original_file_name,                                                                        \
      text,                                                                                      \
      "process.original_file_name",                                                              \
      "OriginalFileName",                                                                        \
      "process.pe.original_file_name")                                                           \
    X(hashes, text, "process.hashes", "Hashes", "")                                              \
    X(parent_process_guid,                                                                       \
      text,                                                                                      \
      "process.parent.guid",                                                                     \
      "ParentProcessGuid",                                                                       \
      "process.parent.entity_id")                                                                \
    X(parent_process_id, integer, "process.parent.pid", "ParentProcessId", "process.parent.pid") \
    X(parent_process_name, text, "process.parent.name", "", "process.parent.name")               \
    X(parent_process_image,                                                                      \
      text,                                                                                      \
      "process.parent.image",                                                                    \
      "ParentImage",                                                                             \
      "process.parent.executable")                                                               \
    X(parent_command_line,                                                                       \
      text,                                                                                      \
      "process.parent.command_line",                                                             \
      "ParentCommandLine",                                                                       \
      "process.parent.command_line")                                                             \
    X(file_path, text, "file.path", "TargetFilename", "file.path")                               \
    X(file_name, text, "file.name", "", "file.name")                                             \
    X(file_extension, text, "file.extension", "", "file.extension")                              \
    X(registry_key, text, "registry.key", "TargetObject", "registry.path")                       \
    X(registry_value, text, "registry.value", "", "registry.value")                              \
    X(registry_data, text, "registry.data", "Details", "registry.data.strings")                  \
    X(image_loaded, text, "module.path", "ImageLoaded", "dll.path")                              \
    X(service_name, text, "service.name", "ServiceName", "service.name")                         \
    X(service_path, text, "service.path", "ImagePath", "")                                       \
    X(source_ip, ip, "source.ip", "SourceIp", "source.ip")                                       \
    X(source_port, integer, "source.port", "SourcePort", "source.port")                          \
    X(source_host, text, "source.host", "WorkstationName", "source.domain")                      \
    X(destination_ip, ip, "destination.ip", "DestinationIp", "destination.ip")                   \
    X(destination_port, integer, "destination.port", "DestinationPort", "destination.port")      \
    X(destination_host, text, "destination.host", "DestinationHostname", "destination.domain")   \
    X(protocol, text, "network.protocol", "Protocol", "network.transport")                       \
    X(bytes_sent, real, "network.bytes_sent", "", "source.bytes")                                \
    X(bytes_received, real, "network.bytes_received", "", "destination.bytes")                   \
    X(duration_s, real, "network.duration", "", "")                                              \
    X(dns_query, text, "dns.query", "QueryName", "dns.question.name")                            \
    X(dns_query_type, text, "dns.query_type", "", "dns.question.type")                           \
    X(dns_response_code, text, "dns.response_code", "QueryStatus", "dns.response_code")          \
    X(dns_response_ms, real, "dns.response_time", "", "")                                        \
    X(url, text, "http.url", "c-uri", "url.original")                                            \
    X(http_method, text, "http.method", "cs-method", "http.request.method")                      \
    X(http_status, integer, "http.status", "sc-status", "http.response.status_code")             \
    X(user_agent, text, "http.user_agent", "c-useragent", "user_agent.original")                 \
    X(logon_type, text, "auth.logon_type", "LogonType", "winlog.event_data.LogonType")           \
    X(auth_type, text, "auth.type", "AuthenticationPackageName", "")                             \
    X(auth_status, text, "auth.status", "", "")                                                  \
    X(email_from, text, "email.from", "", "email.from.address")                                  \
    X(email_to, text, "email.to", "", "email.to.address")                                        \
    X(email_subject, text, "email.subject", "", "email.subject")                                 \
    X(attachment_name, text, "email.attachment", "", "email.attachments.file.name")              \
    X(cloud_account, text, "cloud.account", "", "cloud.account.id")                              \
    X(cloud_provider, text, "cloud.provider", "", "cloud.provider")                              \
    X(cloud_region, text, "cloud.region", "", "cloud.region")                                    \
    X(scenario_id, text, "simulation.scenario", "", "")                                          \
    X(scenario_stage, integer, "simulation.stage", "", "")                                       \
    X(f_network_traffic_volume, real, "feature.network_traffic_volume", "", "")                  \
    X(f_number_of_logins, real, "feature.number_of_logins", "", "")                              \
    X(f_number_of_failed_logins, real, "feature.number_of_failed_logins", "", "")                \
    X(f_number_of_accessed_files, real, "feature.number_of_accessed_files", "", "")              \
    X(f_number_of_email_sent, real, "feature.number_of_email_sent", "", "")                      \
    X(f_cpu_usage, real, "feature.cpu_usage", "", "")                                            \
    X(f_memory_usage, real, "feature.memory_usage", "", "")                                      \
    X(f_disk_io, real, "feature.disk_io", "", "")                                                \
    X(f_network_latency, real, "feature.network_latency", "", "")                                \
    X(f_number_of_processes, real, "feature.number_of_processes", "", "")

// NOLINTNEXTLINE(performance-enum-size): more fields than a byte numbers are to be expected
enum class FieldId : std::uint16_t {
#define SPOOR_FIELD_ENUM(id, type, name, sigma, ecs) id,
    SPOOR_FIELDS(SPOOR_FIELD_ENUM)
#undef SPOOR_FIELD_ENUM
        count_,
};

inline constexpr std::size_t num_fields = static_cast<std::size_t>(FieldId::count_);

struct FieldInfo {
    FieldType type;
    std::string_view name;   // Spoor's
    std::string_view sigma;  // empty: none
    std::string_view ecs;    // empty: none
};

[[nodiscard]] const FieldInfo& field_info(FieldId id);
// By any of the three names, exactly as written in the table.
[[nodiscard]] std::optional<FieldId> find_field(std::string_view name);

// The ten features of the original's vector, in canonical order; the message key is name + "_mean".
inline constexpr std::size_t num_features = 10;
inline constexpr FieldId first_feature = FieldId::f_network_traffic_volume;
[[nodiscard]] std::string_view feature_name(std::size_t index);  // "network_traffic_volume"

}  // namespace spoor
