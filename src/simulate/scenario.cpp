#include "simulate/scenario.hpp"

#include "base/assert.hpp"
#include "simulate/draw.hpp"
#include "simulate/event_text.hpp"
#include "simulate/generators.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace spoor::simulate {

namespace {

constexpr std::array<std::string_view, 2> names = {"data_exfiltration", "brute_force"};

// Seconds between two steps where the pace is not the simulator's tick.
struct Pace {
    std::int64_t lo;
    std::int64_t hi;
};

constexpr Pace by_hand = {8, 30};
constexpr Pace guessing = {1, 6};
constexpr Pace transferring = {10, 40};

// An adaptive attacker waits half as long again after every four failures, at most eight times.
constexpr int failures_noticed = 4;
constexpr int failures_per_address = 10;  // then another source address is taken
constexpr std::int64_t most_careful = 8'000;

constexpr std::array<std::string_view, 6> guessed_accounts = {
    "root", "admin", "ubuntu", "deploy", "test", "oracle"};
constexpr std::array<std::int64_t, 3> exfiltration_ports = {443, 8443, 8080};

constexpr std::string_view cmd_path = R"(C:\Windows\System32\cmd.exe)";
constexpr std::string_view powershell_path =
    R"(C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe)";

constexpr Program opened_attachment = {
    "winword.exe",
    R"(C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE)",
    "outlook.exe",
    R"(C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE)",
    R"(WINWORD.EXE /n "C:\Users\Public\Downloads\Invoice_4711.docm")",
    "T1204.002"};
constexpr Program macro_shell = {"cmd.exe",
                                 cmd_path,
                                 "winword.exe",
                                 R"(C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE)",
                                 R"(cmd.exe /c C:\Users\Public\stage.bat)",
                                 "T1059.003"};
constexpr std::array<Program, 4> discoveries = {
    {{"systeminfo.exe",
      R"(C:\Windows\System32\systeminfo.exe)",
      "cmd.exe",
      cmd_path,
      "systeminfo",
      "T1082"},
     {"ipconfig.exe",
      R"(C:\Windows\System32\ipconfig.exe)",
      "cmd.exe",
      cmd_path,
      "ipconfig /all",
      "T1016"},
     {"net.exe", R"(C:\Windows\System32\net.exe)", "cmd.exe", cmd_path, "net view", "T1016"},
     {"cmd.exe",
      cmd_path,
      "cmd.exe",
      cmd_path,
      R"(cmd.exe /c dir C:\Users\*password* /s)",
      "T1083"}}};
constexpr Program archiver = {
    "powershell.exe",
    powershell_path,
    "cmd.exe",
    cmd_path,
    R"(powershell.exe Compress-Archive C:\Users\Public\Documents C:\Users\Public\d.zip)",
    "T1560.001"};
constexpr Program shell_after_login = {
    "bash", "/usr/bin/bash", "sshd", "/usr/sbin/sshd", "bash -i", "T1059.004"};
constexpr Program cron_entry = {
    "crontab", "/usr/bin/crontab", "bash", "/usr/bin/bash", "crontab /tmp/.cron", "T1053.003"};
constexpr Program network_scan = {
    "nmap", "/usr/bin/nmap", "bash", "/usr/bin/bash", "nmap -p 22 -sS ", "T1046"};
constexpr Program next_hop = {
    "ssh", "/usr/bin/ssh", "bash", "/usr/bin/bash", "ssh root@", "T1021.004"};

class Play {
public:
    Play(const World& world, const ScenarioPlan& plan, Random random)
        : world_(world), plan_(plan), random_(random), now_(plan.start) {}

    std::vector<Message> data_exfiltration();
    std::vector<Message> brute_force();

private:
    // Begins and ends one event; `write` sets what is its own.
    template <class Write>
    void emit(int stage,
              EventSeverity severity,
              std::string_view type,
              std::string_view user,
              const Write& write);
    void run(int stage,
             EventSeverity severity,
             Program program,
             std::string_view account,
             std::string_view reason);
    void exfiltrate(std::uint32_t server);
    void attempt(int stage,
                 std::string_view account,
                 bool succeeds,
                 std::string_view technique,
                 std::string_view reason);
    void wait(const Pace& pace);
    void note_failure();

    [[nodiscard]] const Host& host() const { return world_.hosts()[host_]; }

    const World& world_;
    const ScenarioPlan& plan_;
    Random random_;
    Timestamp now_;
    std::size_t host_ = 0;
    std::string_view title_;
    std::uint32_t attacker_ = 0;
    int failures_ = 0;
    std::int64_t caution_ = 1'000;  // thousandths of the usual wait
    std::vector<Message> out_;
};

template <class Write>
void Play::emit(int stage,
                EventSeverity severity,
                std::string_view type,
                std::string_view user,
                const Write& write) {
    if (now_ > plan_.start + scenario_timeout) {
        return;
    }
    Message m;
    m.time = now_;
    m.host = host().name;
    m.anomalous = true;
    m.scenario_id = plan_.id;
    m.scenario = plan_.type;
    m.stage = stage;
    EventText text(m.json, plan_.strip_labels);
    const bool of_user = !user.empty();
    text.begin(now_,
               severity,
               type,
               of_user ? user : std::string_view(host().name),
               of_user ? "user" : "host");
    write(text);
    const ScenarioTag tag{plan_.id, plan_.type, title_, stage};
    text.end(&tag);
    out_.push_back(std::move(m));
}

void Play::run(int stage,
               EventSeverity severity,
               Program program,
               std::string_view account,
               std::string_view reason) {
    const std::int64_t id = random_.between(250, 8000) * 4;
    const std::int64_t parent = random_.between(250, 8000) * 4;
    emit(stage, severity, "process", {}, [&](EventText& text) {
        set_process(text, {program, account, id, parent}, "created");
        text.suspect(reason, {program.technique});
    });
    wait(by_hand);
}

void Play::wait(const Pace& pace) {
    Duration step = plan_.tick;
    if (world_.realism() != Realism::basic) {
        step = Duration{random_.between(pace.lo * 1'000'000, pace.hi * 1'000'000)};
    }
    now_ += step * caution_ / 1'000;
}

void Play::note_failure() {
    ++failures_;
    if (!plan_.adaptive) {
        return;
    }
    if (failures_ % failures_noticed == 0) {
        caution_ = std::min(caution_ * 3 / 2, most_careful);
    }
    if (failures_ % failures_per_address == 0) {
        ++attacker_;
    }
}

std::vector<Message> Play::data_exfiltration() {
    title_ = "Data Exfiltration";
    const User& drawn = pick(random_, world_.users());
    const std::size_t named = world_.find_host(plan_.host);
    host_ = named < world_.hosts().size() ? named : drawn.host;
    const std::string user(named < world_.hosts().size() ? world_.pick_account(host(), random_)
                                                         : std::string_view(drawn.name));
    emit(0, EventSeverity::medium, "email", user, [&](EventText& text) {
        const std::string to = user + "@corp.example.com";
        text.set("host", std::string_view(host().name))
            .set("host_name", std::string_view(host().name))
            .set("user_name", std::string_view(user))
            .set("email_subject", "Overdue invoice 4711")
            .set("email_from", "billing@free-invoice.invalid")
            .set("email_to", std::string_view(to))
            .set("has_attachment", true)
            .set("attachment_name", "Invoice_4711.docm")
            .suspect("Message with a macro document from outside", {"T1566.001"});
    });
    wait(by_hand);
    run(0, EventSeverity::medium, opened_attachment, user, "Macro document opened");
    run(0, EventSeverity::high, macro_shell, user, "Shell started by a word processor");
    for (const Program& program : discoveries) {
        run(1, EventSeverity::medium, program, user, "Discovery command");
    }
    const std::int64_t reader = random_.between(250, 8000) * 4;
    emit(2, EventSeverity::high, "file", {}, [&](EventText& text) {
        text.set("action", "accessed")
            .set("file_path", R"(C:\Users\Public\Documents\passwords.xlsx)")
            .set("file_name", "passwords.xlsx")
            .set("file_extension", ".xlsx")
            .set("user", std::string_view(user))
            .set("process_name", "cmd.exe")
            .set("process_id", reader)
            .suspect("File with passwords read", {"T1005"});
    });
    wait(by_hand);
    run(2, EventSeverity::high, archiver, user, "Files packed for transport");
    exfiltrate((185U << 24U | 128U << 16U | 25U << 8U) +
               static_cast<std::uint32_t>(random_.between(1, 254)));
    return std::move(out_);
}

// Connections of 10 to 50 kB until a total of 50 to 200 kB, drawn beforehand, is met exactly.
void Play::exfiltrate(std::uint32_t server) {
    constexpr std::int64_t least = 10'000;
    constexpr std::int64_t most = 50'000;
    std::int64_t left = random_.between(50'000, 200'000);
    while (left > 0) {
        std::int64_t chunk = random_.between(least, most);
        if (left - chunk < least) {
            chunk = left <= most ? left : left - least;
        }
        left -= chunk;
        const std::int64_t port = pick(random_, exfiltration_ports);
        const std::int64_t received = random_.between(200, 2'000);
        const std::int64_t millis = random_.between(4'000, 30'000);
        emit(3, EventSeverity::critical, "network_connection", {}, [&](EventText& text) {
            text.set_address("source_ip", host().address)
                .set_address("destination_ip", server)
                .set("destination_port", port)
                .set("protocol", "TCP")
                .set("bytes_sent", chunk)
                .set("bytes_received", received)
                .set_milli("connection_duration", millis)
                .set("connection_status", "established")
                .suspect("Upload to an unknown server", {"T1041"});
        });
        wait(transferring);
    }
}

void Play::attempt(int stage,
                   std::string_view account,
                   bool succeeds,
                   std::string_view technique,
                   std::string_view reason) {
    emit(stage,
         succeeds ? EventSeverity::critical : EventSeverity::medium,
         "authentication",
         {},
         [&](EventText& text) {
             text.set("user", account)
                 .set("user_name", account)
                 .set("authentication_type", "ssh")
                 .set("authentication_status", succeeds ? "success" : "failure")
                 .set_address("source_ip", attacker_);
             if (!succeeds) {
                 text.set("failure_reason", "bad password");
             }
             text.suspect(reason, {technique});
         });
    if (!succeeds) {
        note_failure();
    }
    wait(succeeds ? by_hand : guessing);
}

std::vector<Message> Play::brute_force() {
    title_ = "Brute Force";
    const std::size_t named = world_.find_host(plan_.host);
    const std::size_t drawn = world_.pick_linux_host(random_);
    host_ = named < world_.hosts().size() ? named : drawn;
    // Of a documentation network (RFC 5737), with room for a few more behind it.
    attacker_ = 0xCB007100 + static_cast<std::uint32_t>(random_.between(1, 200));
    const std::int64_t probe_bytes = random_.between(60, 400);
    emit(0, EventSeverity::medium, "network_connection", {}, [&](EventText& text) {
        text.set_address("source_ip", attacker_)
            .set_address("destination_ip", host().address)
            .set("destination_port", 22)
            .set("protocol", "TCP")
            .set("bytes_sent", probe_bytes)
            .set("bytes_received", probe_bytes * 2)
            .set_milli("connection_duration", 120)
            .set("connection_status", "closed")
            .suspect("SSH port probed from outside", {"T1046"});
    });
    wait(by_hand);
    attempt(0, "admin", false, "T1087", "Login tried for a common account");
    const std::int64_t attempts = random_.between(10, 30);
    const bool succeeds = random_.below(10) < 7;
    std::string_view account;
    for (std::int64_t i = 1; i <= attempts; ++i) {
        account = pick(random_, guessed_accounts);
        const bool wins = succeeds && i == attempts;
        attempt(1,
                account,
                wins,
                "T1110.001",
                wins ? "SSH login after many failures" : "SSH login failed");
    }
    if (!succeeds) {
        return std::move(out_);
    }
    run(2, EventSeverity::high, shell_after_login, account, "Shell of an outside login");
    run(2, EventSeverity::high, cron_entry, account, "Regular job planted");
    const std::string network = format_address(host().address & 0xFFFFFF00U) + "/24";
    const std::string scan = std::string(network_scan.command_line) + network;
    Program program = network_scan;
    program.command_line = scan;
    run(3, EventSeverity::high, program, account, "Network scanned from inside");
    const std::string hop = std::string(next_hop.command_line) + pick(random_, world_.hosts()).name;
    program = next_hop;
    program.command_line = hop;
    run(3, EventSeverity::critical, program, account, "Login to another host");
    return std::move(out_);
}

}  // namespace

std::span<const std::string_view> scenario_names() {
    return names;
}

std::vector<Message> play(const World& world, const ScenarioPlan& plan, Random random) {
    Play play(world, plan, random);
    if (plan.type == names[0]) {
        return play.data_exfiltration();
    }
    SPOOR_ASSERT(plan.type == names[1], "no such scenario");
    return play.brute_force();
}

}  // namespace spoor::simulate
