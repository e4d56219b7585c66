// ${VAR}, ${VAR:-default} and ${file:PATH} in a text; "$${" stands for "${". Pure, but for what the
// Environment does.
#pragma once

#include "config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spoor::config {

struct Substituted {
    std::string text;
    bool any = false;     // there was a reference
    bool hidden = false;  // some of it is of a file, or of a variable that sounds secret: not shown
    std::vector<std::string> origins;  // "environment KAFKA_PASSWORD", "file /run/secrets/x"

    struct Problem {
        std::string code;
        std::string message;
        std::string hint;
        std::string reference;  // as written, to find its place
    };

    std::vector<Problem> problems;
};

[[nodiscard]] Substituted substitute(std::string_view text, const Environment& environment);

}  // namespace spoor::config
