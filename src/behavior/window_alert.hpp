// The alert of an unusual window: severity, explanation and ATT&CK pointers from its verdict.
//
// Pure functions.
#pragma once

#include "alert/alert.hpp"
#include "behavior/host_state.hpp"
#include "event/origin.hpp"

namespace spoor::behavior {

[[nodiscard]] alert::Alert make_window_alert(const HostState& host,
                                             const OpenWindow& window,
                                             const EventSums* sums,
                                             const Verdict& verdict,
                                             const Memory& memory,
                                             const OriginTable& origins);

}  // namespace spoor::behavior
