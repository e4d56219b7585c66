// The structures below the windows of numbers: exact sums, ordered values, and the flat table.
#include "base/random.hpp"
#include "sigma/exact_sum.hpp"
#include "sigma/index_table.hpp"
#include "sigma/ordered_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace spoor::sigma {
namespace {

Number real(double v) {
    return {false, 0, v};
}

Number integer(std::int64_t v) {
    return {true, v, static_cast<double>(v)};
}

TEST(ExactSum, RoundsOnce) {
    ExactSum sum;
    sum.add(real(1e308));
    sum.add(real(1));
    sum.add(real(5e-324));
    sum.subtract(real(1e308));
    EXPECT_EQ(sum.value(), 1);
    sum.subtract(real(1));
    EXPECT_EQ(sum.value(), 5e-324);
    sum.subtract(real(5e-324));
    EXPECT_EQ(sum.value(), 0);
}

TEST(ExactSum, TiesGoToEven) {
    ExactSum sum;
    sum.add(integer(std::int64_t{1} << 53));
    sum.add(real(1));
    EXPECT_EQ(sum.value(), 0x1p53);
    sum.add(real(0x1p-1000));
    EXPECT_EQ(sum.value(), 0x1p53 + 2);
}

TEST(ExactSum, IntegersBeyondDoubles) {
    ExactSum sum;
    const auto most = std::numeric_limits<std::int64_t>::max();
    sum.add(integer(most));
    sum.add(integer(most));
    sum.subtract(integer(most));
    EXPECT_EQ(sum.compare(0x1p62, 1), 1);
    EXPECT_EQ(sum.value(), 0x1p63);
    ExactSum other;
    other.add(integer(9007199254740993));
    EXPECT_EQ(other.compare(9007199254740992.0, 1), 1);
    EXPECT_EQ(other.compare(9007199254740994.0, 1), -1);
}

TEST(ExactSum, ComparesWithManyTimesTheBound) {
    ExactSum sum;
    for (int i = 0; i < 3; ++i) {
        sum.add(real(0.1));
    }
    EXPECT_EQ(sum.compare(0.1, 3), 0) << "an average of 0.1";
    EXPECT_EQ(sum.compare(0.3, 1), 1) << "three times the double nearest 0.1 is more than 0.3's";
    EXPECT_EQ(sum.compare(-0.5, 1), 1);
}

TEST(ExactSum, AnyNumbersInAnyOrder) {
    Random random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<double> values;
        for (int i = 0; i < 50; ++i) {
            double v = std::bit_cast<double>(random.next());
            while (!std::isfinite(v) || std::abs(v) > 1e300) {
                v = std::bit_cast<double>(random.next());
            }
            values.push_back(round % 2 == 0 ? v : random.uniform(-1e6, 1e6));
        }
        ExactSum forward;
        ExactSum backward;
        long double plain = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            forward.add(real(values[i]));
            backward.add(real(values[values.size() - 1 - i]));
            plain += static_cast<long double>(values[i]);
        }
        EXPECT_EQ(forward.value(), backward.value());
        if (round % 2 == 1) {
            EXPECT_NEAR(forward.value(), static_cast<double>(plain), 1e-9);
        }
        ExactSum back;
        ASSERT_TRUE(back.restore(forward.integers(), forward.num_reals(), forward.words()));
        EXPECT_EQ(back.value(), forward.value());
        for (const double v : values) {
            forward.subtract(real(v));
        }
        EXPECT_EQ(forward.value(), 0);
        EXPECT_EQ(forward.bytes(), 0U);
    }
}

TEST(OrderedValues, AsASortedVector) {
    Random random(11);
    OrderedValues values;
    std::vector<double> sorted;
    for (int i = 0; i < 20'000; ++i) {
        const bool grows = i < 8'000 || (i > 12'000 && i < 16'000);
        if (sorted.empty() || random.chance(grows ? 0.9 : 0.3)) {
            const double v = static_cast<double>(random.between(-500, 500));
            values.insert(v);
            sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), v), v);
        } else {
            const std::size_t k = random.below(sorted.size());
            values.erase(sorted[k]);
            sorted.erase(sorted.begin() + static_cast<std::ptrdiff_t>(k));
        }
        ASSERT_EQ(values.size(), sorted.size());
        if (!sorted.empty()) {
            const std::size_t k = random.below(sorted.size());
            ASSERT_EQ(values.at(k), sorted[k]);
        }
    }
}

TEST(OrderedValues, PercentilesBetweenRanks) {
    OrderedValues values;
    for (const double v : {10.0, 20.0, 30.0, 40.0}) {
        values.insert(v);
    }
    EXPECT_EQ(values.percentile(0), 10);
    EXPECT_EQ(values.percentile(100), 40);
    EXPECT_EQ(values.percentile(50), 25);
    EXPECT_EQ(values.percentile(25), 17.5);
    EXPECT_EQ(values.median(), 25);
    values.erase(10);
    EXPECT_EQ(values.median(), 30);
}

TEST(IndexTable, AsAMap) {
    Random random(13);
    IndexTable table;
    std::map<std::uint32_t, std::uint64_t> there;  // place, hash
    for (int i = 0; i < 50'000; ++i) {
        const auto place = static_cast<std::uint32_t>(random.below(300));
        // Hashes that collide and hashes at the table's end.
        const std::uint64_t hash = random.chance(0.5) ? place % 7 : ~std::uint64_t{place % 11};
        const auto it = there.find(place);
        if (it == there.end()) {
            table.insert(hash, place);
            there.emplace(place, hash);
        } else {
            EXPECT_EQ(table.find(it->second, [&](std::uint32_t at) { return at == place; }), place);
            table.erase(it->second, place);
            there.erase(it);
            EXPECT_EQ(table.find(hash, [&](std::uint32_t at) { return at == place; }),
                      IndexTable::none);
        }
        ASSERT_EQ(table.size(), there.size());
    }
    for (const auto& [place, hash] : there) {
        const std::uint32_t wanted = place;
        EXPECT_EQ(table.find(hash, [&](std::uint32_t at) { return at == wanted; }), wanted);
    }
}

}  // namespace
}  // namespace spoor::sigma
