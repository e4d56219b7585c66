// What the tests of rule commands share: a folder with rules and events, and running a command as
// from the command line.
#pragma once

#include "app/command.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace spoor::app {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

inline constexpr const char* rules_text = R"(title: Whoami
id: 11111111-1111-4111-8111-111111111111
status: test
level: high
tags: [attack.discovery, attack.t1059]
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\whoami.exe', CommandLine|contains: [whoami]}
  condition: selection
tests:
  match: [{Image: 'C:\x\whoami.exe', CommandLine: whoami /all}]
  miss: [{Image: 'C:\x\cmd.exe'}, '{"Image":"C:\\whoami.exe","CommandLine":"x"}']
---
title: Many of them
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: event_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [Computer]
  timespan: 5m
  condition: {gte: 3}
  generate: true
---
title: Many users
id: 33333333-3333-4333-8333-333333333333
level: low
correlation:
  type: value_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [Image]
  timespan: 5m
  condition: {gte: 4, field: User}
  generate: true
)";

inline std::string event_text(int i) {
    const bool whoami = i % 7 == 0;
    std::ostringstream out;
    out << R"({"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws)"
        << i % 5 << R"(","UtcTime":"2025-06-03 12:)" << 10 + i / 600 << ':' << (i / 10) % 60 / 10
        << (i / 10) % 10 << R"(.000","User":"u)" << i % 11 << R"(","Image":"C:\\Windows\\)"
        << (whoami ? "whoami" : "cmd") << R"(.exe","CommandLine":"whoami /all )" << i << "\"}\n";
    return out.str();
}

struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;

    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::istringstream in(out);
        for (std::string line; std::getline(in, line);) {
            all.push_back(line);
        }
        return all;
    }
};

class RuleCommands : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "spoor-rules-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        write("rules/a.yml", rules_text);
        std::string events;
        for (int i = 0; i < 9'000; ++i) {
            events += event_text(i);
        }
        write("events.ndjson", events + "not JSON\n");
    }

    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories(fs::path(path(name)).parent_path());
        std::ofstream(path(name), std::ios::binary) << text;
    }

    static Ran run(std::vector<std::string> arguments) {
        CLI::App app;
        Context context;
        add_scan(app, context);
        add_rules(app, context);
        std::reverse(arguments.begin(), arguments.end());
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        Ran ran;
        try {
            app.parse(arguments);
            ran.exit_code = context.exit_code;
        } catch (const CLI::ParseError& error) {
            ran.exit_code = error.get_exit_code();
        }
        ran.out = ::testing::internal::GetCapturedStdout();
        ran.err = ::testing::internal::GetCapturedStderr();
        return ran;
    }

    Ran scan(std::vector<std::string> more) const {
        more.insert(more.begin(), {"scan", path("events.ndjson"), "--rules", path("rules")});
        return run(std::move(more));
    }

    std::string folder_;
};

}  // namespace spoor::app
