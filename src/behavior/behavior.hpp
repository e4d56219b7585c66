// The first two detectors, behind the detector contract (alert/detector.hpp):
//   threshold   the original's rule: any feature of a message's vector above 0.8. Stateless.
//   `score_kind: legacy`. behavior    baselines learned from the stream itself per host and
//   feature; a tail probability with its explanation.
// Compute only. Thread contract as in alert/detector.hpp.
#pragma once

#include "alert/detector.hpp"
#include "base/time.hpp"

#include <memory>

namespace spoor::behavior {

struct ThresholdOptions {
    double value = 0.8;  // settings of the original: strictly above
};

[[nodiscard]] std::unique_ptr<alert::Detector> make_threshold_rule(const ThresholdOptions& options);

struct BaselineOptions {
    Duration window = std::chrono::minutes{10};
    Duration baseline_period = std::chrono::hours{24 * 7};
    double anomaly_threshold = 0.6;  // on anomaly_score
    Duration allowed_lateness = std::chrono::seconds{10};
};

[[nodiscard]] std::unique_ptr<alert::Detector> make_baselines(const BaselineOptions& options);

}  // namespace spoor::behavior
