// Folding against ICU, code point by code point; and texts that are cut off within one.
#include "sigma/fold.hpp"

#include <gtest/gtest.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {
namespace {

std::string utf8(char32_t code_point) {
    std::string out;
    icu::UnicodeString(static_cast<UChar32>(code_point)).toUTF8String(out);
    return out;
}

TEST(SigmaFold, OfEveryCodePointTheSimpleFolding) {
    std::string all;
    std::string expected;
    for (char32_t c = 1; c < 0x110000; ++c) {
        if (c >= 0xD800 && c < 0xE000) {
            continue;
        }
        const auto simple =
            static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
        ASSERT_EQ(fold(c), simple) << std::hex << static_cast<std::uint32_t>(c);
        all += utf8(c);
        expected += utf8(simple);
    }
    EXPECT_EQ(folded(all), expected);
    for (std::size_t begin = 0; begin < 64; ++begin) {  // whatever lies eight by eight
        const std::string ahead(begin % 9, 'A');
        EXPECT_EQ(folded(ahead + "\u00c4B" + std::string(begin, 'C') + "\u0416"),
                  std::string(begin % 9, 'a') + "\u00e4b" + std::string(begin, 'c') + "\u0436");
    }
}

// A stored row may hold anything: of what is cut off nothing behind it is read (ASan looks on).
TEST(SigmaFold, ACutOffCodePointIsLeftOut) {
    for (const std::string_view whole : {"AB\u00c4", "AB\u20ac", "AB\U0001f600"}) {
        for (std::size_t size = 3; size < whole.size(); ++size) {
            const std::vector<char> exact(whole.begin(),
                                          whole.begin() + static_cast<std::ptrdiff_t>(size));
            EXPECT_EQ(folded(std::string_view(exact.data(), exact.size())), "ab") << size;
        }
    }
}

}  // namespace
}  // namespace spoor::sigma
