#include "event/record_batch.hpp"

#include <cstring>

namespace spoor {

void RecordBatch::append(const EventRef& ref,
                         Timestamp record_time,
                         std::string_view bytes,
                         std::uint64_t line) {
    const std::size_t need = used_ + bytes.size() + padding;
    if (arena_.size() < need) {
        arena_.resize(need < max_bytes + padding ? max_bytes + 4096 + padding : need + need / 2);
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
}

}  // namespace spoor
