#include "e2e/winlogbeat_sender.hpp"

#include <fmt/core.h>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace spoor::test {

namespace {

constexpr int ms_between_events = 5;
constexpr int leap_ms = 2 * 3'600'000;

// Channel, event id and the members of event_data, by turns.
std::string what_happened(int i) {
    const int user = i % WinlogbeatSender::num_users;
    switch (i % 5) {
        case 0:
            return fmt::format(
                R"("channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"event_data":{{)"
                R"("Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all {}")",
                i);
        case 1:
            return fmt::format(
                R"("channel":"Security","event_id":4688,"event_data":{{"NewProcessName":)"
                R"("C:\\Windows\\System32\\net.exe","CommandLine":"net user u{} /domain {}")",
                user,
                i);
        case 2:
            return fmt::format(
                R"("channel":"Security","event_id":4624,"event_data":{{"TargetUserName":"u{}",)"
                R"("LogonType":"{}","TargetLogonId":"0x{:x}")",
                user,
                WinlogbeatSender::is_network_logon(i) ? 3 : 2,
                i);
        case 3:
            return fmt::format(
                R"("channel":"Security","event_id":4625,"event_data":{{"TargetUserName":"u{}",)"
                R"("LogonType":"3")",
                user);
        default:
            return fmt::format(
                R"("channel":"Microsoft-Windows-Sysmon/Operational","event_id":3,"event_data":{{)"
                R"("DestinationIp":"203.0.113.{}","DestinationPort":"{}")",
                i % 256,
                i % 13 == 0 ? 4444 : 443);
    }
}

// As winlogbeat sends it.
std::string event(int i, int host, int ms) {
    return fmt::format(
        R"({{"@timestamp":"2026-01-05T{:02}:{:02}:{:02}.{:03}Z","host":{{"name":"ws{}"}},)"
        R"("winlog":{{"record_id":{},"computer_name":"ws{}",{}}}}}}})",
        8 + ms / 3'600'000,
        ms / 60'000 % 60,
        ms / 1000 % 60,
        ms % 1000,
        host,
        i,
        host,
        what_happened(i));
}

}  // namespace

bool WinlogbeatSender::is_failed_logon(int i) {
    return i % 5 == 3;
}

bool WinlogbeatSender::is_network_logon(int i) {
    return i % 5 == 2 && i % 7 == 0;
}

WinlogbeatSender::WinlogbeatSender(std::string_view bootstrap, std::string topic)
    : topic_(std::move(topic)), producer_(sink::KafkaProducer::make(bootstrap).value()) {}

void WinlogbeatSender::send(int num) {
    for (; num > 0; --num, ++num_events_) {
        const int host = num_events_ % num_hosts;
        num_failed_logons_ += is_failed_logon(num_events_) ? 1 : 0;
        produce(host, event(num_events_, host, num_events_ * ms_between_events + ahead_ms_));
    }
}

void WinlogbeatSender::send_poison() {
    produce(num_poison_++ % num_hosts, poison);
}

void WinlogbeatSender::leap() {
    ahead_ms_ = leap_ms;
}

void WinlogbeatSender::flush() {
    const sink::DeliverySummary sent = producer_->flush(std::chrono::seconds{30});
    if (!sent.complete()) {
        throw std::runtime_error("sending: " + sent.error);
    }
}

void WinlogbeatSender::produce(int host, std::string_view value) {
    const std::string key = fmt::format("ws{}", host);
    sink::KafkaRecord record;
    record.topic = topic_;
    record.key = key;
    record.value = value;
    if (const auto queued = producer_->produce(record); !queued) {
        throw std::runtime_error("sending: " + queued.error().detail);
    }
}

}  // namespace spoor::test
