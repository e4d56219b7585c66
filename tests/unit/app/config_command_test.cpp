// `spoor config ...` and the loading that every command shares: what is printed where, and the exit
// codes.
#include "app/command.hpp"
#include "config/profiles.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace spoor::app {
namespace {

namespace fs = std::filesystem;

struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;
};

// Each test has a folder of its own, and stands in it.
class ConfigCommand : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "spoor-config-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        before_ = fs::current_path();
        fs::current_path(folder_);
    }

    void TearDown() override {
        fs::current_path(before_);
        fs::remove_all(folder_);
    }

    static void write(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

    static std::string read(const fs::path& path) {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }

    static Ran run(std::vector<std::string> arguments) {
        CLI::App app;
        Context context;
        add_config(app, context);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        Ran ran;
        std::reverse(arguments.begin(), arguments.end());
        try {
            app.parse(arguments);
            ran.exit_code = context.exit_code;
        } catch (const CLI::ParseError& e) {
            ran.exit_code = 1000 + e.get_exit_code();
        }
        ran.out = testing::internal::GetCapturedStdout();
        ran.err = testing::internal::GetCapturedStderr();
        return ran;
    }

private:
    fs::path folder_;
    fs::path before_;
};

TEST_F(ConfigCommand, AFullDiskIsNotSuccess) {
    write("c.yaml", "kafka:\n  topic: a\n");
    const std::vector<std::vector<std::string>> commands = {
        {"config", "check", "c.yaml"},
        {"config", "show", "c.yaml"},
        {"config", "schema"},
        {"config", "reference"},
        {"config", "init", "--profile", "kafka", "-o", "-"}};
    for (const std::vector<std::string>& command : commands) {
        std::fflush(stdout);
        const int before = ::dup(STDOUT_FILENO);
        const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
        ASSERT_GE(full, 0);
        ::dup2(full, STDOUT_FILENO);
        CLI::App app;
        Context context;
        add_config(app, context);
        app.parse(std::vector<std::string>(command.rbegin(), command.rend()));
        ::dup2(before, STDOUT_FILENO);
        std::clearerr(stdout);
        ::close(before);
        ::close(full);
        EXPECT_EQ(context.exit_code, exit_input) << command[1];
    }
}

TEST_F(ConfigCommand, CheckLooksAtRulesAndPipelinesToo) {
    write("r.yml",
          "title: T\nlogsource: {product: windows}\ndetection: {a: {F: x}, condition: a}\n");
    write("p.yml", "transformations:\n  - {type: nesst, items: []}\n");
    write("c.yaml", "sigma:\n  rules: [r.yml]\n");
    EXPECT_EQ(run({"config", "check", "c.yaml"}).exit_code, exit_ok);
    write("c.yaml", "sigma:\n  rules: [r.yml, none.yml]\n  pipelines: [p.yml]\n");
    const Ran ran = run({"config", "check", "c.yaml"});
    EXPECT_EQ(ran.exit_code, exit_usage);
    EXPECT_NE(ran.out.find("sigma: none.yml: there is no such file"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("p.yml:2:12: error: the transformation 'nesst'"), std::string::npos);
}

TEST_F(ConfigCommand, CheckSaysAllAndEndsWithThree) {
    write("c.yaml", "kafka:\n  topik: a\nredis:\n  port: x\n");
    const Ran ran = run({"config", "check", "c.yaml"});
    EXPECT_EQ(ran.exit_code, exit_usage);
    EXPECT_NE(ran.out.find("c.yaml:2:3: error: unknown key 'topik'"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("c.yaml:4:9: error: 'redis.port' takes a whole number"),
              std::string::npos);
    EXPECT_NE(ran.out.find("c.yaml: cannot be used: 2 errors, 0 warnings, 0 notes\n"),
              std::string::npos);
}

TEST_F(ConfigCommand, CheckAsJsonIsJsonAlone) {
    write("config.yaml", "redis:\n  port: x\n");
    const Ran ran = run({"config", "check", "--json"});
    EXPECT_EQ(ran.exit_code, exit_usage);
    const auto json = nlohmann::json::parse(ran.out);
    ASSERT_EQ(json.size(), 1U);
    EXPECT_EQ(json[0]["line"], 2);
    EXPECT_EQ(json[0]["code"], "wrong-type");
}

TEST_F(ConfigCommand, CheckAsksLibrdkafkaForWhatOnlyItKnows) {
    write("ca.pem", "this is no certificate\n");
    write("c.yaml", "kafka:\n  topic: a\n  security_protocol: SSL\n  ssl_cafile: ca.pem\n");
    const Ran ran = run({"config", "check", "c.yaml"});
    EXPECT_EQ(ran.exit_code, exit_usage);
    EXPECT_NE(ran.out.find("ssl.ca.location"), std::string::npos) << ran.out;
}

// All that we set by ourselves, librdkafka takes.
TEST_F(ConfigCommand, ProfilesAreWrittenOnceAndAreGood) {
    for (const std::string_view profile : config::profile_names()) {
        const std::string file = std::string(profile) + ".yaml";
        EXPECT_EQ(run({"config", "init", "--profile", std::string(profile), "-o", file}).exit_code,
                  exit_ok);
        EXPECT_EQ(read(file), *config::profile(profile));
        const Ran checked = run({"config", "check", file});
        EXPECT_EQ(checked.exit_code, exit_ok) << checked.out;
        EXPECT_EQ(checked.out, file + ": good: 0 errors, 0 warnings, 0 notes\n");
    }
}

TEST_F(ConfigCommand, InitReplacesAFileOnlyWhenForced) {
    write("config.yaml", "mine\n");
    const Ran refused = run({"config", "init", "--profile", "file"});
    EXPECT_EQ(refused.exit_code, exit_usage);
    EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
    EXPECT_EQ(read("config.yaml"), "mine\n");
    EXPECT_EQ(run({"config", "init", "--profile", "file", "--force"}).exit_code, exit_ok);
    EXPECT_EQ(read("config.yaml"), *config::profile("file"));
    EXPECT_EQ(run({"config", "init", "--profile", "demo", "-o", "-"}).out,
              *config::profile("demo"));
    EXPECT_EQ(run({"config", "init", "--profile", "nothing"}).exit_code, exit_usage);
}

TEST_F(ConfigCommand, ShowNamesTheOriginOfEachValue) {
    write("config.yaml", "data_dir: here\nredis:\n  password: hunter2\n");
    const Ran ran = run({"config", "show"});
    EXPECT_EQ(ran.exit_code, exit_ok);
    EXPECT_NE(ran.out.find("# config.yaml:1"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("redis.password = ****"), std::string::npos);
    EXPECT_EQ(ran.out.find("hunter2"), std::string::npos);
    const auto json =
        nlohmann::json::parse(run({"config", "show", "--json", "--data", "there"}).out);
    std::size_t num_data_dirs = 0;
    for (const auto& entry : json) {
        if (entry["path"] == "data_dir") {
            ++num_data_dirs;
            EXPECT_EQ(entry["value"], "there");
            EXPECT_EQ(entry["origin"], "--data");
        }
    }
    EXPECT_EQ(num_data_dirs, 1U);
}

TEST_F(ConfigCommand, ShowWithoutAFileListsTheDefaults) {
    const Ran ran = run({"config", "show"});
    EXPECT_EQ(ran.exit_code, exit_ok);
    EXPECT_NE(ran.out.find("settings.log_level = INFO"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("data_dir = spoor-data"), std::string::npos);
    EXPECT_EQ(run({"config", "check"}).exit_code, exit_usage);
}

TEST_F(ConfigCommand, SchemaAndReferenceGoToStandardOutput) {
    EXPECT_TRUE(nlohmann::json::accept(run({"config", "schema"}).out));
    EXPECT_TRUE(run({"config", "reference"}).out.starts_with("# Configuration\n"));
}

TEST_F(ConfigCommand, LoadingTakesTheNamedFileElseTheOneThatLiesHereElseDefaults) {
    Context context;
    config::Config config;
    ASSERT_TRUE(load_config(context, config));
    EXPECT_EQ(data_dir(context, config), "spoor-data");
    write("config.yaml", "data_dir: from-here\n");
    ASSERT_TRUE(load_config(context, config));
    EXPECT_EQ(data_dir(context, config), "from-here");
    write("other.yaml", "data_dir: from-other\n");
    context.config_path = "other.yaml";
    ASSERT_TRUE(load_config(context, config));
    EXPECT_EQ(data_dir(context, config), "from-other");
    context.data_dir = "from-option";
    EXPECT_EQ(data_dir(context, config), "from-option");
    context.config_path = "absent.yaml";
    testing::internal::CaptureStderr();
    EXPECT_FALSE(load_config(context, config));
    EXPECT_NE(testing::internal::GetCapturedStderr().find("absent.yaml"), std::string::npos);
    EXPECT_EQ(context.exit_code, exit_usage);
}

TEST_F(ConfigCommand, LoadingSaysWarningsAndCountsNotes) {
    write("config.yaml",
          "data_sources:\n  wazuh:\n    enabled: true\ndashboard:\n  port: 5000\nmodel_paths:\n  "
          "base_dir: m\n");
    Context context;
    config::Config config;
    testing::internal::CaptureStderr();
    ASSERT_TRUE(load_config(context, config));
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("warning: 'data_sources.wazuh'"), std::string::npos) << said;
    EXPECT_EQ(said.find("note: "), std::string::npos) << said;
    EXPECT_NE(said.find("config.yaml: 2 notes; `spoor config check config.yaml` shows them\n"),
              std::string::npos)
        << said;
}

}  // namespace
}  // namespace spoor::app
