#include "config/profiles.hpp"

namespace spoor::config {

namespace {

constexpr std::string_view demo =
    R"(# Spoor, to look around: no server, no network. `spoor demo` needs no configuration at all; with this
# one you can change what is made up and how it is judged:
#   spoor simulate --config config.yaml > events.ndjson
#   spoor scan events.ndjson --config config.yaml
# All keys: spoor config reference. What is in force: spoor config show --config config.yaml

data_dir: spoor-data

settings:
  log_level: INFO            # DEBUG, INFO, WARNING, ERROR
  behavioral_analytics:
    time_window_minutes: 10  # a host's events are summed up in windows of this length
    anomaly_threshold: 0.6   # 0 to 1; lower finds more, and more that is harmless
  alerts:
    retention_days: 90

simulation:
  realism_level: intermediate  # basic, intermediate, advanced
  entities:
    hosts:
      count: 10
    users:
      count: 20
)";

constexpr std::string_view file = R"(# Spoor over files: JSON, one event a line, plain, .gz or .zst.
#   once, to the end:            spoor scan events.ndjson
#   following them as they grow: spoor run --config config.yaml
# All keys: spoor config reference. What is in force: spoor config show --config config.yaml

data_dir: spoor-data  # alerts, positions and undecodable records

files:
  - path: /var/log/security/*.ndjson  # * in the last part only; rotated files are followed
    start: beginning                  # or end: only what is added from now on

pipeline:
  time_zone: UTC         # of time stamps that carry no zone; or an offset, +02:00
  allowed_lateness: 10s  # how far behind the newest event one may be and still be counted

settings:
  log_level: INFO
  behavioral_analytics:
    baseline_period_days: 7
    anomaly_threshold: 0.6
    time_window_minutes: 10
  alerts:
    retention_days: 90
)";

constexpr std::string_view kafka = R"(# Spoor on Kafka: spoor run --config config.yaml
# All keys: spoor config reference. What is in force: spoor config show --config config.yaml
# How to set it up and what can go wrong: docs/kafka.md

data_dir: spoor-data  # alerts, checkpoints and undecodable records; keep it between two runs

kafka:
  bootstrap_servers: localhost:9092  # host:port, several with commas
  topic: apt_topic                   # or a list: topics: [apt-topic-1, apt-topic-2]
  group_id: apt_detection_group      # instances of one group share the partitions
  auto_offset_reset: earliest        # where a partition that was never read begins; or latest

  # Encrypted, with a login. The password comes from the environment or from a file, not from here.
  # security_protocol: SASL_SSL      # or SSL, for certificates alone
  # ssl_cafile: /etc/spoor/ca.pem
  # sasl_mechanism: SCRAM-SHA-512    # or SCRAM-SHA-256, PLAIN
  # sasl_plain_username: spoor
  # sasl_plain_password: ${KAFKA_PASSWORD}  # or ${file:/run/secrets/kafka}

pipeline:
  time_zone: UTC  # of time stamps that carry no zone; or an offset, +02:00

settings:
  log_level: INFO
  behavioral_analytics:
    baseline_period_days: 7
    anomaly_threshold: 0.6
    time_window_minutes: 10
  alerts:
    retention_days: 90

# Alerts to Redis as well:
# redis:
#   enabled: true
#   host: 127.0.0.1
#   password: ${REDIS_PASSWORD}
)";

}  // namespace

std::optional<std::string_view> profile(std::string_view name) {
    if (name == "demo") {
        return demo;
    }
    if (name == "file") {
        return file;
    }
    if (name == "kafka") {
        return kafka;
    }
    return std::nullopt;
}

std::vector<std::string_view> profile_names() {
    return {"demo", "file", "kafka"};
}

}  // namespace spoor::config
