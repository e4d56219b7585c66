// Properties of campaigns for whatever settings: order, hosts, JSON, repeatability.
#include "simulate/produce_stream.hpp"
#include "simulate/simulate.hpp"
#include "simulate/world.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace spoor::simulate {
namespace {

rc::Gen<CampaignOptions> campaigns() {
    return rc::gen::exec([] {
        CampaignOptions o;
        o.seed = *rc::gen::arbitrary<std::uint64_t>();
        o.start = Timestamp{std::chrono::seconds{*rc::gen::inRange(0, 2'000'000'000)}};
        o.length = std::chrono::minutes{*rc::gen::inRange(1, 300)};
        o.strip_labels = *rc::gen::arbitrary<bool>();
        config::Simulation& s = o.settings;
        s.realism = *rc::gen::elementOf(
            std::vector<std::string>{"basic", "intermediate", "advanced", "unheard of"});
        s.num_hosts = *rc::gen::inRange(1, 30);
        s.num_users = *rc::gen::inRange(1, 30);
        s.num_networks = *rc::gen::inRange(1, 6);
        s.subnets = *rc::gen::elementOf(std::vector<std::vector<std::string>>{
            {}, {"10.0.0.0/8"}, {"192.168.7.0/30", "172.16.0.0/12"}, {"nonsense", "1.2.3.4/32"}});
        s.rate_per_minute = *rc::gen::elementOf(std::vector<double>{0, 0.001, 1, 5, 60});
        s.share_network = *rc::gen::inRange(0, 3);
        s.share_endpoint = *rc::gen::inRange(0, 3);
        s.share_user = *rc::gen::inRange(0, 3);
        s.scenarios = *rc::gen::arbitrary<bool>();
        s.scenario_frequency =
            *rc::gen::elementOf(std::vector<std::string>{"low", "medium", "high"});
        s.scenarios_at_once = *rc::gen::inRange(1, 4);
        s.time_patterns = *rc::gen::arbitrary<bool>();
        s.business_start = *rc::gen::inRange(0, 24);
        s.business_end = *rc::gen::inRange(1, 25);
        s.adaptive = *rc::gen::arbitrary<bool>();
        const int planned = *rc::gen::inRange(0, 4);
        for (int i = 0; i < planned; ++i) {
            CampaignOptions::Planned p;
            p.scenario =
                *rc::gen::elementOf(std::vector<std::string>{"data_exfiltration", "brute_force"});
            p.after = std::chrono::minutes{*rc::gen::inRange(0, 400)};
            p.host = *rc::gen::elementOf(std::vector<std::string>{"", "host1", "nobody"});
            o.planned.push_back(p);
        }
        return o;
    });
}

RC_GTEST_PROP(CampaignProperties, OrderedWithinItsLengthAndJson, ()) {
    const CampaignOptions o = *campaigns();
    const World world(o.settings, o.seed);
    Campaign campaign(o);
    Campaign again(o);
    Timestamp last = o.start;
    while (const auto m = campaign.next()) {
        const auto same = again.next();
        RC_ASSERT(same.has_value());
        RC_ASSERT(same->json == m->json);
        RC_ASSERT(m->time >= last);
        RC_ASSERT(m->time < o.start + o.length);
        last = m->time;
        RC_ASSERT(world.find_host(m->host) < world.hosts().size());
        RC_ASSERT(m->anomalous == !m->scenario_id.empty());
        RC_ASSERT(m->anomalous == (m->stage >= 0));
        const auto json = nlohmann::json::parse(m->json, nullptr, false);
        RC_ASSERT(json.is_object());
        RC_ASSERT(json.at("is_simulated") == true);
        RC_ASSERT(parse_time(json.at("timestamp").get<std::string>()) == m->time);
        RC_ASSERT(json.contains("severity") != o.strip_labels);
        RC_ASSERT(json.contains("scenario_id") == (m->anomalous && !o.strip_labels));
    }
    RC_ASSERT(!again.next().has_value());
    RC_ASSERT(!campaign.next().has_value());
}

RC_GTEST_PROP(ProduceStreamProperties, CountsAreExactAndMessagesInOrder, ()) {
    ProduceOptions o;
    o.features.seed = *rc::gen::arbitrary<std::uint64_t>();
    o.features.start = Timestamp{std::chrono::seconds{1'770'000'000}};
    o.features.anomaly_every = *rc::gen::inRange(0, 5);
    o.features.num_hosts = *rc::gen::inRange(0, 4);
    o.messages = *rc::gen::inRange<std::uint64_t>(1, 200);
    o.poison = *rc::gen::inRange<std::uint64_t>(0, 20);
    o.late = *rc::gen::inRange<std::uint64_t>(0, 20);
    o.duplicates = *rc::gen::inRange<std::uint64_t>(0, 20);
    ProduceStream stream(o);
    std::vector<std::uint64_t> count(4);
    while (const auto record = stream.next()) {
        const auto kind = static_cast<std::size_t>(record->kind);
        if (record->kind == RecordKind::message) {
            RC_ASSERT(record->message.time ==
                      o.features.start + o.features.step * static_cast<std::int64_t>(count[kind]));
        }
        ++count[kind];
    }
    RC_ASSERT(count == (std::vector<std::uint64_t>{o.messages, o.poison, o.late, o.duplicates}));
}

}  // namespace
}  // namespace spoor::simulate
