// What `spoor produce` sends, and how scenarios and lengths are named on a command line.
#include "simulate/produce_stream.hpp"

#include "simulate/schedule.hpp"
#include "simulate/truth.hpp"
#include "simulate/world.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spoor::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Timestamp start = parse_time("2026-03-02T10:00:00Z").value();

std::vector<ProducedRecord> all_of(const ProduceOptions& options) {
    ProduceStream stream(options);
    std::vector<ProducedRecord> all;
    while (auto record = stream.next()) {
        all.push_back(std::move(*record));
    }
    return all;
}

ProduceOptions options(std::uint64_t messages) {
    ProduceOptions o;
    o.features.start = start;
    o.messages = messages;
    return o;
}

TEST(ProduceStream, SendsAsManyOfEachKindAsAsked) {
    ProduceOptions o = options(300);
    o.poison = 50;
    o.late = 20;
    o.duplicates = 30;
    std::map<RecordKind, int> count;
    std::vector<RecordKind> order;
    for (const ProducedRecord& record : all_of(o)) {
        ++count[record.kind];
        order.push_back(record.kind);
    }
    EXPECT_EQ(count[RecordKind::message], 300);
    EXPECT_EQ(count[RecordKind::poison], 50);
    EXPECT_EQ(count[RecordKind::late], 20);
    EXPECT_EQ(count[RecordKind::duplicate], 30);
    EXPECT_EQ(order.size(), o.total());
    // Mixed, not in blocks: some of the extra ones in each quarter.
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
        int extra = 0;
        for (std::size_t i = quarter * 100; i < quarter * 100 + 100; ++i) {
            extra += order[i] == RecordKind::message ? 0 : 1;
        }
        EXPECT_GT(extra, 8) << quarter;
    }
}

TEST(ProduceStream, ExtraRecordsLeaveTheMessagesAlone) {
    const std::vector<ProducedRecord> plain = all_of(options(100));
    ProduceOptions o = options(100);
    o.poison = 10;
    o.late = 10;
    o.duplicates = 10;
    std::vector<ProducedRecord> mixed = all_of(o);
    std::erase_if(mixed, [](const auto& r) { return r.kind != RecordKind::message; });
    ASSERT_EQ(mixed.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        EXPECT_EQ(mixed[i].message.json, plain[i].message.json);
        EXPECT_EQ(plain[i].message.anomalous, i % 3 == 0);
    }
}

TEST(ProduceStream, DuplicatesRepeatAnEarlierMessageAndLateOnesAreLate) {
    ProduceOptions o = options(500);
    o.late = 50;
    o.duplicates = 100;
    std::set<std::string> seen;
    Timestamp now = start;
    for (const ProducedRecord& record : all_of(o)) {
        if (record.kind == RecordKind::duplicate) {
            EXPECT_TRUE(seen.contains(record.message.json));
        } else if (record.kind == RecordKind::late) {
            EXPECT_LT(record.message.time, start);
            EXPECT_TRUE(seen.insert(record.message.json).second);
        } else {
            EXPECT_GE(record.message.time, now);
            now = record.message.time;
            EXPECT_TRUE(seen.insert(record.message.json).second);
        }
    }
}

TEST(ProduceStream, PoisonAloneAndNothingToRepeat) {
    ProduceOptions o = options(0);
    o.poison = 3;
    o.duplicates = 5;
    EXPECT_EQ(all_of(o).size(), 3U);
    EXPECT_TRUE(all_of(options(0)).empty());
}

TEST(Schedule, NamesTimesAndHosts) {
    const auto planned = parse_schedule(
        {"brute_force@6h@host3", "data_exfiltration", "brute_force@90m", "brute_force"}, hours{24});
    ASSERT_TRUE(planned) << planned.error().detail;
    ASSERT_EQ(planned->size(), 4U);
    EXPECT_EQ((*planned)[0].scenario, "brute_force");
    EXPECT_EQ((*planned)[0].after, hours{6});
    EXPECT_EQ((*planned)[0].host, "host3");
    EXPECT_EQ((*planned)[1].scenario, "data_exfiltration");
    EXPECT_EQ((*planned)[1].after, hours{8});
    EXPECT_EQ((*planned)[1].host, "");
    EXPECT_EQ((*planned)[2].after, minutes{90});
    EXPECT_EQ((*planned)[3].after, hours{16});
}

TEST(Schedule, SaysWhatIsWrong) {
    const auto error = [](const std::string& text) {
        const auto planned = parse_schedule({text}, hours{24});
        return planned ? std::string("none") : planned.error().detail;
    };
    EXPECT_EQ(error("brute_farce"), "no scenario 'brute_farce'; did you mean 'brute_force'?");
    EXPECT_EQ(error("x"), "no scenario 'x'; there are data_exfiltration, brute_force");
    EXPECT_EQ(error("brute_force@soon"), "'soon' is not a time after the start, such as 90m or 6h");
    EXPECT_EQ(error("brute_force@2d"),
              "brute_force would start 2d after the start, when the run is over");
}

TEST(Schedule, LengthsAreDurationsOrTheOriginalsMinutes) {
    EXPECT_EQ(parse_length("24h"), hours{24});
    EXPECT_EQ(parse_length("90"), minutes{90});
    EXPECT_EQ(parse_length("0"), without_end);
    EXPECT_EQ(parse_length("0s"), without_end);
    EXPECT_FALSE(parse_length("-5"));
    EXPECT_FALSE(parse_length("soon"));
    EXPECT_FALSE(parse_length("99999999999999"));
}

TEST(Truth, ALineForEachEventOfAScenario) {
    CampaignOptions o;
    o.start = start;
    o.length = hours{2};
    o.settings.realism = "intermediate";
    o.strip_labels = true;
    o.planned = {{"brute_force", minutes{30}, "host3"}};
    Campaign campaign(o);
    Truth truth;
    std::string lines;
    std::vector<Message> all;
    while (auto m = campaign.next()) {
        truth.add(*m, lines);
        all.push_back(std::move(*m));
    }
    EXPECT_EQ(truth.num_events(), all.size());
    EXPECT_EQ(truth.num_scenarios(), 1U);
    std::size_t n = 0;
    for (std::size_t at = 0; at < lines.size(); ++n) {
        const std::size_t end = lines.find('\n', at);
        const auto json = nlohmann::json::parse(lines.substr(at, end - at));
        const Message& m = all.at(json.at("event").get<std::size_t>());
        EXPECT_EQ(json.at("timestamp"), format_time(m.time));
        EXPECT_EQ(json.at("host"), "host3");
        EXPECT_EQ(json.at("scenario_id"), m.scenario_id);
        EXPECT_EQ(json.at("scenario_type"), "brute_force");
        EXPECT_EQ(json.at("scenario_stage"), m.stage);
        at = end + 1;
    }
    EXPECT_GE(n, 12U);
    EXPECT_NE(truth.summary().find("scenario-0001  brute_force"), std::string::npos);
}

TEST(Subnets, AddressesStayInTheNetwork) {
    const auto subnets =
        parse_subnets({"192.168.1.0/24", "no", "10.1.2.77/30", "10.9.9.9/32", "10.0.0.0/8"}, 4);
    ASSERT_EQ(subnets.size(), 4U);
    EXPECT_EQ(format_address(subnets[0].address(0)), "192.168.1.10");
    EXPECT_EQ(format_address(subnets[0].address(244)), "192.168.1.254");
    EXPECT_EQ(format_address(subnets[0].address(245)), "192.168.1.10");
    EXPECT_EQ(format_address(subnets[1].address(0)), "10.1.2.77");
    EXPECT_EQ(format_address(subnets[1].address(1)), "10.1.2.78");
    EXPECT_EQ(format_address(subnets[1].address(2)), "10.1.2.77");
    EXPECT_EQ(format_address(subnets[2].address(5)), "10.9.9.9");
    EXPECT_EQ(format_address(subnets[3].address(300)), "10.0.1.54");
    EXPECT_EQ(parse_subnets({}, 2).size(), 2U);
}

TEST(World, BusinessHoursMaySpanMidnight) {
    config::Simulation settings;
    settings.time_patterns = true;
    settings.business_start = 22;
    settings.business_end = 6;
    const World world(settings, 1);
    const auto at = [](const char* text) { return parse_time(text).value(); };
    EXPECT_TRUE(world.in_business_hours(at("2026-03-02T23:00:00Z")));
    EXPECT_TRUE(world.in_business_hours(at("2026-03-02T05:59:59Z")));
    EXPECT_FALSE(world.in_business_hours(at("2026-03-02T06:00:00Z")));
    EXPECT_FALSE(world.in_business_hours(at("2026-03-07T23:00:00Z")));  // a Saturday
}

}  // namespace
}  // namespace spoor::simulate
