// The paths of a record that rules ask for beside the modelled fields. Captured::path is an index
// into this list. An immutable list, shared by the content that asks and the decoders that capture;
// any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace spoor {

using WatchedPaths = std::shared_ptr<const std::vector<std::string>>;  // null: none

}  // namespace spoor
