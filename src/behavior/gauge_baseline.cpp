#include "behavior/baseline.hpp"
#include "behavior/tail.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spoor::behavior {

namespace {

constexpr std::array<std::string_view, num_slots + 1> slot_names = {"weekday 00-06",
                                                                    "weekday 06-12",
                                                                    "weekday 12-18",
                                                                    "weekday 18-24",
                                                                    "weekend 00-06",
                                                                    "weekend 06-12",
                                                                    "weekend 12-18",
                                                                    "weekend 18-24",
                                                                    "any"};

constexpr double slot_trust = 4;           // windows a slot needs to weigh as much as the whole
constexpr double tail_degrees = 10;        // of Student's t: tails heavier than the normal's
constexpr double tail_percentile = 3.169;  // beyond it on either side one value in a hundred
constexpr double tail_step = 0.3;
constexpr double worth_computing = 4.5;  // spreads; below it p is above 1e-3
constexpr double unusual_p = 1e-4;
constexpr double cut = 3.5;
constexpr double least_spread = 0.01;
constexpr double least_share = 0.02;

}  // namespace

std::uint8_t week_slot(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const bool weekend = std::chrono::weekday{day}.iso_encoding() >= 6;
    const auto hour = std::chrono::duration_cast<std::chrono::hours>(time - day).count();
    return static_cast<std::uint8_t>((weekend ? 4 : 0) + hour / 6);
}

std::string_view slot_name(std::uint8_t slot) {
    return slot_names[std::min<std::size_t>(slot, num_slots)];
}

Memory::Memory(Duration window_length, Duration period, double threshold)
    : window(window_length),
      windows(std::clamp(static_cast<double>(period / window_length), 50.0, 1e6)),
      day(std::clamp<std::int64_t>(std::chrono::hours{24} / window_length, 1, 1440)),
      alert_p(std::pow(10.0, -10 * threshold)),
      score_all(alert_p > unusual_p),
      tell_all(threshold <= 0) {}

bool GaugeSums::any() const {
    return std::ranges::any_of(count, [](std::uint16_t n) { return n != 0; });
}

void Verdict::add(const Scored& s) {
    if (!(s.p >= 0 && s.p <= 1)) {
        return;  // beyond what a double can compute: not evidence
    }
    scored[num_scored++] = s;
    p_min = std::min(p_min, s.p);
}

void Verdict::finish() {
    p_corrected = num_tested > 0 ? corrected(p_min, num_tested) : 1.0;
}

double Verdict::anomaly_score() const {
    return p_corrected <= 0 ? 1.0 : std::clamp(-std::log10(p_corrected) / 10, 0.0, 1.0);
}

void Gauge::learn(double value, double expected, double memory, double limit) {
    const double sd = std::sqrt(static_cast<double>(variance));
    const double off = n < GaugeBaseline::warm_up
                           ? value - expected
                           : std::clamp(value - expected, -limit * sd, limit * sd);
    const auto weight = 1 / std::min(static_cast<double>(n) + 1, memory);
    const auto center = static_cast<double>(mean);
    mean = static_cast<float>(center + weight * (expected + off - center));
    variance = static_cast<float>(static_cast<double>(variance) +
                                  weight * (off * off - static_cast<double>(variance)));
    n = static_cast<float>(std::min(static_cast<double>(n) + 1, memory));
}

double Gauge::spread(double least) const {
    const double seen = std::max(static_cast<double>(n), 1.0);
    return std::max(std::sqrt(static_cast<double>(variance)), least) * std::sqrt(1 + 1 / seen);
}

double Gauge::scaled(double z, double percentile) const {
    return tail > 0 ? z * percentile / static_cast<double>(tail) : z;
}

// Robbins and Monro's: down a little for a value within, up a lot for one beyond, at rest where one
// in a hundred is beyond.
void Gauge::learn_tail(double z, double percentile) {
    const double before = tail > 0 ? static_cast<double>(tail) : percentile;
    const double after = before + tail_step * ((z > before ? 1.0 : 0.0) - 0.01);
    tail = std::clamp(static_cast<float>(after), least_tail, most_tail);
}

void Pressure::note(bool unusual) {
    value = unusual ? std::min(value + 1, 6.0F) : std::max(value - 0.125F, 0.0F);
}

GaugeBaseline::Slot* GaugeBaseline::slot(std::uint8_t id) {
    const auto it = std::ranges::lower_bound(slots, id, {}, &Slot::id);
    if (it != slots.end() && it->id == id) {
        return &*it;
    }
    // Before the whole is known a part of it is of no use, and many hosts never get that far.
    const auto known = [](const Gauge& g) { return g.n >= warm_up; };
    if (std::ranges::none_of(gauges, known)) {
        return nullptr;
    }
    const auto at = it - slots.begin();
    slots.reserve(slots.size() + 1);  // no spare room: many hosts, few slots
    return &*slots.insert(slots.begin() + at, Slot{id, {}, {}});
}

void GaugeBaseline::close(const GaugeSums& sums,
                          std::int64_t index,
                          const Memory& memory,
                          Verdict& out) {
    const std::uint8_t slot_id = week_slot(memory.start(index));
    Slot* const part = slot(slot_id);
    std::array<double, num_features> values{};
    std::array<double, num_features> expected{};
    double p_min = 1;
    int num_tested = 0;
    for (std::size_t i = 0; i < num_features; ++i) {
        if (sums.count[i] == 0) {
            continue;
        }
        Gauge& g = gauges[i];
        values[i] = static_cast<double>(sums.sum[i]) / sums.count[i];
        const double n = part != nullptr ? static_cast<double>(part->n[i]) : 0;
        const double part_mean = part != nullptr ? static_cast<double>(part->mean[i]) : 0;
        expected[i] = g.n == 0 ? values[i]
                               : (n * part_mean + slot_trust * static_cast<double>(g.mean)) /
                                     (n + slot_trust);
        if (g.n < warm_up) {
            continue;
        }
        ++num_tested;
        const double sd = g.spread(std::max(least_spread, least_share * std::abs(expected[i])));
        const double off = (values[i] - expected[i]) / sd;
        const double z = g.scaled(off, tail_percentile);
        g.learn_tail(std::abs(off), tail_percentile);
        if (!memory.score_all && std::abs(z) < worth_computing) {
            continue;
        }
        const double p = student_tail(z, tail_degrees);
        p_min = std::min(p_min, p);
        out.add({static_cast<std::uint8_t>(first_gauge + i),
                 n >= slot_trust ? slot_id : any_slot,
                 z >= 0,
                 values[i],
                 expected[i],
                 sd,
                 n >= slot_trust ? n : static_cast<double>(g.n),
                 p});
    }
    out.num_tested += num_tested;
    const bool unusual = num_tested > 0 && corrected(p_min, num_tested) < unusual_p;
    pressure.note(unusual);
    const double limit = pressure.gives_in() ? 1e6 : cut;
    for (std::size_t i = 0; i < num_features; ++i) {
        if (sums.count[i] == 0) {
            continue;
        }
        Gauge& g = gauges[i];
        g.learn(values[i], expected[i], memory.windows, limit);
        if (part == nullptr) {
            continue;
        }
        const double sd = std::sqrt(static_cast<double>(g.variance));
        const double value =
            g.n < warm_up
                ? values[i]
                : std::clamp(values[i], expected[i] - limit * sd, expected[i] + limit * sd);
        const double n = std::min(static_cast<double>(part->n[i]) + 1, memory.windows / 4);
        part->n[i] = static_cast<float>(n);
        part->mean[i] = static_cast<float>(static_cast<double>(part->mean[i]) +
                                           (value - static_cast<double>(part->mean[i])) / n);
    }
}

}  // namespace spoor::behavior
