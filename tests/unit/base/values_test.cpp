// Result, Counters, Random, hashes, assert, log levels.
#include "base/assert.hpp"
#include "base/counters.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace spoor {
namespace {

Result<int> half_of(int n) {
    if (n % 2 != 0) {
        return fail(Errc::invalid_argument, "odd");
    }
    return n / 2;
}

Result<int> quarter_of(int n) {
    SPOOR_TRY(const int half, half_of(n));
    SPOOR_TRY_VOID(half_of(half));
    return half / 2;
}

TEST(Result, TryPassesTheErrorOn) {
    EXPECT_EQ(quarter_of(12).value(), 3);
    EXPECT_EQ(quarter_of(6).error().detail, "odd");
    EXPECT_EQ(quarter_of(3).error().code, Errc::invalid_argument);
}

TEST(Result, EveryCodeHasItsOwnText) {
    std::set<std::string_view> texts;
    for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
        texts.insert(to_string(static_cast<Errc>(code)));
    }
    EXPECT_EQ(texts.size(), static_cast<std::size_t>(Errc::internal) + 1);
    EXPECT_FALSE(texts.contains("unknown"));
}

TEST(Counters, AddMergeAndIgnoreZero) {
    Counters a;
    a.add("events");
    a.add("events", 2);
    a.add("never", 0);
    Counters b;
    b.add("events", 10);
    b.add("dead_letters.bad_json");
    a.merge(b);
    EXPECT_EQ(a.get("events"), 13U);
    EXPECT_EQ(a.get("dead_letters.bad_json"), 1U);
    EXPECT_EQ(a.get("none"), 0U);
    EXPECT_EQ(a.all().size(), 2U);
    a.clear();
    EXPECT_TRUE(a.empty());
}

// xoshiro256** seeded by SplitMix64, computed by an independent program (Python integers).
TEST(Random, IsTheSameEverywhere) {
    Random r(42);
    EXPECT_EQ(r.next(), 0x15780b2e0c2ec716U);
    EXPECT_EQ(r.next(), 0x6104d9866d113a7eU);
    EXPECT_EQ(r.next(), 0xae17533239e499a1U);
    EXPECT_EQ(r.next(), 0xecb8ad4703b360a1U);
    EXPECT_EQ(Random(0).next(), 0x99ec5f36cb75f2b4U);
    Random uniform(42);
    EXPECT_EQ(uniform.uniform(), 0.08386297105988216);
    EXPECT_EQ(uniform.uniform(), 0.3789802506626686);
    Random below(42);
    for (const std::uint64_t expected : {2U, 2U, 9U, 3U, 6U, 4U, 4U, 7U, 8U, 5U, 9U, 3U}) {
        EXPECT_EQ(below.below(10), expected);
    }
}

TEST(Random, StaysInItsRanges) {
    EXPECT_TRUE(rc::check([] {
        Random r(*rc::gen::arbitrary<std::uint64_t>());
        const auto lo = *rc::gen::inRange<std::int64_t>(-1000, 1000);
        const auto hi = *rc::gen::inRange<std::int64_t>(lo, 2000);
        const std::int64_t x = r.between(lo, hi);
        RC_ASSERT(x >= lo && x <= hi);
        const double u = r.uniform(-2.0, 3.0);
        RC_ASSERT(u >= -2.0 && u < 3.0);
        RC_ASSERT(r.below(1) == 0U);
        RC_ASSERT(r.exponential(5.0) >= 0.0);
    }));
}

TEST(Random, HasTheMomentsItPromises) {
    Random r(7);
    constexpr int n = 200'000;
    double sum = 0;
    double squares = 0;
    double exponentials = 0;
    int hits = 0;
    for (int i = 0; i < n; ++i) {
        const double x = r.normal();
        sum += x;
        squares += x * x;
        exponentials += r.exponential(4.0);
        hits += r.chance(0.25) ? 1 : 0;
    }
    // Five standard errors each.
    EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n));
    EXPECT_NEAR(squares / n, 1.0, 5.0 * std::sqrt(2.0 / n));
    EXPECT_NEAR(exponentials / n, 4.0, 5.0 * 4.0 / std::sqrt(n));
    EXPECT_NEAR(static_cast<double>(hits) / n, 0.25, 5.0 * std::sqrt(0.25 * 0.75 / n));
}

TEST(Random, ForksAreFixedBySeedAndNameAndNotByUse) {
    Random a(1);
    const Random fresh(1);
    static_cast<void>(a.next());
    Random from_used = a.fork("hosts");
    Random from_fresh = fresh.fork("hosts");
    Random other = fresh.fork("users");
    const std::uint64_t first = from_used.next();
    EXPECT_EQ(first, from_fresh.next());
    EXPECT_NE(first, other.next());
}

// XXH3's published value for the empty input; BLAKE2b-128 from Python's hashlib.
TEST(Hash, GoldenValues) {
    EXPECT_EQ(hash64(""), 0x2D06800538D394C2U);
    EXPECT_NE(hash64("a"), hash64("a", 1));
    EXPECT_EQ(to_hex(digest128("")), "cae66941d9efbd404e4d88758ea67670");
    EXPECT_EQ(to_hex(digest128("abc")), "cf4ab791c62b8d2b2109c90275287816");
    std::string text = "id:";
    append_hex(text, digest128("abc"));
    EXPECT_EQ(text, "id:cf4ab791c62b8d2b2109c90275287816");
}

TEST(AssertDeathTest, SaysWhatAndWhere) {
    EXPECT_DEATH(SPOOR_ASSERT(1 == 2, "arithmetic is broken"),
                 "1 == 2.*arithmetic is broken|arithmetic is broken.*1 == 2");
    EXPECT_DEATH(static_cast<void>(Random(1).below(0)), "an empty range");
}

TEST(Log, ReadsLevelsAsPeopleWriteThem) {
    LogLevel level = LogLevel::off;
    EXPECT_TRUE(parse_log_level("DEBUG", level));
    EXPECT_EQ(level, LogLevel::debug);
    EXPECT_TRUE(parse_log_level("Warn", level));
    EXPECT_EQ(level, LogLevel::warning);
    EXPECT_TRUE(parse_log_level("CRITICAL", level));
    EXPECT_EQ(level, LogLevel::error);
    EXPECT_FALSE(parse_log_level("loud", level));
    EXPECT_EQ(level, LogLevel::error);
}

TEST(Log, WritesOneLineAndOnlyFromItsLevelUp) {
    set_log_level(LogLevel::warning);
    ::testing::internal::CaptureStderr();
    log(LogLevel::info, "test", "not {}", "shown");
    log(LogLevel::warning, "test", "{} bytes", 7);
    const std::string out = ::testing::internal::GetCapturedStderr();
    set_log_level(LogLevel::info);
    EXPECT_TRUE(out.ends_with("Z warning test: 7 bytes\n")) << out;
    EXPECT_EQ(out.find("shown"), std::string::npos);
}

}  // namespace
}  // namespace spoor
