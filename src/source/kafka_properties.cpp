#include "source/kafka_properties.hpp"

#include "source/kafka_source.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <librdkafka/rdkafka.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

namespace spoor::source {

namespace {

// Below what the user set. fetch.queue.backoff.ms at its default of 1000 stalls a consumer that is
// a little slower than the fetcher for a second at a time.
constexpr std::array<std::pair<const char*, const char*>, 9> defaults = {{
    {"fetch.queue.backoff.ms", "2"},
    {"queued.min.messages", "20000"},
    {"queued.max.messages.kbytes", "65536"},
    {"check.crcs", "true"},
    {"topic.metadata.refresh.interval.ms", "10000"},
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "2000"},
    {"partition.assignment.strategy", "range"},
    {"socket.keepalive.enable", "true"},
}};

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
        return fail(Errc::invalid_argument, fmt::format("kafka: {}", why.data()));
    }
    return {};
}

// A secret must not come back in librdkafka's complaint about it.
Result<void> set_secret(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
        return fail(Errc::invalid_argument,
                    fmt::format("kafka: librdkafka refuses the value of '{}'", name));
    }
    return {};
}

// Built without one of these, librdkafka would fail on a connection or a batch, much later.
Result<void> check_features(const rd_kafka_conf_t* conf) {
    std::array<char, 1024> text{};
    std::size_t size = text.size();
    if (rd_kafka_conf_get(conf, "builtin.features", text.data(), &size) != RD_KAFKA_CONF_OK) {
        return fail(Errc::internal, "kafka: librdkafka does not tell what it was built with");
    }
    const std::string all = fmt::format(",{},", text.data());
    std::string missing;
    for (const std::string_view feature : {"sasl_scram", "ssl", "zstd", "lz4", "snappy", "gzip"}) {
        if (all.find(fmt::format(",{},", feature)) == std::string::npos) {
            missing += missing.empty() ? "" : ", ";
            missing += feature;
        }
    }
    if (!missing.empty()) {
        return fail(Errc::unsupported,
                    fmt::format("librdkafka {} was built without {}; install one that has it, or "
                                "build it with tools/deps",
                                rd_kafka_version_str(),
                                missing));
    }
    return {};
}

std::string random_id() {
    std::random_device device;
    return fmt::format("spoor-{:08x}{:08x}", device(), device());
}

bool usable_id(std::string_view id) {
    return !id.empty() && id.size() <= 200 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
}

Error io_error(const std::string& path, std::string_view what) {
    return {Errc::io, fmt::format("{}: cannot {}: {}", path, what, std::strerror(errno))};
}

Result<void> write_id(const std::string& path, const std::string& id) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tl::unexpected(io_error(path, "create"));
    }
    const std::string line = id + "\n";
    const bool written =
        ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(fd) == 0;
    const auto error = io_error(path, "write");
    ::close(fd);
    if (!written) {
        ::unlink(path.c_str());
        return tl::unexpected(error);
    }
    return {};
}

}  // namespace

Result<std::string> group_instance_id(const std::string& data_dir) {
    const std::string path = data_dir + "/kafka-instance-id";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT) {
            return tl::unexpected(io_error(path, "open"));
        }
        if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
            return tl::unexpected(io_error(data_dir, "create"));
        }
        std::string id = random_id();
        SPOOR_TRY_VOID(write_id(path, id));
        return id;
    }
    std::array<char, 256> text{};
    const ssize_t size = ::read(fd, text.data(), text.size());
    ::close(fd);
    std::string_view id(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!id.empty() && (id.back() == '\n' || id.back() == '\r' || id.back() == ' ')) {
        id.remove_suffix(1);
    }
    if (!usable_id(id)) {
        return fail(
            Errc::corrupt,
            fmt::format("{} does not hold one id (letters, digits, '-', '_', '.'); delete it "
                        "and a new one is made",
                        path));
    }
    return std::string(id);
}

std::string group_of(const config::Kafka& settings, const std::string& instance_id) {
    return settings.group_id.empty() ? instance_id : settings.group_id;
}

bool reports_ends(const config::Kafka& settings) {
    const auto it = settings.consumer.find("partition.assignment.strategy");
    return settings.group_id.empty() || it == settings.consumer.end() ||
           it->second.find("cooperative") == std::string::npos;
}

Result<KafkaConf> make_consumer_conf(const config::Kafka& settings,
                                     const std::string& instance_id) {
    KafkaConf conf(rd_kafka_conf_new());
    SPOOR_TRY_VOID(check_features(conf.get()));
    for (const auto& [name, value] : defaults) {
        SPOOR_TRY_VOID(set(conf.get(), name, value));
    }
    const bool group = !settings.group_id.empty();
    const auto session =
        std::chrono::duration_cast<std::chrono::milliseconds>(settings.session_timeout).count();
    SPOOR_TRY_VOID(set(conf.get(), "session.timeout.ms", std::to_string(session)));
    SPOOR_TRY_VOID(set(conf.get(), "client.id", instance_id.empty() ? "spoor" : instance_id));
    if (group && !instance_id.empty()) {
        SPOOR_TRY_VOID(set(conf.get(), "group.instance.id", instance_id));
    }
    SPOOR_TRY_VOID(set(conf.get(), "bootstrap.servers", settings.bootstrap_servers));
    for (const auto& [name, value] : settings.consumer) {
        SPOOR_TRY_VOID(set(conf.get(), name, value));
    }
    for (const auto& [name, value] : settings.secrets) {
        SPOOR_TRY_VOID(set_secret(conf.get(), name, value.reveal()));
    }
    // Offsets are stored after the epoch's commit and never on reading; a position that the broker
    // no longer has must be seen and counted, not jumped over.
    const bool commits = group && settings.commit_offsets;
    SPOOR_TRY_VOID(set(conf.get(), "group.id", group_of(settings, instance_id)));
    SPOOR_TRY_VOID(set(conf.get(), "enable.auto.offset.store", "false"));
    SPOOR_TRY_VOID(set(conf.get(), "enable.auto.commit", commits ? "true" : "false"));
    SPOOR_TRY_VOID(set(conf.get(), "auto.offset.reset", "error"));
    SPOOR_TRY_VOID(
        set(conf.get(), "enable.partition.eof", reports_ends(settings) ? "true" : "false"));
    return conf;
}

Result<void> check_kafka_properties(const config::Kafka& settings) {
    // Combinations are checked when a client is made. Without brokers it connects to nothing.
    SPOOR_TRY(auto conf, make_consumer_conf(settings, "spoor-check"));
    SPOOR_TRY_VOID(set(conf.get(), "bootstrap.servers", ""));
    rd_kafka_conf_set_log_cb(conf.get(), nullptr);
    std::array<char, 512> why{};
    const KafkaClient client(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size()));
    if (client == nullptr) {
        return fail(Errc::invalid_argument, fmt::format("kafka: {}", why.data()));
    }
    static_cast<void>(conf.release());  // the client's now
    return {};
}

}  // namespace spoor::source
