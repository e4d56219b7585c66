// Pipeline: intake, shards and keeper, wired; built from the store's last epoch. It has no thread
// of its own: a driver (drivers.hpp) calls the steps. Destroying it without a final marker is a
// crash as far as the store is concerned: the open epoch is gone and nothing else is.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "decode/decoder.hpp"
#include "event/origin.hpp"
#include "pipeline/content.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/keeper.hpp"
#include "pipeline/messages.hpp"
#include "pipeline/shard.hpp"
#include "source/source.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spoor::pipeline {

// config::Pipeline::shards, or cores - 1 and at least 1 where that is 0.
[[nodiscard]] int num_shards(const config::Pipeline& options);

struct PipelineParts {
    const Clock* clock = nullptr;  // outlives the pipeline, as do the next two
    OriginTable* origins = nullptr;
    store::EpochStore* store = nullptr;
    ContentPtr content;  // in force until another is asked for (Intake::request_content)
    std::vector<std::unique_ptr<source::Source>> sources;
    Doorbell* pump_bell = nullptr;
    std::function<void()> housekeeping;  // on the keeper's thread, between epochs
    LetterHearer letters_stored;         // may be empty
};

// What start-up took from the store.
struct Restored {
    std::uint64_t epoch = 0;
    std::uint64_t num_rows = 0;
    std::uint64_t num_dropped_rows = 0;     // of another state version
    std::uint64_t num_unreadable_rows = 0;  // did not read back; counted and reported
    std::uint64_t num_gone_rows = 0;        // of what is not in the content any more
    std::string content;                    // version that was in force
};

class Pipeline {
public:
    Pipeline(const config::Pipeline& options, PipelineParts parts);

    // Reads the checkpoint, gives each shard its rows, opens the sources. Once, before any step.
    [[nodiscard]] Result<Restored> start();

    [[nodiscard]] Intake& intake() { return *intake_; }

    [[nodiscard]] const Intake& intake() const { return *intake_; }

    [[nodiscard]] Keeper& keeper() { return *keeper_; }

    [[nodiscard]] const Keeper& keeper() const { return *keeper_; }

    [[nodiscard]] std::size_t num_shards() const { return shards_.size(); }

    [[nodiscard]] Shard& shard(std::size_t k) { return *shards_[k]; }

    [[nodiscard]] Doorbell& intake_bell() { return intake_bell_; }

    [[nodiscard]] Doorbell& keeper_bell() { return keeper_bell_; }

    [[nodiscard]] Doorbell& shard_bell(std::size_t k) { return *shard_bells_[k]; }

    // Bytes now and at most so far, over all queues; for status and invariant 6.
    struct QueueUse {
        struct Queue {
            std::string name;  // "intake-shard-0"
            std::size_t items = 0;
            std::size_t bytes = 0;
            std::size_t max_bytes = 0;
            std::size_t high_water = 0;
        };

        std::vector<Queue> queues;
        std::size_t high_water = 0;  // of the fullest
        std::size_t limit = 0;       // of each
    };

    [[nodiscard]] QueueUse queue_use() const;

private:
    using Take = std::function<bool(const alert::StateRow&)>;
    template <class Kind>
    [[nodiscard]] Result<void> restore_rows(const Kind& kind,
                                            const Take& take,
                                            std::vector<alert::StateRow>& gone,
                                            Restored& restored);
    [[nodiscard]] Result<void> restore_own_rows(Restored& restored);

    const config::Pipeline options_;
    PipelineParts parts_;
    Signals signals_;
    AckMailbox acks_;
    BatchPool pool_;
    Doorbell intake_bell_;
    Doorbell keeper_bell_;
    std::vector<std::unique_ptr<Doorbell>> shard_bells_;
    std::vector<std::unique_ptr<ShardQueue>> shard_queues_;
    std::vector<std::unique_ptr<KeeperQueue>> keeper_queues_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::unique_ptr<Keeper> keeper_;
    std::unique_ptr<Intake> intake_;
};

}  // namespace spoor::pipeline
