#include "sink/redis_sink.hpp"

#include "base/log.hpp"
#include "sink/redis_function.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace spoor::sink {

namespace {

// Alerts a call and calls under way: with these, 2 cores wrote most (benchmarks/sink).
constexpr std::size_t alerts_a_call = 32;
constexpr std::size_t bytes_a_call = std::size_t{1} * 1024 * 1024;
constexpr std::size_t calls_a_window = 8;

std::uint64_t to_number(const RedisReply& reply) {
    if (reply.type == RedisReply::Type::integer) {
        return static_cast<std::uint64_t>(reply.integer);
    }
    std::uint64_t out = 0;
    std::from_chars(reply.text.data(), reply.text.data() + reply.text.size(), out);
    return out;
}

// What a server says that cannot take a write now, but may later.
bool is_temporary(std::string_view error) {
    static constexpr std::array<std::string_view, 15> words = {"OOM",
                                                               "READONLY",
                                                               "LOADING",
                                                               "MASTERDOWN",
                                                               "MISCONF",
                                                               "NOREPLICAS",
                                                               "BUSY",
                                                               "TRYAGAIN",
                                                               "CLUSTERDOWN",
                                                               "MOVED",
                                                               "UNBLOCKED",
                                                               "NOAUTH",
                                                               "NOPERM",
                                                               "SPOORGAP",
                                                               "ERR Function not found"};
    return std::any_of(
        words.begin(), words.end(), [error](auto word) { return error.starts_with(word); });
}

}  // namespace

RedisSink::RedisSink(config::Redis config)
    : config_(std::move(config)),
      prefix_("{" + config_.key_prefix + "}"),
      applied_key_(prefix_ + ":applied") {}

// --- connecting

Result<void> RedisSink::load_function() {
    SPOOR_TRY(const auto version, connection_->command({"FCALL_RO", redis_version_function, "0"}));
    if (version.text == redis_function_version()) {
        return {};
    }
    if (version.is_error() && !version.text.starts_with("ERR Function not found")) {
        const bool is_old = version.text.starts_with("ERR unknown command");
        return fail(is_old ? Errc::unsupported
                    : is_temporary(version.text) && !version.text.starts_with("NOPERM")
                        ? Errc::unavailable
                        : Errc::refused,
                    is_old ? "redis: this server has no Redis Functions; 7.0 or newer is needed"
                           : "redis: " + version.text);
    }
    SPOOR_TRY(const auto loaded,
              connection_->command({"FUNCTION", "LOAD", "REPLACE", redis_function_code()}));
    if (loaded.is_error()) {
        return fail(is_temporary(loaded.text) && !loaded.text.starts_with("NOPERM")
                        ? Errc::unavailable
                        : Errc::refused,
                    "redis: cannot load the function library 'spoor': " + loaded.text);
    }
    log(LogLevel::info,
        "redis",
        "function library 'spoor' {} (version {})",
        version.is_error() ? "loaded" : "replaced by ours",
        redis_function_version().substr(0, 8));
    return {};
}

Result<void> RedisSink::check_legacy_list() {
    if (!config_.legacy_list) {
        return {};
    }
    SPOOR_TRY(const auto type, connection_->command({"TYPE", config_.legacy_key}));
    if (type.text != "none" && type.text != "list") {
        return fail(Errc::refused,
                    fmt::format("redis: the key '{}' should be a list: {}",
                                config_.legacy_key,
                                type.is_error() ? type.text : "it is a " + type.text));
    }
    return {};
}

Result<SinkPosition> RedisSink::connect(std::string_view store_id) {
    connection_.reset();
    store_id_ = store_id;
    SPOOR_TRY(auto connection, RedisConnection::connect(config_));
    connection_ = std::make_unique<RedisConnection>(std::move(connection));
    Result<SinkPosition> out = [this]() -> Result<SinkPosition> {
        SPOOR_TRY_VOID(load_function());
        SPOOR_TRY_VOID(check_legacy_list());
        SPOOR_TRY(const auto applied, connection_->command({"HGET", applied_key_, store_id_}));
        if (applied.is_error()) {
            return fail(is_temporary(applied.text) ? Errc::unavailable : Errc::refused,
                        "redis: " + applied.text);
        }
        applied_ = to_number(applied);
        return SinkPosition{applied_};
    }();
    if (!out) {
        connection_.reset();
    }
    return out;
}

bool RedisSink::probe() {
    if (!connection_) {
        return false;
    }
    const auto applied = connection_->command({"HGET", applied_key_, store_id_});
    if (!applied || applied->is_error() || to_number(*applied) < applied_) {
        connection_.reset();
        return false;
    }
    return true;
}

// --- writing

Result<void> RedisSink::send(std::span<const StoredAlert> alerts, std::uint64_t expected) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    std::vector<std::string> numbers;  // owns what words point to
    numbers.reserve(4 + 2 * alerts.size());
    const auto number = [&numbers](auto n) -> std::string_view {
        return numbers.emplace_back(std::to_string(n));
    };
    std::vector<std::string_view> words = {
        "FCALL",
        redis_put_function,
        "1",
        applied_key_,
        prefix_,
        store_id_,
        number(expected),
        number(std::max<std::int64_t>(1, duration_cast<milliseconds>(config_.retention).count())),
        number(config_.max_alerts),
        config_.legacy_list ? std::string_view(config_.legacy_key) : std::string_view(),
        number(std::max<std::uint64_t>(1, config_.legacy_max))};
    static constexpr std::string_view level_digits = "01234";
    for (const StoredAlert& a : alerts) {
        const auto level = static_cast<std::size_t>(a.level);
        words.push_back(number(a.sequence));
        words.push_back(a.id);
        words.push_back(
            a.time == no_time
                ? std::string_view()
                : number(duration_cast<milliseconds>(a.time.time_since_epoch()).count()));
        words.push_back(level_digits.substr(level, 1));
        words.push_back(alert::to_string(a.level));
        words.push_back(a.host);
        words.push_back(a.rule_id);
        words.push_back(a.techniques);
        words.push_back(a.json);
    }
    return connection_->append(words);
}

void RedisSink::lose_connection(const Error& error, WriteResult& result) {
    connection_.reset();
    result.detail = error.detail;
}

bool RedisSink::take_reply(std::span<const StoredAlert> alerts, Group group, WriteResult& result) {
    odd_error_.clear();
    auto answer = connection_->reply();
    if (!answer) {
        lose_connection(answer.error(), result);
        return false;
    }
    if (answer->type != RedisReply::Type::list || answer->elements.empty()) {
        const std::string& text = answer->text;
        if (is_temporary(text)) {
            if (result.detail.empty()) {
                result.detail = text.starts_with("SPOORGAP")
                                    ? "redis: the server has lost data that it had acknowledged"
                                    : "redis: " + text;
            }
        } else {
            odd_error_ = text.empty() ? "an answer that makes no sense" : text;
        }
        return false;
    }
    applied_ = std::max(applied_, to_number(answer->elements[0]));
    for (std::size_t i = 0; i < group.size; ++i) {
        if (i + 1 >= answer->elements.size()) {
            return false;
        }
        const std::string& word = answer->elements[i + 1].text;
        const bool is_last = i + 2 == answer->elements.size();
        if (word == "new" || word == "there" || word == "old") {
            result.verdicts[group.begin + i] = Verdict::sent;
        } else if (word.starts_with('!')) {
            result.verdicts[group.begin + i] = Verdict::refused;
            result.detail = fmt::format("redis refused alert {}: {}",
                                        alerts[group.begin + i].id,
                                        std::string_view(word).substr(1));
        } else if (is_last) {
            result.detail = "redis: " + word;  // why it stopped here
            return false;
        }
    }
    return true;
}

// An error of a kind not known here came for a group: whose fault is it?
bool RedisSink::write_singly(std::span<const StoredAlert> alerts,
                             Group group,
                             WriteResult& result) {
    for (std::size_t i = group.begin; i < group.begin + group.size; ++i) {
        if (const auto sent = send(alerts.subspan(i, 1), applied_); !sent) {
            lose_connection(sent.error(), result);
            return false;
        }
        if (!take_reply(alerts, {i, 1}, result)) {
            if (odd_error_.empty()) {
                return false;
            }
            result.verdicts[i] = Verdict::refused;
            result.detail = fmt::format("redis refused alert {}: {}", alerts[i].id, odd_error_);
        }
    }
    return true;
}

// Sends the groups one behind the other without waiting, then takes the replies. Each names what
// the one before it must have applied, so none is written when an earlier one was not.
bool RedisSink::write_window(std::span<const StoredAlert> alerts,
                             std::span<const Group> groups,
                             WriteResult& result) {
    std::uint64_t expected = applied_;
    for (const Group group : groups) {
        const auto part = alerts.subspan(group.begin, group.size);
        if (const auto sent = send(part, expected); !sent) {
            lose_connection(sent.error(), result);
            return false;
        }
        expected = std::max(expected, part.back().sequence);
    }
    bool ok = true;
    std::optional<Group> odd;
    for (const Group group : groups) {
        const bool taken = take_reply(alerts, group, result);
        if (!connection_) {
            return false;
        }
        if (!taken && ok && !odd_error_.empty()) {
            odd = group;
        }
        ok = ok && taken;
    }
    if (!ok && odd) {
        result.detail.clear();
        return write_singly(alerts, *odd, result) &&
               (odd->begin + odd->size == groups.back().begin + groups.back().size);
    }
    return ok;
}

WriteResult RedisSink::write(std::span<const StoredAlert> alerts) {
    WriteResult result;
    result.verdicts.assign(alerts.size(), Verdict::retry);
    if (!connection_) {
        result.detail = "redis: not connected";
        return result;
    }
    std::size_t done = 0;
    while (done < alerts.size()) {
        std::vector<Group> groups;
        while (done < alerts.size() && groups.size() < calls_a_window) {
            Group group{done, 0};
            std::size_t bytes = 0;
            while (done < alerts.size() && group.size < alerts_a_call &&
                   (group.size == 0 || bytes + alerts[done].json.size() <= bytes_a_call)) {
                bytes += alerts[done].json.size();
                ++group.size;
                ++done;
            }
            groups.push_back(group);
        }
        if (!write_window(alerts, groups, result)) {
            break;
        }
    }
    return result;
}

}  // namespace spoor::sink
