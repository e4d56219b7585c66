#include "simulate/world.hpp"

#include "simulate/draw.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace spoor::simulate {

Realism parse_realism(std::string_view name) {
    if (name == "advanced") {
        return Realism::advanced;
    }
    return name == "intermediate" ? Realism::intermediate : Realism::basic;
}

namespace {

// Who is what, over and over; the first ten make a small office.
constexpr std::array<Role, 10> role_cycle = {Role::workstation,
                                             Role::workstation,
                                             Role::server,
                                             Role::laptop,
                                             Role::database,
                                             Role::workstation,
                                             Role::laptop,
                                             Role::server,
                                             Role::workstation,
                                             Role::domain_controller};

struct Activity {
    double night;
    double day_off;
};

// By Role.
constexpr std::array<Activity, num_roles> activities = {
    {{0.30, 0.20}, {0.20, 0.12}, {0.85, 0.80}, {0.90, 0.85}, {0.65, 0.60}}};

constexpr std::array<std::string_view, 4> server_accounts = {
    "root", "www-data", "svc-deploy", "svc-monitor"};
constexpr std::array<std::string_view, 3> database_accounts = {"postgres", "root", "svc-backup"};
constexpr std::array<std::string_view, 2> controller_accounts = {"SYSTEM", "svc-directory"};

std::optional<Subnet> parse_subnet(std::string_view text) {
    Subnet subnet;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (int part = 0; part < 5; ++part) {
        unsigned value = 0;
        const auto [next, error] = std::from_chars(at, end, value);
        const bool is_prefix = part == 4;
        if (error != std::errc{} || value > (is_prefix ? 32U : 255U)) {
            return std::nullopt;
        }
        if (is_prefix) {
            subnet.prefix = static_cast<int>(value);
            at = next;
            break;
        }
        if (next == end || *next != (part == 3 ? '/' : '.')) {
            return std::nullopt;
        }
        subnet.base = subnet.base << 8U | value;
        at = next + 1;
    }
    if (at != end) {
        return std::nullopt;
    }
    subnet.base &=
        static_cast<std::uint32_t>(~std::uint64_t{0} << static_cast<unsigned>(32 - subnet.prefix));
    return subnet;
}

}  // namespace

std::uint32_t Subnet::address(std::uint64_t i) const {
    const std::uint64_t size = std::uint64_t{1} << static_cast<unsigned>(32 - prefix);
    // Without the network's own and the broadcast address, where it has them.
    const std::uint64_t first = size > 32 ? 10 : size > 2 ? 1 : 0;
    const std::uint64_t usable = size > 2 ? size - 1 - first : size;
    return base + static_cast<std::uint32_t>(first + i % usable);
}

std::vector<Subnet> parse_subnets(const std::vector<std::string>& texts, int count) {
    const std::size_t wanted = static_cast<std::size_t>(std::max(count, 1));
    std::vector<Subnet> subnets;
    for (const std::string& text : texts) {
        if (const auto subnet = parse_subnet(text); subnet && subnets.size() < wanted) {
            subnets.push_back(*subnet);
        }
    }
    for (std::uint32_t i = 0; subnets.size() < std::min<std::size_t>(wanted, 256); ++i) {
        subnets.push_back({(10U << 24U) | (200U << 16U) | (i << 8U), 24});
    }
    return subnets;
}

std::string format_address(std::uint32_t address) {
    return fmt::format(
        "{}.{}.{}.{}", address >> 24U, address >> 16U & 255U, address >> 8U & 255U, address & 255U);
}

World::World(const config::Simulation& settings, std::uint64_t seed)
    : realism_(parse_realism(settings.realism)),
      has_time_patterns_(settings.time_patterns || realism_ != Realism::basic),
      business_start_(settings.business_start),
      business_end_(settings.business_end) {
    for (const int day : settings.business_days) {
        if (day >= 0 && day < 7) {
            is_business_day_[static_cast<std::size_t>(day)] = true;
        }
    }
    make_hosts(settings, seed);
    make_users(settings);
}

void World::make_hosts(const config::Simulation& settings, std::uint64_t seed) {
    const std::vector<Subnet> subnets = parse_subnets(settings.subnets, settings.num_networks);
    const auto count = static_cast<std::size_t>(std::max(settings.num_hosts, 1));
    hosts_.reserve(count);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        Host host;
        host.name = fmt::format("{}{}", settings.host_prefix, i + 1);
        host.role = role_cycle[i % role_cycle.size()];
        host.address = subnets[i % subnets.size()].address(i / subnets.size());
        host.seed = trait(seed, 1, i);
        host.weight = realism_ == Realism::basic
                          ? 100
                          : static_cast<std::uint32_t>(80 + trait(seed, 2, i) % 41);
        total += host.weight;
        weights_.push_back(total);
        if (!runs_windows(host.role)) {
            linux_.push_back(i);
        }
        hosts_.push_back(std::move(host));
    }
}

void World::make_users(const config::Simulation& settings) {
    std::vector<std::size_t> machines;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        if (is_personal(hosts_[i].role)) {
            machines.push_back(i);
        }
    }
    const auto count = static_cast<std::size_t>(std::max(settings.num_users, 1));
    users_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        User user;
        user.name = fmt::format("{}{}", settings.user_prefix, i + 1);
        user.host = machines[i % machines.size()];  // host 1 is a workstation
        hosts_[user.host].users.push_back(static_cast<std::uint32_t>(i));
        users_.push_back(std::move(user));
    }
}

std::size_t World::pick_host(Random& random) const {
    const std::uint64_t at = random.below(weights_.back());
    return static_cast<std::size_t>(std::upper_bound(weights_.begin(), weights_.end(), at) -
                                    weights_.begin());
}

std::size_t World::pick_linux_host(Random& random) const {
    return linux_.empty() ? random.below(hosts_.size()) : pick(random, linux_);
}

std::size_t World::find_host(std::string_view name) const {
    const auto it = std::find_if(
        hosts_.begin(), hosts_.end(), [&](const Host& host) { return host.name == name; });
    return static_cast<std::size_t>(it - hosts_.begin());
}

std::string_view World::pick_account(const Host& host, Random& random) const {
    if (!host.users.empty()) {
        return users_[pick(random, host.users)].name;
    }
    switch (host.role) {
        case Role::server:
            return pick(random, server_accounts);
        case Role::database:
            return pick(random, database_accounts);
        default:
            return pick(random, controller_accounts);
    }
}

bool World::in_business_hours(Timestamp time) const {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::weekday weekday{day};
    if (!is_business_day_[weekday.iso_encoding() - 1]) {
        return false;
    }
    const auto hour = std::chrono::duration_cast<std::chrono::hours>(time - day).count();
    // A shift may span midnight; then the part behind it belongs to the day it falls on.
    return business_start_ <= business_end_ ? hour >= business_start_ && hour < business_end_
                                            : hour >= business_start_ || hour < business_end_;
}

double World::activity(Role role, Timestamp time) const {
    if (!has_time_patterns_ || in_business_hours(time)) {
        return 1.0;
    }
    const std::chrono::weekday weekday{std::chrono::floor<std::chrono::days>(time)};
    const Activity& a = activities[static_cast<std::size_t>(role)];
    return is_business_day_[weekday.iso_encoding() - 1] ? a.night : a.day_off;
}

}  // namespace spoor::simulate
