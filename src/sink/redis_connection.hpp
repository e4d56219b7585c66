// RedisConnection: one blocking connection, with time-outs, TLS, user and database as configured.
// Replies are copied out; nothing of hiredis is seen outside. What is sent and who we are never
// gets into an error text.
//
// One owner, one thread. Connecting makes the process ignore SIGPIPE (a server that goes away must
// not end it).
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;

namespace spoor::sink {

struct RedisReply {
    enum class Type : std::uint8_t { nothing, text, integer, error, list };
    Type type = Type::nothing;
    std::string text;  // text, error
    std::int64_t integer = 0;
    std::vector<RedisReply> elements;

    [[nodiscard]] bool is_error() const { return type == Type::error; }
};

class RedisConnection {
public:
    // Connects, speaks TLS, authenticates, selects the database; checks that the server is a master
    // of version 7.0 or newer as far as it lets us see.
    [[nodiscard]] static Result<RedisConnection> connect(const config::Redis& config);

    RedisConnection(RedisConnection&&) noexcept = default;
    RedisConnection& operator=(RedisConnection&&) noexcept = default;
    ~RedisConnection() = default;

    // One command and its reply; an error reply is a reply. The connection is unusable after a
    // failure.
    [[nodiscard]] Result<RedisReply> command(std::span<const std::string_view> words);

    [[nodiscard]] Result<RedisReply> command(std::initializer_list<std::string_view> words) {
        return command(std::span<const std::string_view>(words.begin(), words.size()));
    }

    // Pipelining: queue commands, then take their replies in order.
    [[nodiscard]] Result<void> append(std::span<const std::string_view> words);
    [[nodiscard]] Result<RedisReply> reply();

private:
    struct Closer {
        void operator()(redisContext* context) const;
    };

    explicit RedisConnection(redisContext* context) : context_(context) {}

    [[nodiscard]] Error io_error() const;
    [[nodiscard]] Result<void> start_tls(const config::Redis& config);
    [[nodiscard]] Result<void> log_in(const config::Redis& config);
    [[nodiscard]] Result<void> check_server();

    std::unique_ptr<redisContext, Closer> context_;
    std::string place_;  // "127.0.0.1:6379", for messages
};

}  // namespace spoor::sink
