// The engine's side of a comparison of correlations with the oracle: what gives alerts over a file
// of events, rules and correlations alike.
//
//   engine_firings EVENTS.ndjson RULES.yml...
//
// One line an alert, in order: id, tab, event time in microseconds since 1970. Routing is off:
// every rule is tried on every event. Lateness is 10 s.

#include "decode/decoder.hpp"
#include "event/origin.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"
#include "sigma/match_writer.hpp"
#include "sigma/scan_correlations.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

std::shared_ptr<const RuleSet> load(std::span<char*> files) {
    std::vector<RuleText> texts;
    for (const char* file : files) {
        texts.push_back({file, read_file(file)});
    }
    const Loaded loaded = load_rules(texts, {});
    for (const NotLoaded& one : loaded.not_loaded) {
        std::cerr << "not loaded: " << one.file << ":" << one.line << ": " << one.reason << "\n";
    }
    auto everywhere = std::make_shared<RuleSet>(*loaded.rules);
    for (Rule& rule : everywhere->rules) {
        rule.logsource = {};
    }
    return everywhere;
}

class Stream : public MatchSink {
public:
    explicit Stream(const std::shared_ptr<const RuleSet>& rules)
        : rules_(*rules),
          correlations_(rules, {}, ScanCorrelations::Order::by_arrival, origins_),
          origin_(origins_.intern("file:f")) {}

    [[nodiscard]] EventRef ref(std::int64_t position) const {
        EventRef out;
        out.origin = origin_;
        out.partition = origin_;
        out.position = position;
        return out;
    }

    void pass(const Event& event) {
        if (event.time != no_time) {
            correlations_.pass(origin_, event.host_key, event.time, found_);
            print();
        }
    }

    void on_match(const MatchView& match) override {
        const Rule& rule = rules_.rules[match.rule()];
        if (rule.gives_alerts) {
            print(rule.meta.id, match.event().time);
        }
        if (match.event().time != no_time && correlations_.takes(match.rule())) {
            assign_match(match, rule, signal_);
            correlations_.match(signal_, found_);
            print();
        }
    }

    void finish() {
        correlations_.finish(found_);
        print();
    }

private:
    void print() {
        for (const ScanFinding& one : found_) {
            print(rules_.correlations[one.correlation].meta.id, one.time);
        }
        found_.clear();
    }

    static void print(std::string_view id, Timestamp time) {
        std::cout << id << '\t' << time.time_since_epoch().count() << '\n';
    }

    const RuleSet& rules_;
    OriginTable origins_;
    ScanCorrelations correlations_;
    std::uint32_t origin_;
    MatchSignal signal_;
    std::vector<ScanFinding> found_;
};

int run(const std::string& events, std::span<char*> files) {
    const auto rules = load(files);
    const Engine engine(rules);
    decode::Decoder decoder({}, std::make_shared<const decode::WatchedPaths>(engine.paths()));
    Matcher matcher(engine);
    Stream stream(rules);
    std::istringstream lines(read_file(events));
    std::int64_t position = 0;
    for (std::string line; std::getline(lines, line); ++position) {
        RecordBatch batch;
        batch.append(stream.ref(position), no_time, line);
        decoder.decode(batch);
        for (const Event& event : decoder.events()) {
            stream.pass(event);
            matcher.match(std::span(&event, 1), stream);
        }
    }
    stream.finish();
    return 0;
}

}  // namespace
}  // namespace spoor::sigma

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "engine_firings EVENTS RULES...\n";
        return 2;
    }
    return spoor::sigma::run(argv[1], std::span(argv, static_cast<std::size_t>(argc)).subspan(2));
}
