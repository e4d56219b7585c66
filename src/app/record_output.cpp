#include "app/record_output.hpp"

#include "app/command.hpp"
#include "base/clock.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

namespace spoor::app {

namespace {

constexpr Duration topic_deadline = std::chrono::seconds{10};
constexpr Duration flush_deadline = std::chrono::seconds{60};
constexpr Duration slice = std::chrono::milliseconds{100};

const SystemClock system_clock;

std::atomic<bool> stopping{false};

void on_signal(int /*signal*/) {
    stopping = true;
}

Result<std::FILE*> create(const std::string& path) {
    // "x": fails when it is there, without a moment between looking and making.
    std::FILE* file = std::fopen(path.c_str(), "wxe");
    if (file != nullptr) {
        return file;
    }
    if (errno == EEXIST) {
        return fail(Errc::already_exists,
                    path + " is there already; choose another name or remove it");
    }
    return fail(Errc::io,
                fmt::format("cannot write {}: {}", path, std::generic_category().message(errno)));
}

// The configuration's own connection, security and all, with what the command line says on top.
config::Kafka settings_for(const RecordTarget& target, const config::Config& config) {
    config::Kafka settings = config.kafka.value_or(config::Kafka{});
    if (!target.bootstrap.empty() || settings.bootstrap_servers.empty()) {
        settings.bootstrap_servers = target.bootstrap.empty() ? "localhost:9092" : target.bootstrap;
        settings.producer["bootstrap.servers"] = settings.bootstrap_servers;
    }
    if (!target.compression.empty()) {
        settings.compression = target.compression;
        settings.producer["compression.codec"] = target.compression;
    }
    return settings;
}

std::string topic_of(const config::Config& config, std::string_view fallback) {
    if (config.kafka) {
        const auto& topics = config.kafka->topics;
        const auto it = std::find_if(topics.begin(), topics.end(), [](const std::string& topic) {
            return !topic.starts_with('^');
        });
        if (it != topics.end()) {
            return *it;
        }
    }
    return std::string(fallback);
}

}  // namespace

void add_target_options(CLI::App& command, RecordTarget& target) {
    command.add_option("--topic", target.topic, "Kafka topic (default: the configuration's)");
    command.add_option("--bootstrap",
                       target.bootstrap,
                       "Kafka brokers, HOST:PORT,... (default: the configuration's, else "
                       "localhost:9092)");
    command
        .add_option(
            "--partitions", target.partitions, "Partitions of the topic, if it must be made")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command
        .add_option("--compression",
                    target.compression,
                    "none, gzip, snappy, lz4 or zstd (default: the configuration's, else lz4)")
        ->check(CLI::IsMember({"none", "gzip", "snappy", "lz4", "zstd"}));
}

RecordOutput::RecordOutput() : opened_(system_clock.monotonic()) {}

RecordOutput::~RecordOutput() {
    if (file_ != nullptr && file_ != stdout) {
        std::fclose(file_);
    }
}

Result<std::unique_ptr<RecordOutput>> RecordOutput::open(RecordTarget& target,
                                                         const config::Config& config,
                                                         std::string_view fallback_topic) {
    auto output = std::unique_ptr<RecordOutput>(new RecordOutput());
    catch_stop_signals();
    if (!target.is_kafka()) {
        output->file_ = stdout;
        if (target.output != "-") {
            SPOOR_TRY(output->file_, create(target.output));
        }
        return output;
    }
    const config::Kafka settings = settings_for(target, config);
    target.bootstrap = settings.bootstrap_servers;
    if (target.topic.empty()) {
        target.topic = topic_of(config, fallback_topic);
    }
    output->topic_ = target.topic;
    SPOOR_TRY(output->producer_, sink::KafkaProducer::make(settings));
    const auto ready =
        output->producer_->ensure_topic(target.topic, target.partitions, topic_deadline);
    if (!ready) {
        return fail(ready.error().code,
                    fmt::format("{} (brokers {}; others are named with --bootstrap)",
                                ready.error().detail,
                                target.bootstrap));
    }
    if (*ready) {
        std::fprintf(
            stderr, "made topic %s with %d partitions\n", target.topic.c_str(), target.partitions);
    }
    output->opened_ = system_clock.monotonic();
    return output;
}

void RecordOutput::on_delivery(std::function<void(const sink::Delivery&)> callback) {
    if (producer_ != nullptr) {
        producer_->on_delivery(std::move(callback));
    }
}

Result<bool> RecordOutput::write(std::string_view host,
                                 std::string_view record,
                                 std::uint64_t tag) {
    if (producer_ == nullptr) {
        return std::fwrite(record.data(), 1, record.size(), file_) == record.size() &&
               std::fputc('\n', file_) != EOF;
    }
    // The record's own time is when it is sent: a broker deletes by it, and refuses the future.
    sink::KafkaRecord out;
    out.topic = topic_;
    out.key = host;
    out.value = record;
    out.tag = tag;
    SPOOR_TRY_VOID(producer_->produce(out));
    return true;
}

void RecordOutput::wait_until(Duration since_open) {
    const Duration until = opened_ + since_open;
    if (system_clock.monotonic() < until && file_ != nullptr) {
        std::fflush(file_);
    }
    for (Duration now = system_clock.monotonic(); now < until && !stopping;
         now = system_clock.monotonic()) {
        const Duration wait = std::min(until - now, slice);
        if (producer_ != nullptr) {
            producer_->serve(std::min<Duration>(wait, std::chrono::milliseconds{10}));
        } else {
            std::this_thread::sleep_for(wait);
        }
    }
}

Result<sink::DeliverySummary> RecordOutput::finish() {
    if (producer_ != nullptr) {
        return producer_->flush(flush_deadline);
    }
    if (std::fflush(file_) != 0 && errno != EPIPE) {
        return fail(Errc::io,
                    fmt::format("cannot write: {}", std::generic_category().message(errno)));
    }
    return sink::DeliverySummary{};
}

void catch_stop_signals() {
    struct sigaction action{};

    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() {
    return stopping;
}

int exit_code_of(const Error& error) {
    switch (error.code) {
        case Errc::unavailable:
        case Errc::timeout:
        case Errc::refused:
            return exit_unreachable;
        case Errc::io:
            return exit_input;
        default:
            return exit_usage;
    }
}

}  // namespace spoor::app
