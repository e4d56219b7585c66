// What the correlations of one shard, or of the correlator, remember: scopes (a host of one
// partition; in the correlator one for all) with their clocks, and groups with their windows. Found
// by key, told of time by a heap of deadlines, bounded by the order in which groups fell silent.
//
// CorrelationState::Parts: one owner, as CorrelationState.
#pragma once

#include "sigma/correlation_plan.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/index_table.hpp"
#include "sigma/window.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

struct Group {
    static constexpr std::uint32_t none = IndexTable::none;

    std::uint32_t plan = 0;
    std::uint32_t scope = none;  // none: this place is free
    std::uint32_t generation = 0;
    std::uint64_t hash = 0;
    std::uint64_t touched = 0;    // a number that grows with each match of the state
    std::uint32_t before = none;  // in the plan's order of touches
    std::uint32_t behind = none;
    std::uint32_t left = none;  // among the scope's groups
    std::uint32_t right = none;
    std::string key;              // each group value, folded, behind its length
    std::string spelled;          // the same as the first match spells them
    MatchSignal newest;           // its values only where a correlation builds on this one
    Timestamp opened = no_time;   // R8: of the open window
    Timestamp fired = no_time;    // R7: the time of the last firing
    bool is_holding = false;      // R7: the condition held at the last match: disarmed
    bool is_dirty = false;        // correlator
    bool is_stored = false;       // correlator: there may be a row
    std::uint32_t row_bytes = 0;  // correlator: of the last row, about
    std::size_t num_values = 0;   // of the window, when it was last counted
    std::unique_ptr<Window> window;
};

// When something is to be done with a group, at the latest: an old one is put off when it comes up.
struct Deadline {
    Timestamp due = no_time;
    std::uint32_t group = 0;
    std::uint32_t generation = 0;
};

struct Scope {
    std::string host_key;
    std::uint64_t hash = 0;
    std::uint32_t partition = 0;
    Timestamp clock = no_time;
    std::uint32_t origin = 0;  // of the event that set the clock
    std::int64_t position = 0;
    std::uint32_t first_group = Group::none;
    std::uint32_t num_groups = 0;
    std::uint32_t row_bytes = 0;  // of the last row, about
    bool is_used = false;
    bool is_dirty = false;   // it is among dirty_scopes; also of a place that is free again
    bool is_stored = false;  // there may be a row
    std::vector<Deadline> deadlines;  // a heap, the earliest on top; of gone groups too
};

struct CorrelationState::Parts {
    explicit Parts(const CorrelationPlans& plans);

    [[nodiscard]] std::uint32_t find_scope(std::uint32_t partition, std::string_view host_key);
    std::uint32_t add_scope(std::uint32_t partition, std::string_view host_key);
    // With its groups, and without leaving a word for its row.
    void drop_scope(std::uint32_t scope);
    // R9: nothing of the host is open, and so much of its partition has passed by with this event
    // that its clock begins anew. Windows rely on the clock: where one is open it never goes back.
    [[nodiscard]] bool is_forgotten(const Scope& scope, const EventRef& now) const;
    // Takes out scopes of this event's partition that are: a later event of such a host finds the
    // same as if it were here. Looks at so many of all, in turn.
    void forget_hosts(const EventRef& now, std::size_t num_looks);

    [[nodiscard]] std::uint32_t find_group(std::uint32_t plan,
                                           std::uint32_t scope,
                                           std::string_view key) const;
    // Not of one that is there. Makes room if its correlation has too many.
    std::uint32_t add_group(std::uint32_t plan, std::uint32_t scope, std::string_view key);
    // The same without making room: rows come back in any order, and who was silent longest is
    // known when all are there; the next new group makes room for all of them.
    std::uint32_t put_group(std::uint32_t plan, std::uint32_t scope, std::string_view key);
    void drop_group(std::uint32_t group);
    void touch(std::uint32_t group);
    // After its window took a match. Too many values in it: its oldest go; in all: other groups.
    void count_values(std::uint32_t group);
    void bound_values(std::uint32_t group);
    // R21: whether a window decided at close may take another value.
    [[nodiscard]] bool has_room(std::uint32_t group) const;
    void set_deadline(std::uint32_t group, Timestamp due);
    void put_off(Scope& scope, const Deadline& deadline);  // one that was taken, as it is
    // The earliest one before `limit` of a group that is there; taken out. False: none.
    [[nodiscard]] bool take_deadline(Scope& scope, Timestamp limit, Deadline& out);
    // When a sliding group knows nothing any more that a match to come could meet.
    [[nodiscard]] Timestamp expiry(const Group& group) const;
    // A row is to be written; it has grown by about so much.
    void mark_changed(std::uint32_t group, std::size_t bytes);
    void mark_scope_changed(std::uint32_t scope, std::size_t bytes);
    [[nodiscard]] std::size_t bytes() const;

    // The groups of one plan, the one silent longest first.
    struct Order {
        std::uint32_t first = Group::none;
        std::uint32_t last = Group::none;
        std::size_t size = 0;
        std::size_t num_values = 0;  // in all their windows
        bool is_sorted = true;       // not: rows came back
    };

    const CorrelationPlans& plans;
    std::deque<Group> groups;
    std::vector<std::uint32_t> free_groups;
    IndexTable group_places;
    std::deque<Scope> scopes;
    std::vector<std::uint32_t> free_scopes;
    IndexTable scope_places;
    std::uint32_t last_scope = Group::none;  // most events are of the host of the one before
    std::uint32_t next_look = 0;             // of forget_hosts, into scopes
    std::vector<Order> orders;               // by plan
    std::uint64_t num_touches = 0;
    CorrelationCounts counts;

    // Of a host's scope that is gone; it may be there again.
    struct GoneScope {
        std::uint32_t partition;
        std::string host_key;
    };

    std::vector<std::uint32_t> dirty_scopes;  // of gone ones too
    std::vector<GoneScope> gone_scopes;       // whose rows are to go
    std::vector<std::uint32_t> dirty_groups;  // correlator; of gone ones too
    std::vector<std::string> gone_rows;       // correlator: entities
    std::size_t changed_bytes = 0;

    // Scratch of one match.
    struct Pending {
        const Target* target;
        MatchSignal match;
    };

    std::string key;
    std::string spelled;
    std::string value;
    std::string folded;
    std::vector<Pending> pending;

    // Matches of the event at hand that met no window and may open none (R17): one that it opens
    // later has them too.
    struct Unopened {
        const Target* target = nullptr;
        std::string key;
        MatchSignal match;
    };

    std::vector<Unopened> unopened;  // the first num_unopened are in use
    std::size_t num_unopened = 0;
    MatchSignal offered;  // the last one, without its values

private:
    void make_room(std::uint32_t plan);
    [[nodiscard]] std::uint32_t silent_longest(std::uint32_t plan);
    void evict(std::uint32_t group);
    void sort_order(std::uint32_t plan);
    void link_last(std::uint32_t group);
    void unlink(std::uint32_t group);
};

// Of a row of the correlator.
[[nodiscard]] std::string group_entity(std::uint64_t correlation_name, std::string_view key);

}  // namespace spoor::sigma
