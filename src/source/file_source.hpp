// Files as a source: NDJSON, plain, gzip or zstd (told by content). Two makers:
//   scan    reads the given files, folders and standard input once, from the beginning. Files may
//           also hold one large array, or objects over several lines.
//   follow  tails a file for ever (or each file that a pattern matches), through rotations.
// Origins and what makes them distinct: source/file_identity.hpp.
//
// As every source: used by one thread. The OriginTable and the Clock outlive it.
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"
#include "source/source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spoor::source {

struct ScanOptions {
    // Names this run of standard input ("stdin:RUN") and of pipes: random, or given by a test.
    std::string run_id = "0";
    int stdin_descriptor = 0;
};

// Paths are taken in their order, a folder's files recursively and sorted by path; "-" is standard
// input. A file named twice is read once. What cannot be read is logged, counted in the losses as
// `file_unreadable` and named in health().detail; the rest is read. All files together are the
// partition "scan", standard input is "stdin". Checkpoints are not taken up: each scan begins anew.
// at_end() once all is handed out. replayable() unless there is standard input or a pipe.
[[nodiscard]] std::unique_ptr<Source> make_scan_source(std::vector<std::string> paths,
                                                       OriginTable& origins,
                                                       ScanOptions options = {});

struct FollowOptions {
    const Clock* clock = nullptr;  // nullptr: the system's
    // How long a file that has been replaced is still watched for a writer that has not moved yet.
    Duration rotation_grace = std::chrono::seconds{1};
    Duration pattern_interval = std::chrono::seconds{1};  // between looks for new matches
};

// Each file is the partition "file:PATH". Losses: `file_gap` (the file that the checkpoint names is
// not there any more), `file_truncated` (cut while followed, and no copy of what it held was
// found), `file_late_bytes` (written to a rotated file long after it was replaced).
[[nodiscard]] std::unique_ptr<Source> make_follow_source(const config::File& file,
                                                         OriginTable& origins,
                                                         FollowOptions options = {});

}  // namespace spoor::source
