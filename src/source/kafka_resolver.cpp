#include "source/kafka_resolver.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace spoor::source {

using namespace std::chrono_literals;

namespace {

constexpr Duration retry_after = 250ms;
constexpr Duration range_patience = 3s;

const OffsetFact* find(const KafkaAnswer& answer, const TopicPartition& where) {
    const auto it = answer.offsets.find(where);
    return it == answer.offsets.end() ? nullptr : &it->second;
}

std::optional<std::int64_t> offset_of(const OffsetFact* fact) {
    return fact != nullptr && fact->error.empty() && fact->offset >= 0 ? std::optional(fact->offset)
                                                                       : std::nullopt;
}

}  // namespace

KafkaResolver::KafkaResolver(rd_kafka_s* client,
                             KafkaQueries& queries,
                             std::string group,
                             bool latest)
    : client_(client), queries_(queries), group_(std::move(group)), latest_(latest) {}

void KafkaResolver::add(const TopicPartition& where, std::optional<std::int64_t> at) {
    wanted_[where] = Wanted{at, Duration{-1}, false};
    next_round_ = Duration{0};
}

void KafkaResolver::remove(const TopicPartition& where) {
    wanted_.erase(where);
}

bool KafkaResolver::take(KafkaAnswer& answer) {
    for (std::size_t i = 0; i < num_questions; ++i) {
        if (round_ && tickets_[i] == answer.ticket) {
            answers_[i] = std::move(answer);
            return true;
        }
    }
    return false;
}

void KafkaResolver::ask(Duration now) {
    std::vector<TopicPartition> partitions;
    std::vector<std::string> topics;
    for (auto& [where, wanted] : wanted_) {
        wanted.asked = true;
        wanted.since = wanted.since.count() < 0 ? now : wanted.since;
        partitions.push_back(where);
        if (topics.empty() || topics.back() != where.first) {
            topics.push_back(where.first);
        }
    }
    for (auto& answer : answers_) {
        answer.reset();
    }
    tickets_[describe] = queries_.describe(topics);
    tickets_[begins] = queries_.begins(partitions);
    tickets_[ends] = queries_.ends(partitions);
    if (group_.empty()) {
        tickets_[committed] = 0;
        answers_[committed].emplace();
    } else {
        tickets_[committed] = queries_.committed(group_, partitions);
    }
    round_ = true;
}

std::string KafkaResolver::cluster() {
    if (cluster_.empty()) {
        // Known from the first metadata on; the wait is for a client that has just connected.
        char* id = rd_kafka_clusterid(client_, 20);
        cluster_ = id != nullptr ? id : "unknown";
        if (id != nullptr) {
            rd_kafka_mem_free(client_, id);
        }
    }
    return cluster_;
}

bool KafkaResolver::resolve(const TopicPartition& where,
                            const Wanted& wanted,
                            Duration now,
                            const Checkpoint& checkpoint,
                            std::vector<ResolvedPartition>& out) {
    const auto topic = answers_[describe]->topics.find(where.first);
    if (topic == answers_[describe]->topics.end() || !topic->second.error.empty()) {
        reason_ = topic == answers_[describe]->topics.end() ? "no answer" : topic->second.error;
        // Gone: the group, or the next look at the topics, brings it back when it is.
        return topic != answers_[describe]->topics.end() && topic->second.missing;
    }
    if (where.second >= topic->second.num_partitions) {
        return true;
    }
    const OffsetFact* low = find(*answers_[begins], where);
    const OffsetFact* high = find(*answers_[ends], where);
    const OffsetFact* group = find(*answers_[committed], where);
    if (!group_.empty() && (group == nullptr || !group->error.empty())) {
        reason_ = group == nullptr ? "no committed offsets" : group->error;
        return false;
    }
    ResolvedPartition found;
    found.where = where;
    const std::string& id = topic->second.id;
    found.text =
        fmt::format("kafka:{}/{}/{}", cluster(), id.empty() ? where.first : id, where.second);
    StartFacts facts;
    facts.low = offset_of(low);
    facts.high = offset_of(high);
    facts.latest = latest_;
    if (wanted.at) {
        facts.checkpoint = wanted.at;
    } else {
        facts.committed = offset_of(group);
        if (const auto it = checkpoint.find(found.text); it != checkpoint.end()) {
            facts.checkpoint = it->second;
        } else if (facts.committed && facts.high && *facts.committed > *facts.high) {
            facts.committed.reset();  // of a topic that was deleted and made anew
        }
    }
    const bool ranged = facts.low && facts.high;
    if (!ranged && now - wanted.since < range_patience) {
        reason_ = low == nullptr || low->error.empty() ? "no range" : low->error;
        return false;
    }
    const auto start = choose_start(facts);
    if (!start) {
        return false;
    }
    found.start = *start;
    found.low = facts.low.value_or(-1);
    found.high = facts.high.value_or(-1);
    out.push_back(std::move(found));
    return true;
}

std::vector<ResolvedPartition> KafkaResolver::step(Duration now, const Checkpoint& checkpoint) {
    std::vector<ResolvedPartition> out;
    if (!round_) {
        if (!wanted_.empty() && now >= next_round_) {
            ask(now);
        }
        return out;
    }
    for (const auto& answer : answers_) {
        if (!answer) {
            return out;
        }
    }
    round_ = false;
    next_round_ = now + retry_after;
    if (!answers_[describe]->error.empty() || !answers_[committed]->error.empty()) {
        reason_ = answers_[describe]->error.empty() ? answers_[committed]->error
                                                    : answers_[describe]->error;
        return out;
    }
    for (auto it = wanted_.begin(); it != wanted_.end();) {
        const bool done = it->second.asked && resolve(it->first, it->second, now, checkpoint, out);
        it = done ? wanted_.erase(it) : std::next(it);
    }
    if (wanted_.empty()) {
        reason_.clear();
    } else if (std::any_of(
                   wanted_.begin(), wanted_.end(), [](const auto& w) { return !w.second.asked; })) {
        next_round_ = now;
    }
    return out;
}

}  // namespace spoor::source
