// What both stores promise, asked of both.
#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"
#include "unit/store/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MemoryFixture {
public:
    EpochStore& store() { return store_; }

    AlertLog& log() { return store_; }

    Cursors& cursors() { return store_; }

    void reopen() {}  // it outlives the crash

private:
    MemoryStore store_;
};

class SqliteFixture {
public:
    SqliteFixture() { reopen(); }

    EpochStore& store() { return *store_; }

    AlertLog& log() { return *log_; }

    Cursors& cursors() { return *cursors_; }

    void reopen() {
        store_.reset();
        log_.reset();
        cursors_.reset();
        store_ = take(SqliteStore::open(folder_.path()));
        log_ = take(SqliteAlertLog::open(folder_.path()));
        cursors_ = take(SqliteCursors::open(folder_.path()));
    }

private:
    template <class T>
    static T take(Result<T> result) {
        EXPECT_TRUE(result) << result.error().detail;
        return std::move(result).value();
    }

    TemporaryFolder folder_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<SqliteAlertLog> log_;
    std::unique_ptr<SqliteCursors> cursors_;
};

template <class Fixture>
class StoreConformance : public ::testing::Test {
protected:
    CommitInfo commit(const Epoch& epoch) {
        auto info = fixture_.store().commit(epoch);
        EXPECT_TRUE(info) << info.error().detail;
        return info ? *info : CommitInfo{};
    }

    Checkpoint checkpoint() {
        auto loaded = fixture_.store().load();
        EXPECT_TRUE(loaded) << loaded.error().detail;
        return loaded ? *loaded : Checkpoint{};
    }

    std::vector<alert::StateRow> rows(std::string_view detector, std::uint32_t version = 1) {
        std::vector<alert::StateRow> out;
        auto discarded = fixture_.store().load_rows(
            detector, version, [&](alert::StateRow&& row) { out.push_back(std::move(row)); });
        EXPECT_TRUE(discarded) << discarded.error().detail;
        return out;
    }

    std::vector<LoggedAlert> logged(std::uint64_t after = 0, std::size_t limit = 1000) {
        auto read = fixture_.log().read(after, limit);
        EXPECT_TRUE(read) << read.error().detail;
        return read ? *read : std::vector<LoggedAlert>{};
    }

    Retained retain(Timestamp now,
                    const config::Store& limits,
                    std::uint64_t min_cursor = no_sinks,
                    std::size_t max_rows = 1000) {
        auto retained = fixture_.store().retain(now, limits, min_cursor, max_rows);
        EXPECT_TRUE(retained) << retained.error().detail;
        return retained ? *retained : Retained{};
    }

    Fixture fixture_;
};

using Fixtures = ::testing::Types<MemoryFixture, SqliteFixture>;

class FixtureName {
public:
    template <class T>
    static std::string GetName(int /*index*/) {
        return std::is_same_v<T, MemoryFixture> ? "Memory" : "Sqlite";
    }
};

TYPED_TEST_SUITE(StoreConformance, Fixtures, FixtureName);

TYPED_TEST(StoreConformance, ANewStoreIsEmpty) {
    EXPECT_EQ(this->fixture_.store().store_id().size(), 32U);
    const Checkpoint loaded = this->checkpoint();
    EXPECT_EQ(loaded.epoch, 0U);
    EXPECT_THAT(loaded.positions, IsEmpty());
    EXPECT_THAT(loaded.watermarks, IsEmpty());
    EXPECT_TRUE(loaded.counters.empty());
    EXPECT_EQ(this->fixture_.log().last_sequence().value(), 0U);
    EXPECT_EQ(this->fixture_.log().first_sequence().value(), 0U);
    EXPECT_THAT(this->logged(), IsEmpty());
    EXPECT_EQ(this->fixture_.cursors().cursor("redis").value(), 0U);
}

TYPED_TEST(StoreConformance, AnEpochComesBackWhole) {
    const std::string id = this->fixture_.store().store_id();
    Epoch epoch = make_epoch(1);
    epoch.alerts = {make_alert(1), make_alert(2)};
    epoch.rows = {make_row("behavior", "p0", "h1", "bytes")};
    epoch.positions = {{"kafka:C/T/0", "kafka:C/T/0", 17}, {"file:/a", "file:abc", 1234}};
    epoch.watermarks = {{"kafka:C/T/0", at_second(5)}};
    epoch.counters.add("events_evaluated", 40);
    const CommitInfo info = this->commit(epoch);
    EXPECT_EQ(info.new_alerts, 2U);
    EXPECT_EQ(info.repeated_alerts, 0U);
    EXPECT_GT(info.bytes, 0U);

    this->fixture_.reopen();
    EXPECT_EQ(this->fixture_.store().store_id(), id);
    const Checkpoint loaded = this->checkpoint();
    EXPECT_EQ(loaded.epoch, 1U);
    EXPECT_THAT(loaded.positions,
                ElementsAre(Position{"file:/a", "file:abc", 1234},
                            Position{"kafka:C/T/0", "kafka:C/T/0", 17}));
    ASSERT_EQ(loaded.watermarks.size(), 1U);
    EXPECT_EQ(loaded.watermarks[0].partition, "kafka:C/T/0");
    EXPECT_EQ(loaded.watermarks[0].newest, at_second(5));
    EXPECT_EQ(loaded.counters.get("events_evaluated"), 40U);
    EXPECT_THAT(this->rows("behavior"), ElementsAre(epoch.rows[0]));

    const std::vector<LoggedAlert> alerts = this->logged();
    ASSERT_EQ(alerts.size(), 2U);
    EXPECT_EQ(alerts[0].sequence, 1U);
    EXPECT_EQ(alerts[0].id, epoch.alerts[0].id);
    EXPECT_EQ(alerts[0].time, epoch.alerts[0].time);
    EXPECT_EQ(alerts[0].level, epoch.alerts[0].level);
    EXPECT_EQ(alerts[0].host, "host-1");
    EXPECT_EQ(alerts[0].rule_id, "spoor.rule-1");
    EXPECT_EQ(alerts[0].techniques, "T1041 T1059.001");
    EXPECT_EQ(alerts[0].json, epoch.alerts[0].json);
    EXPECT_EQ(alerts[1].sequence, 2U);
}

TYPED_TEST(StoreConformance, EpochNumbersGrowByOne) {
    EXPECT_EQ(this->fixture_.store().commit(make_epoch(2)).error().code, Errc::invalid_argument);
    EXPECT_EQ(this->fixture_.store().commit(make_epoch(0)).error().code, Errc::invalid_argument);
    this->commit(make_epoch(1));
    EXPECT_EQ(this->fixture_.store().commit(make_epoch(1)).error().code, Errc::invalid_argument);
    this->commit(make_epoch(2));
    EXPECT_EQ(this->checkpoint().epoch, 2U);
}

TYPED_TEST(StoreConformance, TheSameAlertIsKeptOnceAndOtherBytesAreReported) {
    Epoch epoch = make_epoch(1);
    epoch.alerts = {make_alert(1), make_alert(2), make_alert(1)};  // a repeat inside the epoch
    CommitInfo info = this->commit(epoch);
    EXPECT_EQ(info.new_alerts, 2U);
    EXPECT_EQ(info.repeated_alerts, 1U);

    epoch = make_epoch(2);
    epoch.alerts = {make_alert(2), make_alert(1, " forged"), make_alert(3), make_alert(2, " too")};
    info = this->commit(epoch);
    EXPECT_EQ(info.new_alerts, 1U);
    EXPECT_EQ(info.repeated_alerts, 1U);
    EXPECT_EQ(info.conflicting_alerts, 2U);
    EXPECT_THAT(info.conflict, ::testing::HasSubstr(make_alert(1).id));

    const std::vector<LoggedAlert> alerts = this->logged();
    ASSERT_EQ(alerts.size(), 3U);
    EXPECT_EQ(alerts[0].json, make_alert(1).json);  // the first stays
    EXPECT_EQ(alerts[2].sequence, 3U);              // no hole for those not taken
    const Checkpoint loaded = this->checkpoint();
    EXPECT_EQ(loaded.counters.get("alerts_repeated"), 2U);
    EXPECT_EQ(loaded.counters.get("alerts_conflicting"), 2U);
}

TYPED_TEST(StoreConformance, ALetterIsKeptOnce) {
    Epoch epoch = make_epoch(1);
    epoch.dead_letters = {make_letter(1), make_letter(2)};
    EXPECT_EQ(this->commit(epoch).repeated_letters, 0U);
    epoch = make_epoch(2);
    epoch.dead_letters = {make_letter(2), make_letter(3)};
    EXPECT_EQ(this->commit(epoch).repeated_letters, 1U);
    EXPECT_EQ(this->checkpoint().counters.get("dead_letters_repeated"), 1U);
}

TYPED_TEST(StoreConformance, RowsAreReplacedDeletedAndTheLaterOfTwoCounts) {
    Epoch epoch = make_epoch(1);
    epoch.rows = {make_row("a", "p0", "h1", "1"),
                  make_row("a", "p1", "h1", "2"),
                  make_row("a", "p0", "h2", "3"),
                  make_row("b", "p0", "h1", "4")};
    this->commit(epoch);
    epoch = make_epoch(2);
    epoch.rows = {make_row("a", "p0", "h2", ""),
                  make_row("a", "p0", "h1", "5"),
                  make_row("a", "p0", "h3", "6"),
                  make_row("a", "p0", "h1", "7"),
                  make_row("a", "p0", "never", "")};
    this->commit(epoch);
    this->fixture_.reopen();
    EXPECT_THAT(this->rows("a"),
                ::testing::UnorderedElementsAre(make_row("a", "p0", "h1", "7"),
                                                make_row("a", "p0", "h3", "6"),
                                                make_row("a", "p1", "h1", "2")));
    EXPECT_THAT(this->rows("b"), ElementsAre(make_row("b", "p0", "h1", "4")));
    EXPECT_THAT(this->rows("c"), IsEmpty());
}

TYPED_TEST(StoreConformance, RowsOfAnotherVersionAreDiscardedAndCounted) {
    Epoch epoch = make_epoch(1);
    epoch.rows = {make_row("a", "p0", "h1", "1", 1),
                  make_row("a", "p0", "h2", "2", 2),
                  make_row("b", "p0", "h1", "3", 1)};
    this->commit(epoch);
    std::vector<alert::StateRow> taken;
    const auto take = [&](alert::StateRow&& row) { taken.push_back(std::move(row)); };
    EXPECT_EQ(this->fixture_.store().load_rows("a", 2, take).value(), 1U);
    EXPECT_THAT(taken, ElementsAre(make_row("a", "p0", "h2", "2", 2)));
    EXPECT_EQ(this->fixture_.store().load_rows("a", 1, take).value(), 1U);
    EXPECT_THAT(this->rows("b"), ElementsAre(make_row("b", "p0", "h1", "3", 1)));
    EXPECT_EQ(this->checkpoint().counters.get("state_rows_discarded"), 2U);
}

TYPED_TEST(StoreConformance, ADroppedPartitionLosesItsRowsBeforeNewOnesAreWritten) {
    Epoch epoch = make_epoch(1);
    epoch.rows = {make_row("a", "p0", "h1", "1"),
                  make_row("b", "p0", "h1", "2"),
                  make_row("a", "p1", "h1", "3")};
    epoch.positions = {{"p0", "p0", 10}, {"p1", "p1", 20}};
    epoch.watermarks = {{"p0", at_second(1)}, {"p1", at_second(2)}};
    this->commit(epoch);
    epoch = make_epoch(2);
    epoch.dropped_partitions = {"p0", "never-seen"};
    epoch.rows = {make_row("a", "p0", "h9", "4")};
    this->commit(epoch);
    EXPECT_THAT(this->rows("a"),
                ::testing::UnorderedElementsAre(make_row("a", "p0", "h9", "4"),
                                                make_row("a", "p1", "h1", "3")));
    EXPECT_THAT(this->rows("b"), IsEmpty());
    const Checkpoint loaded = this->checkpoint();
    EXPECT_EQ(loaded.positions.size(), 2U);  // positions stand
    ASSERT_EQ(loaded.watermarks.size(), 1U);
    EXPECT_EQ(loaded.watermarks[0].partition, "p1");
}

TYPED_TEST(StoreConformance, ADroppedDetectorLosesItsRowsBeforeNewOnesAreWritten) {
    Epoch epoch = make_epoch(1);
    epoch.rows = {
        make_row("a", "p0", "h1", "1"), make_row("a", "", "", "2"), make_row("b", "p0", "h1", "3")};
    this->commit(epoch);
    epoch = make_epoch(2);
    epoch.dropped_detectors = {"a", "never-seen"};
    epoch.rows = {make_row("a", "p0", "h9", "4")};
    this->commit(epoch);
    EXPECT_THAT(this->rows("a"), ::testing::UnorderedElementsAre(make_row("a", "p0", "h9", "4")));
    EXPECT_THAT(this->rows("b"), ::testing::UnorderedElementsAre(make_row("b", "p0", "h1", "3")));
}

TYPED_TEST(StoreConformance, PositionsAreReplacedAndOthersStand) {
    Epoch epoch = make_epoch(1);
    epoch.positions = {{"p0", "o1", 10}, {"p1", "p1", 20}};
    epoch.counters.add("n", 1);
    this->commit(epoch);
    epoch = make_epoch(2);
    epoch.positions = {{"p0", "o2", 5}};
    epoch.counters.add("n", 2);
    this->commit(epoch);
    const Checkpoint loaded = this->checkpoint();
    EXPECT_THAT(loaded.positions, ElementsAre(Position{"p0", "o2", 5}, Position{"p1", "p1", 20}));
    EXPECT_EQ(loaded.counters.get("n"), 3U);
}

TYPED_TEST(StoreConformance, TheLogIsReadInOrderFromAnywhere) {
    for (std::uint64_t e = 1; e <= 3; ++e) {
        Epoch epoch = make_epoch(e);
        for (std::uint64_t i = 0; i < 4; ++i) {
            epoch.alerts.push_back(make_alert(e * 10 + i));
        }
        this->commit(epoch);
    }
    EXPECT_EQ(this->fixture_.log().last_sequence().value(), 12U);
    EXPECT_EQ(this->fixture_.log().first_sequence().value(), 1U);
    const std::vector<LoggedAlert> some = this->logged(3, 5);
    ASSERT_EQ(some.size(), 5U);
    EXPECT_EQ(some.front().sequence, 4U);
    EXPECT_EQ(some.back().sequence, 8U);
    EXPECT_EQ(some.back().id, make_alert(23).id);
    EXPECT_THAT(this->logged(12), IsEmpty());
    EXPECT_THAT(this->logged(99), IsEmpty());
}

TYPED_TEST(StoreConformance, AlertsWithoutTimeOrTextsAreKept) {
    Epoch epoch = make_epoch(1);
    alert::Alert bare;
    bare.id = alert::make_id("x", "1", "", "");
    epoch.alerts = {bare};
    this->commit(epoch);
    const std::vector<LoggedAlert> alerts = this->logged();
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].time, no_time);
    EXPECT_EQ(alerts[0].json, "");
}

TYPED_TEST(StoreConformance, RetentionByAgeCutsTheFrontInSteps) {
    for (std::uint64_t e = 1; e <= 10; ++e) {
        Epoch epoch = make_epoch(e);  // stored at 100,000 s + e
        epoch.alerts = {make_alert(e)};
        epoch.dead_letters = {make_letter(e)};
        this->commit(epoch);
    }
    config::Store limits;
    limits.retention = std::chrono::seconds{10};
    limits.dead_letter_retention = std::chrono::seconds{8};
    EXPECT_EQ(this->retain(at_second(100'011), limits).alerts, 0U);
    Retained step = this->retain(at_second(100'016), limits, no_sinks, 3);
    EXPECT_EQ(step.alerts, 3U);
    EXPECT_EQ(step.dead_letters, 3U);
    EXPECT_EQ(step.unsent_alerts, 0U);
    EXPECT_TRUE(step.more);
    step = this->retain(at_second(100'016), limits, no_sinks, 3);
    EXPECT_EQ(step.alerts, 2U);
    EXPECT_EQ(step.dead_letters, 2U);
    EXPECT_FALSE(step.more);
    EXPECT_EQ(this->fixture_.log().first_sequence().value(), 6U);
    const Checkpoint loaded = this->checkpoint();
    EXPECT_EQ(loaded.counters.get("retention_alerts"), 5U);
    EXPECT_EQ(loaded.counters.get("retention_dead_letters"), 7U);
    EXPECT_EQ(loaded.counters.get("outbox_gap_alerts"), 0U);
}

TYPED_TEST(StoreConformance, RetentionBySizeKeepsTheNewest) {
    Epoch epoch = make_epoch(1);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        epoch.alerts.push_back(make_alert(i, std::string(1000, 'x')));
    }
    this->commit(epoch);
    config::Store limits;
    limits.max_bytes = 30'000;
    const Retained step = this->retain(no_time, limits);
    EXPECT_GT(step.alerts, 70U);
    EXPECT_LT(step.alerts, 80U);
    EXPECT_FALSE(step.more);
    EXPECT_EQ(this->logged().size(), 100 - step.alerts);
    EXPECT_EQ(this->retain(no_time, limits).alerts, 0U);
    limits.max_bytes = 0;
    this->retain(no_time, limits);
    EXPECT_EQ(this->fixture_.log().first_sequence().value(), 0U);
    EXPECT_EQ(this->fixture_.log().last_sequence().value(), 100U);
    // Sequences are never used twice, not even after a restart of an emptied store.
    this->fixture_.reopen();
    epoch = make_epoch(2);
    epoch.alerts = {make_alert(500)};
    this->commit(epoch);
    EXPECT_EQ(this->logged().at(0).sequence, 101U);
}

TYPED_TEST(StoreConformance, RetentionSparesTheUnsentUpToALimitThenCountsTheGap) {
    Epoch epoch = make_epoch(1);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        epoch.alerts.push_back(make_alert(i, std::string(1000, 'x')));
    }
    this->commit(epoch);
    config::Store limits;
    limits.max_bytes = 10'000;
    limits.unsent_max_bytes = 1'000'000;
    EXPECT_EQ(this->retain(no_time, limits, 20).alerts, 20U);
    EXPECT_EQ(this->retain(no_time, limits, 20).alerts, 0U);
    limits.unsent_max_bytes = 50'000;
    const Retained step = this->retain(no_time, limits, 20);
    EXPECT_GT(step.unsent_alerts, 30U);
    EXPECT_EQ(step.unsent_alerts, step.alerts);
    EXPECT_EQ(this->checkpoint().counters.get("outbox_gap_alerts"), step.alerts);
}

TYPED_TEST(StoreConformance, AnAlertThatRetentionTookMayComeAgain) {
    Epoch epoch = make_epoch(1);
    epoch.alerts = {make_alert(1)};
    this->commit(epoch);
    config::Store limits;
    limits.max_bytes = 0;
    EXPECT_EQ(this->retain(no_time, limits).alerts, 1U);
    epoch = make_epoch(2);
    epoch.alerts = {make_alert(1)};
    EXPECT_EQ(this->commit(epoch).new_alerts, 1U);
    EXPECT_EQ(this->logged().at(0).sequence, 2U);
}

TYPED_TEST(StoreConformance, CursorsGoOnAndBackAndOutliveARestart) {
    Cursors& cursors = this->fixture_.cursors();
    ASSERT_TRUE(cursors.advance("redis", 10, {}));
    ASSERT_TRUE(cursors.advance("kafka", 4, {{3, make_alert(3).id, "too large"}}));
    ASSERT_TRUE(cursors.advance("redis", 7, {}));  // rewound: the sink had lost something
    this->fixture_.reopen();
    EXPECT_EQ(this->fixture_.cursors().cursor("redis").value(), 7U);
    EXPECT_EQ(this->fixture_.cursors().cursor("kafka").value(), 4U);
    EXPECT_EQ(this->fixture_.cursors().cursor("other").value(), 0U);
}

}  // namespace
}  // namespace spoor::store
