// Rules over files, fast: threads that each decode, match and write their alerts as text, which is
// put out in the order of the records; no store, no state but that of correlations. What `spoor
// scan --rules` is, unless its alerts are to be kept or the behaviour detectors are wanted too.
//
// One call, from the main thread; the threads are inside.
#pragma once

#include "alert/alert.hpp"
#include "base/counters.hpp"
#include "decode/decoder.hpp"
#include "event/origin.hpp"
#include "sigma/rule_set.hpp"
#include "sigma/scan_correlations.hpp"
#include "source/source.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::app {

struct RuleScanOptions {
    enum class Format : std::uint8_t { ndjson, json, table, matches };  // matches: short lines
    Format format = Format::ndjson;
    int threads = 1;
    alert::Level min_level = alert::Level::informational;
    decode::Options decode;
    Duration lateness{0};                // of correlations
    std::size_t max_groups = 100'000;    // likewise
    std::size_t max_values = 1'000'000;  // likewise
    sigma::ScanCorrelations::Order order = sigma::ScanCorrelations::Order::by_arrival;  // likewise
    std::function<bool()> should_stop;            // asked by any thread
    std::function<bool(std::string_view)> write;  // false: it takes no more; one thread at a time
    // Records that cannot be used, as BadInput::add; of a reason at least the first that it shows,
    // in the order of the records. One thread at a time.
    std::function<void(std::string_view reason, std::string_view what)> bad_record;
};

struct RuleScanEnd {
    std::vector<std::uint64_t> matches;  // beside RuleSet::rules; those below min_level too
    std::vector<std::uint64_t> firings;  // beside RuleSet::correlations
    std::vector<bool> tried;             // beside RuleSet::rules: for the log source of an event
    bool written = true;                 // all that was to be
    Counters counters;                   // "events_evaluated", "dead_letters.X", "losses.X"
    bool stopped = false;                // before the source's end
};

// The head of Format::table, whose rows are text lines.
[[nodiscard]] std::string table_head();

// The source is open.
[[nodiscard]] RuleScanEnd scan_with_rules(const std::shared_ptr<const sigma::RuleSet>& rules,
                                          source::Source& source,
                                          const OriginTable& origins,
                                          const RuleScanOptions& options);

}  // namespace spoor::app
