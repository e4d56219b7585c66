// KafkaResolver: for partitions that are to be read, finds out what they are (topic id) and where
// reading starts, by asking the brokers without waiting, again and again until they answer. A
// partition that only lacks the broker's range (its leader is away) is not waited for longer than 3
// s when a position is known. Used by the thread that polls. Owner: KafkaSource.
#pragma once

#include "base/time.hpp"
#include "source/kafka_queries.hpp"
#include "source/kafka_start.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::source {

struct ResolvedPartition {
    TopicPartition where;
    std::string text;  // "kafka:CLUSTER/TOPIC-ID/3"
    StartDecision start;
    std::int64_t low = -1;  // -1: not known
    std::int64_t high = -1;
};

class KafkaResolver {
public:
    using Checkpoint = std::map<std::string, std::int64_t, std::less<>>;  // by text

    // `group` empty: there are no committed offsets to ask for.
    KafkaResolver(rd_kafka_s* client, KafkaQueries& queries, std::string group, bool latest);

    // `at`: where the reader already is, which then counts as the checkpoint.
    void add(const TopicPartition& where, std::optional<std::int64_t> at = std::nullopt);
    void remove(const TopicPartition& where);

    [[nodiscard]] bool empty() const { return wanted_.empty(); }

    [[nodiscard]] bool contains(const TopicPartition& where) const {
        return wanted_.contains(where);
    }

    // Why partitions wait, for people.
    [[nodiscard]] const std::string& reason() const { return reason_; }

    // True when the answer was to one of this resolver's questions.
    bool take(KafkaAnswer& answer);
    // Asks what is to be asked; gives what has become known. A partition that the broker does not
    // have is dropped.
    [[nodiscard]] std::vector<ResolvedPartition> step(Duration now, const Checkpoint& checkpoint);

private:
    struct Wanted {
        std::optional<std::int64_t> at;
        Duration since{0};
        bool asked = false;  // in the round under way
    };

    enum Question : unsigned char { describe, committed, begins, ends, num_questions };

    void ask(Duration now);
    [[nodiscard]] std::string cluster();
    // False: stays wanted.
    bool resolve(const TopicPartition& where,
                 const Wanted& wanted,
                 Duration now,
                 const Checkpoint& checkpoint,
                 std::vector<ResolvedPartition>& out);

    rd_kafka_s* client_;
    KafkaQueries& queries_;
    std::string group_;
    bool latest_;
    std::string cluster_;
    std::map<TopicPartition, Wanted> wanted_;
    bool round_ = false;
    Duration next_round_{0};
    std::uint64_t tickets_[num_questions] = {};
    std::optional<KafkaAnswer> answers_[num_questions];
    std::string reason_;
};

}  // namespace spoor::source
