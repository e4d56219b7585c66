// Config: what the user set, typed, checked, with defaults filled in. Read once at start-up
// (config/load.hpp), then const; safe from any thread. One table (config/keys.hpp) drives defaults,
// checks, `spoor config show|schema` and the reference page: a key is added there and here, and
// nowhere else.
#pragma once

#include "base/log.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spoor::config {

// A value that never reaches a log, a status or a listing.
class Secret {
public:
    Secret() = default;

    explicit Secret(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& reveal() const { return value_; }

    [[nodiscard]] bool empty() const { return value_.empty(); }

private:
    std::string value_;
};

// `kafka:` of the original, and its guide's keys. Absent section: no Kafka.
struct Kafka {
    std::vector<std::string> topics;  // union of `topic` and `topics`; '^...' is a pattern
    std::string group_id;             // empty: no group, positions are our own
    bool commit_offsets = true;       // `enable_auto_commit`: after the epoch, never on read
    enum class Start : std::uint8_t { earliest, latest };
    Start start = Start::earliest;  // `auto_offset_reset`
    Duration idle_note{0};  // `consumer_timeout_ms`: status notes silence after this; 0 = never
    Duration session_timeout = std::chrono::milliseconds{30000};
    std::string compression;  // `compression_type`, for our own producers; empty = lz4
    // For librdkafka, mapped and checked (connectors notes §1.1), less what the source itself sets.
    // Secrets apart.
    std::map<std::string, std::string> consumer;
    std::map<std::string, std::string> producer;
    std::map<std::string, Secret> secrets;  // sasl.password, ssl.key.password ...: for both
    std::string bootstrap_servers;          // also in both maps
};

struct File {
    std::string path;  // a file, or a pattern with * in its last part
    enum class Start : std::uint8_t { beginning, end };
    Start start = Start::beginning;  // where a file that no checkpoint knows is begun
};

struct Redis {
    bool enabled = false;
    std::string host = "127.0.0.1";
    int port = 6379;
    std::string unix_socket;  // instead of host and port
    int database = 0;
    std::string username;  // ACL user
    Secret password;
    bool tls = false;
    std::string ca_file;
    std::string cert_file;
    std::string key_file;
    bool verify = true;
    std::string server_name;  // for TLS; empty: host
    std::string key_prefix = "spoor";
    Duration retention = std::chrono::hours{24 * 7};
    std::uint64_t max_alerts = 200000;
    bool legacy_list = false;  // the original's list `apt_detection:alerts`
    std::string legacy_key = "apt_detection:alerts";
    std::uint64_t legacy_max = 10000;  // settings.alerts.max_alerts
    Duration timeout = std::chrono::seconds{5};
};

struct Behavior {
    bool enabled = true;
    Duration window =
        std::chrono::minutes{10};  // settings.behavioral_analytics.time_window_minutes
    Duration baseline_period =
        std::chrono::hours{24 * 7};  // .baseline_period_days: how long a memory the baseline has
    double anomaly_threshold = 0.6;  // .anomaly_threshold, on anomaly_score = min(1, -log10(p)/10)
    bool threshold_rule = true;      // the original's "any feature > 0.8"
    double threshold_value = 0.8;
};

struct Pipeline {
    int shards = 0;  // 0: cores - 1, at least 1
    Duration allowed_lateness = std::chrono::seconds{10};
    Duration partition_idle = std::chrono::seconds{10};
    Duration epoch_age = std::chrono::seconds{1};
    Duration epoch_age_behind = std::chrono::seconds{10};
    Duration alert_delay = std::chrono::milliseconds{50};
    std::uint64_t epoch_records = 0;  // 0: no limit; tests set it
    std::uint64_t epoch_row_bytes = 64ULL * 1024 * 1024;
    std::uint64_t queue_bytes = 16ULL * 1024 * 1024;  // each queue
    Duration time_zone{0};                            // of time stamps without a zone, east of UTC
};

// Sigma rules.
struct Sigma {
    std::vector<std::string> rules;      // files and folders; none: no rules
    std::vector<std::string> pipelines;  // files of processing pipelines, in order
    std::map<std::string, std::vector<std::string>> placeholders;
    bool builtin_fields = true;
    bool watch = true;  // loaded anew when a file changes, beside SIGHUP
    std::uint64_t max_groups = 100'000;
    std::uint64_t max_values = 1'000'000;
};

struct Store {
    Duration retention = std::chrono::hours{24 * 90};  // settings.alerts.retention_days
    std::uint64_t max_bytes = 20ULL * 1024 * 1024 * 1024;
    std::uint64_t unsent_max_bytes = 2ULL * 1024 * 1024 * 1024;  // what retention spares for sinks
    Duration dead_letter_retention = std::chrono::hours{24 * 30};
    std::uint64_t dead_letter_max_bytes = 1ULL * 1024 * 1024 * 1024;
};

// `simulation:` of the original.
struct Simulation {
    bool enabled = false;
    std::string realism = "basic";  // basic | intermediate | advanced
    std::string output = "kafka";   // kafka | redis | both: see the key's note
    std::string kafka_topic = "apt_topic";
    int num_hosts = 10;
    std::string host_prefix = "host";
    int num_users = 20;
    std::string user_prefix = "user";
    int num_networks = 3;
    std::vector<std::string> subnets = {"192.168.1.0/24", "10.0.0.0/24", "172.16.0.0/24"};
    double rate_per_minute = 5;
    double share_network = 0.4;
    double share_endpoint = 0.4;
    double share_user = 0.2;
    bool scenarios = false;
    std::string scenario_frequency = "medium";  // low .1, medium .3, high .5 a minute
    int scenarios_at_once = 2;
    bool time_patterns = false;
    int business_start = 9;
    int business_end = 17;
    std::vector<int> business_days = {0, 1, 2, 3, 4};  // Monday = 0
    bool adaptive = false;
};

struct Config {
    std::optional<Kafka> kafka;
    std::vector<File> files;
    Redis redis;
    Behavior behavior;
    Sigma sigma;
    Pipeline pipeline;
    Store store;
    Simulation simulation;
    LogLevel log_level = LogLevel::info;  // settings.log_level
    std::string data_dir;                 // --data beats it; empty: ./spoor-data
};

}  // namespace spoor::config
