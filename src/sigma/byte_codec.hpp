// The bytes of rows of correlation state and of signals: numbers in LEB128, fixed words little
// endian, texts behind their length. What is read must be of the one form that is written.
//
// ByteWriter, ByteReader: one owner each; the reader views what it reads.
#pragma once

#include "base/time.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::sigma {

// Times and spans are kept within these, so that sums of them never overflow (12,000 years).
inline constexpr std::int64_t max_micros = 400'000'000'000'000'000;

[[nodiscard]] inline bool is_usable(Timestamp time) {
    const std::int64_t t = time.time_since_epoch().count();
    return t >= -max_micros && t <= max_micros;
}

class ByteWriter {
public:
    explicit ByteWriter(std::string& out) : out_(&out) {}

    void byte(std::uint8_t v) { *out_ += static_cast<char>(v); }

    void number(std::uint64_t v) {
        while (v >= 0x80) {
            byte(static_cast<std::uint8_t>(v | 0x80U));
            v >>= 7U;
        }
        byte(static_cast<std::uint8_t>(v));
    }

    void signed_number(std::int64_t v) {
        const auto u = static_cast<std::uint64_t>(v);
        number((u << 1U) ^ (v < 0 ? ~std::uint64_t{0} : 0));
    }

    void time(Timestamp t) { signed_number(t.time_since_epoch().count()); }

    void word32(std::uint32_t v) {
        for (unsigned i = 0; i < 4; ++i) {
            byte(static_cast<std::uint8_t>(v >> (8 * i)));
        }
    }

    void word(std::uint64_t v) {
        word32(static_cast<std::uint32_t>(v));
        word32(static_cast<std::uint32_t>(v >> 32U));
    }

    void real(double v) { word(std::bit_cast<std::uint64_t>(v)); }

    void text(std::string_view s) {
        number(s.size());
        *out_ += s;
    }

private:
    std::string* out_;
};

// After a fault everything reads as zero; ok() or done() is asked at the end.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] bool ok() const { return ok_; }

    [[nodiscard]] bool done() const { return ok_ && at_ == bytes_.size(); }

    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

    bool require(bool condition) { return ok_ = ok_ && condition; }

    std::uint8_t byte() {
        if (!require(at_ < bytes_.size())) {
            return 0;
        }
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }

    std::uint64_t number() {
        std::uint64_t v = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t b = byte();
            require(shift < 63 || b <= 1);
            v |= static_cast<std::uint64_t>(b & 0x7FU) << shift;
            if (b < 0x80) {
                require(shift == 0 || b != 0);
                return ok_ ? v : 0;
            }
        }
        require(false);
        return 0;
    }

    std::uint32_t small(std::uint64_t most = 0xFFFFFFFFU) {
        const std::uint64_t v = number();
        return require(v <= most) ? static_cast<std::uint32_t>(v) : 0;
    }

    // How many things follow, of at least so many bytes each.
    std::size_t count(std::size_t least_bytes) {
        const std::uint64_t v = number();
        return require(v <= left() / least_bytes) ? v : 0;
    }

    std::int64_t signed_number() {
        const std::uint64_t v = number();
        return static_cast<std::int64_t>((v >> 1U) ^ ((v & 1U) != 0 ? ~std::uint64_t{0} : 0));
    }

    Timestamp time() {
        const std::int64_t v = signed_number();
        return Timestamp{Duration{require(v >= -max_micros && v <= max_micros) ? v : 0}};
    }

    std::uint32_t word32() {
        std::uint32_t v = 0;
        for (unsigned i = 0; i < 4; ++i) {
            v |= static_cast<std::uint32_t>(byte()) << (8 * i);
        }
        return v;
    }

    std::uint64_t word() {
        const std::uint64_t low = word32();
        return low | static_cast<std::uint64_t>(word32()) << 32U;
    }

    double real() {
        const auto v = std::bit_cast<double>(word());
        return require(std::isfinite(v) && !(v == 0 && std::signbit(v))) ? v : 0;
    }

    std::string_view text() {
        const std::uint64_t size = number();
        if (!require(size <= left())) {
            return {};
        }
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace spoor::sigma
