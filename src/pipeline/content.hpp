// Content: what decides what the pipeline finds (detectors, correlators, and the paths that their
// rules need from the decoder), as one immutable snapshot. It is built aside and handed to
// Intake::request_content; the next marker carries it, and each shard and the keeper go over to it
// at that marker, so that every event is judged by exactly one content.
//
// State is carried over by name and state version. The same object in both contents keeps its state
// untouched; another one is given those rows of the old state that it wants(). All other rows are
// deleted with the epoch that the marker ends.
//
// Const, shared by all threads.
#pragma once

#include "alert/correlator.hpp"
#include "alert/detector.hpp"
#include "base/counters.hpp"
#include "event/origin.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::decode {
class WatchedPaths;
}

namespace spoor::pipeline {

using Detectors = std::vector<std::shared_ptr<const alert::Detector>>;
using Correlators = std::vector<std::shared_ptr<const alert::Correlator>>;
using States = std::vector<std::unique_ptr<alert::DetectorState>>;  // beside either

struct Content {
    std::string version;  // any text; stored with the epoch, shown by `status`
    Detectors detectors;
    Correlators correlators;
    std::shared_ptr<const decode::WatchedPaths> watched_paths;  // null: none
};

using ContentPtr = std::shared_ptr<const Content>;

// Names of detectors and correlators that are in one content only, or with another state version
// in each: their rows go when `from` is followed by `to`.
[[nodiscard]] std::vector<std::string> not_carried(const Content& from, const Content& to);

// The states of `next`, made from those of `old`, which are used up. Rows that no longer have an
// owner are appended to `gone` with empty bytes. Kind: alert::Detector or alert::Correlator.
template <class Kind>
[[nodiscard]] States carry_over(const std::vector<std::shared_ptr<const Kind>>& old,
                                States& old_states,
                                const std::vector<std::shared_ptr<const Kind>>& next,
                                OriginTable& origins,
                                std::vector<alert::StateRow>& gone,
                                Counters& counters) {
    States states;
    for (const auto& kind : next) {
        std::unique_ptr<alert::DetectorState>& state = states.emplace_back();
        for (std::size_t i = 0; i < old.size() && !state; ++i) {
            if (old[i] == kind) {
                state = std::move(old_states[i]);
            } else if (old[i]->name() == kind->name() &&
                       old[i]->state_version() == kind->state_version()) {
                state = kind->make_state();
                std::vector<alert::StateRow> rows;
                old[i]->collect_all(origins, *old_states[i], rows);
                for (alert::StateRow& row : rows) {
                    if (!kind->wants(row)) {
                        counters.add("state_rows_unowned");
                        row.bytes.clear();
                        gone.push_back(std::move(row));
                    } else if (!kind->restore(row, origins, *state)) {
                        counters.add("state_rows_unreadable");
                    }
                }
            }
        }
        if (!state) {
            state = kind->make_state();
        }
    }
    for (std::size_t i = 0; i < old.size(); ++i) {
        const auto same = [&](const auto& kind) {
            return kind->name() == old[i]->name() &&
                   kind->state_version() == old[i]->state_version();
        };
        if (std::none_of(next.begin(), next.end(), same)) {  // its rows are dropped, not taken on
            std::vector<alert::StateRow> rows;
            old[i]->collect_all(origins, *old_states[i], rows);
            if (!rows.empty()) {
                counters.add("state_rows_unowned", rows.size());
            }
        }
    }
    return states;
}

}  // namespace spoor::pipeline
