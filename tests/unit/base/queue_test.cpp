#include "base/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace spoor {
namespace {

using namespace std::chrono_literals;

TEST(BoundedQueue, KeepsTheOrder) {
    BoundedQueue<int> queue(10, 1000);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(queue.try_push(i, 10));
    }
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.bytes(), 30U);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(queue.try_pop(), i);
    }
    EXPECT_EQ(queue.try_pop(), std::nullopt);
    EXPECT_EQ(queue.bytes(), 0U);
    EXPECT_EQ(queue.high_water_bytes(), 30U);
}

TEST(BoundedQueue, AFullOneLeavesTheItemAlone) {
    BoundedQueue<std::unique_ptr<int>> queue(2, 1000);
    for (int i = 0; i < 2; ++i) {
        auto item = std::make_unique<int>(i);
        EXPECT_TRUE(queue.try_push(item, 1));
        EXPECT_EQ(item, nullptr);
    }
    auto refused = std::make_unique<int>(7);
    EXPECT_FALSE(queue.try_push(refused, 1));
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(*refused, 7);
}

TEST(BoundedQueue, IsBoundedInBytesButAnEmptyOneTakesAnything) {
    BoundedQueue<int> queue(100, 50);
    int item = 1;
    EXPECT_TRUE(queue.try_push(item, 500));
    EXPECT_FALSE(queue.try_push(item, 1));
    EXPECT_TRUE(queue.try_pop().has_value());
    EXPECT_TRUE(queue.try_push(item, 50));
    EXPECT_FALSE(queue.wait_not_full(0us));
}

TEST(BoundedQueue, AMarkerPassesTheBoundAndNeverOvertakes) {
    BoundedQueue<int> queue(1, 10);
    int item = 1;
    EXPECT_TRUE(queue.try_push(item, 10));
    queue.force_push(2);
    queue.force_push(3);
    EXPECT_EQ(queue.try_pop(), 1);
    EXPECT_EQ(queue.try_pop(), 2);
    EXPECT_EQ(queue.try_pop(), 3);
}

TEST(BoundedQueue, WaitingEndsWithTheTimeOut) {
    BoundedQueue<int> queue(1, 10);
    EXPECT_FALSE(queue.wait_not_empty(1ms));
    int item = 1;
    EXPECT_TRUE(queue.try_push(item, 10));
    EXPECT_TRUE(queue.wait_not_empty(0us));
    EXPECT_FALSE(queue.wait_not_full(1ms));
}

TEST(BoundedQueue, WakesTheOtherSide) {
    BoundedQueue<int> queue(1, 10);
    std::thread receiver([&] {
        while (!queue.wait_not_empty(10s)) {
        }
        EXPECT_EQ(queue.try_pop(), 5);
    });
    int item = 5;
    EXPECT_TRUE(queue.try_push(item, 10));
    EXPECT_TRUE(queue.wait_not_full(10s));
    receiver.join();
}

struct Numbered {
    std::size_t sender = 0;
    std::size_t number = 0;
    bool is_marker = false;
};

// Several senders, one receiver: nothing is lost, doubled or reordered within a sender, markers
// included, and the bound holds but for markers.
TEST(BoundedQueue, ManySendersLoseNothingAndKeepTheirOrder) {
    constexpr std::size_t num_senders = 4;
    constexpr std::size_t num_items = 5000;
    constexpr std::size_t max_items = 16;
    BoundedQueue<Numbered> queue(max_items, 1'000'000);
    std::atomic<std::size_t> largest_size{0};
    std::vector<std::thread> senders;
    for (std::size_t s = 0; s < num_senders; ++s) {
        senders.emplace_back([&queue, s] {
            for (std::size_t i = 0; i < num_items; ++i) {
                Numbered item{s, i, i % 100 == 99};
                if (item.is_marker) {
                    queue.force_push(item);
                    continue;
                }
                while (!queue.try_push(item, 8)) {
                    static_cast<void>(queue.wait_not_full(1s));
                }
            }
        });
    }
    std::vector<std::size_t> next(num_senders, 0);
    std::size_t received = 0;
    bool in_order = true;
    while (received < num_senders * num_items) {
        static_cast<void>(queue.wait_not_empty(1s));
        largest_size = std::max(largest_size.load(), queue.size());
        while (const auto item = queue.try_pop()) {
            in_order = in_order && item->number == next[item->sender];
            next[item->sender] = item->number + 1;
            ++received;
        }
    }
    for (std::thread& sender : senders) {
        sender.join();
    }
    EXPECT_TRUE(in_order);
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.bytes(), 0U);
    EXPECT_LE(queue.high_water_bytes(), 8 * max_items);
    EXPECT_LE(largest_size, max_items + num_senders * num_items / 100);
}

}  // namespace
}  // namespace spoor
