#include "behavior/tail.hpp"

#include <algorithm>
#include <cmath>

namespace spoor::behavior {

namespace {

// The continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified Lentz
// method.
double beta_fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    constexpr double precision = 1e-14;
    const auto guard = [](double v) { return std::abs(v) < tiny ? tiny : v; };
    double c = 1;
    double d = 1 / guard(1 - (a + b) * x / (a + 1));
    double f = d;
    for (int m = 1; m <= 500; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / guard(1 + even * d);
        c = guard(1 + even / c);
        f *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / guard(1 + odd * d);
        c = guard(1 + odd / c);
        f *= d * c;
        if (std::abs(d * c - 1) < precision) {
            break;
        }
    }
    return f;
}

// std::lgamma writes the global signgam, which threads would race for; arguments here are positive.
double log_gamma(double x) {
    int sign = 0;
    return ::lgamma_r(x, &sign);
}

}  // namespace

double incomplete_beta(double x, double a, double b) {
    if (!(x > 0)) {
        return 0;
    }
    if (x >= 1) {
        return 1;
    }
    const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                                  b * std::log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(x, a, b) / a
                                     : 1 - front * beta_fraction(1 - x, b, a) / b;
}

double count_tail(std::uint32_t x, double mean, double r, double u) {
    const double q = mean / (mean + r);  // chance of one more
    const double at_least = x == 0 ? 1.0 : incomplete_beta(q, x, r);
    const double more = incomplete_beta(q, static_cast<double>(x) + 1, r);
    return std::clamp(more + u * std::max(0.0, at_least - more), 0.0, 1.0);
}

double student_tail(double z, double degrees) {
    return incomplete_beta(degrees / (degrees + z * z), degrees / 2, 0.5);
}

double record_tail(std::uint32_t k, std::uint32_t m, double n, double u) {
    double at_least = 1;
    for (std::uint32_t i = 0; i < k; ++i) {
        at_least *= static_cast<double>(m - i) / (n + static_cast<double>(m - i));
    }
    const auto next = static_cast<double>(m - k);
    const double more = at_least * next / (n + next);
    return k == m ? u * at_least : more + u * (at_least - more);
}

double corrected(double p, int tests) {
    return p >= 1 ? 1.0 : -std::expm1(tests * std::log1p(-p));
}

}  // namespace spoor::behavior
