// The bytes of a row of held signals: several signals, with the texts that they share written once.
// Numbers are little-endian. Reading never trusts the bytes.
//
// Pure functions.
#pragma once

#include "alert/signal.hpp"
#include "event/origin.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::pipeline {

[[nodiscard]] std::string encode_held(std::span<const alert::Signal* const> signals,
                                      const OriginTable& origins);
// Appends to `out`. False: not such bytes; `out` is as it was.
[[nodiscard]] bool decode_held(std::string_view bytes,
                               OriginTable& origins,
                               std::vector<alert::Signal>& out);

}  // namespace spoor::pipeline
