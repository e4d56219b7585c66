// The decoder as plainly as it can be written: a tree of the whole text (nlohmann's parser), every
// scalar with its dotted path, then the rules of src/decode/README.md applied one after the other
// over the mapping table. Slow; for comparison only.
#pragma once

#include "decode/decoder.hpp"
#include "plain_event.hpp"

#include <optional>
#include <string>

namespace spoor::decode {

// nullopt: not one JSON object.
[[nodiscard]] std::optional<PlainEvent> reference_decode(const std::string& text,
                                                         Timestamp record_time,
                                                         const Options& options);

}  // namespace spoor::decode
