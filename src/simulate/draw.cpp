#include "simulate/draw.hpp"

#include "base/assert.hpp"

namespace spoor::simulate {

double unit_exponential(Random& random) {
    // Runs of falling uniforms: one of odd length ends it with its first value as the fraction, one
    // of even length adds a whole unit.
    for (int whole = 0;; ++whole) {
        const double first = random.uniform();
        double last = first;
        bool odd = true;
        while (true) {
            const double next = random.uniform();
            if (next >= last) {
                break;
            }
            last = next;
            odd = !odd;
        }
        if (odd) {
            return first + whole;
        }
    }
}

Duration random_gap(Random& random, Duration mean) {
    const double micros = static_cast<double>(mean.count()) * unit_exponential(random);
    return Duration{static_cast<std::int64_t>(micros)};
}

std::int64_t bell(Random& random, std::int64_t lo, std::int64_t hi) {
    SPOOR_ASSERT(lo <= hi, "an empty range");
    const std::int64_t part = (hi - lo) / 3;
    // One draw a statement: the order of operands is the compiler's choice.
    std::int64_t sum = lo + random.between(0, part);
    sum += random.between(0, part);
    sum += random.between(0, hi - lo - 2 * part);
    return sum;
}

std::uint64_t trait(std::uint64_t seed, std::uint64_t kind, std::uint64_t index) {
    // The finisher of SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t z = seed + 0x9E3779B97F4A7C15ULL * (kind * 1'000'003ULL + index + 1);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

namespace {

void append_digits(std::string& out, std::int64_t value, int count) {
    char text[8];
    for (int i = count - 1; i >= 0; --i) {
        text[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(text, static_cast<std::size_t>(count));
}

}  // namespace

void append_naive_time(std::string& out, Timestamp time) {
    const auto day_start = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day_start};
    const std::chrono::hh_mm_ss clock{time - day_start};
    append_digits(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_digits(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_digits(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_digits(out, clock.hours().count(), 2);
    out += ':';
    append_digits(out, clock.minutes().count(), 2);
    out += ':';
    append_digits(out, clock.seconds().count(), 2);
    out += '.';
    append_digits(out, clock.subseconds().count(), 6);
}

}  // namespace spoor::simulate
