// KafkaTrouble: what is wrong between the Kafka source and its cluster, in words, and said once in
// the log: when it begins and when it is over, never per retry. No third-party part; one owner, one
// thread.
#pragma once

#include "base/time.hpp"
#include "source/source.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::source {

enum class Cause : std::uint8_t { unreachable, name, tls, authentication, fatal };

class KafkaTrouble {
public:
    // How the cluster is reached, for messages: never a secret.
    KafkaTrouble(std::string brokers, std::string mechanism);

    // No broker can be used. A weaker cause does not replace a stronger one that stands (after a
    // failed authentication all brokers are down too).
    void broken(Cause cause, std::string_view reason, Duration now);
    // The cluster answered a question asked at `asked`; an answer to an older one proves nothing.
    void answered(Duration asked, Duration now);
    // An error of one connection: kept as the reason for when none is left.
    void note(std::string_view reason);

    // Problems of one thing ("topic 'x'", "group 'y'"), which leave the rest working.
    void problem(const std::string& what, std::string_view text);
    void solved(const std::string& what);

    [[nodiscard]] bool outage() const { return since_.has_value(); }

    [[nodiscard]] bool ever_answered() const { return ever_answered_; }

    [[nodiscard]] bool has_problem(const std::string& what) const {
        return problems_.contains(what);
    }

    [[nodiscard]] std::uint64_t num_recoveries() const { return num_recoveries_; }

    [[nodiscard]] SourceState state() const;
    // Empty when all is well.
    [[nodiscard]] std::string detail() const;

private:
    [[nodiscard]] std::string outage_text() const;

    std::string brokers_;
    std::string mechanism_;
    std::optional<Duration> since_;  // of the outage
    Cause cause_ = Cause::unreachable;
    std::string reason_;
    std::string last_note_;
    bool ever_answered_ = false;
    std::uint64_t num_recoveries_ = 0;
    std::map<std::string, std::string, std::less<>> problems_;
};

}  // namespace spoor::source
