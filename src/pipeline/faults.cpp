#include "pipeline/faults.hpp"

#ifdef SPOOR_PLANTED_FAULTS

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

namespace spoor::pipeline {

namespace {

constexpr std::array<std::pair<std::string_view, Fault>, 12> names = {{
    {"acknowledge_before_commit", Fault::acknowledge_before_commit},
    {"rows_of_next_epoch", Fault::rows_of_next_epoch},
    {"marker_overtakes_batch", Fault::marker_overtakes_batch},
    {"letters_outside_transaction", Fault::letters_outside_transaction},
    {"cursor_before_send", Fault::cursor_before_send},
    {"row_missed", Fault::row_missed},
    {"watermark_unsaved", Fault::watermark_unsaved},
    {"correlator_rows_missed", Fault::correlator_rows_missed},
    {"held_signal_lost", Fault::held_signal_lost},
    {"signals_unsorted", Fault::signals_unsorted},
    {"late_by_epoch", Fault::late_by_epoch},
    {"swap_before_marker", Fault::swap_before_marker},
}};

Fault from_environment() {
    // Read once, before any thread is made.
    const char* text = std::getenv("SPOOR_FAULT");  // NOLINT(concurrency-mt-unsafe): see above
    for (const auto& [name, fault] : names) {
        if (text != nullptr && name == text) {
            return fault;
        }
    }
    return Fault::none;
}

std::atomic<Fault>& current() {
    static std::atomic<Fault> fault{from_environment()};
    return fault;
}

struct KillAt {
    std::string point;
    std::atomic<int> remaining{1};

    KillAt() {
        const char* text =
            std::getenv("SPOOR_KILL_AT");  // NOLINT(concurrency-mt-unsafe): read once
        if (text == nullptr) {
            return;
        }
        point = text;
        const auto colon = point.find(':');
        if (colon != std::string::npos) {
            int n = 1;
            std::from_chars(point.data() + colon + 1, point.data() + point.size(), n);
            remaining = n;
            point.resize(colon);
        }
    }
};

}  // namespace

bool planted(Fault fault) {
    return current().load(std::memory_order_relaxed) == fault;
}

Fault plant(Fault fault) {
    return current().exchange(fault, std::memory_order_relaxed);
}

namespace {

KillAt& kill_at() {
    static KillAt at;
    return at;
}

}  // namespace

void let_offsets_be_committed() {
    if (!kill_at().point.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
    }
}

void kill_point(std::string_view name) {
    KillAt& at = kill_at();
    if (!at.point.empty() && at.point == name && at.remaining.fetch_sub(1) == 1) {
        std::raise(SIGKILL);
    }
}

}  // namespace spoor::pipeline

#endif
