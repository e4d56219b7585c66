// How many alerts a second RedisSink writes to a server that is already running:
//   redis-server --port 7777 --appendonly yes --appendfsync everysec --dir /tmp
//   bench_redis_sink 7777 [alerts=200000] [json_bytes=1500] [max_alerts=200000]
// Says it for the filling and for the same number again, when each alert also trims one. Processor
// time is said too, of both sides: on a busy machine it is the figure to go by.
#include "sink/redis_connection.hpp"
#include "sink/redis_sink.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using spoor::sink::StoredAlert;
using spoor::sink::Verdict;

constexpr std::size_t batch_size = 256;  // what the pump hands over

double own_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double server_seconds(const spoor::config::Redis& config) {
    auto connection = spoor::sink::RedisConnection::connect(config);
    if (!connection) {
        return 0;
    }
    const auto info = connection->command({"INFO", "cpu"});
    double sum = 0;
    for (const std::string_view name : {"used_cpu_sys:", "used_cpu_user:"}) {
        const std::size_t at = info ? info->text.find(name) : std::string::npos;
        if (at != std::string::npos) {
            sum += std::strtod(info->text.c_str() + at + name.size(), nullptr);
        }
    }
    return sum;
}

bool write_all(spoor::sink::RedisSink& sink,
               const spoor::config::Redis& config,
               std::uint64_t first,
               std::uint64_t count,
               const std::string& json) {
    const double own = own_seconds();
    const double server = server_seconds(config);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t at = 0; at < count;) {
        const std::uint64_t n = std::min<std::uint64_t>(batch_size, count - at);
        std::vector<std::string> texts;
        texts.reserve(2 * n);
        std::vector<StoredAlert> alerts(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            const std::uint64_t sequence = first + at + i;
            StoredAlert& a = alerts[i];
            a.sequence = sequence;
            a.id = texts.emplace_back(fmt::format("{:032x}", sequence * 0x9e3779b97f4a7c15ULL));
            a.time = spoor::Timestamp{
                std::chrono::milliseconds{1'767'225'600'000 + std::int64_t(sequence)}};
            a.level = static_cast<spoor::alert::Level>(sequence % 5);
            a.host = texts.emplace_back(fmt::format("host{}", sequence % 1000));
            a.rule_id = "behavior.baseline";
            a.techniques = "T1041 T1071";
            a.json = json;
        }
        for (const Verdict verdict : sink.write(alerts).verdicts) {
            if (verdict != Verdict::sent) {
                fmt::print(stderr, "not sent at {}\n", at);
                return false;
            }
        }
        at += n;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print(
        "{} alerts of {} bytes in {:.2f} s: {:.0f} a second; processor {:.1f} us "
        "an alert in the server, {:.1f} here\n",
        count,
        json.size(),
        took.count(),
        static_cast<double>(count) / took.count(),
        1e6 * (server_seconds(config) - server) / static_cast<double>(count),
        1e6 * (own_seconds() - own) / static_cast<double>(count));
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_redis_sink PORT [alerts] [json_bytes] [max_alerts]\n");
        return 2;
    }
    const auto number = [&](int i, std::uint64_t otherwise) {
        return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
    };
    const std::uint64_t count = number(2, 200000);
    spoor::config::Redis config;
    config.port = std::atoi(argv[1]);
    config.max_alerts = number(4, 200000);
    spoor::sink::RedisSink sink(config);
    const auto position = sink.connect("bench");
    if (!position) {
        fmt::print(stderr, "{}\n", position.error().detail);
        return 1;
    }
    const std::string json =
        "{\"pad\":\"" + std::string(std::max<std::uint64_t>(number(3, 1500), 12) - 10, 'x') + "\"}";
    const std::uint64_t first = *position->applied + 1;
    return write_all(sink, config, first, count, json) &&
                   write_all(sink, config, first + count, count, json)
               ? 0
               : 1;
}
