// The vectors of tests/vectors/sigma (its README says what they are) through the real path: rules
// read and compiled, events decoded, the engine asked. Routing is off: a vector is about a rule and
// an event. Each case is run as it stands, and once more among all the others of its file, through
// the plan with its keys.

#include "config/yaml_reader.hpp"
#include "decode/decoder.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"
#include "unit/sigma/case_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

namespace fs = std::filesystem;
using config::YamlNode;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

std::vector<std::string> texts_of(const YamlNode& node, std::string_view key) {
    std::vector<std::string> out;
    if (const auto* member = node.find(key)) {
        if (member->value.kind == YamlNode::Kind::scalar) {
            out.push_back(member->value.text);
        }
        for (const YamlNode& item : member->value.items) {
            out.push_back(item.text);
        }
    }
    return out;
}

std::string indented(const std::string& text) {
    std::istringstream in(text);
    std::string out;
    for (std::string line; std::getline(in, line);) {
        out += "  " + line + "\n";
    }
    return out;
}

struct Case {
    std::string name;
    std::vector<std::string> cites;
    std::string rules;
    LoadOptions options;
    std::vector<std::string> match;
    std::vector<std::string> miss;
    bool refused = false;
    std::string code;  // of the refusal; empty: any
};

Case read_case(const YamlNode& node) {
    Case out;
    out.name = texts_of(node, "case").at(0);
    out.cites = texts_of(node, "cites");
    const auto detection = texts_of(node, "detection");
    const auto rules = texts_of(node, "rules");
    out.rules = detection.empty()
                    ? rules.at(0)
                    : "title: vector\nid: vector\nlogsource:\n  category: vector\ndetection:\n" +
                          indented(detection.at(0));
    for (const std::string& text : texts_of(node, "pipelines")) {
        out.options.pipelines.push_back({"pipeline.yml", text});
    }
    if (const auto* placeholders = node.find("placeholders")) {
        for (const auto& member : placeholders->value.members) {
            auto& values = out.options.placeholders[member.key];
            if (member.value.kind == YamlNode::Kind::scalar) {
                values.push_back(member.value.text);
            }
            for (const YamlNode& item : member.value.items) {
                values.push_back(item.text);
            }
        }
    }
    out.match = texts_of(node, "match");
    out.miss = texts_of(node, "miss");
    const auto error = texts_of(node, "error");
    out.refused = !error.empty();
    out.code = out.refused && error.at(0) != "true" ? error.at(0) : "";
    return out;
}

std::vector<Case> read_cases(const fs::path& path) {
    Diagnostics diagnostics;
    config::YamlLimits limits;
    limits.max_bytes = std::size_t{4} * 1024 * 1024;
    const config::YamlFile file =
        config::read_yaml(read_file(path), path.string(), limits, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.to_text();
    std::vector<Case> out;
    for (const YamlNode& document : file.documents) {
        for (const YamlNode& item : document.items) {
            out.push_back(read_case(item));
        }
    }
    return out;
}

// Whether any rule of the case matches: each of its own, and through a plan.
struct Answer {
    bool alone = false;
    bool planned = false;
    bool decoded = false;
};

struct AnyMatch : MatchSink {
    void on_match(const MatchView& match) override {
        any = true;
        parts = match.evidence().size();
    }

    bool any = false;
    std::size_t parts = 0;
};

class Asked {
public:
    explicit Asked(std::shared_ptr<const RuleSet> rules)
        : engine_(with_any_source(*rules)),
          decoder_({}, std::make_shared<const decode::WatchedPaths>(engine_.paths())),
          matcher_(engine_) {}

    Answer ask(const std::string& event) {
        RecordBatch batch;
        batch.append({}, no_time, event);
        decoder_.decode(batch);
        Answer out;
        out.decoded = decoder_.events().size() == 1;
        if (!out.decoded) {
            return out;
        }
        for (RuleIndex r = 0; r < engine_.rules().rules.size(); ++r) {
            out.alone = out.alone || matcher_.matches(decoder_.events()[0], r);
        }
        AnyMatch any;
        matcher_.match(decoder_.events(), any);
        out.planned = any.any;
        return out;
    }

private:
    // So that the plan of every event has every rule.
    static std::shared_ptr<const RuleSet> with_any_source(const RuleSet& rules) {
        auto copy = std::make_shared<RuleSet>(rules);
        for (Rule& rule : copy->rules) {
            rule.logsource = {};
        }
        return copy;
    }

    Engine engine_;
    decode::Decoder decoder_;
    Matcher matcher_;
};

void run(const Case& c) {
    SCOPED_TRACE("case " + c.name);
    const Loaded loaded = load_rules({{c.name + ".yml", c.rules}}, c.options);
    if (c.refused) {
        EXPECT_FALSE(loaded.not_loaded.empty()) << "not refused";
        if (!c.code.empty() && !loaded.not_loaded.empty()) {
            EXPECT_EQ(loaded.not_loaded.front().reason, c.code);
        }
        return;
    }
    EXPECT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.to_text();
    ASSERT_FALSE(loaded.rules->rules.empty());
    Asked asked(loaded.rules);
    const auto check = [&](const std::string& event, bool expected) {
        const Answer answer = asked.ask(event);
        EXPECT_TRUE(answer.decoded) << "not decoded: " << event;
        EXPECT_EQ(answer.alone, expected) << event;
        EXPECT_EQ(answer.planned, expected) << "through the plan: " << event;
    };
    for (const std::string& event : c.match) {
        check(event, true);
    }
    for (const std::string& event : c.miss) {
        check(event, false);
    }
}

TEST(SigmaVectors, HoldOneByOne) {
    std::vector<fs::path> files;
    for (const auto& entry :
         fs::directory_iterator(fs::path(SPOOR_SOURCE_DIR) / "tests/vectors/sigma")) {
        if (entry.path().extension() == ".yaml") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    testing::CaseReport report;
    std::size_t num_cases = 0;
    for (const fs::path& file : files) {
        SCOPED_TRACE(file.filename().string());
        for (const Case& c : read_cases(file)) {
            report.begin();
            run(c);
            report.end(c.name, c.cites, c.rules, c.refused);
            ++num_cases;
        }
    }
    EXPECT_GE(num_cases, 600U);
    RecordProperty("cases", static_cast<int>(num_cases));
}

}  // namespace
}  // namespace spoor::sigma
