// Tail probabilities of the three kinds of value the baselines predict. Each is the chance, if the
// baseline is right, of a value at least this far out. For counts a share `u` of the chance of the
// very value counts (u in [0, 1), drawn from a hash): then p is uniform also where few values are
// possible, and 1 % of benign ones are at or below 0.01.
//
// Pure functions.
#pragma once

#include <cstdint>

namespace spoor::behavior {

// I_x(a, b), the regularised incomplete beta function; a, b > 0.
[[nodiscard]] double incomplete_beta(double x, double a, double b);

// P(X > x) + u P(X = x), X negative binomial with this mean and variance mean + mean^2 / r: what a
// Poisson rate known only up to a gamma of shape r predicts.
[[nodiscard]] double count_tail(std::uint32_t x, double mean, double r, double u);

// P(|T| >= |z|), Student's t.
[[nodiscard]] double student_tail(double z, double degrees);

// Of m new values, k above all n old ones: the chance of more than k, plus u times that of k, if
// all n + m come from one distribution, whichever (the k largest are all among the m).
[[nodiscard]] double record_tail(std::uint32_t k, std::uint32_t m, double n, double u);

// 1 - (1 - p)^tests (Sidak).
[[nodiscard]] double corrected(double p, int tests);

}  // namespace spoor::behavior
