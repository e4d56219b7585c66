#include "source/kafka_start.hpp"

#include <fmt/core.h>

namespace spoor::source {

std::optional<StartDecision> choose_start(const StartFacts& facts) {
    StartDecision out;
    if (!facts.checkpoint && !facts.committed) {
        const auto& start = facts.latest ? facts.high : facts.low;
        if (!start) {
            return std::nullopt;
        }
        out.next = *start;
        return out;
    }
    if (facts.checkpoint && facts.committed && *facts.committed > *facts.checkpoint) {
        out.next = *facts.committed;
        out.drop_state = true;
        out.reason = fmt::format(
            "the group's committed offset {} is ahead of the checkpoint's {}: worked on elsewhere, "
            "so the partition's state is dropped and reading starts at the committed offset",
            *facts.committed,
            *facts.checkpoint);
    } else {
        out.next = facts.checkpoint ? *facts.checkpoint : *facts.committed;
    }
    if (facts.low && out.next < *facts.low) {
        out.gap = static_cast<std::uint64_t>(*facts.low - out.next);
        out.reason += fmt::format(
            "{}records {} to {} are gone (deleted by retention before they were read): {} lost, "
            "reading starts at {}",
            out.reason.empty() ? "" : "; ",
            out.next,
            *facts.low - 1,
            out.gap,
            *facts.low);
        out.next = *facts.low;
    } else if (facts.high && out.next > *facts.high) {
        out.truncated = true;
        out.reason += fmt::format(
            "{}the partition ends at {}, before the known position {}: it was truncated or made "
            "anew, reading goes on at its end",
            out.reason.empty() ? "" : "; ",
            *facts.high,
            out.next);
        out.next = *facts.high;
    }
    return out;
}

}  // namespace spoor::source
