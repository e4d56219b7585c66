// State of correlations as rows, and back.
//
//   row     version byte, origins of refs (texts, each once), then
//           within_host: the host's clock and the position that set it, whether its origin is
//                        another than the partition, and which; and for each of its correlations
//                        the name (StableNames), how many bytes follow, the number of groups, the
//                        groups by key
//           correlator:  the correlation's name, one group
//   group   group values as spelled, touch, flags, times, the newest match, the window
//
// Names say of which correlation, in which version, a group is: what is not known is passed over.
#include "sigma/correlation_groups.hpp"
#include "sigma/correlation_parts.hpp"
#include "sigma/fold.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace spoor::sigma {

namespace {

constexpr std::uint8_t format = 2;
constexpr std::uint8_t flag_holding = 1;
constexpr std::uint8_t flag_fired = 2;

class RowWriter {
public:
    RowWriter(const CorrelationPlans& plans, const CorrelationState::Parts& state)
        : plans_(plans), state_(state) {}

    [[nodiscard]] std::string of_scope(const Scope& scope, const OriginTable& origins);
    [[nodiscard]] std::string of_group(const Group& group, const OriginTable& origins);

private:
    void write_clock(ByteWriter& out, const Scope& scope);
    void write_group(ByteWriter& out, const Group& group);
    [[nodiscard]] std::string finish(const OriginTable& origins, std::string_view body);

    const CorrelationPlans& plans_;
    const CorrelationState::Parts& state_;
    OriginWriter refs_;
};

void RowWriter::write_group(ByteWriter& out, const Group& group) {
    const CorrelationPlan& plan = plans_.plans[group.plan];
    out.text(group.spelled);
    out.number(group.touched);
    if (plan.window.at_close) {
        out.time(group.opened);
    } else {
        const bool has_fired = group.fired != no_time;
        out.byte(static_cast<std::uint8_t>((group.is_holding ? flag_holding : 0U) |
                                           (has_fired ? flag_fired : 0U)));
        if (has_fired) {
            out.time(group.fired);
        }
    }
    const MatchSignal& newest = group.newest;
    out.word(plans_.names.rule(newest.rule));
    out.text(newest.host_key());
    out.text(newest.host());
    write_stamp(
        out, refs_, {newest.time, newest.ref.position, newest.ref.origin, newest.ref.element, 0});
    write_values(out, newest, *plans_.rules, plans_.names);
    group.window->write(out, refs_);
}

std::string RowWriter::finish(const OriginTable& origins, std::string_view body) {
    std::string head;
    ByteWriter out(head);
    out.byte(format);
    refs_.write(out, origins);
    std::string row;  // to its exact size: many wait together for the commit
    row.reserve(head.size() + body.size());
    row += head;
    row += body;
    return row;
}

void RowWriter::write_clock(ByteWriter& out, const Scope& scope) {
    out.time(scope.clock);
    out.signed_number(scope.position);
    const bool has_origin = scope.origin != scope.partition;
    out.byte(has_origin ? 1 : 0);
    if (has_origin) {
        out.number(refs_.number(scope.origin));
    }
}

std::string RowWriter::of_scope(const Scope& scope, const OriginTable& origins) {
    std::string body;
    ByteWriter out(body);
    write_clock(out, scope);
    std::vector<const Group*> groups;
    for (std::uint32_t i = scope.first_group; i != Group::none; i = state_.groups[i].right) {
        groups.push_back(&state_.groups[i]);
    }
    std::sort(groups.begin(), groups.end(), [this](const Group* a, const Group* b) {
        return std::tie(plans_.plans[a->plan].name, a->key) <
               std::tie(plans_.plans[b->plan].name, b->key);
    });
    std::string section;
    for (auto it = groups.begin(); it != groups.end();) {
        const std::uint32_t plan = (*it)->plan;
        const auto end = std::find_if(
            it, groups.end(), [plan](const Group* group) { return group->plan != plan; });
        section.clear();
        ByteWriter into(section);
        into.number(static_cast<std::uint64_t>(end - it));
        for (; it != end; ++it) {
            write_group(into, **it);
        }
        out.word(plans_.plans[plan].name);
        out.text(section);
    }
    return finish(origins, body);
}

std::string RowWriter::of_group(const Group& group, const OriginTable& origins) {
    std::string body;
    ByteWriter out(body);
    out.word(plans_.plans[group.plan].name);
    write_group(out, group);
    return finish(origins, body);
}

// A row as it was read, before any of it is in the state.
struct ReadGroup {
    std::uint32_t plan = 0;
    Group group;
};

class RowReader {
public:
    RowReader(const CorrelationPlans& plans, OriginTable& origins)
        : plans_(plans), origins_(origins), before_(origins) {}

    [[nodiscard]] bool read_scope(std::string_view bytes, std::uint32_t partition);
    [[nodiscard]] bool read_row(std::string_view bytes);

    Timestamp clock = no_time;
    std::uint32_t origin = 0;  // of the event that set it
    std::int64_t position = 0;
    std::vector<ReadGroup> groups;
    std::uint64_t num_unknown = 0;  // groups of correlations that changed or are gone

private:
    void begin(ByteReader& in);
    void read_clock(ByteReader& in);
    void read_section(ByteReader& in, std::uint64_t& last_name);
    void read_group(ByteReader& in, std::uint32_t plan);
    void read_key(std::string_view spelled, Group& group, ByteReader& in);
    void read_newest(ByteReader& in, Group& group);
    [[nodiscard]] std::uint32_t find_plan(std::uint64_t name) const;

    const CorrelationPlans& plans_;
    OriginTable& origins_;
    StampOrder before_;
    OriginReader refs_;
    std::uint32_t partition_ = 0;
    bool has_unread_ = false;  // a section was passed over: its origins are not seen
};

std::uint32_t RowReader::find_plan(std::uint64_t name) const {
    const auto it = std::find_if(plans_.plans.begin(),
                                 plans_.plans.end(),
                                 [name](const CorrelationPlan& p) { return p.name == name; });
    return it == plans_.plans.end() ? Group::none
                                    : static_cast<std::uint32_t>(it - plans_.plans.begin());
}

void RowReader::begin(ByteReader& in) {
    in.require(in.byte() == format);
    refs_.read(in, origins_);
}

void RowReader::read_clock(ByteReader& in) {
    clock = in.time();
    origin = partition_;
    position = in.signed_number();
    if (in.small(1) == 1) {
        origin = refs_.origin(in);
        in.require(origin != partition_);
    }
}

void RowReader::read_key(std::string_view spelled, Group& group, ByteReader& in) {
    group.spelled = spelled;
    ByteReader values(spelled);
    ByteWriter key(group.key);
    std::size_t n = 0;
    for (; values.left() > 0 && values.ok(); ++n) {
        const std::string_view value = values.text();
        if (values.ok()) {
            key.text(folded(value));
        }
    }
    in.require(values.ok() && n == plans_.plans[group.plan].correlation->group_by.size());
}

void RowReader::read_newest(ByteReader& in, Group& group) {
    const auto rule = plans_.names.find_rule(in.word());
    const std::string_view host_key = in.text();
    const std::string_view host = in.text();
    const Stamp stamp = read_stamp(in, refs_);
    if (!in.require(rule.has_value() && stamp.input == 0)) {
        return;
    }
    EventRef ref = stamp.ref();
    ref.partition = plans_.placement == Placement::within_host ? partition_ : ref.origin;
    group.newest.assign(*rule, stamp.time, ref, host_key, host);
    read_values(in, group.newest, *plans_.rules, plans_.names);
}

void RowReader::read_group(ByteReader& in, std::uint32_t plan) {
    Group& group = groups.emplace_back().group;
    groups.back().plan = plan;
    group.plan = plan;
    read_key(in.text(), group, in);
    group.touched = in.number();
    const WindowPlan& window = plans_.plans[plan].window;
    if (window.at_close) {
        group.opened = in.time();
    } else {
        const std::uint32_t flags = in.small(flag_holding | flag_fired);
        group.is_holding = (flags & flag_holding) != 0;
        in.require(!group.is_holding || (flags & flag_fired) != 0);
        group.fired = (flags & flag_fired) != 0 ? in.time() : no_time;
    }
    read_newest(in, group);
    group.window = make_window(window);
    if (in.ok()) {
        group.window->read(in, refs_, before_);
    }
}

void RowReader::read_section(ByteReader& in, std::uint64_t& last_name) {
    const std::uint64_t name = in.word();
    in.require(name > last_name);
    last_name = name;
    ByteReader section(in.text());
    const std::size_t n = section.count(8);
    in.require(section.ok() && n > 0);
    const std::uint32_t plan = find_plan(name);
    if (plan == Group::none) {
        num_unknown += n;
        has_unread_ = true;
        return;
    }
    for (std::size_t i = 0; i < n && section.ok(); ++i) {
        read_group(section, plan);
        const std::size_t at = groups.size() - 1;
        section.require(i == 0 || groups[at - 1].group.key < groups[at].group.key);
    }
    in.require(section.done());
}

bool RowReader::read_scope(std::string_view bytes, std::uint32_t partition) {
    partition_ = partition;
    ByteReader in(bytes);
    begin(in);
    read_clock(in);
    std::uint64_t last_name = 0;
    while (in.ok() && in.left() > 0) {
        read_section(in, last_name);
    }
    return in.done() && (has_unread_ || refs_.all_used());
}

bool RowReader::read_row(std::string_view bytes) {
    ByteReader in(bytes);
    begin(in);
    const std::uint32_t plan = find_plan(in.word());
    if (!in.ok()) {
        return false;
    }
    if (plan == Group::none) {
        ++num_unknown;
        return true;
    }
    read_group(in, plan);
    return in.done() && refs_.all_used();
}

// Of a group that was read, as open_group would have made it.
void put_back(CorrelationState::Parts& state, std::uint32_t scope, ReadGroup read) {
    const std::uint32_t index = state.put_group(read.plan, scope, read.group.key);
    Group& group = state.groups[index];
    group.spelled = std::move(read.group.spelled);
    group.touched = read.group.touched;
    group.newest = std::move(read.group.newest);
    group.opened = read.group.opened;
    group.fired = read.group.fired;
    group.is_holding = read.group.is_holding;
    group.window = std::move(read.group.window);
    group.is_stored = true;
    state.count_values(index);
    state.num_touches = std::max(state.num_touches, group.touched);
    state.orders[read.plan].is_sorted = false;
    const CorrelationPlan& plan = state.plans.plans[read.plan];
    state.set_deadline(index,
                       plan.window.at_close ? group.opened + plan.span : state.expiry(group));
}

alert::StateRow scope_row(std::string_view detector,
                          const OriginTable& origins,
                          std::uint32_t partition,
                          const std::string& host_key,
                          std::string bytes) {
    return {std::string(detector),
            CorrelationRuntime::state_version,
            std::string(origins.text(partition)),
            host_key,
            std::move(bytes)};
}

void collect_scopes(const OriginTable& origins,
                    std::string_view detector,
                    CorrelationState::Parts& own,
                    std::vector<alert::StateRow>& out) {
    for (const std::uint32_t i : own.dirty_scopes) {
        Scope& scope = own.scopes[i];
        scope.is_dirty = false;
        if (!scope.is_used) {
            continue;
        }
        std::string bytes = RowWriter(own.plans, own).of_scope(scope, origins);
        scope.is_stored = true;
        scope.row_bytes = static_cast<std::uint32_t>(bytes.size());
        out.push_back(
            scope_row(detector, origins, scope.partition, scope.host_key, std::move(bytes)));
    }
    own.dirty_scopes.clear();
    for (const auto& [partition, host_key] : own.gone_scopes) {
        if (own.find_scope(partition, host_key) == Group::none) {  // else its new row is in `out`
            out.push_back(scope_row(detector, origins, partition, host_key, {}));
        }
    }
    own.gone_scopes.clear();
}

}  // namespace

void CorrelationRuntime::collect_changed(const OriginTable& origins,
                                         std::string_view detector,
                                         CorrelationState& state,
                                         std::vector<alert::StateRow>& out) const {
    CorrelationState::Parts& own = *state.parts_;
    const CorrelationPlans& plans = parts_->plans;
    collect_scopes(origins, detector, own, out);
    std::unordered_set<std::string> written;
    for (const std::uint32_t i : own.dirty_groups) {
        Group& group = own.groups[i];
        if (!group.is_dirty) {
            continue;  // gone, or its place was taken by one that is there twice
        }
        std::string bytes = RowWriter(plans, own).of_group(group, origins);
        group.is_dirty = false;
        group.is_stored = true;
        group.row_bytes = static_cast<std::uint32_t>(bytes.size());
        std::string entity = group_entity(plans.plans[group.plan].name, group.key);
        if (!own.gone_rows.empty()) {
            written.insert(entity);
        }
        out.push_back(
            {std::string(detector), state_version, {}, std::move(entity), std::move(bytes)});
    }
    own.dirty_groups.clear();
    for (std::string& entity : own.gone_rows) {
        if (written.insert(entity).second) {
            out.push_back({std::string(detector), state_version, {}, std::move(entity), {}});
        }
    }
    own.gone_rows.clear();
    own.changed_bytes = 0;
}

void CorrelationRuntime::collect_all(const OriginTable& origins,
                                     std::string_view detector,
                                     const CorrelationState& state,
                                     std::vector<alert::StateRow>& out) const {
    const CorrelationState::Parts& own = *state.parts_;
    const CorrelationPlans& plans = parts_->plans;
    if (plans.placement == Placement::within_host) {
        for (const Scope& scope : own.scopes) {
            if (scope.is_used) {
                out.push_back(scope_row(detector,
                                        origins,
                                        scope.partition,
                                        scope.host_key,
                                        RowWriter(plans, own).of_scope(scope, origins)));
            }
        }
        return;
    }
    for (const Group& group : own.groups) {
        if (group.scope != Group::none) {
            out.push_back({std::string(detector),
                           state_version,
                           {},
                           group_entity(plans.plans[group.plan].name, group.key),
                           RowWriter(plans, own).of_group(group, origins)});
        }
    }
}

bool CorrelationRuntime::wants(const alert::StateRow& row) const {
    if (parts_->plans.placement == Placement::within_host) {
        return true;
    }
    const std::vector<CorrelationPlan>& plans = parts_->plans.plans;
    return std::any_of(plans.begin(), plans.end(), [&row](const CorrelationPlan& plan) {
        return row.entity.starts_with(std::string_view(group_entity(plan.name, {})).substr(0, 17));
    });
}

bool CorrelationRuntime::restore(const alert::StateRow& row,
                                 OriginTable& origins,
                                 CorrelationState& state) const {
    CorrelationState::Parts& own = *state.parts_;
    RowReader reader(parts_->plans, origins);
    std::uint32_t scope = 0;
    if (parts_->plans.placement == Placement::within_host) {
        const std::uint32_t partition = origins.intern(row.partition);
        if (own.find_scope(partition, row.entity) != Group::none ||
            !reader.read_scope(row.bytes, partition)) {
            return false;
        }
        scope = own.add_scope(partition, row.entity);
        own.scopes[scope].clock = reader.clock;
        own.scopes[scope].origin = reader.origin;
        own.scopes[scope].position = reader.position;
        own.scopes[scope].is_stored = true;
        own.scopes[scope].row_bytes = static_cast<std::uint32_t>(row.bytes.size());
    } else {
        if (!reader.read_row(row.bytes)) {
            return false;
        }
        for (const ReadGroup& read : reader.groups) {
            if (own.find_group(read.plan, 0, read.group.key) != Group::none ||
                row.entity != group_entity(parts_->plans.plans[read.plan].name, read.group.key)) {
                return false;
            }
        }
    }
    own.counts.groups_dropped += reader.num_unknown;
    for (ReadGroup& read : reader.groups) {
        put_back(own, scope, std::move(read));
    }
    if (reader.num_unknown > 0) {
        // What is stored is to be what is known, also if the rules of before come back.
        own.mark_scope_changed(scope, 0);
        if (parts_->plans.placement == Placement::correlator) {
            own.gone_rows.push_back(row.entity);
        }
    }
    return true;
}

void CorrelationRuntime::drop_partition(std::uint32_t partition, CorrelationState& state) const {
    CorrelationState::Parts& own = *state.parts_;
    if (parts_->plans.placement == Placement::correlator) {
        return;  // what spans partitions stays
    }
    for (std::uint32_t i = 0; i < own.scopes.size(); ++i) {
        if (own.scopes[i].is_used && own.scopes[i].partition == partition) {
            own.drop_scope(i);
        }
    }
    std::erase_if(own.gone_scopes,
                  [partition](const auto& gone) { return gone.partition == partition; });
}

}  // namespace spoor::sigma
