// JSON at the level of bytes: where the structural characters of a text are, what a scalar token
// is, and what its escapes and digits mean. The first stage of simdjson finds the structure and
// checks UTF-8; the grammar is checked by whoever walks it (decode/walk.hpp).
//
// Private to decode. JsonIndex and Scratch: one owner each. Free functions: pure.
#pragma once

#include "decode/decoder.hpp"
#include "decode/number.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace spoor::decode {

struct Fault {
    Reason reason = Reason::ok;
    std::size_t position = 0;  // byte in the text
    const char* what = "";
};

struct Token {
    enum class Kind : std::uint8_t { text, number, yes, no, null };
    Kind kind = Kind::null;
    std::string_view bytes;  // without quotes; escapes resolved, if someone wants the value
    Number number;           // of Kind::number
};

// Byte offsets of a text's structural characters ({ } [ ] : ,), of the opening quote of each string
// and of the first byte of each other scalar, in order.
class JsonIndex {
public:
    JsonIndex();
    ~JsonIndex();
    JsonIndex(const JsonIndex&) = delete;
    JsonIndex& operator=(const JsonIndex&) = delete;
    // False: the text is no JSON whatever its structure; explain() says why. True: the last entry
    // is a '}', so no other token is the last one.
    [[nodiscard]] bool scan(std::string_view text);

    [[nodiscard]] const std::uint32_t* begin() const { return begin_; }

    [[nodiscard]] const std::uint32_t* end() const { return end_; }

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    const std::uint32_t* begin_ = nullptr;
    const std::uint32_t* end_ = nullptr;
};

// Why scan() refused a text. Slow.
[[nodiscard]] Fault explain(std::string_view text);

// Bump storage for text that is not a view of the record: unescaped or folded. Blocks are kept for
// the next batch; what it hands out stays in place until clear(). Each piece has
// `slack` writable bytes behind it.
class Scratch {
public:
    static constexpr std::size_t slack = 16;

    [[nodiscard]] char* take(std::size_t n) {
        if (used_ + n + slack > size_) {
            next_block(n + slack);
        }
        char* out = at_ + used_;
        used_ += n + slack;
        return out;
    }

    void clear();

private:
    void next_block(std::size_t n);

    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };

    std::vector<Block> blocks_;
    std::size_t block_ = 0;  // the one after the current
    char* at_ = nullptr;
    std::size_t used_ = 0;
    std::size_t size_ = 0;
};

// `escaped` is the text between the quotes. Half a surrogate pair becomes U+FFFD: Windows names
// hold such. Sixteen bytes behind it must be readable. False: not a JSON escape. Without `scratch`
// it only checks, and leaves `out` alone.
[[nodiscard]] bool unescape(std::string_view escaped, Scratch* scratch, std::string_view& out);

// `number` was scanned from `text`. False: beyond double's range.
[[nodiscard]] bool to_real(const Number& number, std::string_view text, double& out);
// Decimal, in range, no fraction: "-12". False otherwise.
[[nodiscard]] bool read_integer(std::string_view token, std::int64_t& out);

[[nodiscard]] inline bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Without JSON white space at both ends, and without a byte order mark at the front.
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace spoor::decode
