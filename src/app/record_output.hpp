// RecordOutput: where `spoor produce` and `spoor simulate` put what they make: standard output, a
// new file (a record a line), or a Kafka topic, keyed by host. Also their pace, and their clean
// stop on SIGINT and SIGTERM.
//
// Main thread only.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "sink/kafka_producer.hpp"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace spoor::app {

// As the command line says; what is empty comes from the configuration's `kafka` section.
struct RecordTarget {
    std::string output;  // "kafka", "-" or a path
    std::string topic;
    std::string bootstrap;
    std::string compression;
    int partitions = 3;  // of a topic that has to be made

    [[nodiscard]] bool is_kafka() const { return output == "kafka"; }
};

// --topic, --bootstrap, --partitions, --compression.
void add_target_options(CLI::App& command, RecordTarget& target);

class RecordOutput {
public:
    // Creates the file, which must not be there, or the topic if it is missing. Fills in the
    // target's topic and bootstrap. `fallback_topic`: when the configuration names none.
    [[nodiscard]] static Result<std::unique_ptr<RecordOutput>> open(
        RecordTarget& target, const config::Config& config, std::string_view fallback_topic);
    ~RecordOutput();
    RecordOutput(const RecordOutput&) = delete;
    RecordOutput& operator=(const RecordOutput&) = delete;

    void on_delivery(std::function<void(const sink::Delivery&)> callback);
    // False: the reader of standard output went away, which is a quiet end.
    [[nodiscard]] Result<bool> write(std::string_view host,
                                     std::string_view record,
                                     std::uint64_t tag);
    // Waits until that much time has passed since open(), or a signal came. Meanwhile delivery
    // reports are served.
    void wait_until(Duration since_open);
    // Hands over what is buffered. The answer is empty for what is not Kafka.
    [[nodiscard]] Result<sink::DeliverySummary> finish();

private:
    RecordOutput();

    std::FILE* file_ = nullptr;  // null: Kafka
    std::unique_ptr<sink::KafkaProducer> producer_;
    std::string topic_;
    Duration opened_{0};
};

// From here on a first SIGINT or SIGTERM sets stop_requested(); a second one ends the process as if
// it had not been caught. RecordOutput::open calls it.
void catch_stop_signals();
[[nodiscard]] bool stop_requested();

// 3 for a mistake of the caller, 5 when a server cannot be reached, 4 for files.
[[nodiscard]] int exit_code_of(const Error& error);

}  // namespace spoor::app
