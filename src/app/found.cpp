#include "app/run_report.hpp"
#include "store/format.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

constexpr std::size_t page = 1000;
constexpr std::size_t hosts_shown = 5;

// Names of the tactics of one alert, in the order it gives them.
void add_tactics(const std::string& json, std::set<std::string>& out) {
    const auto alert = nlohmann::json::parse(json, nullptr, false);
    if (alert.is_discarded()) {
        return;
    }
    const auto attack = alert.find("mitre_attack");
    if (attack == alert.end() || !attack->contains("tactics")) {
        return;
    }
    for (const auto& tactic : (*attack)["tactics"]) {
        if (tactic.contains("name") && tactic["name"].is_string()) {
            out.insert(tactic["name"].get<std::string>());
        }
    }
}

void add_techniques(std::string_view ids, std::set<std::string>& out) {
    while (!ids.empty()) {
        const auto space = ids.find(' ');
        out.emplace(ids.substr(0, space));
        ids = space == std::string_view::npos ? std::string_view() : ids.substr(space + 1);
    }
}

std::string join(const std::set<std::string>& words) {
    std::string out;
    for (const std::string& w : words) {
        out += out.empty() ? w : ", " + w;
    }
    return out.empty() ? "none" : out;
}

std::uint64_t dead_letters(const Counters& counters) {
    std::uint64_t n = 0;
    for (const auto& [name, count] : counters.all()) {
        n += name.starts_with("dead_letters.") ? count : 0;
    }
    return n;
}

}  // namespace

Result<void> Found::catch_up(store::AlertLog& log) {
    for (;;) {
        SPOOR_TRY(const auto alerts, log.read(last_sequence, page));
        if (alerts.empty()) {
            return {};
        }
        for (const store::LoggedAlert& a : alerts) {
            last_sequence = a.sequence;
            ++total;
            ++by_level[a.level];
            ++by_host[a.host];
            ++by_detector[a.rule_id];
            add_techniques(a.techniques, techniques);
            add_tactics(a.json, tactics);
        }
    }
}

std::string Found::line(const Counters& counters) const {
    std::string out =
        fmt::format("events {:>8}   alerts {:>5}", counters.get("events_evaluated"), total);
    for (auto it = by_level.rbegin(); it != by_level.rend(); ++it) {
        out += fmt::format("   {} {}", alert::to_string(it->first), it->second);
    }
    out += fmt::format("   hosts {}   tactics {}", by_host.size(), tactics.size());
    return out;
}

std::string Found::summary(const Counters& counters) const {
    std::string out;
    const auto put = std::back_inserter(out);
    fmt::format_to(put,
                   "\nEvents        {:>9} evaluated, {} dead letters, {} late\n",
                   counters.get("events_evaluated"),
                   dead_letters(counters),
                   counters.get("late_events"));
    constexpr std::string_view letter = "dead_letters.";
    for (const auto& [name, n] : counters.all()) {
        if (name.starts_with(letter)) {
            fmt::format_to(put, "  {:<13}{:>8}\n", std::string_view(name).substr(letter.size()), n);
        } else if (name.starts_with("losses.")) {
            fmt::format_to(put, "Lost          {:>9} {}\n", n, std::string_view(name).substr(7));
        } else if (name.starts_with("correlation.") && name != "correlation.signals") {
            fmt::format_to(put, "Correlations  {:>9} {}\n", n, std::string_view(name).substr(12));
        }
    }
    fmt::format_to(put, "Alerts        {:>9}\n", total);
    for (const alert::Level level : {alert::Level::critical,
                                     alert::Level::high,
                                     alert::Level::medium,
                                     alert::Level::low,
                                     alert::Level::informational}) {
        const auto it = by_level.find(level);
        if (it != by_level.end()) {
            fmt::format_to(put, "  {:<13}{:>8}\n", alert::to_string(level), it->second);
        }
    }
    std::vector<std::pair<std::uint64_t, std::string>> hosts;
    for (const auto& [host, n] : by_host) {
        hosts.emplace_back(n, host);
    }
    std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    fmt::format_to(put, "Hosts         {:>9} with alerts", hosts.size());
    for (std::size_t i = 0; i < std::min(hosts.size(), hosts_shown); ++i) {
        fmt::format_to(put,
                       "{} {} ({})",
                       i == 0 ? ":" : ",",
                       store::printable(hosts[i].second),
                       hosts[i].first);
    }
    fmt::format_to(put, "\nATT&CK        {:>9} tactics: {}\n", tactics.size(), join(tactics));
    fmt::format_to(
        put, "              {:>9} techniques: {}\n", techniques.size(), join(techniques));
    return out;
}

}  // namespace spoor::app
