#include "base/log.hpp"
#include "source/kafka_source_class.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>
#include <regex.h>

#include <algorithm>

namespace spoor::source {

using namespace std::chrono_literals;

namespace {

constexpr Duration probe_every = 5s;
constexpr Duration probe_often = 500ms;

}  // namespace

std::vector<std::string> KafkaSource::topics_to_watch() const {
    std::set<std::string> topics;
    for (const std::string& topic : settings_.topics) {
        if (!topic.starts_with('^')) {
            topics.insert(topic);
        }
    }
    for (const KafkaSlot& slot : slots_.all()) {
        topics.insert(slot.where.first);
    }
    return {topics.begin(), topics.end()};
}

void KafkaSource::probe(Duration now) {
    const bool often = !trouble_.ever_answered() || trouble_.outage() || !missing_.empty();
    if (now - last_probe_ < (often ? probe_often : probe_every)) {
        return;
    }
    last_probe_ = now;
    const auto topics = topics_to_watch();
    if (topics_ticket_ == 0 && !topics.empty()) {
        topics_ticket_ = queries_->describe(topics);
        topics_asked_ = now;
    }
    std::vector<TopicPartition> partitions;
    for (const KafkaSlot& slot : slots_.all()) {
        partitions.push_back(slot.where);
    }
    if (ends_ticket_ == 0 && !partitions.empty()) {
        ends_ticket_ = queries_->ends(partitions);
        ends_asked_ = now;
    }
    if (now - last_pattern_ >= probe_every) {
        last_pattern_ = now;
        discover_pattern();
    }
}

void KafkaSource::on_topics(const KafkaAnswer& answer) {
    const Duration now = clock_.monotonic();
    if (!answer.error.empty()) {
        return;  // librdkafka's own error says why
    }
    trouble_.answered(topics_asked_, now);
    bool appeared = false;
    for (const auto& [topic, facts] : answer.topics) {
        const std::string what = fmt::format("topic '{}'", topic);
        if (facts.missing) {
            missing_.insert(topic);
            trouble_.problem(
                what,
                "does not exist; `spoor produce` creates it, or create it with Kafka's "
                "tools; looking for it again and again");
            continue;
        }
        if (!facts.error.empty()) {
            if (!slots_.refused(topic)) {  // else it is said already, in better words
                trouble_.problem(what, facts.error);
            }
            continue;
        }
        appeared |= missing_.erase(topic) > 0;
        if (!slots_.refused(topic)) {
            trouble_.solved(what);
        }
        for (std::int32_t p = 0; p < facts.num_partitions; ++p) {
            const TopicPartition where{topic, p};
            KafkaSlot* slot = slots_.find(where);
            if (slot == nullptr) {
                if (!grouped() && !resolver_->contains(where)) {
                    resolver_->add(where);
                    joined_ = true;
                }
            } else if (!facts.id.empty() && !slot->asking && !slot->revoking &&
                       origins_.text(slot->number).find("/" + facts.id + "/") ==
                           std::string_view::npos) {
                slot->asking = true;
                resolver_->add(where);
            }
        }
    }
    if (appeared && grouped()) {
        subscribe();  // at once, without waiting for librdkafka's own look
    }
}

void KafkaSource::on_ends(const KafkaAnswer& answer) {
    for (const auto& [where, fact] : answer.offsets) {
        KafkaSlot* slot = slots_.find(where);
        if (slot == nullptr) {
            continue;
        }
        const std::string what = fmt::format("{} [{}]", where.first, where.second);
        if (!fact.error.empty()) {
            trouble_.problem(what, fact.error);
            slot->end_known = false;
        } else {
            trouble_.solved(what);
            slot->end = std::max(fact.offset, slot->position);
            slot->end_known = !trouble_.outage();
        }
    }
}

bool KafkaSource::matches_pattern(const char* topic) const {
    return std::any_of(settings_.topics.begin(), settings_.topics.end(), [&](const auto& text) {
        regex_t compiled;
        if (!text.starts_with('^') ||
            regcomp(&compiled, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
            return false;
        }
        const bool hit = regexec(&compiled, topic, 0, nullptr, 0) == 0;
        regfree(&compiled);
        return hit;
    });
}

// Patterns: in a group librdkafka looks for topics itself and this only shows that brokers answer.
void KafkaSource::discover_pattern() {
    const bool patterns = std::any_of(settings_.topics.begin(),
                                      settings_.topics.end(),
                                      [](const auto& t) { return t.starts_with('^'); });
    if (!patterns || (grouped() && !topics_to_watch().empty())) {
        return;
    }
    const struct rd_kafka_metadata* all = nullptr;
    const Duration asked = clock_.monotonic();
    if (rd_kafka_metadata(client_.get(), 1, nullptr, &all, 50) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        last_pattern_ = asked - probe_every + probe_often;
        return;
    }
    trouble_.answered(asked, clock_.monotonic());
    for (int i = 0; !grouped() && i < all->topic_cnt; ++i) {
        if (matches_pattern(all->topics[i].topic)) {
            for (std::int32_t p = 0; p < all->topics[i].partition_cnt; ++p) {
                const TopicPartition where{all->topics[i].topic, p};
                if (slots_.find(where) == nullptr && !resolver_->contains(where)) {
                    resolver_->add(where);
                }
            }
        }
    }
    joined_ |= !grouped();
    rd_kafka_metadata_destroy(all);
}

void KafkaSource::step_queries() {
    const Duration now = clock_.monotonic();
    probe(now);
    while (auto answer = queries_->take()) {
        if (answer->ticket == topics_ticket_) {
            topics_ticket_ = 0;
            on_topics(*answer);
        } else if (answer->ticket == ends_ticket_) {
            ends_ticket_ = 0;
            on_ends(*answer);
        } else {
            resolver_->take(*answer);
        }
    }
    for (const ResolvedPartition& found : resolver_->step(now, checkpoint_)) {
        resolved(found);
    }
    // The first call waits for all partitions a while, so that they start together; stragglers are
    // added later.
    const bool settled = resolver_->empty() || now - assign_since_ > 5s;
    if ((assign_due_ && settled) || (apply_due_ && !assign_due_ && !revoke_until_)) {
        apply_assignment();
    }
}

}  // namespace spoor::source
