// Drivers call the steps of a pipeline. `run_inline` is one thread, round robin: `explain`, replay
// and most tests. ThreadDriver gives intake, each shard, the keeper and the pump a thread of their
// own. The third, the schedule driver, is a test (tests/schedule): it picks the next step at random
// from a seed and crashes at any.
//
// This room is the only place that makes threads.
#pragma once

#include "pipeline/pipeline.hpp"
#include "pipeline/pump.hpp"

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace spoor::pipeline {

// Steps until the final marker is committed: request_stop() must have been called, or `keep_going`
// must call it. It is asked once a round, with whether anything was done in it; false ends the run
// at once, without a marker.
void run_inline(Pipeline& pipeline, Pump* pump, const std::function<bool(bool worked)>& keep_going);

// Reads until all sources are at their end, then stops with a final marker.
void run_inline_to_end(Pipeline& pipeline, Pump* pump, bool close_windows);

class ThreadDriver {
public:
    // Starts the threads. Both outlive the driver; pump may be null.
    ThreadDriver(Pipeline& pipeline, Pump* pump, Doorbell* pump_bell);
    // Joins; request a stop (Intake::request_stop) or abandon() before.
    ~ThreadDriver();
    ThreadDriver(const ThreadDriver&) = delete;
    ThreadDriver& operator=(const ThreadDriver&) = delete;

    // The final marker is committed, or the pipeline must be rebuilt, or it was abandoned.
    [[nodiscard]] bool finished() const { return running_.load() == 0; }

    // Ends the threads where they are: what is not committed is lost, as in a crash.
    void abandon();

private:
    template <class Step, class Wait>
    void loop(Step step, Wait wait);

    Pipeline& pipeline_;
    Pump* pump_;
    Doorbell* pump_bell_;
    std::atomic<bool> abandoned_{false};
    std::atomic<int> running_{
        0};  // pipeline threads that are not done; the pump is not one of them
    std::vector<std::thread> threads_;
    std::thread pump_thread_;
};

}  // namespace spoor::pipeline
