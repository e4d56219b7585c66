#include "event/record_batch.hpp"

#include <algorithm>
#include <cstring>

namespace spoor {

void ByteArena::grow(std::size_t size, std::size_t kept) {
    auto larger = std::make_unique_for_overwrite<char[]>(size);
    kept = std::min(kept, size_);
    if (kept > 0) {
        std::memcpy(larger.get(), bytes_.get(), kept);
    }
    bytes_ = std::move(larger);
    size_ = size;
}

void RecordBatch::append(const EventRef& ref,
                         Timestamp record_time,
                         std::string_view bytes,
                         std::uint64_t line) {
    const std::size_t need = used_ + bytes.size() + padding;
    if (arena_.size() < need) {
        arena_.grow(need < max_bytes + padding ? max_bytes + 4096 + padding : need + need / 2,
                    used_);
    }
    if (!bytes.empty()) {
        std::memcpy(arena_.data() + used_, bytes.data(), bytes.size());
    }
    rows_.push_back({static_cast<std::uint32_t>(used_),
                     static_cast<std::uint32_t>(bytes.size()),
                     ref,
                     record_time,
                     line});
    used_ += bytes.size();
    // Whoever reads past the record reads what is set.
    std::memset(arena_.data() + used_, 0, padding);
}

}  // namespace spoor
