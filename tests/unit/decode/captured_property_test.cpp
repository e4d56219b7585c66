// What is captured against a slow reference, over made-up texts: nested and dotted names, names
// with spaces, arrays of everything, named lists, `*`, members twice.
#include "base/random.hpp"
#include "captured_reference.hpp"
#include "decode_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {
namespace {

const std::vector<std::string> paths = {
    "a",
    "b",
    "ab",
    "a.b",
    "a.b.c",
    "c.*.a",
    "c.*.b.a",
    "c.x.a",
    "c.*",
    "EventID",
    "Event.System.EventID",
    "Event.EventData.Data",
    "Event.EventData.Data.#text",
    "Event.EventData.a",
    "Event.EventData.a.b",
    "Event.EventData.ThreatName",
    "Event.*.a",
    "Event.UserData.*.a",
    "host",
    "host.name",
    "a_name_of_more_than_eight_bytes",
};

constexpr std::string_view names[] = {
    "a",
    "b",
    "c",
    "a b",
    "a.b",
    "b.c",
    "c.x",
    "x",
    "x.a",
    "x y",
    " a",
    "Event",
    "Event",
    "System",
    "EventID",
    "EventData",
    "EventData",
    "Data",
    "Data",
    "Event.EventData",
    "Event.EventData.Data",
    "UserData",
    "ns.1",
    "Threat Name",
    "host",
    "name",
    "host.name",
    "@Name",
    "Name",
    "#text",
    "Value",
    "",
    "a_name_of_more_than_eight_bytes",
    "a_name_of_more_than_eight_bytes.b",
};

constexpr std::string_view scalars[] = {
    "null",
    "true",
    "false",
    "0",
    "-17",
    "4624",
    "1.50",
    "1e3",
    R"("")",
    R"("text")",
    R"("a")",
    R"("a b")",
    R"("Threat Name")",
    R"("a.b")",
    R"("C:\\Windows\\x.exe")",
    R"("é\u00e9\n")",
};

template <std::size_t n>
std::string_view pick(Random& random, const std::string_view (&from)[n]) {
    return from[random.below(n)];
}

std::string quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

std::string make_value(Random& random, int depth);

std::string make_object(Random& random, int depth) {
    std::string out = "{";
    const std::uint64_t n = 1 + random.below(6);
    for (std::uint64_t i = 0; i < n; ++i) {
        out += i > 0 ? ", " : "";
        out += quoted(pick(random, names)) + ": " + make_value(random, depth + 1);
    }
    return out + "}";
}

std::string make_named_list(Random& random) {
    std::string out = "[";
    const std::uint64_t n = random.below(4);
    for (std::uint64_t i = 0; i < n; ++i) {
        out += i > 0 ? "," : "";
        const std::string name = R"("@Name": )" + quoted(pick(random, names));
        const std::string text = R"("#text": )" + make_value(random, 5);
        out += random.below(2) == 0 ? "{" + name + "," + text + "}" : "{" + text + "," + name + "}";
    }
    return out + "]";
}

std::string make_value(Random& random, int depth) {
    constexpr int deepest = 6;
    const std::uint64_t what = random.below(10);
    if (depth >= deepest || what < 4) {
        return std::string(pick(random, scalars));
    }
    if (what < 7) {
        return make_object(random, depth);
    }
    if (what == 7) {
        return R"({"EventData": {"Data": )" + make_named_list(random) + "}}";
    }
    std::string out = "[";
    const std::uint64_t n = random.below(4);
    for (std::uint64_t i = 0; i < n; ++i) {
        out += (i > 0 ? "," : "") + make_value(random, depth + 1);
    }
    return out + "]";
}

// Of one value the order of its paths does not count.
std::vector<PlainCaptured> captured(const Event& event) {
    std::vector<PlainCaptured> out;
    for (const Captured& c : event.captured) {
        out.push_back({paths[c.path], c.kind, std::string(c.text)});
    }
    return out;
}

TEST(CapturedProperty, IsWhatTheReferenceFinds) {
    Bench bench({}, std::make_shared<WatchedPaths>(paths));
    Bench plain;
    Random random(11);
    std::size_t num_captured = 0;
    for (int i = 0; i < 30'000; ++i) {
        std::string text = make_object(random, 0);
        if (random.below(3) == 0) {
            text = R"({"Event": )" + make_value(random, 1) + R"(, "c": )" + make_value(random, 1) +
                   "}";
        }
        Value root;
        ASSERT_TRUE(read_value(text, root)) << text;
        std::vector<PlainCaptured> expected = reference_capture(root, paths);
        const auto& events = bench.decode(text);
        ASSERT_EQ(events.size(), 1U) << text;
        std::vector<PlainCaptured> found = captured(events.front());
        num_captured += found.size();
        std::ranges::sort(expected);
        std::ranges::sort(found);
        ASSERT_EQ(found, expected) << text;
        ASSERT_EQ(plain.decode(text).front().fields.size(), events.front().fields.size())
            << "watching changes no field: " << text;
    }
    EXPECT_GT(num_captured, 50'000U) << "the texts have what is watched";
}

}  // namespace

void PrintTo(const PlainCaptured& c, std::ostream* out) {
    *out << c.path << " kind " << static_cast<int>(c.kind) << " '" << c.text << "'";
}

}  // namespace spoor::decode
