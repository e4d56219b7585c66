// The run-time of correlations (docs/sigma-semantics.md §7): matches in, firings out. One class for
// both places where correlations run:
//   within_host  in the host's shard, on arrival: those with Correlation::within_host. The clock is
//                the host's newest event in its partition (R9), so every event moves it
//   correlator   all others, in the order of (time, ref) over the whole run
// Pure compute: no I/O, thread, clock, log or throw.
//
// CorrelationRuntime: const after construction, shared by all threads. CorrelationState: one owner,
// a shard or the correlator. What a match costs does not depend on how many matches a window holds.
#pragma once

#include "alert/detector.hpp"
#include "base/counters.hpp"
#include "base/time.hpp"
#include "event/origin.hpp"
#include "sigma/correlation_signal.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

enum class Placement : std::uint8_t { within_host, correlator };

struct CorrelationOptions {
    Duration lateness = std::chrono::seconds{10};  // R14
    std::size_t max_groups = 100'000;              // R21: a correlation and state
    std::size_t max_values = 1'000'000;            // R21: in the windows of those groups
    std::uint64_t host_memory = 1U << 20U;         // R9: positions of a partition
};

// A match (or a firing of a correlation below) that a firing rests on.
struct FiringMember {
    EventRef ref;
    Timestamp time = no_time;
    std::uint32_t input = 0;  // into Correlation::inputs: the reason why it is a member
    std::string value;        // of value_count: its values, folded, joined by ", "
};

struct Firing {
    static constexpr std::size_t max_members = 100;

    std::uint32_t correlation = 0;    // into RuleSet::correlations
    Timestamp time = no_time;         // R10: of the newest match in the window
    EventRef newest;                  // that match's ref
    EventRef trigger;                 // of the match at which the condition held; at close: newest
    std::uint32_t trigger_input = 0;  // what that was a match of; into Correlation::inputs
    std::string host_key;             // of the newest match
    std::string host;
    std::vector<std::string> group;  // beside Correlation::group_by, as the first match spells them
    std::string group_key;           // the same folded and each with its length: for identity
    // What the condition was asked of: a count, a number of rules, a sum ... A count of matches
    // with gt or gte is at most what the condition needs (R21).
    double value = 0;
    Timestamp first = no_time;  // of the members, those left out included
    Timestamp last = no_time;
    Timestamp opened = no_time;         // of a window decided at close: its begin (R8)
    std::vector<FiringMember> members;  // the newest max_members, oldest first
    std::uint64_t num_members = 0;      // of all
};

struct Correlated {
    std::vector<Firing> firings;
    // within_host: firings that correlations in the correlator build on.
    std::vector<MatchSignal> onward;

    void clear() {
        firings.clear();
        onward.clear();
    }
};

// Why matches were not taken, or groups went; by reason, never silently. A match is counted by each
// correlation that did not take it.
struct CorrelationCounts {
    std::uint64_t late = 0;            // R14
    std::uint64_t no_time = 0;         // the event has none
    std::uint64_t no_group = 0;        // R3
    std::uint64_t no_value = 0;        // R12, R13
    std::uint64_t before_window = 0;   // older than the window of their group (R6, R8)
    std::uint64_t groups_evicted = 0;  // R21
    std::uint64_t values_evicted = 0;  // R21
    std::uint64_t groups_dropped = 0;  // of rows: the correlation changed or is gone

    void add_to(Counters& counters) const;  // as "correlation.late" ...
    void merge(const CorrelationCounts& other);
};

class CorrelationState;

class CorrelationRuntime {
public:
    CorrelationRuntime(std::shared_ptr<const RuleSet> rules,
                       Placement placement,
                       const CorrelationOptions& options);
    ~CorrelationRuntime();
    CorrelationRuntime(const CorrelationRuntime&) = delete;
    CorrelationRuntime& operator=(const CorrelationRuntime&) = delete;

    // No correlation runs here: nothing below need be called.
    [[nodiscard]] bool empty() const;
    // Matches of this rule are to be offered here.
    [[nodiscard]] bool takes(RuleIndex rule) const;
    [[nodiscard]] std::unique_ptr<CorrelationState> make_state() const;

    // within_host: each event with a time, before its matches are offered. Closes what it closes.
    void advance_host(const EventRef& event,
                      std::string_view host_key,
                      Timestamp time,
                      const OriginTable& origins,
                      CorrelationState& state,
                      Correlated& out) const;
    // correlator: no signal with `known` before `watermark` will be offered any more.
    void advance(Timestamp watermark,
                 const OriginTable& origins,
                 CorrelationState& state,
                 Correlated& out) const;
    // A match of a base rule; in the correlator also what a shard handed onward. Appends firings,
    // those of a correlation before those of one that builds on it.
    void offer(const MatchSignal& match,
               const OriginTable& origins,
               CorrelationState& state,
               Correlated& out) const;
    // End of all input: closes all windows, in the order of their ends, and forgets everything.
    void close_all(const OriginTable& origins, CorrelationState& state, Correlated& out) const;

    [[nodiscard]] CorrelationCounts take_counts(CorrelationState& state) const;

    // Rows. within_host: one a (partition, host); correlator: one a (correlation, group), with an
    // empty partition. `detector` is the name to write into them.
    static constexpr std::uint32_t state_version = 1;
    void collect_changed(const OriginTable& origins,
                         std::string_view detector,
                         CorrelationState& state,
                         std::vector<alert::StateRow>& out) const;
    void collect_all(const OriginTable& origins,
                     std::string_view detector,
                     const CorrelationState& state,
                     std::vector<alert::StateRow>& out) const;
    // False: a row of the correlator whose correlation is not here any more.
    [[nodiscard]] bool wants(const alert::StateRow& row) const;
    // False: broken bytes; the state is as before. Groups of correlations that changed are counted.
    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& origins,
                               CorrelationState& state) const;
    void drop_partition(std::uint32_t partition, CorrelationState& state) const;
    [[nodiscard]] std::size_t changed_bytes(const CorrelationState& state) const;
    [[nodiscard]] std::size_t state_bytes(const CorrelationState& state) const;

    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
};

// A match on its way from a shard to the correlator: all of `out` but its detector is set. Rules,
// correlations and fields are named in a way that outlives a reload (alert/signal.hpp).
class SignalCodec {
public:
    explicit SignalCodec(std::shared_ptr<const RuleSet> rules);
    ~SignalCodec();
    SignalCodec(const SignalCodec&) = delete;
    SignalCodec& operator=(const SignalCodec&) = delete;

    void write(const MatchSignal& match, alert::Signal& out) const;
    // False: broken, or of a rule or correlation that changed or is gone. A field that was not
    // carried when the signal was written is missing.
    [[nodiscard]] bool read(const alert::Signal& signal, MatchSignal& out) const;

    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
};

class CorrelationState {
public:
    struct Parts;
    explicit CorrelationState(std::unique_ptr<Parts> parts);
    ~CorrelationState();
    CorrelationState(const CorrelationState&) = delete;
    CorrelationState& operator=(const CorrelationState&) = delete;

private:
    friend class CorrelationRuntime;
    std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::sigma
