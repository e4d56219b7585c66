// The first events of a log source, kept until there are enough of them to count how often each of
// its predicates could hold: by that a plan chooses what it looks for.
//
// Private to sigma. One owner (a Matcher).
#pragma once

#include "event/event.hpp"
#include "sigma/event_fields.hpp"
#include "sigma/plan.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace spoor::sigma {

class Sample {
public:
    static constexpr std::size_t size = 256;             // events
    static constexpr std::size_t bytes_of_value = 4096;  // what is behind them is not looked at

    // A copy of what was captured of the event.
    void add(const Event& event);

    [[nodiscard]] bool is_full() const { return events_.size() == size; }

    void clear() { events_ = {}; }

    // What `plan` asks, counted; of a literal whether it is there, not what else the predicate
    // demands.
    [[nodiscard]] Plan::Learned count(const Plan& plan,
                                      const RuleSet& rules,
                                      const Predicates& predicates,
                                      EventFields& fields) const;

private:
    struct Copy {
        std::string texts;
        std::vector<Captured> captured;  // into texts, once it is whole
    };

    std::vector<Copy> events_;
};

}  // namespace spoor::sigma
