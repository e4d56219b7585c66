// The engine's side of a comparison with the oracle: which rules match which lines of a file.
//
//   engine_pairs EVENTS.ndjson [--no-routing] [--placeholder NAME=VALUE]... RULES...
//
// RULES are files or folders. One line a match: rule id, tab, byte offset of the event's line. What
// is not loaded or not decoded goes to standard error.

#include "decode/decoder.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"
#include "sigma/load.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string events;
    bool routing = true;
    LoadOptions options;
    std::vector<fs::path> rules;
};

bool read_arguments(int argc, char** argv, Arguments& out) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--no-routing") {
            out.routing = false;
        } else if (word == "--placeholder" && i + 1 < argc) {
            const std::string_view pair = argv[++i];
            const std::size_t equal = pair.find('=');
            if (equal == std::string_view::npos) {
                return false;
            }
            out.options.placeholders[std::string(pair.substr(0, equal))].emplace_back(
                pair.substr(equal + 1));
        } else if (out.events.empty()) {
            out.events = word;
        } else {
            out.rules.emplace_back(word);
        }
    }
    return !out.events.empty() && !out.rules.empty();
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

std::vector<RuleText> read_rules(const std::vector<fs::path>& roots) {
    std::vector<fs::path> files;
    for (const fs::path& root : roots) {
        if (!fs::is_directory(root)) {
            files.push_back(root);
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            if (entry.path().extension() == ".yml" || entry.path().extension() == ".yaml") {
                files.push_back(entry.path());
            }
        }
    }
    std::ranges::sort(files);
    std::vector<RuleText> out;
    out.reserve(files.size());
    for (const fs::path& file : files) {
        out.push_back({file.string(), read_file(file)});
    }
    return out;
}

std::shared_ptr<const RuleSet> load(const Arguments& arguments) {
    const Loaded loaded = load_rules(read_rules(arguments.rules), arguments.options);
    for (const NotLoaded& one : loaded.not_loaded) {
        std::cerr << "not loaded: " << one.file << ":" << one.line << ": " << one.reason << "\n";
    }
    if (arguments.routing) {
        return loaded.rules;
    }
    // A rule that names no log source is tried on every event; its fields are bound already.
    auto everywhere = std::make_shared<RuleSet>(*loaded.rules);
    for (Rule& rule : everywhere->rules) {
        rule.logsource = {};
    }
    return everywhere;
}

class Printer : public MatchSink {
public:
    explicit Printer(const RuleSet& rules) : rules_(rules) {}

    void on_match(const MatchView& match) override {
        std::cout << rules_.rules[match.rule()].meta.id << '\t' << match.event().ref.position
                  << '\n';
    }

private:
    const RuleSet& rules_;
};

int run(const Arguments& arguments) {
    const Engine engine(load(arguments));
    decode::Decoder decoder({}, std::make_shared<const decode::WatchedPaths>(engine.paths()));
    Matcher matcher(engine);
    Printer printer(engine.rules());
    const std::string text = read_file(arguments.events);
    RecordBatch batch;
    const auto flush = [&] {
        decoder.decode(batch);
        for (const decode::Rejected& one : decoder.rejected()) {
            std::cerr << "not decoded: " << batch.rows()[one.row].ref.position << ": " << one.detail
                      << "\n";
        }
        matcher.match(decoder.events(), printer);
        batch.clear();
    };
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) {
            EventRef ref;
            ref.position = static_cast<std::int64_t>(begin);
            batch.append(ref, no_time, std::string_view(text).substr(begin, end - begin));
        }
        begin = end + 1;
        if (batch.full()) {
            flush();
        }
    }
    flush();
    return 0;
}

}  // namespace
}  // namespace spoor::sigma

int main(int argc, char** argv) {
    spoor::sigma::Arguments arguments;
    if (!spoor::sigma::read_arguments(argc, argv, arguments)) {
        std::cerr << "engine_pairs EVENTS [--no-routing] [--placeholder NAME=VALUE]... RULES...\n";
        return 2;
    }
    return spoor::sigma::run(arguments);
}
