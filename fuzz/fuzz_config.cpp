// Any bytes as a configuration: no crash, and a secret never comes back in what is said or shown.
#include "base/assert.hpp"
#include "config/load.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view secret = "correct-horse-battery";

spoor::config::Environment environment() {
    spoor::config::Environment e;
    e.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "A_PASS") {
            return std::string(secret);
        }
        return name == "A" ? std::optional<std::string>("1") : std::nullopt;
    };
    e.read_file = [](const std::string& path) -> spoor::Result<std::string> {
        if (path == "/s") {
            return std::string(secret);
        }
        return spoor::fail(spoor::Errc::io, "cannot be read");
    };
    e.file_readable = [](const std::string& path) { return path.size() % 2 == 0; };
    return e;
}

}  // namespace

// libfyaml 0.7.12 itself loses 512 bytes on a quoted key with more than eight pieces, such as ''
// six times: it parses nothing else of ours, and a configuration is read a few times in a process.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
    return "leak:libfyaml.so\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.find(secret) != std::string_view::npos) {
        return 0;
    }
    spoor::config::Config config;
    spoor::Diagnostics diagnostics;
    std::vector<spoor::config::Shown> shown;
    const bool good =
        spoor::config::load_text(text, "f", environment(), config, diagnostics, &shown);
    SPOOR_ASSERT(good == !diagnostics.has_errors(),
                 "a load fails if, and only if, there are errors");
    SPOOR_ASSERT(diagnostics.to_text().find(secret) == std::string::npos, "a secret in a message");
    SPOOR_ASSERT(diagnostics.to_json().find(secret) == std::string::npos, "a secret in a message");
    for (const spoor::config::Shown& s : shown) {
        SPOOR_ASSERT(s.value.find(secret) == std::string::npos, "a secret is shown");
    }
    return 0;
}
