#include "behavior/behavior.hpp"
#include "behavior/host_state.hpp"
#include "behavior/state_codec.hpp"
#include "behavior/window_alert.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace spoor::behavior {

namespace {

constexpr std::string_view detector_name = "behavior";
constexpr Duration least_window = std::chrono::seconds{1};
constexpr double max_gauge = 1e12;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

class BaselineState final : public alert::DetectorState {
public:
    HostTable hosts;
    std::vector<std::uint32_t> dirty;   // indices of hosts
    std::vector<std::uint64_t> hashes;  // scratch of one batch
    std::size_t row_bytes = 300;        // of the last rows collected, on average
};

// Of one batch, added to the counters at its end.
struct Tally {
    std::uint64_t late = 0;
    std::uint64_t without_time = 0;
    std::uint64_t without_host = 0;
    std::uint64_t out_of_range = 0;
    std::uint64_t closed = 0;
    std::uint64_t alerts = 0;

    void add_to(Counters& counters) const {
        counters.add("late_events", late);
        counters.add("events_without_time", without_time);
        counters.add("events_without_host", without_host);
        counters.add("features_out_of_range", out_of_range);
        counters.add("windows_closed", closed);
        counters.add("alerts.behavior", alerts);
    }
};

class Baselines final : public alert::Detector {
public:
    explicit Baselines(const BaselineOptions& options)
        : window_(std::max(options.window, least_window)),
          lateness_(std::clamp(options.allowed_lateness, Duration{0}, window_)),
          threshold_(options.anomaly_threshold),
          memory_(window_, options.baseline_period, options.anomaly_threshold) {}

    [[nodiscard]] std::string_view name() const override { return detector_name; }

    [[nodiscard]] std::uint32_t state_version() const override {
        // What was learned from windows of another length is of no use: such rows are dropped, and
        // counted.
        return behavior::state_version << 24U |
               (static_cast<std::uint32_t>(window_.count() / 1'000'000) & 0xFFFFFFU);
    }

    [[nodiscard]] std::unique_ptr<alert::DetectorState> make_state() const override {
        return std::make_unique<BaselineState>();
    }

    void inspect(std::span<const Event> events,
                 const OriginTable& origins,
                 alert::DetectorState& state,
                 alert::Findings& out) const override;
    void collect_changed(const OriginTable& origins,
                         alert::DetectorState& state,
                         std::vector<alert::StateRow>& out) const override;
    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& origins,
                               alert::DetectorState& state) const override;
    void drop_partition(std::uint32_t partition, alert::DetectorState& state) const override;
    void close_windows(const OriginTable& origins,
                       alert::DetectorState& state,
                       alert::Findings& out) const override;

    [[nodiscard]] std::size_t changed_bytes(const alert::DetectorState& state) const override {
        const auto& own = static_cast<const BaselineState&>(state);
        return own.dirty.size() * own.row_bytes;
    }

    [[nodiscard]] std::size_t state_bytes(const alert::DetectorState& state) const override {
        const auto& own = static_cast<const BaselineState&>(state);
        return own.hosts.bytes() + own.dirty.capacity() * sizeof(std::uint32_t) +
               own.hashes.capacity() * sizeof(std::uint64_t);
    }

private:
    void take(const Event& event,
              std::uint64_t hash,
              const OriginTable& origins,
              BaselineState& state,
              alert::Findings& out,
              Tally& tally) const;
    void take_gauges(const Event& event, OpenWindow& window, Tally& tally) const;
    static OpenWindow& window_of(HostState& host, std::int64_t index);
    void close_passed(HostState& host,
                      const OriginTable& origins,
                      alert::Findings& out,
                      Tally& tally) const;
    void close(HostState& host,
               const OriginTable& origins,
               alert::Findings& out,
               Tally& tally) const;

    [[nodiscard]] bool is_closed(std::int64_t index, Timestamp newest) const {
        return memory_.start(index + 1) + lateness_ <= newest;
    }

    Duration window_;
    Duration lateness_;
    double threshold_;
    Memory memory_;
};

void Baselines::inspect(std::span<const Event> events,
                        const OriginTable& origins,
                        alert::DetectorState& state,
                        alert::Findings& out) const {
    auto& own = static_cast<BaselineState&>(state);
    Tally tally;
    // Ahead of the work, so that at many hosts their memory is there when it is needed.
    constexpr std::size_t entries_ahead = 32;
    constexpr std::size_t hosts_ahead = 16;
    constexpr std::size_t cold_ahead = 8;
    constexpr std::size_t gauges_ahead = 4;
    own.hashes.resize(events.size());
    const auto hash = [&](std::size_t i) {
        own.hashes[i] = table_hash(events[i].ref.partition, events[i].host_key);
        own.hosts.prefetch_entry(own.hashes[i]);
    };
    for (std::size_t i = 0; i < std::min(entries_ahead, events.size()); ++i) {
        hash(i);
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i + entries_ahead < events.size()) {
            hash(i + entries_ahead);
        }
        if (i + hosts_ahead < events.size()) {
            own.hosts.prefetch_host(own.hashes[i + hosts_ahead]);
        }
        if (i + cold_ahead < events.size()) {
            const std::size_t k = i + cold_ahead;
            own.hosts.prefetch_cold(own.hashes[k], events[k].time, window_);
        }
        if (i + gauges_ahead < events.size()) {
            const std::size_t k = i + gauges_ahead;
            own.hosts.prefetch_gauges(own.hashes[k], events[k].time, window_);
        }
        take(events[i], own.hashes[i], origins, own, out, tally);
    }
    tally.add_to(out.counters);
}

void Baselines::take(const Event& event,
                     std::uint64_t hash,
                     const OriginTable& origins,
                     BaselineState& state,
                     alert::Findings& out,
                     Tally& tally) const {
    const std::int64_t time = event.time.time_since_epoch().count();
    if (time < -max_time || time > max_time) {
        tally.without_time += event.time == no_time ? 0U : 1U;  // no time: counted by its decoder
        return;
    }
    if (event.host.empty()) {
        ++tally.without_host;
        return;
    }
    HostState* host = state.hosts.find(hash, event.ref.partition, event.host_key);
    if (host == nullptr) {
        host = &state.hosts.add(hash, event.ref.partition, event.host_key, event.host);
    }
    const std::int64_t index = floor_div(time, window_.count());
    if (host->newest != no_time && is_closed(index, host->newest)) {
        ++tally.late;
        return;
    }
    if (!host->is_dirty) {
        host->is_dirty = true;
        state.dirty.push_back(host->number);
    }
    if (event.time > host->newest) {
        host->newest = event.time;
        close_passed(*host, origins, out, tally);
    }
    const bool is_vector = event.shape == EventShape::feature_vector;
    if (!is_vector && !host->cold->events) {
        host->cold->events = std::make_unique<EventPart>();
    }
    OpenWindow& window = window_of(*host, index);
    window.last = {event.ref.position, event.ref.origin, event.ref.element};
    if (window.num_events == 0) {
        window.first = window.last;
    }
    ++window.num_events;
    window.newest = std::max(window.newest, event.time);
    window.is_simulated = window.is_simulated || event.is_simulated;
    take_gauges(event, window, tally);
    if (!is_vector) {
        ++window.num_sums;
        EventPart& events = *host->cold->events;
        events.baseline.take(observe(event),
                             &window == &host->window ? events.current : host->cold->pending->sums);
    }
}

void Baselines::take_gauges(const Event& event, OpenWindow& window, Tally& tally) const {
    for (const Field& f : event.fields) {
        if (f.id < first_feature || f.id >= FieldId::count_ || !f.is_number()) {
            continue;
        }
        const double value = f.as_number();
        const auto i = static_cast<std::size_t>(f.id) - static_cast<std::size_t>(first_feature);
        std::uint16_t& count = window.gauges.count[i];
        if (!(std::abs(value) <= max_gauge)) {
            ++tally.out_of_range;
        } else if (count < 0xFFFF) {  // that many give the average well enough
            window.gauges.sum[i] += static_cast<float>(value);
            ++count;
        }
    }
}

// At most two windows are open, since the lateness is at most a window's length. The usual event is
// of the current one, and then the cold part is not touched: that would be a wait for memory.
OpenWindow& Baselines::window_of(HostState& host, std::int64_t index) {
    if (!host.window.open()) {
        host.window.index = index;
    }
    if (host.window.index == index) {
        return host.window;
    }
    HostCold& cold = *host.cold;
    if (!host.has_pending) {
        cold.pending = std::make_unique<PendingWindow>();
        host.has_pending = true;
        cold.pending->window.index = index;
        if (index < host.window.index) {  // the first event of the window before
            std::swap(cold.pending->window, host.window);
            if (cold.events) {
                std::swap(cold.pending->sums, cold.events->current);
            }
            return host.window;
        }
    }
    return cold.pending->window;
}

void Baselines::close_passed(HostState& host,
                             const OriginTable& origins,
                             alert::Findings& out,
                             Tally& tally) const {
    while (host.window.open() && is_closed(host.window.index, host.newest)) {
        close(host, origins, out, tally);
    }
}

void Baselines::close(HostState& host,
                      const OriginTable& origins,
                      alert::Findings& out,
                      Tally& tally) const {
    HostCold& cold = *host.cold;
    Verdict verdict;
    EventSums* const sums = cold.events ? &cold.events->current : nullptr;
    if (host.window.num_sums > 0) {
        cold.events->baseline.close(*sums, host.window.index, cold.name_hash, memory_, verdict);
    }
    if (host.window.gauges.any()) {
        if (!cold.gauges) {
            cold.gauges = std::make_unique<GaugeBaseline>();
        }
        cold.gauges->close(host.window.gauges, host.window.index, memory_, verdict);
    }
    verdict.finish();
    ++tally.closed;
    if (verdict.num_scored > 0 && verdict.anomaly_score() >= threshold_) {
        out.alerts.push_back(make_window_alert(host, host.window, sums, verdict, memory_, origins));
        ++tally.alerts;
    }
    host.window = host.has_pending ? cold.pending->window : OpenWindow{};
    if (sums != nullptr) {
        *sums = host.has_pending ? cold.pending->sums : EventSums{};
    }
    host.has_pending = false;
    cold.pending.reset();
}

void Baselines::collect_changed(const OriginTable& origins,
                                alert::DetectorState& state,
                                std::vector<alert::StateRow>& out) const {
    auto& own = static_cast<BaselineState&>(state);
    std::size_t bytes = 0;
    std::string scratch;
    out.reserve(out.size() + own.dirty.size());
    for (std::size_t i = 0; i < own.dirty.size(); ++i) {
        own.hosts.prefetch_row(own.dirty, i);
        HostState& host = own.hosts.at(own.dirty[i]);
        alert::StateRow& row = out.emplace_back();
        row.detector = detector_name;
        row.version = state_version();
        row.partition = origins.text(host.partition);
        row.entity = host.cold->key;
        scratch.clear();
        encode(host, window_, origins, scratch);
        row.bytes = scratch;  // to its exact size: many rows wait together for the commit
        host.is_dirty = false;
        bytes += row.bytes.size() + row.partition.size() + row.entity.size();
    }
    if (!own.dirty.empty()) {
        own.row_bytes = bytes / own.dirty.size();
    }
    own.dirty.clear();
}

bool Baselines::restore(const alert::StateRow& row,
                        OriginTable& origins,
                        alert::DetectorState& state) const {
    auto& own = static_cast<BaselineState&>(state);
    const std::uint32_t partition = origins.intern(row.partition);
    const std::uint64_t hash = table_hash(partition, row.entity);
    if (row.detector != detector_name || row.version != state_version() || row.entity.empty() ||
        own.hosts.find(hash, partition, row.entity) != nullptr) {
        return false;
    }
    HostState host;
    host.partition = partition;
    host.cold = std::make_unique<HostCold>();
    host.cold->key = row.entity;
    if (!decode(row.bytes, window_, origins, host)) {
        return false;
    }
    HostState& added = own.hosts.add(hash, partition, row.entity, host.cold->name);
    added.newest = host.newest;
    added.has_pending = host.has_pending;
    added.window = host.window;
    added.cold->events = std::move(host.cold->events);
    added.cold->gauges = std::move(host.cold->gauges);
    added.cold->pending = std::move(host.cold->pending);
    return true;
}

void Baselines::drop_partition(std::uint32_t partition, alert::DetectorState& state) const {
    auto& own = static_cast<BaselineState&>(state);
    own.hosts.drop_partition(partition);
    own.dirty.clear();
    for (std::uint32_t i = 0; i < own.hosts.size(); ++i) {
        if (own.hosts.at(i).is_dirty) {
            own.dirty.push_back(i);
        }
    }
}

void Baselines::close_windows(const OriginTable& origins,
                              alert::DetectorState& state,
                              alert::Findings& out) const {
    auto& own = static_cast<BaselineState&>(state);
    std::vector<std::uint32_t> order(own.hosts.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
        const HostState& x = own.hosts.at(a);
        const HostState& y = own.hosts.at(b);
        return x.partition != y.partition ? origins.text(x.partition) < origins.text(y.partition)
                                          : x.cold->key < y.cold->key;
    });
    Tally tally;
    for (const std::uint32_t index : order) {
        HostState& host = own.hosts.at(index);
        if (host.window.open() && !host.is_dirty) {
            host.is_dirty = true;
            own.dirty.push_back(index);
        }
        while (host.window.open()) {
            close(host, origins, out, tally);
        }
    }
    tally.add_to(out.counters);
}

}  // namespace

std::unique_ptr<alert::Detector> make_baselines(const BaselineOptions& options) {
    return std::make_unique<Baselines>(options);
}

}  // namespace spoor::behavior
