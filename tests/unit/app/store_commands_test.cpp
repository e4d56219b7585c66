// `spoor alerts`, `dlq` and `status` over a real store: what is printed where, and the exit codes.
#include "app/command.hpp"
#include "store/sqlite_store.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace spoor::app {
namespace {

namespace fs = std::filesystem;

struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;
};

class StoreCommands : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "spoor-commands-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        auto opened = store::SqliteStore::open(folder_);
        ASSERT_TRUE(opened) << opened.error().detail;
        store::Epoch epoch;
        epoch.number = 1;
        epoch.stored_at = at(1000);
        for (int i = 0; i < 5; ++i) {
            alert::Alert alert;
            alert.id = alert::make_id("r", "1", "", std::to_string(i));
            alert.time = at(i);
            alert.level = i == 3 ? alert::Level::critical : alert::Level::medium;
            alert.detector = "threshold";
            alert.rule_id = "spoor.threshold";
            alert.host = i == 2 ? "=cmd" : "web-0" + std::to_string(i);
            alert.techniques = {i == 4 ? "T1059.001" : "T1041"};
            alert.summary = "number " + std::to_string(i);
            alert.json = R"({"id":")" + alert.id + R"(","n":)" + std::to_string(i) + "}";
            ids_.push_back(alert.id);
            epoch.alerts.push_back(std::move(alert));
        }
        alert::DeadLetter letter;
        letter.ref = "kafka:C/T/0/7#0";
        letter.reason = "bad_json";
        letter.payload = std::string("{\x1b\0", 3);
        letter.payload_size = 3;
        epoch.dead_letters.push_back(letter);
        epoch.counters.add("dead_letters.bad_json", 1);
        ASSERT_TRUE((*opened)->commit(epoch));
    }

    void TearDown() override { fs::remove_all(folder_); }

    static Timestamp at(int seconds) {
        return Timestamp{std::chrono::seconds{1'700'000'000 + seconds}};
    }

    Ran run(std::vector<std::string> arguments) {
        CLI::App app;
        Context context;
        add_alerts(app, context);
        add_dlq(app, context);
        add_status(app, context);
        arguments.insert(arguments.end(), {"--data", folder_});
        std::reverse(arguments.begin(), arguments.end());
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        Ran ran;
        try {
            app.parse(arguments);
            ran.exit_code = context.exit_code;
        } catch (const CLI::ParseError&) {
            ran.exit_code = exit_usage;
        }
        std::fflush(stdout);
        ran.out = testing::internal::GetCapturedStdout();
        ran.err = testing::internal::GetCapturedStderr();
        return ran;
    }

    static std::size_t lines(const std::string& text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }

    static bool has(const std::string& text, std::string_view part) {
        return text.find(part) != std::string::npos;
    }

    std::string folder_;
    std::vector<std::string> ids_;
};

TEST_F(StoreCommands, ListPagesThroughAllAlerts) {
    Ran ran = run({"alerts", "list", "--limit", "2"});
    EXPECT_EQ(ran.exit_code, exit_ok);
    EXPECT_EQ(lines(ran.out), 3U);
    EXPECT_TRUE(has(ran.out, "number 4")) << ran.out;
    EXPECT_FALSE(has(ran.out, "\x1b"));
    std::istringstream words(ran.err);
    std::string more;
    std::string option;
    std::string token;
    words >> more >> option >> token;
    EXPECT_EQ(option, "--after");
    ran = run({"alerts", "list", "--limit", "10", "--after", token});
    EXPECT_EQ(lines(ran.out), 4U);
    EXPECT_TRUE(has(ran.out, "number 0"));
    EXPECT_EQ(ran.err, "");
}

TEST_F(StoreCommands, ListFiltersAndFormats) {
    EXPECT_EQ(lines(run({"alerts", "list", "--min-level", "high"}).out), 2U);
    EXPECT_TRUE(has(run({"alerts", "list", "--technique", "t1059"}).out, "number 4"));
    EXPECT_EQ(lines(run({"alerts", "list", "--from", "2023-11-14T22:13:22Z"}).out), 4U);
    const Ran json = run({"alerts", "list", "--format", "json", "--oldest-first"});
    const auto parsed = nlohmann::json::parse(json.out);
    ASSERT_EQ(parsed.size(), 5U);
    EXPECT_EQ(parsed[0]["n"], 0);
    EXPECT_EQ(lines(run({"alerts", "list", "--format", "ndjson", "--limit", "3"}).out), 3U);
    EXPECT_TRUE(has(run({"alerts", "list", "--format", "csv"}).out, ",\"'=cmd\","));
    EXPECT_TRUE(has(run({"alerts", "list", "--color", "always"}).out, "\x1b[1;31mCritical"));
    const Ran none = run({"alerts", "list", "--host", "nowhere"});
    EXPECT_EQ(none.exit_code, exit_ok);
    EXPECT_EQ(none.out, "");
    EXPECT_TRUE(has(none.err, "no alerts match"));
    EXPECT_EQ(run({"alerts", "list", "--host", "nowhere", "--format", "json"}).out, "[]\n");
}

TEST_F(StoreCommands, MistakesAreUsageErrors) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"alerts", "list", "--level", "huge"},
                                               {"alerts", "list", "--from", "yesterday"},
                                               {"alerts", "list", "--after", "x"},
                                               {"alerts", "list", "--format", "xml"},
                                               {"alerts", "list", "--text", "--"},
                                               {"alerts", "list", "--limit", "0"},
                                               {"alerts", "show", "xyz"},
                                               {"alerts"}}) {
        const Ran ran = run(arguments);
        EXPECT_EQ(ran.exit_code, exit_usage) << arguments.back();
        EXPECT_EQ(ran.out, "");
    }
    EXPECT_EQ(run({"alerts", "show", "0000000000000000"}).exit_code, exit_input);
    fs::remove_all(folder_);
    for (const char* command : {"alerts", "dlq"}) {
        const Ran ran = run({command, "list"});
        EXPECT_EQ(ran.exit_code, exit_input);
        EXPECT_TRUE(has(ran.err, "there is no store")) << ran.err;
    }
    EXPECT_EQ(run({"status"}).exit_code, exit_input);
}

TEST_F(StoreCommands, ShowTakesTheBeginningOfAnId) {
    const Ran text = run({"alerts", "show", ids_[3].substr(0, 10)});
    EXPECT_TRUE(has(text.out, "level       Critical"));
    EXPECT_TRUE(has(text.out, "\"n\": 3"));
    EXPECT_EQ(run({"alerts", "show", ids_[3], "--format", "json"}).out,
              R"({"id":")" + ids_[3] + "\",\"n\":3}\n");
}

TEST_F(StoreCommands, ExportWritesAllAndNeverOverAFile) {
    EXPECT_EQ(lines(run({"alerts", "export"}).out), 5U);
    const auto array = nlohmann::json::parse(run({"alerts", "export", "--format", "json"}).out);
    EXPECT_EQ(array.size(), 5U);
    EXPECT_EQ(array[4]["n"], 4);
    const std::string path = folder_ + "/out.csv";
    Ran ran = run({"alerts", "export", "--format", "csv", "-o", path});
    EXPECT_EQ(ran.exit_code, exit_ok);
    EXPECT_TRUE(has(ran.err, "5 alerts written"));
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(lines(text), 6U);
    ran = run({"alerts", "export", "-o", path});
    EXPECT_EQ(ran.exit_code, exit_usage);
    EXPECT_TRUE(has(ran.err, "--force"));
    EXPECT_EQ(run({"alerts", "export", "-o", path, "--force"}).exit_code, exit_ok);
}

TEST_F(StoreCommands, DeadLettersAreShownEscapedAndRaw) {
    EXPECT_TRUE(has(run({"dlq", "list"}).out, "kafka:C/T/0/7#0"));
    EXPECT_TRUE(has(run({"dlq", "list", "--format", "ndjson"}).out, "\"reason\":\"bad_json\""));
    EXPECT_TRUE(has(run({"dlq", "list", "--reason", "other"}).err, "no dead letters"));
    EXPECT_TRUE(has(run({"dlq", "show", "1"}).out, "{\\x1b\\x00"));
    EXPECT_EQ(run({"dlq", "show", "kafka:C/T/0/7#0", "--raw"}).out, std::string("{\x1b\0", 3));
    EXPECT_EQ(run({"dlq", "show", "99"}).exit_code, exit_input);
}

TEST_F(StoreCommands, StatusTellsOfTheStore) {
    const Ran text = run({"status"});
    EXPECT_EQ(text.exit_code, exit_ok);
    EXPECT_TRUE(has(text.out, "5 kept"));
    EXPECT_TRUE(has(text.out, "dead_letters.bad_json: 1"));
    const auto json = nlohmann::json::parse(run({"status", "--json"}).out);
    EXPECT_EQ(json["store"]["alerts"], 5);
    EXPECT_EQ(json["losses"]["dead_letters.bad_json"], 1);
    EXPECT_EQ(json["life"], "never_run");
}

}  // namespace
}  // namespace spoor::app
