#include "sigma/field_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace spoor::sigma {

namespace {

struct Also {
    std::string_view field;
    std::string_view path;
};

// In the order in which they are tried.
constexpr auto also = std::to_array<Also>({
    {"EventID", "Event.System.EventID"},
    {"EventID", "Event.System.EventID.#text"},
    {"EventID", "winlog.event_id"},
    {"EventID", "event.code"},
    {"Channel", "Event.System.Channel"},
    {"Channel", "winlog.channel"},
    {"Computer", "Event.System.Computer"},
    {"Computer", "winlog.computer_name"},
    {"Computer", "Hostname"},
    {"Computer", "host.name"},
    {"Provider_Name", "Event.System.Provider.#attributes.Name"},
    {"Provider_Name", "Event.System.Provider.@Name"},
    {"Provider_Name", "Event.System.Provider.Name"},
    {"Provider_Name", "winlog.provider_name"},
    {"Provider_Name", "SourceName"},
    {"Provider_Name", "event.provider"},
    {"Level", "Event.System.Level"},
    {"Task", "Event.System.Task"},
    {"Opcode", "Event.System.Opcode"},
    {"Keywords", "Event.System.Keywords"},
    {"Version", "Event.System.Version"},
    {"EventRecordID", "Event.System.EventRecordID"},
    {"EventRecordID", "winlog.record_id"},
    {"CommandLine", "process.command_line"},
    {"Image", "process.executable"},
    {"ParentImage", "process.parent.executable"},
    {"ParentCommandLine", "process.parent.command_line"},
    {"CurrentDirectory", "process.working_directory"},
    {"ProcessId", "process.pid"},
    {"ParentProcessId", "process.parent.pid"},
    {"OriginalFileName", "process.pe.original_file_name"},
    {"Company", "process.pe.company"},
    {"Description", "process.pe.description"},
    {"Product", "process.pe.product"},
    {"FileVersion", "process.pe.file_version"},
    {"User", "user.name"},
    {"TargetFilename", "file.path"},
    {"TargetObject", "registry.path"},
    {"Details", "registry.data.strings"},
    {"ImageLoaded", "dll.path"},
    {"Signature", "dll.code_signature.subject_name"},
    {"SignatureStatus", "dll.code_signature.status"},
    {"Signed", "dll.code_signature.exists"},
    {"DestinationIp", "destination.ip"},
    {"DestinationPort", "destination.port"},
    {"DestinationHostname", "destination.domain"},
    {"SourceIp", "source.ip"},
    {"SourcePort", "source.port"},
    {"SourceHostname", "source.domain"},
    {"Protocol", "network.transport"},
    {"QueryName", "dns.question.name"},
    {"QueryStatus", "dns.response_code"},
    {"QueryResults", "dns.answers.data"},
    {"ScriptBlockText", "powershell.file.script_block_text"},
});

// Members of an object of the System block, as Sigma writes them: X_Y.
constexpr auto attributes = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"Provider", "Guid"},
    {"Execution", "ProcessID"},
    {"Execution", "ThreadID"},
    {"Security", "UserID"},
    {"Correlation", "ActivityID"},
    {"TimeCreated", "SystemTime"},
});

// What the Security log calls it.
constexpr auto in_process_creation = std::to_array<Also>({
    {"Image", "NewProcessName"},
    {"ParentImage", "ParentProcessName"},
    {"LogonId", "SubjectLogonId"},
});

constexpr auto in_registry = std::to_array<Also>({
    {"TargetObject", "ObjectName"},
    {"Details", "NewValue"},
});

// The endpoint's own names, which come first when the decoder looks for the host. Not those that a
// collector fills in with its own name (host, agent) in events that have the others too.
constexpr std::array<std::string_view, 3> host_fields{
    "Event.System.Computer", "winlog.computer_name", "Computer"};

void append_plain(std::vector<std::string>& out, std::string_view name) {
    const std::string text(name);
    out.push_back(text);
    out.push_back("Event.EventData." + text);
    out.push_back("Event.UserData.*." + text);
    out.push_back("EventData." + text);
    out.push_back("winlog.event_data." + text);
}

void append_attribute(std::vector<std::string>& out, std::string_view name) {
    for (const auto& [object, member] : attributes) {
        if (name.size() == object.size() + 1 + member.size() && name.starts_with(object) &&
            name[object.size()] == '_' && name.ends_with(member)) {
            const std::string at = "Event.System." + std::string(object);
            for (const std::string_view between : {".#attributes.", ".@", "."}) {
                out.push_back(at + std::string(between) + std::string(member));
            }
        }
    }
}

template <typename Table>
void append_names(std::vector<std::string>& out, const Table& table, std::string_view name) {
    for (const Also& a : table) {
        if (a.field == name) {
            append_plain(out, a.path);
        }
    }
}

bool is_windows(const LogSource& logsource) {
    return logsource.product.empty() || logsource.product == "windows";
}

bool is_registry(const LogSource& logsource) {
    return logsource.category == "registry_event" || logsource.category == "registry_add" ||
           logsource.category == "registry_set" || logsource.category == "registry_delete" ||
           logsource.category == "registry_rename";
}

}  // namespace

std::vector<std::string> field_paths(std::string_view name, const LogSource& logsource) {
    std::vector<std::string> out;
    if (!is_windows(logsource) || name.find('.') != std::string_view::npos) {
        out.emplace_back(name);
        return out;
    }
    append_plain(out, name);
    for (const Also& a : also) {
        if (a.field == name) {
            out.emplace_back(a.path);
        }
    }
    append_attribute(out, name);
    if (logsource.category == "process_creation") {
        append_names(out, in_process_creation, name);
    } else if (is_registry(logsource)) {
        append_names(out, in_registry, name);
    }
    return out;
}

bool names_host(std::string_view field) {
    return std::find(host_fields.begin(), host_fields.end(), field) != host_fields.end();
}

FieldIndex FieldNames::find(std::string_view name, const LogSource& logsource, bool is_path) {
    const bool plain = is_path || !builtin_;
    std::string key(plain                                      ? "p"
                    : !is_windows(logsource)                   ? "p"
                    : logsource.category == "process_creation" ? "c"
                    : is_registry(logsource)                   ? "r"
                                                               : "w");
    key += name;
    const auto found = known_.find(key);
    if (found != known_.end()) {
        return found->second;
    }
    const FieldIndex field = plain ? table_.intern(name, {std::string(name)})
                                   : table_.intern(name, field_paths(name, logsource));
    known_.emplace(std::move(key), field);
    return field;
}

}  // namespace spoor::sigma
