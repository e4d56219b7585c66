// value_count (R12): each value once, with the newest match that had it, in the order of those
// matches; so what leaves the window leaves at one end, whatever the number of values.
#include "base/hash.hpp"
#include "sigma/index_table.hpp"
#include "sigma/window.hpp"

#include <string>
#include <utility>
#include <vector>

namespace spoor::sigma {

namespace {

class DistinctWindow final : public Window {
public:
    explicit DistinctWindow(const WindowPlan& plan) : Window(plan) {}

    void foresee(const Arrival& match) const override {
        const std::uint32_t i = places_.likely(match.value_hash);
        if (i != IndexTable::none) {
            const auto* const at = reinterpret_cast<const char*>(&values_[i]);
            __builtin_prefetch(at);
            __builtin_prefetch(at + sizeof(Value) - 1);
        }
    }

    void add(const Arrival& match, const StampOrder& before) override {
        const std::uint64_t hash = match.value_hash;
        std::uint32_t i =
            places_.find(hash, [&](std::uint32_t at) { return values_[at].text == match.value; });
        if (i != IndexTable::none) {
            if (before(match.stamp, values_[i].newest)) {
                return;
            }
            values_[i].newest = match.stamp;
            if (values_[i].newer == none) {
                return;
            }
            unlink(i);
        } else {
            i = take(hash, match.value);
            values_[i].newest = match.stamp;
        }
        std::uint32_t older = newest_;
        while (older != none && before(match.stamp, values_[older].newest)) {
            older = values_[older].older;
        }
        link(i, older);
    }

    void drop(Timestamp cutoff, Timestamp /*horizon*/) override {
        while (oldest_ != none && values_[oldest_].newest.time < cutoff) {
            drop_oldest();
        }
        if (values_.size() > small && places_.size() < values_.size() / 8) {
            shrink();
        }
    }

    [[nodiscard]] std::size_t num_values() const override { return places_.size(); }

    [[nodiscard]] bool has(const Arrival& match) const override {
        return places_.find(match.value_hash, [&](std::uint32_t at) {
            return values_[at].text == match.value;
        }) != IndexTable::none;
    }

    void drop_values(std::size_t n) override {
        for (; n > 0; --n) {
            drop_oldest();
        }
    }

    [[nodiscard]] Verdict judge() const override {
        const auto value = static_cast<double>(places_.size());
        return {plan_->holds(value), value};
    }

    void tell(Firing& out, const StampOrder& before) const override;
    [[nodiscard]] std::size_t bytes() const override;
    void write(ByteWriter& out, OriginWriter& refs) const override;
    void read(ByteReader& in, OriginReader& refs, const StampOrder& before) override;

private:
    static constexpr std::uint32_t none = IndexTable::none;
    static constexpr std::size_t small = 1024;  // places, that are kept

    struct Value {
        std::string text;
        std::uint64_t hash = 0;
        Stamp newest;
        std::uint32_t older = none;
        std::uint32_t newer = none;  // of a free one: the next free one
    };

    std::uint32_t take(std::uint64_t hash, std::string_view text) {
        std::uint32_t i = free_;
        if (i != none) {
            free_ = values_[i].newer;
        } else {
            i = static_cast<std::uint32_t>(values_.size());
            values_.emplace_back();
        }
        values_[i].text = text;
        values_[i].hash = hash;
        places_.insert(hash, i);
        return i;
    }

    void shrink();

    void drop_oldest() {
        const std::uint32_t i = oldest_;
        unlink(i);
        places_.erase(values_[i].hash, i);
        values_[i].newer = free_;
        free_ = i;
    }

    void link(std::uint32_t i, std::uint32_t older) {
        const std::uint32_t newer = older == none ? oldest_ : values_[older].newer;
        values_[i].older = older;
        values_[i].newer = newer;
        (older == none ? oldest_ : values_[older].newer) = i;
        (newer == none ? newest_ : values_[newer].older) = i;
    }

    void unlink(std::uint32_t i) {
        const std::uint32_t older = values_[i].older;
        const std::uint32_t newer = values_[i].newer;
        (older == none ? oldest_ : values_[older].newer) = newer;
        (newer == none ? newest_ : values_[newer].older) = older;
    }

    std::vector<Value> values_;
    IndexTable places_;
    std::uint32_t oldest_ = none;
    std::uint32_t newest_ = none;
    std::uint32_t free_ = none;
};

// Each is behind its length.
std::string joined(std::string_view value) {
    std::string out;
    ByteReader in(value);
    while (in.left() > 0 && in.ok()) {
        out += out.empty() ? "" : ", ";
        out += in.text();
    }
    return out;
}

void DistinctWindow::tell(Firing& out, const StampOrder& /*before*/) const {
    out.num_members = places_.size();
    out.first = values_[oldest_].newest.time;
    out.last = values_[newest_].newest.time;
    std::uint32_t i = newest_;
    for (std::size_t n = 1; n < Firing::max_members && values_[i].older != none; ++n) {
        i = values_[i].older;
    }
    for (; i != none; i = values_[i].newer) {
        const Value& v = values_[i];
        out.members.push_back({v.newest.ref(), v.newest.time, v.newest.input, joined(v.text)});
    }
}

// After a burst: into as much memory as what is left needs.
void DistinctWindow::shrink() {
    const std::vector<Value> old = std::exchange(values_, {});
    places_ = IndexTable();
    const std::uint32_t first = std::exchange(oldest_, none);
    newest_ = none;
    free_ = none;
    for (std::uint32_t i = first; i != none; i = old[i].newer) {
        const std::uint32_t at = take(old[i].hash, old[i].text);
        values_[at].newest = old[i].newest;
        link(at, newest_);
    }
}

std::size_t DistinctWindow::bytes() const {
    std::size_t bytes = sizeof *this + places_.bytes() + values_.capacity() * sizeof(Value);
    for (const Value& v : values_) {
        bytes += v.text.capacity() > 15 ? v.text.capacity() + 17 : 0;
    }
    return bytes;
}

void DistinctWindow::write(ByteWriter& out, OriginWriter& refs) const {
    out.number(places_.size());
    for (std::uint32_t i = oldest_; i != none; i = values_[i].newer) {
        out.text(values_[i].text);
        write_stamp(out, refs, values_[i].newest);
    }
}

void DistinctWindow::read(ByteReader& in, OriginReader& refs, const StampOrder& before) {
    const std::size_t n = in.count(6);
    for (std::size_t k = 0; k < n && in.ok(); ++k) {
        const std::string_view text = in.text();
        const Stamp stamp = read_stamp(in, refs);
        const std::uint64_t hash = hash64(text);
        const bool is_new =
            places_.find(hash, [&](std::uint32_t at) { return values_[at].text == text; }) == none;
        const bool in_order = newest_ == none || !before(stamp, values_[newest_].newest);
        if (!in.require(is_new && in_order)) {
            return;
        }
        const std::uint32_t i = take(hash, text);
        values_[i].newest = stamp;
        link(i, newest_);
    }
}

}  // namespace

std::unique_ptr<Window> make_distinct_window(const WindowPlan& plan) {
    return std::make_unique<DistinctWindow>(plan);
}

}  // namespace spoor::sigma
