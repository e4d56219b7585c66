// Drawing of made-up values. Only integers and single, exactly rounded operations: a value must be
// the same on every machine, which rules out libm and sums of products that a compiler may fuse.
//
// Pure functions over a Random; its owner's thread.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace spoor::simulate {

// One of them, all alike. Not for an empty list.
template <class T>
[[nodiscard]] const T& pick(Random& random, std::span<const T> from) {
    return from[random.below(from.size())];
}

template <class List>
[[nodiscard]] const auto& pick(Random& random, const List& from) {
    return from[random.below(from.size())];
}

// An exponential with mean 1, by comparisons alone (von Neumann 1951).
[[nodiscard]] double unit_exponential(Random& random);
// The gap to the next of events that come at random, `mean` apart.
[[nodiscard]] Duration random_gap(Random& random, Duration mean);
// Three uniforms added up: bell-shaped, from lo to hi, without tails.
[[nodiscard]] std::int64_t bell(Random& random, std::int64_t lo, std::int64_t hi);
// A number fixed by a seed and two indices: traits that are derived again instead of kept.
[[nodiscard]] std::uint64_t trait(std::uint64_t seed, std::uint64_t kind, std::uint64_t index);

// 2026-01-31T12:00:00.123456: local time without a zone as the original's messages have it, here
// always UTC and always with microseconds.
void append_naive_time(std::string& out, Timestamp time);

}  // namespace spoor::simulate
