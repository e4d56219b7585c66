#include "source/file_identity.hpp"
#include "unit/source/follow_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

namespace spoor::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(FollowSource, HandsOutWholeLinesOnly) {
    FollowedFolder f;
    f.append("{\"a\":1}\n{\"b\"");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}"));
    ASSERT_EQ(f.seen.changes.size(), 1U);
    EXPECT_EQ(f.seen.changes[0].start.partition, "file:" + f.path());
    f.append(":2}\n");
    EXPECT_FALSE(f.source().health().state != source::SourceState::healthy);
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"b\":2}"));
    EXPECT_EQ(f.seen.records[1].position, 8);
    EXPECT_EQ(f.seen.records[0].origin, f.seen.records[1].origin);
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, NoOriginBeforeTheFirstLineIsComplete) {
    FollowedFolder f;
    f.append("{\"a\"");
    f.open();
    EXPECT_THAT(f.settled_texts(), IsEmpty());
    EXPECT_EQ(f.seen.checkpoint().at(0).origin, "file:" + f.path());
    f.open();  // a restart at that point
    f.append(":1}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}"));
    EXPECT_EQ(f.seen.checkpoint().at(0).next, 8);
}

TEST(FollowSource, WaitsForAFileThatIsNotThereYet) {
    FollowedFolder f;
    f.open();
    EXPECT_THAT(f.settled_texts(), IsEmpty());
    EXPECT_TRUE(f.source().health().at_end);
    f.append("{\"a\":1}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}"));
}

TEST(FollowSource, StartsAtTheEndIfAskedTo) {
    FollowedFolder f;
    f.append("{\"a\":1}\n{\"b\":2}\n{\"c\"");
    f.file().start = config::File::Start::end;
    f.open();
    EXPECT_THAT(f.settled_texts(), IsEmpty());
    f.append(":3}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"c\":3}"));
    EXPECT_EQ(f.seen.records[0].position, 16);
    f.rotate();
    f.append("{\"d\":4}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"d\":4}"));
    // A restart goes on where it was, not at the end.
    f.append("{\"e\":5}\n");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"e\":5}"));
}

TEST(FollowSource, RotationByRename) {
    FollowedFolder f;
    f.append("{\"a\":1}\n");
    f.open();
    f.settle();
    f.append("{\"a\":2}\n{\"a\":\"half");
    f.rotate();
    f.settle();
    EXPECT_EQ(f.seen.records.size(), 2U);  // the new file is empty: the old may still grow
    f.append(" and half\"}\n", "app.json.1");
    f.append("{\"b\":1}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":\"half and half\"}", "{\"b\":1}"));
    EXPECT_EQ(f.seen.records[3].position, 0);
    EXPECT_NE(f.seen.records[3].origin, f.seen.records[2].origin);
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, PartialLastLineIsHandedOutWhenTheFileIsDone) {
    FollowedFolder f;
    f.append("{\"a\":1}\n{\"a\":2}");
    f.open();
    f.settle();
    f.rotate();
    f.append("{\"b\":1}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":2}", "{\"b\":1}"));
    // A file whose only line was never ended.
    f.rotate();
    f.write("app.json", "{\"c\":1}");
    f.rotate();
    f.append("{\"d\":1}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"c\":1}", "{\"d\":1}"));
}

TEST(FollowSource, SeveralRotationsBetweenTwoPolls) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    for (int n = 1; n < 6; ++n) {
        f.append("{\"more\":" + std::to_string(n) + "}\n");
        f.rotate();
        f.append("{\"n\":" + std::to_string(n) + "}\n");
    }
    EXPECT_THAT(f.settled_texts(),
                ElementsAre("{\"more\":1}",
                            "{\"n\":1}",
                            "{\"more\":2}",
                            "{\"n\":2}",
                            "{\"more\":3}",
                            "{\"n\":3}",
                            "{\"more\":4}",
                            "{\"n\":4}",
                            "{\"more\":5}",
                            "{\"n\":5}"));
}

TEST(FollowSource, RotationsWhileNobodyReadsAlsoCompressed) {
    FollowedFolder f;
    f.append("{\"n\":0}\n{\"n\":1}\n");
    f.open();
    f.settle();
    f.append("{\"n\":2}\n");
    f.rotate();
    f.append("{\"n\":3}\n");
    f.rotate();
    f.append("{\"n\":4}\n");
    f.compress("app.json.2");
    f.compress("app.json.1");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"n\":2}", "{\"n\":3}", "{\"n\":4}"));
    EXPECT_EQ(f.seen.records[2].origin, f.seen.records[0].origin);
    EXPECT_EQ(f.seen.records[2].position, 16);
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, DatedRotation) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    f.append("{\"n\":1}\n");
    f.move("app.json", "app-20260130.json");
    f.append("{\"n\":2}\n");
    f.settle();
    f.append("{\"n\":3}\n");
    f.move("app.json", "app.json-20260131");
    f.append("{\"n\":4}\n");
    f.open();
    f.settle();
    EXPECT_THAT(f.seen.texts(),
                ElementsAre("{\"n\":0}", "{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}"));
}

TEST(FollowSource, SameFirstLineInEveryFile) {
    FollowedFolder f;
    f.append("{\"header\":1}\n{\"n\":0}\n");
    f.open();
    f.settle();
    for (int n = 1; n < 4; ++n) {
        f.append("{\"m\":" + std::to_string(n) + "}\n");
        f.rotate();
        f.append("{\"header\":1}\n{\"n\":" + std::to_string(n) + "}\n");
        if (n == 2) {
            f.settle();
        }
        f.open();
    }
    f.settle();
    std::set<std::pair<std::string, std::int64_t>> refs;
    for (const auto& record : f.seen.records) {
        refs.emplace(record.origin, record.position);
    }
    EXPECT_EQ(refs.size(), f.seen.records.size());
    EXPECT_EQ(f.seen.records.size(), 11U);
    EXPECT_THAT(f.seen.records.back().origin, ::testing::EndsWith(".4"));
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, CopyAndTruncate) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    f.append("{\"n\":1}\n");  // not seen before the cut: only in the copy
    f.copy_and_truncate();
    f.append("{\"n\":2}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"n\":1}", "{\"n\":2}"));
    EXPECT_EQ(f.seen.records[1].origin, f.seen.records[0].origin);
    EXPECT_NE(f.seen.records[2].origin, f.seen.records[0].origin);
    EXPECT_EQ(f.seen.records[2].position, 0);
    // While nobody reads.
    f.append("{\"n\":3}\n");
    f.copy_and_truncate();
    f.append("{\"n\":4}\n");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"n\":3}", "{\"n\":4}"));
    EXPECT_TRUE(f.seen.losses.empty());
}

// The copy is done, but its name says that it came after the file that is renamed later.
TEST(FollowSource, CopyAndTruncateThenRenameReadsTheCopyOnce) {
    FollowedFolder f;
    f.append("{\"n\":0}\n{\"n\":1}\n");
    f.open();
    f.settle();
    f.copy_and_truncate();
    f.append("{\"n\":2}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"n\":2}"));
    std::filesystem::rename(f.path(), f.path() + ".2");
    f.append("{\"n\":3}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"n\":3}"));
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, TruncatedWithoutACopyIsCounted) {
    FollowedFolder f;
    f.append("{\"n\":0}\n{\"n\":1}\n");
    f.open();
    f.settle();
    f.write("app.json", "{\"m\":0}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"m\":0}"));
    EXPECT_EQ(f.seen.losses.get("file_truncated"), 1U);
    // Written again beyond where we were, before anyone looked.
    f.write("app.json", "{\"k\":0}\n{\"k\":1}\n{\"k\":2}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"k\":0}", "{\"k\":1}", "{\"k\":2}"));
    EXPECT_EQ(f.seen.losses.get("file_truncated"), 2U);
    std::set<std::string> origins;
    for (const auto& record : f.seen.records) {
        origins.insert(record.origin);
    }
    EXPECT_EQ(origins.size(), 3U);
}

TEST(FollowSource, FileOfTheCheckpointIsGone) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    f.remove("app.json");
    f.append("{\"m\":0}\n");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"m\":0}"));
    EXPECT_EQ(f.seen.losses.get("file_gap"), 1U);
    EXPECT_NE(f.seen.records[0].origin, f.seen.records[1].origin);
}

TEST(FollowSource, DeletedFileIsReadToItsEndAndTheNextIsTaken) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    f.append("{\"n\":1}\n");
    f.remove("app.json");
    f.settle();
    f.append("{\"m\":0}\n");
    f.settle();
    EXPECT_THAT(f.seen.texts(), ElementsAre("{\"n\":0}", "{\"n\":1}", "{\"m\":0}"));
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, LateWriterToARotatedFileIsCounted) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    f.rotate();
    f.append("{\"m\":0}\n");
    f.settle();
    f.append("{\"late\":1}\n", "app.json.1");
    f.settle();
    EXPECT_EQ(f.seen.losses.get("file_late_bytes"), 11U);
}

TEST(FollowSource, PatternFollowsEachMatchAsItsOwnPartition) {
    FollowedFolder f("*.json*");
    f.append("{\"a\":1}\n", "a.json");
    f.append("{\"b\":0}\n", "b.json.1");  // older than b.json, and the pattern asks for it
    f.append("{\"b\":1}\n", "b.json");
    f.append("no\n", "c.txt");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}", "{\"b\":0}", "{\"b\":1}"));
    EXPECT_EQ(f.seen.positions.size(), 2U);
    f.append("{\"d\":1}\n", "d.json");
    f.append("{\"a\":2}\n", "a.json");
    f.clock().advance(std::chrono::seconds{2});
    EXPECT_THAT(f.settled_texts(), ::testing::UnorderedElementsAre("{\"d\":1}", "{\"a\":2}"));
    EXPECT_EQ(f.seen.positions.size(), 3U);
    // A rotation makes no new partition; a restart knows them all.
    f.move("a.json", "a.json.1");
    f.append("{\"a\":3}\n", "a.json");
    f.append("{\"d\":2}\n", "d.json");
    f.open();
    EXPECT_THAT(f.settled_texts(), ::testing::UnorderedElementsAre("{\"a\":3}", "{\"d\":2}"));
    EXPECT_EQ(f.seen.positions.size(), 3U);
    EXPECT_TRUE(f.seen.losses.empty());
}

TEST(FollowSource, FollowedFilesWithTheSameFirstLineDoNotShareRefs) {
    FollowedFolder f("*.json");
    f.append("{\"h\":1}\n", "a.json");
    f.append("{\"h\":1}\n", "b.json");
    f.open();
    f.settle();
    ASSERT_EQ(f.seen.records.size(), 2U);
    EXPECT_NE(f.seen.records[0].origin, f.seen.records[1].origin);
}

TEST(FollowSource, TooLargeLineAndRestartBehindIt) {
    FollowedFolder f;
    f.append("{\"a\":1}\n" + std::string(5 * 1024 * 1024, 'x'));
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}"));
    EXPECT_EQ(f.seen.checkpoint().at(0).next, 8);
    f.append("y\n{\"b\":1}\n");
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"b\":1}"));
    ASSERT_EQ(f.seen.unusable.size(), 1U);
    EXPECT_EQ(f.seen.unusable[0].position, 8);
    f.append("{\"c\":1}\n");
    f.open();
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"c\":1}"));
    EXPECT_EQ(f.seen.unusable.size(), 1U);
}

TEST(FollowSource, TornCompressedSiblingIsSaidOnce) {
    FollowedFolder f;
    f.append("{\"n\":0}\n");
    f.open();
    f.settle();
    std::string lines = f.read();
    for (int i = 0; i < 2000; ++i) {
        lines += "{\"n\":" + std::to_string(i * 7919 % 2003) + "}\n";
    }
    f.remove("app.json");
    const std::string packed = gzip(lines);
    f.write("app.json.1.gz", packed.substr(0, packed.size() / 2));
    f.append("{\"m\":1}\n");
    f.open();
    f.settle();
    EXPECT_EQ(f.seen.unusable.size(), 1U);
    EXPECT_EQ(f.seen.records.back().text, "{\"m\":1}");
    f.open();
    f.settle();
    EXPECT_EQ(f.seen.unusable.size(), 1U);
}

TEST(FollowSource, UnreadableFileIsTroubleAndNotTheEnd) {
    if (::geteuid() == 0) {
        // Permissions do not stop this user: a folder in the file's place does.
        FollowedFolder f;
        std::filesystem::create_directory(f.path());
        f.open();
        f.poll();
        EXPECT_EQ(f.source().health().state, source::SourceState::degraded);
        EXPECT_FALSE(f.source().health().at_end);
        std::filesystem::remove(f.path());
        f.append("{\"a\":1}\n");
        EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}"));
        EXPECT_EQ(f.source().health().state, source::SourceState::healthy);
        return;
    }
    FollowedFolder f;
    f.append("{\"a\":1}\n");
    std::filesystem::permissions(f.path(), std::filesystem::perms::none);
    f.open();
    f.poll();
    EXPECT_FALSE(f.source().health().at_end);
    EXPECT_THAT(f.source().health().detail, HasSubstr("ermission"));
    std::filesystem::permissions(f.path(), std::filesystem::perms::owner_all);
    EXPECT_THAT(f.settled_texts(), ElementsAre("{\"a\":1}"));
}

TEST(FollowSource, PatternInAFolderIsRefused) {
    OriginTable origins;
    const auto source =
        source::make_follow_source({"/var/*/app.json", config::File::Start::beginning}, origins);
    EXPECT_FALSE(source->open({}).has_value());
}

TEST(FileIdentity, RotatedNames) {
    using source::is_rotated_name;
    for (const auto name : {"app.json.1",
                            "app.json.12.gz",
                            "app.json-20260131",
                            "app.json.2026-01-31.zst",
                            "app-20260131.json",
                            "app-20260131.json.gz",
                            "app.1.json",
                            "app.json-20260131.2"}) {
        EXPECT_TRUE(is_rotated_name(name, "app.json")) << name;
    }
    for (const auto name : {"app.json",
                            "app.json.gz",
                            "app.json.bak",
                            "app2.json",
                            "app-1.json",
                            "app-prod.json",
                            "xapp.json.1",
                            "app.json.",
                            "app.json.1.tmp"}) {
        EXPECT_FALSE(is_rotated_name(name, "app.json")) << name;
    }
}

TEST(FileIdentity, OriginsReadBack) {
    const source::IncarnationId id{"00112233445566778899aabbccddeeff", 7, 42};
    const auto back = source::parse_origin(source::resume_origin(id, "/var/log/app.json"));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->hash, id.hash);
    EXPECT_EQ(back->generation, 7U);
    EXPECT_EQ(back->inode, 42U);
    EXPECT_FALSE(source::parse_origin("file:/var/log/app.json").has_value());
    EXPECT_FALSE(source::parse_origin("kafka:x").has_value());
    EXPECT_FALSE(
        source::parse_origin("file:00112233445566778899aabbccddeeff~0123456789ab.x").has_value());
}

}  // namespace
}  // namespace spoor::test
