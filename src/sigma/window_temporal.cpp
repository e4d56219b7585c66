// temporal (R15, R17): of each rule the newest match. A rule has one in the window if its newest is
// in it, so nothing older is needed.
#include "sigma/window.hpp"

#include <algorithm>

namespace spoor::sigma {

namespace {

class TemporalWindow final : public Window {
public:
    explicit TemporalWindow(const WindowPlan& plan) : Window(plan), newest_(plan.num_inputs) {}

    void add(const Arrival& match, const StampOrder& before) override {
        for (const std::uint32_t input : match.inputs) {
            Stamp stamp = match.stamp;
            stamp.input = input;
            Stamp& newest = newest_[input];
            if (newest.time == no_time || !before(stamp, newest)) {
                newest = stamp;
            }
        }
    }

    void drop(Timestamp cutoff, Timestamp /*horizon*/) override {
        for (Stamp& stamp : newest_) {
            if (stamp.time < cutoff) {
                stamp.time = no_time;
            }
        }
    }

    [[nodiscard]] Verdict judge() const override {
        const auto present = std::count_if(newest_.begin(), newest_.end(), is_there);
        const auto value = static_cast<double>(present);
        return {plan_->boolean != nullptr ? holds(*plan_->boolean) : plan_->holds(value), value};
    }

    void tell(Firing& out, const StampOrder& before) const override {
        std::vector<Stamp> stamps;
        std::copy_if(newest_.begin(), newest_.end(), std::back_inserter(stamps), is_there);
        std::sort(stamps.begin(), stamps.end(), [&before](const Stamp& a, const Stamp& b) {
            return before(a, b) || (!before(b, a) && a.input < b.input);
        });
        out.num_members = stamps.size();
        out.first = stamps.front().time;
        out.last = stamps.back().time;
        const std::size_t left_out =
            stamps.size() > Firing::max_members ? stamps.size() - Firing::max_members : 0;
        for (std::size_t i = left_out; i < stamps.size(); ++i) {
            out.members.push_back({stamps[i].ref(), stamps[i].time, stamps[i].input, {}});
        }
    }

    [[nodiscard]] std::size_t bytes() const override {
        return sizeof *this + newest_.capacity() * sizeof(Stamp);
    }

    void write(ByteWriter& out, OriginWriter& refs) const override {
        out.number(
            static_cast<std::uint64_t>(std::count_if(newest_.begin(), newest_.end(), is_there)));
        for (const Stamp& stamp : newest_) {
            if (is_there(stamp)) {
                write_stamp(out, refs, stamp);
            }
        }
    }

    void read(ByteReader& in, OriginReader& refs, const StampOrder& /*before*/) override {
        const std::size_t n = in.count(5);
        std::uint32_t least = 0;
        for (std::size_t i = 0; i < n && in.ok(); ++i) {
            const Stamp stamp = read_stamp(in, refs);
            if (in.require(stamp.input >= least && stamp.input < newest_.size())) {
                newest_[stamp.input] = stamp;
                least = stamp.input + 1;
            }
        }
    }

private:
    [[nodiscard]] static bool is_there(const Stamp& stamp) { return stamp.time != no_time; }

    [[nodiscard]] bool holds(const InputCondition& c) const {
        const auto child = [this](const InputCondition& one) { return holds(one); };
        switch (c.kind) {
            case InputCondition::Kind::input:
                return is_there(newest_[c.input]);
            case InputCondition::Kind::all:
                return std::all_of(c.children.begin(), c.children.end(), child);
            case InputCondition::Kind::any:
                return std::any_of(c.children.begin(), c.children.end(), child);
            case InputCondition::Kind::negate:
                return std::none_of(c.children.begin(), c.children.end(), child);
        }
        return false;
    }

    std::vector<Stamp> newest_;  // beside the inputs; without a time: none
};

}  // namespace

std::unique_ptr<Window> make_temporal_window(const WindowPlan& plan) {
    return std::make_unique<TemporalWindow>(plan);
}

}  // namespace spoor::sigma
