// The bytes of one host's state, as a checkpoint keeps them: compact, and with no choice of form,
// so that encode(decode(x)) == x for whatever decodes. Reading never trusts the bytes.
//
// Pure functions.
#pragma once

#include "behavior/host_state.hpp"
#include "event/origin.hpp"

#include <string>
#include <string_view>

namespace spoor::behavior {

// Raise it with every change of the form or of what a number in it means.
inline constexpr std::uint32_t state_version = 1;

// Event times further from 1970 than this are none.
inline constexpr std::int64_t max_time = std::int64_t{1} << 58U;

void encode(const HostState& host, Duration window, const OriginTable& origins, std::string& out);
// Into a host that is new: has its partition, key and cold part. False: not such bytes, or of
// windows of another length; the host is then to be thrown away.
[[nodiscard]] bool decode(std::string_view bytes,
                          Duration window,
                          OriginTable& origins,
                          HostState& host);

}  // namespace spoor::behavior
