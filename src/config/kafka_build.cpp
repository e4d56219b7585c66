#include "config/kafka_properties.hpp"
#include "config/loading.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace spoor::config {

namespace {

// A property as one of the two kinds of client gets it.
struct Final {
    std::string value;
    YamlPlace place;      // of the value that was written; line 0: a default
    std::string said_by;  // "kafka.session_timeout_ms", as messages name it
    bool secret = false;
    bool is_default = true;
    bool hidden = false;  // not to be shown, though it may be no secret

    [[nodiscard]] std::string_view shown() const {
        return secret || hidden ? std::string_view("****") : std::string_view(value);
    }
};

using Finals = std::map<std::string, Final, std::less<>>;

class Build {
public:
    Build(Loading& loading, Kafka& kafka) : l_(loading), kafka_(kafka) {}

    void run();

private:
    void from_keys();
    void from_properties();
    void specials();
    void check_topics();
    void check_timeouts();
    void check_sizes();
    void check_security();
    void check_sasl(bool sasl, bool encrypted);
    void check_mechanism(const Final& mechanism, bool encrypted);
    void check_tls(bool encrypted);
    void check_key_pair();
    void check_idempotence();
    void hand_over();
    void put(const Key& key, const Value& value, const Setting* setting);
    void set_both(const std::string& name, const std::string& value);
    void conflict(const Property& p, const Final& f);

    [[nodiscard]] const Final* get(std::string_view name) const;
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise) const;
    // The place to blame for `name`: where it was written, else the section.
    [[nodiscard]] YamlPlace place(const Final* f) const;

    Loading& l_;
    Kafka& kafka_;
    Finals consumer_;
    Finals producer_;
};

const Final* Build::get(std::string_view name) const {
    const auto it = consumer_.find(name);
    return it == consumer_.end() ? nullptr : &it->second;
}

std::int64_t Build::number(std::string_view name, std::int64_t otherwise) const {
    const Final* f = get(name);
    return f == nullptr ? otherwise : parse_integer(f->value).value_or(otherwise);
}

YamlPlace Build::place(const Final* f) const {
    return f != nullptr && f->place.line > 0 ? f->place : l_.section("kafka");
}

void Build::put(const Key& key, const Value& value, const Setting* setting) {
    Final f;
    f.value = property_text(key, value);
    f.said_by = key.path;
    f.secret = key.type == KeyType::secret;
    f.is_default = setting == nullptr;
    if (setting != nullptr) {
        f.place = setting->place;
        f.hidden = setting->masked;
    }
    if (!key.consumer.empty()) {
        consumer_[std::string(key.consumer)] = f;
    }
    if (!key.producer.empty()) {
        producer_[std::string(key.producer)] = f;
    }
}

void Build::set_both(const std::string& name, const std::string& value) {
    consumer_[name] = Final{value, {}, name, false, true};
    producer_[name] = Final{value, {}, name, false, true};
}

void Build::from_keys() {
    for (const Key& key : keys()) {
        if (!key.path.starts_with("kafka.") || (key.consumer.empty() && key.producer.empty())) {
            continue;
        }
        if (const Setting* s = l_.find(key.path)) {
            put(key, s->value, s);
        } else if (!key.fallback.empty()) {
            put(key, parse_fallback(key), nullptr);
        }
    }
}

void Build::specials() {
    // librdkafka takes no more; kafka-python's own default is above it.
    constexpr std::int64_t max_socket_timeout = 300'000;
    if (number("socket.timeout.ms", 0) > max_socket_timeout) {
        const Setting& s = *l_.find("kafka.request_timeout_ms");
        l_.report(
            Severity::warning,
            "clamped",
            s.place,
            fmt::format(
                "'kafka.request_timeout_ms' is {}; 300000 is used, the most that librdkafka takes",
                number("socket.timeout.ms", 0)));
        consumer_["socket.timeout.ms"].value = fmt::format("{}", max_socket_timeout);
        producer_["socket.timeout.ms"].value = fmt::format("{}", max_socket_timeout);
        l_.fitted["kafka.request_timeout_ms"] =
            Shown{"kafka.request_timeout_ms", "5m", s.origin + ", cut to librdkafka's limit", true};
    }
    Final request = producer_["socket.timeout.ms"];
    producer_["request.timeout.ms"] = request;

    if (const Setting* s = l_.find("kafka.ssl_check_hostname"); s != nullptr && !s->value.flag) {
        set_both("ssl.endpoint.identification.algorithm", "none");
    }
    std::string strategy = "range,roundrobin";
    if (const Setting* s = l_.find("kafka.partition_assignment_strategy")) {
        strategy = fmt::format("{}", fmt::join(s->value.texts, ","));
    }
    consumer_["partition.assignment.strategy"] = Final{strategy, {}, {}, false, true};
    // No figures about us to the broker's operator unless asked for.
    set_both("enable.metrics.push", "false");
    // Java clients and ours must put a host's messages into the same partition.
    producer_["partitioner"] = Final{"murmur2_random", {}, {}, false, true};
    producer_["linger.ms"] = Final{"50", {}, {}, false, true};
    producer_["enable.idempotence"] = Final{"true", {}, {}, false, true};
    const Setting* compression = l_.find("kafka.compression_type");
    producer_["compression.codec"] =
        Final{kafka_.compression,
              compression != nullptr ? compression->place : YamlPlace{},
              "kafka.compression_type",
              false,
              compression == nullptr};
}

void Build::conflict(const Property& p, const Final& f) {
    l_.error("conflict",
             p.place,
             fmt::format("'{}' is what '{}' on line {} sets", p.name, f.said_by, f.place.line),
             "keep one of them");
}

void Build::from_properties() {
    for (const Property& p : l_.properties) {
        const std::string name(canonical_property(p.name));
        const PropertyScope scope = find_kafka_property(p.name)->scope;
        const Final f{p.value, p.place, "kafka.librdkafka." + p.name, p.secret, false};
        for (Finals* side : {&consumer_, &producer_}) {
            const bool wanted = scope == PropertyScope::both ||
                                (scope == PropertyScope::consumer) == (side == &consumer_);
            const auto old = side->find(name);
            if (!wanted) {
                continue;
            }
            if (old != side->end() && !old->second.is_default) {
                conflict(p, old->second);
                break;
            }
            (*side)[name] = f;
        }
    }
}

void Build::check_topics() {
    if (kafka_.topics.empty() && l_.is_missing("kafka.topic") && l_.is_missing("kafka.topics")) {
        l_.error("missing-key",
                 l_.section("kafka"),
                 "'kafka' names no topic to read",
                 "add 'topic: apt_topic', or a list 'topics'");
    }
    const Setting* instance = l_.find("kafka.group_instance_id");
    if (instance != nullptr && kafka_.group_id.empty()) {
        l_.error("conflict",
                 instance->place,
                 "'kafka.group_instance_id' needs a group, and 'kafka.group_id' is empty",
                 "take it away, or name a group");
    }
}

void Build::check_timeouts() {
    const Final* session = get("session.timeout.ms");
    const Final* poll = get("max.poll.interval.ms");
    const std::int64_t session_ms = number("session.timeout.ms", 0);
    const std::int64_t poll_ms = number("max.poll.interval.ms", 0);
    if (session_ms > poll_ms) {
        const Final* blame = session->is_default ? poll : session;
        l_.error("conflict",
                 place(blame),
                 fmt::format(
                     "'kafka.session_timeout_ms' ({}) is above 'kafka.max_poll_interval_ms' ({})",
                     session_ms,
                     poll_ms),
                 "Kafka wants it the other way round");
    }
    Final& heartbeat = consumer_["heartbeat.interval.ms"];
    const std::int64_t heartbeat_ms = number("heartbeat.interval.ms", 0);
    if (heartbeat_ms > session_ms / 3) {
        if (!heartbeat.is_default) {
            l_.error("conflict",
                     place(&heartbeat),
                     fmt::format("'kafka.heartbeat_interval_ms' ({}) is above a third of "
                                 "'kafka.session_timeout_ms' ({})",
                                 heartbeat_ms,
                                 session_ms),
                     fmt::format("at most {}", std::max<std::int64_t>(session_ms / 3, 1)));
        } else {
            heartbeat.value = fmt::format("{}", std::max<std::int64_t>(session_ms / 3, 1));
            l_.fitted["kafka.heartbeat_interval_ms"] = Shown{"kafka.heartbeat_interval_ms",
                                                             heartbeat.value + "ms",
                                                             "fitted to kafka.session_timeout_ms",
                                                             true};
        }
    }
    const std::int64_t first = number("reconnect.backoff.ms", 0);
    const std::int64_t most = number("reconnect.backoff.max.ms", 0);
    if (first > most) {
        const Final* blame = get("reconnect.backoff.ms")->is_default
                                 ? get("reconnect.backoff.max.ms")
                                 : get("reconnect.backoff.ms");
        l_.error("conflict",
                 place(blame),
                 fmt::format("'kafka.reconnect_backoff_ms' ({}) is above "
                             "'kafka.reconnect_backoff_max_ms' ({})",
                             first,
                             most));
    }
}

void Build::check_sizes() {
    constexpr std::int64_t default_message = 1'000'000;
    const std::int64_t fetch = number("fetch.max.bytes", 0);
    const std::int64_t message = number("message.max.bytes", default_message);
    if (fetch < message) {
        const Final* blame =
            get("fetch.max.bytes")->is_default ? get("message.max.bytes") : get("fetch.max.bytes");
        l_.error(
            "conflict",
            place(blame),
            fmt::format("'kafka.fetch_max_bytes' ({}) is below the size of the largest message, {}",
                        fetch,
                        message),
            fmt::format("at least {}", message));
    }
    constexpr std::int64_t overhead = 512;
    if (const Final* receive = get("receive.message.max.bytes");
        receive != nullptr && number("receive.message.max.bytes", 0) < fetch + overhead) {
        l_.error(
            "conflict",
            place(receive),
            fmt::format(
                "'receive.message.max.bytes' must be at least 'kafka.fetch_max_bytes' + 512 = {}",
                fetch + overhead),
            "take it away: librdkafka fits it by itself");
    }
    const auto linger = producer_.find("linger.ms");
    const auto timeout = producer_.find("message.timeout.ms");
    if (timeout != producer_.end() && timeout->second.value != "0" &&
        parse_integer(timeout->second.value).value_or(0) <=
            parse_integer(linger->second.value).value_or(0)) {
        l_.error("conflict",
                 place(&timeout->second),
                 fmt::format("'message.timeout.ms' must be above 'linger.ms' ({})",
                             linger->second.shown()));
    }
}

void Build::check_sasl(bool sasl, bool encrypted) {
    const Final* protocol = get("security.protocol");
    const Final* mechanism = get("sasl.mechanism");
    const Final* username = get("sasl.username");
    const Final* password = get("sasl.password");
    if (!sasl) {
        for (const Final* f : {mechanism, username, password}) {
            if (f != nullptr) {
                l_.error(
                    "conflict",
                    place(f),
                    fmt::format(
                        "'{}' is set, but 'kafka.security_protocol' is {}: nobody would log in",
                        f->said_by,
                        protocol->value),
                    encrypted
                        ? "security_protocol: SASL_SSL"
                        : "security_protocol: SASL_SSL, or SASL_PLAINTEXT without encryption");
                return;
            }
        }
        return;
    }
    if (mechanism == nullptr) {
        if (l_.is_missing("kafka.sasl_mechanism")) {
            l_.error("missing-key",
                     place(protocol),
                     fmt::format(
                         "'kafka.security_protocol' is {}, but 'kafka.sasl_mechanism' is not set",
                         protocol->value),
                     "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, as the broker has it");
        }
        return;
    }
    check_mechanism(*mechanism, encrypted);
}

void Build::check_mechanism(const Final& mechanism, bool encrypted) {
    const Final* username = get("sasl.username");
    const Final* password = get("sasl.password");
    const bool by_password = mechanism.value == "PLAIN" || mechanism.value.starts_with("SCRAM");
    for (const auto& [key, value] : {std::pair{"kafka.sasl_plain_username", username},
                                     std::pair{"kafka.sasl_plain_password", password}}) {
        if (by_password && l_.is_missing(key) && (value == nullptr || value->value.empty())) {
            l_.error("missing-key",
                     place(&mechanism),
                     fmt::format("'{}' is needed for {}, and is not set", key, mechanism.value));
        }
    }
    if (mechanism.value == "PLAIN" && !encrypted) {
        l_.report(Severity::warning,
                  "clear-password",
                  place(get("security.protocol")),
                  "the password goes over the network in the clear",
                  "security_protocol: SASL_SSL");
    }
    if (mechanism.value == "GSSAPI") {
        l_.report(Severity::warning,
                  "needs-kerberos",
                  place(&mechanism),
                  "GSSAPI (Kerberos) works only where librdkafka was built with it; ours on Debian "
                  "12 is not");
    }
    if (mechanism.value == "OAUTHBEARER" && get("sasl.oauthbearer.method") == nullptr &&
        get("enable.sasl.oauthbearer.unsecure.jwt") == nullptr) {
        l_.error("missing-key",
                 place(&mechanism),
                 "OAUTHBEARER needs a way to get its token",
                 "below 'kafka.librdkafka': sasl.oauthbearer.method: oidc, with "
                 "sasl.oauthbearer.client.id, "
                 ".client.secret and .token.endpoint.url");
    }
}

void Build::check_tls(bool encrypted) {
    const Final* protocol = get("security.protocol");
    bool told = false;
    for (const char* name : {"ssl.ca.location",
                             "ssl.certificate.location",
                             "ssl.key.location",
                             "ssl.key.password",
                             "ssl.crl.location",
                             "ssl.cipher.suites"}) {
        const Final* f = get(name);
        if (f == nullptr) {
            continue;
        }
        if (!encrypted && !told) {
            told = true;
            l_.error(
                "conflict",
                place(f),
                fmt::format(
                    "'{}' is set, but 'kafka.security_protocol' is {}: nothing would be encrypted",
                    f->said_by,
                    protocol->value),
                protocol->value == "SASL_PLAINTEXT" ? "security_protocol: SASL_SSL"
                                                    : "security_protocol: SSL");
        }
        const bool is_file = std::string_view(name).ends_with(".location");
        // librdkafka's own property also takes a folder, or "probe".
        const bool folder =
            std::string_view(name) == "ssl.ca.location" && !f->said_by.starts_with("kafka.ssl");
        if (is_file && !folder && !l_.environment.file_readable(f->value)) {
            l_.error("missing-file",
                     place(f),
                     fmt::format("'{}': the file '{}' cannot be read", f->said_by, f->shown()));
        }
    }
    check_key_pair();
    const Setting* host = l_.find("kafka.ssl_check_hostname");
    if (encrypted && host != nullptr && !host->value.flag) {
        l_.report(
            Severity::warning,
            "unverified",
            host->place,
            "without 'ssl_check_hostname' any server with a certificate of the same authority can "
            "pass for the broker");
    }
}

void Build::check_key_pair() {
    const Final* certificate = get("ssl.certificate.location");
    const Final* key = get("ssl.key.location");
    if (certificate != nullptr && key == nullptr && get("ssl.key.pem") == nullptr &&
        l_.is_missing("kafka.ssl_keyfile")) {
        l_.error(
            "missing-key", place(certificate), "'kafka.ssl_certfile' needs 'kafka.ssl_keyfile'");
    }
    if (key != nullptr && certificate == nullptr && get("ssl.certificate.pem") == nullptr &&
        l_.is_missing("kafka.ssl_certfile")) {
        l_.error("missing-key", place(key), "'kafka.ssl_keyfile' needs 'kafka.ssl_certfile'");
    }
    if (get("ssl.key.password") != nullptr && key == nullptr && get("ssl.key.pem") == nullptr &&
        l_.is_missing("kafka.ssl_keyfile")) {
        l_.error("missing-key",
                 place(get("ssl.key.password")),
                 "'kafka.ssl_password' is the passphrase of 'kafka.ssl_keyfile', which is not set");
    }
}

void Build::check_security() {
    if (l_.mentioned.contains("kafka.security_protocol") &&
        l_.find("kafka.security_protocol") == nullptr) {
        return;  // it is wrong in itself, and has been reported
    }
    std::string protocol = get("security.protocol")->value;
    std::transform(protocol.begin(), protocol.end(), protocol.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    const bool encrypted = protocol.ends_with("SSL");
    check_tls(encrypted);
    check_sasl(protocol.starts_with("SASL"), encrypted);
}

// Our producers are idempotent unless the user's own settings rule it out.
void Build::check_idempotence() {
    const auto at = [&](const char* name) -> const Final* {
        const auto it = producer_.find(name);
        return it == producer_.end() ? nullptr : &it->second;
    };
    constexpr std::int64_t max_in_flight = 5;
    const Final* acks = at("acks");
    const Final* in_flight = at("max.in.flight.requests.per.connection");
    const Final* retries = at("retries");
    const Final* order = at("queuing.strategy");
    const Final* against = nullptr;
    if (acks != nullptr && acks->value != "all" && acks->value != "-1") {
        against = acks;
    } else if (in_flight != nullptr &&
               parse_integer(in_flight->value).value_or(0) > max_in_flight) {
        against = in_flight;
    } else if (retries != nullptr && retries->value == "0") {
        against = retries;
    } else if (order != nullptr && order->value == "lifo") {
        against = order;
    }
    Final& idempotence = producer_["enable.idempotence"];
    if (against == nullptr || idempotence.value == "false") {
        return;
    }
    if (idempotence.is_default) {
        idempotence.value = "false";
        l_.report(
            Severity::warning,
            "no-idempotence",
            against->place,
            fmt::format("with '{}' our producers may write a message twice, or in another order",
                        against->said_by));
    } else {
        l_.error("conflict",
                 against->place,
                 fmt::format("'{}' does not go with 'enable.idempotence: true'", against->said_by),
                 "acks: all, at most 5 in flight, retries of 1 or more, queuing.strategy: fifo");
    }
}

void Build::hand_over() {
    for (const auto& [from, to] :
         {std::pair{&consumer_, &kafka_.consumer}, std::pair{&producer_, &kafka_.producer}}) {
        for (auto& [name, f] : *from) {
            if (f.secret) {
                kafka_.secrets[name] = Secret(f.value);
            } else {
                (*to)[name] = f.value;
            }
        }
    }
    kafka_.session_timeout = std::chrono::milliseconds{number("session.timeout.ms", 0)};
}

void Build::run() {
    from_keys();
    specials();
    from_properties();
    check_topics();
    check_timeouts();
    check_sizes();
    check_security();
    check_idempotence();
    hand_over();
}

}  // namespace

void build_kafka(Loading& loading) {
    if (loading.config.kafka) {
        Build(loading, *loading.config.kafka).run();
    }
}

}  // namespace spoor::config
