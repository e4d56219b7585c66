#include "pipeline/pipeline.hpp"

#include "base/hash.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

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
    for (std::size_t k = 0; k < count; ++k) {
        shard_bells_.push_back(std::make_unique<Doorbell>());
        shard_queues_.push_back(std::make_unique<ShardQueue>(queue_items, options_.queue_bytes));
        keeper_queues_.push_back(std::make_unique<KeeperQueue>(queue_items, options_.queue_bytes));
        intake.shards.push_back(shard_queues_.back().get());
        intake.shard_bells.push_back(shard_bells_.back().get());
        keeper.shards.push_back(keeper_queues_.back().get());
        keeper.shard_bells.push_back(shard_bells_.back().get());
        ShardLinks links{parts_.origins,
                         parts_.detectors,
                         shard_queues_.back().get(),
                         &intake_bell_,
                         keeper_queues_.back().get(),
                         &keeper_bell_,
                         &signals_,
                         &pool_};
        shards_.push_back(std::make_unique<Shard>(
            decode::Options{options_.time_zone, options_.allowed_lateness}, links));
    }
    keeper.intake_bell = &intake_bell_;
    keeper.pump_bell = parts_.pump_bell;
    keeper.acks = &acks_;
    keeper.signals = &signals_;
    keeper.store = parts_.store;
    keeper.housekeeping = parts_.housekeeping;
    keeper_ = std::make_unique<Keeper>(std::move(keeper));
    intake_ = std::make_unique<Intake>(options_, std::move(intake), std::move(parts_.sources));
}

Result<Restored> Pipeline::start() {
    SPOOR_TRY(const store::Checkpoint checkpoint, parts_.store->load());
    Restored restored;
    restored.epoch = checkpoint.epoch;
    for (const auto& detector : *parts_.detectors) {
        const auto take = [&](alert::StateRow&& row) {
            Shard& shard = *shards_[hash64(row.entity) % shards_.size()];
            if (shard.restore(row)) {
                ++restored.num_rows;
            } else {
                ++restored.num_unreadable_rows;
            }
        };
        SPOOR_TRY(const std::uint64_t dropped,
                  parts_.store->load_rows(detector->name(), detector->state_version(), take));
        if (dropped > 0) {
            log(LogLevel::warning,
                "pipeline",
                "detector {} has a new state version: {} rows of the old one are dropped, it "
                "learns anew",
                detector->name(),
                dropped);
        }
        restored.num_dropped_rows += dropped;
    }
    if (restored.num_unreadable_rows > 0) {
        log(LogLevel::error,
            "pipeline",
            "{} state rows do not read back and are left out",
            restored.num_unreadable_rows);
    }
    keeper_->start(checkpoint);
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
