// Reads a configuration: YAML, references (${VAR}, ${VAR:-default}, ${file:PATH}), types, ranges,
// and the combinations that would only fail, or quietly do something else, later. All mistakes of a
// file are found in one run.
//
// Free functions; safe from any thread.
#pragma once

#include "base/diagnostic.hpp"
#include "base/result.hpp"
#include "config/config.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::config {

// What of the world around it a configuration may ask for.
struct Environment {
    std::function<std::optional<std::string>(const std::string& name)> variable;
    std::function<Result<std::string>(const std::string& path)> read_file;
    std::function<bool(const std::string& path)> file_readable;
};

// Environment variables and files of this process.
[[nodiscard]] Environment process_environment();

// One line of `spoor config show`.
struct Shown {
    std::string path;
    std::string value;   // secrets as ****
    std::string origin;  // "config.yaml:12", "config.yaml:12, environment KAFKA", "default"
    bool has_effect = true;
};

// False: there were errors, and `out` is not to be used. `shown`, if given, gets the keys in force,
// in the order of the table. Nothing in `diagnostics` or `shown` reveals a secret.
[[nodiscard]] bool load_text(std::string_view text,
                             std::string_view name,
                             const Environment& environment,
                             Config& out,
                             Diagnostics& diagnostics,
                             std::vector<Shown>* shown = nullptr);
[[nodiscard]] bool load_file(const std::string& path,
                             Config& out,
                             Diagnostics& diagnostics,
                             std::vector<Shown>* shown = nullptr);

// What an empty file gives.
[[nodiscard]] Config defaults();

}  // namespace spoor::config
