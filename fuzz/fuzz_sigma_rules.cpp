// Any bytes as a file of rules, correlations and filters: each document is accounted for, loading
// is repeatable, and what was compiled finds with its plans what it finds rule by rule.
#include "base/assert.hpp"
#include "sigma_bench.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace spoor;

// See fuzz_config.cpp: libfyaml's own.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
    return "leak:libfyaml.so\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t longest = 8192;
    if (size > longest) {
        return 0;
    }
    static const std::vector<std::string> events = {
        R"({"A":"x","B":["y",7,null],"C":{"D":"z"},"EventID":1,"Channel":"Security"})",
        R"({"Image":"C:\\a.exe","CommandLine":"a -b /c","EventID":1,)"
        R"("Channel":"Microsoft-Windows-Sysmon/Operational","UtcTime":"2026-01-05 10:00:00.000"})",
        R"({"A":"","message":"x y z","n":1.5})",
    };
    const std::string text(reinterpret_cast<const char*>(data), size);
    sigma::LoadOptions options;
    options.placeholders = {{"p", {"x", "y*"}}, {"q", {}}};
    const sigma::Loaded loaded = fuzz::load_checked({{"f.yml", text}}, options);
    const fuzz::RuleBench bench(loaded.rules, events);
    SPOOR_ASSERT(bench.with_plans() == bench.one_by_one(), "plans change nothing");
    return 0;
}
