// IndexTable: a flat hash table from keys to places in some other container, which has the keys.
// Open addressing; erased without tombstones, so that it does not wear out. One owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spoor::sigma {

class IndexTable {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    [[nodiscard]] std::size_t size() const { return size_; }

    template <typename Is>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, const Is& is) const {
        if (entries_.empty()) {
            return none;
        }
        const auto low = static_cast<std::uint32_t>(hash);
        const std::size_t mask = entries_.size() - 1;
        for (std::size_t i = low & mask;; i = (i + 1) & mask) {
            const Entry& e = entries_[i];
            if (e.index == none || (e.hash == low && is(e.index))) {
                return e.index;
            }
        }
    }

    // What find() is likely to ask about; for a prefetch.
    [[nodiscard]] std::uint32_t likely(std::uint64_t hash) const {
        return find(hash, [](std::uint32_t) { return true; });
    }

    // Not of one that is there.
    void insert(std::uint64_t hash, std::uint32_t index) {
        if ((size_ + 1) * 3 > entries_.size() * 2) {
            grow();
        }
        place({static_cast<std::uint32_t>(hash), index});
        ++size_;
    }

    // Of one that is there.
    void erase(std::uint64_t hash, std::uint32_t index) {
        const std::size_t mask = entries_.size() - 1;
        std::size_t hole = hash & mask;
        while (entries_[hole].index != index) {
            hole = (hole + 1) & mask;
        }
        for (std::size_t i = (hole + 1) & mask; entries_[i].index != none; i = (i + 1) & mask) {
            // One that may stand in the hole: its own place is not between the hole and here.
            if (((i - (entries_[i].hash & mask)) & mask) >= ((i - hole) & mask)) {
                entries_[hole] = entries_[i];
                hole = i;
            }
        }
        entries_[hole] = {};
        --size_;
    }

    [[nodiscard]] std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

private:
    struct Entry {
        std::uint32_t hash = 0;  // its lower half: small entries stay in the cache
        std::uint32_t index = none;
    };

    void place(const Entry& entry) {
        const std::size_t mask = entries_.size() - 1;
        std::size_t i = entry.hash & mask;
        while (entries_[i].index != none) {
            i = (i + 1) & mask;
        }
        entries_[i] = entry;
    }

    void grow() {
        std::vector<Entry> old(entries_.empty() ? 16 : entries_.size() * 2);
        std::swap(old, entries_);
        for (const Entry& e : old) {
            if (e.index != none) {
                place(e);
            }
        }
    }

    std::vector<Entry> entries_;  // a power of two, at most two thirds full
    std::size_t size_ = 0;
};

}  // namespace spoor::sigma
