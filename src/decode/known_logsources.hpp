// Names of log sources: those that decoding gives to events, and others of Sigma's taxonomy. For
// telling a misspelled name from one that is only unknown.
//
// Values; views of constants. Safe from any thread.
#pragma once

#include <string_view>
#include <vector>

namespace spoor::decode {

struct KnownLogSources {
    std::vector<std::string_view> products;
    std::vector<std::string_view> categories;
    std::vector<std::string_view> services;
};

// Sorted, each once.
[[nodiscard]] KnownLogSources known_logsources();

}  // namespace spoor::decode
