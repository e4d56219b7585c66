#include "pipeline/pipeline.hpp"

#include "base/hash.hpp"
#include "base/log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace spoor::pipeline {

namespace {
constexpr std::size_t queue_items = 256;
}

int num_shards(const config::Pipeline& options) {
    if (options.shards > 0) {
        return options.shards;
    }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
}

Pipeline::Pipeline(const config::Pipeline& options, PipelineParts parts)
    : options_(options), parts_(std::move(parts)) {
    const auto count = static_cast<std::size_t>(pipeline::num_shards(options_));
    IntakeLinks intake{parts_.clock, parts_.origins, {}, {}, &acks_, &signals_, &pool_};
    KeeperLinks keeper;
    keeper.clock = parts_.clock;
    keeper.origins = parts_.origins;
    decode::Options decoding;
    decoding.zone_offset = options_.time_zone;
    decoding.future_allowance = options_.allowed_lateness;
    for (std::size_t k = 0; k < count; ++k) {
        shard_bells_.push_back(std::make_unique<Doorbell>());
        shard_queues_.push_back(std::make_unique<ShardQueue>(queue_items, options_.queue_bytes));
        keeper_queues_.push_back(std::make_unique<KeeperQueue>(queue_items, options_.queue_bytes));
        intake.shards.push_back(shard_queues_.back().get());
        intake.shard_bells.push_back(shard_bells_.back().get());
        keeper.shards.push_back(keeper_queues_.back().get());
        keeper.shard_bells.push_back(shard_bells_.back().get());
        ShardLinks links{parts_.origins,
                         shard_queues_.back().get(),
                         &intake_bell_,
                         keeper_queues_.back().get(),
                         &keeper_bell_,
                         &signals_,
                         &pool_};
        shards_.push_back(std::make_unique<Shard>(decoding, links, parts_.content));
    }
    keeper.intake_bell = &intake_bell_;
    keeper.pump_bell = parts_.pump_bell;
    keeper.acks = &acks_;
    keeper.signals = &signals_;
    keeper.store = parts_.store;
    keeper.housekeeping = parts_.housekeeping;
    keeper.letters_stored = parts_.letters_stored;
    CorrelatorStage::Options correlation;
    correlation.lateness = options_.allowed_lateness;
    correlation.patience = options_.partition_idle;
    keeper_ = std::make_unique<Keeper>(std::move(keeper), parts_.content, correlation);
    intake_ = std::make_unique<Intake>(
        options_, std::move(intake), std::move(parts_.sources), *parts_.content);
}

template <class Kind>
Result<void> Pipeline::restore_rows(const Kind& kind,
                                    const Take& take,
                                    std::vector<alert::StateRow>& gone,
                                    Restored& restored) {
    const auto take_row = [&](alert::StateRow&& row) {
        if (!kind.wants(row)) {
            ++restored.num_gone_rows;
            row.bytes.clear();
            gone.push_back(std::move(row));
        } else if (take(row)) {
            ++restored.num_rows;
        } else {
            ++restored.num_unreadable_rows;
        }
    };
    SPOOR_TRY(const std::uint64_t dropped,
              parts_.store->load_rows(kind.name(), kind.state_version(), take_row));
    if (dropped > 0) {
        log(LogLevel::warning,
            "pipeline",
            "{} has a new state version: {} rows of the old one are dropped, it learns anew",
            kind.name(),
            dropped);
    }
    restored.num_dropped_rows += dropped;
    return {};
}

Result<void> Pipeline::restore_own_rows(Restored& restored) {
    const auto take = [&](alert::StateRow&& row) {
        if (row.entity == store::content_entity) {
            restored.content = std::move(row.bytes);
        } else if (!keeper_->correlators().restore_own(row)) {
            ++restored.num_unreadable_rows;
        }
    };
    SPOOR_TRY_VOID(parts_.store->load_rows(store::own_rows, store::own_rows_version, take));
    return {};
}

Result<Restored> Pipeline::start() {
    SPOOR_TRY(const store::Checkpoint checkpoint, parts_.store->load());
    Restored restored;
    restored.epoch = checkpoint.epoch;
    std::vector<alert::StateRow> gone;
    for (const auto& detector : parts_.content->detectors) {
        const auto take = [&](const alert::StateRow& row) {
            return shards_[hash64(row.entity) % shards_.size()]->restore(row);
        };
        SPOOR_TRY_VOID(restore_rows(*detector, take, gone, restored));
    }
    for (std::size_t i = 0; i < parts_.content->correlators.size(); ++i) {
        const auto take = [&](const alert::StateRow& row) {
            return keeper_->correlators().restore(i, row);
        };
        SPOOR_TRY_VOID(restore_rows(*parts_.content->correlators[i], take, gone, restored));
    }
    SPOOR_TRY_VOID(restore_own_rows(restored));
    if (restored.num_gone_rows > 0) {
        log(LogLevel::warning,
            "pipeline",
            "{} state rows are of what is not in the rules any more: dropped",
            restored.num_gone_rows);
    }
    if (restored.num_unreadable_rows > 0) {
        log(LogLevel::error,
            "pipeline",
            "{} state rows do not read back and are left out",
            restored.num_unreadable_rows);
    }
    keeper_->start(checkpoint, restored.content, std::move(gone));
    SPOOR_TRY_VOID(intake_->start(checkpoint.epoch, checkpoint.positions));
    return restored;
}

Pipeline::QueueUse Pipeline::queue_use() const {
    QueueUse use;
    use.limit = options_.queue_bytes;
    const auto add = [&](std::string_view name, std::size_t k, const auto& queue) {
        const std::size_t high_water = queue.high_water_bytes();
        use.queues.push_back({fmt::format("{}-{}", name, k),
                              queue.size(),
                              queue.bytes(),
                              queue.max_bytes(),
                              high_water});
        use.high_water = std::max(use.high_water, high_water);
    };
    for (std::size_t k = 0; k < shard_queues_.size(); ++k) {
        add("intake-shard", k, *shard_queues_[k]);
        add("shard-keeper", k, *keeper_queues_[k]);
    }
    return use;
}

}  // namespace spoor::pipeline
