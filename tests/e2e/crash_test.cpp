// kill -9, again and again, on a real broker: two topics, six partitions, an array record, a file
// that is rotated, one and four shards by turns. What is found in the end equals what an
// undisturbed run finds, byte for byte; and a build that stores offsets before the commit does not
// pass.
#include "base/random.hpp"
#include "e2e/house.hpp"
#include "sink/kafka_producer.hpp"
#include "support/kafka_broker.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace spoor::test {
namespace {

using std::chrono::seconds;

constexpr int num_messages = 300'000;  // each topic
constexpr int num_file_lines = 6'000;  // before and after the rotation

struct Input {
    std::string first_topic;
    std::string second_topic;
    TempDir files;

    [[nodiscard]] std::string log() const { return (files / "app.log").string(); }

    [[nodiscard]] std::string rotated() const { return (files / "app.log.1").string(); }
};

std::string line(int n, const char* when) {
    return fmt::format(
        R"({{"entity":"filehost{}","cpu_usage_mean":{},"disk_io_mean":0.2,"timestamp":"2026-03-01T{}:{:02}:{:02}Z"}})"
        "\n",
        n % 5,
        n % 100 == 0 ? 0.95 : 0.3,
        when,
        n / 60 % 60,
        n % 60);
}

void write_log(const std::string& path, const char* when) {
    std::string text;
    for (int i = 0; i < num_file_lines; ++i) {
        text += line(i, when);
    }
    text += "{\"poison in a file\": \n";
    write_file(path, text);
}

void produce_array(const std::string& topic) {
    auto producer = sink::KafkaProducer::make(KafkaBroker::shared().bootstrap()).value();
    const std::string array =
        R"([{"entity":"arrayhost","cpu_usage_mean":0.91,"timestamp":"2026-03-01T10:00:00Z"},{"bad" 1},)"
        R"({"entity":"arrayhost","disk_io_mean":0.92,"timestamp":"2026-03-01T10:00:01Z"}])";
    sink::KafkaRecord record;
    record.topic = topic;
    record.key = "arrayhost";
    record.value = array;
    ASSERT_TRUE(producer->produce(record, seconds{10}));
    ASSERT_TRUE(producer->flush(seconds{10}).complete());
}

std::string config_for(const Input& input, const std::string& group, int shards) {
    return fmt::format(R"(kafka:
  bootstrap_servers: "{}"
  topics: ["{}", "{}"]
  group_id: "{}"
  auto_offset_reset: earliest
  auto_commit_interval_ms: 10
files:
  - path: "{}"
pipeline:
  shards: {}
  epoch_records: 2000
)",
                       KafkaBroker::shared().bootstrap(),
                       input.first_topic,
                       input.second_topic,
                       group,
                       input.log(),
                       shards);
}

std::int64_t file_position(const House& house, const Input& input) {
    return house.position("file:" + input.log());
}

// The new file takes the path while the old one may still be being read.
void rotate(const Input& input) {
    std::filesystem::rename(input.log(), input.rotated());
    write_log(input.log(), "12");
}

void reset_files(const Input& input) {
    std::filesystem::remove(input.rotated());
    write_log(input.log(), "08");
}

class Crash : public testing::Test {
protected:
    static void SetUpTestSuite() {
        KafkaBroker& broker = KafkaBroker::shared();
        input_ = std::make_unique<Input>();
        input_->first_topic = broker.fresh_topic("crash-a", 3);
        input_->second_topic = broker.fresh_topic("crash-b", 3);
        const House maker(config_for(*input_, "maker", 1));
        int seed = 21;
        for (const std::string& topic : {input_->first_topic, input_->second_topic}) {
            const Finished produced = maker.spoor({"produce",
                                                   "--num",
                                                   std::to_string(num_messages),
                                                   "--seed",
                                                   std::to_string(seed++),
                                                   "--poison",
                                                   "25",
                                                   "--late",
                                                   "100",
                                                   "--hosts",
                                                   "300",
                                                   "--topic",
                                                   topic});
            ASSERT_EQ(produced.exit_code, 0) << produced.err;
            produce_array(topic);
        }
        // Undisturbed.
        reset_files(*input_);
        const House calm(config_for(*input_, "calm", 1));
        const auto run = calm.start_run({"--until-idle", "3s"});
        ASSERT_TRUE(wait_until(seconds{60}, [&] { return file_position(calm, *input_) > 0; }))
            << run->err();
        rotate(*input_);
        ASSERT_EQ(run->wait(seconds{120}), 0) << run->err();
        expected_ = std::make_unique<Results>(calm.results());
        ASSERT_GT(expected_->alerts.size(), 190'000U);
        ASSERT_EQ(expected_->letters.size(), 25U * 2 + 2 + 2);
    }

    static void TearDownTestSuite() {
        input_.reset();
        expected_.reset();
    }

    static std::unique_ptr<Input> input_;
    static std::unique_ptr<Results> expected_;
};

std::unique_ptr<Input> Crash::input_;
std::unique_ptr<Results> Crash::expected_;

bool all_read(const House& house, const Input& input) {
    std::int64_t total = 0;
    for (const std::string& topic : {input.first_topic, input.second_topic}) {
        for (const std::int64_t end : KafkaBroker::shared().end_offsets(topic)) {
            total += end;
        }
    }
    return house.kafka_records_read() == total;
}

TEST_F(Crash, KilledAtRandomMomentsAndNamedPoints) {
    reset_files(*input_);
    House house(config_for(*input_, "crash", 1));
    Random random(99);
    constexpr const char* points[] = {
        "mid_epoch", "before_commit", "after_commit", "before_offset_commit"};
    int kills = 0;
    int mid_stream = 0;
    bool rotated = false;
    for (int life = 0; life < 24; ++life) {
        house.configure(config_for(*input_, "crash", life % 2 == 0 ? 1 : 4));
        const std::uint64_t before = house.epoch();
        mid_stream += before > 0 && !all_read(house, *input_) ? 1 : 0;
        if (life <
            20) {  // a random moment: some epochs on, and a random fraction of a millisecond more
            const auto process = house.start_run();
            const std::uint64_t target = before + 1 + random.below(8);
            ASSERT_TRUE(wait_until(seconds{60}, [&] { return house.epoch() >= target; }))
                << process->err();
            (void)wait_until(std::chrono::milliseconds{random.below(12)},
                             [&] { return !process->running(); });
            process->kill9();
        } else {  // a named point, at its third passing
            const auto process = house.start_run(
                {}, faulty_binary(), {{"SPOOR_KILL_AT", fmt::format("{}:3", points[life - 20])}});
            ASSERT_EQ(process->wait(seconds{60}), 128 + SIGKILL) << points[life - 20] << "\n"
                                                                 << process->err();
        }
        ++kills;
        if (!rotated && file_position(house, *input_) > 0) {
            rotate(*input_);
            rotated = true;
        }
    }
    ASSERT_TRUE(rotated);
    const auto last = house.start_run({"--until-idle", "3s"});
    ASSERT_EQ(last->wait(seconds{120}), 0) << last->err();
    EXPECT_EQ(difference(*expected_, house.results()), "");
    EXPECT_GE(mid_stream, 15);
    for (const std::string& topic : {input_->first_topic, input_->second_topic}) {
        EXPECT_EQ(KafkaBroker::shared().committed_offsets("crash", topic),
                  KafkaBroker::shared().end_offsets(topic));
    }
    std::printf("%d kills, %d restores in mid stream, %zu alerts\n",
                kills,
                mid_stream,
                expected_->alerts.size());
}

// The test above can fail: offsets stored before the commit lose what was between them.
TEST_F(Crash, OffsetsStoredBeforeTheCommitAreFound) {
    reset_files(*input_);
    const House house(config_for(*input_, "faulty", 1));
    for (int life = 0; life < 3; ++life) {
        const auto process = house.start_run(
            {},
            faulty_binary(),
            {{"SPOOR_FAULT", "acknowledge_before_commit"}, {"SPOOR_KILL_AT", "before_commit:4"}});
        ASSERT_EQ(process->wait(seconds{60}), 128 + SIGKILL) << process->err();
    }
    // The file's position is the store's own, so its part is whole; records of Kafka are missing,
    // and nothing else is wrong.
    const auto last = house.start_run({"--until-idle", "3s"});
    ASSERT_EQ(last->wait(seconds{120}), 0) << last->err();
    const Results got = house.results();
    std::size_t missing = 0;
    for (const auto& [id, json] : expected_->alerts) {
        const bool of_kafka = json.find("\"kafka:") != std::string::npos;
        missing += of_kafka && !got.alerts.contains(id) ? 1U : 0U;
    }
    EXPECT_GT(missing, 0U);
    for (const auto& [id, json] : got.alerts) {
        EXPECT_TRUE(json.find("\"threshold\"") == std::string::npos ||
                    expected_->alerts.contains(id))
            << json;
    }
}

}  // namespace
}  // namespace spoor::test
