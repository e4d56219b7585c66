// The world around a pipeline in the schedule tests: what survives a crash (a broker with its
// records and committed offsets, a sink that is a server of its own) and the source and sink that a
// pipeline has on them. All of it is in memory and does what it is told: it goes away, comes back,
// forgets what it acknowledged, hands partitions out and takes them back.
#pragma once

#include "alert/detector.hpp"
#include "base/random.hpp"
#include "event/origin.hpp"
#include "sink/sink.hpp"
#include "source/source.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spoor::schedule {

struct ScriptedRecord {
    std::string bytes;
    Timestamp record_time = no_time;
};

// A broker: partitions of records, and the offsets that were committed to it. Outlives pipelines.
struct ScriptedBroker {
    std::string name;  // prefix of its partitions: "kafka:NAME"
    std::vector<std::vector<ScriptedRecord>> partitions;
    std::vector<std::int64_t> committed;  // -1: none
    std::vector<std::int64_t> ends;       // it ends there for now; empty: with its last record
    bool away = false;
    // Partitions to be taken back from the consumer: true loses them, false revokes them.
    std::deque<std::pair<std::size_t, bool>> take_back;

    [[nodiscard]] std::string partition_name(std::size_t p) const;
    [[nodiscard]] std::int64_t end(std::size_t p) const;
};

// A consumer of a ScriptedBroker.
class ScriptedSource final : public source::Source {
public:
    // `on_acknowledge` sees each position before it is taken, for invariant 3.
    ScriptedSource(ScriptedBroker& broker,
                   OriginTable& origins,
                   Random random,
                   std::function<void(const Position&)> on_acknowledge);

    [[nodiscard]] std::string_view name() const override { return broker_.name; }

    [[nodiscard]] bool replayable() const override { return true; }

    [[nodiscard]] Result<void> open(std::span<const Position> checkpoint) override;
    void poll(source::PollOutput& out) override;
    void acknowledge(std::span<const Position> committed) override;
    void release(std::uint32_t partition) override;

    void pause() override {}

    void resume() override {}

    [[nodiscard]] source::SourceHealth health() const override;
    void close(Duration deadline) override;

private:
    struct Partition {
        std::uint32_t number = 0;
        std::int64_t next = 0;
        std::int64_t checkpoint = -1;
        bool assigned = false;
        bool revoking = false;
    };

    void hand_out(std::size_t p, source::PollOutput& out);
    void assign(std::size_t p, source::PollOutput& out);
    void assign_new(source::PollOutput& out);

    ScriptedBroker& broker_;
    OriginTable& origins_;
    Random random_;
    std::function<void(const Position&)> on_acknowledge_;
    std::vector<Partition> partitions_;
};

// A server that alerts are sent to. With `keeps_sequence` it stores the last sequence applied with
// the data, as Redis does, and can forget the newest of what it acknowledged.
struct ScriptedServer {
    std::string name = "server";
    bool keeps_sequence = true;
    bool away = false;
    std::map<std::string, std::string> alerts;  // id -> json
    std::vector<std::string> order;             // ids as applied
    std::uint64_t applied = 0;
    std::uint64_t num_duplicates = 0;      // ids applied a second time
    std::vector<std::uint64_t> sequences;  // of `order`

    std::uint64_t restarts = 0;  // cut every connection

    // It restarts without the newest of what it acknowledged.
    void forget_newest(std::size_t n);
};

class ScriptedSink final : public sink::Sink {
public:
    ScriptedSink(ScriptedServer& server, Random random) : server_(server), random_(random) {}

    [[nodiscard]] std::string_view name() const override { return server_.name; }

    [[nodiscard]] Result<sink::SinkPosition> connect(std::string_view store_id) override;
    [[nodiscard]] sink::WriteResult write(std::span<const sink::StoredAlert> alerts) override;

    [[nodiscard]] bool probe() override { return !server_.away && restarts_ == server_.restarts; }

    void close() override {}

private:
    ScriptedServer& server_;
    Random random_;
    std::uint64_t restarts_ = 0;  // of the server, when connected
};

// Counts events per host, partition and window, and alerts whenever a window closes or an event is
// late: whatever is lost, doubled, reordered within a host or missing from a row changes the bytes
// of an alert.
[[nodiscard]] std::unique_ptr<alert::Detector> make_counting_detector(Duration window,
                                                                      Duration lateness);

}  // namespace spoor::schedule
