// The only way in for the wall clock. Compute rooms never see it: time is an argument there.
// Implementations are safe from any thread.
#pragma once

#include "base/time.hpp"

namespace spoor {

class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    // Wall time, for what people read (storage time, status).
    [[nodiscard]] virtual Timestamp now() const = 0;
    // Never goes back; for ages and deadlines.
    [[nodiscard]] virtual Duration monotonic() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] Duration monotonic() const override;
};

// Moves only when told. For tests and the schedule driver; single thread.
class ManualClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override {
        return Timestamp{start_.time_since_epoch() + passed_};
    }

    [[nodiscard]] Duration monotonic() const override { return passed_; }

    void advance(Duration d) { passed_ += d; }

private:
    Timestamp start_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    Duration passed_{0};
};

}  // namespace spoor
