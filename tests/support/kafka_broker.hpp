// A real Kafka broker on loopback (tools/kafka), with data that lives as long as the object: it can
// be killed and restarted on the same port. A start takes 2 to 3 s, a restart after kill9 about 4
// (the old session has to run out), so programs with several tests share one.
//
//     auto& broker = KafkaBroker::shared();
//     const std::string topic = broker.fresh_topic("events", 6);
//
// One owner; not thread-safe. Make it on the main thread (support/process.hpp).
#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::test {

struct KafkaBrokerOptions {
    std::string heap = "384m";
    std::vector<std::string> settings = {};  // lines of server.properties
};

class KafkaBroker {
public:
    explicit KafkaBroker(KafkaBrokerOptions options = {});  // does not start it
    KafkaBroker(const KafkaBroker&) = delete;
    KafkaBroker& operator=(const KafkaBroker&) = delete;
    ~KafkaBroker();

    // One for the whole test program, started by the first call.
    static KafkaBroker& shared();

    void start();  // waits until it answers
    void kill9();
    void stop();  // in good order

    void restart() {
        kill9();
        start();
    }

    [[nodiscard]] bool running();

    // "127.0.0.1:PORT"; the same after a restart. Known once started.
    [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }

    void create_topic(const std::string& name,
                      int num_partitions,
                      const std::map<std::string, std::string>& settings = {});
    void delete_topic(const std::string& name);
    // Creates "<prefix>-<number>", which no other test of this program has.
    std::string fresh_topic(std::string_view prefix, int num_partitions);

    // By partition: one past the newest record.
    [[nodiscard]] std::vector<std::int64_t> end_offsets(const std::string& topic);
    // By partition: what the group has committed; -1 where nothing.
    [[nodiscard]] std::vector<std::int64_t> committed_offsets(const std::string& group,
                                                              const std::string& topic);

private:
    bool start_once();

    KafkaBrokerOptions options_;
    TempDir dir_;
    std::string bootstrap_;
    std::unique_ptr<Process> process_;
    int num_topics_ = 0;
};

}  // namespace spoor::test
