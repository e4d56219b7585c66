// A storm: alerts of 1.5 kB stored as fast as it goes, epoch after epoch, each on disk before the
// next; then epochs of changed state rows. Prints the rate of the first and the last tenth: the
// store must not grow slower as it grows larger.
//
//   bench_store_storm [ALERTS=1000000] [ALERTS-AN-EPOCH=4000] [STATE-ROWS=100000] [ROW-BYTES=400]
#include "base/random.hpp"
#include "store/sqlite_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using spoor::store::Epoch;
using spoor::store::SqliteStore;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

spoor::alert::Alert make_alert(std::uint64_t number) {
    spoor::alert::Alert alert;
    const std::string text = std::to_string(number);
    alert.id = spoor::alert::make_id("spoor.threshold", "1", text, text);
    alert.time = spoor::Timestamp{
        std::chrono::microseconds{1'700'000'000'000'000 + static_cast<std::int64_t>(number) * 15}};
    alert.level = spoor::alert::Level::medium;
    alert.detector = "threshold";
    alert.rule_id = "spoor.threshold";
    alert.host = "host-" + std::to_string(number % 1000);
    alert.entity = alert.host;
    alert.techniques = {"T1041", "T1071", "T1095", "T1105", "T1571"};
    alert.summary = "network_traffic_volume 0.91 above 0.8 on " + alert.host;
    alert.json = R"({"id":")" + alert.id + R"(","n":)" + text + R"(,"pad":")";
    spoor::Random random(number);
    while (alert.json.size() < 1498) {
        alert.json += "word" + std::to_string(random.below(5000)) + " ";
    }
    alert.json += "\"}";
    return alert;
}

bool commit(SqliteStore& store, const Epoch& epoch, double& worst) {
    const auto start = Clock::now();
    const auto info = store.commit(epoch);
    worst = std::max(worst, seconds_since(start));
    if (!info) {
        std::fprintf(stderr, "%s\n", info.error().detail.c_str());
    }
    return info.has_value();
}

// The alerts are made outside the measured time.
bool run_alerts(SqliteStore& store, std::uint64_t total, std::uint64_t per_epoch, Epoch& epoch) {
    double spent = 0;
    double worst = 0;
    std::uint64_t number = 0;
    const std::uint64_t tenth = total / 10;
    for (std::uint64_t part = 0; part < 10; ++part) {
        double part_spent = 0;
        const std::uint64_t end = (part + 1) * tenth;
        while (number < end) {
            ++epoch.number;
            epoch.alerts.clear();
            while (epoch.alerts.size() < per_epoch && number < end) {
                epoch.alerts.push_back(make_alert(number++));
            }
            const auto start = Clock::now();
            if (!commit(store, epoch, worst)) {
                return false;
            }
            part_spent += seconds_since(start);
        }
        spent += part_spent;
        std::printf("alerts %9llu..%9llu  %8.0f alerts/s\n",
                    static_cast<unsigned long long>(end - tenth),
                    static_cast<unsigned long long>(end),
                    static_cast<double>(tenth) / part_spent);
        std::fflush(stdout);
    }
    std::printf("all %llu alerts: %.0f alerts/s, worst commit %.0f ms\n",
                static_cast<unsigned long long>(number),
                static_cast<double>(number) / spent,
                worst * 1e3);
    epoch.alerts.clear();
    return true;
}

bool run_state(SqliteStore& store, std::uint64_t rows, std::size_t row_bytes, Epoch& epoch) {
    for (int round = 0; round < 6; ++round) {
        epoch.rows.clear();
        const char fill = static_cast<char>('a' + round);
        for (std::uint64_t i = 0; i < rows; ++i) {
            epoch.rows.push_back({"behavior",
                                  1,
                                  "kafka:CLUSTER/TOPIC/" + std::to_string(i % 6),
                                  "host-" + std::to_string(i),
                                  std::string(row_bytes, fill)});
        }
        ++epoch.number;
        double worst = 0;
        if (!commit(store, epoch, worst)) {
            return false;
        }
        std::printf("epoch with %llu rows of %zu bytes (%s): %.3f s\n",
                    static_cast<unsigned long long>(rows),
                    row_bytes,
                    round == 0 ? "new" : "changed",
                    worst);
        const auto start = Clock::now();
        store.idle();
        std::printf("  then the idle checkpoint: %.3f s\n", seconds_since(start));
    }
    return true;
}

std::uint64_t argument(int argc, char** argv, int index, std::uint64_t otherwise) {
    return argc > index ? std::strtoull(argv[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    std::string dir = std::filesystem::current_path() / "store-storm-XXXXXX";
    if (::mkdtemp(dir.data()) == nullptr) {
        std::perror("mkdtemp");
        return 1;
    }
    bool ok = false;
    if (auto store = SqliteStore::open(dir)) {
        Epoch epoch;
        epoch.stored_at = spoor::Timestamp{std::chrono::seconds{1'700'000'000}};
        ok = run_alerts(**store,
                        argument(argc, argv, 1, 1'000'000),
                        argument(argc, argv, 2, 4000),
                        epoch) &&
             run_state(
                 **store, argument(argc, argv, 3, 100'000), argument(argc, argv, 4, 400), epoch);
        std::printf("database %.1f MB, write-ahead log %.1f MB\n",
                    static_cast<double>(std::filesystem::file_size(dir + "/spoor.db")) / 1e6,
                    static_cast<double>(std::filesystem::file_size(dir + "/spoor.db-wal")) / 1e6);
    }
    std::filesystem::remove_all(dir);
    return ok ? 0 : 1;
}
