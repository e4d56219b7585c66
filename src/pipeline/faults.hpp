// Planted faults and named kill points, to prove that the tests can fail. In the shipped library
// all of this is constant and gone after compilation; tests link a second build of this room with
// SPOOR_PLANTED_FAULTS, in which a fault is chosen by plant() or by the environment variable
// SPOOR_FAULT, and SPOOR_KILL_AT=point[:n] ends the process with SIGKILL at the n-th passing of a
// point.
#pragma once

#include <string_view>

namespace spoor::pipeline {

enum class Fault : unsigned char {
    none,
    acknowledge_before_commit,
    rows_of_next_epoch,
    marker_overtakes_batch,
    letters_outside_transaction,
    cursor_before_send,
    row_missed,
    watermark_unsaved,
    correlator_rows_missed,
    held_signal_lost,
    signals_unsorted,
    late_by_epoch,
    swap_before_marker,
};

#ifdef SPOOR_PLANTED_FAULTS
[[nodiscard]] bool planted(Fault fault);
Fault plant(Fault fault);  // answers the one that was planted before
void kill_point(std::string_view name);
// With a kill point set: long enough for a source's background commit, so that a fault shows in
// what a crash leaves.
void let_offsets_be_committed();
#else
[[nodiscard]] constexpr bool planted(Fault /*fault*/) {
    return false;
}

constexpr void kill_point(std::string_view /*name*/) {}

constexpr void let_offsets_be_committed() {}
#endif

}  // namespace spoor::pipeline
