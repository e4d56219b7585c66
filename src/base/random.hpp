// A seeded stream of numbers that is the same on every machine and standard library: simulations
// and schedules replay from their seed. Not for secrets. One owner; not thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace spoor {

class Random {
public:
    explicit Random(std::uint64_t seed);
    [[nodiscard]] std::uint64_t next();                                    // all 64 bits uniform
    [[nodiscard]] std::uint64_t below(std::uint64_t n);                    // 0..n-1; n > 0
    [[nodiscard]] std::int64_t between(std::int64_t lo, std::int64_t hi);  // both included
    [[nodiscard]] double uniform();                                        // [0, 1)
    [[nodiscard]] double uniform(double lo, double hi);
    [[nodiscard]] double normal();  // mean 0, deviation 1
    [[nodiscard]] double exponential(double mean);

    [[nodiscard]] bool chance(double p) { return uniform() < p; }

    // An independent stream, fixed by this one's seed and the name: adding one does not move
    // others.
    [[nodiscard]] Random fork(std::string_view name) const;

private:
    std::uint64_t seed_;
    std::uint64_t state_[4] = {};
};

}  // namespace spoor
