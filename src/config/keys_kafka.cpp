#include "config/key_tables.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace spoor::config::tables {

namespace {

constexpr double max_int = std::numeric_limits<int>::max();
constexpr double hour_ms = 3'600'000;
constexpr double day_ms = 86'400'000;

void add_topics(Config& c, const Value& v) {
    for (std::string topic : v.texts) {
        // Patterns match from the start of a name only, unless they say otherwise.
        if (topic.starts_with('^') && !topic.ends_with('$')) {
            topic += '$';
        }
        auto& topics = kafka_of(c).topics;
        if (std::find(topics.begin(), topics.end(), topic) == topics.end()) {
            topics.push_back(topic);
        }
    }
}

std::string_view check_topic(std::string_view name) {
    constexpr std::size_t max_length = 249;  // Kafka's own limit
    if (name.starts_with('^')) {
        return {};
    }
    const bool good = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
    return good && name.size() <= max_length && name != "." && name != ".."
               ? std::string_view{}
               : "is not a topic name: letters, digits, '.', '_' and '-', at most 249 of them";
}

std::string_view check_strategy(std::string_view name) {
    if (name == "range" || name == "roundrobin") {
        return {};
    }
    if (name == "cooperative-sticky" || name == "sticky") {
        return "is not available: librdkafka before 2.10 may lose an assignment with it. Use range "
               "or "
               "roundrobin";
    }
    return "is not a way to share partitions: range or roundrobin";
}

void set_start(Config& c, const Value& v) {
    kafka_of(c).start = v.text == "latest" ? Kafka::Start::latest : Kafka::Start::earliest;
}

void set_compression(Config& c, const Value& v) {
    kafka_of(c).compression = v.text;
    kafka_of(c).producer["compression.codec"] = v.text;
}

// Property names and ranges: librdkafka 2.8.0. Defaults: the original's where it wrote one down,
// else what a security stream needs; each that differs from kafka-python's says so.
constexpr auto table = std::to_array<Key>({
    {.path = "kafka.bootstrap_servers",
     .type = KeyType::host_list,
     .fallback = "localhost:9092",
     .about = "Brokers to ask first: host:port, separated by commas, or a list. The port defaults "
              "to 9092",
     .set = set_kafka<&Kafka::bootstrap_servers>,
     .consumer = "bootstrap.servers",
     .producer = "bootstrap.servers"},
    {.path = "kafka.topic",
     .type = KeyType::text_list,
     .about = "Topic to read. With `topics` too, both are read. A name that starts with ^ is a "
              "pattern over whole names",
     .set = add_topics,
     .check = check_topic},
    {.path = "kafka.topics",
     .type = KeyType::text_list,
     .about = "Topics to read; `topic` and `topics` add up, at least one of them is needed",
     .set = add_topics,
     .check = check_topic},
    {.path = "kafka.group_id",
     .type = KeyType::text,
     .fallback = "apt_detection_group",
     .null_as = "\"\"",
     .may_be_empty = true,
     .about = "Consumer group: instances of one group share the partitions. Empty: no group, all "
              "partitions, positions kept in the data folder only",
     .set = set_kafka<&Kafka::group_id>},
    {.path = "kafka.group_instance_id",
     .type = KeyType::text,
     .about = "Static membership, unique in the group. By default one is made and kept in the data "
              "folder",
     .consumer = "group.instance.id"},
    {.path = "kafka.client_id",
     .type = KeyType::text,
     .about = "Name in the broker's logs and quotas. By default one that is unique to the instance",
     .consumer = "client.id",
     .producer = "client.id"},
    {.path = "kafka.client_rack",
     .type = KeyType::text,
     .about = "Rack or zone of this instance, to read from the nearest replica",
     .consumer = "client.rack"},
    {.path = "kafka.auto_offset_reset",
     .type = KeyType::choice,
     .fallback = "earliest",
     .choices = "earliest|latest",
     .about = "Where to start a partition that has neither checkpoint nor committed offset",
     .set = set_start},
    {.path = "kafka.enable_auto_commit",
     .type = KeyType::boolean,
     .fallback = "true",
     .about = "true: offsets are committed to Kafka once what was read up to them is stored. "
              "false: never; only the checkpoint counts",
     .note = "offsets are committed after what was read is safely stored, never on reading alone "
             "as kafka-python does",
     .set = set_kafka<&Kafka::commit_offsets>},
    {.path = "kafka.auto_commit_interval_ms",
     .type = KeyType::duration,
     .fallback = "5000",
     .min = 0,
     .max = day_ms,
     .unit = "ms",
     .about = "How often stored positions are committed to Kafka. Checkpoints have their own "
              "rhythm (pipeline.epoch_age)",
     .consumer = "auto.commit.interval.ms"},
    {.path = "kafka.session_timeout_ms",
     .type = KeyType::duration,
     .fallback = "30000",
     .min = 1,
     .max = hour_ms,
     .unit = "ms",
     .about = "The group takes an instance's partitions away when it was not heard of for this "
              "long. At most max_poll_interval_ms",
     .set = set_kafka<&Kafka::session_timeout>,
     .consumer = "session.timeout.ms"},
    {.path = "kafka.heartbeat_interval_ms",
     .type = KeyType::duration,
     .fallback = "3000",
     .min = 1,
     .max = hour_ms,
     .unit = "ms",
     .about = "How often the group hears of this instance. At most a third of session_timeout_ms, "
              "to which an unset one is fitted",
     .consumer = "heartbeat.interval.ms"},
    {.path = "kafka.max_poll_interval_ms",
     .type = KeyType::duration,
     .fallback = "300000",
     .min = 1,
     .max = day_ms,
     .unit = "ms",
     .about = "The instance leaves the group when it did not poll for this long",
     .consumer = "max.poll.interval.ms"},
    {.path = "kafka.max_poll_records",
     .type = KeyType::integer,
     .min = 1,
     .max = max_int,
     .status = KeyStatus::replaced,
     .about = "kafka-python's records per poll",
     .note = "records are taken in batches that end at about 1,024 records, 256 KiB or 20 ms, "
             "whichever is first"},
    {.path = "kafka.request_timeout_ms",
     .type = KeyType::duration,
     .fallback = "40000",
     .min = 10,
     .max = 305'000,
     .unit = "ms",
     .about = "Time-out of a request to a broker. librdkafka's limit is 300000: more, as "
              "kafka-python's default of 305000, is cut to that, with a warning",
     .consumer = "socket.timeout.ms",
     .producer = "socket.timeout.ms"},
    {.path = "kafka.consumer_timeout_ms",
     .type = KeyType::duration,
     .fallback = "0",
     .min = 0,
     .max = max_int,
     .unit = "ms",
     .about = "`spoor status` notes a silence longer than this; 0: never",
     .note = "reading does not end after this silence, as kafka-python's iteration does: `spoor "
             "status` notes it. A run that ends when idle is `spoor run --until-idle 5s`",
     .set = set_kafka<&Kafka::idle_note>},
    {.path = "kafka.security_protocol",
     .type = KeyType::choice,
     .fallback = "PLAINTEXT",
     .choices = "PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL",
     .about =
         "SSL: encrypted. SASL_SSL: encrypted, with a login. SASL_PLAINTEXT: a login in the clear",
     .consumer = "security.protocol",
     .producer = "security.protocol"},
    {.path = "kafka.ssl_cafile",
     .type = KeyType::text,
     .about = "PEM file of the authorities that the broker's certificate is checked against. By "
              "default the system's",
     .consumer = "ssl.ca.location",
     .producer = "ssl.ca.location"},
    {.path = "kafka.ssl_certfile",
     .type = KeyType::text,
     .about = "PEM file with our certificate, and its chain, for brokers that ask for one. Needs "
              "ssl_keyfile",
     .consumer = "ssl.certificate.location",
     .producer = "ssl.certificate.location"},
    {.path = "kafka.ssl_keyfile",
     .type = KeyType::text,
     .about = "PEM file with the private key of ssl_certfile",
     .consumer = "ssl.key.location",
     .producer = "ssl.key.location"},
    {.path = "kafka.ssl_password",
     .type = KeyType::secret,
     .about = "Passphrase of ssl_keyfile",
     .consumer = "ssl.key.password",
     .producer = "ssl.key.password"},
    {.path = "kafka.ssl_check_hostname",
     .type = KeyType::boolean,
     .fallback = "true",
     .about = "Whether the broker's certificate must carry the host name we connected to"},
    {.path = "kafka.ssl_crlfile",
     .type = KeyType::text,
     .about = "PEM file of revoked certificates",
     .consumer = "ssl.crl.location",
     .producer = "ssl.crl.location"},
    {.path = "kafka.ssl_ciphers",
     .type = KeyType::text,
     .about = "Cipher suites to offer, in OpenSSL's notation",
     .consumer = "ssl.cipher.suites",
     .producer = "ssl.cipher.suites"},
    {.path = "kafka.sasl_mechanism",
     .type = KeyType::choice,
     .choices = "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|GSSAPI|OAUTHBEARER",
     .about = "How to log in. Needs security_protocol SASL_SSL or SASL_PLAINTEXT",
     .consumer = "sasl.mechanism",
     .producer = "sasl.mechanism"},
    {.path = "kafka.sasl_plain_username",
     .type = KeyType::text,
     .about = "User name, for PLAIN and SCRAM",
     .consumer = "sasl.username",
     .producer = "sasl.username"},
    {.path = "kafka.sasl_plain_password",
     .type = KeyType::secret,
     .about = "Password, for PLAIN and SCRAM. Better a reference: ${KAFKA_PASSWORD} or "
              "${file:/run/secrets/kafka}",
     .consumer = "sasl.password",
     .producer = "sasl.password"},
    {.path = "kafka.fetch_max_bytes",
     .type = KeyType::size,
     .fallback = "52428800",
     .min = 0,
     .max = 2'147'483'135,
     .about = "Most that a broker sends in one answer. At least the largest message, 1000000",
     .consumer = "fetch.max.bytes"},
    {.path = "kafka.max_partition_fetch_bytes",
     .type = KeyType::size,
     .fallback = "1048576",
     .min = 1,
     .max = 1'000'000'000,
     .about = "Most that is asked of one partition at a time; grows by itself for a larger message",
     .consumer = "max.partition.fetch.bytes"},
    {.path = "kafka.fetch_min_bytes",
     .type = KeyType::size,
     .fallback = "1",
     .min = 1,
     .max = 100'000'000,
     .about = "The broker answers once it has this much, or after fetch_max_wait_ms. 64KiB saves "
              "work on a busy topic",
     .consumer = "fetch.min.bytes"},
    {.path = "kafka.fetch_max_wait_ms",
     .type = KeyType::duration,
     .fallback = "500",
     .min = 0,
     .max = 300'000,
     .unit = "ms",
     .about = "Longest that a broker waits for fetch_min_bytes",
     .consumer = "fetch.wait.max.ms"},
    {.path = "kafka.fetch_queue_backoff_ms",
     .type = KeyType::duration,
     .fallback = "2",
     .min = 0,
     .max = 300'000,
     .unit = "ms",
     .about = "Pause before fetching again when enough is waiting here. librdkafka's 1000 makes a "
              "busy reader stall for a second at a time",
     .consumer = "fetch.queue.backoff.ms"},
    {.path = "kafka.queued_min_messages",
     .type = KeyType::integer,
     .fallback = "20000",
     .min = 1,
     .max = 10'000'000,
     .about = "Messages kept waiting here for each partition (librdkafka's default: 100000)",
     .consumer = "queued.min.messages"},
    {.path = "kafka.queued_max_messages_kbytes",
     .type = KeyType::integer,
     .fallback = "65536",
     .min = 1,
     .max = 2'097'151,
     .about = "Most KiB kept waiting here, over all partitions",
     .consumer = "queued.max.messages.kbytes"},
    {.path = "kafka.compression_type",
     .type = KeyType::choice,
     .fallback = "lz4",
     .choices = "none|gzip|snappy|lz4|zstd",
     .null_as = "none",
     .about = "Compression of what Spoor itself produces",
     .note = "a consumer takes whatever compression a message has; this one is used for the "
             "messages that Spoor produces",
     .set = set_compression},
    {.path = "kafka.isolation_level",
     .type = KeyType::choice,
     .fallback = "read_committed",
     .choices = "read_committed|read_uncommitted",
     .about = "read_committed: messages of aborted transactions are not read, those of open ones "
              "wait (kafka-python's default is read_uncommitted)",
     .consumer = "isolation.level"},
    {.path = "kafka.check_crcs",
     .type = KeyType::boolean,
     .fallback = "true",
     .about = "Verify the checksum of what is fetched",
     .consumer = "check.crcs"},
    {.path = "kafka.allow_auto_create_topics",
     .type = KeyType::boolean,
     .fallback = "false",
     .about = "Let the broker create a topic that is missing when it is read (kafka-python's "
              "default is true). `spoor produce` creates its topic in any case",
     .consumer = "allow.auto.create.topics"},
    {.path = "kafka.partition_assignment_strategy",
     .type = KeyType::text_list,
     .fallback = "[range, roundrobin]",
     .about = "How a group shares partitions: range, roundrobin. The same for all its members",
     .check = check_strategy},
    {.path = "kafka.metadata_max_age_ms",
     .type = KeyType::duration,
     .fallback = "30000",
     .min = 1,
     .max = hour_ms,
     .unit = "ms",
     .about = "How often topics and partitions are looked up anew (kafka-python's default: 300000)",
     .consumer = "topic.metadata.refresh.interval.ms",
     .producer = "topic.metadata.refresh.interval.ms"},
    {.path = "kafka.connections_max_idle_ms",
     .type = KeyType::duration,
     .fallback = "540000",
     .min = 0,
     .max = max_int,
     .unit = "ms",
     .about = "A connection that was not used for this long is closed; 0: never",
     .consumer = "connections.max.idle.ms",
     .producer = "connections.max.idle.ms"},
    {.path = "kafka.reconnect_backoff_ms",
     .type = KeyType::duration,
     .fallback = "100",
     .min = 0,
     .max = hour_ms,
     .unit = "ms",
     .about = "First pause before connecting again; it doubles up to reconnect_backoff_max_ms",
     .consumer = "reconnect.backoff.ms",
     .producer = "reconnect.backoff.ms"},
    {.path = "kafka.reconnect_backoff_max_ms",
     .type = KeyType::duration,
     .fallback = "2000",
     .min = 0,
     .max = hour_ms,
     .unit = "ms",
     .about = "Longest pause before connecting again",
     .consumer = "reconnect.backoff.max.ms",
     .producer = "reconnect.backoff.max.ms"},
    {.path = "kafka.retry_backoff_ms",
     .type = KeyType::duration,
     .fallback = "100",
     .min = 1,
     .max = 300'000,
     .unit = "ms",
     .about = "First pause before a failed request is sent again",
     .consumer = "retry.backoff.ms",
     .producer = "retry.backoff.ms"},
    {.path = "kafka.librdkafka",
     .type = KeyType::properties,
     .about =
         "Properties of librdkafka 2.8.0 under its own names, for what has no key here. Reading "
         "and producing take what applies to them; those that Spoor must set itself are refused"},
});

}  // namespace

std::span<const Key> kafka() {
    return table;
}

}  // namespace spoor::config::tables
