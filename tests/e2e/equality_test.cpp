// The main job on a real broker: what a threaded run finds equals what an inline run finds over the
// same topic.
#include "e2e/house.hpp"
#include "support/kafka_broker.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace spoor::test {
namespace {

std::string config_for(const std::string& topic, const std::string& group, int shards) {
    return fmt::format(R"(kafka:
  bootstrap_servers: "{}"
  topic: "{}"
  group_id: "{}"
  auto_offset_reset: earliest
  auto_commit_interval_ms: 100
pipeline:
  shards: {}
)",
                       KafkaBroker::shared().bootstrap(),
                       topic,
                       group,
                       shards);
}

TEST(Equality, HundredThousandMessagesWithAnomaliesAndPoison) {
    KafkaBroker& broker = KafkaBroker::shared();
    const std::string topic = broker.fresh_topic("equality", 6);
    const House threads(config_for(topic, "threads", 3));
    const Finished produced = threads.spoor({"produce",
                                             "--num",
                                             "100000",
                                             "--seed",
                                             "11",
                                             "--poison",
                                             "50",
                                             "--hosts",
                                             "200",
                                             "--topic",
                                             topic});
    ASSERT_EQ(produced.exit_code, 0) << produced.err;

    const Finished ran = threads.spoor({"run", "--until-idle", "3s"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const House inline_house(config_for(topic, "inline", 1));
    const Finished ran_inline = inline_house.spoor({"run", "--inline", "--until-idle", "3s"});
    ASSERT_EQ(ran_inline.exit_code, 0) << ran_inline.err;

    const Results expected = inline_house.results();
    const Results got = threads.results();
    EXPECT_EQ(difference(expected, got), "");
    EXPECT_GE(got.alerts.size(), 33'000U);  // every third message is anomalous
    EXPECT_EQ(got.letters.size(), 50U);
    EXPECT_EQ(broker.committed_offsets("threads", topic), broker.end_offsets(topic));
}

}  // namespace
}  // namespace spoor::test
