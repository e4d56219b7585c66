#include "base/json_writer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace spoor {
namespace {

using Json = nlohmann::json;

std::string json_text(std::string_view text) {
    std::string out;
    JsonWriter(out).value(text);
    return out;
}

template <class T>
std::string written(T value) {
    std::string out;
    JsonWriter(out).value(value);
    return out;
}

TEST(JsonWriter, PutsTheCommas) {
    std::string out;
    JsonWriter w(out);
    w.begin_object().member("a", 1).key("b").begin_array().value("x").null().value(true);
    w.begin_object().end_object().begin_array().end_array().end_array();
    w.key("c").raw(R"({"d":[1,2]})").member("e", false).end_object();
    EXPECT_EQ(out, R"({"a":1,"b":["x",null,true,{},[]],"c":{"d":[1,2]},"e":false})");
    EXPECT_TRUE(Json::accept(out));
}

TEST(JsonWriter, AppendsToWhatIsThere) {
    std::string out = "data: ";
    JsonWriter(out).begin_array().end_array();
    EXPECT_EQ(out, "data: []");
}

TEST(JsonWriter, EscapesWhatJsonForbids) {
    EXPECT_EQ(json_text("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
    EXPECT_EQ(json_text(std::string_view("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
    EXPECT_EQ(json_text("C:\\Windows\\n"), R"("C:\\Windows\\n")");
    std::string out;
    JsonWriter(out).begin_object().member("a\"b", 1).end_object();
    EXPECT_EQ(out, R"({"a\"b":1})");
}

TEST(JsonWriter, EscapesTheSameWhereverItStands) {
    for (int c = 0; c < 256; ++c) {
        const std::string one(1, static_cast<char>(c));
        const std::string alone = json_text(one);
        for (std::size_t before = 0; before < 20; ++before) {
            const std::string head(before, 'h');
            const std::string tail(20 - before, ' ');
            EXPECT_EQ(json_text(head + one + tail),
                      '"' + head + alone.substr(1, alone.size() - 2) + tail + '"')
                << c << " behind " << before;
        }
    }
}

// It is written sixteen bytes at a time, in pieces of 128.
TEST(JsonWriter, EscapesTheSameWhateverTheLength) {
    for (std::size_t size = 0; size < 300; ++size) {
        std::string text;
        std::string expected = "\"";
        for (std::size_t i = 0; i < size; ++i) {
            const char c = i * i % 7 == 0 ? '\\' : i % 11 == 0 ? '"' : 'x';
            text += c;
            expected += c == 'x' ? "" : "\\";
            expected += c;
        }
        ASSERT_EQ(json_text(text), expected + '"') << size;
    }
}

TEST(JsonWriter, KeepsUtf8AndReplacesBadBytesOneByOne) {
    EXPECT_EQ(json_text("h\u00f6st \u65e5\u672c \U0001F43E"),
              "\"h\u00f6st \u65e5\u672c \U0001F43E\"");
    EXPECT_EQ(json_text("a\xFF\xFE"
                        "b"),
              "\"a\uFFFD\uFFFDb\"");
    EXPECT_EQ(json_text("\xC0\xAF"), "\"\uFFFD\uFFFD\"");                      // overlong
    EXPECT_EQ(json_text("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");            // surrogate
    EXPECT_EQ(json_text("\xF4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\"");  // above U+10FFFF
    EXPECT_EQ(json_text("\xE6\x97"), "\"\uFFFD\uFFFD\"");                      // cut off
}

TEST(JsonWriter, WhateverTheBytesAParserReadsThem) {
    EXPECT_TRUE(rc::check([] {
        const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
        const Json parsed = Json::parse(json_text(bytes), nullptr, false);
        RC_ASSERT(parsed.is_string());
        // What was valid comes back as it was; nlohmann's own dump() is the judge of validity.
        try {
            static_cast<void>(Json(bytes).dump());
        } catch (const Json::type_error&) {
            RC_ASSERT(parsed.get<std::string>().find("\uFFFD") != std::string::npos);
            return;
        }
        RC_ASSERT(parsed.get<std::string>() == bytes);
    }));
}

TEST(JsonWriter, NumbersReadBackExactly) {
    EXPECT_TRUE(rc::check([] {
        const auto bits = *rc::gen::arbitrary<std::uint64_t>();
        double number = 0;
        std::memcpy(&number, &bits, sizeof number);
        const Json parsed = Json::parse(written(number));
        if (std::isfinite(number)) {
            RC_ASSERT(parsed.get<double>() == number);
        } else {
            RC_ASSERT(parsed.is_null());
        }
    }));
    EXPECT_EQ(written(0.1), "0.1");
    EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
    EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

// A tree of any shape, written by our writer, is the tree that a parser reads.
void write(JsonWriter& w, const Json& tree) {
    if (tree.is_object()) {
        w.begin_object();
        for (const auto& [name, child] : tree.items()) {
            w.key(name);
            write(w, child);
        }
        w.end_object();
    } else if (tree.is_array()) {
        w.begin_array();
        for (const Json& child : tree) {
            write(w, child);
        }
        w.end_array();
    } else if (tree.is_string()) {
        w.value(std::string_view(tree.get_ref<const std::string&>()));
    } else if (tree.is_boolean()) {
        w.value(tree.get<bool>());
    } else if (tree.is_number()) {
        w.value(tree.get<std::int64_t>());
    } else {
        w.null();
    }
}

Json any_tree(int depth) {
    const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 4);
    switch (kind) {
        case 0:
            return nullptr;
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3:
            return *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
        default:
            break;
    }
    Json tree = kind == 4 ? Json::array() : Json::object();
    const int num_children = *rc::gen::inRange(0, 4);
    for (int i = 0; i < num_children; ++i) {
        if (kind == 4) {
            tree.push_back(any_tree(depth - 1));
        } else {
            tree["k" + std::to_string(i)] = any_tree(depth - 1);
        }
    }
    return tree;
}

TEST(JsonWriter, AnyTreeReadsBack) {
    EXPECT_TRUE(rc::check([] {
        const Json tree = any_tree(4);
        std::string out;
        JsonWriter w(out);
        write(w, tree);
        RC_ASSERT(Json::parse(out, nullptr, false) == tree);
    }));
}

}  // namespace
}  // namespace spoor
