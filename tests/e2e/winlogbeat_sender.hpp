// Winlogbeat-shaped Windows events, sent to a Kafka topic: process creations (Sysmon and Security),
// connections, logons and failed logons by turns, of some hosts and users, and poison between them.
// Event i is the same in each run. Keys are hosts, so that each stays in its partition.
//
// Throws std::runtime_error when the broker does not take them. One owner; not thread-safe.
#pragma once

#include "sink/kafka_producer.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace spoor::test {

class WinlogbeatSender {
public:
    static constexpr int num_hosts = 32;
    static constexpr int num_users = 11;
    static constexpr std::string_view poison = R"({"winlog": {"event_id": })";

    [[nodiscard]] static bool is_failed_logon(int i);
    [[nodiscard]] static bool is_network_logon(int i);  // its TargetLogonId is i, in hexadecimal

    WinlogbeatSender(std::string_view bootstrap, std::string topic);

    void send(int num);
    void send_poison();
    // What is sent from now on happens two hours later: closes the windows that are open.
    void leap();
    // All that was sent is in the topic.
    void flush();

    [[nodiscard]] int num_events() const { return num_events_; }

    [[nodiscard]] int num_poison() const { return num_poison_; }

    [[nodiscard]] int num_failed_logons() const { return num_failed_logons_; }

private:
    void produce(int host, std::string_view value);

    std::string topic_;
    std::unique_ptr<sink::KafkaProducer> producer_;
    int num_events_ = 0;
    int num_poison_ = 0;
    int num_failed_logons_ = 0;
    int ahead_ms_ = 0;
};

}  // namespace spoor::test
