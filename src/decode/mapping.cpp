#include "decode/mapping.hpp"

namespace spoor::decode {

namespace {

using F = FieldId;
using T = Transform;

struct PlainRow {
    std::string_view path;
    Use use;
    F field = F::count_;
    T transform = T::none;
    Only only = Only::always;
};

constexpr PlainRow to(std::string_view path,
                      F field,
                      T transform = T::none,
                      Only only = Only::always) {
    return {path, Use::field, field, transform, only};
}

// What a message is, where and when: in order of precedence.
constexpr PlainRow header_rows[] = {
    // Host. Windows forwarders name their own collector too ("host", "agent.name"), so the
    // endpoint's own names come first.
    {"Event.System.Computer", Use::host},
    {"winlog.computer_name", Use::host},
    {"Computer", Use::host},
    {"Hostname", Use::host},
    {"ComputerName", Use::host},
    {"entity", Use::entity_host},
    {"entity_type", Use::entity_type},
    {"host", Use::host},
    {"host.name", Use::host},
    {"host.hostname", Use::host},
    {"host_name", Use::host},
    {"hostname", Use::host},
    {"agent.hostname", Use::host},
    {"agent.name", Use::host},
    {"beat.hostname", Use::host},
    {"device.hostname", Use::host},

    // Time. UtcTime is Sysmon's own; forwarders have been seen to write local time with a Z into
    // the others.
    {"UtcTime", Use::time_utc},
    {"Event.System.TimeCreated.#attributes.SystemTime", Use::time_utc},
    {"Event.System.TimeCreated.@SystemTime", Use::time_utc},
    {"Event.System.TimeCreated.SystemTime", Use::time_utc},
    {"Event.System.TimeCreated", Use::time_utc},
    {"@timestamp", Use::time},
    {"timestamp", Use::time},
    {"TimeCreated", Use::time},
    {"EventTime", Use::time},
    {"eventTime", Use::time},
    {"event.created", Use::time},
    {"time", Use::time},
    {"ts", Use::time},

    {"is_simulated", Use::is_simulated},
    {"source.type", Use::source_type},
    {"detection_type", Use::source_type},
    {"EventID", Use::windows_id},
    {"EventID.#text", Use::windows_id},
    {"Event.System.EventID", Use::windows_id},
    {"Event.System.EventID.#text", Use::windows_id},
    {"winlog.event_id", Use::windows_id},
    {"event.code", Use::windows_id},
    {"Channel", Use::windows_log},
    {"Event.System.Channel", Use::windows_log},
    {"winlog.channel", Use::windows_log},
    {"SourceName", Use::windows_log},
    {"Provider_Name", Use::windows_log},
    {"winlog.provider_name", Use::windows_log},
    {"ecs.version", Use::ecs},
    {"event.kind", Use::ecs},
    {"event.category", Use::ecs},
    {"event.module", Use::ecs},
    {"event.dataset", Use::ecs},
    {"event.category", Use::ecs_category},
    {"event.type", Use::ecs_type},
    {"host.os.type", Use::os},
    {"host.os.family", Use::os},
    {"host.os.platform", Use::os},
};

// The feature vector, with and without the original's "_mean".
constexpr PlainRow feature_rows[] = {
    to("network_traffic_volume_mean", F::f_network_traffic_volume),
    to("number_of_logins_mean", F::f_number_of_logins),
    to("number_of_failed_logins_mean", F::f_number_of_failed_logins),
    to("number_of_accessed_files_mean", F::f_number_of_accessed_files),
    to("number_of_email_sent_mean", F::f_number_of_email_sent),
    to("cpu_usage_mean", F::f_cpu_usage),
    to("memory_usage_mean", F::f_memory_usage),
    to("disk_io_mean", F::f_disk_io),
    to("network_latency_mean", F::f_network_latency),
    to("number_of_processes_mean", F::f_number_of_processes),
    to("network_traffic_volume", F::f_network_traffic_volume),
    to("number_of_logins", F::f_number_of_logins),
    to("number_of_failed_logins", F::f_number_of_failed_logins),
    to("number_of_accessed_files", F::f_number_of_accessed_files),
    to("number_of_email_sent", F::f_number_of_email_sent),
    to("cpu_usage", F::f_cpu_usage),
    to("memory_usage", F::f_memory_usage),
    to("disk_io", F::f_disk_io),
    to("network_latency", F::f_network_latency),
    to("number_of_processes", F::f_number_of_processes),
};

// The original's messages and simulation events, and plain JSON that is written like them.
constexpr PlainRow message_rows[] = {
    to("entity", F::entity),
    to("entity_type", F::entity_type),
    to("event_type", F::event_type),
    to("action", F::action),
    to("change_type", F::action),
    to("authentication_status", F::outcome),
    to("login_status", F::outcome),
    to("outcome", F::outcome),
    to("severity", F::severity),
    to("reason", F::reason),
    to("failure_reason", F::reason),
    to("host_name", F::host_name),
    to("host", F::host_name),
    to("hostname", F::host_name),
    to("user_name", F::user_name),
    to("user", F::user_name),
    to("actor", F::actor),
    to("group_name", F::group_name),
    to("privilege", F::privilege),
    to("process_id", F::process_id, T::hex),
    to("process_name", F::process_name),
    to("process_path", F::process_image),
    to("command_line", F::command_line),
    to("parent_process_id", F::parent_process_id, T::hex),
    to("parent_process_name", F::parent_process_name),
    to("parent_process_path", F::parent_process_image),
    to("file_path", F::file_path),
    to("file_name", F::file_name),
    to("file_extension", F::file_extension),
    to("registry_key", F::registry_key),
    to("registry_value_name", F::registry_value),
    to("registry_value_data", F::registry_data),
    to("service_name", F::service_name),
    to("binary_path", F::service_path),
    to("source_ip", F::source_ip, T::address),
    to("source_port", F::source_port),
    to("source_hostname", F::source_host),
    to("destination_ip", F::destination_ip, T::address),
    to("target_ip", F::destination_ip, T::address),
    to("destination_port", F::destination_port),
    to("destination_hostname", F::destination_host),
    to("protocol", F::protocol),
    to("bytes_sent", F::bytes_sent),
    to("bytes_received", F::bytes_received),
    to("connection_duration", F::duration_s),
    to("duration", F::duration_s),
    to("domain", F::dns_query),
    to("query_type", F::dns_query_type),
    to("response_code", F::dns_response_code),
    to("response_time", F::dns_response_ms),
    to("login_type", F::logon_type),
    to("authentication_type", F::auth_type),
    to("authentication_status", F::auth_status),
    to("login_status", F::auth_status),
    to("email_from", F::email_from),
    to("email_to", F::email_to),
    to("email_subject", F::email_subject),
    to("attachment_name", F::attachment_name),
    to("scenario_id", F::scenario_id),
    to("scenario_stage", F::scenario_stage),
};

// Windows event headers: flat (NXLog, OTRF and the like), nested as in the event's XML, winlogbeat.
constexpr PlainRow windows_rows[] = {
    to("EventID", F::event_id),
    to("EventID.#text", F::event_id),
    to("Event.System.EventID", F::event_id),
    to("Event.System.EventID.#text", F::event_id),
    to("winlog.event_id", F::event_id),
    to("event.code", F::event_id),
    to("Channel", F::channel),
    to("Event.System.Channel", F::channel),
    to("winlog.channel", F::channel),
    to("SourceName", F::provider),
    to("Provider_Name", F::provider),
    to("Event.System.Provider.#attributes.Name", F::provider),
    to("Event.System.Provider.@Name", F::provider),
    to("Event.System.Provider.Name", F::provider),
    to("winlog.provider_name", F::provider),
    to("Severity", F::severity),
    to("Event.System.Computer", F::host_name),
    to("winlog.computer_name", F::host_name),
    to("Computer", F::host_name),
    to("Hostname", F::host_name),
    to("ComputerName", F::host_name),
    to("winlog.logon.id", F::logon_id),
};

// Windows event data, under each of event_data_prefixes.
constexpr PlainRow event_data_rows[] = {
    {"EventType", Use::event_kind},
    {"ObjectType", Use::object_type},
    to("Image", F::process_image),
    to("NewProcessName", F::process_image, T::no_dash),
    to("SourceImage", F::process_image),
    to("ProcessName", F::process_image, T::no_dash),
    to("Application", F::process_image, T::no_dash),
    to("ProcessGuid", F::process_guid),
    to("SourceProcessGUID", F::process_guid),
    to("SourceProcessGuid", F::process_guid),
    to("NewProcessId", F::process_id, T::hex),
    to("SourceProcessId", F::process_id, T::hex),
    to("ProcessId", F::process_id, T::hex),
    to("ProcessID", F::process_id, T::hex),
    to("CommandLine", F::command_line),
    to("CurrentDirectory", F::working_directory),
    to("IntegrityLevel", F::integrity_level),
    to("OriginalFileName", F::original_file_name),
    to("Hashes", F::hashes),
    to("ParentProcessGuid", F::parent_process_guid),
    to("ParentProcessId", F::parent_process_id, T::hex),
    to("ProcessId", F::parent_process_id, T::hex, Only::process_created),
    to("ParentImage", F::parent_process_image),
    to("ParentProcessName", F::parent_process_image, T::no_dash),
    to("ParentCommandLine", F::parent_command_line),
    to("User", F::user_name, T::no_dash),
    to("TargetUserName", F::group_name, T::no_dash, Only::group_changed),
    to("MemberName", F::target_user_name, T::no_dash, Only::group_changed),
    to("TargetUserName", F::target_user_name, T::no_dash, Only::other_target),
    to("SubjectUserName", F::actor, T::no_dash),
    to("SubjectUserSid", F::user_id),
    to("SubjectDomainName", F::user_domain, T::no_dash),
    to("LogonId", F::logon_id),
    to("TargetLogonId", F::logon_id),
    to("SubjectLogonId", F::logon_id),
    to("PrivilegeList", F::privilege, T::no_dash),
    to("TargetFilename", F::file_path),
    to("ObjectName", F::file_path, T::no_dash, Only::file_object),
    to("RelativeTargetName", F::file_path),
    to("TargetObject", F::registry_key),
    to("ObjectName", F::registry_key, T::no_dash, Only::key_object),
    to("ObjectValueName", F::registry_value, T::no_dash),
    to("Details", F::registry_data),
    to("NewValue", F::registry_data),
    to("ImageLoaded", F::image_loaded),
    to("ServiceName", F::service_name, T::no_dash),
    to("ImagePath", F::service_path),
    to("ServiceFileName", F::service_path),
    to("SourceIp", F::source_ip, T::address),
    to("IpAddress", F::source_ip, T::address),
    to("SourceAddress", F::source_ip, T::address),
    to("SourcePort", F::source_port),
    to("IpPort", F::source_port),
    to("SourceHostname", F::source_host, T::no_dash),
    to("WorkstationName", F::source_host, T::no_dash),
    to("Workstation", F::source_host, T::no_dash),
    to("DestinationIp", F::destination_ip, T::address),
    to("DestAddress", F::destination_ip, T::address),
    to("DestinationPort", F::destination_port),
    to("DestPort", F::destination_port),
    to("DestinationHostname", F::destination_host, T::no_dash),
    to("Protocol", F::protocol),
    to("QueryName", F::dns_query),
    to("QueryStatus", F::dns_response_code),
    to("LogonType", F::logon_type),
    to("AuthenticationPackageName", F::auth_type, T::no_dash),
    to("Status", F::auth_status),
    to("FailureReason", F::reason, T::no_dash),
    to("c-uri", F::url),
    to("cs-method", F::http_method),
    to("sc-status", F::http_status),
    to("c-useragent", F::user_agent),
};

constexpr std::string_view event_data_prefixes[] = {"", "Event.EventData.", "winlog.event_data."};

// Elastic Common Schema 8.
constexpr PlainRow ecs_rows[] = {
    to("event.action", F::action),
    to("event.outcome", F::outcome),
    to("event.reason", F::reason),
    to("event.provider", F::provider),
    to("log.level", F::severity),
    to("event.severity", F::severity),
    to("host.name", F::host_name),
    to("host.hostname", F::host_name),
    to("host.id", F::host_id),
    to("host.ip", F::host_ip, T::address),
    to("user.name", F::user_name),
    to("user.id", F::user_id),
    to("user.domain", F::user_domain),
    to("user.target.name", F::target_user_name),
    to("group.name", F::group_name),
    to("process.entity_id", F::process_guid),
    to("process.pid", F::process_id),
    to("process.name", F::process_name),
    to("process.executable", F::process_image),
    to("process.command_line", F::command_line),
    to("process.working_directory", F::working_directory),
    to("process.pe.original_file_name", F::original_file_name),
    to("process.parent.entity_id", F::parent_process_guid),
    to("process.parent.pid", F::parent_process_id),
    to("process.parent.name", F::parent_process_name),
    to("process.parent.executable", F::parent_process_image),
    to("process.parent.command_line", F::parent_command_line),
    to("file.path", F::file_path),
    to("file.name", F::file_name),
    to("file.extension", F::file_extension),
    to("registry.path", F::registry_key),
    to("registry.value", F::registry_value),
    to("registry.data.strings", F::registry_data),
    to("dll.path", F::image_loaded),
    to("service.name", F::service_name),
    to("source.ip", F::source_ip, T::address),
    to("source.port", F::source_port),
    to("source.domain", F::source_host),
    to("source.bytes", F::bytes_sent),
    to("destination.ip", F::destination_ip, T::address),
    to("destination.port", F::destination_port),
    to("destination.domain", F::destination_host),
    to("destination.bytes", F::bytes_received),
    to("network.transport", F::protocol),
    to("network.protocol", F::protocol),
    to("event.duration", F::duration_s, T::seconds),
    to("dns.question.name", F::dns_query),
    to("dns.question.type", F::dns_query_type),
    to("dns.response_code", F::dns_response_code),
    to("url.original", F::url),
    to("url.full", F::url),
    to("http.request.method", F::http_method),
    to("http.response.status_code", F::http_status),
    to("user_agent.original", F::user_agent),
    to("email.from.address", F::email_from),
    to("email.to.address", F::email_to),
    to("email.subject", F::email_subject),
    to("email.attachments.file.name", F::attachment_name),
    to("cloud.account.id", F::cloud_account),
    to("cloud.provider", F::cloud_provider),
    to("cloud.region", F::cloud_region),
};

std::vector<Row> all_rows() {
    std::vector<Row> out;
    const auto add = [&](std::string_view prefix, const PlainRow& row) {
        out.push_back({std::string(prefix) + std::string(row.path),
                       row.use,
                       row.field,
                       row.transform,
                       row.only});
    };
    for (const PlainRow& row : header_rows) {
        add("", row);
    }
    for (const PlainRow& row : feature_rows) {
        add("", row);
    }
    for (const PlainRow& row : windows_rows) {
        add("", row);
    }
    for (const PlainRow& row : event_data_rows) {
        for (const std::string_view prefix : event_data_prefixes) {
            add(prefix, row);
        }
    }
    for (const PlainRow& row : message_rows) {
        add("", row);
    }
    for (const PlainRow& row : ecs_rows) {
        add("", row);
    }
    return out;
}

}  // namespace

const std::vector<Row>& rows() {
    static const std::vector<Row> table = all_rows();
    return table;
}

}  // namespace spoor::decode
