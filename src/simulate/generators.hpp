// The generators of background events, one function for each of the 15 event types that are not a
// scenario's alone. At `basic` values are uniform over their ranges; above that each host has
// habits, derived from its seed: its programs, files, peers and amounts.
//
// Compute only; one owner.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "simulate/event_text.hpp"
#include "simulate/simulate.hpp"
#include "simulate/world.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::simulate {

// What a generator works with, and what it leaves behind.
struct Draft {
    const World& world;
    Random& random;
    Timestamp time;
    const Host& host;
    const User* user = nullptr;  // of user events: whose machine `host` is
    bool realistic = false;
    bool strip_labels = false;
    std::string json;                           // out
    std::vector<Message>* followers = nullptr;  // out: what ends later; null: nothing does

    // A made-up suspicion of an innocent event: one in ten as in the original, else rarer.
    [[nodiscard]] bool drawn_suspicious() { return random.below(1000) < (realistic ? 2 : 100); }

    // The j-th of the host's habits, or anything from the list at `basic`.
    [[nodiscard]] std::size_t choose(std::uint64_t kind, std::size_t size, std::size_t habits);

    [[nodiscard]] std::int64_t process_id() { return random.between(250, 8000) * 4; }
};

using Generator = void (*)(Draft&);

struct Kind {
    std::string_view type;
    Generator write;
    std::uint32_t realistic_share;  // of 1,000 within its class; at `basic` all are alike
};

enum class EventClass : std::uint8_t { network, endpoint, user };
[[nodiscard]] std::span<const Kind> kinds(EventClass event_class);

[[nodiscard]] std::span<const Kind> network_kinds();
[[nodiscard]] std::span<const Kind> endpoint_kinds();
[[nodiscard]] std::span<const Kind> user_kinds();

// A program as process events show it.
struct Program {
    std::string_view name;
    std::string_view path;
    std::string_view parent_name;
    std::string_view parent_path;
    std::string_view command_line;
    std::string_view technique = {};  // not empty: on the list of suspicious names
};

struct ProcessRun {
    Program program;
    std::string_view account;
    std::int64_t process_id = 0;
    std::int64_t parent_id = 0;
};

// The fields of a process event; the caller begins and ends it.
void set_process(EventText& text, const ProcessRun& run, std::string_view action);

}  // namespace spoor::simulate
