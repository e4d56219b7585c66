#include "schedule/scripted.hpp"

#include "base/assert.hpp"
#include "base/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace spoor::schedule {

std::string ScriptedBroker::partition_name(std::size_t p) const {
    return fmt::format("kafka:{}/topic/{}", name, p);
}

std::int64_t ScriptedBroker::end(std::size_t p) const {
    return ends.empty() ? static_cast<std::int64_t>(partitions[p].size()) : ends[p];
}

ScriptedSource::ScriptedSource(ScriptedBroker& broker,
                               OriginTable& origins,
                               Random random,
                               std::function<void(const Position&)> on_acknowledge)
    : broker_(broker),
      origins_(origins),
      random_(random),
      on_acknowledge_(std::move(on_acknowledge)),
      partitions_(broker.partitions.size()) {
    for (std::size_t p = 0; p < partitions_.size(); ++p) {
        partitions_[p].number = origins_.intern(broker_.partition_name(p));
    }
}

Result<void> ScriptedSource::open(std::span<const Position> checkpoint) {
    for (std::size_t p = 0; p < partitions_.size(); ++p) {
        for (const Position& position : checkpoint) {
            if (position.partition == broker_.partition_name(p)) {
                partitions_[p].checkpoint = position.next;
            }
        }
    }
    return {};
}

void ScriptedSource::assign(std::size_t p, source::PollOutput& out) {
    Partition& mine = partitions_[p];
    mine.assigned = true;
    mine.next = std::max<std::int64_t>(mine.checkpoint, 0);
    source::PartitionChange change;
    change.partition = mine.number;
    if (broker_.committed[p] > mine.next) {
        // In these tests nobody else works on the partition: a commit ahead of the checkpoint is
        // the planted fault.
        mine.next = broker_.committed[p];
        change.drop_state = true;
        change.reason = "the committed offset is ahead of the checkpoint";
    }
    change.start = {broker_.partition_name(p), broker_.partition_name(p), mine.next};
    out.changes.push_back(std::move(change));
}

// A source that is read for the first time says at once what it has, as a group's first assignment
// does: what is correlated across partitions waits for it.
void ScriptedSource::assign_new(source::PollOutput& out) {
    if (random_.chance(0.5)) {
        for (std::size_t p = 0; p < partitions_.size(); ++p) {
            assign(p, out);
        }
    }
}

void ScriptedSource::poll(source::PollOutput& out) {
    if (broker_.away) {
        return;
    }
    if (std::all_of(partitions_.begin(), partitions_.end(), [](const Partition& p) {
            return !p.assigned && p.checkpoint < 0;
        })) {
        assign_new(out);
        return;
    }
    for (; !broker_.take_back.empty(); broker_.take_back.pop_front()) {
        const auto [p, lost] = broker_.take_back.front();
        Partition& mine = partitions_[p];
        if (!mine.assigned || mine.revoking) {
            continue;
        }
        source::PartitionChange change;
        change.kind = lost ? source::ChangeKind::lost : source::ChangeKind::revoked;
        change.partition = mine.number;
        mine.revoking = true;
        out.changes.push_back(std::move(change));
    }
    // Partitions come in any order, some records of each: only the order within one is sure.
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
        hand_out(random_.below(partitions_.size()), out);
    }
}

void ScriptedSource::hand_out(std::size_t p, source::PollOutput& out) {
    Partition& mine = partitions_[p];
    if (mine.revoking) {
        return;
    }
    if (!mine.assigned) {
        if (random_.chance(0.5)) {
            assign(p, out);
        }
        return;
    }
    const auto& records = broker_.partitions[p];
    const std::int64_t end = broker_.end(p);
    std::uint64_t n = random_.below(6);
    bool any = false;
    for (; n > 0 && mine.next < end && !out.batch->full(); --n) {
        const ScriptedRecord& r = records[static_cast<std::size_t>(mine.next)];
        out.batch->append({mine.number, mine.number, mine.next, 0}, r.record_time, r.bytes);
        ++mine.next;
        any = true;
    }
    if (any) {
        out.advances.push_back({mine.number, mine.number, mine.next});
    }
}

void ScriptedSource::acknowledge(std::span<const Position> committed) {
    for (const Position& position : committed) {
        for (std::size_t p = 0; p < partitions_.size(); ++p) {
            if (position.partition == broker_.partition_name(p)) {
                on_acknowledge_(position);
                broker_.committed[p] = position.next;
                partitions_[p].checkpoint = position.next;
            }
        }
    }
}

void ScriptedSource::release(std::uint32_t partition) {
    for (Partition& mine : partitions_) {
        if (mine.number == partition) {
            mine.assigned = false;
            mine.revoking = false;
        }
    }
}

source::SourceHealth ScriptedSource::health() const {
    source::SourceHealth health;
    health.name = broker_.name;
    health.state = broker_.away ? source::SourceState::down : source::SourceState::healthy;
    health.at_end = !broker_.away;
    for (std::size_t p = 0; p < partitions_.size(); ++p) {
        const Partition& mine = partitions_[p];
        health.at_end =
            health.at_end && mine.assigned && !mine.revoking && mine.next == broker_.end(p);
        health.partitions.push_back({broker_.partition_name(p), {}, mine.next, broker_.end(p)});
    }
    return health;
}

void ScriptedSource::close(Duration /*deadline*/) {}

void ScriptedServer::forget_newest(std::size_t n) {
    for (; n > 0 && !order.empty(); --n) {
        alerts.erase(order.back());
        order.pop_back();
        sequences.pop_back();
    }
    applied = sequences.empty() ? 0 : sequences.back();
    ++restarts;
}

Result<sink::SinkPosition> ScriptedSink::connect(std::string_view /*store_id*/) {
    if (server_.away) {
        return fail(Errc::unavailable, "the server is away");
    }
    restarts_ = server_.restarts;
    return server_.keeps_sequence ? sink::SinkPosition{server_.applied} : sink::SinkPosition{};
}

sink::WriteResult ScriptedSink::write(std::span<const sink::StoredAlert> alerts) {
    sink::WriteResult result;
    for (const sink::StoredAlert& a : alerts) {
        if (server_.away || restarts_ != server_.restarts || random_.chance(0.02)) {
            result.verdicts.push_back(sink::Verdict::retry);
            result.detail = "no answer";
            continue;
        }
        if (!result.verdicts.empty() && result.verdicts.back() == sink::Verdict::retry) {
            result.verdicts.push_back(sink::Verdict::retry);
            continue;
        }
        const bool old = server_.keeps_sequence && a.sequence <= server_.applied;
        if (!old && server_.alerts.emplace(a.id, a.json).second) {
            server_.order.emplace_back(a.id);
            server_.sequences.push_back(a.sequence);
        } else {
            ++server_.num_duplicates;
        }
        server_.applied = std::max(server_.applied, a.sequence);
        result.verdicts.push_back(sink::Verdict::sent);
    }
    return result;
}

namespace {

struct HostWindow {
    std::int64_t start_us = -1;  // -1: no open window
    std::int64_t newest_us = -1;
    std::uint64_t count = 0;
    std::uint64_t sum = 0;  // order matters: sum = sum * 31 + position
    std::uint64_t closed = 0;
    bool changed = false;
};

using HostKey = std::pair<std::uint32_t, std::string>;

class CountingState final : public alert::DetectorState {
public:
    std::map<HostKey, HostWindow> hosts;
};

class CountingDetector final : public alert::Detector {
public:
    CountingDetector(Duration window, Duration lateness) : window_(window), lateness_(lateness) {}

    [[nodiscard]] std::string_view name() const override { return "counting"; }

    [[nodiscard]] std::uint32_t state_version() const override { return 1; }

    [[nodiscard]] std::unique_ptr<alert::DetectorState> make_state() const override {
        return std::make_unique<CountingState>();
    }

    void inspect(std::span<const Event> events,
                 const OriginTable& origins,
                 alert::DetectorState& state,
                 alert::Findings& out) const override {
        for (const Event& e : events) {
            if (e.time != no_time) {
                take(e, origins, static_cast<CountingState&>(state), out);
            }
        }
    }

    void collect_changed(const OriginTable& origins,
                         alert::DetectorState& state,
                         std::vector<alert::StateRow>& out) const override {
        for (auto& [key, host] : static_cast<CountingState&>(state).hosts) {
            if (host.changed) {
                out.push_back({"counting",
                               1,
                               std::string(origins.text(key.first)),
                               key.second,
                               fmt::format("{} {} {} {} {}",
                                           host.start_us,
                                           host.newest_us,
                                           host.count,
                                           host.sum,
                                           host.closed)});
                host.changed = false;
            }
        }
    }

    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& origins,
                               alert::DetectorState& state) const override {
        HostWindow host;
        const char* at = row.bytes.data();
        const char* end = at + row.bytes.size();
        const auto read = [&](auto& value) {
            const auto [next, error] = std::from_chars(at, end, value);
            at = next < end ? next + 1 : next;
            return error == std::errc{};
        };
        if (!read(host.start_us) || !read(host.newest_us) || !read(host.count) || !read(host.sum) ||
            !read(host.closed)) {
            return false;
        }
        static_cast<CountingState&>(state).hosts[{origins.intern(row.partition), row.entity}] =
            host;
        return true;
    }

    void drop_partition(std::uint32_t partition, alert::DetectorState& state) const override {
        std::erase_if(static_cast<CountingState&>(state).hosts,
                      [&](const auto& h) { return h.first.first == partition; });
    }

    void close_windows(const OriginTable& origins,
                       alert::DetectorState& state,
                       alert::Findings& out) const override {
        for (auto& [key, host] : static_cast<CountingState&>(state).hosts) {
            close(key, host, origins, out);
        }
    }

    [[nodiscard]] std::size_t state_bytes(const alert::DetectorState& /*state*/) const override {
        return 0;
    }

private:
    void take(const Event& e,
              const OriginTable& origins,
              CountingState& state,
              alert::Findings& out) const {
        const HostKey key{e.ref.partition, std::string(e.host_key)};
        HostWindow& host = state.hosts[key];
        host.changed = true;
        const std::int64_t t = e.time.time_since_epoch().count();
        host.newest_us = std::max(host.newest_us, t);
        if (host.start_us >= 0 &&
            host.newest_us >= host.start_us + window_.count() + lateness_.count()) {
            close(key, host, origins, out);
        }
        if (t < host.newest_us - lateness_.count() - window_.count()) {
            emit(key, "late", origins.ref(e.ref), e.time, out);
            return;
        }
        if (host.start_us < 0) {
            host.start_us = t / window_.count() * window_.count();
        }
        ++host.count;
        host.sum = host.sum * 31 + static_cast<std::uint64_t>(e.ref.position) + e.ref.element;
    }

    void close(const HostKey& key,
               HostWindow& host,
               const OriginTable& origins,
               alert::Findings& out) const {
        if (host.start_us < 0) {
            return;
        }
        const std::string body = fmt::format("{}:{}:{}:{}:{}",
                                             origins.text(key.first),
                                             host.start_us,
                                             host.count,
                                             host.sum,
                                             host.closed);
        emit(key, "window", body, Timestamp{Duration{host.start_us}}, out);
        host.start_us = -1;
        host.count = 0;
        host.sum = 0;
        ++host.closed;
    }

    static void emit(const HostKey& key,
                     std::string_view what,
                     const std::string& body,
                     Timestamp time,
                     alert::Findings& out) {
        alert::Alert a;
        a.id = alert::make_id(what, "1", key.second, body);
        a.time = time;
        a.detector = "counting";
        a.rule_id = what;
        a.host = key.second;
        a.entity = key.second;
        a.summary = body;
        JsonWriter w(a.json);
        w.begin_object()
            .member("id", std::string_view(a.id))
            .member("what", what)
            .member("body", std::string_view(body))
            .end_object();
        out.alerts.push_back(std::move(a));
    }

    const Duration window_;
    const Duration lateness_;
};

}  // namespace

std::unique_ptr<alert::Detector> make_counting_detector(Duration window, Duration lateness) {
    return std::make_unique<CountingDetector>(window, lateness);
}

}  // namespace spoor::schedule
