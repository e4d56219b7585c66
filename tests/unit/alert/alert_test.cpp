#include "alert/alert.hpp"

#include "alert/signal.hpp"
#include "event/origin.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::alert {
namespace {

TEST(Level, ReadsAnyCaseAndWritesAsTheOriginal) {
    constexpr std::array<std::string_view, 5> texts = {
        "Informational", "Low", "Medium", "High", "Critical"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto level = static_cast<Level>(i);
        EXPECT_EQ(to_string(level), texts[i]);
        Level read = Level::low;
        EXPECT_TRUE(parse_level(texts[i], read));
        EXPECT_EQ(read, level);
    }
    Level level = Level::low;
    EXPECT_TRUE(parse_level("CRITICAL", level));
    EXPECT_EQ(level, Level::critical);
    EXPECT_TRUE(parse_level("info", level));
    EXPECT_EQ(level, Level::informational);
    for (const std::string_view text : {"", "hi", "high ", "5"}) {
        EXPECT_FALSE(parse_level(text, level)) << text;
    }
    EXPECT_EQ(level, Level::informational);
}

TEST(AlertId, IsFixedByItsParts) {
    const std::string id = make_id("rule", "1", "host", "2026-01-31T12:00:00Z");
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(id, make_id("rule", "1", "host", "2026-01-31T12:00:00Z"));
}

// Moving a boundary between two parts gives other parts, and so another id.
TEST(AlertId, PartsDoNotRunTogether) {
    EXPECT_NE(make_id("ab", "c", "", ""), make_id("a", "bc", "", ""));
    EXPECT_NE(make_id("", "", "a", ""), make_id("", "", "", "a"));
    EXPECT_TRUE(rc::check([] {
        const auto parts = *rc::gen::arbitrary<std::array<std::string, 4>>();
        const auto others = *rc::gen::arbitrary<std::array<std::string, 4>>();
        const bool same_id = make_id(parts[0], parts[1], parts[2], parts[3]) ==
                             make_id(others[0], others[1], others[2], others[3]);
        RC_ASSERT(same_id == (parts == others));
        if (!parts[0].empty()) {
            const std::string moved = parts[0].back() + parts[1];
            RC_ASSERT(make_id(parts[0], parts[1], parts[2], parts[3]) !=
                      make_id(parts[0].substr(0, parts[0].size() - 1), moved, parts[2], parts[3]));
        }
    }));
}

// Signals that differ in any part have one order, whatever shard they come from; two hosts may give
// the same bytes at the end of all input.
TEST(SignalOrder, KnowsNoTies) {
    OriginTable origins;
    const std::uint32_t first = origins.intern("b");
    const std::uint32_t second = origins.intern("a");  // its text comes before
    const Timestamp at{std::chrono::seconds{5}};
    const auto signal =
        [&](std::uint32_t origin, std::int64_t position, std::string_view detector) {
            return Signal{std::string(detector), at, {origin, origin, position, 0}, "h1", "x"};
        };
    std::vector<Signal> sorted = {signal(second, 9, "d"),
                                  signal(first, 1, "d"),
                                  signal(first, 2, "c"),
                                  signal(first, 2, "d")};
    sorted.push_back(sorted.back());
    sorted.back().ref.element = 1;
    sorted.push_back(sorted.back());
    sorted.back().host_key = "h2";
    sorted.push_back(sorted.back());
    sorted.back().host_key = "h1";
    sorted.back().bytes = "y";
    sorted.push_back(sorted.front());
    sorted.back().time += std::chrono::seconds{1};
    const SignalOrder before(origins);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        for (std::size_t j = 0; j < sorted.size(); ++j) {
            EXPECT_EQ(before(sorted[i], sorted[j]), i < j) << i << " " << j;
        }
    }
}

}  // namespace
}  // namespace spoor::alert
