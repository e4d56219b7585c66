#include "simulate/labels.hpp"

#include "base/assert.hpp"

#include <array>

namespace spoor::simulate {

namespace {

constexpr Technique named_techniques[] = {
    {"T1005", "Data from Local System", "TA0009"},
    {"T1016", "System Network Configuration Discovery", "TA0007"},
    {"T1021.004", "SSH", "TA0008"},
    {"T1041", "Exfiltration Over C2 Channel", "TA0010"},
    {"T1046", "Network Service Discovery", "TA0007"},
    {"T1048", "Exfiltration Over Alternative Protocol", "TA0010"},
    {"T1003.001", "LSASS Memory", "TA0006"},
    {"T1053.003", "Cron", "TA0002 TA0003 TA0004"},
    {"T1059", "Command and Scripting Interpreter", "TA0002"},
    {"T1059.001", "PowerShell", "TA0002"},
    {"T1059.003", "Windows Command Shell", "TA0002"},
    {"T1059.004", "Unix Shell", "TA0002"},
    {"T1071", "Application Layer Protocol", "TA0011"},
    {"T1071.004", "DNS", "TA0011"},
    {"T1078", "Valid Accounts", "TA0001 TA0003 TA0004 TA0005"},
    {"T1082", "System Information Discovery", "TA0007"},
    {"T1083", "File and Directory Discovery", "TA0007"},
    {"T1087", "Account Discovery", "TA0007"},
    {"T1095", "Non-Application Layer Protocol", "TA0011"},
    {"T1098", "Account Manipulation", "TA0003 TA0004"},
    {"T1105", "Ingress Tool Transfer", "TA0011"},
    {"T1110", "Brute Force", "TA0006"},
    {"T1110.001", "Password Guessing", "TA0006"},
    {"T1112", "Modify Registry", "TA0003 TA0112"},
    {"T1134", "Access Token Manipulation", "TA0004 TA0005"},
    {"T1136.001", "Local Account", "TA0003"},
    {"T1204.002", "Malicious File", "TA0002"},
    {"T1222", "File and Directory Permissions Modification", "TA0112"},
    {"T1543.002", "Systemd Service", "TA0003 TA0004"},
    {"T1543.003", "Windows Service", "TA0003 TA0004"},
    {"T1547.001", "Registry Run Keys / Startup Folder", "TA0003 TA0004"},
    {"T1560.001", "Archive via Utility", "TA0009"},
    {"T1566.001", "Spearphishing Attachment", "TA0001"},
    {"T1569.002", "Service Execution", "TA0002"},
    {"T1571", "Non-Standard Port", "TA0011"},
};

struct Tactic {
    std::string_view id;
    std::string_view name;
};

// In the order of the kill chain.
constexpr Tactic tactics[] = {
    {"TA0001", "Initial Access"},
    {"TA0002", "Execution"},
    {"TA0003", "Persistence"},
    {"TA0004", "Privilege Escalation"},
    {"TA0005", "Stealth"},
    {"TA0112", "Defense Impairment"},
    {"TA0006", "Credential Access"},
    {"TA0007", "Discovery"},
    {"TA0008", "Lateral Movement"},
    {"TA0009", "Collection"},
    {"TA0011", "Command and Control"},
    {"TA0010", "Exfiltration"},
};

bool has_tactic(const Technique& t, std::string_view tactic) {
    return t.tactics.find(tactic) != std::string_view::npos;
}

}  // namespace

std::span<const Technique> techniques() {
    return named_techniques;
}

const Technique& technique(std::string_view id) {
    for (const Technique& t : named_techniques) {
        if (t.id == id) {
            return t;
        }
    }
    SPOOR_ASSERT(false, "a label names a technique that the table lacks");
    return named_techniques[0];
}

void write_mitre_attack(JsonWriter& json, std::span<const std::string_view> ids) {
    json.begin_object().key("techniques").begin_array();
    for (const std::string_view id : ids) {
        const Technique& t = technique(id);
        json.begin_object().member("id", t.id).member("name", t.name);
        json.key("tactics").begin_array();
        for (const Tactic& tactic : tactics) {
            if (has_tactic(t, tactic.id)) {
                json.begin_object().member("id", tactic.id).member("name", tactic.name);
                json.end_object();
            }
        }
        json.end_array().end_object();
    }
    json.end_array().key("tactics").begin_array();
    for (const Tactic& tactic : tactics) {
        bool open = false;
        for (const std::string_view id : ids) {
            const Technique& t = technique(id);
            if (!has_tactic(t, tactic.id)) {
                continue;
            }
            if (!open) {
                json.begin_object().member("id", tactic.id).member("name", tactic.name);
                json.key("techniques").begin_array();
                open = true;
            }
            json.begin_object().member("id", t.id).member("name", t.name).end_object();
        }
        if (open) {
            json.end_array().end_object();
        }
    }
    json.end_array().end_object();
}

}  // namespace spoor::simulate
