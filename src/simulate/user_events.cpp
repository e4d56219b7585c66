#include "base/assert.hpp"
#include "simulate/draw.hpp"
#include "simulate/generators.hpp"

#include <fmt/core.h>

#include <array>

namespace spoor::simulate {

namespace {

constexpr std::array<std::string_view, 4> login_types = {
    "interactive", "unlock", "network", "remote"};
constexpr std::array<std::string_view, 3> failure_reasons = {
    "bad password", "account locked", "expired password"};
constexpr std::array<std::string_view, 6> privileges = {"SeShutdownPrivilege",
                                                        "SeTimeZonePrivilege",
                                                        "SeChangeNotifyPrivilege",
                                                        "SeBackupPrivilege",
                                                        "SeDebugPrivilege",
                                                        "SeTakeOwnershipPrivilege"};
constexpr std::size_t num_plain_privileges = 4;
constexpr std::array<std::string_view, 6> account_changes = {
    "enabled", "unlocked", "renamed", "disabled", "policy_changed", "created"};
constexpr std::array<std::string_view, 3> password_changes = {"changed", "reset", "expired"};
constexpr std::array<std::string_view, 6> groups = {
    "Users", "Staff", "Printers", "Remote Users", "Administrators", "Domain Admins"};
constexpr std::size_t num_plain_groups = 4;
constexpr std::array<std::string_view, 3> actors = {"SYSTEM", "helpdesk", "admin"};

// User events are a user's, on the machine that is theirs.
EventText& begin(EventText& text, Draft& d, std::string_view type) {
    SPOOR_ASSERT(d.user != nullptr, "a user event without a user");
    return text.begin(d.time, draw_severity(d.random, d.realistic), type, d.user->name, "user")
        .set("host", std::string_view(d.host.name))
        .set("host_name", std::string_view(d.host.name))
        .set("user_name", std::string_view(d.user->name));
}

EventText& set_actor(EventText& text, Draft& d) {
    return text.set("actor", pick(d.random, actors))
        .set("process_name", "lsass.exe")
        .set("process_id", d.process_id());
}

void add_logout(Draft& d, std::string_view login_type) {
    if (d.followers == nullptr) {
        return;
    }
    const Duration session =
        std::chrono::minutes{1} + random_gap(d.random, std::chrono::minutes{30});
    Message end;
    end.time = d.time + session;
    end.host = d.host.name;
    EventText text(end.json, d.strip_labels);
    text.begin(end.time, EventSeverity::low, "logout", d.user->name, "user")
        .set("host", std::string_view(d.host.name))
        .set("host_name", std::string_view(d.host.name))
        .set("user_name", std::string_view(d.user->name))
        .set("login_type", login_type)
        .set("session_duration",
             std::int64_t{std::chrono::duration_cast<std::chrono::seconds>(session).count()});
    text.end();
    d.followers->push_back(std::move(end));
}

void write_login(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const bool fails = d.random.below(1000) < (d.realistic ? 20 : 200);
    const std::string_view type =
        d.realistic ? login_types[d.random.below(2)] : pick(d.random, login_types);
    begin(text, d, "login")
        .set("login_type", type)
        .set("login_status", fails ? "failure" : "success")
        .set_address("source_ip",
                     d.realistic ? d.host.address : pick(d.random, d.world.hosts()).address);
    if (fails) {
        text.set("failure_reason",
                 d.realistic ? failure_reasons[0] : pick(d.random, failure_reasons))
            .suspect("Failed login", {"T1110"});
    } else if (!d.realistic && d.drawn_suspicious()) {
        text.suspect("Unusual login", {"T1078"});
    }
    text.end();
    if (!fails) {
        add_logout(d, type);
    }
}

void write_privilege_change(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const std::size_t i = d.random.below(d.realistic ? num_plain_privileges : privileges.size());
    begin(text, d, "privilege_change")
        .set("privilege", privileges[i])
        .set("action", d.random.below(2) == 0 ? "granted" : "removed");
    set_actor(text, d);
    if (i >= num_plain_privileges) {
        text.suspect("Powerful privilege", {"T1134"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual privilege change", {"T1134"});
    }
    text.end();
}

void write_account_change(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const std::string_view change =
        d.realistic ? account_changes[d.random.below(2)] : pick(d.random, account_changes);
    begin(text, d, "account_change").set("change_type", change);
    set_actor(text, d);
    if (change == "renamed") {
        const std::string renamed = fmt::format("{}-old", d.user->name);
        text.set("old_name", std::string_view(d.user->name))
            .set("new_name", std::string_view(renamed));
    } else if (change == "policy_changed") {
        text.set("policy_changes", "password never expires");
    }
    if (change == "created") {
        text.suspect("Account created", {"T1136.001"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual account change", {"T1098"});
    }
    text.end();
}

void write_password_change(Draft& d) {
    EventText text(d.json, d.strip_labels);
    begin(text, d, "password_change").set("change_type", pick(d.random, password_changes));
    set_actor(text, d);
    if (d.drawn_suspicious()) {
        text.suspect("Unusual password change", {"T1098"});
    }
    text.end();
}

void write_group_membership(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const std::size_t i = d.random.below(d.realistic ? num_plain_groups : groups.size());
    const bool added = d.random.below(2) == 0;
    begin(text, d, "group_membership")
        .set("group_name", groups[i])
        .set("action", added ? "added" : "removed");
    set_actor(text, d);
    if (i >= num_plain_groups && added) {
        text.suspect("Added to a powerful group", {"T1098"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual change of a group", {"T1098"});
    }
    text.end();
}

constexpr std::array<Kind, 5> table = {{{"login", write_login, 760},
                                        {"privilege_change", write_privilege_change, 60},
                                        {"account_change", write_account_change, 40},
                                        {"password_change", write_password_change, 100},
                                        {"group_membership", write_group_membership, 40}}};

}  // namespace

std::span<const Kind> user_kinds() {
    return table;
}

}  // namespace spoor::simulate
