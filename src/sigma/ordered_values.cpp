#include "sigma/ordered_values.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spoor::sigma {

// The first block that has a value not less; the last one if there is none.
std::size_t OrderedValues::block_of(double value) const {
    const auto it = std::lower_bound(
        blocks_.begin(), blocks_.end(), value, [](const std::vector<double>& block, double v) {
            return block.back() < v;
        });
    return it == blocks_.end() ? blocks_.size() - 1
                               : static_cast<std::size_t>(it - blocks_.begin());
}

void OrderedValues::insert(double value) {
    ++size_;
    if (blocks_.empty()) {
        blocks_.emplace_back(1, value);
        return;
    }
    const std::size_t b = block_of(value);
    std::vector<double>& block = blocks_[b];
    block.insert(std::upper_bound(block.begin(), block.end(), value), value);
    if (block.size() > block_size) {
        const auto middle = block.begin() + block_size / 2;
        std::vector<double> upper(middle, block.end());
        block.erase(middle, block.end());
        blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1, std::move(upper));
    }
}

void OrderedValues::erase(double value) {
    --size_;
    const std::size_t b = block_of(value);
    std::vector<double>& block = blocks_[b];
    block.erase(std::lower_bound(block.begin(), block.end(), value));
    // Few large blocks, not many small ones: at() walks over them.
    const auto next = blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1;
    if (block.empty()) {
        blocks_.erase(next - 1);
    } else if (next != blocks_.end() && block.size() + next->size() <= block_size / 2) {
        block.insert(block.end(), next->begin(), next->end());
        blocks_.erase(next);
    }
}

double OrderedValues::at(std::size_t rank) const {
    std::size_t b = 0;
    while (rank >= blocks_[b].size()) {
        rank -= blocks_[b].size();
        ++b;
    }
    return blocks_[b][rank];
}

double OrderedValues::percentile(double percent) const {
    const double place = static_cast<double>(size_ - 1) * percent / 100;
    const double rank = std::floor(place);
    const double low = at(static_cast<std::size_t>(rank));
    const double part = place - rank;
    return part == 0 ? low : low + (at(static_cast<std::size_t>(rank) + 1) - low) * part;
}

double OrderedValues::median() const {
    const double upper = at(size_ / 2);
    return size_ % 2 == 1 ? upper : std::midpoint(at(size_ / 2 - 1), upper);
}

std::size_t OrderedValues::bytes() const {
    std::size_t bytes = blocks_.capacity() * sizeof blocks_[0];
    for (const std::vector<double>& block : blocks_) {
        bytes += block.capacity() * sizeof(double);
    }
    return bytes;
}

}  // namespace spoor::sigma
