#include "config/key_tables.hpp"

#include <array>
#include <charconv>

namespace spoor::config::tables {

namespace {

// a.b.c.d/n
std::string_view check_subnet(std::string_view text) {
    constexpr std::string_view bad = "is not a network such as 10.0.0.0/24";
    int part = 0;
    for (const char end : {'.', '.', '.', '/', '\0'}) {
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), part);
        text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
        const bool last = end == '\0';
        if (error != std::errc{} || part < 0 || part > (last ? 32 : 255) ||
            (last ? !text.empty() : text.empty() || text[0] != end)) {
            return bad;
        }
        text.remove_prefix(last ? 0 : 1);
    }
    return {};
}

constexpr auto table = std::to_array<Key>({
    {.path = "simulation.enabled",
     .type = KeyType::boolean,
     .fallback = "false",
     .status = KeyStatus::replaced,
     .about = "Whether the original's main program started its simulator",
     .note = "the simulator is a program of its own: `spoor simulate` runs it with this section's "
             "settings, whatever is said here",
     .set = set<&Config::simulation, &Simulation::enabled>},
    {.path = "simulation.realism_level",
     .type = KeyType::choice,
     .fallback = "basic",
     .choices = "basic|intermediate|advanced",
     .about = "How varied the made-up traffic is",
     .set = set<&Config::simulation, &Simulation::realism>},
    {.path = "simulation.output.type",
     .type = KeyType::choice,
     .fallback = "kafka",
     .choices = "kafka|redis|both",
     .status = KeyStatus::replaced,
     .about = "Where the original's simulator wrote to",
     .note = "`spoor simulate` is told on its command line where to write: standard output, a file "
             "or Kafka. It never writes events to Redis",
     .set = set<&Config::simulation, &Simulation::output>},
    {.path = "simulation.output.redis_key",
     .type = KeyType::text,
     .fallback = "apt:alerts",
     .status = KeyStatus::replaced,
     .about = "The Redis hash that the original's simulator wrote, and nothing read",
     .note = "nothing is written there; alerts reach Redis through the `redis` section"},
    {.path = "simulation.output.kafka_topic",
     .type = KeyType::text,
     .fallback = "apt_topic",
     .about = "Topic that `spoor simulate` writes to when it is told to write to Kafka and not "
              "told which",
     .set = set<&Config::simulation, &Simulation::kafka_topic>},
    {.path = "simulation.entities.hosts.count",
     .type = KeyType::integer,
     .fallback = "10",
     .min = 1,
     .max = 1'000'000,
     .about = "Number of hosts",
     .set = set<&Config::simulation, &Simulation::num_hosts>},
    {.path = "simulation.entities.hosts.prefix",
     .type = KeyType::text,
     .fallback = "host",
     .about = "What their names start with",
     .set = set<&Config::simulation, &Simulation::host_prefix>},
    {.path = "simulation.entities.users.count",
     .type = KeyType::integer,
     .fallback = "20",
     .min = 1,
     .max = 1'000'000,
     .about = "Number of users",
     .set = set<&Config::simulation, &Simulation::num_users>},
    {.path = "simulation.entities.users.prefix",
     .type = KeyType::text,
     .fallback = "user",
     .about = "What their names start with",
     .set = set<&Config::simulation, &Simulation::user_prefix>},
    {.path = "simulation.entities.networks.count",
     .type = KeyType::integer,
     .fallback = "3",
     .min = 1,
     .max = 256,
     .about = "How many of the subnets are used",
     .set = set<&Config::simulation, &Simulation::num_networks>},
    {.path = "simulation.entities.networks.subnets",
     .type = KeyType::text_list,
     .fallback = "[192.168.1.0/24, 10.0.0.0/24, 172.16.0.0/24]",
     .about = "Networks that the hosts are in, a.b.c.d/n",
     .set = set<&Config::simulation, &Simulation::subnets>,
     .check = check_subnet},
    {.path = "simulation.events.rate",
     .type = KeyType::number,
     .fallback = "5",
     .min = 0.001,
     .max = 1e9,
     .about = "Events per minute",
     .set = set<&Config::simulation, &Simulation::rate_per_minute>},
    {.path = "simulation.events.distribution.network",
     .type = KeyType::number,
     .fallback = "0.4",
     .min = 0,
     .max = 1,
     .about = "Share of network events; the three shares add up to 1",
     .set = set<&Config::simulation, &Simulation::share_network>},
    {.path = "simulation.events.distribution.endpoint",
     .type = KeyType::number,
     .fallback = "0.4",
     .min = 0,
     .max = 1,
     .about = "Share of endpoint events",
     .set = set<&Config::simulation, &Simulation::share_endpoint>},
    {.path = "simulation.events.distribution.user",
     .type = KeyType::number,
     .fallback = "0.2",
     .min = 0,
     .max = 1,
     .about = "Share of user events",
     .set = set<&Config::simulation, &Simulation::share_user>},
    {.path = "simulation.scenarios.enabled",
     .type = KeyType::boolean,
     .fallback = "false",
     .about = "Whether attacks are mixed in by chance",
     .set = set<&Config::simulation, &Simulation::scenarios>},
    {.path = "simulation.scenarios.frequency",
     .type = KeyType::choice,
     .fallback = "medium",
     .choices = "low|medium|high",
     .about = "Chance that one starts in a minute: 0.1, 0.3, 0.5",
     .set = set<&Config::simulation, &Simulation::scenario_frequency>},
    {.path = "simulation.scenarios.concurrent",
     .type = KeyType::integer,
     .fallback = "2",
     .min = 1,
     .max = 1000,
     .about = "Most of them at the same time",
     .set = set<&Config::simulation, &Simulation::scenarios_at_once>},
    {.path = "simulation.time_patterns.enabled",
     .type = KeyType::boolean,
     .fallback = "false",
     .about = "Whether the rate follows the hour and the day of the week",
     .set = set<&Config::simulation, &Simulation::time_patterns>},
    {.path = "simulation.time_patterns.business_hours.start",
     .type = KeyType::integer,
     .fallback = "9",
     .min = 0,
     .max = 23,
     .about = "Hour that work starts",
     .set = set<&Config::simulation, &Simulation::business_start>},
    {.path = "simulation.time_patterns.business_hours.end",
     .type = KeyType::integer,
     .fallback = "17",
     .min = 1,
     .max = 24,
     .about = "Hour that work ends",
     .set = set<&Config::simulation, &Simulation::business_end>},
    {.path = "simulation.time_patterns.business_hours.days",
     .type = KeyType::integer_list,
     .fallback = "[0, 1, 2, 3, 4]",
     .min = 0,
     .max = 6,
     .about = "Days of work; 0 is Monday",
     .set = set<&Config::simulation, &Simulation::business_days>},
    {.path = "simulation.adaptive_behavior.enabled",
     .type = KeyType::boolean,
     .fallback = "false",
     .about = "Whether the made-up attackers adapt their pace to stay less visible",
     .set = set<&Config::simulation, &Simulation::adaptive>},
});

}  // namespace

std::span<const Key> simulation() {
    return table;
}

}  // namespace spoor::config::tables
