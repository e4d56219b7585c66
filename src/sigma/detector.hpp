// Sigma rules behind the detector contract (alert/detector.hpp), and the correlations that look
// across hosts behind the correlator contract (alert/correlator.hpp).
//   detector    runs the engine over each batch; its alerts are those of rules that give any. What
//               correlations ask for goes to those within a host in the shard, and to the others as
//               signals
//   correlator  the correlations of all hosts, over those signals
// Both are made from one rule set, which is one content of the pipeline.
//
// Compute only. Thread contract as in those two files.
#pragma once

#include "alert/correlator.hpp"
#include "alert/detector.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/engine.hpp"

#include <memory>

namespace spoor::sigma {

[[nodiscard]] std::unique_ptr<alert::Detector> make_sigma_detector(
    std::shared_ptr<const Engine> engine, const CorrelationOptions& options);

// Null: no correlation looks across hosts.
[[nodiscard]] std::unique_ptr<alert::Correlator> make_sigma_correlator(
    const std::shared_ptr<const RuleSet>& rules, const CorrelationOptions& options);

}  // namespace spoor::sigma
