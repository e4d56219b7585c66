// ChunkScan: every record once, in order, whatever the number of threads; an end when the taker or
// the caller wants one.
#include "pipeline/chunk_scan.hpp"

#include "event/origin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>

namespace spoor::pipeline {
namespace {

// Hands out the numbers from 0 on, a few a poll.
class Numbers final : public source::Source {
public:
    explicit Numbers(std::uint64_t n) : n_(n) {}

    [[nodiscard]] std::string_view name() const override { return "numbers"; }

    [[nodiscard]] bool replayable() const override { return true; }

    [[nodiscard]] Result<void> open(std::span<const Position> /*unused*/) override { return {}; }

    void poll(source::PollOutput& out) override {
        if (next_ % 7 == 3) {
            out.losses.add("file_unreadable");
            source::PollOutput::Unusable bad;
            bad.reason = "too_large";
            bad.detail = std::to_string(next_);
            bad.payload = "not needed";
            out.unusable.push_back(std::move(bad));
        }
        const std::uint64_t many = next_ % 5;  // none at times
        for (std::uint64_t i = 0; i <= many && next_ < n_ && !skip_; ++i) {
            EventRef ref;
            ref.position = static_cast<std::int64_t>(next_);
            out.batch->append(ref, no_time, std::to_string(next_++));
        }
        skip_ = !skip_;
    }

    void acknowledge(std::span<const Position> /*unused*/) override {}

    void release(std::uint32_t /*unused*/) override {}

    void pause() override {}

    void resume() override {}

    [[nodiscard]] source::SourceHealth health() const override {
        source::SourceHealth out;
        out.at_end = next_ == n_;
        return out;
    }

    void close(Duration /*unused*/) override {}

private:
    std::uint64_t n_;
    std::uint64_t next_ = 0;
    bool skip_ = false;
};

struct Text final : ChunkResult {
    std::string text;
};

class Copier final : public ChunkWorker {
public:
    [[nodiscard]] std::unique_ptr<ChunkResult> make_result() const override {
        return std::make_unique<Text>();
    }

    void work(const RecordBatch& batch, ChunkResult& result) override {
        std::string& text = static_cast<Text&>(result).text;
        text.clear();
        for (const RecordRow& row : batch.rows()) {
            text += std::string(batch.view(row)) + "\n";
        }
    }
};

class Gathered final : public ChunkTaker {
public:
    explicit Gathered(std::size_t limit) : limit_(limit) {}

    [[nodiscard]] bool take(ChunkResult& result) override {
        text += static_cast<Text&>(result).text;
        return text.size() < limit_;
    }

    void take_unusable(source::PollOutput::Unusable& bad) override {
        EXPECT_EQ(bad.payload, "");
        unusable += bad.detail + " behind " + std::to_string(text.size()) + "\n";
    }

    std::string text;
    std::string unusable;

private:
    std::size_t limit_;
};

struct Ran {
    ChunkScanEnd end;
    std::string text;
    std::string unusable;
};

Ran run(std::uint64_t n,
        std::size_t threads,
        std::size_t limit,
        const std::function<bool()>& stop) {
    Numbers source(n);
    std::vector<std::unique_ptr<ChunkWorker>> workers;
    for (std::size_t i = 0; i < threads; ++i) {
        workers.push_back(std::make_unique<Copier>());
    }
    Gathered taker(limit);
    Ran out;
    out.end = scan_in_chunks(source, workers, taker, stop);
    out.text = std::move(taker.text);
    out.unusable = std::move(taker.unusable);
    return out;
}

const std::function<bool()> never = [] { return false; };
constexpr std::size_t no_limit = std::size_t{1} << 40;

TEST(ChunkScan, HandsOnInOrderWhateverTheThreads) {
    std::string expected;
    for (int i = 0; i < 20'000; ++i) {
        expected += std::to_string(i) + "\n";
    }
    const Ran one = run(20'000, 1, no_limit, never);
    EXPECT_NE(one.unusable, "");
    for (const std::size_t threads : {1U, 2U, 5U}) {
        const Ran ran = run(20'000, threads, no_limit, never);
        EXPECT_TRUE(ran.unusable == one.unusable) << threads;
        EXPECT_EQ(std::count(ran.unusable.begin(), ran.unusable.end(), '\n'),
                  static_cast<std::ptrdiff_t>(ran.end.counters.get("dead_letters.too_large")));
        EXPECT_TRUE(ran.text == expected) << threads;
        EXPECT_EQ(ran.end.records, 20'000U);
        EXPECT_GT(ran.end.counters.get("losses.file_unreadable"), 0U);
        EXPECT_FALSE(ran.end.stopped);
    }
}

TEST(ChunkScan, EndsWhenNoMoreIsWanted) {
    for (const std::size_t threads : {1U, 3U}) {
        const Ran ran = run(1'000'000, threads, 100, never);
        EXPECT_LT(ran.end.records, 1'000U);
        EXPECT_LT(ran.text.size(), 200U);
    }
}

TEST(ChunkScan, StopsWhenAsked) {
    std::atomic<int> asked{0};
    const Ran ran = run(1'000'000, 2, no_limit, [&] { return asked.fetch_add(1) > 20; });
    EXPECT_TRUE(ran.end.stopped);
    EXPECT_LT(ran.end.records, 1'000U);
    EXPECT_GT(ran.text.size(), 0U);
}

TEST(ChunkScan, OfNothingIsNothing) {
    EXPECT_EQ(run(0, 2, no_limit, never).text, "");
}

}  // namespace
}  // namespace spoor::pipeline
