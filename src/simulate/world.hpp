// The made-up world: networks, hosts and users of a simulation, as the settings and the seed give
// them, and when they are active.
//
// Immutable once made; safe from any thread. Owner: Campaign.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::simulate {

enum class Realism : std::uint8_t { basic, intermediate, advanced };
[[nodiscard]] Realism parse_realism(std::string_view name);  // anything else: basic

enum class Role : std::uint8_t { workstation, laptop, server, database, domain_controller };
inline constexpr std::size_t num_roles = 5;

[[nodiscard]] constexpr bool runs_windows(Role role) {
    return role != Role::server && role != Role::database;
}

[[nodiscard]] constexpr bool is_personal(Role role) {
    return role == Role::workstation || role == Role::laptop;
}

struct Host {
    std::string name;
    Role role = Role::workstation;
    std::uint32_t address = 0;  // IPv4
    std::uint64_t seed = 0;     // of its habits
    std::uint32_t weight = 0;   // share of the endpoint and network events
    std::vector<std::uint32_t> users;
};

struct User {
    std::string name;
    std::size_t host = 0;  // its machine
};

class World {
public:
    World(const config::Simulation& settings, std::uint64_t seed);

    [[nodiscard]] Realism realism() const { return realism_; }

    [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }

    [[nodiscard]] const std::vector<User>& users() const { return users_; }

    // Hosts by weight.
    [[nodiscard]] std::size_t pick_host(Random& random) const;
    // A Linux host; any host if there is none.
    [[nodiscard]] std::size_t pick_linux_host(Random& random) const;
    // hosts().size() if there is none of that name.
    [[nodiscard]] std::size_t find_host(std::string_view name) const;
    // Its owner, or the account that a server's own work runs under.
    [[nodiscard]] std::string_view pick_account(const Host& host, Random& random) const;
    // 1 in business hours or without time patterns; less at night and on days off.
    [[nodiscard]] double activity(Role role, Timestamp time) const;
    [[nodiscard]] bool in_business_hours(Timestamp time) const;

private:
    void make_hosts(const config::Simulation& settings, std::uint64_t seed);
    void make_users(const config::Simulation& settings);

    Realism realism_;
    bool has_time_patterns_;
    int business_start_;
    int business_end_;
    std::array<bool, 7> is_business_day_{};  // Monday = 0
    std::vector<Host> hosts_;
    std::vector<User> users_;
    std::vector<std::uint64_t> weights_;  // running totals
    std::vector<std::size_t> linux_;
};

// An IPv4 network a.b.c.d/n.
struct Subnet {
    std::uint32_t base = 0;
    int prefix = 24;

    // Its i-th host address, from .10 on where there is room; wraps around.
    [[nodiscard]] std::uint32_t address(std::uint64_t i) const;
};

// The first `count` of the texts that are IPv4 networks; made-up ones for those that lack.
[[nodiscard]] std::vector<Subnet> parse_subnets(const std::vector<std::string>& texts, int count);
[[nodiscard]] std::string format_address(std::uint32_t address);

}  // namespace spoor::simulate
