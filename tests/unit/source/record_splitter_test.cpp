// RecordSplitter by values that are known beforehand: whatever they hold, however they are laid out
// and in whatever pieces they come, each is one record at its place.
#include "source/record_splitter.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::source {
namespace {

std::string blanks(Random& random) {
    std::string out;
    while (random.chance(0.3)) {
        out += " \t\r\n"[random.below(4)];
    }
    return out;
}

// Between quotes everything that means something outside of them.
std::string text(Random& random) {
    std::string out = "\"";
    for (std::uint64_t n = random.below(12); n > 0; --n) {
        constexpr std::string_view letters = "a{}[],: ";
        const std::uint64_t i = random.below(letters.size() + 2);
        out += i < letters.size()    ? std::string(1, letters[i])
               : i == letters.size() ? "\\\\"
                                     : "\\\"";
    }
    return out + '"';
}

std::string value(Random& random, int depth) {
    const std::uint64_t kind = random.below(depth > 3 ? 3 : 5);
    if (kind < 2) {
        return text(random);
    }
    if (kind == 2) {
        return std::to_string(random.below(1000));
    }
    const bool is_object = kind == 3;
    std::string out(1, is_object ? '{' : '[');
    for (std::uint64_t n = random.below(4); n > 0; --n) {
        out += blanks(random);
        if (is_object) {
            out += text(random) + blanks(random) + ':' + blanks(random);
        }
        out += value(random, depth + 1) + blanks(random);
        out += n > 1 ? "," : "";
    }
    return out + (is_object ? '}' : ']');
}

std::string object(Random& random) {
    return "{" + text(random) + ":" + value(random, 0) + blanks(random) + "}";
}

TEST(RecordSplitter, ElementsOfAnArrayAreRecordsInWhateverPieces) {
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        Random random(seed);
        std::string bytes = blanks(random) + "[";
        std::vector<std::string> expected;
        std::vector<std::size_t> places;
        for (std::uint64_t n = random.below(6) + 1; n > 0; --n) {
            bytes += blanks(random);
            const bool is_first = expected.empty();  // it says that this is an array
            expected.push_back(is_first || random.chance(0.8)
                                   ? object(random)
                                   : value(random, random.chance(0.5) ? 4 : 0));
            places.push_back(bytes.size());
            bytes += expected.back() + blanks(random) + (n > 1 ? "," : "]");
        }
        bytes += blanks(random);
        RecordSplitter splitter(RecordSplitter::Mode::either);
        std::size_t i = 0;
        const auto take_all = [&] {
            for (Cut cut = splitter.next(); cut.kind != Cut::Kind::none; cut = splitter.next()) {
                ASSERT_LT(i, expected.size()) << bytes;
                ASSERT_EQ(cut.text, expected[i]) << bytes;
                ASSERT_EQ(cut.offset, static_cast<std::int64_t>(places[i])) << bytes;
                const auto line = std::ranges::count(bytes.substr(0, places[i]), '\n') + 1;
                ASSERT_EQ(cut.line, static_cast<std::uint64_t>(line)) << bytes;
                ++i;
            }
        };
        const std::uint64_t longest = random.chance(0.5) ? 4 : 100;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::string_view piece =
                std::string_view(bytes).substr(at, random.below(longest) + 1);
            splitter.add(piece);
            at += piece.size();
            take_all();
        }
        splitter.finish();
        take_all();
        ASSERT_EQ(i, expected.size()) << bytes;
        ASSERT_FALSE(splitter.ends_in_array()) << bytes;
    }
}

}  // namespace
}  // namespace spoor::source
