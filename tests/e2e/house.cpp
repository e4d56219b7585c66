#include "e2e/house.hpp"

#include "store/reader.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <stdexcept>
#include <utility>

namespace spoor::test {

std::string spoor_binary() {
    return SPOOR_BINARY;
}

std::string faulty_binary() {
    return SPOOR_FAULTS_BINARY;
}

namespace {

template <class Map>
void compare(const char* what, const Map& expected, const Map& got, std::string& out, int& shown) {
    constexpr int max_shown = 5;
    for (const auto& [key, value] : expected) {
        const auto it = got.find(key);
        if (it == got.end() && shown++ < max_shown) {
            out += fmt::format("{} missing: {}\n", what, value.substr(0, 300));
        } else if (it != got.end() && it->second != value && shown++ < max_shown) {
            out +=
                fmt::format("{} differs:\n  expected {}\n  got      {}\n", what, value, it->second);
        }
    }
    for (const auto& [key, value] : got) {
        if (!expected.contains(key) && shown++ < max_shown) {
            out += fmt::format("{} extra: {}\n", what, value.substr(0, 300));
        }
    }
}

}  // namespace

std::string difference(const Results& expected, const Results& got) {
    std::string out;
    int shown = 0;
    compare("alert", expected.alerts, got.alerts, out, shown);
    compare("dead letter", expected.letters, got.letters, out, shown);
    if (!out.empty()) {
        out += fmt::format("{} differences; alerts {} and {}, dead letters {} and {}\n",
                           shown,
                           expected.alerts.size(),
                           got.alerts.size(),
                           expected.letters.size(),
                           got.letters.size());
    }
    return out;
}

House::House(std::string_view config_yaml, std::filesystem::path data)
    : data_(data.empty() ? dir_ / "data" : std::move(data)) {
    configure(config_yaml);
}

void House::configure(std::string_view config_yaml) {
    write_file(config(), config_yaml);
}

Finished House::spoor(std::vector<std::string> args, std::chrono::milliseconds timeout) const {
    args.insert(args.begin(), spoor_binary());
    for (const std::string& a :
         {std::string("--config"), config().string(), std::string("--data"), data_.string()}) {
        args.push_back(a);
    }
    return test::run(std::move(args), timeout);
}

std::unique_ptr<Process> House::start_run(std::vector<std::string> args,
                                          const std::string& binary,
                                          std::map<std::string, std::string> env) const {
    ProcessOptions options;
    options.argv = {binary, "run", "--config", config().string(), "--data", data_.string()};
    options.argv.insert(options.argv.end(), args.begin(), args.end());
    options.env = std::move(env);
    return std::make_unique<Process>(std::move(options));
}

namespace {

std::unique_ptr<store::Reader> open_reader(const std::filesystem::path& data) {
    auto reader = store::Reader::open(data.string());
    return reader ? std::move(*reader) : nullptr;
}

template <class T>
T must(Result<T> result) {
    if (!result) {
        throw std::runtime_error("reading the store: " + result.error().detail);
    }
    return std::move(result).value();
}

// For waiting on a run that is starting: what cannot be read yet is not there yet.
store::StoreFacts facts_so_far(const std::filesystem::path& data) {
    const auto reader = open_reader(data);
    if (reader) {
        if (auto facts = reader->facts()) {
            return std::move(*facts);
        }
    }
    return {};
}

}  // namespace

Results House::results() const {
    Results results;
    const auto reader = open_reader(data_);
    if (!reader) {
        throw std::runtime_error("no store in " + data_.string());
    }
    must(reader->each_alert({}, store::Order::oldest_first, [&](const store::AlertRow& row) {
        if (!results.alerts.emplace(row.id, row.json).second) {
            throw std::runtime_error("an alert is in the log twice: " + row.id);
        }
        return true;
    }));
    for (std::uint64_t before = 0;;) {
        const store::LetterPage page = must(reader->dead_letters({}, 1000, before));
        for (const store::LetterRow& row : page.rows) {
            const store::LetterRow whole = must(reader->dead_letter(row.ref));
            const std::string text = fmt::format("{} {} {} {} {} {}",
                                                 whole.partition,
                                                 whole.reason,
                                                 whole.detail,
                                                 whole.record_time.time_since_epoch().count(),
                                                 whole.payload_size,
                                                 whole.payload);
            if (!results.letters.emplace(whole.ref, text).second) {
                throw std::runtime_error("a dead letter is there twice: " + whole.ref);
            }
        }
        if (!page.next) {
            return results;
        }
        before = *page.next;
    }
}

std::uint64_t House::epoch() const {
    return facts_so_far(data_).epoch;
}

std::int64_t House::position(std::string_view partition) const {
    const store::StoreFacts facts = facts_so_far(data_);
    for (const Position& p : facts.positions) {
        if (p.partition == partition) {
            return p.next;
        }
    }
    return 0;
}

std::int64_t House::kafka_records_read() const {
    const store::StoreFacts facts = facts_so_far(data_);
    std::int64_t n = 0;
    for (const Position& p : facts.positions) {
        n += p.partition.starts_with("kafka:") ? p.next : 0;
    }
    return n;
}

std::string House::status() const {
    return spoor({"status", "--json"}).out;
}

}  // namespace spoor::test
