#include "sigma/pattern.hpp"

#include "base/bytes16.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace spoor::sigma {

namespace {

using Kind = Pattern::Kind;

std::size_t code_point_size(char first) {
    const auto c = static_cast<unsigned char>(first);
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

// Behind the pieces [from, to), none of them `any`, if they lie at `at`; npos if not.
std::size_t match_run(std::string_view text,
                      std::size_t at,
                      const Pattern& pattern,
                      std::size_t from,
                      std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
        const Pattern::Piece& piece = pattern.pieces[i];
        if (piece.kind == Kind::one) {
            if (at >= text.size()) {
                return std::string_view::npos;
            }
            at += code_point_size(text[at]);
        } else {
            if (text.size() - at < piece.text.size() ||
                std::memcmp(text.data() + at, piece.text.data(), piece.text.size()) != 0) {
                return std::string_view::npos;
            }
            at += piece.text.size();
        }
    }
    return at;
}

// The first place at or behind `at` where the run lies; a run that begins with text is searched
// for by that text.
std::size_t find_run(std::string_view text,
                     std::size_t at,
                     const Pattern& pattern,
                     std::size_t from,
                     std::size_t to) {
    while (at <= text.size()) {
        if (pattern.pieces[from].kind == Kind::text) {
            at = text.find(pattern.pieces[from].text, at);
            if (at == std::string_view::npos) {
                return at;
            }
        }
        const std::size_t behind = match_run(text, at, pattern, from, to);
        if (behind != std::string_view::npos) {
            return behind;
        }
        at += at < text.size() ? code_point_size(text[at]) : 1;
    }
    return std::string_view::npos;
}

// The run lies at the text's end, not before `at`.
bool ends_with_run(std::string_view text,
                   std::size_t at,
                   const Pattern& pattern,
                   std::size_t from,
                   std::size_t to) {
    std::size_t end = text.size();
    for (std::size_t i = to; i-- > from;) {
        const Pattern::Piece& piece = pattern.pieces[i];
        if (piece.kind == Kind::one) {
            do {
                if (end == at) {
                    return false;
                }
                --end;
            } while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80);
        } else {
            if (end - at < piece.text.size() || std::memcmp(text.data() + end - piece.text.size(),
                                                            piece.text.data(),
                                                            piece.text.size()) != 0) {
                return false;
            }
            end -= piece.text.size();
        }
    }
    return true;
}

}  // namespace

Shape shape_of(const Pattern& pattern) {
    const auto& p = pattern.pieces;
    const auto is = [&](std::size_t i, Kind kind) { return p[i].kind == kind; };
    if (p.empty()) {
        return Shape::empty;
    }
    if (p.size() == 1) {
        return is(0, Kind::text) ? Shape::whole : is(0, Kind::any) ? Shape::anything : Shape::mixed;
    }
    if (p.size() == 2 && is(0, Kind::text) && is(1, Kind::any)) {
        return Shape::prefix;
    }
    if (p.size() == 2 && is(0, Kind::any) && is(1, Kind::text)) {
        return Shape::suffix;
    }
    if (p.size() == 3 && is(0, Kind::any) && is(1, Kind::text) && is(2, Kind::any)) {
        return Shape::inside;
    }
    return Shape::mixed;
}

std::string_view longest_text(const Pattern& pattern) {
    std::string_view longest;
    for (const Pattern::Piece& piece : pattern.pieces) {
        if (piece.kind == Kind::text && piece.text.size() > longest.size()) {
            longest = piece.text;
        }
    }
    return longest;
}

// Runs between wildcards are matched leftmost first, the last one at the end: what is leftmost
// leaves the most room for the rest, so nothing is tried twice.
bool meets(std::string_view text, const Pattern& pattern) {
    const auto& p = pattern.pieces;
    std::size_t at = 0;
    std::size_t from = 0;
    bool floating = false;  // an `any` lies before the run
    for (std::size_t i = 0; i <= p.size(); ++i) {
        if (i < p.size() && p[i].kind != Kind::any) {
            continue;
        }
        const bool last = i == p.size();
        if (from < i) {
            if (!floating) {
                at = match_run(text, at, pattern, from, i);
                if (at == std::string_view::npos || (last && at != text.size())) {
                    return false;
                }
            } else if (last) {
                return ends_with_run(text, at, pattern, from, i);
            } else {
                at = find_run(text, at, pattern, from, i);
                if (at == std::string_view::npos) {
                    return false;
                }
            }
        } else if (last && !floating) {
            return text.empty();  // no piece at all
        }
        floating = true;
        from = i + 1;
    }
    return true;
}

bool has_inside(std::string_view text, std::string_view needle) {
    constexpr std::size_t longest = 256;  // beyond, what memmem promises for bad cases matters
    constexpr std::size_t step = Bytes16::size;
    const std::size_t n = needle.size();
    if (n < 2 || n > longest || text.size() < n + step - 1) {
        return memmem(text.data(), text.size(), needle.data(), n) != nullptr;
    }
    // By its first and its last byte, sixteen places at a time; the last sixteen may be seen twice.
    const std::size_t last = text.size() - n - (step - 1);
    for (std::size_t i = 0;; i = std::min(i + step, last)) {
        const char* const p = text.data() + i;
        unsigned places =
            Bytes16::load(p).equal(needle.front()) & Bytes16::load(p + n - 1).equal(needle.back());
        for (; places != 0; places &= places - 1) {
            if (std::memcmp(p + std::countr_zero(places), needle.data(), n) == 0) {
                return true;
            }
        }
        if (i == last) {
            return false;
        }
    }
}

}  // namespace spoor::sigma
