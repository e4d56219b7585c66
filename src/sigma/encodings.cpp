#include "sigma/encodings.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace spoor::sigma {

namespace {

constexpr std::array<std::string_view, num_dashes> dashes{
    "-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"};

// The bytes of the dash at `at`; 0: there is none.
std::size_t dash_size(std::string_view text, std::size_t at) {
    for (const std::string_view dash : dashes) {
        if (text.substr(at).starts_with(dash)) {
            return dash.size();
        }
    }
    return 0;
}

// The code point at `at`, which goes behind it. `text` is valid UTF-8.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) {
        return first;
    }
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    std::uint32_t out = first & (0x3FU >> static_cast<unsigned>(more));
    for (int i = 0; i < more && at < text.size(); ++i) {
        out = (out << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return out;
}

bool word_at(std::string_view text, std::size_t at) {
    if (at >= text.size()) {
        return false;
    }
    const auto c = static_cast<UChar32>(next_code_point(text, at));
    return c == '_' || u_isalpha(c) != 0 || u_isdigit(c) != 0;
}

bool word_before(std::string_view text, std::size_t at) {
    if (at == 0) {
        return false;
    }
    std::size_t start = at - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80) {
        --start;
    }
    return word_at(text, start);
}

struct DashPlace {
    std::size_t part = 0;
    std::size_t at = 0;
    std::size_t size = 0;
};

std::vector<DashPlace> dash_places(const Text& text) {
    std::vector<DashPlace> out;
    for (std::size_t p = 0; p < text.size(); ++p) {
        if (text[p].kind != TextPart::Kind::text) {
            continue;
        }
        const std::string_view stretch = text[p].text;
        for (std::size_t i = 0; i < stretch.size(); ++i) {
            const std::size_t size = dash_size(stretch, i);
            if (size > 0 && !word_before(stretch, i) && word_at(stretch, i + size)) {
                out.push_back({p, i, size});
            }
        }
    }
    return out;
}

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void append_unit(std::string& out, std::uint32_t unit, bool big_endian) {
    const char high = static_cast<char>(unit >> 8U);
    const char low = static_cast<char>(unit & 0xFFU);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
}

}  // namespace

std::size_t num_dash_places(const Text& text) {
    return dash_places(text).size();
}

std::vector<Text> dash_variants(const Text& text) {
    std::vector<Text> out{text};
    // From the end, so that places further to the front stay where they are.
    std::vector<DashPlace> places = dash_places(text);
    std::reverse(places.begin(), places.end());
    for (const DashPlace& place : places) {
        const std::size_t num = out.size();
        const std::string written = text[place.part].text.substr(place.at, place.size);
        for (const std::string_view dash : dashes) {
            for (std::size_t i = 0; dash != written && i < num; ++i) {
                out.push_back(out[i]);
                out.back()[place.part].text.replace(place.at, place.size, dash);
            }
        }
    }
    return out;
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t num = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const std::uint32_t byte = k < num ? static_cast<unsigned char>(bytes[i + k]) : 0U;
            group = (group << 8U) | byte;
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += k <= num ? alphabet[(group >> (18U - 6U * k)) & 0x3FU] : '=';
        }
    }
    return out;
}

std::array<std::string, 3> to_base64_offsets(std::string_view bytes) {
    constexpr std::array<std::size_t, 3> front{0, 2, 3};
    constexpr std::array<std::size_t, 3> back{0, 3, 2};
    std::array<std::string, 3> out;
    for (std::size_t i = 0; i < 3; ++i) {
        std::string shifted(i, '\0');
        shifted += bytes;
        const std::string whole = to_base64(shifted);
        const std::size_t end = whole.size() - back[shifted.size() % 3];
        out[i] = end > front[i] ? whole.substr(front[i], end - front[i]) : std::string();
    }
    return out;
}

std::string to_utf16(std::string_view text, bool big_endian) {
    std::string out;
    out.reserve(text.size() * 2);
    for (std::size_t i = 0; i < text.size();) {
        const std::uint32_t code = next_code_point(text, i);
        if (code >= 0x10000) {
            append_unit(out, 0xD800 + ((code - 0x10000) >> 10U), big_endian);
            append_unit(out, 0xDC00 + ((code - 0x10000) & 0x3FFU), big_endian);
        } else {
            append_unit(out, code, big_endian);
        }
    }
    return out;
}

}  // namespace spoor::sigma
