#include "sigma/window.hpp"

#include <algorithm>

namespace spoor::sigma {

bool StampOrder::by_ref(const Stamp& a, const Stamp& b) const {
    if (a.origin != b.origin) {
        return origins_->text(a.origin) < origins_->text(b.origin);
    }
    return a.position != b.position ? a.position < b.position : a.element < b.element;
}

std::uint32_t OriginWriter::number(std::uint32_t origin) {
    const auto it = std::find(origins_.begin(), origins_.end(), origin);
    if (it == origins_.end()) {
        origins_.push_back(origin);
        return static_cast<std::uint32_t>(origins_.size() - 1);
    }
    return static_cast<std::uint32_t>(it - origins_.begin());
}

void OriginWriter::write(ByteWriter& out, const OriginTable& origins) const {
    out.number(origins_.size());
    for (const std::uint32_t origin : origins_) {
        out.text(origins.text(origin));
    }
}

void OriginReader::read(ByteReader& in, OriginTable& origins) {
    const std::size_t n = in.count(1);
    for (std::size_t i = 0; i < n && in.ok(); ++i) {
        const std::string_view text = in.text();
        if (!in.ok()) {
            return;
        }
        const std::uint32_t origin = origins.intern(text);
        in.require(std::find(origins_.begin(), origins_.end(), origin) == origins_.end());
        origins_.push_back(origin);
    }
}

std::uint32_t OriginReader::origin(ByteReader& in) {
    const std::uint32_t i = in.small();
    if (!in.require(i < origins_.size() && i <= num_used_)) {
        return 0;
    }
    num_used_ = std::max<std::size_t>(num_used_, std::size_t{i} + 1);
    return origins_[i];
}

void write_stamp(ByteWriter& out, OriginWriter& refs, const Stamp& stamp) {
    out.time(stamp.time);
    out.number(refs.number(stamp.origin));
    out.signed_number(stamp.position);
    out.number(stamp.element);
    out.number(stamp.input);
}

Stamp read_stamp(ByteReader& in, OriginReader& refs) {
    Stamp stamp;
    stamp.time = in.time();
    stamp.origin = refs.origin(in);
    stamp.position = in.signed_number();
    stamp.element = in.small();
    stamp.input = in.small();
    return stamp;
}

bool WindowPlan::holds(double value) const {
    return std::all_of(bounds.begin(), bounds.end(), [value](const Bound& b) {
        switch (b.op) {
            case Bound::Op::gt:
                return value > b.value;
            case Bound::Op::gte:
                return value >= b.value;
            case Bound::Op::lt:
                return value < b.value;
            case Bound::Op::lte:
                return value <= b.value;
            case Bound::Op::eq:
                return value == b.value;
            case Bound::Op::neq:
                return value != b.value;
        }
        return false;
    });
}

namespace {

bool names_input(const InputCondition& condition, std::uint32_t input) {
    if (condition.kind == InputCondition::Kind::input) {
        return condition.input == input;
    }
    return condition.kind != InputCondition::Kind::negate &&
           std::any_of(condition.children.begin(),
                       condition.children.end(),
                       [input](const InputCondition& c) { return names_input(c, input); });
}

}  // namespace

bool WindowPlan::opens(std::uint32_t input) const {
    return boolean == nullptr || names_input(*boolean, input);
}

std::unique_ptr<Window> make_window(const WindowPlan& plan) {
    switch (plan.type) {
        case CorrelationType::event_count:
            return make_count_window(plan);
        case CorrelationType::value_count:
            return make_distinct_window(plan);
        case CorrelationType::value_sum:
        case CorrelationType::value_avg:
            return make_sum_window(plan);
        case CorrelationType::value_percentile:
        case CorrelationType::value_median:
            return make_rank_window(plan);
        case CorrelationType::temporal:
            return make_temporal_window(plan);
        case CorrelationType::temporal_ordered:
            return make_ordered_window(plan);
    }
    return nullptr;
}

void Trail::add(const Stamp& stamp, const StampOrder& before) {
    if (stamps_.size() == most_) {
        if (before(stamp, stamps_.front())) {
            return;
        }
        stamps_.pop_front();
    }
    stamps_.insert(stamp, before);
}

void Trail::drop(Timestamp cutoff) {
    while (!stamps_.empty() && stamps_.front().time < cutoff) {
        stamps_.pop_front();
    }
}

void Trail::keep(std::size_t most) {
    while (stamps_.size() > most) {
        stamps_.pop_front();
    }
}

void Trail::tell(Firing& out) const {
    for (std::size_t i = 0; i < stamps_.size(); ++i) {
        const Stamp& s = stamps_[i];
        out.members.push_back({s.ref(), s.time, s.input, {}});
    }
}

void Trail::write(ByteWriter& out, OriginWriter& refs) const {
    out.number(stamps_.size());
    for (std::size_t i = 0; i < stamps_.size(); ++i) {
        write_stamp(out, refs, stamps_[i]);
    }
}

void Trail::read(ByteReader& in, OriginReader& refs, const StampOrder& before) {
    const std::size_t n = in.count(5);
    in.require(n <= most_);
    for (std::size_t i = 0; i < n && in.ok(); ++i) {
        const Stamp stamp = read_stamp(in, refs);
        in.require(stamps_.empty() || !before(stamp, stamps_.back()));
        stamps_.push_back(stamp);
    }
}

}  // namespace spoor::sigma
