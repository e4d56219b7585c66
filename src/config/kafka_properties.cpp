#include "config/kafka_properties.hpp"

#include <algorithm>
#include <array>

namespace spoor::config {

namespace {

// Names, scopes and ranges as rd_kafka_conf_properties_show of librdkafka 2.8.0 prints them; topic
// properties with the scope they have there.
constexpr auto table = std::to_array<KafkaProperty>({
    {"acks", PropertyScope::producer, -1, 1000, ""},
    {"allow.auto.create.topics", PropertyScope::both, 0, 0, "true|false"},
    {"api.version.fallback.ms", PropertyScope::both, 0, 604800000, ""},
    {"api.version.request", PropertyScope::both, 0, 0, "true|false"},
    {"api.version.request.timeout.ms", PropertyScope::both, 1, 300000, ""},
    {"auto.commit.enable", PropertyScope::consumer, 0, 0, "true|false"},
    {"auto.commit.interval.ms", PropertyScope::consumer, 0, 86400000, ""},
    {"auto.offset.reset",
     PropertyScope::consumer,
     0,
     0,
     "smallest|earliest|beginning|largest|latest|end|error"},
    {"background_event_cb", PropertyScope::both, 0, 0, ""},
    {"batch.num.messages", PropertyScope::producer, 1, 1000000, ""},
    {"batch.size", PropertyScope::producer, 1, 2147483647, ""},
    {"bootstrap.servers", PropertyScope::both, 0, 0, ""},
    {"broker.address.family", PropertyScope::both, 0, 0, "any|v4|v6"},
    {"broker.address.ttl", PropertyScope::both, 0, 86400000, ""},
    {"broker.version.fallback", PropertyScope::both, 0, 0, ""},
    {"builtin.features", PropertyScope::both, 0, 0, ""},
    {"check.crcs", PropertyScope::consumer, 0, 0, "true|false"},
    {"client.dns.lookup",
     PropertyScope::both,
     0,
     0,
     "use_all_dns_ips|resolve_canonical_bootstrap_servers_only"},
    {"client.id", PropertyScope::both, 0, 0, ""},
    {"client.rack", PropertyScope::both, 0, 0, ""},
    {"closesocket_cb", PropertyScope::both, 0, 0, ""},
    {"compression.codec", PropertyScope::producer, 0, 0, "none|gzip|snappy|lz4|zstd"},
    {"compression.level", PropertyScope::producer, -1, 12, ""},
    {"compression.type", PropertyScope::producer, 0, 0, "none|gzip|snappy|lz4|zstd"},
    {"connect_cb", PropertyScope::both, 0, 0, ""},
    {"connections.max.idle.ms", PropertyScope::both, 0, 2147483647, ""},
    {"consume.callback.max.messages", PropertyScope::consumer, 0, 1000000, ""},
    {"consume_cb", PropertyScope::consumer, 0, 0, ""},
    {"coordinator.query.interval.ms", PropertyScope::consumer, 1, 3600000, ""},
    {"debug", PropertyScope::both, 0, 0, ""},
    {"default_topic_conf", PropertyScope::both, 0, 0, ""},
    {"delivery.report.only.error", PropertyScope::producer, 0, 0, "true|false"},
    {"delivery.timeout.ms", PropertyScope::producer, 0, 2147483647, ""},
    {"dr_cb", PropertyScope::producer, 0, 0, ""},
    {"dr_msg_cb", PropertyScope::producer, 0, 0, ""},
    {"enable.auto.commit", PropertyScope::consumer, 0, 0, "true|false"},
    {"enable.auto.offset.store", PropertyScope::consumer, 0, 0, "true|false"},
    {"enable.gapless.guarantee", PropertyScope::producer, 0, 0, "true|false"},
    {"enable.idempotence", PropertyScope::producer, 0, 0, "true|false"},
    {"enable.metrics.push", PropertyScope::both, 0, 0, "true|false"},
    {"enable.partition.eof", PropertyScope::consumer, 0, 0, "true|false"},
    {"enable.random.seed", PropertyScope::both, 0, 0, "true|false"},
    {"enable.sasl.oauthbearer.unsecure.jwt", PropertyScope::both, 0, 0, "true|false"},
    {"enable.ssl.certificate.verification", PropertyScope::both, 0, 0, "true|false"},
    {"enabled_events", PropertyScope::both, 0, 2147483647, ""},
    {"error_cb", PropertyScope::both, 0, 0, ""},
    {"fetch.error.backoff.ms", PropertyScope::consumer, 0, 300000, ""},
    {"fetch.max.bytes", PropertyScope::consumer, 0, 2147483135, ""},
    {"fetch.message.max.bytes", PropertyScope::consumer, 1, 1000000000, ""},
    {"fetch.min.bytes", PropertyScope::consumer, 1, 100000000, ""},
    {"fetch.queue.backoff.ms", PropertyScope::consumer, 0, 300000, ""},
    {"fetch.wait.max.ms", PropertyScope::consumer, 0, 300000, ""},
    {"group.id", PropertyScope::consumer, 0, 0, ""},
    {"group.instance.id", PropertyScope::consumer, 0, 0, ""},
    {"group.protocol", PropertyScope::consumer, 0, 0, "classic|consumer"},
    {"group.protocol.type", PropertyScope::consumer, 0, 0, ""},
    {"group.remote.assignor", PropertyScope::consumer, 0, 0, ""},
    {"heartbeat.interval.ms", PropertyScope::consumer, 1, 3600000, ""},
    {"interceptors", PropertyScope::both, 0, 0, ""},
    {"internal.termination.signal", PropertyScope::both, 0, 128, ""},
    {"isolation.level", PropertyScope::consumer, 0, 0, "read_uncommitted|read_committed"},
    {"linger.ms", PropertyScope::producer, 0, 900000, ""},
    {"log.connection.close", PropertyScope::both, 0, 0, "true|false"},
    {"log.queue", PropertyScope::both, 0, 0, "true|false"},
    {"log.thread.name", PropertyScope::both, 0, 0, "true|false"},
    {"log_cb", PropertyScope::both, 0, 0, ""},
    {"log_level", PropertyScope::both, 0, 7, ""},
    {"max.in.flight", PropertyScope::both, 1, 1000000, ""},
    {"max.in.flight.requests.per.connection", PropertyScope::both, 1, 1000000, ""},
    {"max.partition.fetch.bytes", PropertyScope::consumer, 1, 1000000000, ""},
    {"max.poll.interval.ms", PropertyScope::consumer, 1, 86400000, ""},
    {"message.copy.max.bytes", PropertyScope::both, 0, 1000000000, ""},
    {"message.max.bytes", PropertyScope::both, 1000, 1000000000, ""},
    {"message.send.max.retries", PropertyScope::producer, 0, 2147483647, ""},
    {"message.timeout.ms", PropertyScope::producer, 0, 2147483647, ""},
    {"metadata.broker.list", PropertyScope::both, 0, 0, ""},
    {"metadata.max.age.ms", PropertyScope::both, 1, 86400000, ""},
    {"msg_order_cmp", PropertyScope::producer, 0, 0, ""},
    {"oauthbearer_token_refresh_cb", PropertyScope::both, 0, 0, ""},
    {"offset.store.method", PropertyScope::consumer, 0, 0, "none|file|broker"},
    {"offset.store.path", PropertyScope::consumer, 0, 0, ""},
    {"offset.store.sync.interval.ms", PropertyScope::consumer, -1, 86400000, ""},
    {"offset_commit_cb", PropertyScope::consumer, 0, 0, ""},
    {"opaque", PropertyScope::both, 0, 0, ""},
    {"open_cb", PropertyScope::both, 0, 0, ""},
    {"partition.assignment.strategy", PropertyScope::consumer, 0, 0, ""},
    {"partitioner", PropertyScope::producer, 0, 0, ""},
    {"partitioner_cb", PropertyScope::producer, 0, 0, ""},
    {"plugin.library.paths", PropertyScope::both, 0, 0, ""},
    {"produce.offset.report", PropertyScope::producer, 0, 0, "true|false"},
    {"queue.buffering.backpressure.threshold", PropertyScope::producer, 1, 1000000, ""},
    {"queue.buffering.max.kbytes", PropertyScope::producer, 1, 2147483647, ""},
    {"queue.buffering.max.messages", PropertyScope::producer, 0, 2147483647, ""},
    {"queue.buffering.max.ms", PropertyScope::producer, 0, 900000, ""},
    {"queued.max.messages.kbytes", PropertyScope::consumer, 1, 2097151, ""},
    {"queued.min.messages", PropertyScope::consumer, 1, 10000000, ""},
    {"queuing.strategy", PropertyScope::producer, 0, 0, "fifo|lifo"},
    {"rebalance_cb", PropertyScope::consumer, 0, 0, ""},
    {"receive.message.max.bytes", PropertyScope::both, 1000, 2147483647, ""},
    {"reconnect.backoff.jitter.ms", PropertyScope::both, 0, 3600000, ""},
    {"reconnect.backoff.max.ms", PropertyScope::both, 0, 3600000, ""},
    {"reconnect.backoff.ms", PropertyScope::both, 0, 3600000, ""},
    {"request.required.acks", PropertyScope::producer, -1, 1000, ""},
    {"request.timeout.ms", PropertyScope::producer, 1, 900000, ""},
    {"resolve_cb", PropertyScope::both, 0, 0, ""},
    {"retries", PropertyScope::producer, 0, 2147483647, ""},
    {"retry.backoff.max.ms", PropertyScope::both, 1, 300000, ""},
    {"retry.backoff.ms", PropertyScope::both, 1, 300000, ""},
    {"sasl.kerberos.keytab", PropertyScope::both, 0, 0, ""},
    {"sasl.kerberos.kinit.cmd", PropertyScope::both, 0, 0, ""},
    {"sasl.kerberos.min.time.before.relogin", PropertyScope::both, 0, 86400000, ""},
    {"sasl.kerberos.principal", PropertyScope::both, 0, 0, ""},
    {"sasl.kerberos.service.name", PropertyScope::both, 0, 0, ""},
    {"sasl.mechanism", PropertyScope::both, 0, 0, ""},
    {"sasl.mechanisms", PropertyScope::both, 0, 0, ""},
    {"sasl.oauthbearer.client.id", PropertyScope::both, 0, 0, ""},
    {"sasl.oauthbearer.client.secret", PropertyScope::both, 0, 0, ""},
    {"sasl.oauthbearer.config", PropertyScope::both, 0, 0, ""},
    {"sasl.oauthbearer.extensions", PropertyScope::both, 0, 0, ""},
    {"sasl.oauthbearer.method", PropertyScope::both, 0, 0, "default|oidc"},
    {"sasl.oauthbearer.scope", PropertyScope::both, 0, 0, ""},
    {"sasl.oauthbearer.token.endpoint.url", PropertyScope::both, 0, 0, ""},
    {"sasl.password", PropertyScope::both, 0, 0, ""},
    {"sasl.username", PropertyScope::both, 0, 0, ""},
    {"security.protocol", PropertyScope::both, 0, 0, "plaintext|ssl|sasl_plaintext|sasl_ssl"},
    {"session.timeout.ms", PropertyScope::consumer, 1, 3600000, ""},
    {"socket.blocking.max.ms", PropertyScope::both, 1, 60000, ""},
    {"socket.connection.setup.timeout.ms", PropertyScope::both, 1000, 2147483647, ""},
    {"socket.keepalive.enable", PropertyScope::both, 0, 0, "true|false"},
    {"socket.max.fails", PropertyScope::both, 0, 1000000, ""},
    {"socket.nagle.disable", PropertyScope::both, 0, 0, "true|false"},
    {"socket.receive.buffer.bytes", PropertyScope::both, 0, 100000000, ""},
    {"socket.send.buffer.bytes", PropertyScope::both, 0, 100000000, ""},
    {"socket.timeout.ms", PropertyScope::both, 10, 300000, ""},
    {"socket_cb", PropertyScope::both, 0, 0, ""},
    {"ssl.ca.certificate.stores", PropertyScope::both, 0, 0, ""},
    {"ssl.ca.location", PropertyScope::both, 0, 0, ""},
    {"ssl.ca.pem", PropertyScope::both, 0, 0, ""},
    {"ssl.certificate.location", PropertyScope::both, 0, 0, ""},
    {"ssl.certificate.pem", PropertyScope::both, 0, 0, ""},
    {"ssl.certificate.verify_cb", PropertyScope::both, 0, 0, ""},
    {"ssl.cipher.suites", PropertyScope::both, 0, 0, ""},
    {"ssl.crl.location", PropertyScope::both, 0, 0, ""},
    {"ssl.curves.list", PropertyScope::both, 0, 0, ""},
    {"ssl.endpoint.identification.algorithm", PropertyScope::both, 0, 0, "none|https"},
    {"ssl.engine.id", PropertyScope::both, 0, 0, ""},
    {"ssl.engine.location", PropertyScope::both, 0, 0, ""},
    {"ssl.key.location", PropertyScope::both, 0, 0, ""},
    {"ssl.key.password", PropertyScope::both, 0, 0, ""},
    {"ssl.key.pem", PropertyScope::both, 0, 0, ""},
    {"ssl.keystore.location", PropertyScope::both, 0, 0, ""},
    {"ssl.keystore.password", PropertyScope::both, 0, 0, ""},
    {"ssl.providers", PropertyScope::both, 0, 0, ""},
    {"ssl.sigalgs.list", PropertyScope::both, 0, 0, ""},
    {"ssl_ca", PropertyScope::both, 0, 0, ""},
    {"ssl_certificate", PropertyScope::both, 0, 0, ""},
    {"ssl_engine_callback_data", PropertyScope::both, 0, 0, ""},
    {"ssl_key", PropertyScope::both, 0, 0, ""},
    {"statistics.interval.ms", PropertyScope::both, 0, 86400000, ""},
    {"stats_cb", PropertyScope::both, 0, 0, ""},
    {"sticky.partitioning.linger.ms", PropertyScope::producer, 0, 900000, ""},
    {"throttle_cb", PropertyScope::both, 0, 0, ""},
    {"topic.blacklist", PropertyScope::both, 0, 0, ""},
    {"topic.metadata.propagation.max.ms", PropertyScope::both, 0, 3600000, ""},
    {"topic.metadata.refresh.fast.cnt", PropertyScope::both, 0, 1000, ""},
    {"topic.metadata.refresh.fast.interval.ms", PropertyScope::both, 1, 60000, ""},
    {"topic.metadata.refresh.interval.ms", PropertyScope::both, -1, 3600000, ""},
    {"topic.metadata.refresh.sparse", PropertyScope::both, 0, 0, "true|false"},
    {"transaction.timeout.ms", PropertyScope::producer, 1000, 2147483647, ""},
    {"transactional.id", PropertyScope::producer, 0, 0, ""},
});

struct Denied {
    std::string_view name;
    std::string_view hint;
};

constexpr std::string_view by_source = "Spoor sets it: positions follow its own checkpoints";
constexpr std::string_view by_code = "it is for programs, not for configuration";

constexpr auto denied_table = std::to_array<Denied>({
    {"bootstrap.servers", "use kafka.bootstrap_servers"},
    {"metadata.broker.list", "use kafka.bootstrap_servers"},
    {"group.id", "use kafka.group_id"},
    {"auto.offset.reset", "use kafka.auto_offset_reset"},
    {"enable.auto.commit", "use kafka.enable_auto_commit"},
    {"auto.commit.enable", "use kafka.enable_auto_commit"},
    {"partition.assignment.strategy", "use kafka.partition_assignment_strategy"},
    {"group.protocol", "librdkafka 2.8 has the new group protocol for trial only"},
    {"group.protocol.type", "Spoor sets it"},
    {"group.remote.assignor", "librdkafka 2.8 has the new group protocol for trial only"},
    {"enable.auto.offset.store", by_source},
    {"enable.partition.eof", by_source},
    {"offset.store.method", by_source},
    {"offset.store.path", by_source},
    {"offset.store.sync.interval.ms", by_source},
    {"consume.callback.max.messages", by_source},
    {"transactional.id", "Spoor sets it"},
    {"delivery.report.only.error", "Spoor counts every delivery"},
    {"plugin.library.paths", "it would load code into the program"},
    {"ssl.engine.location", "it would load code into the program"},
    {"sasl.kerberos.kinit.cmd", "it would run a command"},
    {"builtin.features", "it says what the library can do, and is not for setting"},
    {"log.queue", by_code},
    {"enabled_events", by_code},
    {"internal.termination.signal", by_code},
    {"default_topic_conf", by_code},
    {"opaque", by_code},
    {"interceptors", by_code},
    {"msg_order_cmp", by_code},
    {"ssl_key", by_code},
    {"ssl_certificate", by_code},
    {"ssl_ca", by_code},
    {"ssl_engine_callback_data", by_code},
});

}  // namespace

std::span<const KafkaProperty> kafka_properties() {
    return table;
}

const KafkaProperty* find_kafka_property(std::string_view name) {
    const auto it = std::find_if(
        table.begin(), table.end(), [&](const KafkaProperty& p) { return p.name == name; });
    return it == table.end() ? nullptr : &*it;
}

std::string_view denied(std::string_view name) {
    const auto it = std::find_if(
        denied_table.begin(), denied_table.end(), [&](const Denied& d) { return d.name == name; });
    if (it != denied_table.end()) {
        return it->hint;
    }
    return name.ends_with("_cb") ? by_code : std::string_view{};
}

std::string_view canonical_property(std::string_view name) {
    struct Alias {
        std::string_view name;
        std::string_view canonical;
    };

    // Names of one and the same setting in librdkafka.
    static constexpr auto aliases = std::to_array<Alias>({
        {"sasl.mechanisms", "sasl.mechanism"},
        {"fetch.message.max.bytes", "max.partition.fetch.bytes"},
        {"compression.type", "compression.codec"},
        {"queue.buffering.max.ms", "linger.ms"},
        {"message.send.max.retries", "retries"},
        {"request.required.acks", "acks"},
        {"delivery.timeout.ms", "message.timeout.ms"},
        {"max.in.flight", "max.in.flight.requests.per.connection"},
    });
    const auto it = std::find_if(
        aliases.begin(), aliases.end(), [&](const Alias& a) { return a.name == name; });
    return it == aliases.end() ? name : it->canonical;
}

}  // namespace spoor::config
