#include "unit/sigma/correlation_reference.hpp"

#include "sigma/fold.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <utility>

namespace spoor::sigma::testing {

namespace {

constexpr Duration lateness = std::chrono::seconds{10};

bool is_over_numbers(CorrelationType type) {
    return type == CorrelationType::value_sum || type == CorrelationType::value_avg ||
           type == CorrelationType::value_median || type == CorrelationType::value_percentile;
}

std::string member(const Timestamp& time, std::int64_t position, std::uint32_t input) {
    return std::to_string(position) + "/" + std::to_string(input) + "@" + format_time(time);
}

// What the two sides agree to tell of a firing.
std::string line(std::uint32_t correlation,
                 Timestamp time,
                 std::int64_t newest,
                 std::int64_t trigger,
                 const std::string& group,
                 double value,
                 std::uint64_t num_members,
                 std::vector<std::string> members) {
    std::ostringstream out;
    out.precision(17);
    out << "c" << correlation << " " << format_time(time) << " newest " << newest << " trigger "
        << trigger << " group " << group << " value " << value << " of " << num_members << ":";
    std::sort(members.begin(), members.end());
    for (const std::string& m : members) {
        out << " " << m;
    }
    return out.str();
}

bool meets(double value, const Bound& b) {
    switch (b.op) {
        case Bound::Op::gt:
            return value > b.value;
        case Bound::Op::gte:
            return value >= b.value;
        case Bound::Op::lt:
            return value < b.value;
        case Bound::Op::lte:
            return value <= b.value;
        case Bound::Op::eq:
            return value == b.value;
        case Bound::Op::neq:
            return value != b.value;
    }
    return false;
}

bool evaluate(const InputCondition& c, const std::set<std::uint32_t>& seen) {
    switch (c.kind) {
        case InputCondition::Kind::input:
            return seen.contains(c.input);
        case InputCondition::Kind::negate:
            return !evaluate(c.children[0], seen);
        case InputCondition::Kind::all:
            for (const auto& child : c.children) {
                if (!evaluate(child, seen)) {
                    return false;
                }
            }
            return true;
        case InputCondition::Kind::any:
            for (const auto& child : c.children) {
                if (evaluate(child, seen)) {
                    return true;
                }
            }
            return false;
    }
    return false;
}

std::uint64_t num_users(const RuleSet& rules, RuleIndex rule) {
    const auto num = std::count_if(
        rules.correlations.begin(), rules.correlations.end(), [rule](const Correlation& c) {
            return std::any_of(c.inputs.begin(), c.inputs.end(), [rule](const auto& i) {
                return !i.is_correlation && i.index == rule;
            });
        });
    return static_cast<std::uint64_t>(num);
}

// R17: rules that stand without `not`.
void positive(const InputCondition& c, std::set<std::uint32_t>& out) {
    if (c.kind == InputCondition::Kind::input) {
        out.insert(c.input);
    }
    if (c.kind != InputCondition::Kind::negate) {
        for (const auto& child : c.children) {
            positive(child, out);
        }
    }
}

}  // namespace

std::string line_of(const Firing& firing, const RuleSet& rules) {
    std::vector<std::string> members;
    for (const FiringMember& m : firing.members) {
        members.push_back(member(m.time, m.ref.position, m.input));
    }
    if (rules.correlations[firing.correlation].type == CorrelationType::temporal_ordered) {
        for (std::size_t i = 0; i < firing.members.size(); ++i) {
            const FiringMember& m = firing.members[i];
            const bool grows = i == 0 || std::pair(m.time, m.ref.position) >
                                             std::pair(firing.members[i - 1].time,
                                                       firing.members[i - 1].ref.position);
            if (m.input != i || !grows) {
                members[0] += " in no order";
            }
        }
        members.resize(1);
    }
    return line(firing.correlation,
                firing.time,
                firing.newest.position,
                firing.trigger.position,
                firing.group.empty() ? "" : folded(firing.group[0]),
                firing.value,
                firing.num_members,
                std::move(members));
}

void Reference::event(const Made& event, const std::vector<Made>& matches) {
    const Scope scope{event.partition, event.host};
    const Timestamp time = at(event.seconds);
    Clock& clock = clocks_[scope];
    const auto passed = static_cast<std::uint64_t>(event.position - clock.position);
    if (clock.time == no_time || time > clock.time ||
        (passed > host_memory_ && groups_[scope].empty())) {
        clock = {time, event.position};
    }
    close(scope, clock.time);
    forget(scope, clock.time);
    unopened_.clear();
    for (const Made& made : matches) {
        if (time < clock.time - lateness) {
            late += num_users(*rules_, made.rule);
        } else {
            feed(scope, {at(made.seconds), made, {}, {}, 0}, true, made.rule);
        }
    }
}

// R9: a group that counts matches is gone when no match that is in time can meet what it has.
void Reference::forget(const Scope& scope, Timestamp clock) {
    std::erase_if(groups_[scope], [&](const auto& item) {
        const auto& [key, group] = item;
        const std::uint32_t c = std::get<0>(key);
        const Correlation& one = rules_->correlations[c];
        return !one.decided_at_close &&
               group.matches.back().time + one.timespan + latest(c) < clock;
    });
}

// How much older than the clock what a correlation is given may be: a match by the lateness, a
// firing by what the correlations below wait for, and each of those by its own lateness.
Duration Reference::latest(std::uint32_t c) const {
    Duration most{0};
    for (const Correlation::Input& input : rules_->correlations[c].inputs) {
        if (input.is_correlation) {
            const Correlation& below = rules_->correlations[input.index];
            const Duration held = below.decided_at_close ? below.timespan : Duration{0};
            most = std::max(most, held + latest(input.index));
        }
    }
    return most + lateness;
}

void Reference::match(const Made& made) {
    close({}, at(made.seconds));
    if (made.position != position_) {
        unopened_.clear();
        position_ = made.position;
    }
    feed({}, {at(made.seconds), made, {}, {}, 0}, true, made.rule);
}

void Reference::advance(Timestamp watermark) {
    close({}, watermark);
}

void Reference::close_all() {
    const auto scopes = groups_;
    for (const auto& [scope, groups] : scopes) {
        close(scope, std::nullopt);
    }
}

void Reference::feed(const Scope& scope, const Match& match, bool is_rule, std::uint32_t source) {
    for (std::uint32_t c = 0; c < rules_->correlations.size(); ++c) {
        const Correlation& one = rules_->correlations[c];
        if (one.within_host != (placement_ == Placement::within_host)) {
            continue;
        }
        Match own = match;
        own.inputs.clear();
        for (std::uint32_t i = 0; i < one.inputs.size(); ++i) {
            if (one.inputs[i].is_correlation != is_rule && one.inputs[i].index == source) {
                own.inputs.push_back(i);
            }
        }
        if (!own.inputs.empty()) {
            take(scope, c, own);
        }
    }
}

void Reference::take(const Scope& scope, std::uint32_t c, Match match) {
    const Correlation& one = rules_->correlations[c];
    if (!one.group_by.empty() && !match.made.group) {
        ++uncounted;
        return;
    }
    if (one.type == CorrelationType::value_count || is_over_numbers(one.type)) {
        const auto& value = match.made.value;
        bool is_number = value && !value->empty() &&
                         std::isdigit(static_cast<unsigned char>(value->back())) != 0;
        if (is_number) {
            std::size_t read = 0;
            match.number = std::stod(*value, &read);
            is_number = read == value->size();
        }
        if (!value || (is_over_numbers(one.type) && !is_number)) {
            ++uncounted;
            return;
        }
        match.value = folded(*value);
    }
    const std::string key = one.group_by.empty() ? "" : folded(*match.made.group);
    auto& groups = groups_[scope];
    const auto found = groups.find({c, key});
    const bool is_open = found != groups.end();
    if (is_open && one.decided_at_close && match.time > found->second.opened + one.timespan) {
        // R8: what became known late had opened a window that has ended by now.
        const auto node = groups.extract(found);
        const auto unopened = std::exchange(unopened_, {});
        judge(scope, c, node.mapped());
        unopened_ = unopened;
        take(scope, c, match);
        return;
    }
    if (one.decided_at_close && !is_open && one.boolean) {
        std::set<std::uint32_t> openers;
        positive(*one.boolean, openers);
        if (std::none_of(match.inputs.begin(), match.inputs.end(), [&](std::uint32_t i) {
                return openers.contains(i);
            })) {
            unopened_.push_back({{c, key}, match});
            return;
        }
    }
    Group& group = groups[{c, key}];
    if (!is_open) {
        group.key = key;
        group.opened = match.time;
        for (const Unopened& u : unopened_) {
            if (u.key == Key{c, key} && u.match.order() >= match.order() &&
                u.match.time <= group.opened + one.timespan) {
                group.matches.push_back(u.match);
            }
        }
    }
    if (!one.decided_at_close) {
        slide(scope, c, group, match);
    } else if (match.time < group.opened) {
        ++before_window;
    } else {
        group.matches.push_back(match);
    }
}

void Reference::slide(const Scope& scope, std::uint32_t c, Group& group, const Match& match) {
    const Correlation& one = rules_->correlations[c];
    group.matches.push_back(match);
    std::stable_sort(group.matches.begin(),
                     group.matches.end(),
                     [](const Match& a, const Match& b) { return a.order() < b.order(); });
    const Timestamp cutoff = group.matches.back().time - one.timespan;
    before_window += match.time < cutoff ? 1U : 0U;
    std::erase_if(group.matches, [cutoff](const Match& m) { return m.time < cutoff; });
    if (group.fired && match.time > *group.fired + one.timespan) {
        group.armed = true;
    }
    if (!holds(one, group)) {
        group.armed = true;
    } else if (group.armed) {
        group.armed = false;
        group.fired = group.matches.back().time;
        fire(scope, c, group, match.made);
    }
}

void Reference::close(const Scope& scope, std::optional<Timestamp> clock) {
    for (;;) {
        auto& groups = groups_[scope];
        auto next = groups.end();
        const auto end_of = [&](auto it) {
            return it->second.opened + rules_->correlations[std::get<0>(it->first)].timespan;
        };
        for (auto it = groups.begin(); it != groups.end(); ++it) {
            if (rules_->correlations[std::get<0>(it->first)].decided_at_close &&
                (!clock || end_of(it) < *clock) &&
                (next == groups.end() || end_of(it) < end_of(next))) {
                next = it;
            }
        }
        if (next == groups.end()) {
            return;
        }
        const auto node = groups.extract(next);
        unopened_.clear();
        judge(scope, std::get<0>(node.key()), node.mapped());
        unopened_.clear();
    }
}

void Reference::judge(const Scope& scope, std::uint32_t c, Group group) {
    std::stable_sort(group.matches.begin(),
                     group.matches.end(),
                     [](const Match& a, const Match& b) { return a.order() < b.order(); });
    if (holds(rules_->correlations[c], group)) {
        fire(scope, c, group, group.matches.back().made);
    }
}

double Reference::value_of(const Correlation& c, const Group& group) const {
    const auto n = group.matches.size();
    std::vector<double> numbers;
    std::set<std::string> values;
    std::set<std::uint32_t> inputs;
    double sum = 0;
    for (const Match& m : group.matches) {
        numbers.push_back(m.number);
        sum += m.number;
        values.insert(m.value);
        inputs.insert(m.inputs.begin(), m.inputs.end());
    }
    std::sort(numbers.begin(), numbers.end());
    switch (c.type) {
        case CorrelationType::event_count:
            return static_cast<double>(n);
        case CorrelationType::value_count:
            return static_cast<double>(values.size());
        case CorrelationType::value_sum:
            return sum;
        case CorrelationType::value_avg:
            return sum / static_cast<double>(n);
        case CorrelationType::value_median:
            return n % 2 == 1 ? numbers[n / 2] : (numbers[n / 2 - 1] + numbers[n / 2]) / 2;
        case CorrelationType::value_percentile: {
            const double rank = static_cast<double>(n - 1) * c.percentile / 100;
            const auto low = static_cast<std::size_t>(rank);
            const std::size_t high = std::min(low + 1, n - 1);
            return numbers[low] +
                   (numbers[high] - numbers[low]) * (rank - static_cast<double>(low));
        }
        case CorrelationType::temporal:
            return static_cast<double>(inputs.size());
        case CorrelationType::temporal_ordered:
            return static_cast<double>(c.inputs.size());
    }
    return 0;
}

bool Reference::holds(const Correlation& c, const Group& group) const {
    if (c.boolean) {
        std::set<std::uint32_t> seen;
        for (const Match& m : group.matches) {
            seen.insert(m.inputs.begin(), m.inputs.end());
        }
        return evaluate(*c.boolean, seen);
    }
    if (c.type == CorrelationType::temporal_ordered) {
        // The earliest match of each step behind the one before.
        const Match* last = nullptr;
        for (std::uint32_t step = 0; step < c.inputs.size(); ++step) {
            const auto it =
                std::find_if(group.matches.begin(), group.matches.end(), [&](const Match& m) {
                    return std::find(m.inputs.begin(), m.inputs.end(), step) != m.inputs.end() &&
                           (last == nullptr || m.order() > last->order());
                });
            if (it == group.matches.end()) {
                return false;
            }
            last = &*it;
        }
        return true;
    }
    const double value = value_of(c, group);
    return std::all_of(
        c.bounds.begin(), c.bounds.end(), [value](const Bound& b) { return meets(value, b); });
}

std::vector<std::string> Reference::members_of(const Correlation& c,
                                               const Group& group,
                                               std::size_t& num_members) const {
    std::vector<std::string> members;
    std::set<std::string> told;
    const auto tell = [&](const Match& m, std::uint32_t input) {
        members.push_back(member(m.time, m.made.position, input));
    };
    if (c.type == CorrelationType::temporal_ordered) {
        // The latest match of each step before the one behind it: the chain that begins last, of
        // which the begin is told.
        const Match* next = nullptr;
        num_members = c.inputs.size();
        for (auto step = static_cast<std::uint32_t>(c.inputs.size()); step > 0; --step) {
            const auto it =
                std::find_if(group.matches.rbegin(), group.matches.rend(), [&](const Match& m) {
                    return std::find(m.inputs.begin(), m.inputs.end(), step - 1) !=
                               m.inputs.end() &&
                           (next == nullptr || m.order() < next->order());
                });
            next = &*it;
        }
        tell(*next, 0);
        return members;
    }
    for (auto m = group.matches.rbegin(); m != group.matches.rend(); ++m) {
        if (c.type == CorrelationType::temporal) {
            for (const std::uint32_t input : m->inputs) {
                if (told.insert(std::to_string(input)).second) {
                    tell(*m, input);
                }
            }
        } else if (c.type == CorrelationType::value_count) {
            if (told.insert(m->value).second) {
                tell(*m, m->inputs[0]);
            }
        } else if (members.size() < num_members) {
            tell(*m, m->inputs[0]);
        }
    }
    num_members = members.size();
    members.resize(std::min(members.size(), Firing::max_members));
    return members;
}

void Reference::fire(const Scope& scope, std::uint32_t c, const Group& group, const Made& trigger) {
    const Correlation& one = rules_->correlations[c];
    double value = value_of(one, group);
    std::size_t num_members = group.matches.size();
    if (one.type == CorrelationType::event_count && !one.decided_at_close) {  // R21
        const Bound& b = one.bounds[0];
        const double needed = b.op == Bound::Op::gt ? std::floor(b.value) + 1 : std::ceil(b.value);
        value = std::min(value, std::max(1.0, needed));
        num_members = static_cast<std::size_t>(value);
    }
    const std::vector<std::string> members = members_of(one, group, num_members);
    const Match& newest = group.matches.back();
    firings.push_back(line(c,
                           newest.time,
                           newest.made.position,
                           trigger.position,
                           group.key,
                           value,
                           num_members,
                           members));
    feed(scope, {newest.time, newest.made, {}, {}, 0}, false, c);
}

}  // namespace spoor::sigma::testing
