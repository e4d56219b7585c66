// Correlations: matches a second on one core for each type, within a host, in order. Each lane runs
// beside the same windows recomputed from all their matches at each match, which is what a plain
// implementation does, on as many matches as that gets through in its time; the ratio of the two is
// printed. Windows are full before the clock starts.
#include "sigma/correlation_runtime.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace spoor::sigma {
namespace {

// Of this process: what others do on the machine is not counted.
struct Clock {
    static double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
};

constexpr std::size_t num_rules = 3;

struct Lane {
    std::string name;
    CorrelationType type = CorrelationType::event_count;
    Bound bound;
    std::size_t in_window = 1000;  // matches of one group
    std::size_t distinct = 1000;   // values
    std::size_t groups = 1;
    bool at_close = false;
    bool reals = false;
};

std::shared_ptr<const RuleSet> rules_of(const Lane& lane) {
    auto set = std::make_shared<RuleSet>();
    const FieldIndex user = set->fields.intern("User", {"User"});
    const FieldIndex value = set->fields.intern("Value", {"Value"});
    Correlation c;
    for (RuleIndex i = 0; i < num_rules; ++i) {
        Rule& rule = set->rules.emplace_back();
        rule.meta.id = "rule" + std::to_string(i);
        rule.carried = {user, value};
        c.readings.push_back({i, {0}, {1}});
        c.inputs.push_back({false, i, rule.meta.id});
    }
    c.meta.id = "correlation";
    c.type = lane.type;
    c.bounds = {lane.bound};
    c.group_by = {"User"};
    c.value_fields = {"Value"};
    c.timespan = std::chrono::milliseconds{1} * (lane.in_window * lane.groups);
    c.within_host = true;
    c.decided_at_close = lane.at_close;
    set->correlations.push_back(c);
    return set;
}

// A match a millisecond, groups in turn; values in turn too, so that each window has `distinct`.
class Matches {
public:
    Matches(const Lane& lane, OriginTable& origins)
        : lane_(lane), part_(origins.intern("kafka:CLUSTERCLUSTERCLUSTER22/TOPICTOPICTOPIC/0")) {
        for (std::size_t i = 0; i < lane.groups; ++i) {
            groups_.push_back("CORP\\user" + std::to_string(i));
        }
    }

    void make(std::size_t i, MatchSignal& out) const {
        const std::size_t of_group = i / lane_.groups;
        out.assign(static_cast<RuleIndex>(of_group % num_rules),
                   Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}} +
                       std::chrono::milliseconds{i},
                   {part_, part_, static_cast<std::int64_t>(i), 0},
                   "workstation-17",
                   "WORKSTATION-17");
        out.add_value(groups_[i % lane_.groups]);
        // Made each time: looking it up would cost the more, the more there are.
        char text[24];
        char* end = std::to_chars(text, text + 20, 10'000 + of_group * 7 % lane_.distinct).ptr;
        if (lane_.reals) {
            *end++ = '.';
            *end++ = '1';
        }
        out.add_value({text, static_cast<std::size_t>(end - text)});
    }

private:
    const Lane& lane_;
    std::uint32_t part_;
    std::vector<std::string> groups_;
};

struct Rate {
    double per_second = 0;
    std::uint64_t firings = 0;
};

Rate run(const Lane& lane, double seconds) {
    OriginTable origins;
    const CorrelationRuntime runtime(rules_of(lane), Placement::within_host, {});
    const auto state = runtime.make_state();
    const Matches matches(lane, origins);
    MatchSignal match;
    Correlated found;
    Rate rate;
    std::size_t i = 0;
    const auto one = [&] {
        matches.make(i++, match);
        runtime.advance_host(
            match.ref.partition, match.host_key(), match.time, origins, *state, found);
        runtime.offer(match, origins, *state, found);
        rate.firings += found.firings.size();
        found.clear();
    };
    while (i < 2 * lane.in_window * lane.groups) {
        one();
    }
    rate.firings = 0;
    const std::size_t first = i;
    const auto begin = Clock::now();
    double elapsed = 0;
    do {
        for (int k = 0; k < 10'000; ++k) {
            one();
        }
        elapsed = Clock::now() - begin;
    } while (elapsed < seconds);
    rate.per_second = static_cast<double>(i - first) / elapsed;
    return rate;
}

struct Kept {
    std::int64_t time = 0;
    RuleIndex rule = 0;
    std::string value;
};

double recompute(const Lane& lane, const std::deque<Kept>& window) {
    std::vector<double> numbers;
    std::unordered_set<std::string_view> values;
    double sum = 0;
    std::size_t step = 0;
    bool seen[num_rules] = {};
    for (const Kept& kept : window) {
        switch (lane.type) {
            case CorrelationType::event_count:
                break;
            case CorrelationType::value_count:
                values.insert(kept.value);
                break;
            case CorrelationType::value_sum:
            case CorrelationType::value_avg:
                sum += std::strtod(kept.value.c_str(), nullptr);
                break;
            case CorrelationType::value_median:
            case CorrelationType::value_percentile:
                numbers.push_back(std::strtod(kept.value.c_str(), nullptr));
                break;
            case CorrelationType::temporal:
                seen[kept.rule] = true;
                break;
            case CorrelationType::temporal_ordered:
                step += step < num_rules && kept.rule == step ? 1U : 0U;
                break;
        }
    }
    if (!numbers.empty()) {
        std::nth_element(numbers.begin(),
                         numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2),
                         numbers.end());
        return numbers[numbers.size() / 2];
    }
    return sum + static_cast<double>(values.size() + step + window.size()) +
           static_cast<double>(std::count(std::begin(seen), std::end(seen), true));
}

double run_recomputed(const Lane& lane, double seconds) {
    OriginTable origins;
    const Matches matches(lane, origins);
    MatchSignal match;
    std::deque<Kept> window;
    const auto span = static_cast<std::int64_t>(lane.in_window * lane.groups) * 1000;
    double sum = 0;
    std::size_t i = 0;
    const auto add = [&] {
        matches.make(i, match);
        i += lane.groups;  // one group; the others would be the same
        const std::int64_t time = match.time.time_since_epoch().count();
        window.push_back({time, match.rule, std::string(*match.value(1))});
        while (window.front().time < time - span) {
            window.pop_front();
        }
    };
    while (i < 2 * lane.in_window * lane.groups) {
        add();
    }
    std::size_t n = 0;
    const auto begin = Clock::now();
    double elapsed = 0;
    do {
        add();
        sum += recompute(lane, window);
        ++n;
        elapsed = Clock::now() - begin;
    } while (elapsed < seconds);
    return sum == 0.5 ? 0 : static_cast<double>(n) / elapsed;
}

std::vector<Lane> lanes() {
    using enum CorrelationType;
    const Bound never{Bound::Op::gte, 1e15};
    const Bound below{Bound::Op::lt, 1e15};
    return {
        {"event_count gte 10", event_count, {Bound::Op::gte, 10}, 1000},
        {"event_count gte 10, 10,000 groups", event_count, {Bound::Op::gte, 10}, 20, 1, 10'000},
        {"event_count lt, at close", event_count, below, 1000, 1000, 1, true},
        {"value_count, 10 distinct", value_count, never, 10'000, 10},
        {"value_count, 1,800 distinct", value_count, never, 10'000, 1800},
        {"value_count, 10,000 distinct", value_count, never, 10'000, 10'000},
        {"value_count, all new", value_count, never, 10'000, 1'000'000},
        {"value_sum, integers", value_sum, never, 10'000, 1000},
        {"value_sum, reals", value_sum, never, 10'000, 1000, 1, false, true},
        {"value_avg, reals", value_avg, never, 10'000, 1000, 1, false, true},
        {"value_median", value_median, never, 10'000, 1000},
        {"value_percentile", value_percentile, never, 100'000, 50'000},
        {"temporal", temporal, {Bound::Op::gte, 3}, 1000},
        {"temporal_ordered", temporal_ordered, {Bound::Op::gte, 3}, 1000},
    };
}

}  // namespace
}  // namespace spoor::sigma

// Lanes whose name begins with the first argument.
int main(int argc, char** argv) {
    using namespace spoor::sigma;
    const std::string_view wanted = argc > 1 ? argv[1] : "";
    std::printf("%-36s %9s %9s %13s %13s %9s %9s\n",
                "lane",
                "in window",
                "distinct",
                "matches/s",
                "recomputed/s",
                "ratio",
                "firings");
    for (const Lane& lane : lanes()) {
        if (!lane.name.starts_with(wanted)) {
            continue;
        }
        const Rate rate = run(lane, 1.0);
        const double plain = run_recomputed(lane, 0.5);
        std::printf("%-36s %9zu %9zu %13.0f %13.0f %9.1f %9llu\n",
                    lane.name.c_str(),
                    lane.in_window,
                    lane.distinct,
                    rate.per_second,
                    plain,
                    rate.per_second / plain,
                    static_cast<unsigned long long>(rate.firings));
        std::fflush(stdout);
    }
    return 0;
}
