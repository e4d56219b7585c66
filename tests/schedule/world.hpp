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

#include <fmt/core.h>

#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

namespace spoor::schedule {

[[nodiscard]] std::vector<ScriptedBroker> make_world(Random random);
[[nodiscard]] config::Pipeline options_for(int shards, std::uint64_t epoch_records);

struct Remains {
    std::map<std::string, std::string> alerts;   // id -> json
    std::map<std::string, std::string> letters;  // ref -> reason, detail, payload
    std::map<std::string, Timestamp> watermarks;
    std::map<std::string, std::string>
        rows;  // of what swaps replace, and the correlators' watermark
    Counters counters;
};

[[nodiscard]] Remains remains_of(store::MemoryStore& store);

// From these positions on (a partition that is not named: from its begin) this content judged.
struct Cut {
    std::vector<Position> positions;
    pipeline::ContentPtr content;
};

// What should be found: never with a planted fault. The first cut is the begin.
[[nodiscard]] Remains inline_run(std::vector<ScriptedBroker> brokers,
                                 std::uint64_t seed,
                                 const std::vector<Cut>& cuts,
                                 bool close_windows = false);

template <class Value>
std::string shown(const Value& value) {
    if constexpr (std::is_same_v<Value, Timestamp>) {
        return ": " + format_time(value);
    } else {
        return fmt::format(": {}", value);
    }
}

// The first key that is missing, extra or differs; empty: none.
template <class Expected, class Got>
std::string difference(const Expected& expected, const Got& got) {
    for (const auto& [key, value] : expected) {
        const auto it = got.find(key);
        if (it == got.end()) {
            return fmt::format("missing {}{}", key, shown(value));
        }
        if (it->second != value) {
            return fmt::format("differs {}{}, got{}", key, shown(value), shown(it->second));
        }
    }
    for (const auto& [key, value] : got) {
        if (!expected.contains(key)) {
            return fmt::format("extra {}{}", key, shown(value));
        }
    }
    return {};
}

}  // namespace spoor::schedule
