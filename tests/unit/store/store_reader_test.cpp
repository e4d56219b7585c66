// Reading a store beside its writer: each filter against the plain meaning of it, paging, search in
// the index and behind it.
#include "base/random.hpp"
#include "store/reader.hpp"
#include "store/search_index.hpp"
#include "store/sqlite_store.hpp"
#include "store/text.hpp"
#include "unit/store/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class T>
T take(Result<T> result) {
    EXPECT_TRUE(result) << result.error().detail;
    return std::move(result).value();
}

// 300 alerts, times out of order and some equal, one without time.
class ReaderTest : public ::testing::Test {
protected:
    ReaderTest() : store_(take(SqliteStore::open(folder_.path()))) {
        Random random(7);
        for (std::uint64_t e = 1; e <= 3; ++e) {
            Epoch epoch = make_epoch(e);
            for (std::uint64_t i = 0; i < 100; ++i) {
                alert::Alert alert = make_alert(e * 100 + i);
                alert.time = at_second(random.between(0, 60));
                if (e == 2 && i == 50) {
                    alert.time = no_time;
                }
                alerts_.push_back(alert);
                epoch.alerts.push_back(std::move(alert));
            }
            EXPECT_TRUE(store_->commit(epoch));
        }
        reader_ = take(Reader::open(folder_.path()));
    }

    // Ids, newest first, of those that `holds`.
    std::vector<std::string> expected(const std::function<bool(const alert::Alert&)>& holds) {
        std::vector<std::pair<Timestamp, std::size_t>> keys;
        for (std::size_t i = 0; i < alerts_.size(); ++i) {
            if (holds(alerts_[i])) {
                keys.emplace_back(alerts_[i].time, i);
            }
        }
        std::sort(keys.rbegin(), keys.rend());
        std::vector<std::string> ids;
        for (const auto& [time, i] : keys) {
            ids.push_back(alerts_[i].id);
        }
        return ids;
    }

    std::vector<std::string> listed(const AlertFilter& filter,
                                    Order order = Order::newest_first,
                                    std::size_t limit = 17) {
        std::vector<std::string> ids;
        std::optional<PageKey> after;
        do {
            const AlertPage page = take(reader_->alerts(filter, order, limit, after, false));
            EXPECT_LE(page.rows.size(), limit);
            for (const AlertRow& row : page.rows) {
                ids.push_back(row.id);
            }
            after = page.next;
            if (after) {
                EXPECT_EQ(parse_page_token(to_token(*after)), after);
            }
        } while (after);
        return ids;
    }

    std::vector<std::string> streamed(const AlertFilter& filter, Order order) {
        std::vector<std::string> ids;
        const std::uint64_t taken =
            take(reader_->each_alert(filter, order, [&](const AlertRow& row) {
                ids.push_back(row.id);
                return true;
            }));
        EXPECT_EQ(taken, ids.size());
        return ids;
    }

    void expect_same(const AlertFilter& filter,
                     const std::function<bool(const alert::Alert&)>& holds) {
        std::vector<std::string> ids = expected(holds);
        EXPECT_EQ(listed(filter), ids);
        EXPECT_EQ(streamed(filter, Order::newest_first), ids);
        std::reverse(ids.begin(), ids.end());
        EXPECT_EQ(listed(filter, Order::oldest_first), ids);
        EXPECT_EQ(streamed(filter, Order::oldest_first), ids);
    }

    TemporaryFolder folder_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<Reader> reader_;
    std::vector<alert::Alert> alerts_;
};

TEST_F(ReaderTest, EachFilterMeansWhatItSays) {
    using alert::Alert;
    using alert::Level;
    expect_same({}, [](const Alert&) { return true; });
    expect_same({.level = Level::high}, [](const Alert& a) { return a.level == Level::high; });
    expect_same({.min_level = Level::high}, [](const Alert& a) { return a.level >= Level::high; });
    expect_same({.host = "HOST-3"}, [](const Alert& a) { return a.host == "host-3"; });
    expect_same({.host = "host"}, [](const Alert&) { return false; });
    expect_same({.technique = "T1059"}, [](const Alert&) { return true; });
    expect_same({.technique = "T1059.002"},
                [](const Alert& a) { return a.techniques[1] == "T1059.002"; });
    expect_same({.technique = "T105"}, [](const Alert&) { return false; });
    expect_same({.rule = "spoor.rule-4"},
                [](const Alert& a) { return a.rule_id == "spoor.rule-4"; });
    expect_same({.detector = "behavior"}, [](const Alert& a) { return a.detector == "behavior"; });
    expect_same({.from = at_second(10), .to = at_second(20)},
                [](const Alert& a) { return a.time >= at_second(10) && a.time < at_second(20); });
    expect_same({.to = at_second(20)},
                [](const Alert& a) { return a.time != no_time && a.time < at_second(20); });
    expect_same({.stored_from = at_second(100'003)},
                [&](const Alert& a) { return &a >= &alerts_[200]; });
    expect_same({.level = Level::low, .host = "host-3", .from = at_second(5)}, [](const Alert& a) {
        return a.level == Level::low && a.host == "host-3" && a.time >= at_second(5);
    });
}

TEST_F(ReaderTest, TextIsFoundInTheIndexAndBehindIt) {
    const auto holds = [](const alert::Alert& a) {
        return a.json.find("message 2") != std::string::npos;
    };
    for (const std::size_t indexed : {0U, 120U, 300U}) {
        if (indexed > 0) {
            const auto index = take(SearchIndex::open(folder_.path()));
            while (index->indexed_up_to() < indexed) {
                EXPECT_GT(take(index->catch_up(30)), 0U);
            }
            EXPECT_EQ(index->indexed_up_to(), indexed);
        }
        expect_same({.text = "\"Message 2*\""}, holds);
        expect_same({.text = "message 217"},
                    [](const alert::Alert& a) { return a.summary == "summary of 217"; });
        expect_same({.text = "message"}, [](const alert::Alert&) { return true; });
        expect_same({.text = "absent"}, [](const alert::Alert&) { return false; });
        expect_same({.host = "host-3", .text = "\"message 2*\""},
                    [&](const alert::Alert& a) { return a.host == "host-3" && holds(a); });
    }
    EXPECT_EQ(reader_->alerts({.text = " *- "}, Order::newest_first, 5, {}, false).error().code,
              Errc::invalid_argument);
}

TEST_F(ReaderTest, ACommitBetweenPagesMovesNothing) {
    const AlertPage first = take(reader_->alerts({}, Order::newest_first, 10, {}, false));
    ASSERT_TRUE(first.next);
    const AlertPage before = take(reader_->alerts({}, Order::newest_first, 10, first.next, false));
    Epoch epoch = make_epoch(4);
    epoch.alerts = {make_alert(1000)};
    epoch.alerts[0].time = at_second(1000);
    ASSERT_TRUE(store_->commit(epoch));
    const AlertPage after = take(reader_->alerts({}, Order::newest_first, 10, first.next, false));
    ASSERT_EQ(before.rows.size(), after.rows.size());
    for (std::size_t i = 0; i < before.rows.size(); ++i) {
        EXPECT_EQ(before.rows[i].id, after.rows[i].id);
    }
    EXPECT_EQ(take(reader_->alerts({}, Order::newest_first, 1, {}, false)).rows.at(0).id,
              make_alert(1000).id);
}

TEST_F(ReaderTest, RowsHaveAllThatWasStored) {
    const AlertRow row = take(reader_->alert(alerts_[17].id));
    EXPECT_EQ(row.sequence, 18U);
    EXPECT_EQ(row.id, alerts_[17].id);
    EXPECT_EQ(row.time, alerts_[17].time);
    EXPECT_EQ(row.stored_at, at_second(100'001));
    EXPECT_EQ(row.level, alerts_[17].level);
    EXPECT_EQ(row.host, alerts_[17].host);
    EXPECT_EQ(row.detector, alerts_[17].detector);
    EXPECT_EQ(row.rule_id, alerts_[17].rule_id);
    EXPECT_EQ(row.techniques, "T1041 " + alerts_[17].techniques[1]);
    EXPECT_EQ(row.entity, alerts_[17].entity);
    EXPECT_EQ(row.summary, alerts_[17].summary);
    EXPECT_EQ(row.json, alerts_[17].json);
    EXPECT_EQ(take(reader_->alerts({}, Order::newest_first, 1, {}, true)).rows.at(0).json.front(),
              '{');
}

TEST_F(ReaderTest, AnAlertIsFoundByABeginningThatOnlyItHas) {
    for (const alert::Alert& alert : alerts_) {
        EXPECT_EQ(take(reader_->alert(alert.id.substr(0, 12))).id, alert.id);
    }
    std::string upper = alerts_[0].id;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    EXPECT_EQ(take(reader_->alert(upper)).id, alerts_[0].id);
    EXPECT_EQ(reader_->alert(alerts_[0].id.substr(0, 3)).error().code, Errc::invalid_argument);
    EXPECT_EQ(reader_->alert("xyzw").error().code, Errc::invalid_argument);
    EXPECT_EQ(reader_->alert("").error().code, Errc::invalid_argument);
    EXPECT_EQ(reader_->alert(std::string(33, '0')).error().code, Errc::invalid_argument);
    EXPECT_EQ(reader_->alert("00000000000000000000000000000000").error().code, Errc::not_found);
    // Two that begin alike.
    Epoch epoch = make_epoch(4);
    alert::Alert twin = make_alert(5000);
    twin.id = "abcd0000000000000000000000000001";
    epoch.alerts.push_back(twin);
    twin.id = "abcd0000000000000000000000000002";
    epoch.alerts.push_back(twin);
    ASSERT_TRUE(store_->commit(epoch));
    EXPECT_THAT(reader_->alert("abcd000").error().detail, HasSubstr("several alerts"));
}

TEST_F(ReaderTest, DeadLettersAreListedAndShown) {
    Epoch epoch = make_epoch(4);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        epoch.dead_letters.push_back(make_letter(i));
    }
    ASSERT_TRUE(store_->commit(epoch));
    LetterPage page = take(reader_->dead_letters("", 3, 0));
    ASSERT_EQ(page.rows.size(), 3U);
    EXPECT_EQ(page.rows[0].ref, make_letter(5).ref);
    EXPECT_EQ(page.rows[0].payload, "");
    ASSERT_TRUE(page.next);
    page = take(reader_->dead_letters("", 3, *page.next));
    ASSERT_EQ(page.rows.size(), 2U);
    EXPECT_EQ(page.rows[1].ref, make_letter(1).ref);
    EXPECT_FALSE(page.next);
    EXPECT_EQ(take(reader_->dead_letters("bad_json", 10, 0)).rows.size(), 2U);

    for (const std::string& key : {std::string("2"), make_letter(2).ref}) {
        const LetterRow letter = take(reader_->dead_letter(key));
        EXPECT_EQ(letter.number, 2U);
        EXPECT_EQ(letter.payload, make_letter(2).payload);  // with its zero byte
        EXPECT_EQ(letter.record_time, make_letter(2).record_time);
        EXPECT_EQ(letter.stored_at, at_second(100'004));
        EXPECT_EQ(letter.partition, "kafka:C/T/0");
        EXPECT_EQ(letter.detail, "at byte 2");
    }
    EXPECT_EQ(reader_->dead_letter("77").error().code, Errc::not_found);
    EXPECT_EQ(reader_->dead_letter("kafka:no").error().code, Errc::not_found);
}

TEST_F(ReaderTest, FactsAreCounted) {
    Epoch epoch = make_epoch(4);
    epoch.dead_letters = {make_letter(1), make_letter(2)};
    epoch.rows = {make_row("behavior", "p0", "h1", "1"),
                  make_row("behavior", "p1", "h1", "2"),
                  make_row("behavior", "p1", "h2", "3"),
                  make_row(std::string(own_rows), "", std::string(content_entity), "rules 7")};
    epoch.positions = {{"p0", "p0", 5}};
    epoch.watermarks = {{"p0", at_second(3)}};
    epoch.counters.add("late_events", 3);
    ASSERT_TRUE(store_->commit(epoch));
    const auto cursors = take(SqliteCursors::open(folder_.path()));
    ASSERT_TRUE(cursors->advance("redis", 250, {{7, alerts_[6].id, "too large"}}));
    config::Store limits;
    limits.retention = std::chrono::seconds{1};
    ASSERT_TRUE(store_->retain(at_second(100'002) + Duration{1}, limits, no_sinks, 1000));

    const StoreFacts facts = take(reader_->facts());
    EXPECT_EQ(facts.store_id, store_->store_id());
    EXPECT_EQ(facts.epoch, 4U);
    EXPECT_EQ(facts.last_commit, at_second(100'004));
    EXPECT_EQ(facts.alerts, 200U);
    EXPECT_EQ(facts.last_sequence, 300U);
    EXPECT_GT(facts.alert_bytes, 200U * 128U);
    EXPECT_EQ(facts.dead_letters, 2U);
    EXPECT_GT(facts.dead_letter_bytes, 0U);
    EXPECT_GT(facts.file_bytes, 8192U);
    EXPECT_THAT(facts.positions, ElementsAre(Position{"p0", "p0", 5}));
    ASSERT_EQ(facts.watermarks.size(), 1U);
    EXPECT_EQ(facts.counters.get("late_events"), 3U);
    ASSERT_EQ(facts.sinks.size(), 1U);
    EXPECT_EQ(facts.sinks[0].name, "redis");
    EXPECT_EQ(facts.sinks[0].cursor, 250U);
    EXPECT_EQ(facts.sinks[0].backlog, 50U);
    EXPECT_EQ(facts.sinks[0].refused, 1U);
    ASSERT_EQ(facts.state.size(), 1U);
    EXPECT_EQ(facts.state[0].rows, 3U);
    EXPECT_EQ(facts.state[0].entities, 2U);
    EXPECT_EQ(facts.content, "rules 7");
}

TEST_F(ReaderTest, TheLogCanBeReadWhenTheWriterIsGone) {
    store_.reset();
    reader_.reset();
    reader_ = take(Reader::open(folder_.path()));
    EXPECT_EQ(listed({}).size(), 300U);
}

TEST_F(ReaderTest, AStreamMayBeLeftEarly) {
    std::uint64_t seen = 0;
    EXPECT_EQ(take(reader_->each_alert(
                  {}, Order::oldest_first, [&](const AlertRow&) { return ++seen < 5; })),
              5U);
}

TEST(Reader, SaysWhenThereIsNoStore) {
    const TemporaryFolder folder;
    EXPECT_EQ(Reader::open(folder.path()).error().code, Errc::not_found);
    EXPECT_EQ(Reader::open(folder.path() + "/nowhere").error().code, Errc::not_found);
}

TEST(SearchIndex, IsMadeAnewWhenDamagedOrOfAnotherStore) {
    const TemporaryFolder folder;
    const auto store = take(SqliteStore::open(folder.path()));
    Epoch epoch = make_epoch(1);
    epoch.alerts = {make_alert(1), make_alert(2)};
    ASSERT_TRUE(store->commit(epoch));
    std::ofstream(internal::search_path(folder.path())) << std::string(10'000, 'x');
    {
        const auto index = take(SearchIndex::open(folder.path()));
        EXPECT_EQ(take(index->catch_up(100)), 2U);
        EXPECT_EQ(take(index->catch_up(100)), 0U);
    }
    const TemporaryFolder other;
    const auto other_store = take(SqliteStore::open(other.path()));
    std::filesystem::copy(internal::search_path(folder.path()),
                          internal::search_path(other.path()));
    EXPECT_EQ(take(SearchIndex::open(other.path()))->indexed_up_to(), 0U);
}

TEST(PageToken, OnlyItsOwnTextIsRead) {
    for (const PageKey& key :
         {PageKey{no_time, 0}, PageKey{Timestamp::max(), UINT64_MAX}, PageKey{at_second(1), 7}}) {
        EXPECT_EQ(parse_page_token(to_token(key)), key);
    }
    for (const char* bad : {"",
                            ".",
                            "1",
                            "1.",
                            ".1",
                            "1.-1",
                            "a.1",
                            "1.1 ",
                            " 1.1",
                            "1.1.1",
                            "99999999999999999999.1",
                            "1.99999999999999999999"}) {
        EXPECT_FALSE(parse_page_token(bad)) << bad;
    }
}

TEST(Text, ValuesAreSearchedAndKeysAreNot) {
    EXPECT_EQ(searchable_text(R"({"host":"Web-01","n":[0.75,true],"a\"b" : {"c":"x\ny"}})"),
              " web 01 0 75 true x y ");
    EXPECT_EQ(searchable_text(R"(["C:\\Temp\\\u0041bc.exe","\u00fc\ud83d\ude00"])"),
              " c temp abc exe \xc3\xbc\xf0\x9f\x98\x80 ");
    EXPECT_EQ(searchable_text("\"open"), " open ");
    EXPECT_EQ(searchable_text("\"x\\"), " x ");
    EXPECT_EQ(searchable_text(""), " ");
    const auto finds = [](std::string_view query, std::string_view json) {
        return TextQuery(query).matches(searchable_text(json));
    };
    EXPECT_TRUE(finds("POWERSHELL.exe -enc", R"("powershell.exe -Enc abc")"));
    EXPECT_FALSE(finds("shell", R"("powershell.exe")"));
    EXPECT_FALSE(finds("power", R"("powershell.exe")"));
    EXPECT_TRUE(finds("power*", R"("powershell.exe")"));
    EXPECT_FALSE(finds("exe.powershell", R"("powershell.exe")"));
    EXPECT_TRUE(finds("\"lateral mov*\"", R"("Lateral Movement")"));
    EXPECT_TRUE(finds("10.0.0", R"("10.0.0.5")"));
    EXPECT_TRUE(TextQuery(" \"\" -- * ").empty());
}

// The index and the scan give the same answer, whatever the text and the question.
RC_GTEST_PROP(Text, FtsAgreesWithTheScan, ()) {
    const auto word = rc::gen::element<std::string>("ab",
                                                    "abc",
                                                    "b",
                                                    "a-b",
                                                    "AB",
                                                    "x*",
                                                    "\"a b\"",
                                                    "\xc3\xa9t\xc3\xa9",
                                                    "\\",
                                                    "1.2",
                                                    "*",
                                                    "\"");
    const auto words = *rc::gen::container<std::vector<std::vector<std::string>>>(
        rc::gen::container<std::vector<std::string>>(word));
    const auto query_words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(word));
    const auto join = [](const std::vector<std::string>& parts) {
        std::string out;
        for (const std::string& part : parts) {
            out += part + " ";
        }
        return out;
    };
    const std::string query = join(query_words);
    RC_PRE(!TextQuery(query).empty());
    const TemporaryFolder folder;
    const auto store = std::move(SqliteStore::open(folder.path())).value();
    Epoch epoch = make_epoch(1);
    std::vector<std::string> scan_ids;
    for (std::size_t i = 0; i < words.size(); ++i) {
        alert::Alert alert = make_alert(i);
        alert.json = "[\"" + join(words[i]) + "\"]";
        if (TextQuery(query).matches(searchable_text(alert.json))) {
            scan_ids.push_back(alert.id);
        }
        epoch.alerts.push_back(std::move(alert));
    }
    RC_ASSERT(store->commit(epoch).has_value());
    const auto index = std::move(SearchIndex::open(folder.path())).value();
    RC_ASSERT(index->catch_up(1000).value() == words.size());
    const auto reader = std::move(Reader::open(folder.path())).value();
    std::vector<std::string> index_ids;
    RC_ASSERT(reader
                  ->each_alert({.text = query},
                               Order::oldest_first,
                               [&](const AlertRow& row) {
                                   index_ids.push_back(row.id);
                                   return true;
                               })
                  .has_value());
    RC_ASSERT(index_ids == scan_ids);
}

}  // namespace
}  // namespace spoor::store
