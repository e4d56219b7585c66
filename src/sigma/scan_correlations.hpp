// Correlations over a stream that one thread sees in the order of its records: what `scan` with
// rules uses in place of shards and keeper. Those within a host run as in a shard; matches for the
// others wait until nothing that is not late can come before them, as in the keeper, and are taken
// in (event time, ref) order. What is found does not depend on how the stream was cut into batches.
//
// One owner. Rule set and origins outlive it.
#pragma once

#include "base/counters.hpp"
#include "event/origin.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/match_writer.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

// A correlation that fired.
struct ScanFinding {
    std::uint32_t correlation = 0;  // into RuleSet::correlations
    Timestamp time = no_time;
    std::string host;
    std::string text;  // the alert's JSON, or its short line
};

class ScanCorrelations {
public:
    enum class Order : std::uint8_t { by_arrival, by_time };

    // by_time: for several files.
    ScanCorrelations(const std::shared_ptr<const RuleSet>& rules,
                     const CorrelationOptions& options,
                     Order order,
                     const OriginTable& origins,
                     MatchForm form = MatchForm::alert);

    // Nothing below need be called.
    [[nodiscard]] bool empty() const { return here_.empty() && across_.empty(); }

    [[nodiscard]] bool takes(RuleIndex rule) const {
        return here_.takes(rule) || across_.takes(rule);
    }

    // Each event with a time, in order, before its matches. What is found is appended.
    void pass(std::uint32_t partition,
              std::string_view host_key,
              Timestamp time,
              std::vector<ScanFinding>& out);
    void match(const MatchSignal& match, std::vector<ScanFinding>& out);
    // The end of all input: what waits is taken, windows are closed.
    void finish(std::vector<ScanFinding>& out);

    // Firings, beside RuleSet::correlations.
    [[nodiscard]] const std::vector<std::uint64_t>& firings() const { return firings_; }

    [[nodiscard]] Counters counters() const;

private:
    void hold(const MatchSignal& match);
    void release(Timestamp watermark, std::vector<ScanFinding>& out);
    void take(Correlated& correlated, std::vector<ScanFinding>& out);
    // Whether `a` is taken after `b`: the heap has the next one in front.
    [[nodiscard]] bool is_after(const MatchSignal& a, const MatchSignal& b) const;

    std::shared_ptr<const RuleSet> rules_;
    const OriginTable& origins_;
    Duration lateness_;
    Order order_;
    MatchForm form_;
    std::shared_ptr<const RuleSet> placed_;  // the same rules; by_time none is within a host
    CorrelationRuntime here_;
    CorrelationRuntime across_;
    std::unique_ptr<CorrelationState> here_state_;
    std::unique_ptr<CorrelationState> across_state_;
    Correlated correlated_;
    std::vector<MatchSignal> held_;  // a heap
    Timestamp clock_ = no_time;      // the newest event's time
    CorrelationCounts counts_;
    std::vector<std::uint64_t> firings_;
};

}  // namespace spoor::sigma
