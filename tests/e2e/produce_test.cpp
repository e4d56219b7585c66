// `spoor produce` and `spoor simulate` as a person types them, against a real broker.
#include "e2e/house.hpp"
#include "support/kafka_broker.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace spoor::test {
namespace {

using Json = nlohmann::json;

std::string config_for(const std::string& topic) {
    return fmt::format(
        "kafka:\n  bootstrap_servers: {}\n  topic: {}\nsimulation:\n  output:\n    type: kafka\n"
        "    kafka_topic: {}-sim\n  events:\n    rate: 30\n",
        KafkaBroker::shared().bootstrap(),
        topic,
        topic);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::int64_t records_in(const std::string& topic) {
    const auto ends = KafkaBroker::shared().end_offsets(topic);
    return std::accumulate(ends.begin(), ends.end(), std::int64_t{0});
}

TEST(Produce, MakesTheTopicKeysByHostAndPrintsOffsets) {
    const House house(config_for("produce-few"));
    const Finished done = house.spoor({"produce", "--num", "20", "--poison", "3", "--json"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_NE(done.err.find("made topic produce-few with 3 partitions"), std::string::npos)
        << done.err;
    std::map<std::string, std::set<int>> partitions;
    std::map<std::string, int> kinds;
    std::set<std::pair<int, std::int64_t>> places;
    for (const std::string& line : lines_of(done.out)) {
        const Json json = Json::parse(line);
        partitions[json.at("host")].insert(json.at("partition").get<int>());
        ++kinds[json.at("kind")];
        places.emplace(json.at("partition").get<int>(), json.at("offset").get<std::int64_t>());
    }
    EXPECT_EQ(kinds["message"], 20);
    EXPECT_EQ(kinds["poison"], 3);
    EXPECT_EQ(places.size(), 23U);
    for (const auto& [host, of] : partitions) {
        EXPECT_EQ(of.size(), 1U) << host << " is split";
    }
    EXPECT_EQ(records_in("produce-few"), 23);

    const Finished again = house.spoor({"produce", "--num", "2"});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(again.err.find("made topic"), std::string::npos) << again.err;
    EXPECT_EQ(lines_of(again.out).size(), 2U);
    EXPECT_EQ(records_in("produce-few"), 25);
}

TEST(Produce, ManyRecordsAreSummedUpByPartition) {
    const House house(config_for("produce-many"));
    const Finished done =
        house.spoor({"produce", "--num", "5000", "--hosts", "100", "--partitions", "4", "--json"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    std::int64_t sum = 0;
    for (const std::string& line : lines_of(done.out)) {
        const Json json = Json::parse(line);
        sum += json.at("records").get<std::int64_t>();
        EXPECT_EQ(json.at("last_offset").get<std::int64_t>() -
                      json.at("first_offset").get<std::int64_t>() + 1,
                  json.at("records").get<std::int64_t>());
    }
    EXPECT_EQ(sum, 5000);
    EXPECT_EQ(KafkaBroker::shared().end_offsets("produce-many").size(), 4U);
}

TEST(Produce, ABrokerThatIsAwayIsExitCodeFive) {
    const House house("{}\n");
    const Finished done = house.spoor(
        {"produce", "--num", "1", "--bootstrap", fmt::format("127.0.0.1:{}", free_port())});
    EXPECT_EQ(done.exit_code, 5);
    EXPECT_NE(done.err.find("--bootstrap"), std::string::npos) << done.err;
}

TEST(Simulate, WritesTheSameFileFromASeedWithItsTruth) {
    const House house(config_for("unused"));
    const TempDir dir;
    const auto simulate = [&](const std::string& name, const std::string& seed) {
        const Finished done = house.spoor({"simulate",
                                           "--duration",
                                           "6h",
                                           "--start",
                                           "2026-03-02T08:00:00Z",
                                           "--realism",
                                           "intermediate",
                                           "--scenario",
                                           "brute_force@2h@host3",
                                           "--scenario",
                                           "data_exfiltration",
                                           "--strip-labels",
                                           "--seed",
                                           seed,
                                           "--truth",
                                           dir / (name + ".truth"),
                                           "--output",
                                           dir / name});
        EXPECT_EQ(done.exit_code, 0) << done.err;
        EXPECT_EQ(done.out, "");
        EXPECT_NE(done.err.find("2 attacks"), std::string::npos) << done.err;
        return read_file(dir / name);
    };
    const std::string first = simulate("first", "7");
    EXPECT_EQ(simulate("same", "7"), first);
    EXPECT_NE(simulate("other", "8"), first);
    EXPECT_EQ(first.find("scenario"), std::string::npos);

    const std::vector<std::string> events = lines_of(first);
    EXPECT_GT(events.size(), 5'000U);  // 30 a minute, from the configuration
    std::map<std::string, int> of_type;
    for (const std::string& line : lines_of(read_file(dir / "first.truth"))) {
        const Json truth = Json::parse(line);
        const Json event = Json::parse(events.at(truth.at("event").get<std::size_t>()));
        EXPECT_TRUE(event.value("host", event.at("entity")) == truth.at("host")) << line;
        ++of_type[truth.at("scenario_type")];
    }
    EXPECT_GE(of_type["brute_force"], 12);
    EXPECT_GE(of_type["data_exfiltration"], 10);

    const Finished over = house.spoor({"simulate", "--duration", "1h", "--output", dir / "first"});
    EXPECT_EQ(over.exit_code, 3);
    EXPECT_EQ(read_file(dir / "first"), first);
}

TEST(Simulate, WritesToItsOwnTopic) {
    const House house(config_for("simulate-kafka"));
    const Finished done = house.spoor({"simulate", "--duration", "60", "--output", "kafka"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_NEAR(static_cast<double>(records_in("simulate-kafka-sim")), 1800, 200);
}

TEST(Simulate, SaysWhatReplacesTheOriginalsRedisOutput) {
    const House house("{}\n");
    for (const char* output : {"redis", "both"}) {
        const Finished done = house.spoor({"simulate", "--output", output});
        EXPECT_EQ(done.exit_code, 3);
        EXPECT_NE(done.err.find("redis.enabled"), std::string::npos) << done.err;
    }
    const Finished typo = house.spoor({"simulate", "--scenario", "brute-force"});
    EXPECT_EQ(typo.exit_code, 3);
    EXPECT_NE(typo.err.find("did you mean 'brute_force'?"), std::string::npos) << typo.err;
}

}  // namespace
}  // namespace spoor::test
