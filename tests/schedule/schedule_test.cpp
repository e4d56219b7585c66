// Tens of thousands of schedules, and the proof that each of them could fail: every planted fault
// is found.
#include "schedule/schedule.hpp"

#include "base/log.hpp"
#include "pipeline/faults.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace spoor::schedule {
namespace {

using pipeline::Fault;

class Schedules : public testing::Test {
protected:
    void SetUp() override { set_log_level(LogLevel::off); }

    void TearDown() override { pipeline::plant(Fault::none); }
};

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// SPOOR_SCHEDULES and SPOOR_SEED widen it by hand: a million takes a while.
TEST_F(Schedules, KeepTheInvariants) {
    const std::uint64_t first = environment_number("SPOOR_SEED", 1);
    const std::uint64_t count = environment_number("SPOOR_SCHEDULES", 20'000);
    std::uint64_t kills = 0;
    std::uint64_t mid_stream = 0;
    std::uint64_t alerts = 0;
    std::uint64_t correlated = 0;
    std::uint64_t swaps = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const Outcome outcome = run_schedule(seed);
        ASSERT_TRUE(outcome.ok) << outcome.failure << "\nreplay: SPOOR_SEED=" << seed
                                << " SPOOR_SCHEDULES=1";
        kills += outcome.num_kills;
        mid_stream += outcome.num_mid_stream_restores;
        alerts += outcome.num_alerts;
        correlated += outcome.num_correlated;
        swaps += outcome.num_swaps;
    }
    std::printf(
        "%llu schedules, %llu kills, %llu restores in mid stream, %llu swaps, "
        "%llu alerts, %llu of them across hosts\n",
        static_cast<unsigned long long>(count),
        static_cast<unsigned long long>(kills),
        static_cast<unsigned long long>(mid_stream),
        static_cast<unsigned long long>(swaps),
        static_cast<unsigned long long>(alerts),
        static_cast<unsigned long long>(correlated));
    if (count >= 1000) {
        EXPECT_GT(mid_stream, count / 2) << "the schedules restore too seldom to prove much";
        EXPECT_GT(alerts, count);
        EXPECT_GT(correlated, count);
        EXPECT_GT(swaps, count);
    }
}

TEST_F(Schedules, ASeedReplaysExactly) {
    for (const std::uint64_t seed : {3ULL, 77ULL, 4242ULL}) {
        const Outcome once = run_schedule(seed, true);
        const Outcome again = run_schedule(seed, true);
        EXPECT_FALSE(once.trace.empty());
        EXPECT_EQ(once.trace, again.trace);
        EXPECT_EQ(once.num_alerts, again.num_alerts);
    }
}

class PlantedFault : public Schedules,
                     public testing::WithParamInterface<std::pair<const char*, Fault>> {};

TEST_P(PlantedFault, IsFoundAndReplays) {
    pipeline::plant(GetParam().second);
    for (std::uint64_t seed = 1; seed < 1000; ++seed) {
        const Outcome outcome = run_schedule(seed);
        if (!outcome.ok) {
            std::printf("found by seed %llu: %s\n",
                        static_cast<unsigned long long>(seed),
                        outcome.failure.c_str());
            EXPECT_EQ(run_schedule(seed).failure, outcome.failure);
            return;
        }
    }
    FAIL() << "not found in 1,000 schedules";
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    PlantedFault,
    testing::Values(std::pair{"acknowledge_before_commit", Fault::acknowledge_before_commit},
                    std::pair{"rows_of_next_epoch", Fault::rows_of_next_epoch},
                    std::pair{"marker_overtakes_batch", Fault::marker_overtakes_batch},
                    std::pair{"letters_outside_transaction", Fault::letters_outside_transaction},
                    std::pair{"cursor_before_send", Fault::cursor_before_send},
                    std::pair{"row_missed", Fault::row_missed},
                    std::pair{"watermark_unsaved", Fault::watermark_unsaved},
                    std::pair{"correlator_rows_missed", Fault::correlator_rows_missed},
                    std::pair{"held_signal_lost", Fault::held_signal_lost},
                    std::pair{"signals_unsorted", Fault::signals_unsorted},
                    std::pair{"late_by_epoch", Fault::late_by_epoch},
                    std::pair{"swap_before_marker", Fault::swap_before_marker}),
    [](const auto& fault) { return std::string(fault.param.first); });

}  // namespace
}  // namespace spoor::schedule
