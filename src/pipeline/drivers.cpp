#include "pipeline/drivers.hpp"

#include <pthread.h>

#include <chrono>
#include <string>

namespace spoor::pipeline {

namespace {

// How long a thread with nothing to do sleeps when nobody rings. Sources have no bell, so intake
// looks again soon.
constexpr Duration intake_rest = std::chrono::milliseconds{2};
constexpr Duration rest = std::chrono::milliseconds{50};

}  // namespace

void run_inline(Pipeline& pipeline,
                Pump* pump,
                const std::function<bool(bool worked)>& keep_going) {
    for (;;) {
        bool worked = pipeline.intake().step() == Progress::worked;
        for (std::size_t k = 0; k < pipeline.num_shards(); ++k) {
            while (pipeline.shard(k).step() == Progress::worked) {
                worked = true;
            }
        }
        const Progress kept = pipeline.keeper().step();
        worked |= kept == Progress::worked;
        if (pump != nullptr) {
            worked |= pump->step() == Progress::worked;
        }
        if (kept == Progress::done && pipeline.intake().step() == Progress::done) {
            return;
        }
        if (!keep_going(worked)) {
            return;
        }
    }
}

void run_inline_to_end(Pipeline& pipeline, Pump* pump, bool close_windows) {
    bool stopping = false;
    run_inline(pipeline, pump, [&](bool worked) {
        if (!worked && !stopping) {
            pipeline.intake().refresh_health();
            if (pipeline.intake().at_end()) {
                pipeline.intake().request_stop(close_windows);
                stopping = true;
            } else {
                std::this_thread::yield();
            }
        }
        return true;
    });
}

namespace {

// As top and perf show it; at most 15 characters.
void name_thread(const std::string& name) {
    pthread_setname_np(pthread_self(), name.c_str());
}

}  // namespace

template <class Step, class Wait>
void ThreadDriver::loop(Step step, Wait wait) {
    while (!abandoned_.load(std::memory_order_relaxed)) {
        const Progress progress = step();
        if (progress == Progress::done) {
            return;
        }
        if (progress != Progress::worked) {
            wait();
        }
    }
}

ThreadDriver::ThreadDriver(Pipeline& pipeline, Pump* pump, Doorbell* pump_bell)
    : pipeline_(pipeline), pump_(pump), pump_bell_(pump_bell) {
    running_ = static_cast<int>(pipeline_.num_shards()) + 2;
    const auto finish = [this] { --running_; };
    threads_.emplace_back([this, finish] {
        name_thread("intake");
        loop([&] { return pipeline_.intake().step(); },
             [&] { pipeline_.intake_bell().wait(intake_rest); });
        if (pipeline_.intake().must_rebuild()) {
            abandoned_ = true;
        }
        finish();
    });
    for (std::size_t k = 0; k < pipeline_.num_shards(); ++k) {
        threads_.emplace_back([this, finish, k] {
            name_thread("shard-" + std::to_string(k));
            loop([&] { return pipeline_.shard(k).step(); },
                 [&] { pipeline_.shard_bell(k).wait(rest); });
            finish();
        });
    }
    threads_.emplace_back([this, finish] {
        name_thread("keeper");
        loop([&] { return pipeline_.keeper().step(); },
             [&] { pipeline_.keeper_bell().wait(rest); });
        finish();
    });
    if (pump_ != nullptr) {
        pump_thread_ = std::thread([this] {
            name_thread("pump");
            while (!abandoned_.load(std::memory_order_relaxed)) {
                if (pump_->step() != Progress::worked) {
                    pump_bell_->wait(rest);
                }
            }
        });
    }
}

void ThreadDriver::abandon() {
    abandoned_ = true;
    pipeline_.intake_bell().ring();
    pipeline_.keeper_bell().ring();
    for (std::size_t k = 0; k < pipeline_.num_shards(); ++k) {
        pipeline_.shard_bell(k).ring();
    }
}

ThreadDriver::~ThreadDriver() {
    for (std::thread& t : threads_) {
        t.join();
    }
    abandoned_ = true;  // the pump goes on until here, so that it may drain
    if (pump_thread_.joinable()) {
        pump_bell_->ring();
        pump_thread_.join();
    }
}

}  // namespace spoor::pipeline
