// Shard: decodes the records of its hosts, runs the detectors over them and keeps the hosts' state.
// State lives where its key lives: all events of one host come to one shard, in their partition's
// order, so nothing here is shared or locked.
//
// A step function: step() takes one item from its queue. Owned and called by one thread.
//
// Invariants
//  1. What a shard hands over at marker e is exactly what the records before e led to.
//  2. Rows handed over are those changed since the last marker, all of them.
#pragma once

#include "alert/detector.hpp"
#include "decode/decoder.hpp"
#include "event/origin.hpp"
#include "pipeline/content.hpp"
#include "pipeline/messages.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spoor::pipeline {

struct ShardLinks {
    OriginTable* origins = nullptr;
    ShardQueue* in = nullptr;
    Doorbell* intake_bell = nullptr;  // rung when room appears
    KeeperQueue* out = nullptr;
    Doorbell* keeper_bell = nullptr;
    Signals* signals = nullptr;
    BatchPool* pool = nullptr;
};

class Shard {
public:
    Shard(const decode::Options& options, ShardLinks links, ContentPtr content);

    // Before the first step: a row of the last epoch. False: its bytes do not read back.
    [[nodiscard]] bool restore(const alert::StateRow& row);
    Progress step();
    [[nodiscard]] std::size_t state_bytes() const;

private:
    struct Outgoing {
        KeeperItem item;
        std::size_t bytes = 0;
    };

    bool flush_outgoing();
    void inspect(RecordBatch batch);
    void collect_letters(const RecordBatch& batch);
    void note_times();
    void report_changed_bytes();
    void note_step(const Event& event);
    void send_findings();
    void send_chunk();
    void meet(const MarkerPtr& marker);
    void hand_over(const MarkerPtr& marker);
    void send_rows(std::vector<alert::StateRow> rows);
    void swap_content(const ContentPtr& next, std::vector<alert::StateRow>& rows);

    ShardLinks links_;
    const decode::Options options_;
    ContentPtr content_;
    bool correlating_ = false;  // the content has correlators
    std::optional<decode::Decoder> decoder_;
    States states_;  // beside the content's detectors
    alert::Findings findings_;
    Chunk chunk_;
    Counters counters_;  // of the open epoch
    std::vector<std::pair<std::uint32_t, Timestamp>> newest_;
    std::deque<Outgoing> outgoing_;   // in order; drained before anything else is taken
    std::size_t reported_bytes_ = 0;  // our share of Signals::changed_bytes
    MarkerPtr held_marker_;           // planted fault only
    bool finished_ = false;
};

}  // namespace spoor::pipeline
