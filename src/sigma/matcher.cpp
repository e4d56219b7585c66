#include "sigma/engine.hpp"
#include "sigma/engine_parts.hpp"
#include "sigma/sample.hpp"
#include "sigma/scalar.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace spoor::sigma {

namespace {

constexpr std::size_t worth_learning = 20;  // rules

}  // namespace

struct Matcher::Parts {
    explicit Parts(const Engine& e);

    struct Route {
        std::string product;
        std::string category;
        std::string service;
        std::shared_ptr<const Plan> plan;
        bool has_learned = false;
        Sample sample;  // until then
    };

    Route& route_of(const Event& event);
    const Plan& plan_of(const Event& event);
    void learn(Route& route, const Event& event);
    void begin(const Event& event, const PathFields& paths);
    void find_candidates(const Plan& plan, std::string_view record);
    void take_candidates(const Plan& plan);
    void meet(const Plan& plan, KeyIndex key);
    void meet_number(const Plan& plan, const FieldKeys& keys, const FieldValue& value);
    [[nodiscard]] bool holds(PredicateIndex predicate);
    [[nodiscard]] bool literal_holds(const Program::Node& n);
    [[nodiscard]] bool evaluate(std::uint32_t node);
    void collect(std::uint32_t node, std::vector<MatchView::Evidence>& out);
    void collect_literal(const Program::Node& n, std::vector<MatchView::Evidence>& out);
    void collect_predicate(PredicateIndex predicate, std::vector<MatchView::Evidence>& out);

    Engine::Parts& engine;
    const RuleSet& rules;
    EventFields fields;
    const Plan* plan = nullptr;        // of the event at hand; null: all fields are mapped
    std::vector<std::uint32_t> truth;  // by predicate: stamp * 2 + whether it holds
    std::uint32_t stamp = 0;
    std::vector<std::uint64_t> candidates;  // bits, by place in the plan

    struct Candidate {
        RuleIndex rule = 0;
        std::uint32_t root = 0;
    };

    std::vector<Candidate> taken;  // of the bits
    // Few, those met often at the front; each in its place, since a plan is in use while routes
    // move.
    std::vector<std::unique_ptr<Route>> routes;
    std::vector<MatchView::Evidence> evidence;
};

namespace {

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.data() == b.data() || a == b);
}

}  // namespace

Matcher::Parts::Parts(const Engine& e)
    : engine(*e.parts_),
      rules(*engine.rules),
      fields(std::max<std::size_t>(rules.fields.entries().size(), 1)),
      truth(rules.predicates.size(), 0) {}

// Log sources come in runs, and are few: the one met last is looked at first.
Matcher::Parts::Route& Matcher::Parts::route_of(const Event& event) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
        Route& route = *routes[i];
        if (same(route.category, event.category) && same(route.service, event.service) &&
            same(route.product, event.product)) {
            if (i > 0) {
                std::swap(routes[i], routes[i - 1]);
            }
            return route;
        }
    }
    routes.push_back(std::make_unique<Route>());
    Route& route = *routes.back();
    route.product = event.product;
    route.category = event.category;
    route.service = event.service;
    route.plan = engine.plan(event.product, event.category, event.service);
    return route;
}

const Plan& Matcher::Parts::plan_of(const Event& event) {
    Route& route = route_of(event);
    if (!route.has_learned) {
        learn(route, event);
    }
    return *route.plan;
}

// The first events of a log source say how often keys are met in it; then its plan is made anew.
void Matcher::Parts::learn(Route& route, const Event& event) {
    if (route.plan->members().size() < worth_learning) {
        route.has_learned = true;
        return;
    }
    route.sample.add(event);
    if (!route.sample.is_full()) {
        return;
    }
    plan = nullptr;
    const std::uint64_t num_unfinished = fields.num_unfinished;
    const Plan::Learned learned = route.sample.count(*route.plan, rules, engine.predicates, fields);
    fields.num_unfinished = num_unfinished;  // these are tried again
    route.plan = std::make_shared<const Plan>(
        rules, engine.predicates, engine.paths, route.plan->members(), &learned);
    route.sample.clear();
    route.has_learned = true;
}

void Matcher::Parts::begin(const Event& event, const PathFields& paths) {
    constexpr std::uint32_t last_stamp = 0x7FFFFFFF;
    if (stamp == last_stamp) {
        std::ranges::fill(truth, 0U);
        stamp = 0;
    }
    ++stamp;
    fields.begin(event, paths);
}

void Matcher::Parts::meet(const Plan& p, KeyIndex key) {
    const Key& k = p.key(key);
    if (k.decides) {
        truth[k.predicate] = stamp * 2 + 1;
    }
    for (const std::uint32_t rule : p.rules_of(k)) {
        candidates[rule / 64] |= std::uint64_t{1} << (rule % 64);
    }
}

void Matcher::Parts::meet_number(const Plan& p, const FieldKeys& keys, const FieldValue& value) {
    constexpr double limit = 9e18;  // within 64 bits
    Number number;
    if (value.kind > CapturedKind::number || !read_number(value.text, number)) {
        return;
    }
    if (!number.is_integer) {
        if (!(number.real > -limit && number.real < limit)) {
            return;
        }
        number.integer = static_cast<std::int64_t>(number.real);
        if (static_cast<double>(number.integer) != number.real) {
            return;
        }
    }
    const auto found = keys.numbers.find(number.integer);
    if (found != keys.numbers.end()) {
        for (const KeyIndex key : found->second) {
            meet(p, key);
        }
    }
}

void Matcher::Parts::find_candidates(const Plan& p, std::string_view record) {
    candidates.assign(p.always().begin(), p.always().end());
    if (!p.raw_keys().empty()) {
        p.raw_keys().scan(record, [&](KeyIndex key) { meet(p, key); });
    }
    for (const FieldIndex field : fields.present()) {
        const FieldKeys* const keys = p.keys_in(field);
        if (keys == nullptr) {
            continue;
        }
        for (const KeyIndex key : keys->presence) {
            meet(p, key);
        }
        for (FieldValue* value = fields.first(field); value != nullptr;
             value = fields.next(*value)) {
            if (!value->has_text()) {
                continue;
            }
            if (!keys->literals.empty()) {
                keys->literals.scan(fields.folded(*value), [&](KeyIndex key) { meet(p, key); });
            }
            if (!keys->numbers.empty()) {
                meet_number(p, *keys, *value);
            }
        }
    }
}

// In their order; what will be read of one is on its way while those before it are evaluated.
void Matcher::Parts::take_candidates(const Plan& p) {
    taken.clear();
    for (std::size_t word = 0; word < candidates.size(); ++word) {
        for (std::uint64_t bits = candidates[word]; bits != 0; bits &= bits - 1) {
            const auto place = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
            const RuleIndex rule = p.members()[place];
            const std::uint32_t root = engine.program.roots[rule];
            __builtin_prefetch(&engine.program.nodes[root]);
            taken.push_back({rule, root});
        }
    }
}

bool Matcher::Parts::holds(PredicateIndex predicate) {
    std::uint32_t& known = truth[predicate];
    if (known / 2 != stamp) {
        const bool no = plan != nullptr && plan->decided(predicate);
        known = stamp * 2 + (!no && engine.predicates.holds(predicate, fields) ? 1 : 0);
    }
    return (known & 1U) != 0;
}

// The usual answer is no, from the node itself; only what is left is looked up or computed.
bool Matcher::Parts::literal_holds(const Program::Node& n) {
    FieldValue* const value = fields.first(n.field);
    if (value == nullptr) {
        return false;
    }
    if (value->next != FieldValue::none) {
        return holds(n.first);
    }
    if (!value->has_text() || !Program::may_hold(n, *value, fields)) {
        return false;
    }
    std::uint32_t& known = truth[n.first];
    if (known / 2 != stamp) {
        const bool no = plan != nullptr && plan->decided(n.first);
        known = stamp * 2 + (!no && engine.program.holds(n, value->folded) ? 1 : 0);
    }
    return (known & 1U) != 0;
}

bool Matcher::Parts::evaluate(std::uint32_t node) {
    using Op = Program::Op;
    const Program::Node& n = engine.program.nodes[node];
    switch (n.op) {
        case Op::ask:
            return holds(n.first);
        case Op::whole:
        case Op::prefix:
        case Op::suffix:
        case Op::inside:
            return literal_holds(n);
        case Op::negate:
            return !evaluate(n.first);
        case Op::all:
            for (std::uint32_t i = 0; i < n.count; ++i) {
                if (!evaluate(n.first + i)) {
                    return false;
                }
            }
            return true;
        case Op::any:
            for (std::uint32_t i = 0; i < n.count; ++i) {
                if (evaluate(n.first + i)) {
                    return true;
                }
            }
            return false;
    }
    return false;
}

// Of a node that holds: what holds in it, of `any` the first. In the order in which the condition
// was evaluated, so that every answer is known already.
void Matcher::Parts::collect(std::uint32_t node, std::vector<MatchView::Evidence>& out) {
    using Op = Program::Op;
    const Program::Node& n = engine.program.nodes[node];
    switch (n.op) {
        case Op::negate:
            return;
        case Op::ask:
            collect_predicate(n.first, out);
            return;
        case Op::whole:
        case Op::prefix:
        case Op::suffix:
        case Op::inside:
            collect_literal(n, out);
            return;
        case Op::all:
            for (std::uint32_t i = 0; i < n.count; ++i) {
                collect(n.first + i, out);
            }
            return;
        case Op::any:
            for (std::uint32_t i = 0; i < n.count; ++i) {
                if (evaluate(n.first + i)) {
                    collect(n.first + i, out);
                    return;
                }
            }
    }
}

// Where a field has one value, that is the one which met it.
void Matcher::Parts::collect_literal(const Program::Node& n,
                                     std::vector<MatchView::Evidence>& out) {
    const FieldValue* const value = fields.first(n.field);
    if (value->next != FieldValue::none) {
        collect_predicate(n.first, out);
        return;
    }
    const auto is_seen = [&](const MatchView::Evidence& seen) { return seen.field == n.field; };
    if (std::ranges::none_of(out, is_seen)) {
        out.push_back({n.field, value->text, n.first});
    }
}

void Matcher::Parts::collect_predicate(PredicateIndex predicate,
                                       std::vector<MatchView::Evidence>& out) {
    const Predicate& p = rules.predicates[predicate];
    const auto is_seen = [&](const MatchView::Evidence& seen) {
        return seen.field == p.field && p.field != no_field;
    };
    if (p.test == Test::null || p.test == Test::exists || std::ranges::any_of(out, is_seen)) {
        return;
    }
    if (const FieldValue* const value = engine.predicates.first_met(predicate, fields)) {
        out.push_back({p.field, value->text, predicate});
    }
}

std::string_view MatchView::value(FieldIndex field) const {
    EventFields& fields = matcher_->parts_->fields;
    for (FieldValue* v = fields.first(field); v != nullptr; v = fields.next(*v)) {
        if (v->has_text()) {
            return v->text;
        }
    }
    return {};
}

std::span<const MatchView::Evidence> MatchView::evidence() const {
    Matcher::Parts& parts = *matcher_->parts_;
    parts.evidence.clear();
    parts.collect(parts.engine.program.roots[rule_], parts.evidence);
    return parts.evidence;
}

Matcher::Matcher(const Engine& engine) : parts_(std::make_unique<Parts>(engine)) {}

Matcher::~Matcher() = default;

void Matcher::match(std::span<const Event> events, MatchSink& sink) {
    Parts& p = *parts_;
    MatchView view;
    view.matcher_ = this;
    for (const Event& event : events) {
        const Plan& plan = p.plan_of(event);
        if (plan.members().empty()) {
            continue;
        }
        p.plan = &plan;
        p.begin(event, plan.paths());
        p.find_candidates(plan, event.raw);
        view.event_ = &event;
        p.take_candidates(plan);
        for (const Parts::Candidate& candidate : p.taken) {
            if (p.evaluate(candidate.root)) {
                view.rule_ = candidate.rule;
                sink.on_match(view);
            }
        }
    }
}

void Matcher::mark_tried(std::vector<bool>& rules) const {
    for (const auto& route : parts_->routes) {
        for (const RuleIndex rule : route->plan->members()) {
            rules[rule] = true;
        }
    }
}

std::uint64_t Matcher::take_unfinished() {
    return std::exchange(parts_->fields.num_unfinished, 0);
}

bool Matcher::matches(const Event& event, RuleIndex rule) {
    parts_->plan = nullptr;
    parts_->begin(event, parts_->engine.all_fields);
    return parts_->evaluate(parts_->engine.program.roots[rule]);
}

bool Matcher::holds(const Event& event, PredicateIndex predicate) {
    parts_->plan = nullptr;
    parts_->begin(event, parts_->engine.all_fields);
    return parts_->holds(predicate);
}

std::vector<std::string_view> Matcher::values(const Event& event, FieldIndex field) {
    parts_->plan = nullptr;
    parts_->begin(event, parts_->engine.all_fields);
    std::vector<std::string_view> out;
    for (FieldValue* v = parts_->fields.first(field); v != nullptr; v = parts_->fields.next(*v)) {
        if (v->has_text()) {
            out.push_back(v->text);
        }
    }
    return out;
}

}  // namespace spoor::sigma
