#include "config/key_tables.hpp"

#include <array>

namespace spoor::config::tables {

namespace {

void set_log_level(Config& c, const Value& v) {
    LogLevel level = LogLevel::info;
    // Python's CRITICAL has no counterpart: its messages are our errors.
    if (parse_log_level(v.text == "CRITICAL" ? "ERROR" : v.text, level)) {
        c.log_level = level;
    }
}

void set_data_dir(Config& c, const Value& v) {
    c.data_dir = v.text;
}

constexpr auto table = std::to_array<Key>({
    {.path = "settings.log_level",
     .type = KeyType::choice,
     .fallback = "INFO",
     .choices = "DEBUG|INFO|WARNING|ERROR|CRITICAL",
     .about =
         "Least grave messages that are logged, on standard error. CRITICAL is the same as ERROR",
     .set = set_log_level},
    {.path = "settings.behavioral_analytics.enabled",
     .type = KeyType::boolean,
     .fallback = "true",
     .about = "Whether behaviour baselines are learned and judged",
     .set = set<&Config::behavior, &Behavior::enabled>},
    {.path = "settings.behavioral_analytics.time_window_minutes",
     .type = KeyType::duration,
     .fallback = "10",
     .min = 1,
     .max = 1440,
     .unit = "m",
     .about = "Length of the windows that a host's events are summed up in",
     .set = set<&Config::behavior, &Behavior::window>},
    {.path = "settings.behavioral_analytics.baseline_period_days",
     .type = KeyType::duration,
     .fallback = "7",
     .min = 1,
     .max = 365,
     .unit = "d",
     .about = "How far back a baseline remembers",
     .set = set<&Config::behavior, &Behavior::baseline_period>},
    {.path = "settings.behavioral_analytics.anomaly_threshold",
     .type = KeyType::number,
     .fallback = "0.6",
     .min = 0,
     .max = 1,
     .about = "An anomaly score from here on is an alert. The score is min(1, -log10(p) / 10), p "
              "the chance of such a value on a normal day: 0.6 is one in a million",
     .set = set<&Config::behavior, &Behavior::anomaly_threshold>},
    {.path = "settings.behavioral_analytics.threshold_rule",
     .type = KeyType::boolean,
     .fallback = "true",
     .about = "The original's rule: a message with a feature above threshold_value is an alert "
              "(Medium, 0.75)",
     .set = set<&Config::behavior, &Behavior::threshold_rule>},
    {.path = "settings.behavioral_analytics.threshold_value",
     .type = KeyType::number,
     .fallback = "0.8",
     .min = 0,
     .max = 1,
     .about = "See threshold_rule",
     .set = set<&Config::behavior, &Behavior::threshold_value>},
    {.path = "settings.alerts.max_alerts",
     .type = KeyType::integer,
     .fallback = "10000",
     .min = 1,
     .max = 100'000'000,
     .about = "Length of the original's Redis list (redis.legacy_list). The store is bounded by "
              "retention_days and store.max_bytes",
     .set = set<&Config::redis, &Redis::legacy_max>},
    {.path = "settings.alerts.retention_days",
     .type = KeyType::duration,
     .fallback = "90",
     .min = 1,
     .max = 36500,
     .unit = "d",
     .about = "How long the store keeps an alert, from the time it was stored",
     .set = set<&Config::store, &Store::retention>},
    {.path = "settings.overwrite_models",
     .type = KeyType::boolean,
     .fallback = "false",
     .status = KeyStatus::accepted,
     .about = "Whether training replaces model files",
     .note = "this version has no learned models: no effect"},
    {.path = "settings.collection_interval_seconds",
     .type = KeyType::duration,
     .fallback = "60",
     .min = 1,
     .max = 86'400,
     .unit = "s",
     .status = KeyStatus::accepted,
     .about = "Pause between two looks at Wazuh and Elasticsearch",
     .note = "this version does not read Wazuh or Elasticsearch: no effect. Kafka and files are "
             "read without a pause"},
    {.path = "data_dir",
     .type = KeyType::text,
     .about = "Folder of store, checkpoints and dead letters. `--data` beats it; without either: "
              "./spoor-data",
     .set = set_data_dir},
});

}  // namespace

std::span<const Key> settings() {
    return table;
}

}  // namespace spoor::config::tables
