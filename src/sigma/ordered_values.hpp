// OrderedValues: numbers in their order, each as often as it was put in, with the k-th of them at
// hand: blocks of sorted numbers, so that putting in and taking out move one block's worth at most.
// One owner.
#pragma once

#include <cstddef>
#include <vector>

namespace spoor::sigma {

class OrderedValues {
public:
    void insert(double value);
    void erase(double value);  // one that is there

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] double at(std::size_t rank) const;  // from 0, the smallest
    // Linear interpolation between the ranks (size-1) * percent / 100; of at least one value.
    [[nodiscard]] double percentile(double percent) const;
    [[nodiscard]] double median() const;
    [[nodiscard]] std::size_t bytes() const;

    template <typename Take>
    void each(const Take& take) const {  // in order
        for (const std::vector<double>& block : blocks_) {
            for (const double value : block) {
                take(value);
            }
        }
    }

private:
    static constexpr std::size_t block_size = 512;

    [[nodiscard]] std::size_t block_of(double value) const;

    std::vector<std::vector<double>> blocks_;  // none empty
    std::size_t size_ = 0;
};

}  // namespace spoor::sigma
