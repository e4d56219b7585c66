// RedisSink: alerts in Redis 7.0 or newer, as a hot window for dashboards and responders. Written
// by one Redis Function (sink/redis_function.hpp), which keeps the last sequence applied of each
// store with the data: connect() tells it, so that after a loss (FLUSHALL, a restart without its
// last writes, a failover) the pump sends again what is missing, and nothing is there twice.
//
// Keys, P being `{key_prefix}` in braces, so that all are in one slot:
//   P:alert:ID                     hash: json, severity, sequence; expires after the retention
//   P:applied                      hash: store id -> last sequence applied
//   P:idx:time P:idx:sev:N P:idx:host:H P:idx:tech:T P:idx:rule:R
//                                  sorted sets of ids by event time in ms
//   P:stream:alerts                stream, in order of storage: id, sequence, time, level,
//   severity,
//                                  host, rule, techniques
//   P:stats:alerts                 hash: written, trimmed, level:N
// and, if asked for, the original's list (`legacy_key`) of the alerts' JSON. Older than the
// retention (counted from storage) or beyond max_alerts is trimmed a bit with each write.
//
// One thread, the pump's. connect() and write() block up to the configured time-out.
#pragma once

#include "config/config.hpp"
#include "sink/redis_connection.hpp"
#include "sink/sink.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace spoor::sink {

class RedisSink final : public Sink {
public:
    explicit RedisSink(config::Redis config);

    [[nodiscard]] std::string_view name() const override { return "redis"; }

    [[nodiscard]] Result<SinkPosition> connect(std::string_view store_id) override;
    [[nodiscard]] WriteResult write(std::span<const StoredAlert> alerts) override;

    // Also false when the server answers but has less than was applied.
    [[nodiscard]] bool probe() override;

    void close() override { connection_.reset(); }

private:
    struct Group {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    [[nodiscard]] Result<void> load_function();
    [[nodiscard]] Result<void> check_legacy_list();
    [[nodiscard]] Result<void> send(std::span<const StoredAlert> alerts, std::uint64_t expected);
    // Takes the reply to one group; true if all of it is answered for.
    bool take_reply(std::span<const StoredAlert> alerts, Group group, WriteResult& result);
    void lose_connection(const Error& error, WriteResult& result);
    bool write_window(std::span<const StoredAlert> alerts,
                      std::span<const Group> groups,
                      WriteResult& result);
    bool write_singly(std::span<const StoredAlert> alerts, Group group, WriteResult& result);

    config::Redis config_;
    std::string prefix_;  // "{spoor}"
    std::string applied_key_;
    std::string store_id_;
    std::unique_ptr<RedisConnection> connection_;  // none: not connected
    std::uint64_t applied_ = 0;
    std::string odd_error_;  // of the last reply: an error of a kind not known here
};

}  // namespace spoor::sink
