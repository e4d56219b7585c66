// KafkaLog: librdkafka's own lines into our log. It repeats itself at every retry, and the source
// says in its own words what is wrong (kafka_trouble.hpp): so lines about connections go to debug,
// and of the rest one a minute for each of librdkafka's areas is let through. Any thread:
// librdkafka calls from its own.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace spoor::source {

class KafkaLog {
public:
    // `level` is syslog's: 0 emergency to 7 debug.
    void write(int level, std::string_view area, std::string_view text);

    [[nodiscard]] std::uint64_t num_suppressed() const;

private:
    struct Gate {
        Duration open_at{0};
        std::uint64_t suppressed = 0;
    };

    SystemClock clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Gate, std::less<>> gates_;
    std::uint64_t num_suppressed_ = 0;
};

}  // namespace spoor::source
