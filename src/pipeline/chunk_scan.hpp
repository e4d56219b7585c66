// ChunkScan: reads a source once, to its end, with several threads and without a store: each takes
// the next batch of records from the source (reading and splitting is cheap, so a lock around it is
// enough), works on it alone, and whoever completes the next one in order hands it on. What is
// handed on, and in which order, does not depend on the number of threads. For `scan` with rules,
// where a pipeline with epochs would only cost.
//
// Memory: at most two batches a thread and their results, and two more; of one thread, one.
//
// scan_in_chunks() is called by one thread, which works too. Workers have one owner each: their
// thread. The taker is called by one thread at a time.
#pragma once

#include "base/counters.hpp"
#include "event/record_batch.hpp"
#include "source/source.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace spoor::pipeline {

// What a worker makes of a batch. Used again and again.
class ChunkResult {
public:
    ChunkResult() = default;
    ChunkResult(const ChunkResult&) = delete;
    ChunkResult& operator=(const ChunkResult&) = delete;
    virtual ~ChunkResult() = default;
};

class ChunkWorker {
public:
    ChunkWorker() = default;
    ChunkWorker(const ChunkWorker&) = delete;
    ChunkWorker& operator=(const ChunkWorker&) = delete;
    virtual ~ChunkWorker() = default;

    [[nodiscard]] virtual std::unique_ptr<ChunkResult> make_result() const = 0;
    // `result` is some worker's, of an earlier batch.
    virtual void work(const RecordBatch& batch, ChunkResult& result) = 0;
};

class ChunkTaker {
public:
    ChunkTaker() = default;
    ChunkTaker(const ChunkTaker&) = delete;
    ChunkTaker& operator=(const ChunkTaker&) = delete;
    virtual ~ChunkTaker() = default;

    // Results in the order of their records. False: no more are wanted.
    [[nodiscard]] virtual bool take(ChunkResult& result) = 0;

    // What the source could not hand out (without its payload), before the result of the batch that
    // it was read with, or after the last.
    virtual void take_unusable(source::PollOutput::Unusable& /*unusable*/) {}
};

struct ChunkScanEnd {
    Counters counters;  // "losses.X", "dead_letters.X": what the source could not hand out
    std::uint64_t records = 0;
    bool stopped = false;  // before the source's end
    bool refused = false;  // by the taker
};

// The source is open. One thread a worker. `should_stop` is asked before each batch, by any thread.
[[nodiscard]] ChunkScanEnd scan_in_chunks(source::Source& source,
                                          const std::vector<std::unique_ptr<ChunkWorker>>& workers,
                                          ChunkTaker& taker,
                                          const std::function<bool()>& should_stop);

}  // namespace spoor::pipeline
