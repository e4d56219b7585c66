#include "base/json_writer.hpp"

#include "base/bytes16.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>

namespace spoor {

namespace {

// Bytes of the valid UTF-8 sequence at the start of `s` (RFC 3629: no overlong forms, no
// surrogates), or 0.
std::size_t utf8_length(std::string_view s) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const auto follows = [&](std::size_t i, unsigned lo, unsigned hi) {
        return i < s.size() && byte(i) >= lo && byte(i) <= hi;
    };
    const unsigned b = byte(0);
    if (b < 0x80) {
        return 1;
    }
    if (b >= 0xC2 && b <= 0xDF) {
        return follows(1, 0x80, 0xBF) ? 2 : 0;
    }
    if (b >= 0xE0 && b <= 0xEF) {
        const unsigned lo = b == 0xE0 ? 0xA0 : 0x80;
        const unsigned hi = b == 0xED ? 0x9F : 0xBF;
        return follows(1, lo, hi) && follows(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (b >= 0xF0 && b <= 0xF4) {
        const unsigned lo = b == 0xF0 ? 0x90 : 0x80;
        const unsigned hi = b == 0xF4 ? 0x8F : 0xBF;
        return follows(1, lo, hi) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

constexpr std::size_t widest = 6;  // bytes that one becomes: \u001f

// What stands for the character at `i`, which is not plain, and `i` behind it.
char* put_escaped(std::string_view text, std::size_t& i, char* to) {
    const auto put = [&to](std::string_view bytes) {
        std::memcpy(to, bytes.data(), bytes.size());
        to += bytes.size();
    };
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
        const std::size_t n = utf8_length(text.substr(i));
        put(n == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(i, n));
        i += n == 0 ? 1 : n;
        return to;
    }
    ++i;
    switch (c) {
        case '"':
        case '\\':
            *to++ = '\\';
            *to++ = c;
            return to;
        case '\n':
            put("\\n");
            return to;
        case '\r':
            put("\\r");
            return to;
        case '\t':
            put("\\t");
            return to;
        default:
            return fmt::format_to(to, "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

// In pieces, put together beside the string: it is asked to grow once for each.
void append_json_escaped(std::string& out, std::string_view text) {
    constexpr std::size_t piece = 128;
    constexpr std::size_t step = Bytes16::size;
    std::array<char, (piece + step) * widest> buffer;  // NOLINT(*-member-init): written first
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = std::min(text.size(), i + piece);
        char* to = buffer.data();
        while (i < end) {
            const std::size_t left = std::min(text.size() - i, step);
            const char* const from = text.data() + i;
            const Bytes16 bytes =
                left == step ? Bytes16::load(from) : Bytes16::load_some(from, left);
            bytes.store(to);
            const unsigned special = bytes.to_escape() & ((1U << left) - 1);
            const auto n =
                special == 0 ? left : static_cast<std::size_t>(std::countr_zero(special));
            to += n;
            i += n;
            if (special == 0) {
                continue;
            }
            if (text[i] == '\\') {  // paths are full of them
                *to++ = '\\';
                *to++ = text[i++];
            } else {
                to = put_escaped(text, i, to);
            }
        }
        out.append(buffer.data(), static_cast<std::size_t>(to - buffer.data()));
    }
}

void JsonWriter::separate() {
    if (need_comma_) {
        out_ += ',';
    }
    need_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
    separate();
    out_ += '{';
    need_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    out_ += '}';
    need_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    separate();
    out_ += '[';
    need_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    out_ += ']';
    need_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    out_ += '"';
    append_json_escaped(out_, name);
    out_ += "\":";
    need_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    out_ += '"';
    append_json_escaped(out_, text);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) {
        return null();
    }
    separate();
    fmt::format_to(std::back_inserter(out_), "{}", number);
    return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
    separate();
    const fmt::format_int text(number);
    out_.append(text.data(), text.size());
    return *this;
}

JsonWriter& JsonWriter::value(std::uint64_t number) {
    separate();
    const fmt::format_int text(number);
    out_.append(text.data(), text.size());
    return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
    separate();
    out_ += flag ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    out_ += "null";
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace spoor
