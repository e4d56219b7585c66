// Ground truth of a run beside its events: one line of JSON for each event that belongs to a
// scenario, and a summary for people. Works the same whether the events carry labels or not.
//
// Compute only; one owner.
#pragma once

#include "base/time.hpp"
#include "simulate/simulate.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace spoor::simulate {

class Truth {
public:
    // The next event of the output. Appends its line to `out`, or nothing if it is of no scenario:
    // {"event": number from 0, "timestamp", "host", "scenario_id", "scenario_type",
    // "scenario_stage"}
    void add(const Message& message, std::string& out);
    // A line for each scenario: id, type, host, first and last event, number of events.
    [[nodiscard]] std::string summary() const;

    [[nodiscard]] std::uint64_t num_events() const { return num_events_; }

    [[nodiscard]] std::size_t num_scenarios() const { return scenarios_.size(); }

private:
    struct Scenario {
        std::string_view type;
        std::string host;
        Timestamp first;
        Timestamp last;
        std::uint64_t num_events = 0;
        int last_stage = 0;
    };

    std::uint64_t num_events_ = 0;
    std::map<std::string, Scenario> scenarios_;
};

}  // namespace spoor::simulate
