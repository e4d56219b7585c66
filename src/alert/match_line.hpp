// A match as one short line: the members of its alert's JSON by which it is told apart (timestamp,
// rule_id, rule_title, level, tags, host, event_ref, matched; of correlations `correlation`), with
// the same values; a quarter of the alert's bytes. For reading a match at a glance and for other
// programs; never stored.
//
// One owner.
#pragma once

#include "alert/rule_text.hpp"
#include "event/event.hpp"
#include "event/origin.hpp"

#include <string>
#include <string_view>

namespace spoor::alert {

// What a correlation has in place of an event.
struct FiringFacts {
    std::string_view host;
    Timestamp time = no_time;
    EventRef trigger;
    std::string_view facts;  // the `correlation` object, rendered
};

class MatchLine {
public:
    explicit MatchLine(const OriginTable& origins) : origins_(origins) {}

    // The event of the next lines.
    void begin(const Event& event);
    // Appends the line, without a line feed; `matched` is the members of that object.
    void write(const RuleText& rule, std::string_view matched, std::string& out) const;
    // The line of a correlation; no event is begun then.
    void write_firing(const RuleText& rule,
                      const FiringFacts& firing,
                      std::string_view matched,
                      std::string& out);

private:
    void begin(Timestamp time, std::string_view host, const EventRef& ref);

    const OriginTable& origins_;
    std::string head_;  // up to the rule's part
    std::string tail_;  // from there to `matched`

    // Of the last event's origin.
    std::uint32_t prefix_of_ = 0;
    std::string prefix_;  // of its refs
};

}  // namespace spoor::alert
