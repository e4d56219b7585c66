// Content: what decides what the pipeline finds (detectors, correlators, and the paths that their
// rules need from the decoder), as one immutable snapshot. It is built aside and handed to
// Intake::request_content; the next marker carries it, and each shard and the keeper go over to it
// at that marker, so that every event is judged by exactly one content.
//
// State is carried over by name and state version. The same object in both contents keeps its state
// untouched; another one is given those rows of the old state that it wants(). Rows that nobody
// takes on are deleted with the epoch that the marker ends.
//
// Const, shared by all threads.
#pragma once

#include "alert/correlator.hpp"
#include "alert/detector.hpp"
#include "event/watched_paths.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spoor::pipeline {

using Detectors = std::vector<std::shared_ptr<const alert::Detector>>;
using Correlators = std::vector<std::shared_ptr<const alert::Correlator>>;

struct Content {
    std::string version;  // any text; stored with the epoch, shown by `status`
    Detectors detectors;
    Correlators correlators;
    WatchedPaths watched_paths;
};

using ContentPtr = std::shared_ptr<const Content>;

}  // namespace spoor::pipeline
