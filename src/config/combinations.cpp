#include "config/loading.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>

namespace spoor::config {

namespace {

YamlPlace place_of(const Loading& l, std::string_view path) {
    const Setting* s = l.find(path);
    return s != nullptr ? s->place : l.section("redis");
}

void check_redis_tls(Loading& l) {
    const Redis& redis = l.config.redis;
    if (!redis.tls) {
        for (const char* path :
             {"redis.ca_file", "redis.cert_file", "redis.key_file", "redis.server_name"}) {
            if (l.find(path) != nullptr && l.is_missing("redis.tls")) {
                l.error("conflict",
                        place_of(l, path),
                        fmt::format("'{}' is set, but not 'redis.tls': nothing would be encrypted",
                                    path),
                        "tls: true");
                break;
            }
        }
    } else if (!redis.verify) {
        l.report(Severity::warning,
                 "unverified",
                 place_of(l, "redis.verify"),
                 "without 'verify' any server can pass for this Redis");
    }
    if (redis.cert_file.empty() != redis.key_file.empty() &&
        l.is_missing(redis.cert_file.empty() ? "redis.cert_file" : "redis.key_file")) {
        l.error("missing-key",
                place_of(l, redis.cert_file.empty() ? "redis.key_file" : "redis.cert_file"),
                "'redis.cert_file' and 'redis.key_file' need each other");
    }
    if (redis.tls) {
        for (const char* path : {"redis.ca_file", "redis.cert_file", "redis.key_file"}) {
            const Setting* s = l.find(path);
            if (s != nullptr && !l.environment.file_readable(s->value.text)) {
                l.error("missing-file",
                        s->place,
                        fmt::format("'{}': the file '{}' cannot be read",
                                    path,
                                    s->masked ? "****" : s->value.text));
            }
        }
    }
}

void check_redis(Loading& l) {
    const Redis& redis = l.config.redis;
    check_redis_tls(l);
    if (l.find("redis.unix_socket") != nullptr) {
        for (const char* path : {"redis.host", "redis.port", "redis.tls"}) {
            const Setting* s = l.find(path);
            if (s != nullptr && !(s->key->type == KeyType::boolean && !s->value.flag)) {
                l.error("conflict",
                        s->place,
                        fmt::format("'{}' does not go with 'redis.unix_socket'", path),
                        "keep one of them");
            }
        }
    }
    if (!redis.username.empty() && redis.password.empty() && l.is_missing("redis.password")) {
        l.error("missing-key",
                place_of(l, "redis.username"),
                "'redis.username' needs 'redis.password'");
    }
    if (redis.legacy_list && !redis.enabled) {
        l.report(Severity::warning,
                 "no-effect",
                 place_of(l, "redis.legacy_list"),
                 "'redis.legacy_list' is set, but 'redis.enabled' is not: nothing is written");
    }
}

void check_pipeline(Loading& l) {
    const Pipeline& p = l.config.pipeline;
    if (p.epoch_age_behind < p.epoch_age) {
        const Setting* s = l.find("pipeline.epoch_age_behind");
        s = s != nullptr ? s : l.find("pipeline.epoch_age");
        l.error("conflict",
                s->place,
                fmt::format("'pipeline.epoch_age_behind' ({}) is below 'pipeline.epoch_age' ({})",
                            format_duration(p.epoch_age_behind),
                            format_duration(p.epoch_age)));
    }
}

void check_simulation(Loading& l) {
    const Simulation& s = l.config.simulation;
    static constexpr std::array<const char*, 3> shares = {"simulation.events.distribution.network",
                                                          "simulation.events.distribution.endpoint",
                                                          "simulation.events.distribution.user"};
    constexpr double tolerance = 1e-6;
    const double sum = s.share_network + s.share_endpoint + s.share_user;
    bool all_good = l.file.complete;
    for (const char* path : shares) {
        all_good = all_good && (!l.mentioned.contains(path) || l.find(path) != nullptr);
    }
    if (all_good && std::abs(sum - 1.0) > tolerance) {
        l.error(
            "conflict",
            l.section("simulation.events.distribution"),
            fmt::format("the shares network, endpoint and user add up to {:.3g}, not to 1", sum));
    }
    if (s.business_start >= s.business_end) {
        const Setting* end = l.find("simulation.time_patterns.business_hours.end");
        const Setting* start = l.find("simulation.time_patterns.business_hours.start");
        l.error("conflict",
                (end != nullptr ? end : start)->place,
                fmt::format(
                    "work ends at {}, before it starts at {}", s.business_end, s.business_start));
    }
}

}  // namespace

void check_combinations(Loading& loading) {
    check_redis(loading);
    check_pipeline(loading);
    check_simulation(loading);
}

}  // namespace spoor::config
