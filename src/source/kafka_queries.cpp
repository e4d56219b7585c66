#include "source/kafka_queries.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>

namespace spoor::source {

namespace {

constexpr int timeout_ms = 3000;
constexpr int metadata_timeout_ms = 50;

struct Free {
    void operator()(rd_kafka_AdminOptions_t* p) const { rd_kafka_AdminOptions_destroy(p); }

    void operator()(rd_kafka_event_t* p) const { rd_kafka_event_destroy(p); }

    void operator()(rd_kafka_TopicCollection_t* p) const { rd_kafka_TopicCollection_destroy(p); }

    void operator()(rd_kafka_ListConsumerGroupOffsets_t* p) const {
        rd_kafka_ListConsumerGroupOffsets_destroy(p);
    }
};

template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<rd_kafka_AdminOptions_t> make_options(rd_kafka_t* client,
                                            rd_kafka_admin_op_t operation,
                                            std::uint64_t ticket) {
    Owned<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client, operation));
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, why.data(), why.size());
    rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(ticket));
    return options;
}

// The 128 bits in Kafka's own text form: base64 with '-' and '_', which keeps '/' out of refs.
std::string text_of(const rd_kafka_Uuid_t* id) {
    if (id == nullptr) {
        return {};
    }
    const auto high = static_cast<std::uint64_t>(rd_kafka_Uuid_most_significant_bits(id));
    const auto low = static_cast<std::uint64_t>(rd_kafka_Uuid_least_significant_bits(id));
    if (high == 0 && low == 0) {
        return {};
    }
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto bit = [&](unsigned i) -> unsigned {  // 0 is the most significant one
        return i >= 128
                   ? 0U
                   : static_cast<unsigned>((i < 64 ? high >> (63U - i) : low >> (127U - i)) & 1U);
    };
    std::string out;
    for (unsigned i = 0; i < 128; i += 6) {
        unsigned digit = 0;
        for (unsigned k = 0; k < 6; ++k) {
            digit = digit * 2 + bit(i + k);
        }
        out += digits[digit];
    }
    return out;
}

void read_topics(rd_kafka_event_t* event, KafkaAnswer& out) {
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DescribeTopics_result(event);
    const auto* topics = rd_kafka_DescribeTopics_result_topics(result, &count);
    for (std::size_t i = 0; i < count; ++i) {
        TopicFacts& facts = out.topics[rd_kafka_TopicDescription_name(topics[i])];
        const auto* error = rd_kafka_TopicDescription_error(topics[i]);
        if (error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            facts.missing = rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
            facts.error = rd_kafka_error_string(error);
            continue;
        }
        std::size_t partitions = 0;
        static_cast<void>(rd_kafka_TopicDescription_partitions(topics[i], &partitions));
        facts.num_partitions = static_cast<std::int32_t>(partitions);
        facts.id = text_of(rd_kafka_TopicDescription_topic_id(topics[i]));
    }
}

void read_one(const rd_kafka_topic_partition_t& from, KafkaAnswer& out) {
    OffsetFact& fact = out.offsets[{from.topic, from.partition}];
    fact.offset = from.offset;
    if (from.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fact.offset = -1;
        fact.unknown = from.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                       from.err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
                       from.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
        fact.error = rd_kafka_err2str(from.err);
    }
}

void read_committed(rd_kafka_event_t* event, KafkaAnswer& out) {
    std::size_t count = 0;
    const auto* groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    if (count != 1) {
        out.error = "no answer for the group";
        return;
    }
    if (const auto* error = rd_kafka_group_result_error(groups[0]); error != nullptr) {
        out.error = rd_kafka_error_string(error);
        return;
    }
    const auto* list = rd_kafka_group_result_partitions(groups[0]);
    for (int i = 0; i < list->cnt; ++i) {
        read_one(list->elems[i], out);
    }
}

void read_offsets(rd_kafka_event_t* event, KafkaAnswer& out) {
    std::size_t count = 0;
    const auto* infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
    for (std::size_t i = 0; i < count; ++i) {
        read_one(*rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]), out);
    }
}

}  // namespace

KafkaQueries::KafkaQueries(rd_kafka_s* client, TopicIdentity identity)
    : client_(client), identity_(identity), queue_(rd_kafka_queue_new(client)) {}

KafkaAnswer KafkaQueries::describe_by_name(const std::vector<std::string>& topics) const {
    KafkaAnswer out;
    const struct rd_kafka_metadata* all = nullptr;
    const auto err = rd_kafka_metadata(client_, 1, nullptr, &all, metadata_timeout_ms);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.error = rd_kafka_err2str(err);
        return out;
    }
    for (const std::string& topic : topics) {
        out.topics[topic].missing = true;
        out.topics[topic].error = rd_kafka_err2str(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    }
    for (int i = 0; i < all->topic_cnt; ++i) {
        const auto it = out.topics.find(all->topics[i].topic);
        if (it != out.topics.end()) {
            const auto error = all->topics[i].err;
            it->second.missing = error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
            it->second.error = error == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2str(error);
            it->second.num_partitions = all->topics[i].partition_cnt;
        }
    }
    rd_kafka_metadata_destroy(all);
    return out;
}

std::uint64_t KafkaQueries::describe(const std::vector<std::string>& topics) {
    const std::uint64_t ticket = ++last_ticket_;
    if (identity_ == TopicIdentity::name) {
        ready_.push_back(describe_by_name(topics));
        ready_.back().ticket = ticket;
        return ticket;
    }
    ++num_waiting_;
    std::vector<const char*> names;
    for (const std::string& topic : topics) {
        names.push_back(topic.c_str());
    }
    const auto options = make_options(client_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, ticket);
    const Owned<rd_kafka_TopicCollection_t> collection(
        rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
    rd_kafka_DescribeTopics(client_, collection.get(), options.get(), queue_.get());
    return ticket;
}

std::uint64_t KafkaQueries::committed(const std::string& group,
                                      const std::vector<TopicPartition>& partitions) {
    ++num_waiting_;
    const std::uint64_t ticket = ++last_ticket_;
    const auto options = make_options(client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, ticket);
    const KafkaList list = make_list(partitions);
    const Owned<rd_kafka_ListConsumerGroupOffsets_t> question(
        rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
    rd_kafka_ListConsumerGroupOffsets_t* one = question.get();
    rd_kafka_ListConsumerGroupOffsets(client_, &one, 1, options.get(), queue_.get());
    return ticket;
}

std::uint64_t KafkaQueries::offsets_at(const std::vector<TopicPartition>& partitions,
                                       std::int64_t spec) {
    ++num_waiting_;
    const std::uint64_t ticket = ++last_ticket_;
    const auto options = make_options(client_, RD_KAFKA_ADMIN_OP_LISTOFFSETS, ticket);
    const KafkaList list = make_list(partitions);
    for (int i = 0; i < list->cnt; ++i) {
        list->elems[i].offset = spec;
    }
    rd_kafka_ListOffsets(client_, list.get(), options.get(), queue_.get());
    return ticket;
}

std::uint64_t KafkaQueries::begins(const std::vector<TopicPartition>& partitions) {
    return offsets_at(partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST);
}

std::uint64_t KafkaQueries::ends(const std::vector<TopicPartition>& partitions) {
    return offsets_at(partitions, RD_KAFKA_OFFSET_SPEC_LATEST);
}

std::optional<KafkaAnswer> KafkaQueries::take() {
    if (!ready_.empty()) {
        KafkaAnswer answer = std::move(ready_.front());
        ready_.pop_front();
        return answer;
    }
    if (num_waiting_ == 0) {
        return std::nullopt;
    }
    const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), 0));
    if (event == nullptr) {
        return std::nullopt;
    }
    --num_waiting_;
    KafkaAnswer out;
    out.ticket = reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event.get()));
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.error = rd_kafka_event_error_string(event.get());
        return out;
    }
    switch (rd_kafka_event_type(event.get())) {
        case RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT:
            read_topics(event.get(), out);
            break;
        case RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT:
            read_committed(event.get(), out);
            break;
        case RD_KAFKA_EVENT_LISTOFFSETS_RESULT:
            read_offsets(event.get(), out);
            break;
        default:
            out.error = "unexpected answer";
            break;
    }
    return out;
}

}  // namespace spoor::source
