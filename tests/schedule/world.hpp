// What the schedule and thread tests share: the input that a seed makes, the detectors, the inline
// run that says what should be found, and what a run left behind in comparable form.
#pragma once

#include "base/counters.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "pipeline/content.hpp"
#include "schedule/scripted.hpp"
#include "store/memory_store.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spoor::schedule {

[[nodiscard]] pipeline::ContentPtr content();
[[nodiscard]] std::vector<ScriptedBroker> make_world(Random random);
[[nodiscard]] config::Pipeline options_for(int shards, std::uint64_t epoch_records);

struct Remains {
    std::map<std::string, std::string> alerts;   // id -> json
    std::map<std::string, std::string> letters;  // ref -> reason, detail, payload
    std::map<std::string, Timestamp> watermarks;
    Counters counters;
};

[[nodiscard]] Remains remains_of(store::MemoryStore& store);
// What should be found: never with a planted fault.
[[nodiscard]] Remains inline_run(std::vector<ScriptedBroker> brokers, std::uint64_t seed);

// The first key that is missing, extra or differs; empty: none.
template <class Expected, class Got>
std::string difference(const Expected& expected, const Got& got) {
    for (const auto& [key, value] : expected) {
        const auto it = got.find(key);
        if (it == got.end()) {
            return fmt::format("missing {}", key);
        }
        if (it->second != value) {
            return fmt::format("differs {}", key);
        }
    }
    for (const auto& [key, value] : got) {
        if (!expected.contains(key)) {
            return fmt::format("extra {}", key);
        }
    }
    return {};
}

}  // namespace spoor::schedule
