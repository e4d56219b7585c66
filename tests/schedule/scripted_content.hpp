// Contents for the schedule and thread tests: the detectors that every test has, a detector and a
// correlator that are made anew with each content and are handed their predecessors' state, and
// some parts of these that come and go. What they find says which content found it and in what
// order it came, so whatever is lost, doubled, out of order, or judged by the wrong content changes
// the bytes of an alert.
#pragma once

#include "pipeline/content.hpp"

#include <string>
#include <string_view>

namespace spoor::schedule {

// `parts`: letters; a part that a content lacks loses its state.
[[nodiscard]] pipeline::ContentPtr make_content(std::string version, std::string_view parts);

// The detector counts each host's events per part and hands on a signal for each event; the
// correlator counts the signals of all hosts per part and minute. Names of both, as in state rows.
inline constexpr std::string_view tally_name = "tally";
inline constexpr std::string_view cross_name = "cross";

}  // namespace spoor::schedule
