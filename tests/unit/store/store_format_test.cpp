// How alerts, dead letters and the status look, and that hostile content stays harmless.
#include "store/format.hpp"
#include "store/run_status.hpp"
#include "store/sqlite_store.hpp"
#include "store/status_report.hpp"
#include "store/writer_lock.hpp"
#include "unit/store/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace spoor::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AlertRow make_row(std::string host = "web-01") {
    AlertRow row;
    row.sequence = 1;
    row.id = "0123456789abcdef0123456789abcdef";
    row.time = at_second(0);
    row.stored_at = at_second(1);
    row.level = alert::Level::high;
    row.host = std::move(host);
    row.detector = "threshold";
    row.rule_id = "spoor.threshold";
    row.techniques = "T1041 T1071";
    row.entity = "web-01";
    row.summary = "one, \"two\"";
    row.json = R"({"id":"0123","host":"w\u001beb"})";
    return row;
}

TEST(Printable, EscapesWhatATerminalWouldObey) {
    EXPECT_EQ(printable("plain text \xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80"),
              "plain text \xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80");
    EXPECT_EQ(printable("a\x1b[31mb\n\t\r"), "a\\x1b[31mb\\n\\t\\r");
    EXPECT_EQ(printable(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"), "\\u009b");  // CSI as one character
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "exe"),
              "\\u202eexe");  // right-to-left override
    EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
    EXPECT_EQ(printable("\xf0\x9f\x98"), "\\xf0\\x9f\\x98");  // cut short
}

RC_GTEST_PROP(Printable, NeverLetsAControlThrough, (const std::string& text)) {
    for (const char c : printable(text)) {
        RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
}

TEST(Moment, IsATimeADayOrAnAge) {
    const Timestamp now = *parse_time("2026-01-31T12:00:00Z");
    EXPECT_EQ(parse_moment("2026-01-30T01:02:03Z", now), parse_time("2026-01-30T01:02:03Z"));
    EXPECT_EQ(parse_moment("2026-01-30", now), parse_time("2026-01-30T00:00:00Z"));
    EXPECT_EQ(parse_moment("24h", now), parse_time("2026-01-30T12:00:00Z"));
    EXPECT_EQ(parse_moment("7d", now), parse_time("2026-01-24T12:00:00Z"));
    for (const char* bad : {"", "yesterday", "24", "-1h", "2026-13-01", "99999999d"}) {
        EXPECT_FALSE(parse_moment(bad, now)) << bad;
    }
}

TEST(Table, AlignsByCharactersAndColoursOnlyWhenAsked) {
    const std::vector<AlertRow> rows = {make_row("h\xc3\xb6st"), make_row("a-longer-host")};
    const std::string plain = to_table(rows, false);
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_EQ(plain,
              "TIME                  LEVEL  HOST           RULE             TECHNIQUES   ID       "
              "     SUMMARY\n"
              "2023-11-14T22:13:20Z  High   h\xc3\xb6st           spoor.threshold  T1041 T1071  "
              "0123456789ab  one, \"two\"\n"
              "2023-11-14T22:13:20Z  High   a-longer-host  spoor.threshold  T1041 T1071  "
              "0123456789ab  one, \"two\"\n");
    EXPECT_THAT(to_table(rows, true), HasSubstr("\x1b[31mHigh\x1b[0m"));
    EXPECT_THAT(to_table({make_row("x\x1b]0;pwned\x07")}, false), HasSubstr("x\\x1b]0;pwned\\x07"));
}

TEST(Table, ShowsTheFirstFewTechniques) {
    for (const auto& [all, shown] :
         std::vector<std::pair<std::string, std::string>>{{"", "        "},
                                                          {"T1 T2 T3", "  T1 T2 T3  "},
                                                          {"T1 T2 T3 T4", "  T1 T2 T3 +1  "},
                                                          {"T1 T2 T3 T4 T5", "  T1 T2 T3 +2  "}}) {
        AlertRow row = make_row();
        row.techniques = all;
        EXPECT_THAT(to_table({row}, false), HasSubstr(shown));
    }
}

TEST(Page, ShowsAllWithIndentedJson) {
    const std::string page = to_page(make_row(), false);
    EXPECT_THAT(page, HasSubstr("level       High\n"));
    EXPECT_THAT(page, HasSubstr("\"host\": \"w\\u001beb\""));
    AlertRow broken = make_row();
    broken.json = "not json \x1b";
    EXPECT_THAT(to_page(broken, false), HasSubstr("not json \\x1b"));
}

TEST(Csv, QuotesAndDefusesFormulas) {
    std::string out;
    append_csv(out, make_row());
    EXPECT_EQ(
        out,
        "0123456789abcdef0123456789abcdef,2023-11-14T22:13:20Z,2023-11-14T22:13:21Z,High,web-01,"
        "web-01,threshold,spoor.threshold,T1041 T1071,\"one, \"\"two\"\"\"\n");
    for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"}) {
        out.clear();
        append_csv(out, make_row(formula));
        EXPECT_THAT(out, HasSubstr(std::string(",\"'") + formula + "\",")) << formula;
    }
    AlertRow timeless = make_row();
    timeless.time = no_time;
    out.clear();
    append_csv(out, timeless);
    EXPECT_THAT(out, HasSubstr("abcdef,,2023"));
    EXPECT_EQ(std::count(csv_heading().begin(), csv_heading().end(), ','), 9);
}

// Reads one CSV line by RFC 4180.
std::vector<std::string> read_csv(const std::string& line) {
    std::vector<std::string> cells(1);
    bool in_quotes = false;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        if (in_quotes && line[i] == '"' && line[i + 1] == '"') {
            cells.back() += '"';
            ++i;
        } else if (line[i] == '"') {
            in_quotes = !in_quotes;
        } else if (line[i] == ',' && !in_quotes) {
            cells.emplace_back();
        } else {
            cells.back() += line[i];
        }
    }
    return cells;
}

RC_GTEST_PROP(Csv,
              ReadsBackWhateverIsInACell,
              (const std::string& host, const std::string& summary)) {
    AlertRow row = make_row(host);
    row.summary = summary;
    std::string out;
    append_csv(out, row);
    const std::vector<std::string> cells = read_csv(out);
    RC_ASSERT(cells.size() == 10U);
    for (const auto& [cell, text] : {std::pair(cells[4], host), std::pair(cells[9], summary)}) {
        RC_ASSERT(cell == text || cell == "'" + text);
        RC_ASSERT(cell.empty() ||
                  std::string_view("=+-@\t\r\n").find(cell[0]) == std::string_view::npos);
    }
}

TEST(Letter, IsShownEscapedAndAsJson) {
    LetterRow row;
    row.number = 7;
    row.ref = "kafka:C/T/0/17#0";
    row.partition = "kafka:C/T/0";
    row.reason = "bad_json";
    row.detail = "at byte 3";
    row.stored_at = at_second(0);
    row.payload = std::string("{\0\x1b\xff", 4);
    row.payload_size = 10;
    const std::string page = to_page(row);
    EXPECT_THAT(page, HasSubstr("{\\x00\\x1b\\xff\n"));
    EXPECT_THAT(page, HasSubstr("the first 4 of 10 bytes"));
    EXPECT_THAT(to_table(std::vector<LetterRow>{row}), HasSubstr("kafka:C/T/0/17#0"));
    std::string json;
    append_json(json, row);
    const auto parsed = nlohmann::json::parse(json);
    EXPECT_EQ(parsed["number"], 7);
    EXPECT_TRUE(parsed["record_time"].is_null());
    EXPECT_EQ(parsed["stored_at"], "2023-11-14T22:13:20Z");
    EXPECT_EQ(parsed["payload_size"], 10);
}

RunStatus make_status() {
    RunStatus status;
    status.pid = 4242;
    status.version = "0.1.0";
    status.state = "running";
    status.detail = "all \"well\"";
    status.started = at_second(0);
    status.updated = at_second(50);
    status.epoch = {12, at_second(49), 3, 40, 5000, Duration{1500}};
    status.queues = {{"shard 0", 3, 4096, 1 << 20, 8192}};
    status.sources = {
        {"kafka", "healthy", "", true, 2, {{"kafka:C/T/0", "apt_topic [0]", 90, 100}}},
        {"file:/x", "down", "cannot read", false, 0, {}}};
    status.sinks = {{"redis", "down", "connection refused", 7, 5, 1}};
    status.events_per_second = 12.5;
    status.counters.add("events_read", 100);
    status.rules.loaded = at_second(20);
    status.rules.version = "0123456789abcdef";
    status.rules.rules = 7;
    status.rules.correlations = 2;
    status.rules.filters = 1;
    status.rules.failed = 3;
    status.rules.detail = "reloaded: 1 changed";
    return status;
}

TEST(RunStatus, ReadsBackAsItWasWritten) {
    const RunStatus status = make_status();
    const auto read = parse_run_status(to_json(status));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), to_json(status));
    EXPECT_EQ(read->sources.at(0).partitions.at(0).label, "apt_topic [0]");
    EXPECT_EQ(read->epoch.pause, Duration{1500});
    EXPECT_EQ(read->counters.get("events_read"), 100U);
}

TEST(RunStatus, TakesWhatItKnowsFromOtherVersions) {
    const auto read = parse_run_status(
        R"({"pid":7,"new":[1],"state":3,"started":"no time","epoch":[],"sources":[1,{"name":"x"}],)"
        R"("sinks":{},"counters":{"a":-1,"b":2,"c":"d"},"events_per_second":"fast"})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->pid, 7);
    EXPECT_EQ(read->state, "");
    EXPECT_EQ(read->started, no_time);
    ASSERT_EQ(read->sources.size(), 1U);
    EXPECT_EQ(read->sources[0].name, "x");
    EXPECT_EQ(read->counters.get("b"), 2U);
    EXPECT_EQ(read->counters.get("a"), 0U);
    for (const char* bad : {"", "[]", "{", "7", "{\"pid\":1}x"}) {
        EXPECT_EQ(parse_run_status(bad).error().code, Errc::corrupt) << bad;
    }
}

TEST(RunStatus, IsReplacedWhole) {
    const TemporaryFolder folder;
    EXPECT_EQ(read_run_status(folder.path()).error().code, Errc::not_found);
    RunStatus status = make_status();
    ASSERT_TRUE(write_run_status(folder.path(), status));
    status.pid = 4243;
    ASSERT_TRUE(write_run_status(folder.path(), status));
    EXPECT_EQ(read_run_status(folder.path()).value().pid, 4243);
    EXPECT_EQ(write_run_status(folder.path() + "/no", status).error().code, Errc::io);
}

class StatusReportTest : public ::testing::Test {
protected:
    StatusReportTest() : store_(std::move(SqliteStore::open(folder_.path())).value()) {
        Epoch epoch = make_epoch(1);
        epoch.alerts = {make_alert(1)};
        epoch.positions = {{"kafka:C/T/0", "kafka:C/T/0", 90}};
        epoch.rows = {{"behavior", 1, "p0", "h", "x"},
                      {"behavior", 1, "p1", "h", "x"},
                      {std::string(own_rows), 1, "", std::string(content_entity), "rules 7"}};
        epoch.counters.add("dead_letters.bad_json", 2);
        epoch.counters.add("events_read", 90);
        EXPECT_TRUE(store_->commit(epoch));
        const auto cursors = std::move(SqliteCursors::open(folder_.path())).value();
        EXPECT_TRUE(cursors->advance("redis", 0, {}));
    }

    StatusReport gather(std::int64_t second) {
        auto report = gather_status(folder_.path(), at_second(second));
        EXPECT_TRUE(report) << report.error().detail;
        return std::move(report).value();
    }

    TemporaryFolder folder_;
    std::unique_ptr<SqliteStore> store_;
};

TEST_F(StatusReportTest, TellsWhetherARunIsAlive) {
    EXPECT_EQ(gather(0).life, StatusReport::Life::silent);
    EXPECT_THAT(to_text(gather(0)), HasSubstr("has not spoken yet"));
    ASSERT_TRUE(write_run_status(folder_.path(), make_status()));  // updated at 50
    EXPECT_EQ(gather(51).life, StatusReport::Life::running);
    EXPECT_THAT(to_text(gather(51)), HasSubstr("running: pid 4242"));
    EXPECT_EQ(gather(61).life, StatusReport::Life::silent);
    EXPECT_THAT(to_text(gather(61)), HasSubstr("not responding"));
    EXPECT_TRUE(is_in_use(folder_.path()));
    store_.reset();
    EXPECT_FALSE(is_in_use(folder_.path()));
    EXPECT_EQ(gather(51).life, StatusReport::Life::ended);
    EXPECT_THAT(to_text(gather(51)), HasSubstr("not running"));
    EXPECT_EQ(gather_status(folder_.path() + "/none", at_second(0)).error().code, Errc::not_found);
}

TEST_F(StatusReportTest, ShowsPositionsLagSinksAndLosses) {
    ASSERT_TRUE(write_run_status(folder_.path(), make_status()));
    const std::string text = to_text(gather(51));
    for (const char* part : {"source        kafka: healthy, at its end, 2 reconnects",
                             "apt_topic [0]: position 90, end 100, lag 10",
                             "file:/x: down",
                             "cannot read",
                             "sink          redis: down, sent up to 0, backlog 1, refused 0",
                             "connection refused",
                             "losses        dead_letters.bad_json: 2",
                             "counters      events_read: 90",
                             "behavior: 2 rows of 1 hosts; some are seen in several partitions",
                             "content       rules 7",
                             "epoch 12: 3 alerts, 40 state rows, 5.0 kB, pause 1.5 ms",
                             "queue         shard 0: 4.1 kB of 1.0 MB",
                             "sigma         7 rules, 2 correlations, 1 filters; 3 left out",
                             "1 changed"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
    const auto json = nlohmann::json::parse(to_json(gather(51)));
    EXPECT_EQ(json["life"], "running");
    EXPECT_EQ(json["store"]["alerts"], 1);
    EXPECT_EQ(json["store"]["content"], "rules 7");
    EXPECT_EQ(json["store"]["positions"][0]["next"], 90);
    EXPECT_EQ(json["losses"]["dead_letters.bad_json"], 2);
    EXPECT_EQ(json["counters"]["events_read"], 90);
    EXPECT_EQ(json["run"]["sources"][0]["partitions"][0]["end"], 100);
    EXPECT_EQ(json["store"]["sinks"][0]["backlog"], 1);
    EXPECT_EQ(json["run"]["rules"]["failed"], 3);
}

TEST_F(StatusReportTest, WithoutARunThePositionsOfTheStoreAreShown) {
    const StatusReport report = gather(0);
    EXPECT_THAT(to_text(report), HasSubstr("position      kafka:C/T/0: next 90"));
    EXPECT_TRUE(nlohmann::json::parse(to_json(report))["run"].is_null());
}

}  // namespace
}  // namespace spoor::store
