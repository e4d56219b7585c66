#include "behavior/baseline.hpp"
#include "behavior/tail.hpp"

#include <algorithm>
#include <cmath>

namespace spoor::behavior {

namespace {

constexpr double prior_count = 0.3;  // what a host that shows nothing is taken to have shown
constexpr double prior_windows = 1;
constexpr double slot_trust = 6;    // windows a slot needs to weigh as much as the whole
constexpr double unusual_p = 1e-4;  // of a window: its counts are cut before they are learned
constexpr std::uint32_t most_seen = 1'000'000'000;  // where counting stops
constexpr double amount_degrees = 10;
constexpr double amount_percentile = 2.764;   // above it one value in a hundred
constexpr double least_volume_spread = 0.25;  // of log bytes

// Fixed by host, window and measure: which share of the chance of the very value counts. Uniform,
// and the same in every run.
double hash_share(std::uint64_t host, std::int64_t index, std::size_t measure) {
    std::uint64_t x = host ^ (static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15ULL) ^
                      (measure + 1) * 0xD1B54A32D192ED03ULL;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return static_cast<double>((x ^ (x >> 31U)) >> 11U) * 0x1.0p-53;
}

bool is_set(const std::array<std::uint64_t, 16>& bits, std::uint32_t key) {
    const std::uint32_t a = key & 1023U;
    const std::uint32_t b = key >> 10U & 1023U;
    return ((bits[a >> 6U] >> (a & 63U)) & (bits[b >> 6U] >> (b & 63U)) & 1U) != 0;
}

}  // namespace

bool KnownKeys::has(std::uint32_t key) const {
    return is_set(now, key) || is_set(before, key);
}

void KnownKeys::add(std::uint32_t key) {
    const std::uint32_t a = key & 1023U;
    const std::uint32_t b = key >> 10U & 1023U;
    now[a >> 6U] |= std::uint64_t{1} << (a & 63U);
    now[b >> 6U] |= std::uint64_t{1} << (b & 63U);
}

void KnownKeys::rotate() {
    before = now;
    now.fill(0);
}

double EventBaseline::Expected::spread() const {
    return std::sqrt(mean + mean * mean / shape);
}

float EventBaseline::largest_ever() const {
    return std::max(largest[0], largest[1]);
}

void EventBaseline::take(const Observation& o, EventSums& sums) {
    for (std::size_t i = 0; i < num_counts; ++i) {
        sums.counts[i] += o.counts >> i & 1U;
    }
    std::uint32_t fresh = 0;
    for (std::size_t i = 0; i < o.num_keys; ++i) {
        const Key& key = o.keys[i];
        if (known.has(key.hash)) {
            known.add(key.hash);  // of this turn too
            continue;
        }
        fresh |= 1U << static_cast<unsigned>(key.counts) |
                 1U << static_cast<unsigned>(Count::new_activity);
        auto* const end = sums.new_keys.begin() + sums.num_new;
        if (std::find(sums.new_keys.begin(), end, key.hash) != end) {
            continue;
        }
        if (sums.num_new < EventSums::max_new) {
            sums.new_keys[sums.num_new++] = key.hash;  // new until the window closes
        } else {
            known.add(key.hash);
        }
    }
    for (std::size_t i = 0; i < num_counts; ++i) {
        sums.counts[i] += fresh >> i & 1U;
    }
    if (o.bytes >= 0) {
        sums.bytes = std::max(sums.bytes, 0.0) + o.bytes;
    }
    if (o.is_transfer && o.bytes >= 0) {
        const auto bytes = static_cast<float>(o.bytes);
        ++sums.transfers;
        sums.large += bytes > largest_ever() ? 1U : 0U;
        sums.largest = std::max(sums.largest, bytes);
    }
}

EventBaseline::Slot& EventBaseline::slot(std::uint8_t id) {
    const auto it = std::ranges::lower_bound(slots, id, {}, &Slot::id);
    if (it != slots.end() && it->id == id) {
        return *it;
    }
    const auto at = it - slots.begin();
    slots.reserve(slots.size() + 1);  // no spare room: many hosts, few slots
    return *slots.insert(slots.begin() + at, Slot{id, 0, {}});
}

// A gamma prior for the rate from all windows, sharpened by the slot's; and on top the host's own
// overdispersion, from how often events come in pairs.
EventBaseline::Expected EventBaseline::expect(std::size_t i, const Slot& s) const {
    const Stat& stat = stats[i];
    const double whole = (static_cast<double>(stat.sum) + prior_count) /
                         (static_cast<double>(windows) + prior_windows);
    const double shape = static_cast<double>(s.sum[i]) + slot_trust * whole;
    const double mean = shape / (static_cast<double>(s.windows) + slot_trust);
    const double excess = std::max(
        0.0, (static_cast<double>(stat.pairs) + 1) / (static_cast<double>(stat.square) + 1) - 1);
    return {mean, 1 / (1 / shape + std::min(excess, 4.0))};
}

void EventBaseline::learn_count(
    std::size_t i, double x, double expected, Slot& s, const Memory& memory) {
    const double keep = 1 - 1 / memory.windows;
    const double slot_keep = 1 - 4 / memory.windows;
    Stat& stat = stats[i];
    stat.sum = static_cast<float>(static_cast<double>(stat.sum) * keep + x);
    stat.pairs = static_cast<float>(static_cast<double>(stat.pairs) * keep + x * (x - 1));
    stat.square = static_cast<float>(static_cast<double>(stat.square) * keep + expected * expected);
    s.sum[i] = static_cast<float>(static_cast<double>(s.sum[i]) * slot_keep + x);
}

namespace {

void count_window(float& windows, double keep) {
    windows = static_cast<float>(static_cast<double>(windows) * keep + 1);
}

}  // namespace

// Windows without events, all in one slot, from `index` on: what was expected of the first is taken
// for all of them.
void EventBaseline::learn_zeros(std::int64_t index, std::int64_t count, const Memory& memory) {
    Slot& s = slot(week_slot(memory.start(index)));
    double keep = 1;
    double slot_keep = 1;
    double weight = 0;  // of the run, as many windows as it counts for
    double slot_weight = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        weight = weight * (1 - 1 / memory.windows) + 1;
        slot_weight = slot_weight * (1 - 4 / memory.windows) + 1;
        keep *= 1 - 1 / memory.windows;
        slot_keep *= 1 - 4 / memory.windows;
    }
    const auto fade = [](float& v, double by, double plus) {
        v = static_cast<float>(static_cast<double>(v) * by + plus);
    };
    for (std::size_t i = 0; i < num_counts; ++i) {
        const double expected = expect(i, s).mean;
        fade(stats[i].sum, keep, 0);
        fade(stats[i].pairs, keep, 0);
        fade(stats[i].square, keep, weight * expected * expected);
        fade(s.sum[i], slot_keep, 0);
    }
    fade(windows, keep, weight);
    fade(s.windows, slot_keep, slot_weight);
    seen = static_cast<std::uint32_t>(std::min<std::int64_t>(seen + count, most_seen));
}

// The windows between the last one and this had no event, which is known now: zeros, as far as a
// day back.
void EventBaseline::skip_to(std::int64_t index, const Memory& memory) {
    if (seen == 0) {
        generation = index;
    } else {
        std::int64_t i = std::max(last_index + 1, index - memory.day);
        while (i < index) {
            const std::uint8_t part = week_slot(memory.start(i));
            std::int64_t end = i + 1;
            while (end < index && week_slot(memory.start(end)) == part) {
                ++end;
            }
            learn_zeros(i, end - i, memory);
            i = end;
        }
    }
    if (static_cast<double>(index - generation) >= memory.windows / 2) {
        known.rotate();
        largest = {0, largest[0]};
        transfers = {0, transfers[0]};
        generation = index;
    }
    last_index = index;
}

void EventBaseline::score_counts(const EventSums& sums,
                                 const Slot& s,
                                 std::int64_t index,
                                 std::uint64_t host_hash,
                                 const Memory& memory,
                                 Verdict& out) const {
    const bool in_slot = static_cast<double>(s.windows) >= slot_trust;
    for (std::size_t i = 0; i < num_counts; ++i) {
        ++out.num_tested;
        const std::uint32_t x = sums.counts[i];
        if (x == 0 && !memory.tell_all) {
            continue;  // nothing is never too much
        }
        const Expected e = expect(i, s);
        // Up to three spreads above, p is above 1e-3: such a count decides nothing.
        if (!memory.score_all && x <= e.mean + 3 * e.spread()) {
            continue;
        }
        const double p = count_tail(x, e.mean, e.shape, hash_share(host_hash, index, i));
        out.add({static_cast<std::uint8_t>(i),
                 in_slot ? s.id : any_slot,
                 x >= e.mean,
                 static_cast<double>(x),
                 e.mean,
                 e.spread(),
                 static_cast<double>(in_slot ? s.windows : windows),
                 p});
    }
}

void EventBaseline::score_amounts(const EventSums& sums,
                                  std::int64_t index,
                                  std::uint64_t host_hash,
                                  const Memory& memory,
                                  Verdict& out) const {
    const std::uint32_t before = transfers[0] + transfers[1];
    if (sums.transfers > 0 && before >= warm_up_transfers) {
        ++out.num_tested;
        const double share = sums.transfers / (static_cast<double>(before) + sums.transfers);
        if (memory.tell_all || sums.large > 0) {
            const double p = record_tail(
                sums.large, sums.transfers, before, hash_share(host_hash, index, large_transfers));
            out.add({static_cast<std::uint8_t>(large_transfers),
                     any_slot,
                     true,
                     static_cast<double>(sums.large),
                     share,
                     std::sqrt(share),
                     static_cast<double>(windows),
                     p});
        }
    }
    if (sums.bytes >= 0 && volume.n >= GaugeBaseline::warm_up) {
        ++out.num_tested;
        const double sd = volume.spread(least_volume_spread);
        const auto mean = static_cast<double>(volume.mean);
        const double z = volume.scaled((std::log1p(sums.bytes) - mean) / sd, amount_percentile);
        if (memory.score_all || z > 4) {
            const double half = student_tail(z, amount_degrees) / 2;
            out.add({static_cast<std::uint8_t>(traffic_volume),
                     any_slot,
                     z >= 0,
                     sums.bytes,
                     std::expm1(mean),
                     std::expm1(mean) * sd,
                     static_cast<double>(volume.n),
                     z >= 0 ? half : 1 - half});
        }
    }
}

void EventBaseline::learn(const EventSums& sums, Slot& s, const Memory& memory, bool unusual) {
    for (std::size_t i = 0; i < num_counts; ++i) {
        const Expected e = expect(i, s);
        double x = sums.counts[i];
        if (unusual) {
            x = std::min(x, std::ceil(e.mean + 3 * e.spread()) + 1);
        }
        learn_count(i, x, e.mean, s, memory);
    }
    count_window(windows, 1 - 1 / memory.windows);
    count_window(s.windows, 1 - 4 / memory.windows);
    seen = std::min(seen + 1, most_seen);
    active = std::min(active + 1, most_seen);
    for (std::size_t i = 0; i < sums.num_new; ++i) {
        known.add(sums.new_keys[i]);
    }
}

void EventBaseline::learn_amounts(const EventSums& sums, const Memory& memory, bool unusual) {
    if (sums.transfers > 0) {
        const float most = unusual ? 1.5F * largest_ever() : sums.largest;
        largest[0] = std::max(largest[0], std::min(sums.largest, most));
        transfers[0] = std::min(transfers[0] + std::min(sums.transfers, most_seen), most_seen);
    }
    if (sums.bytes >= 0) {
        const double value = std::log1p(sums.bytes);
        if (volume.n >= GaugeBaseline::warm_up) {
            volume.learn_tail(
                (value - static_cast<double>(volume.mean)) / volume.spread(least_volume_spread),
                amount_percentile);
        }
        volume.learn(value,
                     volume.n == 0 ? value : static_cast<double>(volume.mean),
                     memory.windows,
                     unusual ? 3.5 : 1e6);
    }
}

void EventBaseline::close(const EventSums& sums,
                          std::int64_t index,
                          std::uint64_t host_hash,
                          const Memory& memory,
                          Verdict& out) {
    skip_to(index, memory);
    Slot& s = slot(week_slot(memory.start(index)));
    bool unusual = false;
    if (seen >= warm_up && active >= warm_up_active) {
        Verdict own;
        score_counts(sums, s, index, host_hash, memory, own);
        score_amounts(sums, index, host_hash, memory, own);
        own.finish();
        unusual = own.p_corrected < unusual_p;
        out.num_tested += own.num_tested;
        for (std::size_t i = 0; i < own.num_scored; ++i) {
            out.add(own.scored[i]);
        }
    }
    pressure.note(unusual);
    const bool careful = unusual && !pressure.gives_in();
    learn(sums, s, memory, careful);
    learn_amounts(sums, memory, careful);
}

}  // namespace spoor::behavior
