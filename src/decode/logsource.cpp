#include "decode/logsource.hpp"

#include "decode/known_logsources.hpp"

#include <algorithm>
#include <iterator>

namespace spoor::decode {

namespace {

using F = FieldId;
using L = WindowsLog;

struct ServiceRow {
    std::string_view name;  // of a channel or a provider
    L log;
    std::string_view service;
};

// Services are those of the Sigma taxonomy (sigma-specification 2.1, appendix "taxonomy") and of
// the rules' own log source guides.
constexpr ServiceRow service_rows[] = {
    {"Microsoft-Windows-Sysmon/Operational", L::sysmon, "sysmon"},
    {"Security", L::security, "security"},
    {"System", L::system, "system"},
    {"Application", L::other, "application"},
    {"Windows PowerShell", L::powershell_classic, "powershell-classic"},
    {"Microsoft-Windows-PowerShell/Operational", L::powershell, "powershell"},
    {"PowerShellCore/Operational", L::powershell, "powershell"},
    {"Microsoft-Windows-WMI-Activity/Operational", L::other, "wmi"},
    {"Microsoft-Windows-TaskScheduler/Operational", L::other, "taskscheduler"},
    {"Microsoft-Windows-Windows Defender/Operational", L::other, "windefend"},
    {"Microsoft-Windows-Bits-Client/Operational", L::other, "bits-client"},
    {"Microsoft-Windows-NTLM/Operational", L::other, "ntlm"},
    {"Microsoft-Windows-DNS-Client/Operational", L::other, "dns-client"},
    {"DNS Server", L::other, "dns-server"},
    {"Microsoft-Windows-DNS-Server/Analytical", L::other, "dns-server-analytic"},
    {"Microsoft-Windows-DriverFrameworks-UserMode/Operational", L::other, "driver-framework"},
    {"Microsoft-Windows-CodeIntegrity/Operational", L::other, "codeintegrity-operational"},
    {"Microsoft-Windows-AppLocker/EXE and DLL", L::other, "applocker"},
    {"Microsoft-Windows-AppLocker/MSI and Script", L::other, "applocker"},
    {"Microsoft-Windows-AppLocker/Packaged app-Deployment", L::other, "applocker"},
    {"Microsoft-Windows-AppLocker/Packaged app-Execution", L::other, "applocker"},
    {"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", L::other, "firewall-as"},
    {"Microsoft-Windows-SmbClient/Security", L::other, "smbclient-security"},
    {"Microsoft-Windows-SmbClient/Connectivity", L::other, "smbclient-connectivity"},
    {"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
     L::other,
     "terminalservices-localsessionmanager"},
    {"Microsoft-Windows-PrintService/Admin", L::other, "printservice-admin"},
    {"Microsoft-Windows-PrintService/Operational", L::other, "printservice-operational"},
    {"Microsoft-Windows-LDAP-Client/Debug", L::other, "ldap"},
    {"Microsoft-Windows-LSA/Operational", L::other, "lsa-server"},
    {"Microsoft-Windows-Shell-Core/Operational", L::other, "shell-core"},
    {"Microsoft-Windows-AppXDeploymentServer/Operational", L::other, "appxdeployment-server"},
    {"Microsoft-Windows-Diagnosis-Scripted/Operational", L::other, "diagnosis-scripted"},
    {"MSExchange Management", L::other, "msexchange-management"},
    {"OpenSSH/Operational", L::other, "openssh"},
    // Providers, for messages that name no channel.
    {"Microsoft-Windows-Sysmon", L::sysmon, "sysmon"},
    {"Microsoft-Windows-Security-Auditing", L::security, "security"},
    {"Microsoft-Windows-PowerShell", L::powershell, "powershell"},
    {"PowerShell", L::powershell_classic, "powershell-classic"},
    {"Service Control Manager", L::system, "system"},
};

struct EventRow {
    L log;
    std::int64_t id;
    Meaning meaning;
    std::string_view event_kind = {};   // the row holds for this EventType only
    std::string_view object_type = {};  // or this ObjectType
};

// Sorted by log and id; conditional rows of an id before its general one. Event ids are those of
// Microsoft's documentation of Sysmon and of Windows security auditing.
constexpr EventRow event_rows[] = {
    {L::sysmon, 1, {"process_creation", "process", "created", "", F::count_}},
    {L::sysmon, 2, {"file_change", "file", "modified", "", F::count_}},
    {L::sysmon, 3, {"network_connection", "network_connection", "", "", F::count_}},
    {L::sysmon, 4, {"sysmon_status", "", "", "", F::count_}},
    {L::sysmon, 5, {"process_termination", "process", "terminated", "", F::count_}},
    {L::sysmon, 6, {"driver_load", "driver", "loaded", "", F::count_}},
    {L::sysmon, 7, {"image_load", "module", "loaded", "", F::count_}},
    {L::sysmon, 8, {"create_remote_thread", "remote_thread", "created", "", F::count_}},
    {L::sysmon, 9, {"raw_access_thread", "raw_access", "read", "", F::count_}},
    {L::sysmon, 10, {"process_access", "process_access", "opened", "", F::count_}},
    {L::sysmon, 11, {"file_event", "file", "created", "", F::count_}},
    {L::sysmon, 12, {"registry_add", "registry", "created", "", F::count_}, "CreateKey"},
    {L::sysmon, 12, {"registry_delete", "registry", "deleted", "", F::count_}, "DeleteKey"},
    {L::sysmon, 12, {"registry_delete", "registry", "deleted", "", F::count_}, "DeleteValue"},
    {L::sysmon, 12, {"registry_event", "registry", "", "", F::count_}},
    {L::sysmon, 13, {"registry_set", "registry", "modified", "", F::count_}},
    {L::sysmon, 14, {"registry_rename", "registry", "renamed", "", F::count_}},
    {L::sysmon, 15, {"create_stream_hash", "file", "created", "", F::count_}},
    {L::sysmon, 16, {"sysmon_status", "", "", "", F::count_}},
    {L::sysmon, 17, {"pipe_created", "pipe", "created", "", F::count_}},
    {L::sysmon, 18, {"pipe_created", "pipe", "connected", "", F::count_}},
    {L::sysmon, 19, {"wmi_event", "wmi", "", "", F::count_}},
    {L::sysmon, 20, {"wmi_event", "wmi", "", "", F::count_}},
    {L::sysmon, 21, {"wmi_event", "wmi", "", "", F::count_}},
    {L::sysmon, 22, {"dns_query", "dns_query", "", "", F::count_}},
    {L::sysmon, 23, {"file_delete", "file", "deleted", "", F::count_}},
    {L::sysmon, 24, {"clipboard_capture", "clipboard", "changed", "", F::count_}},
    {L::sysmon, 25, {"process_tampering", "process_tampering", "", "", F::count_}},
    {L::sysmon, 26, {"file_delete", "file", "deleted", "", F::count_}},
    {L::sysmon, 27, {"file_block", "file", "blocked", "", F::count_}},
    {L::sysmon, 28, {"file_block", "file", "blocked", "", F::count_}},
    {L::sysmon, 29, {"file_executable_detected", "file", "created", "", F::count_}},
    {L::sysmon, 255, {"sysmon_error", "", "", "", F::count_}},
    {L::security, 1102, {"", "log_cleared", "cleared", "", F::actor}},
    {L::security, 4624, {"", "authentication", "logon", "success", F::target_user_name}},
    {L::security, 4625, {"", "authentication", "logon", "failure", F::target_user_name}},
    {L::security, 4634, {"", "logoff", "logoff", "", F::target_user_name}},
    {L::security, 4647, {"", "logoff", "logoff", "", F::target_user_name}},
    {L::security, 4648, {"", "authentication", "explicit", "success", F::target_user_name}},
    {L::security, 4657, {"registry_event", "registry", "modified", "", F::actor}},
    {L::security, 4660, {"", "object", "deleted", "", F::actor}},
    {L::security, 4663, {"", "file", "accessed", "", F::actor}, "", "File"},
    {L::security, 4663, {"", "registry", "accessed", "", F::actor}, "", "Key"},
    {L::security, 4663, {"", "object", "accessed", "", F::actor}},
    {L::security, 4672, {"", "privilege_change", "granted", "", F::actor}},
    {L::security, 4688, {"process_creation", "process", "created", "", F::actor}},
    {L::security, 4689, {"process_termination", "process", "terminated", "", F::actor}},
    {L::security, 4697, {"", "service", "created", "", F::actor}},
    {L::security, 4698, {"", "scheduled_task", "created", "", F::actor}},
    {L::security, 4699, {"", "scheduled_task", "deleted", "", F::actor}},
    {L::security, 4702, {"", "scheduled_task", "modified", "", F::actor}},
    {L::security, 4704, {"", "privilege_change", "granted", "", F::actor}},
    {L::security, 4705, {"", "privilege_change", "removed", "", F::actor}},
    {L::security, 4720, {"", "account_change", "created", "", F::actor}},
    {L::security, 4722, {"", "account_change", "enabled", "", F::actor}},
    {L::security, 4723, {"", "password_change", "changed", "", F::actor}},
    {L::security, 4724, {"", "password_change", "reset", "", F::actor}},
    {L::security, 4725, {"", "account_change", "disabled", "", F::actor}},
    {L::security, 4726, {"", "account_change", "deleted", "", F::actor}},
    {L::security, 4728, {"", "group_membership", "added", "", F::actor}},
    {L::security, 4729, {"", "group_membership", "removed", "", F::actor}},
    {L::security, 4732, {"", "group_membership", "added", "", F::actor}},
    {L::security, 4733, {"", "group_membership", "removed", "", F::actor}},
    {L::security, 4738, {"", "account_change", "modified", "", F::actor}},
    {L::security, 4740, {"", "account_change", "locked", "", F::target_user_name}},
    {L::security, 4756, {"", "group_membership", "added", "", F::actor}},
    {L::security, 4757, {"", "group_membership", "removed", "", F::actor}},
    {L::security, 4767, {"", "account_change", "unlocked", "", F::actor}},
    {L::security, 4771, {"", "authentication", "logon", "failure", F::target_user_name}},
    {L::security, 5140, {"", "share", "accessed", "", F::actor}},
    {L::security, 5145, {"", "file", "accessed", "", F::actor}},
    {L::security, 5152, {"", "firewall", "drop", "", F::count_}},
    {L::security, 5156, {"", "network_connection", "allow", "", F::count_}},
    {L::security, 5157, {"", "firewall", "block", "", F::count_}},
    {L::system, 104, {"", "log_cleared", "cleared", "", F::actor}},
    {L::system, 7036, {"", "service", "state_changed", "", F::count_}},
    {L::system, 7040, {"", "service", "modified", "", F::count_}},
    {L::system, 7045, {"", "service", "created", "", F::count_}},
    {L::powershell, 4103, {"ps_module", "script", "executed", "", F::count_}},
    {L::powershell, 4104, {"ps_script", "script", "executed", "", F::count_}},
    {L::powershell_classic, 400, {"ps_classic_start", "script", "started", "", F::count_}},
    {L::powershell_classic, 600, {"ps_classic_provider_start", "script", "started", "", F::count_}},
    {L::powershell_classic, 800, {"ps_classic_script", "script", "executed", "", F::count_}},
};

constexpr bool row_before(const EventRow& a, const EventRow& b) {
    return a.log != b.log ? a.log < b.log : a.id < b.id;
}

static_assert(std::is_sorted(std::begin(event_rows), std::end(event_rows), row_before));

struct EcsRow {
    std::string_view category;
    std::string_view type;  // empty: any
    Meaning meaning;
};

// ECS 8 categorisation fields. Rows with a type come before the general one.
constexpr EcsRow ecs_rows[] = {
    {"process", "start", {"process_creation", "process", "created", "", F::count_}},
    {"process", "end", {"process_termination", "process", "terminated", "", F::count_}},
    {"process", "", {"", "process", "", "", F::count_}},
    {"network", "denied", {"firewall", "firewall", "block", "", F::count_}},
    {"network", "", {"network_connection", "network_connection", "", "", F::count_}},
    {"authentication", "start", {"", "authentication", "", "success", F::count_}},
    {"authentication", "end", {"", "logoff", "", "", F::count_}},
    {"authentication", "error", {"", "authentication", "", "failure", F::count_}},
    {"authentication", "", {"", "authentication", "", "", F::count_}},
    {"file", "creation", {"file_event", "file", "created", "", F::count_}},
    {"file", "deletion", {"file_delete", "file", "deleted", "", F::count_}},
    {"file", "change", {"file_change", "file", "modified", "", F::count_}},
    {"file", "", {"", "file", "", "", F::count_}},
    {"registry", "creation", {"registry_add", "registry", "created", "", F::count_}},
    {"registry", "deletion", {"registry_delete", "registry", "deleted", "", F::count_}},
    {"registry", "change", {"registry_set", "registry", "modified", "", F::count_}},
    {"registry", "", {"registry_event", "registry", "", "", F::count_}},
    {"driver", "", {"driver_load", "driver", "", "", F::count_}},
    {"library", "", {"image_load", "module", "", "", F::count_}},
    {"iam", "group", {"", "group_membership", "", "", F::count_}},
    {"iam", "", {"", "account_change", "", "", F::count_}},
    {"email", "", {"", "email", "", "", F::count_}},
    {"web", "", {"webserver", "http", "", "", F::count_}},
};

struct OsRow {
    std::string_view os;
    std::string_view product;
};

constexpr OsRow os_rows[] = {
    {"windows", "windows"},
    {"linux", "linux"},
    {"debian", "linux"},
    {"redhat", "linux"},
    {"suse", "linux"},
    {"ubuntu", "linux"},
    {"centos", "linux"},
    {"macos", "macos"},
    {"darwin", "macos"},
};

struct MessageRow {
    std::string_view event_type;
    std::string_view action;  // empty: any
    std::string_view category;
};

constexpr MessageRow message_rows[] = {
    {"process", "created", "process_creation"},
    {"process", "terminated", "process_termination"},
    {"network_connection", "", "network_connection"},
    {"dns_query", "", "dns_query"},
    {"firewall", "", "firewall"},
    {"file", "created", "file_event"},
    {"file", "modified", "file_change"},
    {"file", "deleted", "file_delete"},
    {"file", "renamed", "file_rename"},
    {"registry", "created", "registry_add"},
    {"registry", "modified", "registry_set"},
    {"registry", "deleted", "registry_delete"},
    {"registry", "", "registry_event"},
};

// Names of the taxonomy that no table above gives.
constexpr std::string_view more_products[] = {
    "aws",        "azure",    "bitbucket", "cisco",        "django", "fortigate", "gcp",
    "github",     "jvm",      "juniper",   "kubernetes",   "m365",   "okta",      "onelogin",
    "opencanary", "paloalto", "python",    "rpc_firewall", "spring", "sql",       "zeek"};
constexpr std::string_view more_categories[] = {
    "antivirus", "application", "database", "dns", "file_access", "proxy"};
constexpr std::string_view more_services[] = {"apache",
                                              "audit",
                                              "auditd",
                                              "auth",
                                              "clamav",
                                              "cloudtrail",
                                              "cron",
                                              "guacamole",
                                              "kerberos",
                                              "ldp",
                                              "nginx",
                                              "security-mitigations",
                                              "smbserver-connectivity",
                                              "sshd",
                                              "sudo",
                                              "syslog",
                                              "vsftpd"};

void sort_out(std::vector<std::string_view>& names) {
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    std::erase(names, std::string_view());
}

}  // namespace

KnownLogSources known_logsources() {
    KnownLogSources out{{std::begin(more_products), std::end(more_products)},
                        {std::begin(more_categories), std::end(more_categories)},
                        {std::begin(more_services), std::end(more_services)}};
    for (const OsRow& row : os_rows) {
        out.products.push_back(row.product);
    }
    for (const ServiceRow& row : service_rows) {
        out.services.push_back(row.service);
    }
    for (const EventRow& row : event_rows) {
        out.categories.push_back(row.meaning.category);
    }
    for (const EcsRow& row : ecs_rows) {
        out.categories.push_back(row.meaning.category);
    }
    for (const MessageRow& row : message_rows) {
        out.categories.push_back(row.category);
    }
    for (auto* const names : {&out.products, &out.categories, &out.services}) {
        sort_out(*names);
    }
    return out;
}

WindowsService find_windows_service(std::string_view name) {
    for (const ServiceRow& row : service_rows) {
        if (same_text(row.name, name)) {
            return {row.log, row.service};
        }
    }
    return {};
}

Meaning windows_meaning(WindowsLog log,
                        std::int64_t event_id,
                        std::string_view event_kind,
                        std::string_view object_type) {
    EventRow wanted{log, event_id, {}};
    const auto* row =
        std::lower_bound(std::begin(event_rows), std::end(event_rows), wanted, row_before);
    for (; row != std::end(event_rows) && row->log == log && row->id == event_id; ++row) {
        if ((row->event_kind.empty() || same_text(row->event_kind, event_kind)) &&
            (row->object_type.empty() || same_text(row->object_type, object_type))) {
            return row->meaning;
        }
    }
    return {};
}

bool changes_group(std::int64_t event_id) {
    return windows_meaning(WindowsLog::security, event_id, {}, {}).event_type == "group_membership";
}

Meaning ecs_meaning(std::string_view category, std::string_view type) {
    for (const EcsRow& row : ecs_rows) {
        if (row.category == category && (row.type.empty() || row.type == type)) {
            return row.meaning;
        }
    }
    return {};
}

std::string_view ecs_product(std::string_view os) {
    for (const OsRow& row : os_rows) {
        if (same_text(row.os, os)) {
            return row.product;
        }
    }
    return {};
}

std::string_view message_category(std::string_view event_type, std::string_view action) {
    for (const MessageRow& row : message_rows) {
        if (row.event_type == event_type && (row.action.empty() || row.action == action)) {
            return row.category;
        }
    }
    return {};
}

}  // namespace spoor::decode
