// Where the time of a Sigma run goes: bench_sigma_engine RULES FILE [rounds]. Loads all rules under
// a folder, reads an NDJSON file into memory, and prints nanoseconds an event for decoding alone,
// decoding with the values that rules ask for, matching, and matching with the evidence of each
// match; the best of some rounds, since machines are noisy. The stages are its own baseline: each
// line is also given as a ratio to decoding alone.

#include "decode/decoder.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace spoor;

// Processor time, since other work may run beside.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

std::vector<sigma::RuleText> read_rules(const char* folder) {
    std::vector<sigma::RuleText> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".yml") {
            out.push_back({entry.path().string(), read_file(entry.path())});
        }
    }
    std::ranges::sort(out, {}, &sigma::RuleText::name);
    return out;
}

std::vector<RecordBatch> read_events(const char* path) {
    const std::string text = read_file(path);
    std::vector<RecordBatch> out(1);
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = text.find('\n', at);
        end = end == std::string::npos ? text.size() : end;
        if (end > at) {
            if (out.back().full()) {
                out.emplace_back();
            }
            out.back().append({0, 0, static_cast<std::int64_t>(at), 0},
                              no_time,
                              std::string_view(text).substr(at, end - at));
        }
        at = end + 1;
    }
    return out;
}

struct Counting : sigma::MatchSink {
    explicit Counting(bool evidence) : with_evidence(evidence) {}

    void on_match(const sigma::MatchView& match) override {
        ++matches;
        if (with_evidence) {
            parts += match.evidence().size();
        }
    }

    bool with_evidence;
    std::uint64_t matches = 0;
    std::uint64_t parts = 0;
};

// The best of `rounds`, in nanoseconds an event.
template <class Round>
double best(int rounds, std::size_t events, Round round) {
    double least = 1e300;
    for (int i = 0; i < rounds; ++i) {
        const double begin = cpu_seconds();
        round();
        least = std::min(least, cpu_seconds() - begin);
    }
    return least * 1e9 / static_cast<double>(events);
}

void print(const char* what, double ns, double base) {
    std::printf("%-28s %9.1f ns an event %8.2f x decoding\n", what, ns, ns / base);
}

int run(const char* rule_folder, const char* event_file, int rounds) {
    const std::vector<sigma::RuleText> texts = read_rules(rule_folder);
    double begin = cpu_seconds();
    const sigma::Loaded loaded = sigma::load_rules(texts, {});
    const double load_s = cpu_seconds() - begin;
    begin = cpu_seconds();
    const sigma::Engine engine(loaded.rules);
    std::printf("%zu rules of %zu files, %zu errors: loaded in %.3f s, engine %.3f s; %zu paths\n",
                loaded.rules->rules.size(),
                texts.size(),
                loaded.diagnostics.num_errors(),
                load_s,
                cpu_seconds() - begin,
                engine.paths().size());
    const std::vector<RecordBatch> batches = read_events(event_file);
    std::size_t events = 0;
    for (const RecordBatch& batch : batches) {
        events += batch.size();
    }
    decode::Decoder plain({});
    const double decode = best(rounds, events, [&] {
        for (const RecordBatch& batch : batches) {
            plain.decode(batch);
        }
    });
    decode::Decoder watching({}, std::make_shared<const decode::WatchedPaths>(engine.paths()));
    print("decode", decode, decode);
    print("decode, watching",
          best(rounds,
               events,
               [&] {
                   for (const RecordBatch& batch : batches) {
                       watching.decode(batch);
                   }
               }),
          decode);
    for (const bool evidence : {false, true}) {
        sigma::Matcher matcher(engine);
        std::uint64_t matches = 0;
        const double ns = best(rounds, events, [&] {
            Counting sink(evidence);
            for (const RecordBatch& batch : batches) {
                watching.decode(batch);
                matcher.match(watching.events(), sink);
            }
            matches = sink.matches;
        });
        print(evidence ? "decode, match, evidence" : "decode, match", ns, decode);
        std::printf("    %zu events, %llu matches, %.0f events/s\n",
                    events,
                    static_cast<unsigned long long>(matches),
                    1e9 / ns);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s RULES FILE [rounds]\n", argv[0]);
        return 2;
    }
    return run(argv[1], argv[2], argc > 3 ? std::atoi(argv[3]) : 5);
}
