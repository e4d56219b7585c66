// The correlation vectors of tests/vectors/sigma/correlations through the real path: rules read and
// compiled, events decoded and matched, then the run-time of correlations: those within a host on
// arrival, the others in order behind the watermark; then again as `scan` runs them. A vector is
// about correlations, so log sources are left out.
#include "config/yaml_reader.hpp"
#include "decode/decoder.hpp"
#include "event/record_batch.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"
#include "sigma/match_writer.hpp"
#include "sigma/scan_correlations.hpp"
#include "unit/sigma/case_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

namespace spoor::sigma {
namespace {

namespace fs = std::filesystem;
using config::YamlNode;

constexpr Duration lateness = std::chrono::seconds{10};

struct Case {
    std::string name;
    std::string rules;
    std::vector<std::string> cites;
    std::vector<std::string> events;
    std::vector<std::string> fires;
    std::optional<std::uint64_t> late;
    std::optional<std::uint64_t> uncounted;
    bool close = true;
    bool refused = false;
};

std::string text_of(const YamlNode& node, std::string_view key) {
    const auto* member = node.find(key);
    return member != nullptr ? member->value.text : std::string();
}

std::vector<std::string> texts_of(const YamlNode& node, std::string_view key) {
    std::vector<std::string> out;
    if (const auto* member = node.find(key)) {
        for (const YamlNode& item : member->value.items) {
            out.push_back(item.text);
        }
    }
    return out;
}

std::optional<std::uint64_t> number_of(const YamlNode& node, std::string_view key) {
    const std::string text = text_of(node, key);
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ptr == text.data() ? std::nullopt : std::optional(value);
}

std::vector<Case> read_cases(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    Diagnostics diagnostics;
    config::YamlLimits limits;
    limits.max_bytes = std::size_t{4} * 1024 * 1024;
    const config::YamlFile file = config::read_yaml(text.str(), path.string(), limits, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.to_text();
    std::vector<Case> out;
    for (const YamlNode& document : file.documents) {
        for (const YamlNode& item : document.items) {
            Case& c = out.emplace_back();
            c.name = text_of(item, "case");
            c.rules = text_of(item, "rules");
            c.cites = texts_of(item, "cites");
            c.events = texts_of(item, "events");
            c.fires = texts_of(item, "fires");
            c.late = number_of(item, "late");
            c.uncounted = number_of(item, "uncounted");
            c.close = text_of(item, "no_close") != "true";
            c.refused = item.find("error") != nullptr;
        }
    }
    return out;
}

std::shared_ptr<const RuleSet> with_any_source(const RuleSet& rules) {
    auto copy = std::make_shared<RuleSet>(rules);
    for (Rule& rule : copy->rules) {
        rule.logsource = {};
    }
    return copy;
}

std::string name_of(const RuleMeta& meta) {
    return meta.name.empty() ? meta.id : meta.name;
}

// What both ways begin with: events decoded, one after the other, and matched.
class Matching : public MatchSink {
public:
    explicit Matching(std::shared_ptr<const RuleSet> rules)
        : rules_(std::move(rules)),
          engine_(rules_),
          decoder_({}, std::make_shared<const decode::WatchedPaths>(engine_.paths())),
          matcher_(engine_) {}

    std::vector<std::string> fires;

protected:
    void decode(const std::string& text) {
        const std::uint32_t part = origins_.intern("kafka:C/T/0");
        batch_.clear();
        batch_.append({part, part, index_, 0}, no_time, text);
        decoder_.decode(batch_);
    }

    void tell(const Rule& rule) {
        if (rule.gives_alerts) {
            fires.push_back(name_of(rule.meta) + "@" + std::to_string(index_));
        }
    }

    std::shared_ptr<const RuleSet> rules_;
    Engine engine_;
    decode::Decoder decoder_;
    Matcher matcher_;
    OriginTable origins_;
    RecordBatch batch_;  // of the event at hand, which views it
    std::int64_t index_ = 0;
};

// A stream of events with its correlations, as one shard and the keeper would run them.
class Stream final : public Matching {
public:
    explicit Stream(std::shared_ptr<const RuleSet> rules)
        : Matching(std::move(rules)),
          codec_(rules_),
          hosts_(rules_, Placement::within_host, {}),
          others_(rules_, Placement::correlator, {}),
          hosts_state_(hosts_.make_state()),
          others_state_(others_.make_state()) {}

    void event(const std::string& text) {
        decode(text);
        ASSERT_EQ(decoder_.events().size(), 1U) << "not decoded: " << text;
        const Event& event = decoder_.events()[0];
        if (event.time != no_time) {
            hosts_.advance_host(
                event.ref, event.host_key, event.time, origins_, *hosts_state_, found_);
            take();
            newest_ = std::max(newest_, event.time);
        }
        matcher_.match(decoder_.events(), *this);
        if (newest_ != no_time) {
            release(newest_ - lateness);
            others_.advance(newest_ - lateness, origins_, *others_state_, found_);
            take();
        }
        ++index_;
    }

    void on_match(const MatchView& match) override {
        const Rule& rule = rules_->rules[match.rule()];
        const Event& event = match.event();
        tell(rule);
        MatchSignal signal;
        signal.assign(match.rule(), event.time, event.ref, event.host_key, event.host);
        for (const FieldIndex field : rule.carried) {
            const std::string_view value = match.value(field);
            if (value.data() != nullptr) {
                signal.add_value(value);
            } else {
                signal.add_missing();
            }
        }
        if (hosts_.takes(match.rule())) {
            hosts_.offer(signal, origins_, *hosts_state_, found_);
            take();
        }
        if (others_.takes(match.rule()) && event.time != no_time) {
            if (event.time < newest_ - lateness) {
                ++late_;
            } else {
                held_.push_back(signal);
            }
        }
    }

    void close() {
        at_end_ = true;
        hosts_.close_all(origins_, *hosts_state_, found_);
        take();
        release(Timestamp::max());
        others_.close_all(origins_, *others_state_, found_);
        take();
    }

    [[nodiscard]] Counters counts() {
        CorrelationCounts counts = hosts_.take_counts(*hosts_state_);
        counts.merge(others_.take_counts(*others_state_));
        counts.late += late_;
        Counters out;
        counts.add_to(out);
        return out;
    }

private:
    void release(Timestamp watermark) {
        std::ranges::sort(held_, [](const MatchSignal& a, const MatchSignal& b) {
            return std::tuple(a.known, a.ref.position) < std::tuple(b.known, b.ref.position);
        });
        while (!held_.empty() && held_.front().known < watermark) {
            alert::Signal signal;  // as it would come to the keeper
            codec_.write(held_.front(), signal);
            MatchSignal match;
            ASSERT_TRUE(codec_.read(signal, match));
            held_.erase(held_.begin());
            others_.offer(match, origins_, *others_state_, found_);
            take();
        }
    }

    void take() {
        for (const Firing& firing : found_.firings) {
            const Correlation& c = rules_->correlations[firing.correlation];
            if (c.gives_alerts) {
                fires.push_back(name_of(c.meta) + "@" + std::to_string(firing.newest.position) +
                                (at_end_ && c.decided_at_close ? ":end" : ""));
            }
        }
        held_.insert(held_.end(), found_.onward.begin(), found_.onward.end());
        found_.clear();
    }

    SignalCodec codec_;
    CorrelationRuntime hosts_;
    CorrelationRuntime others_;
    std::unique_ptr<CorrelationState> hosts_state_;
    std::unique_ptr<CorrelationState> others_state_;
    Correlated found_;
    std::vector<MatchSignal> held_;
    Timestamp newest_ = no_time;
    std::uint64_t late_ = 0;
    bool at_end_ = false;
};

// The same as `scan` runs it.
class Scanned final : public Matching {
public:
    explicit Scanned(std::shared_ptr<const RuleSet> rules)
        : Matching(std::move(rules)),
          correlations_(rules_, {}, ScanCorrelations::Order::by_arrival, origins_) {}

    void event(const std::string& text) {
        decode(text);
        ASSERT_EQ(decoder_.events().size(), 1U) << "not decoded: " << text;
        const Event& event = decoder_.events()[0];
        times_.push_back(event.time);
        if (event.time != no_time) {
            correlations_.pass(event.ref.partition, event.host_key, event.time, found_);
        }
        matcher_.match(decoder_.events(), *this);
        take(false);
        ++index_;
    }

    void on_match(const MatchView& match) override {
        const Rule& rule = rules_->rules[match.rule()];
        tell(rule);
        if (correlations_.takes(match.rule())) {
            MatchSignal signal;
            assign_match(match, rule, signal);
            correlations_.match(signal, found_);
        }
    }

    void close() {
        correlations_.finish(found_);
        take(true);
    }

    [[nodiscard]] Counters counts() { return correlations_.counters(); }

private:
    void take(bool at_end) {
        for (const ScanFinding& found : found_) {
            const Correlation& c = rules_->correlations.at(found.correlation);
            fires.push_back(name_of(c.meta) + "@" + std::to_string(newest_of(found)) +
                            (at_end && c.decided_at_close ? ":end" : ""));
        }
        found_.clear();
    }

    // The newest member; of temporal_ordered the newest match may be none: then one of that time.
    [[nodiscard]] std::int64_t newest_of(const ScanFinding& found) const {
        const std::string ref = nlohmann::json::parse(found.text)["evidence"].back()["ref"];
        const std::size_t member = std::stoul(ref.substr(ref.rfind('/') + 1));
        if (times_.at(member) == found.time) {
            return static_cast<std::int64_t>(member);
        }
        return std::ranges::find(times_, found.time) - times_.begin();
    }

    ScanCorrelations correlations_;
    std::vector<ScanFinding> found_;
    std::vector<Timestamp> times_;  // of the events
};

// Order is told within one correlation; between two it is that of their times or arrival.
std::map<std::string, std::vector<std::string>> by_name(const std::vector<std::string>& fires) {
    std::map<std::string, std::vector<std::string>> out;
    for (const std::string& fire : fires) {
        out[fire.substr(0, fire.find('@'))].push_back(fire);
    }
    return out;
}

template <class Way>
void run_through(const Case& c, const std::shared_ptr<const RuleSet>& rules) {
    Way stream(rules);
    for (const std::string& event : c.events) {
        stream.event(event);
    }
    if (c.close) {
        stream.close();
    }
    EXPECT_EQ(by_name(stream.fires), by_name(c.fires));
    const Counters counts = stream.counts();
    if (c.late) {
        EXPECT_EQ(counts.get("correlation.late"), *c.late);
    }
    if (c.uncounted) {
        EXPECT_EQ(counts.get("correlation.no_group") + counts.get("correlation.no_value"),
                  *c.uncounted);
    }
}

void run(const Case& c) {
    SCOPED_TRACE("case " + c.name);
    const Loaded loaded = load_rules({{c.name + ".yml", c.rules}}, {});
    if (c.refused) {
        EXPECT_FALSE(loaded.not_loaded.empty()) << "not refused";
        return;
    }
    ASSERT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.to_text();
    const auto rules = with_any_source(*loaded.rules);
    run_through<Stream>(c, rules);
    SCOPED_TRACE("as scan runs it");
    run_through<Scanned>(c, rules);
}

TEST(CorrelationVectors, HoldOneByOne) {
    std::vector<fs::path> files;
    for (const auto& entry :
         fs::directory_iterator(fs::path(SPOOR_SOURCE_DIR) / "tests/vectors/sigma/correlations")) {
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
    EXPECT_GE(num_cases, 200U);
    RecordProperty("cases", static_cast<int>(num_cases));
}

}  // namespace
}  // namespace spoor::sigma
