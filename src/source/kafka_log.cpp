#include "source/kafka_log.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace spoor::source {

namespace {

constexpr Duration quiet = std::chrono::minutes{1};
// COMMITFAIL is expected of partitions that leave: the checkpoint stands.
constexpr std::array<std::string_view, 6> said_otherwise = {
    "FAIL", "ERROR", "MAXPOLL", "SESSTMOUT", "FATAL", "COMMITFAIL"};

}  // namespace

void KafkaLog::write(int level, std::string_view area, std::string_view text) {
    const bool is_said =
        std::find(said_otherwise.begin(), said_otherwise.end(), area) != said_otherwise.end();
    if (level > 5 || is_said) {
        log(LogLevel::debug, "kafka.client", "{}: {}", area, text);
        return;
    }
    std::uint64_t suppressed = 0;
    {
        const std::lock_guard lock(mutex_);
        Gate& gate = gates_[std::string(area)];
        const Duration now = clock_.monotonic();
        if (gate.open_at != Duration{0} && now < gate.open_at) {
            ++gate.suppressed;
            ++num_suppressed_;
            return;
        }
        gate.open_at = now + quiet;
        suppressed = std::exchange(gate.suppressed, 0);
    }
    const LogLevel ours = level <= 4 ? LogLevel::warning : LogLevel::info;
    if (suppressed > 0) {
        log(ours, "kafka.client", "{}: {} ({} more like it not shown)", area, text, suppressed);
    } else {
        log(ours, "kafka.client", "{}: {}", area, text);
    }
}

std::uint64_t KafkaLog::num_suppressed() const {
    const std::lock_guard lock(mutex_);
    return num_suppressed_;
}

}  // namespace spoor::source
