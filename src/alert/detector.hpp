// The detector contract. A detector is compiled once and then const: any number of shards use it at
// the same time. What changes is its State, made per shard and used by that shard's thread alone.
// inspect() does no I/O, reads no clock, logs nothing and throws nothing; time is in the events.
// One virtual call a batch, not an event.
//
// State is kept as rows, one per (detector, home partition, entity): collect_changed() hands over
// the rows changed since the last call (an epoch's), restore() takes one back. A detector whose
// state_version changed gets no old rows.
//
// When content is swapped while running (pipeline/content.hpp), the same object keeps its state as
// it is; another detector of the same name and version is given all rows of the old state.
#pragma once

#include "alert/alert.hpp"
#include "alert/signal.hpp"
#include "base/assert.hpp"
#include "base/counters.hpp"
#include "event/event.hpp"
#include "event/origin.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::alert {

// A row of detector state. `partition` is the text, since numbers are never stored.
struct StateRow {
    std::string detector;
    std::uint32_t version = 0;
    std::string partition;
    std::string entity;
    std::string bytes;  // empty: the row is gone

    friend bool operator==(const StateRow&, const StateRow&) = default;
};

// What a batch led to. Cleared and reused by the shard.
struct Findings {
    std::vector<Alert> alerts;
    std::vector<Signal> signals;  // for the correlators
    Counters counters;
};

class DetectorState {
public:
    DetectorState() = default;
    DetectorState(const DetectorState&) = delete;
    DetectorState& operator=(const DetectorState&) = delete;
    virtual ~DetectorState() = default;
};

class Detector {
public:
    Detector() = default;
    Detector(const Detector&) = delete;
    Detector& operator=(const Detector&) = delete;
    virtual ~Detector() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::uint32_t state_version() const = 0;
    [[nodiscard]] virtual std::unique_ptr<DetectorState> make_state() const = 0;
    // `origins` gives the texts of refs for alerts. Events of one batch are in their partitions'
    // order.
    virtual void inspect(std::span<const Event> events,
                         const OriginTable& origins,
                         DetectorState& state,
                         Findings& out) const = 0;
    // Appends the rows changed since the last call, in any order.
    virtual void collect_changed(const OriginTable& origins,
                                 DetectorState& state,
                                 std::vector<StateRow>& out) const = 0;
    // False: the bytes do not read back (the caller counts and reports it). Numbers of partitions
    // come from `origins`. What it leaves out of a row (it is no longer in the content) it marks as
    // changed.
    [[nodiscard]] virtual bool restore(const StateRow& row,
                                       OriginTable& origins,
                                       DetectorState& state) const = 0;

    // Appends all rows, changed or not: what restore() of its successor is given. Needed only of
    // detectors that a swap may replace by another object.
    virtual void collect_all(const OriginTable& /*origins*/,
                             const DetectorState& /*state*/,
                             std::vector<StateRow>& /*out*/) const {
        SPOOR_ASSERT(false, "a detector was replaced that cannot hand its state on");
    }

    // False: the row is of something that is no longer in the content, and is deleted.
    [[nodiscard]] virtual bool wants(const StateRow& /*row*/) const { return true; }

    // Forgets all of one partition, without leaving rows for collect_changed (the keeper deletes
    // them).
    virtual void drop_partition(std::uint32_t partition, DetectorState& state) const = 0;
    // End of all input (`scan`, `demo`; never `run`): closes open windows, in a fixed order.
    virtual void close_windows(const OriginTable& origins,
                               DetectorState& state,
                               Findings& out) const = 0;

    // Bytes that collect_changed would hand over now, about; cheap. Epochs end early when it grows
    // too large.
    [[nodiscard]] virtual std::size_t changed_bytes(const DetectorState& /*state*/) const {
        return 0;
    }

    // Bytes of memory the state holds, about; for metrics.
    [[nodiscard]] virtual std::size_t state_bytes(const DetectorState& state) const = 0;
};

}  // namespace spoor::alert
