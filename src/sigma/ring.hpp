// Ring: a queue of plain values in one block, that also takes a value near its end: what windows
// of correlations are made of. Grows by doubling. One owner.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace spoor::sigma {

template <typename T>
class Ring {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] bool empty() const { return size_ == 0; }

    [[nodiscard]] T& operator[](std::size_t i) { return values_[(begin_ + i) & (capacity_ - 1)]; }

    [[nodiscard]] const T& operator[](std::size_t i) const {
        return values_[(begin_ + i) & (capacity_ - 1)];
    }

    [[nodiscard]] const T& front() const { return (*this)[0]; }

    [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }

    void push_back(const T& value) {
        if (size_ == capacity_) {
            grow();
        }
        ++size_;
        (*this)[size_ - 1] = value;
    }

    void pop_front() {
        begin_ = (begin_ + 1) & (capacity_ - 1);
        --size_;
        if (capacity_ > small && size_ < capacity_ / 8) {
            move_to(capacity_ / 4);  // after a burst
        }
    }

    // Behind all that are not greater; from the end, where it mostly belongs. Answers its place.
    template <typename Before>
    std::size_t insert(const T& value, const Before& before) {
        push_back(value);
        std::size_t i = size_ - 1;
        for (; i > 0 && before(value, (*this)[i - 1]); --i) {
            (*this)[i] = (*this)[i - 1];
        }
        (*this)[i] = value;
        return i;
    }

    [[nodiscard]] std::size_t bytes() const { return capacity_ * sizeof(T); }

private:
    static constexpr std::size_t small = 1024;  // places, that are kept

    void grow() { move_to(capacity_ == 0 ? 4 : capacity_ * 2); }

    void move_to(std::size_t capacity) {
        auto values = std::make_unique<T[]>(capacity);
        for (std::size_t i = 0; i < size_; ++i) {
            values[i] = (*this)[i];
        }
        values_ = std::move(values);
        capacity_ = capacity;
        begin_ = 0;
    }

    std::unique_ptr<T[]> values_;
    std::size_t capacity_ = 0;  // a power of two, or none
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
};

}  // namespace spoor::sigma
