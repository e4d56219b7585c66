#include "pipeline/chunk_scan.hpp"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace spoor::pipeline {

namespace {

struct Slot {
    RecordBatch batch;
    std::unique_ptr<ChunkResult> result;
    std::vector<source::PollOutput::Unusable> unusable;  // read before the batch, or within it
    bool is_done = false;
};

class Scan {
public:
    Scan(source::Source& source,
         const std::vector<std::unique_ptr<ChunkWorker>>& workers,
         ChunkTaker& taker,
         const std::function<bool()>& should_stop)
        : source_(source),
          taker_(taker),
          should_stop_(should_stop),
          slots_(workers.size() == 1 ? 1 : 2 * workers.size() + 2) {
        for (Slot& slot : slots_) {
            slot.result = workers.front()->make_result();
        }
    }

    void work(ChunkWorker& worker) {
        while (Slot* slot = next()) {
            worker.work(slot->batch, *slot->result);
            hand_on(*slot);
        }
    }

    [[nodiscard]] ChunkScanEnd end() {
        end_.refused = refused_;
        if (!refused_) {
            pass_unusable(slots_[num_read_ % slots_.size()]);  // behind the last batch
        }
        return std::move(end_);
    }

private:
    // A slot with records; null: there are no more.
    Slot* next() {
        const std::lock_guard reading(source_mutex_);
        if (source_ended_) {
            return nullptr;
        }
        Slot* slot = free_slot();
        while (slot != nullptr && !read_into(*slot)) {
            if (source_ended_) {
                slot = nullptr;
            }
        }
        source_ended_ = source_ended_ || slot == nullptr;
        if (slot != nullptr) {
            const std::lock_guard lock(mutex_);
            ++num_read_;
        }
        return slot;
    }

    // Waits until there is one; null: nobody wants more.
    Slot* free_slot() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return num_read_ - num_taken_ < slots_.size() || refused_; });
        if (refused_) {
            return nullptr;
        }
        Slot& slot = slots_[num_read_ % slots_.size()];
        slot.is_done = false;
        return &slot;
    }

    bool read_into(Slot& slot) {
        if (should_stop_()) {
            end_.stopped = true;
            source_ended_ = true;
            return false;
        }
        slot.batch.clear();
        output_.batch = &slot.batch;
        output_.changes.clear();
        output_.advances.clear();
        output_.unusable.clear();
        output_.losses.clear();
        source_.poll(output_);
        for (const auto& [name, n] : output_.losses.all()) {
            end_.counters.add("losses." + name, n);
        }
        for (auto& bad : output_.unusable) {
            end_.counters.add("dead_letters." + bad.reason);
            bad.payload = {};
            slot.unusable.push_back(std::move(bad));
        }
        end_.records += slot.batch.size();
        if (slot.batch.empty()) {
            source_ended_ = source_.health().at_end;
        }
        return !slot.batch.empty();
    }

    void pass_unusable(Slot& slot) {
        for (auto& bad : slot.unusable) {
            taker_.take_unusable(bad);
        }
        slot.unusable.clear();
    }

    // Hands on what is next in order, if this completed it.
    void hand_on(Slot& done) {
        std::unique_lock lock(mutex_);
        done.is_done = true;
        if (is_taking_) {
            return;  // whoever takes now sees this one too
        }
        is_taking_ = true;
        while (num_taken_ < num_read_ && slots_[num_taken_ % slots_.size()].is_done) {
            Slot& slot = slots_[num_taken_ % slots_.size()];
            lock.unlock();
            pass_unusable(slot);
            const bool wanted = refused_ || taker_.take(*slot.result);
            lock.lock();
            refused_ = refused_ || !wanted;
            slot.is_done = false;
            ++num_taken_;
            room_.notify_all();
        }
        is_taking_ = false;
    }

    source::Source& source_;
    ChunkTaker& taker_;
    const std::function<bool()>& should_stop_;

    std::mutex source_mutex_;  // before mutex_
    source::PollOutput output_;
    bool source_ended_ = false;
    ChunkScanEnd end_;

    std::mutex mutex_;
    std::condition_variable room_;
    std::vector<Slot> slots_;
    std::uint64_t num_read_ = 0;
    std::uint64_t num_taken_ = 0;
    bool is_taking_ = false;
    bool refused_ = false;
};

}  // namespace

ChunkScanEnd scan_in_chunks(source::Source& source,
                            const std::vector<std::unique_ptr<ChunkWorker>>& workers,
                            ChunkTaker& taker,
                            const std::function<bool()>& should_stop) {
    Scan scan(source, workers, taker, should_stop);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < workers.size(); ++i) {
            threads.emplace_back([&scan, &worker = *workers[i], i] {
                pthread_setname_np(pthread_self(), ("scan-" + std::to_string(i)).c_str());
                scan.work(worker);
            });
        }
        scan.work(*workers.front());
    }
    return scan.end();
}

}  // namespace spoor::pipeline
