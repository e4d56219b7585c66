// The real binary, its folders and its answers, for end-to-end tests: writes a configuration, runs
// `spoor`, reads back alerts and dead letters in comparable form.
//
// One owner; not thread-safe.
#pragma once

#include "support/process.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::test {

// Paths of the programs under test, from the build.
[[nodiscard]] std::string spoor_binary();
[[nodiscard]] std::string faulty_binary();  // with planted faults and kill points

// id -> the alert's JSON; ref -> the dead letter, whole.
struct Results {
    std::map<std::string, std::string> alerts;
    std::map<std::string, std::string> letters;
};

// What is in `expected` and not in `got`, differs, or is extra: a few lines, or empty when they are
// the same.
[[nodiscard]] std::string difference(const Results& expected, const Results& got);

// One data folder and the configuration it runs with.
class House {
public:
    explicit House(std::string_view config_yaml, std::filesystem::path data = {});

    void configure(std::string_view config_yaml);

    [[nodiscard]] std::filesystem::path data() const { return data_; }

    [[nodiscard]] std::filesystem::path config() const { return dir_ / "config.yaml"; }

    // `spoor ARGS --config .. --data ..`, to its end; throws if that takes longer than the timeout.
    Finished spoor(std::vector<std::string> args,
                   std::chrono::milliseconds timeout = std::chrono::seconds(120)) const;
    // `spoor run ARGS` in the background.
    [[nodiscard]] std::unique_ptr<Process> start_run(
        std::vector<std::string> args = {},
        const std::string& binary = spoor_binary(),
        std::map<std::string, std::string> env = {}) const;
    // Reads what the store holds; the store must not be in use by a writer that is half-way (it
    // never is).
    [[nodiscard]] Results results() const;
    // Epoch of the store; 0 if there is no store yet. Cheap: for waiting.
    [[nodiscard]] std::uint64_t epoch() const;
    [[nodiscard]] std::int64_t position(std::string_view partition) const;  // 0: none yet
    [[nodiscard]] std::int64_t kafka_records_read()
        const;  // sum of the positions of Kafka partitions
    // From `spoor status --json`.
    [[nodiscard]] std::string status() const;

private:
    TempDir dir_;
    std::filesystem::path data_;
};

}  // namespace spoor::test
