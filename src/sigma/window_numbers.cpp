// value_sum, value_avg, value_median, value_percentile (R13). Sums are exact, so nothing drifts as
// numbers come and go; ranks are read off the numbers kept in order.
#include "sigma/exact_sum.hpp"
#include "sigma/ordered_values.hpp"
#include "sigma/window.hpp"

#include <algorithm>

namespace spoor::sigma {

namespace {

void write_number(ByteWriter& out, const Number& number) {
    out.byte(number.is_integer ? 1 : 0);
    if (number.is_integer) {
        out.signed_number(number.integer);
    } else {
        out.real(number.real);
    }
}

Number read_a_number(ByteReader& in) {
    Number number;
    number.is_integer = in.small(1) == 1;
    if (number.is_integer) {
        number.integer = in.signed_number();
        number.real = static_cast<double>(number.integer);
    } else {
        number.integer = 0;
        number.real = in.real();
    }
    return number;
}

// A number and when it leaves the window.
struct TimedNumber {
    Timestamp time = no_time;
    Number number;
};

bool earlier(const TimedNumber& a, const TimedNumber& b) {
    return a.time < b.time;
}

// What both kinds have in common: which numbers are in a sliding window, and evidence.
class NumbersWindow : public Window {
public:
    explicit NumbersWindow(const WindowPlan& plan) : Window(plan), trail_(Firing::max_members) {}

    void add(const Arrival& match, const StampOrder& before) final {
        const Timestamp time = match.stamp.time;
        first_ = count_ == 0 ? time : std::min(first_, time);
        ++count_;
        put(match.number);
        trail_.add(match.stamp, before);
        if (!plan_->at_close) {
            numbers_.insert({time, match.number}, earlier);
        }
    }

    void drop(Timestamp cutoff, Timestamp /*horizon*/) final {
        while (!numbers_.empty() && numbers_.front().time < cutoff) {
            drop_oldest();
        }
        trail_.drop(cutoff);
    }

    [[nodiscard]] std::size_t num_values() const final {
        return plan_->at_close ? num_closed() : numbers_.size();
    }

    void drop_values(std::size_t n) final {
        for (; n > 0; --n) {
            drop_oldest();
        }
        trail_.keep(numbers_.size());
    }

    void tell(Firing& out, const StampOrder& /*before*/) const final {
        trail_.tell(out);
        out.num_members = count_;
        out.first = plan_->at_close ? first_ : numbers_.front().time;
        out.last = trail_.stamps().back().time;
    }

    [[nodiscard]] std::size_t bytes() const final {
        return sizeof *this + numbers_.bytes() + trail_.bytes() + more_bytes();
    }

    void write(ByteWriter& out, OriginWriter& refs) const final;
    void read(ByteReader& in, OriginReader& refs, const StampOrder& before) final;

protected:
    [[nodiscard]] std::uint64_t count() const { return count_; }

    virtual void put(const Number& number) = 0;
    virtual void take_out(const Number& number) = 0;
    [[nodiscard]] virtual std::size_t more_bytes() const = 0;
    // At close the numbers are not kept one by one.
    virtual void write_closed(ByteWriter& out) const = 0;
    virtual void read_closed(ByteReader& in, std::uint64_t count) = 0;
    // Numbers kept all the same.
    [[nodiscard]] virtual std::size_t num_closed() const = 0;

private:
    void drop_oldest() {
        take_out(numbers_.front().number);
        numbers_.pop_front();
        --count_;
    }

    Ring<TimedNumber> numbers_;  // sliding only
    Trail trail_;
    std::uint64_t count_ = 0;
    Timestamp first_ = no_time;  // at close only
};

void NumbersWindow::write(ByteWriter& out, OriginWriter& refs) const {
    out.number(count_);
    if (plan_->at_close) {
        out.time(first_);
        write_closed(out);
    }
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
        out.time(numbers_[i].time);
        write_number(out, numbers_[i].number);
    }
    trail_.write(out, refs);
}

void NumbersWindow::read(ByteReader& in, OriginReader& refs, const StampOrder& before) {
    if (plan_->at_close) {
        count_ = in.number();
        first_ = in.time();
        read_closed(in, count_);
    } else {
        count_ = in.count(3);
        for (std::uint64_t i = 0; i < count_ && in.ok(); ++i) {
            TimedNumber n;
            n.time = in.time();
            n.number = read_a_number(in);
            in.require(numbers_.empty() || !earlier(n, numbers_.back()));
            numbers_.push_back(n);
            put(n.number);
        }
        first_ = numbers_.empty() ? no_time : numbers_.front().time;
    }
    trail_.read(in, refs, before);
    const Ring<Stamp>& stamps = trail_.stamps();
    in.require(stamps.size() == std::min<std::uint64_t>(count_, Firing::max_members));
    in.require(stamps.empty() || first_ <= stamps.front().time);
}

class SumWindow final : public NumbersWindow {
public:
    using NumbersWindow::NumbersWindow;

    [[nodiscard]] Verdict judge() const override {
        if (count() == 0) {
            return {};
        }
        const double value = sum_.value();
        const bool is_average = plan_->type == CorrelationType::value_avg;
        const std::uint64_t times = is_average ? count() : 1;
        return {holds(times), value / static_cast<double>(times)};
    }

private:
    // Not of the rounded value: the sum against so many times the bound.
    [[nodiscard]] bool holds(std::uint64_t times) const {
        return std::all_of(plan_->bounds.begin(), plan_->bounds.end(), [&](const Bound& b) {
            const int sign = sum_.compare(b.value, times);
            switch (b.op) {
                case Bound::Op::gt:
                    return sign > 0;
                case Bound::Op::gte:
                    return sign >= 0;
                case Bound::Op::lt:
                    return sign < 0;
                case Bound::Op::lte:
                    return sign <= 0;
                case Bound::Op::eq:
                    return sign == 0;
                case Bound::Op::neq:
                    return sign != 0;
            }
            return false;
        });
    }

    void put(const Number& number) override { sum_.add(number); }

    void take_out(const Number& number) override { sum_.subtract(number); }

    [[nodiscard]] std::size_t more_bytes() const override { return sum_.bytes(); }

    void write_closed(ByteWriter& out) const override {
        const auto integers = static_cast<UInt128>(sum_.integers());
        out.word(static_cast<std::uint64_t>(integers));
        out.word(static_cast<std::uint64_t>(integers >> 64U));
        out.number(sum_.num_reals());
        if (sum_.num_reals() > 0) {
            for (const std::uint32_t word : sum_.words()) {
                out.word32(word);
            }
        }
    }

    void read_closed(ByteReader& in, std::uint64_t count) override {
        const std::uint64_t low = in.word();
        const std::uint64_t high = in.word();
        const std::uint64_t num_reals = in.number();
        in.require(num_reals <= count);
        std::array<std::uint32_t, ExactSum::num_words> words{};
        if (num_reals > 0) {
            for (std::uint32_t& word : words) {
                word = in.word32();
            }
        }
        in.require(sum_.restore(static_cast<Int128>(UInt128{high} << 64U | low), num_reals, words));
    }

    [[nodiscard]] std::size_t num_closed() const override { return 0; }

    ExactSum sum_;
};

class RankWindow final : public NumbersWindow {
public:
    using NumbersWindow::NumbersWindow;

    [[nodiscard]] Verdict judge() const override {
        if (values_.size() == 0) {
            return {};
        }
        const double value = plan_->type == CorrelationType::value_median
                                 ? values_.median()
                                 : values_.percentile(plan_->percentile);
        return {plan_->holds(value), value};
    }

private:
    void put(const Number& number) override { values_.insert(number.real); }

    void take_out(const Number& number) override { values_.erase(number.real); }

    [[nodiscard]] std::size_t more_bytes() const override { return values_.bytes(); }

    void write_closed(ByteWriter& out) const override {
        values_.each([&out](double value) { out.real(value); });
    }

    void read_closed(ByteReader& in, std::uint64_t count) override {
        in.require(count <= in.left() / sizeof(double));
        double last = 0;
        for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
            const double value = in.real();
            in.require(i == 0 || last <= value);
            last = value;
            values_.insert(value);
        }
    }

    [[nodiscard]] std::size_t num_closed() const override { return values_.size(); }

    OrderedValues values_;
};

}  // namespace

std::unique_ptr<Window> make_sum_window(const WindowPlan& plan) {
    return std::make_unique<SumWindow>(plan);
}

std::unique_ptr<Window> make_rank_window(const WindowPlan& plan) {
    return std::make_unique<RankWindow>(plan);
}

}  // namespace spoor::sigma
