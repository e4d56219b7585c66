// Records a second of the bare Kafka source against `kcat -C -e -q` of the same topic, in turns.
//
//     bench_kafka_source BOOTSTRAP [RECORDS [ROUNDS]]
//
// Makes a topic of 4 partitions with feature messages of about 516 bytes (lz4), unless an earlier
// run left it there. A broker to run it against: ./run kafka start.
#include "base/clock.hpp"
#include "base/random.hpp"
#include "sink/kafka_producer.hpp"
#include "source/kafka_source.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace spoor;
using namespace std::chrono_literals;

std::string message(Random& random, std::uint64_t i, const std::string& host) {
    static constexpr const char* features[] = {"network_traffic_volume_mean",
                                               "number_of_logins_mean",
                                               "number_of_failed_logins_mean",
                                               "number_of_accessed_files_mean",
                                               "number_of_email_sent_mean",
                                               "cpu_usage_mean",
                                               "memory_usage_mean",
                                               "disk_io_mean",
                                               "network_latency_mean",
                                               "number_of_processes_mean"};
    std::string out = fmt::format(R"({{"entity":"{}")", host);
    for (const char* feature : features) {
        out += fmt::format(R"(, "{}": {:.17g})", feature, random.uniform(0.1, 0.6));
    }
    out +=
        fmt::format(R"(, "timestamp": "2025-06-03T12:{:02}:{:02}.123456"}})", i / 60 % 60, i % 60);
    return out;
}

bool fill(const std::string& bootstrap, const std::string& topic, std::uint64_t count) {
    auto producer = sink::KafkaProducer::make(bootstrap);
    if (!producer) {
        fmt::print(stderr, "{}\n", producer.error().detail);
        return false;
    }
    const auto made = (*producer)->ensure_topic(topic, 4, 30s);
    if (!made) {
        fmt::print(stderr, "{}\n", made.error().detail);
        return false;
    }
    if (!*made) {
        return true;
    }
    Random random(1);
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string host = fmt::format("host{}", random.below(1000));
        const std::string text = message(random, i, host);
        bytes += text.size();
        sink::KafkaRecord record;
        record.topic = topic;
        record.key = host;
        record.value = text;
        if (!(*producer)->produce(record)) {
            return false;
        }
    }
    const auto summary = (*producer)->flush(120s);
    fmt::print("produced {} records of {} bytes\n", summary.delivered, bytes / count);
    return summary.complete();
}

double read_with_source(const std::string& bootstrap,
                        const std::string& topic,
                        std::uint64_t count) {
    const SystemClock clock;
    OriginTable origins;
    config::Kafka settings;
    settings.bootstrap_servers = bootstrap;
    settings.topics = {topic};  // no group: only reading is measured, as kcat does
    const auto dir = std::filesystem::temp_directory_path() /
                     fmt::format("spoor-bench-{}", clock.monotonic().count());
    auto source = source::make_kafka_source(settings, origins, clock, dir);
    if (!source || !(*source)->open({})) {
        return 0;
    }
    RecordBatch batch;
    source::PollOutput out;
    std::uint64_t read = 0;
    std::uint64_t bytes = 0;
    const Duration start = clock.monotonic();
    while (read < count && clock.monotonic() - start < 120s) {
        batch.clear();
        out.changes.clear();
        out.advances.clear();
        out.batch = &batch;
        (*source)->poll(out);
        read += batch.size();
        bytes += batch.bytes();
    }
    const double seconds = static_cast<double>((clock.monotonic() - start).count()) / 1e6;
    (*source)->close(10s);
    std::filesystem::remove_all(dir);
    fmt::print("  source: {} records, {} MB, {:.2f} s, {:.2f} M/s\n",
               read,
               bytes / 1000000,
               seconds,
               static_cast<double>(read) / seconds / 1e6);
    return static_cast<double>(read) / seconds;
}

double read_with_kcat(const std::string& bootstrap, const std::string& topic, std::uint64_t count) {
    const SystemClock clock;
    const Duration start = clock.monotonic();
    const std::string command =
        fmt::format("kcat -C -e -q -b {} -t {} -o beginning > /dev/null", bootstrap, topic);
    if (std::system(command.c_str()) != 0) {
        return 0;
    }
    const double seconds = static_cast<double>((clock.monotonic() - start).count()) / 1e6;
    fmt::print(
        "  kcat:   {:.2f} s, {:.2f} M/s\n", seconds, static_cast<double>(count) / seconds / 1e6);
    return static_cast<double>(count) / seconds;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_kafka_source BOOTSTRAP [RECORDS [ROUNDS]]\n");
        return 3;
    }
    const std::string bootstrap = argv[1];
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2000000;
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 3;
    const std::string topic = fmt::format("bench-{}", count);
    if (!fill(bootstrap, topic, count)) {
        return 5;
    }
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
        const double kcat = read_with_kcat(bootstrap, topic, count);
        const double ours = read_with_source(bootstrap, topic, count);
        ratios.push_back(kcat > 0 ? ours / kcat : 0);
        fmt::print("  ratio {:.2f}\n", ratios.back());
    }
    std::sort(ratios.begin(), ratios.end());
    fmt::print("median ratio {:.2f}\n", ratios[ratios.size() / 2]);
    return 0;
}
