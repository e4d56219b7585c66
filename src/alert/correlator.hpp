// The correlator contract: what a Detector is to the events of one shard, a Correlator is to the
// signals of all. Compiled once and then const; one state, used by the keeper's thread alone. No
// I/O, clock, log or throw inside; time is in the signals.
//
// Order. inspect() gets signals in SignalOrder over the whole run: never one that comes before what
// it got earlier, in this call or in another. It never gets a late one (docs/adr/0008). How the
// sequence is cut into calls, and where advance() falls, differs from run to run; findings must not
// depend on it. So a window that ends before the next signal's time is closed by that signal as
// advance() would have closed it. One exception, at the end of all input: what detectors find when
// they close their windows comes in a last call, in SignalOrder by itself but at any times; then
// close_windows().
//
// State is rows of (correlator, version, entity), with an empty partition. When content is swapped
// all rows of the old state are handed to the new correlator of that name and version; the same
// object keeps its state as it is.
#pragma once

#include "alert/detector.hpp"
#include "alert/signal.hpp"
#include "base/time.hpp"
#include "event/origin.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace spoor::alert {

using CorrelatorState = DetectorState;

class Correlator {
public:
    Correlator() = default;
    Correlator(const Correlator&) = delete;
    Correlator& operator=(const Correlator&) = delete;
    virtual ~Correlator() = default;

    // Other than every detector's: rows are told apart by it.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::uint32_t state_version() const = 0;
    [[nodiscard]] virtual std::unique_ptr<CorrelatorState> make_state() const = 0;
    // Signals of all detectors: those of kinds it does not know are passed over. Alerts and
    // counters of `out` are taken; signals of a correlator go nowhere.
    virtual void inspect(std::span<const Signal> signals,
                         const OriginTable& origins,
                         CorrelatorState& state,
                         Findings& out) const = 0;
    // No signal with a time before `watermark` will come any more. Never goes back.
    virtual void advance(Timestamp watermark,
                         const OriginTable& origins,
                         CorrelatorState& state,
                         Findings& out) const = 0;
    // Appends the rows changed since the last call, in any order; empty bytes: the row is gone.
    virtual void collect_changed(const OriginTable& origins,
                                 CorrelatorState& state,
                                 std::vector<StateRow>& out) const = 0;
    // Appends all rows, changed or not.
    virtual void collect_all(const OriginTable& origins,
                             const CorrelatorState& state,
                             std::vector<StateRow>& out) const = 0;

    // False: the row is of something that is no longer in the content, and is deleted.
    [[nodiscard]] virtual bool wants(const StateRow& /*row*/) const { return true; }

    // False: the bytes do not read back (the caller counts and reports it). What it leaves out of a
    // row it marks as changed.
    [[nodiscard]] virtual bool restore(const StateRow& row,
                                       OriginTable& origins,
                                       CorrelatorState& state) const = 0;
    // End of all input (`scan`, `demo`; never `run`): closes open windows, in a fixed order.
    virtual void close_windows(const OriginTable& origins,
                               CorrelatorState& state,
                               Findings& out) const = 0;
    // Bytes of memory the state holds, about; for metrics.
    [[nodiscard]] virtual std::size_t state_bytes(const CorrelatorState& state) const = 0;
};

}  // namespace spoor::alert
