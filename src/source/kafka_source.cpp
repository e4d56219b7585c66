#include "source/kafka_source.hpp"

#include "base/log.hpp"
#include "source/kafka_log.hpp"
#include "source/kafka_properties.hpp"
#include "source/kafka_queries.hpp"
#include "source/kafka_resolver.hpp"
#include "source/kafka_slots.hpp"
#include "source/kafka_trouble.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <regex.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace spoor::source {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t fetch_size = 1024;
constexpr int idle_wait_ms = 2;
constexpr Duration probe_every = 5s;
constexpr Duration probe_often = 500ms;
constexpr Duration max_backoff = 60s;

class KafkaSource final : public Source {
public:
    KafkaSource(const config::Kafka& settings,
                OriginTable& origins,
                const Clock& clock,
                std::string instance_id)
        : settings_(settings),
          origins_(origins),
          clock_(clock),
          instance_id_(std::move(instance_id)),
          trouble_(settings.bootstrap_servers, mechanism_of(settings)) {}

    ~KafkaSource() override { drop_client(); }

    [[nodiscard]] std::string_view name() const override { return "kafka"; }

    [[nodiscard]] bool replayable() const override { return true; }

    [[nodiscard]] Result<void> open(std::span<const Position> checkpoint) override;
    void poll(PollOutput& out) override;
    void acknowledge(std::span<const Position> committed) override;
    void release(std::uint32_t partition) override;
    void pause() override;
    void resume() override;
    [[nodiscard]] SourceHealth health() const override;
    void close(Duration deadline) override;

private:
    static std::string mechanism_of(const config::Kafka& settings) {
        const auto it = settings.consumer.find("sasl.mechanism");
        return it == settings.consumer.end() ? "sasl.mechanism not set" : it->second;
    }

    [[nodiscard]] bool grouped() const { return !settings_.group_id.empty(); }

    [[nodiscard]] bool commits() const { return grouped() && settings_.commit_offsets; }

    [[nodiscard]] bool cooperative() const {
        const char* protocol = rd_kafka_rebalance_protocol(client_.get());
        return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
    }

    // The client's life.
    Result<void> make_client();
    void drop_client();
    void subscribe();
    void restart_client(PollOutput& out);
    void on_error(rd_kafka_resp_err_t code, std::string_view reason);

    // Partitions that come and go.
    void on_rebalance(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t* list);
    void on_assign(const std::vector<TopicPartition>& partitions);
    void on_revoke(const std::vector<TopicPartition>& partitions, bool lost);
    void resolved(const ResolvedPartition& found);
    void apply_assignment();
    void finish_revocation();
    void unassign(const std::vector<TopicPartition>& partitions);
    void change(ChangeKind kind, std::uint32_t partition);
    void commit_stored(Duration deadline);

    // What is asked of the brokers now and then.
    void step_queries();
    void probe(Duration now);
    void on_topics(const KafkaAnswer& answer);
    void on_ends(const KafkaAnswer& answer);
    void discover_pattern();
    [[nodiscard]] bool matches_pattern(const char* topic) const;
    [[nodiscard]] std::vector<std::string> topics_to_watch() const;

    // Records.
    void fetch();
    void deliver(PollOutput& out);
    void on_message_error(const rd_kafka_message_t& message);
    void drop_held();

    [[nodiscard]] bool at_end() const;

    const config::Kafka settings_;
    OriginTable& origins_;
    const Clock& clock_;
    const std::string instance_id_;
    KafkaTrouble trouble_;
    KafkaLog log_;

    KafkaClient client_;
    KafkaQueue queue_;
    std::optional<KafkaQueries> queries_;
    std::optional<KafkaResolver> resolver_;

    KafkaResolver::Checkpoint checkpoint_;  // by partition text; moves with acknowledge()
    KafkaSlots slots_;
    std::vector<PartitionChange> changes_;
    Counters losses_;
    std::vector<rd_kafka_message_t*> held_;  // fetched, not yet handed out
    std::size_t held_next_ = 0;

    bool assign_due_ = false;  // librdkafka waits for our assign call
    bool assigned_once_ = false;
    bool apply_due_ = false;
    Duration assign_since_{0};
    std::optional<Duration> revoke_until_;
    std::vector<TopicPartition> revoked_;
    std::vector<Position> stored_;  // acknowledged, for the last commit

    Duration last_probe_{-probe_every};
    Duration last_pattern_{-probe_every};
    std::uint64_t topics_ticket_ = 0;
    std::uint64_t ends_ticket_ = 0;
    Duration topics_asked_{0};
    Duration ends_asked_{0};
    std::set<std::string, std::less<>> missing_;
    Duration last_record_{0};

    bool fatal_ = false;
    std::string fatal_reason_;
    Duration restart_at_{0};
    Duration backoff_ = 1s;
    bool paused_ = false;
    bool closing_ = false;
    bool closed_ = false;
};

// ---- the client

Result<void> KafkaSource::open(std::span<const Position> checkpoint) {
    for (const Position& p : checkpoint) {
        if (p.partition.starts_with("kafka:")) {
            checkpoint_[p.partition] = p.next;
        }
    }
    last_record_ = clock_.monotonic();
    return make_client();
}

Result<void> KafkaSource::make_client() {
    SPOOR_TRY(auto conf, make_consumer_conf(settings_, instance_id_));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_log_cb(
        conf.get(), [](const rd_kafka_t* client, int level, const char* area, const char* text) {
            static_cast<KafkaSource*>(rd_kafka_opaque(client))->log_.write(level, area, text);
        });
    // These two are called from inside poll, by the thread that polls.
    rd_kafka_conf_set_error_cb(
        conf.get(), [](rd_kafka_t* /*client*/, int code, const char* reason, void* self) {
            static_cast<KafkaSource*>(self)->on_error(static_cast<rd_kafka_resp_err_t>(code),
                                                      reason);
        });
    rd_kafka_conf_set_rebalance_cb(
        conf.get(),
        [](rd_kafka_t* /*client*/,
           rd_kafka_resp_err_t code,
           rd_kafka_topic_partition_list_t* list,
           void* self) { static_cast<KafkaSource*>(self)->on_rebalance(code, list); });
    std::array<char, 512> why{};
    client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size()));
    if (client_ == nullptr) {
        return fail(Errc::invalid_argument, fmt::format("kafka: {}", why.data()));
    }
    static_cast<void>(conf.release());  // the client's now
    rd_kafka_poll_set_consumer(client_.get());
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    queries_.emplace(client_.get());
    resolver_.emplace(client_.get(),
                      *queries_,
                      settings_.group_id,
                      settings_.start == config::Kafka::Start::latest);
    topics_ticket_ = ends_ticket_ = 0;
    last_probe_ = last_pattern_ = -probe_every;
    if (grouped()) {
        subscribe();
    }
    return {};
}

void KafkaSource::subscribe() {
    std::vector<TopicPartition> topics;
    for (const std::string& topic : settings_.topics) {
        topics.emplace_back(topic, RD_KAFKA_PARTITION_UA);
    }
    const KafkaList list = make_list(topics);
    const auto err = rd_kafka_subscribe(client_.get(), list.get());
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        trouble_.problem("subscription", rd_kafka_err2str(err));
    }
}

void KafkaSource::drop_client() {
    drop_held();
    resolver_.reset();
    queries_.reset();
    queue_.reset();
    client_.reset();
}

// A client that is fenced, or broken in another way that it does not come back from, is replaced.
void KafkaSource::restart_client(PollOutput& out) {
    const Duration now = clock_.monotonic();
    if (client_ != nullptr) {
        trouble_.broken(Cause::fatal, fatal_reason_, now);
        drop_client();
        for (const auto& slot : slots_.all()) {
            change(ChangeKind::lost, slot.number);
        }
        slots_.clear();
        assign_due_ = assigned_once_ = apply_due_ = false;
        revoke_until_.reset();
        restart_at_ = now + backoff_;
        backoff_ = std::min(backoff_ * 2, max_backoff);
        std::move(changes_.begin(), changes_.end(), std::back_inserter(out.changes));
        changes_.clear();
        return;
    }
    if (now >= restart_at_) {
        fatal_ = false;
        if (auto made = make_client(); !made) {
            fatal_ = true;
            restart_at_ = now + backoff_;
            trouble_.note(made.error().detail);
        }
    }
}

void KafkaSource::on_error(rd_kafka_resp_err_t code, std::string_view reason) {
    const Duration now = clock_.monotonic();
    switch (code) {
        case RD_KAFKA_RESP_ERR__FATAL: {
            std::array<char, 512> why{};
            const auto cause = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
            fatal_ = true;
            fatal_reason_ = cause == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                                ? fmt::format(
                                      "another program has joined the group as '{}': is a copy "
                                      "of this data folder in use?",
                                      instance_id_)
                                : std::string(why.data());
            break;
        }
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            trouble_.broken(Cause::authentication, reason, now);
            break;
        case RD_KAFKA_RESP_ERR__SSL:
            trouble_.broken(Cause::tls, reason, now);
            break;
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            trouble_.broken(Cause::unreachable, reason, now);
            slots_.forget_ends();
            break;
        default:
            trouble_.note(reason);
            break;
    }
}

// ---- partitions that come and go

void KafkaSource::change(ChangeKind kind, std::uint32_t partition) {
    PartitionChange c;
    c.kind = kind;
    c.partition = partition;
    changes_.push_back(std::move(c));
}

void KafkaSource::on_rebalance(rd_kafka_resp_err_t code,
                               const rd_kafka_topic_partition_list_t* list) {
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !closing_) {
        on_assign(partitions_of(list));
    } else {
        on_revoke(partitions_of(list), rd_kafka_assignment_lost(client_.get()) != 0);
    }
}

// Reading begins when the brokers have said where; until then librdkafka waits for the call.
void KafkaSource::on_assign(const std::vector<TopicPartition>& partitions) {
    trouble_.solved("group");
    assign_due_ = true;
    assigned_once_ = true;
    assign_since_ = clock_.monotonic();
    for (const TopicPartition& p : partitions) {
        resolver_->add(p);
    }
}

void KafkaSource::on_revoke(const std::vector<TopicPartition>& partitions, bool lost) {
    assign_due_ = false;
    bool any = false;
    for (const TopicPartition& p : partitions) {
        resolver_->remove(p);
        KafkaSlot* slot = slots_.find(p);
        if (slot == nullptr) {
            continue;
        }
        if (lost || closing_) {
            if (!closing_) {
                change(ChangeKind::lost, slot->number);
            }
            slots_.erase(p);
        } else {
            slot->revoking = true;
            any = true;
            change(ChangeKind::revoked, slot->number);
        }
    }
    if (!any) {
        unassign(partitions);
        return;
    }
    revoked_ = partitions;
    revoke_until_ = clock_.monotonic() + settings_.session_timeout / 2;
}

void KafkaSource::unassign(const std::vector<TopicPartition>& partitions) {
    if (cooperative()) {
        const KafkaList list = make_list(partitions);
        rd_kafka_error_t* error = rd_kafka_incremental_unassign(client_.get(), list.get());
        if (error != nullptr) {
            rd_kafka_error_destroy(error);
        }
    } else {
        rd_kafka_assign(client_.get(), nullptr);
    }
}

void KafkaSource::finish_revocation() {
    commit_stored(1s);
    for (const TopicPartition& p : revoked_) {
        if (const KafkaSlot* slot = slots_.find(p); slot != nullptr && slot->revoking) {
            if (!slot->released) {
                log(LogLevel::warning,
                    "kafka",
                    "{} [{}] is given up before its epoch was committed: the next owner reads it "
                    "again",
                    p.first,
                    p.second);
                change(ChangeKind::lost, slot->number);
            }
            slots_.erase(p);
        }
    }
    unassign(revoked_);
    revoked_.clear();
    revoke_until_.reset();
}

void KafkaSource::release(std::uint32_t partition) {
    if (KafkaSlot* slot = slots_.find(partition); slot != nullptr && slot->revoking) {
        slot->released = true;
        if (revoke_until_ && slots_.all_released()) {
            finish_revocation();
        }
    }
}

void KafkaSource::resolved(const ResolvedPartition& found) {
    const std::uint32_t number = origins_.intern(found.text);
    KafkaSlot* slot = slots_.find(found.where);
    const bool known = slot != nullptr && slot->number == number;
    if (slot != nullptr && !known) {
        log(LogLevel::warning,
            "kafka",
            "topic '{}' was deleted and made anew: partition {} starts over",
            found.where.first,
            found.where.second);
        change(ChangeKind::lost, slot->number);
        slots_.erase(found.where);
    }
    if (found.start.gap > 0 || found.start.truncated) {
        losses_.add("kafka_gap_records", found.start.gap);
        losses_.add("kafka_truncated_partitions", found.start.truncated ? 1 : 0);
        log(LogLevel::error,
            "kafka",
            "{} [{}]: {}",
            found.where.first,
            found.where.second,
            found.start.reason);
    }
    KafkaSlot& entry = known ? *slot : slots_.add(found.where, number);
    entry.position = found.start.next;
    entry.end = found.high;
    entry.end_known = found.high >= 0;
    entry.eof = false;
    entry.fresh = true;
    entry.asking = false;
    apply_due_ = true;
    if (!known) {
        PartitionChange c;
        c.partition = number;
        c.start = {found.text, found.text, found.start.next};
        c.drop_state = found.start.drop_state;
        c.reason = found.start.reason;
        changes_.push_back(std::move(c));
    }
}

// Tells librdkafka what to read and from where. Records it has fetched already are fetched again:
// positions are ours, so none is lost or handed out twice.
void KafkaSource::apply_assignment() {
    drop_held();
    const bool add_only = grouped() && cooperative();
    KafkaList list(rd_kafka_topic_partition_list_new(16));
    KafkaList again(rd_kafka_topic_partition_list_new(1));
    for (KafkaSlot& slot : slots_.all()) {
        if (slot.revoking || (add_only && !slot.fresh)) {
            continue;
        }
        const char* topic = slot.where.first.c_str();
        rd_kafka_topic_partition_list_add(list.get(), topic, slot.where.second)->offset =
            slot.position;
        if (add_only && slot.assigned) {
            rd_kafka_topic_partition_list_add(again.get(), topic, slot.where.second);
        }
        slot.fresh = false;
        slot.assigned = true;
    }
    std::string error;
    if (add_only) {
        for (rd_kafka_error_t* e :
             {again->cnt > 0 ? rd_kafka_incremental_unassign(client_.get(), again.get()) : nullptr,
              rd_kafka_incremental_assign(client_.get(), list.get())}) {
            if (e != nullptr) {
                error = rd_kafka_error_string(e);
                rd_kafka_error_destroy(e);
            }
        }
    } else if (const auto err = rd_kafka_assign(client_.get(), list.get());
               err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = rd_kafka_err2str(err);
    }
    if (error.empty()) {
        trouble_.solved("assignment");
    } else {
        trouble_.problem("assignment", error);
    }
    // librdkafka remembers the pause of a partition that left and came back.
    if (paused_) {
        rd_kafka_pause_partitions(client_.get(), list.get());
    } else {
        rd_kafka_resume_partitions(client_.get(), list.get());
    }
    assign_due_ = apply_due_ = false;
}

// ---- positions

void KafkaSource::acknowledge(std::span<const Position> committed) {
    std::vector<Position> mine;
    for (const Position& p : committed) {
        if (p.partition.starts_with("kafka:")) {
            checkpoint_[p.partition] = p.next;
            if (commits()) {
                mine.push_back(p);
            }
        }
    }
    if (mine.empty() || client_ == nullptr) {
        return;
    }
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(mine.size())));
    for (const Position& p : mine) {
        KafkaSlot* slot = slots_.find(origins_.intern(p.partition));
        if (slot != nullptr && slot->acknowledged != p.next) {
            slot->acknowledged = p.next;
            rd_kafka_topic_partition_list_add(
                list.get(), slot->where.first.c_str(), slot->where.second)
                ->offset = p.next;
        }
    }
    // An error is that of a partition which is no longer ours: its next owner's business.
    if (list->cnt > 0) {
        rd_kafka_offsets_store(client_.get(), list.get());
    }
}

// librdkafka commits what is stored every auto.commit.interval.ms; this is for partitions that
// leave.
void KafkaSource::commit_stored(Duration deadline) {
    if (!commits() || client_ == nullptr || trouble_.outage()) {
        return;
    }
    KafkaList list(rd_kafka_topic_partition_list_new(16));
    for (const KafkaSlot& slot : slots_.all()) {
        if (slot.acknowledged >= 0 && (closing_ || slot.revoking)) {
            rd_kafka_topic_partition_list_add(
                list.get(), slot.where.first.c_str(), slot.where.second)
                ->offset = slot.acknowledged;
        }
    }
    if (list->cnt == 0) {
        return;
    }
    const KafkaQueue answer(rd_kafka_queue_new(client_.get()));
    auto err = rd_kafka_commit_queue(client_.get(), list.get(), answer.get(), nullptr, nullptr);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_event_t* event = rd_kafka_queue_poll(
            answer.get(),
            static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(deadline).count()));
        err = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
        if (event != nullptr) {
            rd_kafka_event_destroy(event);
        }
    }
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // The checkpoint stands; the next owner reads a little again.
        log(LogLevel::info, "kafka", "offsets not committed on leaving: {}", rd_kafka_err2str(err));
    }
}

// ---- questions

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
            trouble_.problem(what, facts.error);
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
                    assigned_once_ = true;
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
    assigned_once_ |= !grouped();
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

// ---- records

void KafkaSource::drop_held() {
    for (; held_next_ < held_.size(); ++held_next_) {
        rd_kafka_message_destroy(held_[held_next_]);
    }
    held_.clear();
    held_next_ = 0;
}

void KafkaSource::fetch() {
    const std::size_t before = held_.size();
    held_.resize(before + fetch_size);
    ssize_t n = rd_kafka_consume_batch_queue(queue_.get(), 0, held_.data() + before, fetch_size);
    if (n == 0) {
        n = rd_kafka_consume_batch_queue(
            queue_.get(), idle_wait_ms, held_.data() + before, fetch_size);
    }
    held_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
}

void KafkaSource::poll(PollOutput& out) {
    if (closed_) {
        return;
    }
    if (fatal_) {
        restart_client(out);
        return;
    }
    step_queries();
    if (revoke_until_ && clock_.monotonic() >= *revoke_until_) {
        finish_revocation();
    }
    if (held_next_ == held_.size()) {
        held_.clear();
        held_next_ = 0;
    }
    if (held_.empty() || (paused_ && held_.size() - held_next_ < 4 * fetch_size)) {
        fetch();
    }
    out.losses.merge(losses_);
    losses_.clear();
    if (!changes_.empty()) {
        std::move(changes_.begin(), changes_.end(), std::back_inserter(out.changes));
        changes_.clear();
        return;
    }
    if (!paused_) {
        deliver(out);
    }
}

void KafkaSource::deliver(PollOutput& out) {
    RecordBatch& batch = *out.batch;
    KafkaSlot* run = nullptr;
    bool moved = false;
    const auto end_run = [&] {
        if (moved) {
            out.advances.push_back({run->number, run->number, run->position});
        }
        moved = false;
    };
    while (held_next_ < held_.size() && !batch.full()) {
        rd_kafka_message_t* message = held_[held_next_++];
        KafkaSlot* slot = slots_.find(
            message->rkt, message->partition, [&] { return rd_kafka_topic_name(message->rkt); });
        if (slot != run) {
            end_run();
            run = slot;
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            const std::int64_t before = slot != nullptr ? slot->position : 0;
            on_message_error(*message);
            moved |= slot != nullptr && slot->position != before;
        } else if (slot != nullptr && !slot->revoking && message->offset >= slot->position) {
            rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
            const std::int64_t ms = rd_kafka_message_timestamp(message, &type);
            const Timestamp time = ms > 0 && type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
                                       ? Timestamp{std::chrono::milliseconds{ms}}
                                       : no_time;
            batch.append({slot->number, slot->number, message->offset, 0},
                         time,
                         {static_cast<const char*>(message->payload), message->len});
            slot->position = message->offset + 1;
            slot->eof = false;
            moved = true;
        }
        rd_kafka_message_destroy(message);
    }
    end_run();
    if (!batch.empty()) {
        last_record_ = clock_.monotonic();
    }
}

void KafkaSource::on_message_error(const rd_kafka_message_t& message) {
    const std::string topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "";
    KafkaSlot* slot = slots_.find(TopicPartition{topic, message.partition});
    switch (message.err) {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            if (slot != nullptr && !slot->revoking) {
                // Past what holds no records: markers of transactions, compacted ones.
                slot->position = std::max(slot->position, message.offset);
                slot->end = std::max(slot->end, message.offset);
                slot->eof = true;
                slots_.set_refused(topic, false);
            }
            break;
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
            if (slot != nullptr && !slot->asking) {
                slot->asking = true;
                resolver_->add(slot->where, slot->position);
            }
            break;
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            slots_.set_refused(topic, true);
            trouble_.problem(fmt::format("topic '{}'", topic),
                             "the broker does not let us read it; its administrator can grant READ "
                             "and DESCRIBE");
            break;
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            trouble_.problem("group",
                             fmt::format("the broker does not let us join '{}'; its administrator "
                                         "can grant READ on the group",
                                         settings_.group_id));
            break;
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            log(LogLevel::error,
                "kafka",
                "the pipeline took nothing for longer than max.poll.interval.ms: the group took "
                "the "
                "partitions away; they are read again from the last epoch");
            break;
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            last_probe_ = -probe_every;  // the look at the topics says it in words
            break;
        default:
            log(LogLevel::warning, "kafka", "{}", rd_kafka_message_errstr(&message));
            break;
    }
}

// ---- control

void KafkaSource::pause() {
    if (!paused_ && client_ != nullptr) {
        const KafkaList list = make_list(slots_.active());
        rd_kafka_pause_partitions(client_.get(), list.get());
    }
    paused_ = true;
}

void KafkaSource::resume() {
    if (paused_ && client_ != nullptr) {
        const KafkaList list = make_list(slots_.active());
        rd_kafka_resume_partitions(client_.get(), list.get());
    }
    paused_ = false;
}

bool KafkaSource::at_end() const {
    return trouble_.state() == SourceState::healthy && assigned_once_ && !assign_due_ &&
           !apply_due_ && !revoke_until_ && held_next_ == held_.size() && changes_.empty() &&
           (!resolver_ || resolver_->empty()) && slots_.all_at_end();
}

SourceHealth KafkaSource::health() const {
    SourceHealth out;
    out.name = "kafka";
    out.reconnects = trouble_.num_recoveries();
    out.state = closed_ ? SourceState::closed : trouble_.state();
    out.detail = trouble_.detail();
    for (const KafkaSlot& slot : slots_.all()) {
        out.partitions.push_back({std::string(origins_.text(slot.number)),
                                  fmt::format("{} [{}]", slot.where.first, slot.where.second),
                                  slot.position,
                                  slot.end < 0 ? slot.end : std::max(slot.end, slot.position)});
    }
    out.at_end = at_end();
    if (out.state != SourceState::healthy) {
        return out;
    }
    const Duration silent = clock_.monotonic() - last_record_;
    if (!assigned_once_ || assign_due_) {
        out.state = SourceState::starting;
        out.detail = !assigned_once_ ? fmt::format("joining group '{}'", settings_.group_id)
                                     : fmt::format("finding out where to start{}{}",
                                                   resolver_->reason().empty() ? "" : ": ",
                                                   resolver_->reason());
    } else if (slots_.all().empty() && resolver_->empty()) {
        out.detail = grouped()
                         ? "no partition is assigned: the group has more members than there are "
                           "partitions"
                         : "no topic matches";
    } else if (settings_.idle_note > Duration{0} && silent >= settings_.idle_note) {
        out.detail = fmt::format("no record for {}",
                                 format_duration(std::chrono::floor<std::chrono::seconds>(silent)));
    }
    return out;
}

void KafkaSource::close(Duration deadline) {
    if (closed_) {
        return;
    }
    closing_ = true;
    if (client_ != nullptr) {
        const Duration until = clock_.monotonic() + deadline;
        commit_stored(deadline / 2);
        drop_held();
        slots_.clear();
        rd_kafka_error_t* error = rd_kafka_consumer_close_queue(client_.get(), queue_.get());
        if (error != nullptr) {
            rd_kafka_error_destroy(error);
        }
        while (rd_kafka_consumer_closed(client_.get()) == 0 && clock_.monotonic() < until) {
            fetch();
            drop_held();
        }
        drop_client();
    }
    closed_ = true;
}

}  // namespace

Result<std::unique_ptr<Source>> make_kafka_source(const config::Kafka& settings,
                                                  OriginTable& origins,
                                                  const Clock& clock,
                                                  const std::string& data_dir) {
    SPOOR_TRY(auto id, group_instance_id(data_dir));
    SPOOR_TRY_VOID(check_kafka_properties(settings));
    return std::make_unique<KafkaSource>(settings, origins, clock, std::move(id));
}

}  // namespace spoor::source
