"""Tables of §6: which channel is which service, and which event is of which category."""

from __future__ import annotations

# (log, service): its channels and providers. Only named logs have meanings of event ids.
_CHANNELS: dict[tuple[str, str], tuple[str, ...]] = {
    ("sysmon", "sysmon"): (
        "Microsoft-Windows-Sysmon/Operational",
        "Microsoft-Windows-Sysmon",
    ),
    ("security", "security"): (
        "Security",
        "Microsoft-Windows-Security-Auditing",
    ),
    ("system", "system"): (
        "System",
        "Service Control Manager",
    ),
    ("other", "application"): (
        "Application",
    ),
    ("powershell_classic", "powershell-classic"): (
        "Windows PowerShell",
        "PowerShell",
    ),
    ("powershell", "powershell"): (
        "Microsoft-Windows-PowerShell/Operational",
        "PowerShellCore/Operational",
        "Microsoft-Windows-PowerShell",
    ),
    ("other", "wmi"): (
        "Microsoft-Windows-WMI-Activity/Operational",
    ),
    ("other", "taskscheduler"): (
        "Microsoft-Windows-TaskScheduler/Operational",
    ),
    ("other", "windefend"): (
        "Microsoft-Windows-Windows Defender/Operational",
    ),
    ("other", "bits-client"): (
        "Microsoft-Windows-Bits-Client/Operational",
    ),
    ("other", "ntlm"): (
        "Microsoft-Windows-NTLM/Operational",
    ),
    ("other", "dns-client"): (
        "Microsoft-Windows-DNS-Client/Operational",
    ),
    ("other", "dns-server"): (
        "DNS Server",
    ),
    ("other", "dns-server-analytic"): (
        "Microsoft-Windows-DNS-Server/Analytical",
    ),
    ("other", "driver-framework"): (
        "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
    ),
    ("other", "codeintegrity-operational"): (
        "Microsoft-Windows-CodeIntegrity/Operational",
    ),
    ("other", "applocker"): (
        "Microsoft-Windows-AppLocker/EXE and DLL",
        "Microsoft-Windows-AppLocker/MSI and Script",
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ),
    ("other", "firewall-as"): (
        "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
    ),
    ("other", "smbclient-security"): (
        "Microsoft-Windows-SmbClient/Security",
    ),
    ("other", "smbclient-connectivity"): (
        "Microsoft-Windows-SmbClient/Connectivity",
    ),
    ("other", "terminalservices-localsessionmanager"): (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    ),
    ("other", "printservice-admin"): (
        "Microsoft-Windows-PrintService/Admin",
    ),
    ("other", "printservice-operational"): (
        "Microsoft-Windows-PrintService/Operational",
    ),
    ("other", "ldap"): (
        "Microsoft-Windows-LDAP-Client/Debug",
    ),
    ("other", "lsa-server"): (
        "Microsoft-Windows-LSA/Operational",
    ),
    ("other", "shell-core"): (
        "Microsoft-Windows-Shell-Core/Operational",
    ),
    ("other", "appxdeployment-server"): (
        "Microsoft-Windows-AppXDeploymentServer/Operational",
    ),
    ("other", "diagnosis-scripted"): (
        "Microsoft-Windows-Diagnosis-Scripted/Operational",
    ),
    ("other", "msexchange-management"): (
        "MSExchange Management",
    ),
    ("other", "openssh"): (
        "OpenSSH/Operational",
    ),
}
SERVICES = {name.lower(): key for key, names in _CHANNELS.items() for name in names}

# (log, event id, category, what, action, EventType, ObjectType); "" in the last two: any.
WINDOWS_MEANINGS: tuple[tuple[str, int, str, str, str, str, str], ...] = (
    ("sysmon", 1, "process_creation", "process", "created", "", ""),
    ("sysmon", 2, "file_change", "file", "modified", "", ""),
    ("sysmon", 3, "network_connection", "network_connection", "", "", ""),
    ("sysmon", 4, "sysmon_status", "", "", "", ""),
    ("sysmon", 5, "process_termination", "process", "terminated", "", ""),
    ("sysmon", 6, "driver_load", "driver", "loaded", "", ""),
    ("sysmon", 7, "image_load", "module", "loaded", "", ""),
    ("sysmon", 8, "create_remote_thread", "remote_thread", "created", "", ""),
    ("sysmon", 9, "raw_access_thread", "raw_access", "read", "", ""),
    ("sysmon", 10, "process_access", "process_access", "opened", "", ""),
    ("sysmon", 11, "file_event", "file", "created", "", ""),
    ("sysmon", 12, "registry_add", "registry", "created", "createkey", ""),
    ("sysmon", 12, "registry_delete", "registry", "deleted", "deletekey", ""),
    ("sysmon", 12, "registry_delete", "registry", "deleted", "deletevalue", ""),
    ("sysmon", 12, "registry_event", "registry", "", "", ""),
    ("sysmon", 13, "registry_set", "registry", "modified", "", ""),
    ("sysmon", 14, "registry_rename", "registry", "renamed", "", ""),
    ("sysmon", 15, "create_stream_hash", "file", "created", "", ""),
    ("sysmon", 16, "sysmon_status", "", "", "", ""),
    ("sysmon", 17, "pipe_created", "pipe", "created", "", ""),
    ("sysmon", 18, "pipe_created", "pipe", "connected", "", ""),
    ("sysmon", 19, "wmi_event", "wmi", "", "", ""),
    ("sysmon", 20, "wmi_event", "wmi", "", "", ""),
    ("sysmon", 21, "wmi_event", "wmi", "", "", ""),
    ("sysmon", 22, "dns_query", "dns_query", "", "", ""),
    ("sysmon", 23, "file_delete", "file", "deleted", "", ""),
    ("sysmon", 24, "clipboard_capture", "clipboard", "changed", "", ""),
    ("sysmon", 25, "process_tampering", "process_tampering", "", "", ""),
    ("sysmon", 26, "file_delete", "file", "deleted", "", ""),
    ("sysmon", 27, "file_block", "file", "blocked", "", ""),
    ("sysmon", 28, "file_block", "file", "blocked", "", ""),
    ("sysmon", 29, "file_executable_detected", "file", "created", "", ""),
    ("sysmon", 255, "sysmon_error", "", "", "", ""),
    ("security", 1102, "", "log_cleared", "cleared", "", ""),
    ("security", 4624, "", "authentication", "logon", "", ""),
    ("security", 4625, "", "authentication", "logon", "", ""),
    ("security", 4634, "", "logoff", "logoff", "", ""),
    ("security", 4647, "", "logoff", "logoff", "", ""),
    ("security", 4648, "", "authentication", "explicit", "", ""),
    ("security", 4657, "registry_event", "registry", "modified", "", ""),
    ("security", 4660, "", "object", "deleted", "", ""),
    ("security", 4663, "", "file", "accessed", "", "file"),
    ("security", 4663, "", "registry", "accessed", "", "key"),
    ("security", 4663, "", "object", "accessed", "", ""),
    ("security", 4672, "", "privilege_change", "granted", "", ""),
    ("security", 4688, "process_creation", "process", "created", "", ""),
    ("security", 4689, "process_termination", "process", "terminated", "", ""),
    ("security", 4697, "", "service", "created", "", ""),
    ("security", 4698, "", "scheduled_task", "created", "", ""),
    ("security", 4699, "", "scheduled_task", "deleted", "", ""),
    ("security", 4702, "", "scheduled_task", "modified", "", ""),
    ("security", 4704, "", "privilege_change", "granted", "", ""),
    ("security", 4705, "", "privilege_change", "removed", "", ""),
    ("security", 4720, "", "account_change", "created", "", ""),
    ("security", 4722, "", "account_change", "enabled", "", ""),
    ("security", 4723, "", "password_change", "changed", "", ""),
    ("security", 4724, "", "password_change", "reset", "", ""),
    ("security", 4725, "", "account_change", "disabled", "", ""),
    ("security", 4726, "", "account_change", "deleted", "", ""),
    ("security", 4728, "", "group_membership", "added", "", ""),
    ("security", 4729, "", "group_membership", "removed", "", ""),
    ("security", 4732, "", "group_membership", "added", "", ""),
    ("security", 4733, "", "group_membership", "removed", "", ""),
    ("security", 4738, "", "account_change", "modified", "", ""),
    ("security", 4740, "", "account_change", "locked", "", ""),
    ("security", 4756, "", "group_membership", "added", "", ""),
    ("security", 4757, "", "group_membership", "removed", "", ""),
    ("security", 4767, "", "account_change", "unlocked", "", ""),
    ("security", 4771, "", "authentication", "logon", "", ""),
    ("security", 5140, "", "share", "accessed", "", ""),
    ("security", 5145, "", "file", "accessed", "", ""),
    ("security", 5152, "", "firewall", "drop", "", ""),
    ("security", 5156, "", "network_connection", "allow", "", ""),
    ("security", 5157, "", "firewall", "block", "", ""),
    ("system", 104, "", "log_cleared", "cleared", "", ""),
    ("system", 7036, "", "service", "state_changed", "", ""),
    ("system", 7040, "", "service", "modified", "", ""),
    ("system", 7045, "", "service", "created", "", ""),
    ("powershell", 4103, "ps_module", "script", "executed", "", ""),
    ("powershell", 4104, "ps_script", "script", "executed", "", ""),
    ("powershell_classic", 400, "ps_classic_start", "script", "started", "", ""),
    ("powershell_classic", 600, "ps_classic_provider_start", "script", "started", "", ""),
    ("powershell_classic", 800, "ps_classic_script", "script", "executed", "", ""),
)

# (event.category, event.type or "" for any, category, what, action)
ECS_MEANINGS: tuple[tuple[str, str, str, str, str], ...] = (
    ("process", "start", "process_creation", "process", "created"),
    ("process", "end", "process_termination", "process", "terminated"),
    ("process", "", "", "process", ""),
    ("network", "denied", "firewall", "firewall", "block"),
    ("network", "", "network_connection", "network_connection", ""),
    ("authentication", "start", "", "authentication", ""),
    ("authentication", "end", "", "logoff", ""),
    ("authentication", "error", "", "authentication", ""),
    ("authentication", "", "", "authentication", ""),
    ("file", "creation", "file_event", "file", "created"),
    ("file", "deletion", "file_delete", "file", "deleted"),
    ("file", "change", "file_change", "file", "modified"),
    ("file", "", "", "file", ""),
    ("registry", "creation", "registry_add", "registry", "created"),
    ("registry", "deletion", "registry_delete", "registry", "deleted"),
    ("registry", "change", "registry_set", "registry", "modified"),
    ("registry", "", "registry_event", "registry", ""),
    ("driver", "", "driver_load", "driver", ""),
    ("library", "", "image_load", "module", ""),
    ("iam", "group", "", "group_membership", ""),
    ("iam", "", "", "account_change", ""),
    ("email", "", "", "email", ""),
    ("web", "", "webserver", "http", ""),
)

PRODUCTS = {
    "windows": "windows",
    "linux": "linux",
    "debian": "linux",
    "redhat": "linux",
    "suse": "linux",
    "ubuntu": "linux",
    "centos": "linux",
    "macos": "macos",
    "darwin": "macos",
}

# Plain messages: (event_type, action or "" for any, category)
MESSAGES: tuple[tuple[str, str, str], ...] = (
    ("process", "created", "process_creation"),
    ("process", "terminated", "process_termination"),
    ("network_connection", "", "network_connection"),
    ("dns_query", "", "dns_query"),
    ("firewall", "", "firewall"),
    ("file", "created", "file_event"),
    ("file", "modified", "file_change"),
    ("file", "deleted", "file_delete"),
    ("file", "renamed", "file_rename"),
    ("registry", "created", "registry_add"),
    ("registry", "modified", "registry_set"),
    ("registry", "deleted", "registry_delete"),
    ("registry", "", "registry_event"),
)

# Numbers under these names make a message a feature vector, which has no log source.
_MEASURES = (
    "network_traffic_volume", "number_of_logins", "number_of_failed_logins",
    "number_of_accessed_files", "number_of_email_sent", "cpu_usage", "memory_usage", "disk_io",
    "network_latency", "number_of_processes",
)  # fmt: skip
FEATURES = tuple(name + end for name in _MEASURES for end in ("_mean", ""))

REGISTRY_PARTS = ("registry_add", "registry_set", "registry_delete", "registry_rename")
