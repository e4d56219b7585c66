// event_count (R11). Sliding: the times of the newest matches, as many as the condition needs; if
// there are that many in the window, it holds. At close: a number.
#include "sigma/window.hpp"

#include <algorithm>
#include <functional>

namespace spoor::sigma {

namespace {

class SlidingCount final : public Window {
public:
    explicit SlidingCount(const WindowPlan& plan)
        : Window(plan), trail_(std::min(plan.num_needed, Firing::max_members)) {}

    void add(const Arrival& match, const StampOrder& before) override {
        const Timestamp time = match.stamp.time;
        trail_.add(match.stamp, before);
        if (times_.size() == plan_->num_needed) {
            if (time < times_.front()) {
                return;
            }
            times_.pop_front();
        }
        times_.insert(time, std::less<>());
    }

    void drop(Timestamp cutoff, Timestamp /*horizon*/) override {
        while (!times_.empty() && times_.front() < cutoff) {
            times_.pop_front();
        }
        trail_.drop(cutoff);
    }

    [[nodiscard]] Verdict judge() const override {
        return {times_.size() == plan_->num_needed, static_cast<double>(times_.size())};
    }

    void tell(Firing& out, const StampOrder& /*before*/) const override {
        trail_.tell(out);
        out.num_members = times_.size();
        out.first = times_.front();
        out.last = times_.back();
    }

    [[nodiscard]] std::size_t bytes() const override {
        return sizeof *this + times_.bytes() + trail_.bytes();
    }

    void write(ByteWriter& out, OriginWriter& refs) const override {
        trail_.write(out, refs);
        // Those of the trail are known.
        const std::size_t older = times_.size() - trail_.stamps().size();
        out.number(older);
        for (std::size_t i = 0; i < older; ++i) {
            out.time(times_[i]);
        }
    }

    void read(ByteReader& in, OriginReader& refs, const StampOrder& before) override {
        trail_.read(in, refs, before);
        const Ring<Stamp>& stamps = trail_.stamps();
        const std::size_t older = in.count(1);
        in.require(older == 0 || stamps.size() == Firing::max_members);
        in.require(older + stamps.size() <= plan_->num_needed);
        for (std::size_t i = 0; i < older && in.ok(); ++i) {
            const Timestamp time = in.time();
            in.require(times_.empty() || times_.back() <= time);
            times_.push_back(time);
        }
        for (std::size_t i = 0; i < stamps.size() && in.ok(); ++i) {
            in.require(times_.empty() || times_.back() <= stamps[i].time);
            times_.push_back(stamps[i].time);
        }
    }

private:
    Ring<Timestamp> times_;
    Trail trail_;
};

class CountAtClose final : public Window {
public:
    explicit CountAtClose(const WindowPlan& plan) : Window(plan), trail_(Firing::max_members) {}

    void add(const Arrival& match, const StampOrder& before) override {
        first_ = count_ == 0 ? match.stamp.time : std::min(first_, match.stamp.time);
        ++count_;
        trail_.add(match.stamp, before);
    }

    void drop(Timestamp /*cutoff*/, Timestamp /*horizon*/) override {}

    [[nodiscard]] Verdict judge() const override {
        const auto value = static_cast<double>(count_);
        return {plan_->holds(value), value};
    }

    void tell(Firing& out, const StampOrder& /*before*/) const override {
        trail_.tell(out);
        out.num_members = count_;
        out.first = first_;
        out.last = trail_.stamps().back().time;
    }

    [[nodiscard]] std::size_t bytes() const override { return sizeof *this + trail_.bytes(); }

    void write(ByteWriter& out, OriginWriter& refs) const override {
        out.number(count_);
        out.time(first_);
        trail_.write(out, refs);
    }

    void read(ByteReader& in, OriginReader& refs, const StampOrder& before) override {
        count_ = in.number();
        first_ = in.time();
        trail_.read(in, refs, before);
        const Ring<Stamp>& stamps = trail_.stamps();
        in.require(stamps.size() == std::min<std::uint64_t>(count_, Firing::max_members));
        in.require(!stamps.empty() && first_ <= stamps.front().time);
    }

private:
    std::uint64_t count_ = 0;
    Timestamp first_ = no_time;
    Trail trail_;
};

}  // namespace

std::unique_ptr<Window> make_count_window(const WindowPlan& plan) {
    if (plan.at_close) {
        return std::make_unique<CountAtClose>(plan);
    }
    return std::make_unique<SlidingCount>(plan);
}

}  // namespace spoor::sigma
