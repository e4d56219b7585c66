// What a decoder captures at watched paths, rule by rule of docs/sigma-semantics.md §1.
#include "decode_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace spoor::decode {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string shown(CapturedKind kind, std::string_view text) {
    switch (kind) {
        case CapturedKind::text:
            return '\'' + std::string(text) + '\'';
        case CapturedKind::null:
            return "null";
        case CapturedKind::container:
            return "container";
        case CapturedKind::empty:
            return "empty";
        default:
            return std::string(text);
    }
}

std::vector<std::string> capture(const std::vector<std::string>& paths, const std::string& text) {
    Bench bench({}, std::make_shared<WatchedPaths>(paths));
    std::vector<std::string> out;
    for (const Captured& c : bench.decode(text).at(0).captured) {
        out.push_back(paths[c.path] + "=" + shown(c.kind, c.text));
    }
    return out;
}

TEST(Captured, HasEachKindOfValueAsItIsSpelled) {
    EXPECT_THAT(capture({"a", "b", "c", "d", "e", "f"},
                        R"({"a":"x\ty","b":1.50,"c":true,"d":false,"e":null,"f":""})"),
                ElementsAre("a='x\ty'", "b=1.50", "c=true", "d=false", "e=null", "f=''"));
}

TEST(Captured, NothingIsWatchedNothingIsCaptured) {
    Bench bench;
    EXPECT_THAT(bench.decode(R"({"a":1})").at(0).captured, IsEmpty());
}

TEST(Captured, F1NamesFitWithoutTheirSpaces) {
    EXPECT_THAT(capture({"ThreatName", "Event.EventData.SourceIP"},
                        R"({"Threat Name":"x","Event":{"Event Data":{"Source IP":"y"}}})"),
                ElementsAre("ThreatName='x'", "Event.EventData.SourceIP='y'"));
    EXPECT_THAT(capture({"Threat Name"}, R"({"ThreatName":"x"})"), ElementsAre("Threat Name='x'"));
    EXPECT_THAT(capture({"threatname"}, R"({"ThreatName":"x"})"), IsEmpty());
}

TEST(Captured, F1ANameWithSpacesGivesNoModelledField) {
    Bench bench({}, std::make_shared<WatchedPaths>(std::vector<std::string>{"EventID"}));
    const Event& event = bench.decode(R"({"Event ID":4624})").at(0);
    EXPECT_EQ(event.find(FieldId::event_id), nullptr);
    EXPECT_EQ(event.captured.size(), 1U);
}

TEST(Captured, F2NestedDottedAndMixed) {
    const std::vector<std::string> paths = {"a.b.c"};
    for (const char* text :
         {R"({"a":{"b":{"c":1}}})", R"({"a.b.c":1})", R"({"a.b":{"c":1}})", R"({"a":{"b.c":1}})"}) {
        EXPECT_THAT(capture(paths, text), ElementsAre("a.b.c=1")) << text;
    }
    EXPECT_THAT(capture(paths, R"({"a.b.c":1,"a":{"b":{"c":2}}})"),
                ElementsAre("a.b.c=1", "a.b.c=2"));
}

TEST(Captured, F3AllElementsOfArraysCount) {
    EXPECT_THAT(capture({"a.b"}, R"({"a":[{"b":1},{"b":[2,[3,{"b":9}]]},4]})"),
                ElementsAre("a.b=1", "a.b=container", "a.b=2", "a.b=3"));
    EXPECT_THAT(capture({"a"}, R"({"a":["x",null]})"),
                ElementsAre("a=container", "a='x'", "a=null"));
}

TEST(Captured, F3OfAnArrayTheFirstElementIsTheField) {
    Bench bench({}, std::make_shared<WatchedPaths>(std::vector<std::string>{"CommandLine"}));
    const Event& event = bench.decode(R"({"CommandLine":["one","two"]})").at(0);
    EXPECT_EQ(event.text(FieldId::command_line), "one");
    EXPECT_EQ(event.captured.size(), 3U);
}

TEST(Captured, F4ObjectsAndArraysAreThere) {
    EXPECT_THAT(capture({"a", "b", "c", "d"}, R"({"a":{},"b":[],"c":[[]],"d":{"e":1}})"),
                ElementsAre("a=container", "b=empty", "c=container", "d=container"));
}

TEST(Captured, F7AMemberTwiceHasBothValues) {
    EXPECT_THAT(capture({"a"}, R"({"a":1,"a":2})"), ElementsAre("a=1", "a=2"));
}

TEST(Captured, F8NamedListsAreMembersOfTheirOwner) {
    const std::vector<std::string> paths = {
        "Event.EventData.User", "Event.EventData.ThreatName", "Event.EventData.Data"};
    EXPECT_THAT(capture(paths,
                        R"({"Event":{"EventData":{"Data":[{"@Name":"User","#text":"x"},)"
                        R"({"Value":7,"Name":"Threat Name"},{"@Name":"User"}]}}})"),
                ElementsAre("Event.EventData.Data=container",
                            "Event.EventData.User='x'",
                            "Event.EventData.ThreatName=7",
                            "Event.EventData.User=null"));
    EXPECT_THAT(capture(paths, R"({"Event":{"EventData":{"Data":["x","y"]}}})"),
                ElementsAre("Event.EventData.Data=container",
                            "Event.EventData.Data='x'",
                            "Event.EventData.Data='y'"));
}

TEST(Captured, F8TheContentMayBeAList) {
    EXPECT_THAT(
        capture({"Event.EventData.User"},
                R"({"Event":{"EventData":{"Data":[{"#text":["C:\\x","\u0041"],"@Name":"User"},)"
                R"({"@Name":"User","#text":"z\\"}]}}})"),
        ElementsAre("Event.EventData.User=container",
                    "Event.EventData.User='C:\\x'",
                    "Event.EventData.User='A'",
                    "Event.EventData.User='z\\'"));
}

TEST(Captured, AnyMember) {
    const std::vector<std::string> paths = {"Event.UserData.*.File", "Event.UserData.Known.File"};
    EXPECT_THAT(capture(paths, R"({"Event":{"UserData":{"Op":{"File":"x"},"File":"no"}}})"),
                ElementsAre("Event.UserData.*.File='x'"));
    EXPECT_THAT(capture(paths, R"({"Event":{"UserData":{"http://x.y/z":{"File":"x"}}}})"),
                ElementsAre("Event.UserData.*.File='x'"));
    EXPECT_THAT(capture(paths, R"({"Event":{"UserData":{"Known":{"File":"x"}}}})"),
                testing::UnorderedElementsAre("Event.UserData.*.File='x'",
                                              "Event.UserData.Known.File='x'"));
}

TEST(Captured, TextsHaveEightReadableBytesBehindThem) {
    Bench bench({}, std::make_shared<WatchedPaths>(std::vector<std::string>{"a"}));
    std::uint64_t sum = 0;
    for (const Captured& c :
         bench.decode(R"({"a":["x","\n",1,true,null,{}],"a":[],"a":"last"})").at(0).captured) {
        std::uint64_t word = 0;
        std::memcpy(&word, c.text.data() + c.text.size(), sizeof word);
        sum += word;
    }
    EXPECT_NE(sum, 1U);
}

// Room is made for all paths of a value at once, wherever in a record it runs out.
TEST(Captured, MoreThanThereIsRoomForAtFirst) {
    constexpr std::size_t num_values = 40'000;
    const std::vector<std::string> paths = {"a b", "ab", "a  b"};  // one place
    for (const bool of_containers : {false, true}) {
        std::string text = R"({"ab":0)";
        for (std::size_t i = 1; i < num_values; ++i) {
            text += R"(,"ab":)" + (of_containers ? "{}" : std::to_string(i));
        }
        text += '}';
        Bench bench({}, std::make_shared<WatchedPaths>(paths));
        const auto captured = bench.decode(text).at(0).captured;
        ASSERT_EQ(captured.size(), paths.size() * num_values);
        for (std::size_t i = 0; i < captured.size(); ++i) {
            const std::size_t value = i / paths.size();
            const bool is_container = of_containers && value > 0;
            ASSERT_EQ(captured[i].path, i % paths.size()) << i;
            ASSERT_EQ(shown(captured[i].kind, captured[i].text),
                      is_container ? "container" : std::to_string(value))
                << i;
        }
    }
}

TEST(Captured, WhatAnEventDoesNotSayOfItselfMayBeGiven) {
    Options options;
    options.product = "linux";
    options.category = "process_creation";
    Bench bench(options);
    const Event& plain = bench.decode(R"({"a":1})").at(0);
    EXPECT_EQ(plain.product, "linux");
    EXPECT_EQ(plain.category, "process_creation");
    EXPECT_EQ(plain.service, "");
    const Event& windows = bench.decode(R"({"EventID":4624,"Channel":"Security"})").at(0);
    EXPECT_EQ(windows.product, "windows");
    EXPECT_EQ(windows.service, "security");
}

TEST(Captured, ARejectedRecordLeavesNothingBehind) {
    Bench bench({}, std::make_shared<WatchedPaths>(std::vector<std::string>{"a"}));
    const auto& events = bench.decode({R"({"a":1)", R"({"a":2,})", R"({"a":3})"});
    ASSERT_EQ(events.size(), 1U);
    ASSERT_EQ(events[0].captured.size(), 1U);
    EXPECT_EQ(events[0].captured[0].text, "3");
}

}  // namespace
}  // namespace spoor::decode
