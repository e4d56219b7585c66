// Decoding, probing and splitting allocate nothing once their buffers have grown. This program
// counts every allocation.
#include "decode_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

std::size_t num_allocations = 0;  // one thread

void* counted(std::size_t n) {
    ++num_allocations;
    void* p = std::malloc(n == 0 ? 1 : n);
    if (p == nullptr) {
        throw std::bad_alloc();
    }
    return p;
}

}  // namespace

void* operator new(std::size_t n) {
    return counted(n);
}

void* operator new[](std::size_t n) {
    return counted(n);
}

void operator delete(void* p) noexcept {
    std::free(p);
}

void operator delete[](void* p) noexcept {
    std::free(p);
}

void operator delete(void* p, std::size_t /*unused*/) noexcept {
    std::free(p);
}

void operator delete[](void* p, std::size_t /*unused*/) noexcept {
    std::free(p);
}

namespace spoor::decode {
namespace {

TEST(DecodeAllocation, NoneOnceBuffersHaveGrown) {
    RecordBatch batch;
    for (int i = 0; i < 500; ++i) {
        const std::string host = "Host" + std::to_string(i);
        batch.append(
            {}, no_time, R"({"entity":")" + host + R"(","cpu_usage_mean":0.123456789012345678})");
        batch.append(
            {},
            no_time,
            R"({"EventID":4688,"Channel":"Security","Hostname":")" + host +
                R"(","NewProcessName":"C:\\a\\b.exe","ProcessId":"0x1","NewProcessId":"0x2"})");
    }
    Decoder decoder{{}};
    HostProbe probe;
    std::vector<Piece> pieces;
    std::size_t before = 0;
    for (int round = 0; round < 3; ++round) {
        before = num_allocations;
        pieces.clear();
        decoder.decode(batch);
        for (const RecordRow& row : batch.rows()) {
            split_record(batch.view(row), pieces);
            ASSERT_FALSE(probe.host_key(batch.view(row)).empty());
        }
        ASSERT_EQ(decoder.events().size(), batch.size());
    }
    EXPECT_EQ(num_allocations - before, 0U);
    EXPECT_GT(before, 0U);  // the counting works
}

}  // namespace
}  // namespace spoor::decode
