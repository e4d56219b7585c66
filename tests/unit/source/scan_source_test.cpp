#include "base/hash.hpp"
#include "source/file_source.hpp"
#include "support/process.hpp"
#include "unit/source/file_support.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace spoor::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string origin_of(std::string_view first_line) {
    return "file:" + to_hex(digest128(first_line));
}

class ScanSourceTest : public ::testing::Test {
protected:
    std::string file(std::string_view name, std::string_view bytes) {
        const auto path = dir_ / name;
        std::filesystem::create_directories(path.parent_path());
        write_file(path, bytes);
        return path.string();
    }

    PollKeeper scan(std::vector<std::string> paths) {
        auto source = source::make_scan_source(std::move(paths), origins_, options_);
        EXPECT_TRUE(source->open({}));
        PollKeeper keeper(origins_);
        keeper.drain(*source);
        detail_ = source->health().detail;
        return keeper;
    }

    TempDir dir_;
    OriginTable origins_;
    source::ScanOptions options_;
    std::string detail_;
};

TEST_F(ScanSourceTest, LinesWithPositions) {
    const auto seen = scan({file("a.json", "{\"a\":1}\n\n{\"b\":2}\r\n  \n{\"c\":3}")});
    const std::string origin = origin_of("{\"a\":1}");
    EXPECT_THAT(seen.records,
                ElementsAre(SeenRecord{origin, 0, "{\"a\":1}"},
                            SeenRecord{origin, 9, "{\"b\":2}"},
                            SeenRecord{origin, 21, "{\"c\":3}"}));
    ASSERT_EQ(seen.changes.size(), 1U);
    EXPECT_EQ(seen.changes[0].start.partition, "scan");
    EXPECT_EQ(seen.positions.at("scan"), (Position{"scan", origin, 28}));
    EXPECT_TRUE(seen.losses.empty());
}

// Of a record its first line, blank lines counted, whatever the form and however it is packed.
TEST_F(ScanSourceTest, RecordsHaveTheirLines) {
    const std::string large = "{\"a\":\"" + std::string(5 * 1024 * 1024, 'x') + "\"}";
    const std::string text = "\n{\"a\":1}\n\n  \r\n{\"b\":2}\r\nno\n" + large + "\n{}\n{\"e";
    for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
        const auto seen = scan({file("a", bytes), file("b", "{}\n{}\n")});
        EXPECT_THAT(seen.lines, ElementsAre(2, 5, 6, 8, 9, 1, 2));
        EXPECT_THAT(seen.unusable_lines, ElementsAre(7));
    }
    const auto values = scan({file(
        "v.json",
        "[\n{\"a\":\n1},\n\n{\"b\":2}, {\"c\":3},\n{\n\"l\":\"" + large + "\"\n},\n{\"d\":4}\n]")});
    EXPECT_THAT(values.lines.front(), 2U);
    EXPECT_THAT(values.lines[1], 5U);
    EXPECT_THAT(values.lines[2], 5U);
    EXPECT_THAT(values.lines.back(), 9U);
}

// Of an array cut off between two elements nothing else would tell that the rest is missing.
TEST_F(ScanSourceTest, ArrayThatIsNotClosedIsSaidOnce) {
    const std::string large = "{\"a\":\"" + std::string(5 * 1024 * 1024, 'x');
    for (const std::string text : {"[{\"a\":1},\n{\"b\":2}",
                                   "[{\"a\":1},\n{\"b\":2},\n",
                                   "[",
                                   "[\n ",
                                   "[{\"a\":1},\n{\"b",

                                   "[{\"a\":[1",
                                   "[{\"a\":1},\n{\"b\":2\n",
                                   "[{\"l\":1]},\n{\"b\":2},\n",
                                   "[{\"b\":1],\n{\"b\":2}",
                                   "[{\"l\":1},nul[0],\n{\"b\":2},\n",
                                   "[null,{\"b\":2}",
                                   "[\"x]\\\"\" , 5"}) {
        for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
            const auto cut = scan({file("cut.json", bytes), file("next.json", "{}\n")});
            ASSERT_EQ(cut.unusable.size(), 1U) << text;
            EXPECT_EQ(cut.unusable[0].text, "array_cut_off");
            EXPECT_EQ(cut.unusable[0].position, static_cast<std::int64_t>(text.size()));
            EXPECT_THAT(cut.details[0], HasSubstr(fmt::format("ends at byte {} ", text.size())));
            EXPECT_EQ(cut.records.back().text, "{}");
        }
    }
    const auto too_large = scan({file("large.json", "[{\"a\":1}," + large)});
    ASSERT_EQ(too_large.unusable.size(), 2U);
    EXPECT_EQ(too_large.unusable[0].text, "too_large");
    EXPECT_EQ(too_large.unusable[1].text, "array_cut_off");
    for (const char* const text :
         {"[{\"a\":1}]\n", "[]", "[{}]\n{\"a\":1}", "[{\"a\":[]}]", "{\"a\":["}) {
        EXPECT_TRUE(scan({file("whole.json", text)}).unusable.empty()) << text;
    }
}

// What is no event takes no other with it, and the array is closed all the same.
TEST_F(ScanSourceTest, BrokenElementsLeaveTheOthers) {
    const auto texts = [&](const std::string& text) {
        const auto seen = scan({file("v.json", text)});
        EXPECT_THAT(seen.unusable, IsEmpty()) << text;
        std::vector<std::string> out;
        for (const auto& record : seen.records) {
            out.push_back(record.text);
        }
        return out;
    };
    EXPECT_THAT(texts("[{\"a\":1},null]\n"), ElementsAre("{\"a\":1}", "null"));
    EXPECT_THAT(texts("[{\"a\":1},null,{\"b\":2}, \"x],\\\"\" ,5\n]"),
                ElementsAre("{\"a\":1}", "null", "{\"b\":2}", "\"x],\\\"\"", "5"));
    EXPECT_THAT(texts("[{\"a\":{\"b\":1},\n{\"c\":2},{\"d\":3}]"),
                ElementsAre("{\"a\":{\"b\":1},", "{\"c\":2}", "{\"d\":3}"));
    EXPECT_THAT(texts("[{\"a\":1},{\"b\":2]"), ElementsAre("{\"a\":1}", "{\"b\":2"));
    EXPECT_THAT(texts("[{\"a\":1},\n{\"b\":\"x\n]"), ElementsAre("{\"a\":1}", "{\"b\":\"x"));
    EXPECT_THAT(texts("{\"a\":1,\n{\"b\":2}\n"), ElementsAre("{\"a\":1,", "{\"b\":2}"));
    EXPECT_THAT(texts("[{\"a\":[1]]},{\"b\":2},{\"b\":3}]"),
                ElementsAre("{\"a\":[1]", "}", "{\"b\":2}", "{\"b\":3}"));
    EXPECT_THAT(texts("[{\"a\":[1},{\"b\":2}]"), ElementsAre("{\"a\":[1}", "{\"b\":2}"));
    EXPECT_THAT(texts("[{\"l\":1]},\nnull,{\"b\":2}]\n"),
                ElementsAre("{\"l\":1", "}", "null", "{\"b\":2}"));
    EXPECT_THAT(texts("[null,{\"b\":2},\n{\"b\":3}]"),
                ElementsAre("null", "{\"b\":2}", "{\"b\":3}"));
    EXPECT_THAT(texts("[{\"a\":1}],\n[{\"b\":2},{\"c\":3}],\n"),
                ElementsAre("{\"a\":1}", "{\"b\":2}", "{\"c\":3}"));
    EXPECT_THAT(texts("[12] a log line, {}\n[13] another\n"),
                ElementsAre("[12] a log line, {}", "[13] another"));
}

TEST_F(ScanSourceTest, ByteOrderMarkIsNoContent) {
    const auto seen = scan({file("a.json", "\xef\xbb\xbf{\"a\":1}\n{}\n")});
    ASSERT_EQ(seen.records.size(), 2U);
    EXPECT_EQ(seen.records[0].position, 3);
    EXPECT_EQ(seen.records[0].text, "{\"a\":1}");
    EXPECT_EQ(seen.records[1].position, 11);
}

TEST_F(ScanSourceTest, CompressionIsToldByContentAndPositionsAreUncompressed) {
    std::string lines;
    for (int i = 0; i < 50000; ++i) {
        lines += "{\"n\":" + std::to_string(i) + ",\"text\":\"some more bytes\"}\n";
    }
    const auto plain = scan({file("plain.gz", lines)});
    ASSERT_EQ(plain.records.size(), 50000U);
    // The same first line makes the same origin: each is scanned by itself.
    EXPECT_EQ(scan({file("b", gzip(lines))}).records, plain.records);
    EXPECT_EQ(scan({file("c.json", zstd(lines))}).records, plain.records);
    EXPECT_EQ(scan({file("d.zst", zstd(lines, 27))}).records, plain.records);
    EXPECT_EQ(scan({file("e", gzip(lines.substr(0, 12345)) + gzip(lines.substr(12345)))}).records,
              plain.records);
    EXPECT_EQ(scan({file("f", zstd(lines.substr(0, 12345)) + zstd(lines.substr(12345)))}).records,
              plain.records);
    EXPECT_EQ(scan({file("g", gzip(lines) + std::string(512, '\0'))}).records, plain.records);
}

TEST_F(ScanSourceTest, TooLargeWindowIsRefusedAndSaid) {
    // A frame header that asks for a window of 2^31: descriptor byte, then exponent 21.
    const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
    const auto seen = scan({file("w.zst", frame), file("x.json", "{}\n")});
    ASSERT_EQ(seen.unusable.size(), 1U);
    EXPECT_EQ(seen.unusable[0].text, "corrupt_compressed");
    EXPECT_EQ(seen.records.size(), 1U);
}

TEST_F(ScanSourceTest, TornAndCorruptDataKeepsWhatCameBefore) {
    std::string lines;
    for (int i = 0; i < 5000; ++i) {
        lines += "{\"n\":" + std::to_string(i * 7919 % 5003) + "}\n";
    }
    const auto whole = scan({file("whole", lines)}).records;
    for (const bool is_zstd : {false, true}) {
        const std::string packed = is_zstd ? zstd(lines) : gzip(lines);
        const auto torn = scan({file("torn", packed.substr(0, packed.size() / 2))});
        ASSERT_EQ(torn.unusable.size(), 1U) << is_zstd;
        EXPECT_EQ(torn.unusable[0].text, "corrupt_compressed");
        ASSERT_LT(torn.records.size(), whole.size());
        EXPECT_TRUE(std::equal(torn.records.begin(), torn.records.end(), whole.begin()));
        const std::int64_t at =
            torn.records.empty()
                ? 0
                : torn.records.back().position +
                      static_cast<std::int64_t>(torn.records.back().text.size()) + 1;
        EXPECT_EQ(torn.unusable[0].position, at);

        std::string broken = packed;
        broken[packed.size() / 2] = static_cast<char>(broken[packed.size() / 2] ^ 0x55);
        broken[packed.size() / 2 + 1] = static_cast<char>(broken[packed.size() / 2 + 1] ^ 0x55);
        const auto corrupt = scan({file("corrupt", broken), file("next", "{\"ok\":1}\n")});
        ASSERT_EQ(corrupt.unusable.size(), 1U) << is_zstd;
        EXPECT_EQ(corrupt.records.back().text, "{\"ok\":1}");
    }
    EXPECT_EQ(scan({file("tail", gzip(lines) + "garbage")}).unusable.size(), 1U);
}

TEST_F(ScanSourceTest, BrokenFileIsSaidWithItsLineAndBothOffsets) {
    const std::string lines = "{\"a\":1}\n{\"b\":2}\n";
    const std::string packed = gzip(lines);
    const auto tail = scan({file("tail", packed + "garbage")});
    ASSERT_EQ(tail.details.size(), 1U);
    EXPECT_THAT(tail.unusable_lines, ElementsAre(3));
    EXPECT_THAT(tail.details[0], HasSubstr("(byte 16 when unpacked)"));
    EXPECT_THAT(tail.details[0], HasSubstr("test it with `gzip -t`"));
    // Where it was noticed: behind the two bytes that should begin another member.
    EXPECT_THAT(tail.details[0],
                HasSubstr("broken gzip data at byte " + std::to_string(packed.size() + 2)));

    const auto torn = scan({file("torn", packed.substr(0, packed.size() - 3))});
    ASSERT_EQ(torn.details.size(), 1U);
    EXPECT_THAT(torn.details[0],
                HasSubstr("the gzip data ends in its middle, at byte " +
                          std::to_string(packed.size() - 3) + " (byte 16 when unpacked)"));
    const std::string frame = zstd(lines);
    const auto zstd_torn = scan({file("torn.zst", frame.substr(0, frame.size() - 2))});
    ASSERT_EQ(zstd_torn.details.size(), 1U);
    EXPECT_THAT(
        zstd_torn.details[0],
        HasSubstr("the zstd data ends in its middle, at byte " + std::to_string(frame.size() - 2)));
    EXPECT_THAT(zstd_torn.details[0], HasSubstr("`zstd -t`"));
}

TEST_F(ScanSourceTest, LineOverTheLimitIsUnusableAndReadingGoesOn) {
    const std::string fits = "{\"a\":\"" + std::string(4 * 1024 * 1024 - 8, 'x') + "\"}";
    const std::string large = fits + " ,";
    ASSERT_EQ(fits.size(), 4U * 1024 * 1024);
    const auto seen =
        scan({file("l.json", "{}\n" + fits + "\r\n" + large + "\n{\"z\":1}\n" + large)});
    ASSERT_EQ(seen.records.size(), 3U);
    EXPECT_EQ(seen.records[1].text, fits);
    EXPECT_EQ(seen.records[2].text, "{\"z\":1}");
    ASSERT_EQ(seen.unusable.size(), 2U);
    EXPECT_EQ(seen.unusable[0].text, "too_large");
    EXPECT_EQ(seen.unusable[0].position, static_cast<std::int64_t>(3 + fits.size() + 2));
    EXPECT_EQ(seen.payloads[0], large.substr(0, 1024 * 1024));
}

TEST_F(ScanSourceTest, FoldersAreReadInSortedOrderAndOnce) {
    file("f/b/2.json", "{\"f\":\"b2\"}\n");
    file("f/a.json", "{\"f\":\"a\"}\n");
    file("f/.hidden", "{\"f\":\"hidden\"}\n");
    file("f/.git/x", "{\"f\":\"hidden\"}\n");
    file("f/b/1.json", "{\"f\":\"b1\"}\n");
    file("f/c.json", "{\"f\":\"c\"}\n");
    const std::string first = file("z.json", "{\"f\":\"z\"}\n");
    const auto seen = scan({first, (dir_ / "f").string(), (dir_ / "f/a.json").string()});
    EXPECT_THAT(
        seen.texts(),
        ElementsAre(
            "{\"f\":\"z\"}", "{\"f\":\"a\"}", "{\"f\":\"b1\"}", "{\"f\":\"b2\"}", "{\"f\":\"c\"}"));
}

TEST_F(ScanSourceTest, SameFirstLineDoesNotMakeTheSameRefs) {
    const auto seen = scan({file("1", "{\"h\":1}\n{\"a\":1}\n"),
                            file("2", gzip("{\"h\":1}\n{\"b\":1}\n")),
                            file("3", "{\"h\":1}")});
    const std::string origin = origin_of("{\"h\":1}");
    EXPECT_THAT(seen.records,
                ElementsAre(SeenRecord{origin, 0, "{\"h\":1}"},
                            SeenRecord{origin, 8, "{\"a\":1}"},
                            SeenRecord{origin + "~2", 0, "{\"h\":1}"},
                            SeenRecord{origin + "~2", 8, "{\"b\":1}"},
                            SeenRecord{origin + "~3", 0, "{\"h\":1}"}));
}

TEST_F(ScanSourceTest, UnreadableFileIsCountedAndTheRestIsRead) {
    const std::string good = file("good", "{\"a\":1}\n");
    const auto seen = scan({(dir_ / "missing.json").string(), good});
    EXPECT_THAT(seen.texts(), ElementsAre("{\"a\":1}"));
    EXPECT_EQ(seen.losses.get("file_unreadable"), 1U);
    EXPECT_THAT(detail_, ::testing::HasSubstr("missing.json: No such file"));
}

TEST_F(ScanSourceTest, EmptyFilesAndNothingAtAll) {
    EXPECT_THAT(scan({file("e", ""), file("n", "\n\n"), file("z", gzip(""))}).records, IsEmpty());
    EXPECT_THAT(scan({}).records, IsEmpty());
}

TEST_F(ScanSourceTest, ArrayFileIsCutIntoItsElements) {
    const std::string bytes =
        "[\n  {\"a\": \"]}\\\"{\"},\n  {\n    \"b\": [1, {\"c\": 2}]\n  }\n,\t{} ]\n";
    const auto seen = scan({file("a.json", bytes)});
    ASSERT_EQ(seen.records.size(), 3U);
    EXPECT_EQ(seen.records[0].text, "{\"a\": \"]}\\\"{\"}");
    EXPECT_EQ(seen.records[0].position, 4);
    EXPECT_EQ(seen.records[1].text, "{\n    \"b\": [1, {\"c\": 2}]\n  }");
    EXPECT_EQ(seen.records[2].text, "{}");
    for (const auto& record : seen.records) {
        EXPECT_EQ(bytes.substr(static_cast<std::size_t>(record.position), record.text.size()),
                  record.text);
    }
}

TEST_F(ScanSourceTest, ArrayOfAnySizeOnOneLine) {
    std::string bytes = "[";
    for (int i = 0; i < 200000; ++i) {
        bytes += (i > 0 ? "," : "") + std::string("{\"n\":") + std::to_string(i) +
                 ",\"pad\":\"0123456789abcdef\"}";
    }
    bytes += "]";
    ASSERT_GT(bytes.size(), 5U * 1024 * 1024);
    const auto seen = scan({file("a.json", bytes)});
    ASSERT_EQ(seen.records.size(), 200000U);
    EXPECT_EQ(seen.records.back().text, "{\"n\":199999,\"pad\":\"0123456789abcdef\"}");
    EXPECT_THAT(seen.unusable, IsEmpty());
}

TEST_F(ScanSourceTest, PrettyPrintedObjects) {
    const auto seen =
        scan({file("p.json", "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n{ \"c\": 2,\n \"d\": 3 }\n")});
    EXPECT_THAT(seen.texts(),
                ElementsAre("{\n  \"a\": {\n    \"b\": 1\n  }\n}", "{ \"c\": 2,\n \"d\": 3 }"));
}

TEST_F(ScanSourceTest, BrokenValueDoesNotTakeItsNeighbours) {
    // A missing bracket, an unclosed text, garbage between values, a wrong bracket.
    const auto seen =
        scan({file("p.json",
                   "[{\"a\":1},\n{\"b\":2\n{\"c\":3},\n{\"d\":\"open},\n{\"e\":5},\nnoise,\n"
                   "{\"f\":6]\n,{\"g\":7}]")});
    EXPECT_THAT(seen.texts(),
                ElementsAre("{\"a\":1}",
                            "{\"b\":2",
                            "{\"c\":3}",
                            "{\"d\":\"open},",
                            "{\"e\":5}",
                            "noise",
                            "{\"f\":6",
                            "{\"g\":7}"));
}

TEST_F(ScanSourceTest, LogLinesThatBeginWithABracketAreLines) {
    EXPECT_THAT(
        scan({file("l.log", "[2026-01-31 12:00:00] hello\n[2026-01-31 12:00:01] world\n")}).texts(),
        ElementsAre("[2026-01-31 12:00:00] hello", "[2026-01-31 12:00:01] world"));
}

TEST_F(ScanSourceTest, ValueOverTheLimitIsUnusableAndReadingGoesOn) {
    const std::string large = "{\n\"a\":\"" + std::string(5 * 1024 * 1024, 'x') + "\"\n}";
    const auto seen = scan({file("l.json", "[\n" + large + ",\n{\"z\":\n1}]")});
    ASSERT_EQ(seen.unusable.size(), 1U);
    EXPECT_EQ(seen.unusable[0].text, "too_large");
    EXPECT_EQ(seen.unusable[0].position, 2);
    EXPECT_THAT(seen.texts(), ElementsAre("{\"z\":\n1}"));
}

TEST_F(ScanSourceTest, StandardInputNeverBlocks) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    options_.stdin_descriptor = ends[0];
    options_.run_id = "run7";
    auto source = source::make_scan_source({"-"}, origins_, options_);
    ASSERT_TRUE(source->open({}));
    EXPECT_FALSE(source->replayable());
    PollKeeper keeper(origins_);
    keeper.poll(*source);
    ASSERT_EQ(keeper.changes.size(), 1U);
    EXPECT_EQ(keeper.changes[0].start.partition, "stdin");
    EXPECT_FALSE(source->health().at_end);
    EXPECT_FALSE(keeper.poll(*source));
    ASSERT_EQ(::write(ends[1], "{\"a\":1}\n{\"b\"", 12), 12);
    EXPECT_TRUE(keeper.poll(*source));
    EXPECT_FALSE(source->health().at_end);
    ASSERT_EQ(::write(ends[1], ":2}", 3), 3);
    ::close(ends[1]);
    keeper.drain(*source);
    ::close(ends[0]);
    EXPECT_THAT(keeper.records,
                ElementsAre(SeenRecord{"stdin:run7", 0, "{\"a\":1}"},
                            SeenRecord{"stdin:run7", 8, "{\"b\":2}"}));
}

TEST_F(ScanSourceTest, CompressedStandardInput) {
    const std::string path = file("in.gz", gzip("{\"a\":1}\n{\"b\":2}\n"));
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    options_.stdin_descriptor = descriptor;
    EXPECT_THAT(scan({"-"}).texts(), ElementsAre("{\"a\":1}", "{\"b\":2}"));
    ::close(descriptor);
}

TEST_F(ScanSourceTest, NamedPipeWaitsForItsWriter) {
    const std::string path = (dir_ / "pipe").string();
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    auto source = source::make_scan_source({path}, origins_, options_);
    EXPECT_FALSE(source->replayable());
    ASSERT_TRUE(source->open({}));
    PollKeeper keeper(origins_);
    for (int i = 0; i < 5; ++i) {
        keeper.poll(*source);
        EXPECT_FALSE(source->health().at_end);
    }
    const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_EQ(::write(writer, "{\"a\":1}\n", 8), 8);
    ::close(writer);
    keeper.drain(*source);
    EXPECT_THAT(keeper.texts(), ElementsAre("{\"a\":1}"));
}

TEST_F(ScanSourceTest, PauseHandsOutNothing) {
    auto source = source::make_scan_source({file("a", "{}\n")}, origins_);
    ASSERT_TRUE(source->open({}));
    PollKeeper keeper(origins_);
    source->pause();
    EXPECT_FALSE(keeper.poll(*source));
    source->resume();
    keeper.drain(*source);
    EXPECT_EQ(keeper.records.size(), 1U);
}

}  // namespace
}  // namespace spoor::test
