// The detectors' share of the hot path: feature vectors at few and at many hosts, and alerts in a
// storm. Items are events.
#include "behavior/behavior.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spoor::behavior {
namespace {

// Batches as the shard hands them over: 1024 feature vectors of hosts in a scattered order.
class Vectors {
public:
    Vectors(std::size_t num_hosts, std::size_t num_events, Duration step, double anomalous)
        : part_(origins_.intern("kafka:CLUSTERCLUSTERCLUSTER22/TOPICTOPICTOPICTOPIC22/0")) {
        // Names lie where their events do, as in a batch that was just decoded.
        constexpr std::size_t name_size = 12;
        names_.reserve(num_events * name_size);
        fields_.resize(num_events * num_features);
        std::uint64_t x = 88172645463325252ULL;
        Timestamp time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};
        for (std::size_t i = 0; i < num_events; ++i) {
            const auto random = [&x] {
                x ^= x << 13U;
                x ^= x >> 7U;
                x ^= x << 17U;
                return static_cast<double>(x >> 11U) * 0x1.0p-53;
            };
            const bool high = random() < anomalous;
            for (std::size_t k = 0; k < num_features; ++k) {
                const auto id = static_cast<FieldId>(static_cast<std::size_t>(first_feature) + k);
                const double value =
                    high && k < 3 ? 0.8001 + 0.15 * random() : 0.1 + 0.5 * random();
                fields_[i * num_features + k] = Field::of_real(id, value);
            }
            Event e;
            e.time = time;
            e.record_time = time;
            e.time_origin = TimeOrigin::event;
            e.shape = EventShape::feature_vector;
            e.ref = {part_, part_, static_cast<std::int64_t>(i), 0};
            const auto host = static_cast<std::size_t>(random() * static_cast<double>(num_hosts));
            const std::size_t begin = names_.size();
            names_ += "host" + std::to_string(host + 1);
            e.host = std::string_view(names_).substr(begin);
            e.host_key = e.host;
            e.fields = {fields_.data() + i * num_features, num_features};
            events_.push_back(e);
            time += step;
        }
    }

    // Moves the whole stream on, so that it can be run over again.
    void later(Duration by) {
        for (Event& e : events_) {
            e.time += by;
        }
    }

    [[nodiscard]] const std::vector<Event>& events() const { return events_; }

    [[nodiscard]] const OriginTable& origins() const { return origins_; }

private:
    OriginTable origins_;
    std::uint32_t part_;
    std::string names_;
    std::vector<Field> fields_;
    std::vector<Event> events_;
};

void run(benchmark::State& state,
         const alert::Detector& detector,
         Vectors& vectors,
         Duration span) {
    const auto own = detector.make_state();
    alert::Findings found;
    std::uint64_t num_alerts = 0;
    std::uint64_t bytes = 0;
    const std::span<const Event> all = vectors.events();
    const auto pass = [&] {
        for (std::size_t i = 0; i < all.size(); i += 1024) {
            found.alerts.clear();
            found.counters.clear();
            detector.inspect(all.subspan(i, std::min<std::size_t>(1024, all.size() - i)),
                             vectors.origins(),
                             *own,
                             found);
            num_alerts += found.alerts.size();
            bytes += found.alerts.empty() ? 0 : found.alerts.front().json.size();
        }
    };
    pass();
    num_alerts = 0;
    for (auto step : state) {
        state.PauseTiming();
        vectors.later(span);
        state.ResumeTiming();
        pass();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
    state.counters["alerts"] = static_cast<double>(num_alerts);
    if (const std::size_t held = detector.state_bytes(*own); held > 0) {
        state.counters["state_bytes"] = static_cast<double>(held);
    }
    benchmark::DoNotOptimize(bytes);
}

constexpr std::size_t num_events = 400'000;

// Arguments: hosts, milliseconds between two messages of the stream.
void baselines(benchmark::State& state) {
    const Duration step = std::chrono::milliseconds{state.range(1)};
    Vectors vectors(static_cast<std::size_t>(state.range(0)), num_events, step, 0);
    run(state, *make_baselines({}), vectors, step * num_events);
}

void threshold(benchmark::State& state) {
    Vectors vectors(
        1000, num_events, std::chrono::milliseconds{1}, static_cast<double>(state.range(0)) / 1000);
    run(state, *make_threshold_rule({}), vectors, std::chrono::seconds{400});
}

BENCHMARK(baselines)
    ->Args({1'000, 1})
    ->Args({100'000, 1})
    ->Args({1'000, 500})
    ->Args({100'000, 500})
    ->Unit(benchmark::kMillisecond);

// Security events of a host: processes, connections, logons.
void events(benchmark::State& state) {
    constexpr std::array<std::string_view, 3> types = {
        "process", "network_connection", "authentication"};
    constexpr std::array<std::string_view, 4> programs = {
        "svchost.exe", "chrome.exe", "sh", "cron"};
    OriginTable origins;
    const auto part = origins.intern("kafka:C/T/0");
    std::vector<std::array<Field, 8>> fields(num_events);
    std::vector<Event> all(num_events);
    for (std::size_t i = 0; i < num_events; ++i) {
        fields[i] = {Field::text(FieldId::event_type, types[i % 3]),
                     Field::text(FieldId::action, "created"),
                     Field::text(FieldId::outcome, "success"),
                     Field::text(FieldId::user_name, "user17"),
                     Field::text(FieldId::process_name, programs[i / 3 % 4]),
                     Field::text(FieldId::source_ip, "192.168.1.23"),
                     Field::text(FieldId::destination_ip, "203.0.113.77"),
                     Field::of_real(FieldId::bytes_sent, static_cast<double>(i % 5000))};
        Event& e = all[i];
        e.time = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}} +
                 std::chrono::milliseconds{i * 10};
        e.shape = EventShape::simulation;
        e.ref = {part, part, static_cast<std::int64_t>(i), 0};
        e.host = i % 2 == 0 ? "host1" : "host2";
        e.host_key = e.host;
        e.fields = fields[i];
    }
    const auto detector = make_baselines({});
    alert::Findings found;
    for (auto step : state) {
        const auto own = detector->make_state();
        for (std::size_t i = 0; i < all.size(); i += 1024) {
            detector->inspect(
                std::span(all).subspan(i, std::min<std::size_t>(1024, all.size() - i)),
                origins,
                *own,
                found);
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}

BENCHMARK(events)->Unit(benchmark::kMillisecond);
// Of a thousand messages so many are anomalous.
BENCHMARK(threshold)->Arg(0)->Arg(1)->Arg(333)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spoor::behavior
