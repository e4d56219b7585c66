#include "decode/json_text.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace spoor::decode {

namespace {

const std::uint8_t* as_bytes(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

// The four digits of \uXXXX at `pos`; -1 if they are not there.
int hex4(std::string_view s, std::size_t pos) {
    if (pos + 4 > s.size()) {
        return -1;
    }
    int value = 0;
    for (std::size_t i = pos; i < pos + 4; ++i) {
        const int digit = hex_digit(s[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

char* put_utf8(char* out, std::uint32_t c) {
    const auto byte = [](std::uint32_t v) { return static_cast<char>(v); };
    if (c < 0x80) {
        *out++ = byte(c);
    } else if (c < 0x800) {
        *out++ = byte(0xC0 | (c >> 6));
        *out++ = byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *out++ = byte(0xE0 | (c >> 12));
        *out++ = byte(0x80 | ((c >> 6) & 0x3F));
        *out++ = byte(0x80 | (c & 0x3F));
    } else {
        *out++ = byte(0xF0 | (c >> 18));
        *out++ = byte(0x80 | ((c >> 12) & 0x3F));
        *out++ = byte(0x80 | ((c >> 6) & 0x3F));
        *out++ = byte(0x80 | (c & 0x3F));
    }
    return out;
}

// The code point of the \u escape whose digits begin at `pos`; moves `pos` behind it. -1: no
// escape.
std::int64_t unicode_escape(std::string_view s, std::size_t& pos) {
    const int high = hex4(s, pos);
    if (high < 0) {
        return -1;
    }
    pos += 4;
    if (high < 0xD800 || high > 0xDFFF) {
        return high;
    }
    constexpr int replacement = 0xFFFD;
    if (high > 0xDBFF || pos + 6 > s.size() || s[pos] != '\\' || s[pos + 1] != 'u') {
        return replacement;
    }
    const int low = hex4(s, pos + 2);
    if (low < 0xDC00 || low > 0xDFFF) {
        return replacement;  // what follows is read as an escape of its own
    }
    pos += 6;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

// By the character behind the backslash; 0: it is no escape of one byte.
constexpr auto simple_escapes = [] {
    std::array<char, 256> table{};
    for (const char c : {'"', '\\', '/'}) {
        table[static_cast<unsigned char>(c)] = c;
    }
    table['b'] = '\b';
    table['f'] = '\f';
    table['n'] = '\n';
    table['r'] = '\r';
    table['t'] = '\t';
    return table;
}();

char simple_escape(char c) {
    return simple_escapes[static_cast<unsigned char>(c)];
}

std::size_t first_bad_utf8(std::string_view text) {
    // The longest valid prefix, by halving: validity of a prefix that ends inside a character is
    // allowed for by stepping back to its start.
    std::size_t good = 0;
    std::size_t bad = text.size();
    while (good < bad) {
        const std::size_t middle = good + (bad - good + 1) / 2;
        std::size_t cut = middle;
        while (cut > good && cut < text.size() && (text[cut] & '\xC0') == '\x80') {
            --cut;
        }
        if (cut > good && simdjson::validate_utf8(text.data() + good, cut - good)) {
            good = cut;
        } else {
            bad = middle - 1;
        }
    }
    return good;
}

}  // namespace

struct JsonIndex::Parts {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    std::size_t capacity = 0;
};

JsonIndex::JsonIndex() : parts_(std::make_unique<Parts>()) {}

JsonIndex::~JsonIndex() = default;

bool JsonIndex::scan(std::string_view text) {
    if (text.empty() || text.size() > max_event_bytes) {
        return false;
    }
    if (text.size() > parts_->capacity) {
        std::size_t capacity = std::size_t{16} * 1024;
        while (capacity < text.size()) {
            capacity *= 2;
        }
        const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
            capacity, static_cast<std::size_t>(max_depth), parts_->stage);
        if (error != simdjson::SUCCESS) {
            parts_->capacity = 0;
            return false;
        }
        parts_->capacity = capacity;
    }
    auto& stage = *parts_->stage;
    if (stage.stage1(as_bytes(text), text.size(), simdjson::stage1_mode::regular) !=
        simdjson::SUCCESS) {
        return false;
    }
    begin_ = stage.structural_indexes.get();
    end_ = begin_ + stage.n_structural_indexes;
    return begin_ != end_ && text[end_[-1]] == '}';
}

Fault explain(std::string_view text) {
    if (trim(text).empty()) {
        return {Reason::empty, 0, "no text"};
    }
    if (text.size() > max_event_bytes) {
        return {Reason::too_large, max_event_bytes, "text is too large"};
    }
    if (!simdjson::validate_utf8(text.data(), text.size())) {
        return {Reason::bad_utf8, first_bad_utf8(text), "not UTF-8"};
    }
    if (trim(text).front() != '{') {
        simdjson::dom::parser parser;
        simdjson::dom::element any;
        if (parser.parse(text.data(), text.size(), true).get(any) == simdjson::SUCCESS) {
            return {Reason::not_an_object, 0, "not an object"};
        }
    }
    bool in_string = false;
    std::size_t string_start = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string && static_cast<unsigned char>(c) < 0x20) {
            return {Reason::bad_json, i, "control character in a string"};
        }
        if (in_string && c == '\\') {
            ++i;
        } else if (c == '"') {
            in_string = !in_string;
            string_start = i;
        }
        last = is_space(c) ? last : i;
    }
    if (in_string) {
        return {Reason::bad_json, string_start, "string without its end"};
    }
    if (trim(text).front() != '{') {
        return {Reason::bad_json, 0, "not JSON"};
    }
    return {Reason::bad_json, last, "text does not end with '}'"};
}

void Scratch::clear() {
    block_ = 0;
    at_ = nullptr;
    used_ = 0;
    size_ = 0;
}

void Scratch::next_block(std::size_t n) {
    constexpr std::size_t block_size = std::size_t{64} * 1024;
    while (block_ < blocks_.size() && blocks_[block_].size < n) {
        ++block_;
    }
    if (block_ == blocks_.size()) {
        const std::size_t size = n > block_size ? n : block_size;
        blocks_.push_back({std::make_unique<char[]>(size), size});
    }
    at_ = blocks_[block_].bytes.get();
    size_ = blocks_[block_].size;
    used_ = 0;
    ++block_;
}

namespace {

// The first backslash at or behind `pos`, or the size. Escapes lie close together (paths), so that
// eight bytes at a time beat a call of memchr; as many behind the text must be readable.
std::size_t find_backslash(std::string_view s, std::size_t pos) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    while (pos < s.size()) {
        std::uint64_t v = 0;
        std::memcpy(&v, s.data() + pos, sizeof v);
        const std::uint64_t x = v ^ (ones * static_cast<unsigned char>('\\'));
        const std::uint64_t slashes = (x - ones) & ~x & (ones * 0x80U);
        if (slashes != 0) {
            pos += static_cast<std::size_t>(std::countr_zero(slashes)) / 8;
            break;
        }
        pos += 8;
    }
    return std::min(pos, s.size());
}

constexpr std::size_t block = 16;
static_assert(block <= Scratch::slack);

// Copies sixteen bytes; answers how many of them come before the first backslash.
#ifdef __SSE2__
std::size_t copy_block(const char* from, char* to) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), v);
    const int slashes = _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(slashes) | 0x10000U));
}
#else
std::size_t copy_block(const char* from, char* to) {
    std::memcpy(to, from, block);
    return std::min(find_backslash({from, block}, 0), block);
}
#endif

// What the escape at `pos`, a backslash, stands for; moves `pos` behind it. -1: no JSON escape.
std::int64_t read_escape(std::string_view s, std::size_t& pos) {
    if (pos + 1 >= s.size()) {
        return -1;
    }
    const char kind = s[pos + 1];
    pos += 2;
    if (kind == 'u') {
        return unicode_escape(s, pos);
    }
    const char plain = simple_escape(kind);
    return plain == 0 ? -1 : plain;
}

bool are_escapes(std::string_view s) {
    std::size_t pos = find_backslash(s, 0);
    while (pos < s.size()) {
        if (read_escape(s, pos) < 0) {
            return false;
        }
        pos = find_backslash(s, pos);
    }
    return true;
}

}  // namespace

bool unescape(std::string_view escaped, Scratch* scratch, std::string_view& out) {
    if (scratch == nullptr) {
        return are_escapes(escaped);
    }
    char* const begin = scratch->take(escaped.size());
    char* to = begin;
    std::size_t pos = 0;
    while (pos < escaped.size()) {
        const std::size_t left = escaped.size() - pos;
        const std::size_t n = std::min(copy_block(escaped.data() + pos, to), left);
        to += n;
        pos += n;
        if (n == left || n == block) {
            continue;
        }
        if (left - n > 1) {
            const char plain = simple_escape(escaped[pos + 1]);
            if (plain != 0) {  // nearly all
                *to++ = plain;
                pos += 2;
                continue;
            }
        }
        const std::int64_t code = read_escape(escaped, pos);
        if (code < 0) {
            return false;
        }
        to = put_utf8(to, static_cast<std::uint32_t>(code));
    }
    out = {begin, static_cast<std::size_t>(to - begin)};
    return true;
}

bool to_real(const Number& number, std::string_view text, double& out) {
    namespace numbers = simdjson::builtin::numberparsing;
    constexpr std::int32_t far = 300;  // well inside what the fast way takes
    if (number.exact && number.exponent > -far && number.exponent < far &&
        numbers::compute_float_64(number.exponent, number.mantissa, number.negative, out)) {
        return true;
    }
    const auto* begin = as_bytes(text);
    const auto error = numbers::parse_double(begin, begin + text.size()).get(out);
    return error == simdjson::SUCCESS && std::isfinite(out);
}

bool read_integer(std::string_view token, std::int64_t& out) {
    if (token.empty()) {
        return false;
    }
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), out);
    return error == std::errc{} && end == token.data() + token.size();
}

std::string_view trim(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace spoor::decode
