#include "base/random.hpp"

#include "base/assert.hpp"
#include "base/hash.hpp"

#include <cmath>
#include <numbers>

namespace spoor {

namespace {

// SplitMix64 (Steele, Lea, Flood 2014) spreads a seed over the state.
std::uint64_t split_mix(std::uint64_t& x) {
    x += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = x;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

std::uint64_t rotate_left(std::uint64_t x, unsigned k) {
    return (x << k) | (x >> (64U - k));
}

}  // namespace

Random::Random(std::uint64_t seed) : seed_(seed), state_{} {
    for (auto& word : state_) {
        word = split_mix(seed);
    }
}

// xoshiro256** (Blackman, Vigna 2018).
std::uint64_t Random::next() {
    const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate_left(state_[3], 45);
    return result;
}

std::uint64_t Random::below(std::uint64_t n) {
    SPOOR_ASSERT(n > 0, "an empty range");
    const std::uint64_t limit = ~std::uint64_t{0} - (~std::uint64_t{0} % n);
    std::uint64_t x = next();
    while (x >= limit) {
        x = next();
    }
    return x % n;
}

std::int64_t Random::between(std::int64_t lo, std::int64_t hi) {
    SPOOR_ASSERT(lo <= hi, "an empty range");
    return lo + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(hi - lo) + 1));
}

double Random::uniform() {
    return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

double Random::uniform(double lo, double hi) {
    return lo + (hi - lo) * uniform();
}

double Random::normal() {
    const double u = 1.0 - uniform();
    const double v = uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

double Random::exponential(double mean) {
    return -mean * std::log(1.0 - uniform());
}

Random Random::fork(std::string_view name) const {
    return Random(hash64(name, seed_));
}

}  // namespace spoor
