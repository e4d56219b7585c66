// MatchSignal: what correlations are told of one match: which rule, when, where, and the values of
// the fields that some correlation asks of that rule, as the event spells them. A firing of a
// correlation goes on to others in the same form (R18): with the values of its newest event.
//
// A value with one buffer; refilled with assign() it allocates nothing. One owner.
#pragma once

#include "base/time.hpp"
#include "event/event.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::sigma {

inline constexpr std::uint32_t no_correlation = 0xFFFFFFFF;

class MatchSignal {
public:
    RuleIndex rule = 0;                          // the base rule that the event met
    std::uint32_t correlation = no_correlation;  // or: a firing of this one, told by its newest
    Timestamp time = no_time;                    // event time
    // When it was known, where that is later: of windows decided at their close the time of the
    // event that closed them. Signals are put in order by it (alert::Signal::time).
    Timestamp known = no_time;
    EventRef ref;

    // Begins a match of a rule; then one add_value or add_missing for each of Rule::carried.
    void assign(RuleIndex of_rule,
                Timestamp at,
                const EventRef& its_ref,
                std::string_view host_key,
                std::string_view host);
    void add_value(std::string_view text);
    void add_missing();

    [[nodiscard]] std::string_view host_key() const;
    [[nodiscard]] std::string_view host() const;  // as the event spells it

    [[nodiscard]] std::size_t num_values() const { return num_values_; }

    // By its place in Rule::carried.
    [[nodiscard]] std::optional<std::string_view> value(std::size_t place) const;

    [[nodiscard]] std::size_t bytes() const { return sizeof *this + buffer_.capacity(); }

private:
    std::string buffer_;  // host key, host, then each value behind its length
    std::uint32_t host_key_size_ = 0;
    std::uint32_t host_size_ = 0;
    std::uint32_t num_values_ = 0;
};

// Whether both were told by one event at one time.
[[nodiscard]] bool are_of_one_event(const MatchSignal& a, const MatchSignal& b);
// Of those (R22): matches of rules in their order, then firings in theirs.
[[nodiscard]] bool comes_first(const MatchSignal& a, const MatchSignal& b);

}  // namespace spoor::sigma
