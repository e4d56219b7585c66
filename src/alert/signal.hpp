// Signal: a small owned piece of evidence that a detector hands on to the correlators, which look
// across hosts and partitions. It holds no view of the event it came from. What is in `bytes` is
// between the detector's kind and the correlators that know it; the pipeline orders, holds and
// stores signals and never looks inside.
//
// Signals are state: one that is held back is stored with its epoch and may be read by a later run
// whose content (rules, models) is another. So `bytes` must say what it is about by names that
// outlive a reload (ids of rules, not indices), and a correlator passes over what it does not know.
//
// Values; owned by whoever holds them.
#pragma once

#include "base/time.hpp"
#include "event/event.hpp"
#include "event/origin.hpp"

#include <string>
#include <vector>

namespace spoor::alert {

// `time` and `ref` are those of the event at which it was found, which is one of the batch being
// inspected; what it is about (an earlier event, say) is in `bytes`. Evidence without an event time
// is not handed on. Of signals found when windows are closed at the end of all input both are free:
// they come behind all others.
struct Signal {
    std::string detector;  // whose kind of bytes it is: Detector::name()
    Timestamp time = no_time;
    EventRef ref;          // OriginTable::ref gives the text
    std::string host_key;  // as Event::host_key
    std::string bytes;
};

// (event time, ref), which is the same in every run; then detector, bytes and host: for two signals
// of one event, and for those that hosts give at the end of all input, whose time and ref are free.
// Within one origin refs are in the order of their records, across origins in that of the texts.
class SignalOrder {
public:
    explicit SignalOrder(const OriginTable& origins) : origins_(&origins) {}

    [[nodiscard]] bool operator()(const Signal& a, const Signal& b) const;

private:
    const OriginTable* origins_;
};

// About; for bounds and metrics.
[[nodiscard]] inline std::size_t bytes_of(const Signal& signal) {
    return sizeof signal + signal.host_key.size() + signal.bytes.size();
}

}  // namespace spoor::alert
