// Made-up traffic, always labelled as such (`is_simulated`): the original's feature messages, its
// generators of security events, and its two attack scenarios with ground truth. Compute only: the
// caller gives the time and takes the bytes. Everything is fixed by the seed. One owner; not
// thread-safe.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::simulate {

struct Message {
    Timestamp time = no_time;  // event time
    std::string host;          // key for the topic
    std::string json;
    // Ground truth, also for messages whose JSON hides it (`--strip-labels`).
    bool anomalous = false;
    std::string scenario_id;    // empty: background
    std::string_view scenario;  // "data_exfiltration"; a constant
    int stage = -1;
};

// The original's `produce_messages`: ten features, every third message anomalous.
struct FeatureOptions {
    std::uint64_t seed = 1;
    Timestamp start = no_time;
    Duration step = std::chrono::milliseconds{500};
    int anomaly_every = 3;  // 0: none
    int num_hosts = 0;      // 0: the original's six entities; else host1..hostN
};

// Ways in which poison records cannot be decoded; they are taken in turn.
inline constexpr std::uint64_t num_poison_kinds = 12;

class FeatureMessages {
public:
    explicit FeatureMessages(const FeatureOptions& options);
    ~FeatureMessages();
    [[nodiscard]] Message next();
    // A record that is no event and holds none, each a different way. Does not count as a message:
    // those before and after it are the same as without it.
    [[nodiscard]] Message next_poison();
    // One record that is an array of `size` messages; with `one_bad` the middle one is no event.
    [[nodiscard]] Message next_array(std::size_t size, bool one_bad);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// The original's simulator: 16 event types over hosts and users, with scenarios mixed in.
struct CampaignOptions {
    std::uint64_t seed = 1;
    Timestamp start = no_time;
    Duration length = std::chrono::hours{24};
    config::Simulation settings;

    // Scenarios to run: name ("data_exfiltration", "brute_force") and when, after start. Any number
    // at once.
    struct Planned {
        std::string scenario;
        Duration after{0};
        std::string host = {};  // empty, or no host of the simulation: drawn
    };

    std::vector<Planned> planned;
    bool strip_labels =
        false;  // leaves out severity, suspicious, reason, mitre_attack and scenario_*
};

// "data_exfiltration", "brute_force".
[[nodiscard]] std::span<const std::string_view> scenario_names();

// Events come in the order of their time, and are made one by one: memory does not grow with
// length. A planned scenario whose name is not known is a bug of the caller.
class Campaign {
public:
    explicit Campaign(const CampaignOptions& options);
    ~Campaign();
    // The next event in time; nullopt at the end.
    [[nodiscard]] std::optional<Message> next();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::simulate
