// The public rules and their regression events, where SPOOR_DATA_DIR has them: all are read, each
// is compiled or says what it lacks, and each of the 90 rules matches its own events.
#include "config/yaml_reader.hpp"
#include "decode/decoder.hpp"
#include "decode/known_logsources.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"
#include "support/process.hpp"
#include "unit/sigma/case_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace spoor::sigma {
namespace {

namespace fs = std::filesystem;

// What the events of one rule make each rule tell.
struct Told final : MatchSink {
    void on_match(const MatchView& match) override { ++by_rule[match.rule()]; }

    std::map<RuleIndex, std::size_t> by_rule;
};

// One line of the index of regression events.
struct Row {
    std::string rule_id;
    std::size_t match_count = 0;  // 0: not said, at least one
    std::string events_file;
    std::size_t num_events = 0;
};

std::vector<Row> read_index(const fs::path& path) {
    std::istringstream in(test::read_file(path));
    std::string line;
    std::getline(in, line);
    std::vector<Row> out;
    while (std::getline(in, line)) {
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, '\t');) {
            cells.push_back(cell);
        }
        const auto number = [&](std::size_t i) {
            return static_cast<std::size_t>(std::strtoull(cells.at(i).c_str(), nullptr, 10));
        };
        out.push_back({cells.at(0), number(2), cells.at(5), number(6)});
    }
    return out;
}

// Objects written over several lines, one after another.
std::vector<std::string> read_objects(const fs::path& path) {
    std::istringstream in(test::read_file(path));
    std::vector<std::string> out;
    std::string object;
    for (std::string line; std::getline(in, line);) {
        object += line + "\n";
        if (line.starts_with('}')) {
            out.push_back(std::exchange(object, {}));
        }
    }
    return out;
}

std::map<std::string, std::vector<std::string>> read_placeholders() {
    const fs::path path = fs::path(SPOOR_SOURCE_DIR) / "tests/oracle/placeholders.yml";
    Diagnostics diagnostics;
    const auto file = config::read_yaml(test::read_file(path), "placeholders.yml", {}, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.to_text();
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& member : file.documents.at(0).members) {
        for (const auto& item : member.value.items) {
            out[member.key].push_back(item.text);
        }
    }
    return out;
}

class SigmaCorpus : public ::testing::Test {
protected:
    void SetUp() override {
        const char* const data = std::getenv("SPOOR_DATA_DIR");  // NOLINT(concurrency-mt-unsafe)
        if (data == nullptr || !fs::exists(fs::path(data) / "sigma/sigmahq-rules.tar.gz")) {
            GTEST_SKIP() << "SPOOR_DATA_DIR has no sigma: the public rules are not looked at";
        }
        data_ = fs::path(data) / "sigma";
        for (const char* name : {"sigmahq-rules.tar.gz", "regression-visible.tar.gz"}) {
            const auto done = test::run(
                {"tar", "-xzf", (data_ / name).string(), "-C", unpacked_.path().string()});
            ASSERT_EQ(done.exit_code, 0) << done.err;
        }
        for (const auto& entry : fs::recursive_directory_iterator(unpacked_.path())) {
            const std::string name = fs::relative(entry.path(), unpacked_.path()).string();
            if (name.starts_with("rules") && name.ends_with(".yml")) {
                files_.push_back({name, test::read_file(entry.path())});
            }
        }
        std::ranges::sort(files_, {}, &RuleText::name);
    }

    struct Regression {
        std::size_t rules = 0;
        std::size_t rules_matched = 0;
        std::size_t events = 0;
        std::size_t events_matched = 0;
    };

    // Each rule on the events that were recorded for it.
    Regression check_regression(const std::shared_ptr<const RuleSet>& rules) {
        const Engine engine(rules);
        decode::Decoder decoder({}, std::make_shared<const decode::WatchedPaths>(engine.paths()));
        Matcher matcher(engine);
        Regression out;
        for (const Row& row : read_index(data_ / "regression-visible.tsv")) {
            SCOPED_TRACE(row.rule_id);
            RecordBatch batch;
            for (const std::string& object : read_objects(unpacked_.path() / row.events_file)) {
                batch.append({}, no_time, object);
            }
            EXPECT_EQ(batch.size(), row.num_events);
            decoder.decode(batch);
            Told told;
            matcher.match(decoder.events(), told);
            std::size_t num_own = 0;
            for (const auto& [rule, times] : told.by_rule) {
                num_own += rules->rules[rule].meta.id == row.rule_id ? times : 0;
            }
            // Of two rules with more events than matches the index says too little.
            const bool is_exact = row.match_count == row.num_events;
            const std::size_t least =
                is_exact ? row.num_events : std::max<std::size_t>(row.match_count, 1);
            EXPECT_GE(num_own, least);
            ++out.rules;
            out.rules_matched += num_own >= least ? 1 : 0;
            out.events += batch.size();
            out.events_matched += num_own;
        }
        return out;
    }

    test::TempDir unpacked_;
    fs::path data_;
    std::vector<RuleText> files_;
};

TEST_F(SigmaCorpus, NoLogSourceIsTakenForAMisspelledOne) {
    decode::KnownLogSources known = decode::known_logsources();
    LoadOptions options;
    options.known_logsources = {
        std::move(known.products), std::move(known.categories), std::move(known.services)};
    const Loaded loaded = load_rules(files_, options);
    EXPECT_GT(loaded.num_documents, 3000U);
    for (const Diagnostic& d : loaded.diagnostics.all()) {
        EXPECT_NE(d.code, "unknown-logsource") << d.message << ": " << d.hint;
    }
}

TEST_F(SigmaCorpus, EachRuleIsReadAndMatchesItsEvents) {
    testing::CaseReport report;
    const Loaded plain = load_rules(files_, {});
    LoadOptions options;
    options.placeholders = read_placeholders();
    const Loaded full = load_rules(files_, options);
    EXPECT_EQ(plain.num_documents, 3780U);
    for (const NotLoaded& one : plain.not_loaded) {
        EXPECT_EQ(one.reason, "unknown-placeholder") << one.file;
    }
    EXPECT_FALSE(full.diagnostics.has_errors()) << full.diagnostics.to_text();
    EXPECT_EQ(full.rules->rules.size(), full.num_documents);
    const Regression regression = check_regression(full.rules);
    report.figure("documents", plain.num_documents);
    report.figure("compiled", plain.rules->rules.size());
    report.figure("need placeholders", plain.not_loaded.size());
    report.figure("compiled with placeholders", full.rules->rules.size());
    report.figure("regression rules", regression.rules);
    report.figure("regression rules matched", regression.rules_matched);
    report.figure("regression events", regression.events);
    report.figure("regression events matched", regression.events_matched);
}

}  // namespace
}  // namespace spoor::sigma
