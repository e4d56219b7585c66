#include "sigma/raw_index.hpp"

#include "base/bytes16.hpp"

#include <algorithm>
#include <bit>

namespace spoor::sigma {

namespace {

// Of a backslash before a `u`: \uXXXX, unless it is the second of exactly two, as paths have them.
// May say yes wrongly.
bool is_unicode_escape(std::string_view record, std::size_t at) {
    const bool is_second = at >= 1 && record[at - 1] == '\\';
    const bool is_third = is_second && at >= 2 && record[at - 2] == '\\';
    return !is_second || is_third;
}

// The two code points that fold into ASCII letters: U+017F and U+212A.
bool has_letter_of_ascii(std::string_view record) {
    unsigned found = 0;
    for (std::size_t i = 0; i + 2 < record.size(); ++i) {
        const auto is = [&](std::size_t at, unsigned byte) {
            return static_cast<unsigned>(static_cast<unsigned char>(record[at]) == byte);
        };
        found |=
            (is(i, 0xC5) & is(i + 1, 0xBF)) | (is(i, 0xE2) & is(i + 1, 0x84) & is(i + 2, 0xAA));
    }
    return found != 0;  // the last three bytes: a letter, its quote, the brace
}

// Where a window of `size` bytes has the most marks: letters alone are met everywhere.
std::size_t best_window(std::string_view literal, std::size_t size) {
    std::size_t best = 0;
    std::size_t most = 0;
    for (std::size_t at = 0; at + size <= literal.size(); ++at) {
        const std::string_view window = literal.substr(at, size);
        std::size_t marks = 0;
        for (std::size_t i = 0; i + 4 <= size; ++i) {
            const std::string_view gram = window.substr(i, 4);
            marks += std::ranges::any_of(gram, [](char c) { return c < 'a' || c > 'z'; }) ? 1U : 0U;
        }
        if (marks > most) {
            most = marks;
            best = at;
        }
    }
    return best;
}

}  // namespace

void RawIndex::add(std::string_view literal, std::uint32_t id) {
    literals_.push_back({literal, id});
}

void RawIndex::build() {
    if (literals_.empty()) {
        return;
    }
    const std::size_t shortest =
        std::ranges::min(literals_, {}, [](const Literal& l) { return l.text.size(); }).text.size();
    stride_ = std::min(widest_stride, shortest - gram + 1);
    bitmap_.assign((std::size_t{1} << bitmap_bits) / 64, 0);
    for (std::uint32_t i = 0; i < literals_.size(); ++i) {
        const auto first =
            static_cast<std::uint32_t>(best_window(literals_[i].text, stride_ + gram - 1));
        for (std::uint32_t offset = first; offset < first + stride_; ++offset) {
            std::uint32_t g = 0;
            std::memcpy(&g, literals_[i].text.data() + offset, sizeof g);
            g |= lower_bits;
            entries_.push_back({g, i, offset});
            const std::uint32_t bit = bit_of(g);
            bitmap_[bit >> 6U] |= std::uint64_t{1} << (bit & 63U);
        }
    }
    std::ranges::sort(entries_, {}, [](const Entry& e) { return bit_of(e.gram); });
    first_.assign((std::size_t{1} << bitmap_bits) + 1, 0);
    for (const Entry& e : entries_) {
        ++first_[bit_of(e.gram) + 1];
    }
    for (std::size_t bit = 1; bit < first_.size(); ++bit) {
        first_[bit] += first_[bit - 1];
    }
}

bool RawIndex::may_hide(std::string_view record) {
    unsigned beyond_ascii = 0;
    std::size_t i = 0;
    for (; i + Bytes16::size < record.size(); i += Bytes16::size) {
        const Bytes16 bytes = Bytes16::load(record.data() + i);
        beyond_ascii |= bytes.beyond_ascii();
        unsigned pairs = bytes.equal('\\') & Bytes16::load(record.data() + i + 1).equal('u');
        for (; pairs != 0; pairs &= pairs - 1) {
            if (is_unicode_escape(record, i + static_cast<std::size_t>(std::countr_zero(pairs)))) {
                return true;
            }
        }
    }
    for (; i + 1 < record.size(); ++i) {  // the last byte is a brace
        beyond_ascii |= static_cast<unsigned char>(record[i]) & 0x80U;
        if (record[i] == '\\' && record[i + 1] == 'u' && is_unicode_escape(record, i)) {
            return true;
        }
    }
    return beyond_ascii != 0 && has_letter_of_ascii(record);
}

bool RawIndex::same(const char* text, std::string_view folded) {
    return std::ranges::equal(std::string_view(text, folded.size()), folded, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
    });
}

}  // namespace spoor::sigma
