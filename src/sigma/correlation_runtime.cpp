#include "sigma/correlation_runtime.hpp"

#include "base/hash.hpp"
#include "sigma/byte_codec.hpp"
#include "sigma/correlation_groups.hpp"
#include "sigma/correlation_parts.hpp"
#include "sigma/fold.hpp"
#include "sigma/scalar.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace spoor::sigma {

namespace {

constexpr Timestamp end_of_time{Duration{std::numeric_limits<std::int64_t>::max()}};
// For hosts to forget, with the first event of a host after its row was written.
constexpr std::size_t looks_of_a_row = 16;
// When what the end of all input closes is known: behind all that was known before.
constexpr Timestamp end_of_input{Duration{max_micros}};

Stamp stamp_of(const MatchSignal& match, std::uint32_t input) {
    return {match.time, match.ref.position, match.ref.origin, match.ref.element, input};
}

// One call into the run-time: what it works on, and in which order.
class Run {
public:
    Run(const CorrelationPlans& plans,
        const OriginTable& origins,
        CorrelationState::Parts& state,
        Correlated& out)
        : plans_(plans), before_(origins), state_(state), out_(out) {}

    // A match, and all that follows from it.
    void deliver(const MatchSignal& match, std::uint32_t scope, const Targets& targets) {
        scope_ = scope;
        known_ = match.known;
        for (const Target& target : targets) {
            drain(target.plan + 1);  // first what those below it found
            take(match, target);
        }
        drain(end_of_plans);
    }

    // Windows that end before `limit` are closed in the order of their ends; groups that can have
    // no effect any more are forgotten.
    void pass_time(std::uint32_t scope, Timestamp limit);

private:
    static constexpr std::uint32_t end_of_plans = 0xFFFFFFFF;

    void drain(std::uint32_t end);
    void take(const MatchSignal& match, const Target& target);
    [[nodiscard]] bool read_group(const MatchSignal& match, const Correlation::Reading* reading);
    [[nodiscard]] bool read_values(const MatchSignal& match,
                                   const CorrelationPlan& plan,
                                   const Correlation::Reading& reading,
                                   Number& number);
    void take_sliding(const MatchSignal& match, const Arrival& arrival, std::uint32_t index);
    void take_at_close(const MatchSignal& match,
                       const Arrival& arrival,
                       const Target& target,
                       std::uint32_t index);
    [[nodiscard]] bool end_before(const MatchSignal& match, std::uint32_t index);
    void remember(const MatchSignal& match, const Target& target);
    void add_unopened(const Stamp& opener, Group& group);
    std::uint32_t open_group(std::uint32_t plan);
    void keep_newest(const MatchSignal& match, Group& group, const CorrelationPlan& plan);
    void close(const Deadline& deadline, Timestamp clock);
    void fire(const Group& group, const EventRef& trigger, std::uint32_t input, double value);
    void hand_on(const Group& group);

    const CorrelationPlans& plans_;
    StampOrder before_;
    CorrelationState::Parts& state_;
    Correlated& out_;
    std::uint32_t scope_ = 0;
    Timestamp known_ = no_time;  // when what is found now is known
};

// Firings on their way to correlations before `end`: inputs before users.
void Run::drain(std::uint32_t end) {
    while (!state_.pending.empty()) {
        const auto next = std::min_element(
            state_.pending.begin(), state_.pending.end(), [](const auto& a, const auto& b) {
                return a.target->plan < b.target->plan;
            });
        if (next->target->plan >= end) {
            return;
        }
        const CorrelationState::Parts::Pending one = std::move(*next);
        state_.pending.erase(next);
        take(one.match, *one.target);
    }
}

// R2, R3: the key in state_.key, as spelled in state_.spelled.
bool Run::read_group(const MatchSignal& match, const Correlation::Reading* reading) {
    state_.key.clear();
    state_.spelled.clear();
    if (reading == nullptr) {
        return false;
    }
    ByteWriter spelled(state_.spelled);
    ByteWriter key(state_.key);
    for (const std::uint32_t place : reading->group) {
        const auto value = match.value(place);
        if (!value) {
            return false;
        }
        spelled.text(*value);
        state_.value.clear();
        append_folded(state_.value, *value);
        key.text(state_.value);
    }
    return true;
}

// R12, R13: in state_.value, or in `number`.
bool Run::read_values(const MatchSignal& match,
                      const CorrelationPlan& plan,
                      const Correlation::Reading& reading,
                      Number& number) {
    if (plan.takes_numbers) {
        const auto value =
            reading.values.empty() ? std::nullopt : match.value(reading.values.front());
        if (!value || !read_number(*value, number) || !std::isfinite(number.real)) {
            return false;
        }
        number.real = number.real == 0 ? 0.0 : number.real;  // no negative zero
        return true;
    }
    std::string& folded = state_.folded;
    state_.value.clear();
    ByteWriter out(state_.value);
    for (const std::uint32_t place : reading.values) {
        const auto value = match.value(place);
        if (!value) {
            return false;
        }
        folded.clear();
        append_folded(folded, *value);
        out.text(folded);
    }
    return !reading.values.empty();
}

void Run::take(const MatchSignal& match, const Target& target) {
    const CorrelationPlan& plan = plans_.plans[target.plan];
    const Correlation::Reading* const reading = plans_.reading(target.plan, match.rule);
    if (!read_group(match, reading)) {
        ++state_.counts.no_group;
        return;
    }
    Arrival arrival;
    arrival.stamp = stamp_of(match, target.inputs.front());
    arrival.inputs = target.inputs;
    if (plan.takes_values || plan.takes_numbers) {
        if (!read_values(match, plan, *reading, arrival.number)) {
            ++state_.counts.no_value;
            return;
        }
        arrival.value = state_.value;
        arrival.value_hash = plan.takes_values ? hash64(arrival.value) : 0;
    }
    const std::uint32_t index = state_.find_group(target.plan, scope_, state_.key);
    if (plan.window.at_close && index != Group::none && end_before(match, index)) {
        take(match, target);  // anew: what was read is gone
    } else if (plan.window.at_close) {
        take_at_close(match, arrival, target, index);
    } else {
        take_sliding(match, arrival, index == Group::none ? open_group(target.plan) : index);
    }
}

std::uint32_t Run::open_group(std::uint32_t plan) {
    const std::uint32_t index = state_.add_group(plan, scope_, state_.key);
    Group& group = state_.groups[index];
    group.spelled = state_.spelled;
    state_.mark_changed(index, 2 * group.key.size() + 32);
    return index;
}

void Run::keep_newest(const MatchSignal& match, Group& group, const CorrelationPlan& plan) {
    if (group.newest.time != no_time && before_(stamp_of(match, 0), stamp_of(group.newest, 0))) {
        return;
    }
    if (plan.is_built_on || plan.goes_onward) {
        group.newest = match;
    } else {
        group.newest.assign(match.rule, match.time, match.ref, match.host_key(), match.host());
    }
}

// R6, R7.
void Run::take_sliding(const MatchSignal& match, const Arrival& arrival, std::uint32_t index) {
    Group& group = state_.groups[index];
    const CorrelationPlan& plan = plans_.plans[group.plan];
    const bool is_new = group.newest.time == no_time;
    group.window->foresee(arrival);
    keep_newest(match, group, plan);
    if (is_new) {
        state_.set_deadline(index, state_.expiry(group));
    }
    state_.touch(index);
    state_.mark_changed(index, arrival.value.size() + sizeof(Stamp));
    const Timestamp cutoff = group.newest.time - plan.span;
    if (match.time >= cutoff) {
        group.window->add(arrival, before_);
    } else {
        ++state_.counts.before_window;
    }
    group.window->drop(cutoff, std::max(cutoff, group.newest.time - plan.slack));
    state_.bound_values(index);
    const Window::Verdict verdict = group.window->judge();
    if (!verdict.holds) {
        group.is_holding = false;
    } else if (!group.is_holding || match.time > group.fired + plan.span) {
        group.is_holding = true;
        group.fired = group.newest.time;
        fire(group, match.ref, arrival.stamp.input, verdict.value);
    }
}

// R8, R17.
void Run::take_at_close(const MatchSignal& match,
                        const Arrival& arrival,
                        const Target& target,
                        std::uint32_t index) {
    if (index == Group::none) {
        if (!target.opens) {
            remember(match, target);
            return;
        }
        index = open_group(target.plan);
        state_.groups[index].opened = match.time;
        state_.set_deadline(index, match.time + plans_.plans[target.plan].span);
        add_unopened(arrival.stamp, state_.groups[index]);
    }
    Group& group = state_.groups[index];
    if (match.time < group.opened) {
        ++state_.counts.before_window;
        return;
    }
    if (!state_.has_room(index) && !group.window->has(arrival)) {
        ++state_.counts.values_evicted;
        return;
    }
    keep_newest(match, group, plans_.plans[target.plan]);
    state_.touch(index);
    state_.mark_changed(index, arrival.value.size() + sizeof(Stamp));
    group.window->add(arrival, before_);
    state_.bound_values(index);
}

// A window that what became known late had opened, after its end: it is judged now, and `match` is
// not of it. What the event at hand has not opened waits meanwhile; the scratch of a match is used.
bool Run::end_before(const MatchSignal& match, std::uint32_t index) {
    const Group& group = state_.groups[index];
    const Timestamp due = group.opened + plans_.plans[group.plan].span;
    if (match.time <= due) {
        return false;
    }
    const Timestamp known = known_;
    auto unopened = std::exchange(state_.unopened, {});
    const std::size_t num_unopened = std::exchange(state_.num_unopened, 0);
    close({due, index, group.generation}, state_.scopes[scope_].clock);
    known_ = known;
    state_.unopened = std::move(unopened);
    state_.num_unopened = num_unopened;
    return true;
}

void Run::remember(const MatchSignal& match, const Target& target) {
    if (state_.num_unopened == state_.unopened.size()) {
        state_.unopened.emplace_back();
    }
    auto& one = state_.unopened[state_.num_unopened++];
    one.target = &target;
    one.key = state_.key;
    one.match = match;
}

void Run::add_unopened(const Stamp& opener, Group& group) {
    const CorrelationPlan& plan = plans_.plans[group.plan];
    for (std::size_t i = 0; i < state_.num_unopened; ++i) {
        const auto& [target, key, match] = state_.unopened[i];
        const Stamp stamp = stamp_of(match, target->inputs.front());
        if (target->plan == group.plan && key == group.key && !before_(stamp, opener) &&
            match.time <= group.opened + plan.span) {
            keep_newest(match, group, plan);
            group.window->add({stamp, target->inputs, {}, 0, {}}, before_);
        }
    }
}

void Run::pass_time(std::uint32_t scope, Timestamp limit) {
    scope_ = scope;
    // A reference to the scope holds: scopes are not added meanwhile.
    Scope& its = state_.scopes[scope];
    std::vector<Deadline> closing;
    for (Deadline next; state_.take_deadline(its, limit, next);) {
        closing.clear();
        const Timestamp due = next.due;
        do {
            const Group& group = state_.groups[next.group];
            if (plans_.plans[group.plan].window.at_close) {
                closing.push_back(next);
            } else if (const Timestamp expiry = state_.expiry(group); expiry > due) {
                state_.set_deadline(next.group, expiry);
            } else {
                state_.mark_scope_changed(scope, 0);
                state_.drop_group(next.group);
            }
        } while (state_.take_deadline(its, due + Duration{1}, next));
        std::sort(closing.begin(), closing.end(), [this](const Deadline& a, const Deadline& b) {
            const Group& x = state_.groups[a.group];
            const Group& y = state_.groups[b.group];
            return std::tie(x.plan, x.key) < std::tie(y.plan, y.key);
        });
        for (std::size_t i = 0; i < closing.size(); ++i) {
            state_.num_unopened = 0;
            close(closing[i], limit == end_of_time ? end_of_input : its.clock);
            state_.num_unopened = 0;
            if (!its.deadlines.empty() && its.deadlines.front().due < due) {
                // What that opened ends before the others of this time.
                for (++i; i < closing.size(); ++i) {
                    state_.put_off(its, closing[i]);
                }
            }
        }
    }
}

void Run::close(const Deadline& deadline, Timestamp clock) {
    const Group& gone = state_.groups[deadline.group];
    if (gone.generation != deadline.generation) {
        return;  // evicted by what another one's firing opened
    }
    known_ = std::max(clock, deadline.due);
    const Window::Verdict verdict = gone.window->judge();
    if (verdict.holds) {
        fire(gone, gone.newest.ref, 0, verdict.value);
    }
    state_.mark_scope_changed(gone.scope, 0);
    state_.drop_group(deadline.group);
    drain(end_of_plans);
}

void Run::fire(const Group& group, const EventRef& trigger, std::uint32_t input, double value) {
    const CorrelationPlan& plan = plans_.plans[group.plan];
    Firing& firing = out_.firings.emplace_back();
    firing.correlation = plan.index;
    firing.time = group.newest.time;
    firing.newest = group.newest.ref;
    firing.trigger = trigger;
    firing.trigger_input = input;
    firing.host_key = group.newest.host_key();
    firing.host = group.newest.host();
    firing.group_key = group.key;
    for (ByteReader in(group.spelled); in.left() > 0;) {
        firing.group.emplace_back(in.text());
    }
    firing.value = value;
    firing.opened = group.opened;
    group.window->tell(firing, before_);
    if (plans_.placement == Placement::within_host) {
        for (FiringMember& member : firing.members) {
            member.ref.partition = state_.scopes[group.scope].partition;
        }
    }
    hand_on(group);
}

// R18.
void Run::hand_on(const Group& group) {
    const CorrelationPlan& plan = plans_.plans[group.plan];
    const auto as_firing = [&](MatchSignal& match) {
        match = group.newest;
        match.correlation = plan.index;
        match.known = std::max(known_, match.time);
    };
    for (const Target& target : plans_.of_correlation[plan.index]) {
        as_firing(state_.pending.emplace_back(&target, MatchSignal()).match);
    }
    if (plan.goes_onward) {
        as_firing(out_.onward.emplace_back());
    }
}

}  // namespace

void CorrelationCounts::add_to(Counters& counters) const {
    counters.add("correlation.late", late);
    counters.add("correlation.no_time", no_time);
    counters.add("correlation.no_group", no_group);
    counters.add("correlation.no_value", no_value);
    counters.add("correlation.before_window", before_window);
    counters.add("correlation.groups_evicted", groups_evicted);
    counters.add("correlation.values_evicted", values_evicted);
    counters.add("correlation.groups_dropped", groups_dropped);
}

void CorrelationCounts::merge(const CorrelationCounts& other) {
    late += other.late;
    no_time += other.no_time;
    no_group += other.no_group;
    no_value += other.no_value;
    before_window += other.before_window;
    groups_evicted += other.groups_evicted;
    values_evicted += other.values_evicted;
    groups_dropped += other.groups_dropped;
}

CorrelationState::CorrelationState(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

CorrelationState::~CorrelationState() = default;

CorrelationRuntime::CorrelationRuntime(std::shared_ptr<const RuleSet> rules,
                                       Placement placement,
                                       const CorrelationOptions& options)
    : parts_(std::make_unique<Parts>(std::move(rules), placement, options)) {}

CorrelationRuntime::~CorrelationRuntime() = default;

bool CorrelationRuntime::empty() const {
    return parts_->plans.plans.empty();
}

bool CorrelationRuntime::takes(RuleIndex rule) const {
    return !parts_->plans.of_rule[rule].empty();
}

std::unique_ptr<CorrelationState> CorrelationRuntime::make_state() const {
    return std::make_unique<CorrelationState>(
        std::make_unique<CorrelationState::Parts>(parts_->plans));
}

void CorrelationRuntime::advance_host(const EventRef& event,
                                      std::string_view host_key,
                                      Timestamp time,
                                      const OriginTable& origins,
                                      CorrelationState& state,
                                      Correlated& out) const {
    CorrelationState::Parts& own = *state.parts_;
    if (!is_usable(time)) {
        return;
    }
    std::uint32_t i = own.find_scope(event.partition, host_key);
    if (i == Group::none) {
        own.forget_hosts(event, 2);  // so that the forgotten are never more than the others
        i = own.add_scope(event.partition, host_key);
    }
    Scope& scope = own.scopes[i];
    if (time > scope.clock || own.is_forgotten(scope, event)) {
        scope.clock = time;
        scope.origin = event.origin;
        scope.position = event.position;
        if (!scope.is_dirty) {
            own.forget_hosts(event, looks_of_a_row);
        }
        own.mark_scope_changed(i, 0);
    }
    if (!scope.deadlines.empty() && scope.deadlines.front().due < scope.clock) {
        Run(parts_->plans, origins, own, out).pass_time(i, scope.clock);
    }
}

void CorrelationRuntime::advance(Timestamp watermark,
                                 const OriginTable& origins,
                                 CorrelationState& state,
                                 Correlated& out) const {
    CorrelationState::Parts& own = *state.parts_;
    Scope& scope = own.scopes.front();
    if (watermark > scope.clock) {
        scope.clock = watermark;
        if (!scope.deadlines.empty() && scope.deadlines.front().due < watermark) {
            Run(parts_->plans, origins, own, out).pass_time(0, watermark);
        }
    }
}

void CorrelationRuntime::offer(const MatchSignal& match,
                               const OriginTable& origins,
                               CorrelationState& state,
                               Correlated& out) const {
    CorrelationState::Parts& own = *state.parts_;
    const bool is_firing = match.correlation != no_correlation;
    const Targets& targets = is_firing ? parts_->plans.of_correlation[match.correlation]
                                       : parts_->plans.of_rule[match.rule];
    if (targets.empty()) {
        return;
    }
    if (!is_usable(match.time) || !is_usable(match.known)) {
        own.counts.no_time += targets.size();
        return;
    }
    std::uint32_t scope = 0;
    if (parts_->plans.placement == Placement::correlator) {
        if (match.known < own.scopes.front().clock && match.known != end_of_input) {
            own.counts.late += targets.size();
            return;
        }
        if (match.known != end_of_input) {
            advance(match.known, origins, state, out);
        }
        // What became known late may have opened windows that ended before now.
        const Scope& all = own.scopes.front();
        if (match.time == match.known && !all.deadlines.empty() &&
            all.deadlines.front().due < all.clock) {
            Run(parts_->plans, origins, own, out).pass_time(0, all.clock);
        }
    } else {
        scope = own.find_scope(match.ref.partition, match.host_key());
        if (scope == Group::none || own.scopes[scope].clock < match.time) {
            advance_host(match.ref, match.host_key(), match.time, origins, state, out);
            scope = own.last_scope;
        }
        if (match.time < own.scopes[scope].clock - parts_->plans.options.lateness) {
            own.counts.late += targets.size();
            return;
        }
    }
    if (!are_of_one_event(match, own.offered)) {
        own.num_unopened = 0;
        own.offered.known = match.known;
        own.offered.ref = match.ref;
    }
    Run(parts_->plans, origins, own, out).deliver(match, scope, targets);
}

void CorrelationRuntime::close_all(const OriginTable& origins,
                                   CorrelationState& state,
                                   Correlated& out) const {
    CorrelationState::Parts& own = *state.parts_;
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < own.scopes.size(); ++i) {
        if (!own.scopes[i].deadlines.empty()) {
            order.push_back(i);
        }
    }
    if (parts_->plans.placement == Placement::within_host) {
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            const Scope& x = own.scopes[a];
            const Scope& y = own.scopes[b];
            return std::pair(origins.text(x.partition), std::string_view(x.host_key)) <
                   std::pair(origins.text(y.partition), std::string_view(y.host_key));
        });
    }
    for (const std::uint32_t i : order) {
        Run(parts_->plans, origins, own, out).pass_time(i, end_of_time);
    }
}

CorrelationCounts CorrelationRuntime::take_counts(CorrelationState& state) const {
    return std::exchange(state.parts_->counts, {});
}

std::size_t CorrelationRuntime::changed_bytes(const CorrelationState& state) const {
    return state.parts_->changed_bytes;
}

std::size_t CorrelationRuntime::state_bytes(const CorrelationState& state) const {
    return state.parts_->bytes();
}

}  // namespace spoor::sigma
