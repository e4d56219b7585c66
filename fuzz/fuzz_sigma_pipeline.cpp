// Any bytes as a processing pipeline over a few rules: a pipeline with a mistake is left out and
// told, loading is repeatable, and the rules that come out of it work.
#include "base/assert.hpp"
#include "sigma_bench.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace spoor;

namespace {

constexpr const char* rules = R"(title: one
id: one
name: one
tags: [attack.t1059]
logsource: {product: windows, category: process_creation}
detection:
    sel: {Image|endswith: '\a.exe', User: [x, y], Count|gte: 3}
    more: {Other|fieldref: Image, Name|re: 'a.c', Place|expand: '%p%'}
    words: [alpha, 'be*ta']
    condition: sel and not 1 of more or words
---
title: two
id: two
name: two
logsource: {category: vector}
detection:
    sel: [{a.b: x}, {c|contains|all: [y, z]}]
    condition: sel
---
title: three
name: three
correlation:
    type: value_count
    rules: [one, two]
    group-by: [User, Host]
    aliases: {Host: {one: Computer, two: host}}
    timespan: 1m
    condition: {gte: 2, field: Image}
---
title: four
logsource: {product: windows}
filter:
    rules: [one]
    sel: {User: z}
    condition: not sel
)";

}  // namespace

extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
    return "leak:libfyaml.so\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t longest = 4096;
    if (size > longest) {
        return 0;
    }
    static const std::vector<std::string> events = {
        R"({"Image":"C:\\a.exe","User":"x","Count":3,"Name":"abc","EventID":1,"proc":{"path":"C:\\a.exe"},)"
        R"("Channel":"Microsoft-Windows-Sysmon/Operational","UtcTime":"2026-01-05 10:00:00.000"})",
        R"({"a":{"b":"x"},"c":"yz","words":"ALPHA"})",
    };
    sigma::LoadOptions options;
    options.placeholders = {{"p", {"x", "y"}}};
    options.pipelines = {{"p.yml", std::string(reinterpret_cast<const char*>(data), size)}};
    const sigma::Loaded loaded = fuzz::load_checked({{"f.yml", rules}}, options);
    SPOOR_ASSERT(loaded.num_documents == 4, "a pipeline changes no number of documents");
    const fuzz::RuleBench bench(loaded.rules, events);
    SPOOR_ASSERT(bench.with_plans() == bench.one_by_one(), "plans change nothing");
    return 0;
}
