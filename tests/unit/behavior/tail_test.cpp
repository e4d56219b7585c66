#include "behavior/tail.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace spoor::behavior {
namespace {

TEST(Tail, incomplete_beta_at_known_values) {
    EXPECT_EQ(incomplete_beta(0, 2, 3), 0);
    EXPECT_EQ(incomplete_beta(1, 2, 3), 1);
    EXPECT_NEAR(incomplete_beta(0.3, 1, 1), 0.3, 1e-12);      // uniform
    EXPECT_NEAR(incomplete_beta(0.4, 3, 1), 0.064, 1e-12);    // x^a
    EXPECT_NEAR(incomplete_beta(0.5, 7.5, 7.5), 0.5, 1e-12);  // symmetric
    EXPECT_NEAR(incomplete_beta(0.25, 2, 3) + incomplete_beta(0.75, 3, 2), 1, 1e-12);
}

// Against the sum of the distribution's own terms.
TEST(Tail, count_tail_is_the_negative_binomials) {
    for (const double mean : {0.01, 0.4, 5.0, 40.0}) {
        for (const double r : {0.05, 1.0, 7.0, 300.0}) {
            const double q = mean / (mean + r);
            double below = 0;
            double term = std::pow(1 - q, r);
            for (std::uint32_t x = 0; x < 30; ++x) {
                EXPECT_NEAR(count_tail(x, mean, r, 0), 1 - below - term, 1e-9);
                EXPECT_NEAR(count_tail(x, mean, r, 0.25), 1 - below - 0.75 * term, 1e-9);
                below += term;
                term *= q * (x + r) / (x + 1);
            }
        }
    }
}

TEST(Tail, far_tails_keep_their_precision) {
    // P(X >= 20), mean 0.1, nearly Poisson: its first term is 0.1^20 / 20! e^-0.1.
    const double first = std::exp(20 * std::log(0.1) - std::lgamma(21.0) - 0.1);
    EXPECT_NEAR(count_tail(20, 0.1, 1e7, 1 - 1e-12) / first, 1.005, 0.005);
    EXPECT_GT(count_tail(300, 2, 3, 0), 0);
}

TEST(Tail, student_at_known_values) {
    EXPECT_NEAR(student_tail(1, 1), 0.5, 1e-12);          // Cauchy
    EXPECT_NEAR(student_tail(2.228139, 10), 0.05, 1e-6);  // from any table
    EXPECT_NEAR(student_tail(-3.169273, 10), 0.01, 1e-6);
    EXPECT_EQ(student_tail(0, 10), 1);
}

TEST(Tail, record_tail_counts_orders) {
    // One new value among n old: it is the largest with chance 1 / (n + 1).
    EXPECT_NEAR(record_tail(1, 1, 99, 1), 0.01, 1e-12);
    // Two of two: 2! n! / (n + 2)!
    EXPECT_NEAR(record_tail(2, 2, 8, 1), 2.0 / (9 * 10), 1e-12);
    EXPECT_NEAR(record_tail(0, 3, 9, 1), 1, 1e-12);
    EXPECT_NEAR(record_tail(0, 3, 9, 0), 3.0 / 12, 1e-12);
}

// What makes the alerts' chances mean something: under the model p is uniform.
TEST(Tail, p_is_uniform_whatever_the_distribution) {
    Random random(5);
    std::array<int, 3> low{};
    constexpr int trials = 40'000;
    for (int i = 0; i < trials; ++i) {
        std::vector<double> values(50);
        for (double& v : values) {
            v = std::exp(3 * random.normal());  // heavy tails
        }
        const double top = *std::max_element(values.begin(), values.begin() + 45);
        const auto k = static_cast<std::uint32_t>(
            std::count_if(values.begin() + 45, values.end(), [&](double v) { return v > top; }));
        const double p = record_tail(k, 5, 45, random.uniform());
        low[0] += p <= 0.01 ? 1 : 0;
        low[1] += p <= 0.1 ? 1 : 0;
        low[2] += p <= 0.5 ? 1 : 0;
    }
    EXPECT_NEAR(low[0] / double{trials}, 0.01, 0.002);
    EXPECT_NEAR(low[1] / double{trials}, 0.1, 0.006);
    EXPECT_NEAR(low[2] / double{trials}, 0.5, 0.01);
}

TEST(Tail, correction_for_several_tests) {
    EXPECT_NEAR(corrected(0.01, 16), 1 - std::pow(0.99, 16), 1e-12);
    EXPECT_NEAR(corrected(1e-12, 16) / 16e-12, 1, 1e-9);
    EXPECT_EQ(corrected(0, 16), 0);
    EXPECT_EQ(corrected(1, 16), 1);
}

}  // namespace
}  // namespace spoor::behavior
