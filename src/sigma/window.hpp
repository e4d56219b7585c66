// Window: what one group of a correlation remembers of its matches, one kind for each type of
// correlation (docs/sigma-semantics.md R11-R17). It is told which matches are in the window (R6,
// R8: correlation_runtime.cpp decides) and says whether the condition holds.
//
// Sliding windows take matches in any order within the lateness and forget from the old end; those
// decided at close only take. One owner: the group.
#pragma once

#include "event/origin.hpp"
#include "sigma/byte_codec.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/ring.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace spoor::sigma {

// A match as evidence: its time, its ref (the partition is known elsewhere) and why it counts.
struct Stamp {
    Timestamp time = no_time;
    std::int64_t position = 0;
    std::uint32_t origin = 0;
    std::uint32_t element = 0;
    std::uint32_t input = 0;  // into Correlation::inputs

    [[nodiscard]] EventRef ref() const { return {origin, origin, position, element}; }
};

// (time, ref), R22: as alert::SignalOrder.
class StampOrder {
public:
    explicit StampOrder(const OriginTable& origins) : origins_(&origins) {}

    [[nodiscard]] bool operator()(const Stamp& a, const Stamp& b) const {
        return a.time != b.time ? a.time < b.time : by_ref(a, b);
    }

private:
    [[nodiscard]] bool by_ref(const Stamp& a, const Stamp& b) const;

    const OriginTable* origins_;
};

// Refs in rows: an origin's text once.
class OriginWriter {
public:
    [[nodiscard]] std::uint32_t number(std::uint32_t origin);
    void write(ByteWriter& out, const OriginTable& origins) const;

private:
    std::vector<std::uint32_t> origins_;
};

class OriginReader {
public:
    void read(ByteReader& in, OriginTable& origins);
    [[nodiscard]] std::uint32_t origin(ByteReader& in);

    [[nodiscard]] bool all_used() const { return num_used_ == origins_.size(); }

private:
    std::vector<std::uint32_t> origins_;
    std::size_t num_used_ = 0;  // they come first in the order of their numbers
};

void write_stamp(ByteWriter& out, OriginWriter& refs, const Stamp& stamp);
[[nodiscard]] Stamp read_stamp(ByteReader& in, OriginReader& refs);

// What is asked of a correlation's windows, from its document.
struct WindowPlan {
    CorrelationType type = CorrelationType::event_count;
    std::vector<Bound> bounds;
    const InputCondition* boolean = nullptr;  // R17
    std::uint32_t num_inputs = 0;
    double percentile = 50;
    bool at_close = false;
    std::size_t num_needed = 0;  // of matches, by gt or gte alone (R21)

    [[nodiscard]] bool holds(double value) const;
    // Whether a match of this input may open a window (R17).
    [[nodiscard]] bool opens(std::uint32_t input) const;
};

// A match that lies in the window.
struct Arrival {
    Stamp stamp;                            // its input is the first of `inputs`
    std::span<const std::uint32_t> inputs;  // the places of its rule in the correlation
    std::string_view value;                 // of value_count: each value folded, behind its length
    std::uint64_t value_hash = 0;           // hash64 of it
    Number number;                          // of value_sum and its like
};

class Window {
public:
    struct Verdict {
        bool holds = false;
        double value = 0;
    };

    explicit Window(const WindowPlan& plan) : plan_(&plan) {}

    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    virtual ~Window() = default;

    // That it will be asked to add this; of no effect but on speed.
    virtual void foresee(const Arrival& /*match*/) const {}

    virtual void add(const Arrival& match, const StampOrder& before) = 0;
    // Sliding: matches before `cutoff` have left; none before `horizon` will come any more.
    virtual void drop(Timestamp cutoff, Timestamp horizon) = 0;
    [[nodiscard]] virtual Verdict judge() const = 0;
    // Members, their number and times.
    virtual void tell(Firing& out, const StampOrder& before) const = 0;

    // What it keeps of its matches, where nothing but R21 bounds that: values, numbers, stamps.
    [[nodiscard]] virtual std::size_t num_values() const { return 0; }

    // Whether it takes the match without holding more.
    [[nodiscard]] virtual bool has(const Arrival& /*match*/) const { return false; }

    // Sliding: forgets the oldest ones, so many (not all).
    virtual void drop_values(std::size_t /*n*/) {}

    [[nodiscard]] virtual std::size_t bytes() const = 0;
    virtual void write(ByteWriter& out, OriginWriter& refs) const = 0;
    // Into an empty one. Faults are the reader's.
    virtual void read(ByteReader& in, OriginReader& refs, const StampOrder& before) = 0;

protected:
    const WindowPlan* plan_;
};

[[nodiscard]] std::unique_ptr<Window> make_window(const WindowPlan& plan);

// One of each kind; make_window chooses.
[[nodiscard]] std::unique_ptr<Window> make_count_window(const WindowPlan& plan);
[[nodiscard]] std::unique_ptr<Window> make_distinct_window(const WindowPlan& plan);
[[nodiscard]] std::unique_ptr<Window> make_sum_window(const WindowPlan& plan);
[[nodiscard]] std::unique_ptr<Window> make_rank_window(const WindowPlan& plan);
[[nodiscard]] std::unique_ptr<Window> make_temporal_window(const WindowPlan& plan);
[[nodiscard]] std::unique_ptr<Window> make_ordered_window(const WindowPlan& plan);

// The newest matches of a window, for evidence: sorted, at most so many.
class Trail {
public:
    explicit Trail(std::size_t most) : most_(most) {}

    void add(const Stamp& stamp, const StampOrder& before);
    void drop(Timestamp cutoff);
    void keep(std::size_t most);  // the newest of those that are here
    void tell(Firing& out) const;

    [[nodiscard]] const Ring<Stamp>& stamps() const { return stamps_; }

    [[nodiscard]] std::size_t bytes() const { return stamps_.bytes(); }

    void write(ByteWriter& out, OriginWriter& refs) const;
    void read(ByteReader& in, OriginReader& refs, const StampOrder& before);

private:
    std::size_t most_;
    Ring<Stamp> stamps_;
};

}  // namespace spoor::sigma
