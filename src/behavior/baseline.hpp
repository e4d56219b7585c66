// What is learned of one host: how much of each measure a window has, how it varies, by part of the
// week; what the host has done before at all; and from that, how surprising a window is.
//
// Learning and scoring are of whole closed windows, in their order. Values; one owner.
#pragma once

#include "base/time.hpp"
#include "behavior/features.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace spoor::behavior {

// The part of the week: weekday or weekend, in four parts of the day, UTC.
inline constexpr std::uint8_t num_slots = 8;
inline constexpr std::uint8_t any_slot = num_slots;  // the part is not known well enough yet
[[nodiscard]] std::uint8_t week_slot(Timestamp time);
[[nodiscard]] std::string_view slot_name(std::uint8_t slot);

// Fixed by the options; the same for all hosts.
struct Memory {
    Duration window{0};
    double windows = 1008;   // old windows count less: e-fold after this many
    std::int64_t day = 144;  // windows a day; empty ones longer ago are not taken as zeros
    double alert_p = 1e-6;   // below this a window alerts
    bool score_all = false;  // also what cannot be unusual: the threshold is that low
    bool tell_all = false;   // threshold 0, to see the calibration: also counts of nothing

    Memory(Duration window_length, Duration period, double threshold);

    [[nodiscard]] Timestamp start(std::int64_t index) const { return Timestamp{window * index}; }
};

// Keys the host is known by: a filter of 1024 bits; two of them take turns, so that what has not
// been seen for a baseline period is forgotten. Full ones call everything known: never a false
// "new".
class KnownKeys {
public:
    [[nodiscard]] bool has(std::uint32_t key) const;
    void add(std::uint32_t key);
    void rotate();

    std::array<std::uint64_t, 16> now{};
    std::array<std::uint64_t, 16> before{};
};

// Of events in one open window.
struct EventSums {
    static constexpr std::size_t max_new = 12;
    std::array<std::uint32_t, num_counts> counts{};
    std::uint32_t transfers = 0;
    std::uint32_t large = 0;  // transfers above all before
    float largest = 0;
    double bytes = -1;  // below zero: none said
    std::uint8_t num_new = 0;
    std::array<std::uint32_t, max_new> new_keys{};
};

// Of feature vectors in one open window.
struct GaugeSums {
    std::array<float, num_features> sum{};
    std::array<std::uint16_t, num_features> count{};

    [[nodiscard]] bool any() const;
};

struct Scored {
    std::uint8_t measure = 0;
    std::uint8_t slot = any_slot;
    bool above = true;
    double value = 0;
    double expected = 0;
    double spread = 0;
    double windows = 0;
    double p = 1;
};

// How surprising a window is. `scored` has what was worth computing, in the order of measures.
struct Verdict {
    int num_tested = 0;
    double p_min = 1;
    double p_corrected = 1;
    std::size_t num_scored = 0;
    std::array<Scored, num_measures> scored{};

    void add(const Scored& s);
    void finish();
    [[nodiscard]] double anomaly_score() const;
};

// A location and a spread that forget, robust against single values; and how far out, in spreads,
// one value in a hundred lies, so that the tail probabilities are right for what the host's values
// are like, flat or heavy-tailed.
struct Gauge {
    static constexpr float least_tail = 1.2F;
    static constexpr float most_tail = 8;
    float n = 0;
    float mean = 0;
    float variance = 0;
    float tail = 0;  // zero: not begun

    // `expected` is where the value was predicted; beyond `limit` spreads of it a value is cut.
    void learn(double value, double expected, double memory, double limit);
    [[nodiscard]] double spread(double least) const;
    // Spreads off, in the units of a Student's t that has one value in a hundred beyond
    // `percentile`.
    [[nodiscard]] double scaled(double z, double percentile) const;
    void learn_tail(double z, double percentile);
};

// After several unusual windows in a short time the new behaviour is learned in full: nothing is
// locked out for ever.
struct Pressure {
    float value = 0;

    void note(bool unusual);

    [[nodiscard]] bool gives_in() const { return value >= 3; }
};

class EventBaseline {
public:
    static constexpr std::uint32_t warm_up = 100;           // windows, empty ones included
    static constexpr std::uint32_t warm_up_active = 20;     // of them with events
    static constexpr std::uint32_t warm_up_transfers = 30;  // for transfers

    // Takes an event of an open window into its sums.
    void take(const Observation& o, EventSums& sums);
    // Empty windows before `index`, then that window: scores it into `out`, and learns from it.
    void close(const EventSums& sums,
               std::int64_t index,
               std::uint64_t host_hash,
               const Memory& memory,
               Verdict& out);

    struct Stat {  // decayed sums
        float sum = 0;
        float pairs = 0;   // x (x - 1)
        float square = 0;  // expected^2
    };

    struct Slot {
        std::uint8_t id = 0;
        float windows = 0;
        std::array<float, num_counts> sum{};
    };

    std::int64_t last_index = 0;  // of the newest closed window; valid if seen > 0
    std::uint32_t seen = 0;       // windows, not decayed
    std::uint32_t active = 0;     // of them with events
    float windows = 0;            // decayed
    std::array<Stat, num_counts> stats{};
    std::vector<Slot> slots;  // by id
    Gauge volume;             // of log(1 + bytes)
    std::array<float, 2> largest{};
    std::array<std::uint32_t, 2> transfers{};
    std::int64_t generation = 0;  // window index at which the filters took their turn
    KnownKeys known;
    Pressure pressure;

private:
    struct Expected {
        double mean = 0;
        double shape = 0;  // r of the negative binomial

        [[nodiscard]] double spread() const;
    };

    Slot& slot(std::uint8_t id);
    [[nodiscard]] Expected expect(std::size_t i, const Slot& s) const;
    void skip_to(std::int64_t index, const Memory& memory);
    void learn_zeros(std::int64_t index, std::int64_t count, const Memory& memory);
    void learn_count(std::size_t i, double x, double expected, Slot& s, const Memory& memory);
    void score_counts(const EventSums& sums,
                      const Slot& s,
                      std::int64_t index,
                      std::uint64_t host_hash,
                      const Memory& memory,
                      Verdict& out) const;
    void score_amounts(const EventSums& sums,
                       std::int64_t index,
                       std::uint64_t host_hash,
                       const Memory& memory,
                       Verdict& out) const;
    void learn(const EventSums& sums, Slot& s, const Memory& memory, bool unusual);
    void learn_amounts(const EventSums& sums, const Memory& memory, bool unusual);
    [[nodiscard]] float largest_ever() const;
};

class GaugeBaseline {
public:
    static constexpr float warm_up = 30;  // windows with the feature

    void close(const GaugeSums& sums, std::int64_t index, const Memory& memory, Verdict& out);

    struct Slot {
        std::uint8_t id = 0;
        std::array<float, num_features> n{};
        std::array<float, num_features> mean{};
    };

    std::array<Gauge, num_features> gauges{};
    std::vector<Slot> slots;  // by id
    Pressure pressure;

private:
    [[nodiscard]] Slot* slot(std::uint8_t id);  // null: not yet
};

}  // namespace spoor::behavior
