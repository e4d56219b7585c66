#include "sigma/correlation_groups.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <tuple>

namespace spoor::sigma {

namespace {

bool later(const Deadline& a, const Deadline& b) {
    return a.due > b.due;
}

std::uint64_t scope_hash(std::uint32_t partition, std::string_view host_key) {
    return hash64(host_key, partition);
}

std::size_t text_bytes(const std::string& s) {
    return s.capacity() > 15 ? s.capacity() + 17 : 0;
}

}  // namespace

CorrelationState::Parts::Parts(const CorrelationPlans& its_plans)
    : plans(its_plans), orders(its_plans.plans.size()) {
    if (plans.placement == Placement::correlator) {
        add_scope(0, {});
    }
}

std::uint32_t CorrelationState::Parts::find_scope(std::uint32_t partition,
                                                  std::string_view host_key) {
    const auto is = [&](std::uint32_t i) {
        return scopes[i].partition == partition && scopes[i].host_key == host_key;
    };
    if (last_scope == Group::none || !is(last_scope)) {
        last_scope = scope_places.find(scope_hash(partition, host_key), is);
    }
    return last_scope;
}

std::uint32_t CorrelationState::Parts::add_scope(std::uint32_t partition,
                                                 std::string_view host_key) {
    std::uint32_t i = static_cast<std::uint32_t>(scopes.size());
    if (free_scopes.empty()) {
        scopes.emplace_back();
    } else {
        i = free_scopes.back();
        free_scopes.pop_back();
    }
    Scope& scope = scopes[i];
    scope.host_key = host_key;
    scope.partition = partition;
    scope.hash = scope_hash(partition, host_key);
    scope.is_used = true;
    scope_places.insert(scope.hash, i);
    last_scope = i;
    return i;
}

void CorrelationState::Parts::drop_scope(std::uint32_t scope) {
    while (scopes[scope].first_group != Group::none) {
        drop_group(scopes[scope].first_group);
    }
    scope_places.erase(scopes[scope].hash, scope);
    // Its place stays among the dirty ones: however many hosts come and go there, it is in once.
    const bool is_dirty = scopes[scope].is_dirty;
    scopes[scope] = Scope{};
    scopes[scope].is_dirty = is_dirty;
    free_scopes.push_back(scope);
    if (last_scope == scope) {
        last_scope = Group::none;
    }
}

bool CorrelationState::Parts::is_forgotten(const Scope& scope, const EventRef& now) const {
    // Modulo 2^64: positions of one origin only grow; a row may say what it likes.
    const std::uint64_t passed =
        static_cast<std::uint64_t>(now.position) - static_cast<std::uint64_t>(scope.position);
    return scope.num_groups == 0 &&
           (now.origin != scope.origin || passed > plans.options.host_memory);
}

void CorrelationState::Parts::forget_hosts(const EventRef& now, std::size_t num_looks) {
    for (std::size_t n = std::min(num_looks, scopes.size()); n > 0; --n) {
        next_look = next_look + 1 < scopes.size() ? next_look + 1 : 0;
        Scope& scope = scopes[next_look];
        if (!scope.is_used || scope.partition != now.partition || !is_forgotten(scope, now)) {
            continue;
        }
        if (scope.is_stored) {
            changed_bytes += scope.host_key.size();
            gone_scopes.push_back({scope.partition, std::move(scope.host_key)});
        }
        drop_scope(next_look);
    }
}

std::uint32_t CorrelationState::Parts::find_group(std::uint32_t plan,
                                                  std::uint32_t scope,
                                                  std::string_view its_key) const {
    const std::uint64_t hash = hash64(its_key, std::uint64_t{plan} << 32U | scope);
    return group_places.find(hash, [&](std::uint32_t i) {
        const Group& group = groups[i];
        return group.plan == plan && group.scope == scope && group.key == its_key;
    });
}

std::uint32_t CorrelationState::Parts::add_group(std::uint32_t plan,
                                                 std::uint32_t scope,
                                                 std::string_view its_key) {
    make_room(plan);
    return put_group(plan, scope, its_key);
}

std::uint32_t CorrelationState::Parts::put_group(std::uint32_t plan,
                                                 std::uint32_t scope,
                                                 std::string_view its_key) {
    std::uint32_t i = static_cast<std::uint32_t>(groups.size());
    if (free_groups.empty()) {
        groups.emplace_back();
    } else {
        i = free_groups.back();
        free_groups.pop_back();
    }
    Group& group = groups[i];
    group.plan = plan;
    group.scope = scope;
    group.key = its_key;
    group.hash = hash64(its_key, std::uint64_t{plan} << 32U | scope);
    group.window = make_window(plans.plans[plan].window);
    group_places.insert(group.hash, i);
    Scope& its_scope = scopes[scope];
    group.right = its_scope.first_group;
    if (group.right != Group::none) {
        groups[group.right].left = i;
    }
    its_scope.first_group = i;
    ++its_scope.num_groups;
    group.touched = ++num_touches;
    link_last(i);
    return i;
}

void CorrelationState::Parts::drop_group(std::uint32_t index) {
    Group& group = groups[index];
    Scope& scope = scopes[group.scope];
    if (plans.placement == Placement::correlator && group.is_stored) {
        gone_rows.push_back(group_entity(plans.plans[group.plan].name, group.key));
        changed_bytes += gone_rows.back().size();
    }
    orders[group.plan].num_values -= group.num_values;
    unlink(index);
    group_places.erase(group.hash, index);
    (group.left == Group::none ? scope.first_group : groups[group.left].right) = group.right;
    if (group.right != Group::none) {
        groups[group.right].left = group.left;
    }
    --scope.num_groups;
    const std::uint32_t generation = group.generation + 1;
    group = Group{};
    group.generation = generation;
    free_groups.push_back(index);
}

void CorrelationState::Parts::link_last(std::uint32_t index) {
    Group& group = groups[index];
    Order& order = orders[group.plan];
    group.before = order.last;
    group.behind = Group::none;
    (order.last == Group::none ? order.first : groups[order.last].behind) = index;
    order.last = index;
    ++order.size;
}

void CorrelationState::Parts::unlink(std::uint32_t index) {
    const Group& group = groups[index];
    Order& order = orders[group.plan];
    (group.before == Group::none ? order.first : groups[group.before].behind) = group.behind;
    (group.behind == Group::none ? order.last : groups[group.behind].before) = group.before;
    --order.size;
}

void CorrelationState::Parts::touch(std::uint32_t index) {
    Group& group = groups[index];
    group.touched = ++num_touches;
    if (orders[group.plan].last != index) {
        unlink(index);
        link_last(index);
    }
}

// Rows come back in any order; what they say of their last touch restores it.
void CorrelationState::Parts::sort_order(std::uint32_t plan) {
    Order& order = orders[plan];
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = order.first; i != Group::none; i = groups[i].behind) {
        all.push_back(i);
    }
    std::sort(all.begin(), all.end(), [this](std::uint32_t a, std::uint32_t b) {
        const Group& x = groups[a];
        const Group& y = groups[b];
        return std::tie(x.touched, scopes[x.scope].host_key, x.key) <
               std::tie(y.touched, scopes[y.scope].host_key, y.key);
    });
    const std::size_t num_values = order.num_values;
    order = Order{};
    order.num_values = num_values;
    for (const std::uint32_t i : all) {
        link_last(i);
    }
}

void CorrelationState::Parts::make_room(std::uint32_t plan) {
    while (orders[plan].size >= plans.options.max_groups) {
        evict(silent_longest(plan));
    }
}

std::uint32_t CorrelationState::Parts::silent_longest(std::uint32_t plan) {
    if (!orders[plan].is_sorted) {
        sort_order(plan);
    }
    return orders[plan].first;
}

void CorrelationState::Parts::evict(std::uint32_t index) {
    mark_scope_changed(groups[index].scope, 0);
    drop_group(index);
    ++counts.groups_evicted;
}

void CorrelationState::Parts::count_values(std::uint32_t index) {
    Group& group = groups[index];
    const std::size_t n = group.window->num_values();
    orders[group.plan].num_values += n - group.num_values;
    group.num_values = n;
}

// No window holds more than half of what all may: the group at hand, touched last, never goes.
void CorrelationState::Parts::bound_values(std::uint32_t index) {
    count_values(index);
    Group& group = groups[index];
    const CorrelationPlan& plan = plans.plans[group.plan];
    if (group.num_values > plan.max_of_window && !plan.window.at_close) {
        const std::size_t before = group.num_values;
        group.window->drop_values(before - plan.max_of_window);
        count_values(index);
        counts.values_evicted += before - group.num_values;
    }
    while (orders[group.plan].num_values > plan.max_values) {
        evict(silent_longest(group.plan));
    }
}

bool CorrelationState::Parts::has_room(std::uint32_t index) const {
    const Group& group = groups[index];
    return group.num_values < plans.plans[group.plan].max_of_window;
}

void CorrelationState::Parts::set_deadline(std::uint32_t index, Timestamp due) {
    const Group& group = groups[index];
    Scope& scope = scopes[group.scope];
    std::vector<Deadline>& heap = scope.deadlines;
    // Evicted groups leave theirs behind; they must not outnumber the living for long.
    if (heap.size() > 64 && heap.size() > std::size_t{2} * scope.num_groups) {
        std::erase_if(
            heap, [this](const Deadline& d) { return groups[d.group].generation != d.generation; });
        std::make_heap(heap.begin(), heap.end(), later);
    }
    put_off(scope, {due, index, group.generation});
}

void CorrelationState::Parts::put_off(Scope& scope, const Deadline& deadline) {
    scope.deadlines.push_back(deadline);
    std::push_heap(scope.deadlines.begin(), scope.deadlines.end(), later);
}

bool CorrelationState::Parts::take_deadline(Scope& scope, Timestamp limit, Deadline& out) {
    std::vector<Deadline>& heap = scope.deadlines;
    while (!heap.empty() && heap.front().due < limit) {
        std::pop_heap(heap.begin(), heap.end(), later);
        out = heap.back();
        heap.pop_back();
        if (groups[out.group].generation == out.generation) {
            return true;
        }
    }
    return false;
}

Timestamp CorrelationState::Parts::expiry(const Group& group) const {
    const CorrelationPlan& plan = plans.plans[group.plan];
    return group.newest.time + plan.span + plan.slack;
}

void CorrelationState::Parts::mark_scope_changed(std::uint32_t index, std::size_t bytes) {
    Scope& scope = scopes[index];
    changed_bytes += bytes;
    if (!scope.is_dirty && plans.placement == Placement::within_host) {
        scope.is_dirty = true;
        dirty_scopes.push_back(index);
        changed_bytes += scope.row_bytes + scope.host_key.size() + 32;
    }
}

void CorrelationState::Parts::mark_changed(std::uint32_t index, std::size_t bytes) {
    Group& group = groups[index];
    if (plans.placement == Placement::within_host) {
        mark_scope_changed(group.scope, bytes);
        return;
    }
    changed_bytes += bytes;
    if (!group.is_dirty) {
        group.is_dirty = true;
        dirty_groups.push_back(index);
        changed_bytes += group.row_bytes + 64;
    }
}

std::size_t CorrelationState::Parts::bytes() const {
    std::size_t bytes = group_places.bytes() + scope_places.bytes() +
                        groups.size() * sizeof(Group) + scopes.size() * sizeof(Scope) +
                        dirty_scopes.capacity() * sizeof(std::uint32_t) +
                        gone_scopes.capacity() * sizeof(GoneScope) +
                        dirty_groups.capacity() * sizeof(std::uint32_t);
    for (const Scope& scope : scopes) {
        bytes += text_bytes(scope.host_key) + scope.deadlines.capacity() * sizeof(Deadline);
    }
    for (const GoneScope& gone : gone_scopes) {
        bytes += text_bytes(gone.host_key);
    }
    for (const Group& group : groups) {
        bytes += text_bytes(group.key) + text_bytes(group.spelled) + group.newest.bytes() -
                 sizeof(MatchSignal) + (group.window ? group.window->bytes() : 0);
    }
    return bytes;
}

std::string group_entity(std::uint64_t correlation_name, std::string_view key) {
    std::string entity;
    for (unsigned i = 0; i < 16; ++i) {
        entity += "0123456789abcdef"[correlation_name >> (60 - 4 * i) & 15U];
    }
    entity += '/';
    append_hex(entity, digest128(key));
    return entity;
}

}  // namespace spoor::sigma
