// temporal_ordered (R16): m1 < m2 < ... by (time, ref), one of each rule in their order. For each
// step it keeps the chains that end there and are not outdone: of two chains one is outdone if it
// ends no earlier and begins no later. What is left grows in ends and in beginnings alike; the
// condition holds if the last step's newest beginning is in the window.
//
// A match goes behind the newest chain of the step before that ends before it. One that comes late
// may prolong to matches that came earlier: so each step keeps its matches for as long as a late
// one may come (the horizon). In order, a match costs as much as there are steps.
#include "sigma/window.hpp"

#include <algorithm>

namespace spoor::sigma {

namespace {

// Chains of one step, oldest first; each is `width` stamps in a row.
class Chains {
public:
    explicit Chains(std::size_t width) : width_(width) {}

    [[nodiscard]] std::size_t size() const { return stamps_.size() / width_ - begin_; }

    [[nodiscard]] const Stamp* at(std::size_t i) const {
        return stamps_.data() + (begin_ + i) * width_;
    }

    [[nodiscard]] const Stamp& start(std::size_t i) const { return at(i)[0]; }

    [[nodiscard]] const Stamp& end(std::size_t i) const { return at(i)[width_ - 1]; }

    // How many end before `stamp`.
    [[nodiscard]] std::size_t num_before(const Stamp& stamp, const StampOrder& before) const {
        std::size_t n = size();
        while (n > 0 && !before(end(n - 1), stamp)) {
            --n;
        }
        return n;
    }

    // In the place of `num_outdone` others.
    void insert(std::size_t i, std::size_t num_outdone, const std::vector<Stamp>& chain) {
        const auto at = stamps_.begin() + static_cast<std::ptrdiff_t>((begin_ + i) * width_);
        const auto next = stamps_.erase(at, at + static_cast<std::ptrdiff_t>(num_outdone * width_));
        stamps_.insert(next, chain.begin(), chain.end());
    }

    void pop_front() {
        ++begin_;
        if (begin_ >= 16 && begin_ * 2 * width_ >= stamps_.size()) {
            stamps_.erase(stamps_.begin(),
                          stamps_.begin() + static_cast<std::ptrdiff_t>(begin_ * width_));
            begin_ = 0;
        }
    }

    [[nodiscard]] std::size_t width() const { return width_; }

    [[nodiscard]] std::size_t bytes() const { return stamps_.capacity() * sizeof(Stamp); }

private:
    std::size_t width_;
    std::size_t begin_ = 0;
    std::vector<Stamp> stamps_;
};

struct Step {
    explicit Step(std::size_t width) : chains(width) {}

    Chains chains;
    Ring<Stamp> matches;  // since the horizon; of the first step none are needed
};

class OrderedWindow final : public Window {
public:
    explicit OrderedWindow(const WindowPlan& plan) : Window(plan) {
        for (std::size_t i = 0; i < plan.num_inputs; ++i) {
            steps_.emplace_back(i + 1);
        }
    }

    void add(const Arrival& match, const StampOrder& before) override {
        // The last step first: one event stands for one step.
        for (std::size_t k = match.inputs.size(); k > 0; --k) {
            Stamp stamp = match.stamp;
            stamp.input = match.inputs[k - 1];
            if (stamp.input > 0) {
                steps_[stamp.input].matches.insert(stamp, before);
            }
            prolong(stamp, before);
        }
    }

    void drop(Timestamp cutoff, Timestamp horizon) override;

    [[nodiscard]] Verdict judge() const override {
        return {steps_.back().chains.size() > 0, static_cast<double>(steps_.size())};
    }

    void tell(Firing& out, const StampOrder& before) const override;
    [[nodiscard]] std::size_t num_values() const override;
    void drop_values(std::size_t n) override;
    [[nodiscard]] std::size_t bytes() const override;
    void write(ByteWriter& out, OriginWriter& refs) const override;
    void read(ByteReader& in, OriginReader& refs, const StampOrder& before) override;

private:
    void prolong(const Stamp& stamp, const StampOrder& before);
    [[nodiscard]] static Chains read_chains(std::size_t width,
                                            ByteReader& in,
                                            OriginReader& refs,
                                            const StampOrder& before);

    std::vector<Step> steps_;
};

// The best chain of the step before, with this match as its end; then whatever that prolongs.
void OrderedWindow::prolong(const Stamp& stamp, const StampOrder& before) {
    std::size_t step = stamp.input;
    std::vector<Stamp> chain;
    if (step > 0) {
        const Chains& shorter = steps_[step - 1].chains;
        const std::size_t n = shorter.num_before(stamp, before);
        if (n == 0) {
            return;
        }
        chain.assign(shorter.at(n - 1), shorter.at(n - 1) + step);
    }
    chain.push_back(stamp);
    for (;; ++step) {
        Chains& chains = steps_[step].chains;
        const Stamp& end = chain.back();
        const std::size_t place = chains.num_before(end, before);
        std::size_t same_end = place;
        while (same_end < chains.size() && !before(end, chains.end(same_end))) {
            ++same_end;
        }
        if (same_end > 0 && !before(chains.start(same_end - 1), chain.front())) {
            return;  // outdone
        }
        std::size_t last = same_end;
        while (last < chains.size() && !before(chain.front(), chains.start(last))) {
            ++last;
        }
        chains.insert(place, last - place, chain);
        if (step + 1 == steps_.size()) {
            return;
        }
        // The first match of the next step behind it, unless a later chain is nearer to that.
        const Ring<Stamp>& next = steps_[step + 1].matches;
        std::size_t i = next.size();
        while (i > 0 && before(end, next[i - 1])) {
            --i;
        }
        if (i == next.size() ||
            (place + 1 < chains.size() && before(chains.end(place + 1), next[i]))) {
            return;
        }
        chain.push_back(next[i]);
    }
}

void OrderedWindow::drop(Timestamp cutoff, Timestamp horizon) {
    for (Step& step : steps_) {
        while (!step.matches.empty() && step.matches.front().time < horizon) {
            step.matches.pop_front();
        }
        Chains& chains = step.chains;
        while (chains.size() > 0 && chains.start(0).time < cutoff) {
            chains.pop_front();
        }
        // What comes is behind the horizon: of chains before it only the newest can matter.
        const bool is_last = &step == &steps_.back();
        while (chains.size() > 1 && (is_last || chains.end(1).time < horizon)) {
            chains.pop_front();
        }
    }
}

void OrderedWindow::tell(Firing& out, const StampOrder& /*before*/) const {
    const Chains& chains = steps_.back().chains;
    const Stamp* const chain = chains.at(chains.size() - 1);
    out.num_members = chains.width();
    out.first = chain[0].time;
    out.last = chain[chains.width() - 1].time;
    const std::size_t left_out =
        chains.width() > Firing::max_members ? chains.width() - Firing::max_members : 0;
    for (std::size_t i = left_out; i < chains.width(); ++i) {
        out.members.push_back({chain[i].ref(), chain[i].time, chain[i].input, {}});
    }
}

std::size_t OrderedWindow::num_values() const {
    std::size_t n = 0;
    for (const Step& step : steps_) {
        n += step.matches.size() + step.chains.size() * step.chains.width();
    }
    return n;
}

// Of each step alike, beginning with the fullest: what is left of a step is its newest.
void OrderedWindow::drop_values(std::size_t n) {
    const std::size_t most = num_values() - n;
    while (num_values() > most) {
        const auto fullest =
            std::max_element(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) {
                return a.matches.size() + a.chains.size() < b.matches.size() + b.chains.size();
            });
        if (fullest->chains.size() > fullest->matches.size()) {
            fullest->chains.pop_front();
        } else {
            fullest->matches.pop_front();
        }
    }
}

std::size_t OrderedWindow::bytes() const {
    std::size_t bytes = sizeof *this + steps_.capacity() * sizeof(Step);
    for (const Step& step : steps_) {
        bytes += step.chains.bytes() + step.matches.bytes();
    }
    return bytes;
}

void OrderedWindow::write(ByteWriter& out, OriginWriter& refs) const {
    for (const Step& step : steps_) {
        out.number(step.matches.size());
        for (std::size_t i = 0; i < step.matches.size(); ++i) {
            write_stamp(out, refs, step.matches[i]);
        }
        out.number(step.chains.size());
        for (std::size_t i = 0; i < step.chains.size(); ++i) {
            for (std::size_t k = 0; k < step.chains.width(); ++k) {
                write_stamp(out, refs, step.chains.at(i)[k]);
            }
        }
    }
}

Chains OrderedWindow::read_chains(std::size_t width,
                                  ByteReader& in,
                                  OriginReader& refs,
                                  const StampOrder& before) {
    Chains chains(width);
    std::vector<Stamp> chain;
    const std::size_t n = in.count(5 * width);
    for (std::size_t i = 0; i < n && in.ok(); ++i) {
        chain.clear();
        for (std::uint32_t k = 0; k < width; ++k) {
            chain.push_back(read_stamp(in, refs));
            in.require(chain.back().input == k && (k == 0 || before(chain[k - 1], chain[k])));
        }
        in.require(i == 0 || (before(chains.end(i - 1), chain.back()) &&
                              before(chains.start(i - 1), chain.front())));
        if (in.ok()) {
            chains.insert(i, 0, chain);
        }
    }
    return chains;
}

void OrderedWindow::read(ByteReader& in, OriginReader& refs, const StampOrder& before) {
    for (std::size_t s = 0; s < steps_.size() && in.ok(); ++s) {
        Ring<Stamp>& matches = steps_[s].matches;
        const std::size_t n = in.count(5);
        in.require(n == 0 || s > 0);
        for (std::size_t i = 0; i < n && in.ok(); ++i) {
            const Stamp stamp = read_stamp(in, refs);
            in.require(stamp.input == s && (matches.empty() || !before(stamp, matches.back())));
            matches.push_back(stamp);
        }
        steps_[s].chains = read_chains(s + 1, in, refs, before);
    }
}

}  // namespace

std::unique_ptr<Window> make_ordered_window(const WindowPlan& plan) {
    return std::make_unique<OrderedWindow>(plan);
}

}  // namespace spoor::sigma
