// The detector against a plain implementation of the same rules: one map of hosts, one map of open
// windows each, no table, no batches, no restarts. Both must give the same alerts, byte for byte,
// however the events are batched and wherever the detector is stopped and restored.
#include "base/random.hpp"
#include "behavior/behavior.hpp"
#include "behavior/host_state.hpp"
#include "behavior/window_alert.hpp"
#include "unit/behavior/event_maker.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace spoor::behavior {
namespace {

using testing::at;
using testing::EventMaker;

// An event of a made-up stream; partition and origin as texts, since numbers differ between runs.
struct Made {
    std::string partition;
    std::string origin;
    Event event;
};

Event placed(const Made& made, OriginTable& origins) {
    Event event = made.event;
    event.ref.partition = origins.intern(made.partition);
    event.ref.origin = origins.intern(made.origin);
    return event;
}

class Plain {
public:
    Plain(const BaselineOptions& options, OriginTable& origins)
        : options_(options),
          memory_(options.window, options.baseline_period, options.anomaly_threshold),
          origins_(origins) {}

    void take(const Made& made) {
        const Event event = placed(made, origins_);
        if (event.time == no_time || event.host.empty()) {
            return;
        }
        auto [it, is_new] = hosts_.try_emplace({made.partition, std::string(event.host_key)});
        Host& host = it->second;
        if (is_new) {
            host.state.partition = event.ref.partition;
            host.state.cold = std::make_unique<HostCold>();
            host.state.cold->key = event.host_key;
            host.state.cold->name = event.host;
            host.state.cold->name_hash = name_hash(event.host_key);
        }
        const auto index =
            std::chrono::floor<std::chrono::minutes>(event.time).time_since_epoch().count() /
            std::chrono::duration_cast<std::chrono::minutes>(options_.window).count();
        if (!is_new && is_closed(index, host.newest)) {
            ++late;
            return;
        }
        host.newest = std::max(host.newest, event.time);
        while (!host.windows.empty() && is_closed(host.windows.begin()->first, host.newest)) {
            close(host);
        }
        add(host, host.windows[index], index, event);
    }

    void close_all() {
        for (auto& [key, host] : hosts_) {
            while (!host.windows.empty()) {
                close(host);
            }
        }
    }

    std::vector<std::string> alerts;
    std::uint64_t late = 0;

private:
    struct PlainWindow {
        OpenWindow about;
        EventSums sums;
        bool has_events = false;
    };

    struct Host {
        HostState state;  // only what an alert says of the host
        Timestamp newest = no_time;
        EventBaseline events;
        GaugeBaseline gauges;
        std::map<std::int64_t, PlainWindow> windows;
    };

    static std::uint64_t name_hash(std::string_view name) {
        HostTable table;
        return table.add(1, 0, name, name).cold->name_hash;
    }

    [[nodiscard]] bool is_closed(std::int64_t index, Timestamp newest) const {
        return newest >= Timestamp{options_.window * (index + 1)} + options_.allowed_lateness;
    }

    static void add(Host& host, PlainWindow& window, std::int64_t index, const Event& event) {
        OpenWindow& about = window.about;
        about.index = index;
        about.last = {event.ref.position, event.ref.origin, event.ref.element};
        if (about.num_events++ == 0) {
            about.first = about.last;
        }
        about.newest = std::max(about.newest, event.time);
        about.is_simulated |= event.is_simulated;
        for (const Field& f : event.fields) {
            if (f.id >= first_feature && f.is_number() && std::abs(f.as_number()) <= 1e12) {
                const auto i =
                    static_cast<std::size_t>(f.id) - static_cast<std::size_t>(first_feature);
                about.gauges.sum[i] += static_cast<float>(f.as_number());
                ++about.gauges.count[i];
            }
        }
        if (event.shape != EventShape::feature_vector) {
            ++about.num_sums;
            window.has_events = true;
            host.events.take(observe(event), window.sums);
        }
    }

    void close(Host& host) {
        const auto [index, window] = *host.windows.begin();
        host.windows.erase(host.windows.begin());
        Verdict verdict;
        if (window.has_events) {
            host.events.close(window.sums, index, host.state.cold->name_hash, memory_, verdict);
        }
        if (window.about.gauges.any()) {
            host.gauges.close(window.about.gauges, index, memory_, verdict);
        }
        verdict.finish();
        if (verdict.num_scored > 0 && verdict.anomaly_score() >= options_.anomaly_threshold) {
            alerts.push_back(make_window_alert(
                                 host.state, window.about, &window.sums, verdict, memory_, origins_)
                                 .json);
        }
    }

    BaselineOptions options_;
    Memory memory_;
    OriginTable& origins_;
    std::map<std::pair<std::string, std::string>, Host> hosts_;
};

// A stream with everything in it that the rules speak of: bursts, silences, jitter within and
// beyond the lateness, events without time or host, vectors, several partitions of one host.
class StreamMaker {
public:
    explicit StreamMaker(std::uint64_t seed) : random_(seed) {}

    std::vector<Made> make(std::size_t num_events) {
        std::vector<Made> out;
        double now = 0;
        for (std::size_t i = 0; i < num_events; ++i) {
            now += random_.chance(0.01) ? random_.uniform(0, 30'000) : random_.exponential(12);
            const double jitter = random_.chance(0.3) ? random_.uniform(0, 40) : 0;
            const bool burst = random_.chance(0.01);
            for (int k = 0; k < (burst ? 30 : 1); ++k) {
                out.push_back(one(now - jitter));
            }
        }
        return out;
    }

private:
    Made one(double seconds) {
        static constexpr std::string_view hosts[] = {
            "a", "B", "a-host-with-a-name-longer-than-any-inline-buffer", ""};
        const auto part = random_.below(2);
        std::vector<Field> fields;
        Made made;
        made.partition = part == 0 ? "kafka:C/T/0" : "file:/var/log/x.json";
        made.origin = part == 0 ? made.partition : random_.chance(0.9) ? "file:aa" : "file:bb";
        const bool is_vector = random_.chance(0.3);
        if (is_vector) {
            for (std::size_t i = 0; i < num_features; ++i) {
                if (random_.chance(0.9)) {
                    fields.push_back(Field::of_real(
                        static_cast<FieldId>(static_cast<std::size_t>(first_feature) + i),
                        random_.chance(0.01) ? 1e13 : random_.uniform()));
                }
            }
        } else {
            add_event(fields);
        }
        const auto host = random_.chance(0.02) ? hosts[3] : hosts[random_.below(3)];
        made.event = maker_.make(
            host, random_.chance(0.02) ? no_time : at(seconds), {0, 0, offset_++, 0}, fields);
        made.event.shape = is_vector ? EventShape::feature_vector : EventShape::simulation;
        made.event.is_simulated = random_.chance(0.1);
        return made;
    }

    void add_event(std::vector<Field>& fields) {
        static constexpr std::string_view types[] = {
            "process", "authentication", "network_connection", "file", "firewall", "odd"};
        static constexpr std::string_view programs[] = {"sh", "cron", "nc", "vi", "ls", "ssh"};
        const std::string_view type = types[random_.below(std::size(types))];
        fields.push_back(Field::text(FieldId::event_type, type));
        fields.push_back(
            Field::text(FieldId::outcome, random_.chance(0.2) ? "failure" : "success"));
        fields.push_back(Field::text(FieldId::process_name, programs[random_.below(6)]));
        fields.push_back(
            Field::text(FieldId::destination_ip,
                        maker_.keep("10.0." + std::to_string(random_.below(60)) + ".1")));
        fields.push_back(Field::of_real(FieldId::bytes_sent, random_.exponential(1000)));
    }

    Random random_;
    EventMaker maker_;
    std::int64_t offset_ = 0;
};

struct Result {
    std::vector<std::string> alerts;
    std::uint64_t late = 0;
};

// In random batches, with stops: at some of them all changed rows are collected, and the detector
// goes on from the rows alone.
Result run_detector(const std::vector<Made>& stream,
                    const BaselineOptions& options,
                    std::uint64_t seed) {
    Random random(seed);
    const auto detector = make_baselines(options);
    auto origins = std::make_unique<OriginTable>();
    auto state = detector->make_state();
    std::map<std::pair<std::string, std::string>, alert::StateRow> rows;
    Result out;
    const auto keep = [&](alert::Findings& found) {
        for (alert::Alert& a : found.alerts) {
            out.alerts.push_back(std::move(a.json));
        }
        out.late += found.counters.get("late_events");
    };
    std::size_t i = 0;
    while (i < stream.size()) {
        const std::size_t n = std::min(stream.size() - i, std::size_t{1} + random.below(60));
        std::vector<Event> batch;
        for (std::size_t k = 0; k < n; ++k) {
            batch.push_back(placed(stream[i + k], *origins));
        }
        i += n;
        alert::Findings found;
        detector->inspect(batch, *origins, *state, found);
        keep(found);
        if (random.chance(0.3)) {
            std::vector<alert::StateRow> changed;
            detector->collect_changed(*origins, *state, changed);
            for (alert::StateRow& row : changed) {
                rows[{row.partition, row.entity}] = std::move(row);
            }
            if (random.chance(0.5)) {
                origins = std::make_unique<OriginTable>();
                state = detector->make_state();
                if (random.chance(0.5)) {
                    (void)origins->intern("kafka:other/T/9");  // other numbers than before
                }
                for (const auto& [key, row] : rows) {
                    RC_ASSERT(detector->restore(row, *origins, *state));
                }
            }
        }
    }
    alert::Findings found;
    detector->close_windows(*origins, *state, found);
    keep(found);
    return out;
}

BaselineOptions options_of(std::uint64_t seed) {
    BaselineOptions options;
    options.window = std::chrono::minutes{1};
    options.baseline_period = std::chrono::hours{seed % 3 == 0 ? 2 : 24};
    options.anomaly_threshold = seed % 2 == 0 ? 0.05 : 0.45;
    options.allowed_lateness = std::chrono::seconds{seed % 5 == 0 ? 0 : 10};
    return options;
}

RC_GTEST_PROP(Differential, same_alerts_as_the_plain_implementation, (std::uint64_t seed)) {
    const BaselineOptions options = options_of(seed);
    StreamMaker maker(seed);
    const std::vector<Made> stream = maker.make(2500);
    OriginTable origins;
    Plain plain(options, origins);
    for (const Made& made : stream) {
        plain.take(made);
    }
    plain.close_all();
    const Result result = run_detector(stream, options, seed ^ 0x5555);
    RC_TAG(std::string(plain.alerts.empty() ? "no alerts" : "alerts"));
    RC_ASSERT(plain.late == result.late);
    RC_ASSERT(plain.alerts.size() == result.alerts.size());
    for (std::size_t i = 0; i < plain.alerts.size(); ++i) {
        RC_ASSERT(plain.alerts[i] == result.alerts[i]);
    }
}

// So that the property above is not about nothing.
TEST(Differential, the_streams_have_alerts_and_late_events) {
    std::size_t num_alerts = 0;
    std::uint64_t num_late = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        StreamMaker maker(seed);
        const Result result = run_detector(maker.make(2500), options_of(seed), seed);
        num_alerts += result.alerts.size();
        num_late += result.late;
    }
    EXPECT_GT(num_alerts, 100U);
    EXPECT_GT(num_late, 100U);
}

}  // namespace
}  // namespace spoor::behavior
