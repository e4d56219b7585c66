// Listing and filtering 100,000 alerts: a page of 50, newest first, as another process does it.
// Every filter that the commands have, and for each the worst case, where nothing matches.
// Goal: under 50 ms each.
#include "base/random.hpp"
#include "store/reader.hpp"
#include "store/search_index.hpp"
#include "store/sqlite_store.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace spoor::store;

constexpr std::uint64_t num_alerts = 100'000;

spoor::Timestamp at(std::uint64_t number) {
    return spoor::Timestamp{std::chrono::seconds{1'700'000'000 + number}};
}

spoor::alert::Alert make_alert(std::uint64_t number) {
    static const std::vector<std::vector<std::string>> techniques = {
        {"T1041", "T1071", "T1095", "T1105", "T1571"}, {"T1110", "T1078"}, {"T1059.001"}};
    spoor::Random random(number);
    spoor::alert::Alert alert;
    alert.id = spoor::alert::make_id("rule", "1", "", std::to_string(number));
    alert.time = at(number - number % 3 * (number > 100 ? 20 : 0));  // not quite in order
    alert.level = static_cast<spoor::alert::Level>(random.below(4));
    alert.detector = number % 3 == 0 ? "behavior" : "threshold";
    alert.rule_id = "spoor.rule-" + std::to_string(random.below(20));
    alert.host = "host-" + std::to_string(random.below(500)) + ".example.org";
    alert.entity = alert.host;
    alert.techniques = techniques[random.below(techniques.size())];
    alert.summary = "network_traffic_volume is 0.91, above 0.8, on " + alert.host;
    alert.json = R"({"id":")" + alert.id + R"(","host":")" + alert.host + R"(","message":")";
    while (alert.json.size() < 1480) {
        alert.json += "word" + std::to_string(random.below(20'000)) + " ";
    }
    alert.json += number == 70'000 ? "needle\"}" : "everywhere\"}";
    return alert;
}

// The folder lives as long as the program. Built once: `indexed` of the alerts are in the index.
std::string make_store(std::uint64_t indexed) {
    std::string dir = std::filesystem::temp_directory_path() / "spoor-store-bench-XXXXXX";
    if (::mkdtemp(dir.data()) == nullptr) {
        std::abort();
    }
    auto store = std::move(SqliteStore::open(dir)).value();
    Epoch epoch;
    for (std::uint64_t number = 0; number < num_alerts;) {
        ++epoch.number;
        epoch.stored_at = at(number + 60);
        epoch.alerts.clear();
        for (int i = 0; i < 2000; ++i) {
            epoch.alerts.push_back(make_alert(number++));
        }
        if (!store->commit(epoch)) {
            std::abort();
        }
    }
    auto index = std::move(SearchIndex::open(dir)).value();
    while (index->indexed_up_to() < indexed) {
        if (!index->catch_up(10'000)) {
            std::abort();
        }
    }
    return dir;
}

struct Folders {
    std::string all = make_store(num_alerts);
    std::string most = make_store(num_alerts * 9 / 10);

    Folders() = default;
    Folders(const Folders&) = delete;
    Folders& operator=(const Folders&) = delete;

    ~Folders() {
        std::filesystem::remove_all(all);
        std::filesystem::remove_all(most);
    }
};

const Folders& folders() {
    static const Folders made;
    return made;
}

void list(benchmark::State& state, const std::string& dir, const AlertFilter& filter, Order order) {
    std::size_t rows = 0;
    for (auto _ : state) {
        // Opened each time: a command is a new process.
        auto reader = std::move(Reader::open(dir)).value();
        const auto page = reader->alerts(filter, order, 50, std::nullopt, false);
        if (!page) {
            state.SkipWithError(page.error().detail.c_str());
            return;
        }
        rows = page->rows.size();
    }
    state.counters["rows"] = static_cast<double>(rows);
}

void add(const char* name,
         const AlertFilter& filter,
         Order order = Order::newest_first,
         bool is_indexed = true) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
        list(state, is_indexed ? folders().all : folders().most, filter, order);
    })->Unit(benchmark::kMillisecond);
}

AlertFilter text(const char* words) {
    AlertFilter filter;
    filter.text = words;
    return filter;
}

void add_all() {
    using spoor::alert::Level;
    add("list/all", {});
    add("list/oldest_first", {}, Order::oldest_first);
    add("list/level_high", {.level = Level::high});
    add("list/level_none_matches", {.level = Level::critical});
    add("list/min_level_all_match", {.min_level = Level::informational});
    add("list/min_level_none_matches", {.min_level = Level::critical});
    add("list/host", {.host = "HOST-77.example.org"});
    add("list/host_none_matches", {.host = "nowhere"});
    add("list/technique", {.technique = "T1059"});
    add("list/technique_none_matches", {.technique = "T9999"});
    add("list/rule_none_matches", {.rule = "no.such.rule"});
    add("list/detector_none_matches", {.detector = "sigma"});
    add("list/time_range", {.from = at(40'000), .to = at(60'000)});
    add("list/time_range_all_host_none", {.host = "nowhere", .from = at(0), .to = at(200'000)});
    add("list/time_range_none_matches", {.from = at(500'000)});
    add("list/stored_from_none_matches", {.stored_from = at(900'000)});
    add("list/text_one_matches", text("needle"));
    add("list/text_all_match", text("everywhere"));
    add("list/text_phrase", text("\"word17 word1\""));
    add("list/text_prefix", text("need*"));
    add("list/text_prefix_of_11111_words", text("word1*"));
    add("list/text_none_matches", text("absentword"));
    add("list/text_none_matches_tail_of_10k", text("absentword"), Order::newest_first, false);
    AlertFilter every;
    every.min_level = Level::low;
    every.host = "host-3.example.org";
    every.technique = "T1041";
    every.detector = "behavior";
    every.text = "everywhere";
    add("list/everything_together", every);
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    add_all();
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
