// `spoor scan` over input that it cannot read or decode: what is said of it, that the rest is
// scanned, and the exit code; by rules alone and through the pipeline.
#include "app/bad_input.hpp"

#include "unit/app/rule_fixture.hpp"
#include "unit/source/file_support.hpp"

namespace spoor::app {
namespace {

using ::testing::AllOf;
using ::testing::Not;
using ::testing::StartsWith;

std::string events(int begin, int end) {
    std::string out;
    for (int i = begin; i < end; ++i) {
        out += event_text(i);
    }
    return out;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + 1)) {
        ++n;
    }
    return n;
}

TEST(BadInput, ShowsTheFirstOfAReasonAndHowManyMoreThereWere) {
    std::string said;
    BadInput report([&](std::string_view line) { said += line; });
    for (int i = 1; i <= 9; ++i) {
        report.add("bad_json", "f:" + std::to_string(i) + ": not JSON");
        report.add("corrupt_compressed", "g:1: broken");
    }
    report.add("too_large", "f\x1b:10: large");
    EXPECT_THAT(said, StartsWith("spoor scan: f:1: not JSON (bad_json)\n"));
    EXPECT_THAT(said, AllOf(HasSubstr("f:5: "), Not(HasSubstr("f:6: "))));
    EXPECT_EQ(count(said, "g:1: broken"), 9U);  // of each file
    EXPECT_THAT(said, HasSubstr("f\\x1b:10: large (too_large)\n"));

    said.clear();
    Counters counters;
    counters.add("dead_letters.bad_json", 1'000);
    counters.add("dead_letters.bad_utf8", 2);
    counters.add("dead_letters.corrupt_compressed", 9);
    counters.add("dead_letters.too_large", 1);
    report.finish(counters, "");
    EXPECT_EQ(said,
              "spoor scan: 997 more like these are not shown: bad_json 995, bad_utf8 2; "
              "--data DIR keeps all of them for `spoor dlq list`\n");
    said.clear();
    report.finish(counters, "d");
    EXPECT_THAT(said, HasSubstr("`spoor dlq list --data d` has all of them"));
}

TEST(BadInput, SaysNothingMoreWhereAllWasShown) {
    std::string said;
    BadInput report([&](std::string_view line) { said += line; });
    report.add("bad_json", "f:1: x");
    said.clear();
    Counters counters;
    counters.add("dead_letters.bad_json");
    report.finish(counters, "d");
    EXPECT_EQ(said, "");
    EXPECT_FALSE(is_input_missing(counters));
    for (const char* const reason : {"corrupt_compressed", "array_cut_off"}) {
        Counters of_one;
        of_one.add("dead_letters." + std::string(reason));
        EXPECT_TRUE(is_input_missing(of_one)) << reason;
    }
}

class ScanOfBadInput : public RuleCommands {
protected:
    // By rules alone, and with a store.
    std::vector<Ran> scan_both(const std::vector<std::string>& files) {
        std::vector<Ran> out;
        std::vector<std::string> arguments{"scan"};
        for (const std::string& file : files) {
            arguments.push_back(path(file));
        }
        arguments.insert(arguments.end(), {"--rules", path("rules"), "--format", "ndjson"});
        out.push_back(run(arguments));
        arguments.insert(arguments.end(), {"--data", path("data" + std::to_string(++num_runs_))});
        out.push_back(run(arguments));
        return out;
    }

    int num_runs_ = 0;  // each with a store of its own
};

TEST_F(ScanOfBadInput, EachBadLineIsSaidWithItsPlaceAndTheRestIsScanned) {
    const std::string large = "{\"a\":\"" + std::string(5 * 1024 * 1024, 'x') + "\"}\n";
    write("bad.ndjson",
          event_text(0) + "not JSON\n\n42\n" + event_text(7) + "[{\"a\":1},\n{\"b\":\"\xff\"}\n" +
              large + event_text(14));
    for (const Ran& ran : scan_both({"bad.ndjson"})) {
        EXPECT_EQ(ran.exit_code, exit_ok) << ran.err;
        EXPECT_EQ(ran.lines().size(), 3U);
        const std::string at = "spoor scan: " + path("bad.ndjson") + ":";
        EXPECT_THAT(ran.err, HasSubstr(at + "2: not JSON, at byte 0 (bad_json)\n"));
        EXPECT_THAT(ran.err, HasSubstr(at + "4: "));
        EXPECT_THAT(ran.err, HasSubstr(at + "6: an array without its end"));
        EXPECT_THAT(ran.err, HasSubstr(at + "7: "));
        EXPECT_THAT(ran.err, HasSubstr(at + "8: a record of 5242888 bytes, more than 4 MiB"));
        EXPECT_EQ(count(ran.err, at), 5U) << ran.err;
        EXPECT_THAT(ran.err, HasSubstr("bad_json            1"));
    }
}

TEST_F(ScanOfBadInput, ManyBadLinesAreSaidOnceWithTheirNumber) {
    std::string text;
    for (int i = 0; i < 3'000; ++i) {
        text += event_text(i) + "{\"torn\n";
    }
    write("many.ndjson", text);
    const std::string at = "spoor scan: " + path("many.ndjson") + ":";
    const auto both = scan_both({"many.ndjson"});
    for (const Ran& ran : both) {
        for (const char* const line : {"2", "4", "6", "8", "10"}) {
            EXPECT_THAT(ran.err, HasSubstr(at + line + ": ")) << ran.err;
        }
        EXPECT_EQ(count(ran.err, at), 5U);
        EXPECT_THAT(ran.err, HasSubstr("2995 more like these are not shown: bad_json 2995; "));
    }
    EXPECT_THAT(both[0].err, HasSubstr("--data DIR keeps"));
    EXPECT_THAT(both[1].err, HasSubstr("dlq list --data " + path("data")));
    // However many threads there are.
    const auto with = [&](const char* threads) {
        return run({"scan", path("many.ndjson"), "--rules", path("rules"), "--threads", threads});
    };
    EXPECT_EQ(with("1").err, with("4").err);
}

TEST_F(ScanOfBadInput, BadValuesOfOneLineAreToldApartAndInOrder) {
    std::string list = "[" + std::string("{\"a\":1}");
    for (int i = 0; i < 11; ++i) {
        list += i == 8 || i == 9 ? ",5" : ",{\"a\":1}";
    }
    write("list.ndjson", event_text(0) + list + "]\n");
    const std::string at = "spoor scan: " + path("list.ndjson") + ":2 (value ";
    for (const Ran& ran : scan_both({"list.ndjson"})) {
        const std::size_t tenth = ran.err.find(at + "10): ");
        const std::size_t eleventh = ran.err.find(at + "11): ");
        ASSERT_NE(tenth, std::string::npos) << ran.err;
        ASSERT_NE(eleventh, std::string::npos) << ran.err;
        EXPECT_LT(tenth, eleventh);
    }
}

TEST_F(ScanOfBadInput, ABrokenFileIsReadAsFarAsItGoesAndTheOthersAreRead) {
    const std::string text = events(0, 3'000);
    for (const bool is_zstd : {false, true}) {
        const std::string packed = is_zstd ? test::zstd(text) : test::gzip(text);
        write("torn", packed.substr(0, packed.size() - 5));
        write("next.ndjson", event_text(7'000));
        for (const Ran& ran : scan_both({"torn", "next.ndjson"})) {
            EXPECT_EQ(ran.exit_code, exit_input) << ran.err;
            EXPECT_THAT(ran.out, HasSubstr("whoami /all 7000"));
            EXPECT_THAT(ran.err, HasSubstr("spoor scan: " + path("torn") + ":"));
            EXPECT_THAT(ran.err,
                        HasSubstr("ends in its middle, at byte " +
                                  std::to_string(packed.size() - 5) + " (byte "));
            EXPECT_THAT(ran.err, HasSubstr("(corrupt_compressed)\n"));
            EXPECT_THAT(ran.err, HasSubstr("corrupt_compressed       1"));
        }
    }
    // Of gzip all that was packed before the break comes out.
    const std::string packed = test::gzip(text);
    write("torn.gz", packed.substr(0, packed.size() - 8));
    EXPECT_EQ(count(scan_both({"torn.gz"})[0].out, "\"rule_title\":\"Whoami\""), 429U);
}

TEST_F(ScanOfBadInput, AnArrayThatIsCutOffIsSaidAndTheOthersAreRead) {
    std::string first = event_text(0);
    first.pop_back();
    write("cut.json", "[\n" + first + ",\n" + event_text(7));
    write("next.ndjson", event_text(7'000));
    for (const Ran& ran : scan_both({"cut.json", "next.ndjson"})) {
        EXPECT_EQ(ran.exit_code, exit_input) << ran.err;
        EXPECT_EQ(count(ran.out, "\"rule_title\":\"Whoami\""), 3U);
        EXPECT_THAT(ran.err, HasSubstr("spoor scan: " + path("cut.json") + ":4: the file ends at"));
        EXPECT_THAT(ran.err, HasSubstr("(array_cut_off)\n"));
        EXPECT_THAT(ran.err, HasSubstr("array_cut_off       1"));
    }
}

// M17: what was not compared may be a match that is missed.
TEST_F(ScanOfBadInput, AComparisonThatEndsAtItsBoundIsCounted) {
    write("ref.yml",
          "title: Ref\nlogsource: {product: windows}\n"
          "detection: {s: {f|fieldref|startswith: g}, condition: s}\n");
    std::string f;
    std::string g;
    for (int i = 0; i < 5'000; ++i) {
        f += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + '"';
        g += (i == 0 ? "\"y" : ",\"y") + std::to_string(i) + '"';
    }
    const std::string event =
        "{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Computer\":\"h\",";
    write("lists.ndjson",
          event + "\"f\":[" + f + "],\"g\":[" + g + "]}\n" + event + "\"f\":\"ab\",\"g\":\"a\"}\n");
    std::vector<std::string> arguments{
        "scan", path("lists.ndjson"), "--rules", path("ref.yml"), "--format", "ndjson"};
    for (const bool with_store : {false, true}) {
        if (with_store) {
            arguments.insert(arguments.end(), {"--data", path("ref-data")});
        }
        const Ran ran = run(arguments);
        EXPECT_EQ(ran.lines().size(), 1U);
        EXPECT_THAT(ran.err, HasSubstr("Lost                  1 fieldref_bound")) << ran.err;
    }
}

}  // namespace
}  // namespace spoor::app
