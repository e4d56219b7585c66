#include "decode/decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace spoor::decode {
namespace {

using Part = std::tuple<std::uint32_t, std::string, Reason>;

std::vector<Part> split(std::string_view record) {
    std::vector<Piece> pieces;
    split_record(record, pieces);
    std::vector<Part> out;
    for (const Piece& p : pieces) {
        out.emplace_back(p.element, std::string(p.text), p.reason);
    }
    return out;
}

Part ok(std::uint32_t element, const char* text) {
    return {element, text, Reason::ok};
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitRecord, OneObjectIsOnePiece) {
    EXPECT_THAT(split(R"({"a":1})"), ElementsAre(ok(0, R"({"a":1})")));
}

TEST(SplitRecord, PiecesAreViewsOfTheRecord) {
    const std::string record = "  {\"a\":1}\r\n";
    std::vector<Piece> pieces;
    split_record(record, pieces);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0].text.data(), record.data() + 2);
    EXPECT_EQ(pieces[0].text, R"({"a":1})");
}

TEST(SplitRecord, AppendsToWhatIsThere) {
    std::vector<Piece> pieces(1);
    split_record("{}", pieces);
    EXPECT_EQ(pieces.size(), 2U);
}

TEST(SplitRecord, NothingIsReportedAsEmpty) {
    EXPECT_THAT(split(""), ElementsAre(Part{0, "", Reason::empty}));
    EXPECT_THAT(split(" \r\n\t"), ElementsAre(Part{0, "", Reason::empty}));
    EXPECT_THAT(split("\xEF\xBB\xBF"), ElementsAre(Part{0, "", Reason::empty}));
}

TEST(SplitRecord, ToleratesByteOrderMarkAndWhiteSpace) {
    EXPECT_THAT(split("\xEF\xBB\xBF \r\n{\"a\":1} \n"), ElementsAre(ok(0, "{\"a\":1}")));
}

TEST(SplitRecord, ArrayGivesItsElements) {
    EXPECT_THAT(
        split(R"( [ {"a":1} , {"b":[1,2]},{"c":{"d":"],["}}])"),
        ElementsAre(ok(0, R"({"a":1})"), ok(1, R"({"b":[1,2]})"), ok(2, R"({"c":{"d":"],["}})")));
}

TEST(SplitRecord, ArrayCutsAreAwareOfStringsAndEscapes) {
    EXPECT_THAT(
        split(R"([{"a":"x\",{"},{"b":"\\"},{"c":"}"}])"),
        ElementsAre(ok(0, R"({"a":"x\",{"})"), ok(1, R"({"b":"\\"})"), ok(2, R"({"c":"}"})")));
}

TEST(SplitRecord, BadElementsLeaveTheirNeighboursAlone) {
    EXPECT_THAT(split(R"([{"a":1},oops,{"b":,},,{"c":3},])"),
                ElementsAre(ok(0, R"({"a":1})"),
                            ok(1, "oops"),
                            ok(2, R"({"b":,})"),
                            Part{3, "", Reason::bad_json},
                            ok(4, R"({"c":3})"),
                            Part{5, "", Reason::bad_json}));
}

TEST(SplitRecord, EmptyArrayHasNoEvents) {
    EXPECT_THAT(split("[]"), IsEmpty());
    EXPECT_THAT(split("[ \n ]"), IsEmpty());
}

TEST(SplitRecord, UnclosedArrayIsOnePiece) {
    for (const char* record :
         {R"([{"a":1},{"b":2})", "[", R"([{"a":1},{"b":"x])", R"([{"a":1,{"b":2}])"}) {
        EXPECT_THAT(split(record), ElementsAre(Part{0, record, Reason::unclosed_array})) << record;
    }
}

TEST(SplitRecord, TextBehindAnArrayIsItsOwnPiece) {
    EXPECT_THAT(split("[{\"a\":1}] x"), ElementsAre(ok(0, "{\"a\":1}"), ok(1, "x")));
    EXPECT_THAT(split("[{\"a\":1}]\n[{\"b\":2}]"),
                ElementsAre(ok(0, "{\"a\":1}"), ok(1, "{\"b\":2}")));
}

TEST(SplitRecord, LinesAreNumberedWithoutBlankOnes) {
    EXPECT_THAT(split("{\"a\":1}\r\n\r\n  \n{\"b\":2}\n{\"c\":3}\n"),
                ElementsAre(ok(0, "{\"a\":1}"), ok(1, "{\"b\":2}"), ok(2, "{\"c\":3}")));
}

TEST(SplitRecord, BadLinesLeaveTheirNeighboursAlone) {
    EXPECT_THAT(split("{\"a\":1}\nnot json\n{\"b\":2}"),
                ElementsAre(ok(0, "{\"a\":1}"), ok(1, "not json"), ok(2, "{\"b\":2}")));
    EXPECT_THAT(split("{\"a\":\n{\"b\":2}\n{\"c\":3}"),
                ElementsAre(ok(0, "{\"a\":"), ok(1, "{\"b\":2}"), ok(2, "{\"c\":3}")));
    EXPECT_THAT(split("{\"a\":\"x\n{\"b\":\"y\"}"),
                ElementsAre(ok(0, "{\"a\":\"x"), ok(1, "{\"b\":\"y\"}")));
    EXPECT_THAT(split("garbage\n{\"b\":2}"), ElementsAre(ok(0, "garbage"), ok(1, "{\"b\":2}")));
}

TEST(SplitRecord, PrettyPrintedObjectIsOneEvent) {
    const std::string pretty = "{\n  \"a\": [\n    {\"b\": 1},\n    {\"c\": 2}\n  ]\n}";
    EXPECT_THAT(split(pretty + "\n"), ElementsAre(ok(0, pretty.c_str())));
}

TEST(SplitRecord, OneBrokenTextIsOnePiece) {
    const std::string truncated = "{\n  \"a\": 1,\n  \"b\":";
    EXPECT_THAT(split(truncated), ElementsAre(ok(0, truncated.c_str())));
    const std::string binary = "\x01\x02\n\xff\xfe\nabc";
    EXPECT_THAT(split(binary), ElementsAre(ok(0, binary.c_str())));
}

TEST(SplitRecord, TooLargeAnEventIsSaidSo) {
    const std::string large = "{\"a\":\"" + std::string(max_event_bytes, 'x') + "\"}";
    std::vector<Piece> pieces;
    split_record("[{\"b\":1}," + large + "]", pieces);
    ASSERT_EQ(pieces.size(), 2U);
    EXPECT_EQ(pieces[0].reason, Reason::ok);
    EXPECT_EQ(pieces[1].reason, Reason::too_large);
}

}  // namespace
}  // namespace spoor::decode
