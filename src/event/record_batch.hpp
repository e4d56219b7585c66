// RecordBatch: raw records on their way from a source to a shard. One padded byte arena and a row a
// record; sources append, intake splits and routes, the shard decodes in place. The arena keeps 64
// zeroes behind the last record, so that simdjson may read past each record's end.
//
// One owner at a time (it moves through queues). Rows' views are valid until the next append or
// clear.
#pragma once

#include "base/time.hpp"
#include "event/event.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor {

struct RecordRow {
    std::uint32_t begin = 0;  // in the arena
    std::uint32_t size = 0;
    EventRef ref;
    Timestamp record_time = no_time;
    std::uint64_t line = 0;  // of a scanned file, from 1; 0: not known
};

// Room for bytes that are written before they are read, and so are not zeroed. Moved from, it is
// empty.
class ByteArena {
public:
    ByteArena() = default;

    ByteArena(ByteArena&& other) noexcept
        : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

    ByteArena& operator=(ByteArena&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    ByteArena(const ByteArena&) = delete;
    ByteArena& operator=(const ByteArena&) = delete;
    ~ByteArena() = default;

    // Takes `size` bytes and keeps the first `kept` of those it has.
    void grow(std::size_t size, std::size_t kept);

    [[nodiscard]] char* data() { return bytes_.get(); }

    [[nodiscard]] const char* data() const { return bytes_.get(); }

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

class RecordBatch {
public:
    static constexpr std::size_t padding = 64;  // at least simdjson::SIMDJSON_PADDING
    static constexpr std::size_t max_records = 1024;
    static constexpr std::size_t max_bytes = std::size_t{512} * 1024;

    // Copies `bytes` in. A record larger than max_bytes is taken too: full() is then true.
    void append(const EventRef& ref,
                Timestamp record_time,
                std::string_view bytes,
                std::uint64_t line = 0);

    [[nodiscard]] bool full() const { return rows_.size() >= max_records || used_ >= max_bytes; }

    [[nodiscard]] bool empty() const { return rows_.empty(); }

    [[nodiscard]] std::size_t size() const { return rows_.size(); }

    [[nodiscard]] std::size_t bytes() const { return used_; }

    [[nodiscard]] const std::vector<RecordRow>& rows() const { return rows_; }

    [[nodiscard]] std::string_view view(const RecordRow& row) const& {
        return {arena_.data() + row.begin, row.size};
    }

    // A view of a batch that is about to die.
    std::string_view view(const RecordRow& row) const&& = delete;

    void clear() {
        rows_.clear();
        used_ = 0;
    }

private:
    ByteArena arena_;
    std::size_t used_ = 0;
    std::vector<RecordRow> rows_;
};

}  // namespace spoor
