// Conditions of correlations that hold never, or with every match: allowed, and hardly meant.

#include "sigma/documents.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace spoor::sigma {

namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

// The values from `low` to `high` but for `hole`; strict ends are apart.
struct Allowed {
    double low = -unbounded;
    double high = unbounded;
    bool low_strict = false;
    bool high_strict = false;
    double hole = std::numeric_limits<double>::quiet_NaN();
};

Allowed allowed_by(const std::vector<Bound>& bounds) {
    Allowed out;
    for (const Bound& bound : bounds) {
        switch (bound.op) {
            case Bound::Op::gt:
            case Bound::Op::gte:
                out.low = bound.value;
                out.low_strict = bound.op == Bound::Op::gt;
                break;
            case Bound::Op::lt:
            case Bound::Op::lte:
                out.high = bound.value;
                out.high_strict = bound.op == Bound::Op::lt;
                break;
            case Bound::Op::eq:
                out.low = out.high = bound.value;
                break;
            case Bound::Op::neq:
                out.hole = bound.value;
                break;
        }
    }
    return out;
}

// The same of whole numbers alone.
Allowed of_integers(const Allowed& in) {
    Allowed out = in;
    out.low = in.low_strict ? std::floor(in.low) + 1 : std::ceil(in.low);
    out.high = in.high_strict ? std::ceil(in.high) - 1 : std::floor(in.high);
    out.low_strict = out.high_strict = false;
    return out;
}

bool is_empty(const Allowed& a) {
    return a.low > a.high ||
           (a.low == a.high && (a.low_strict || a.high_strict || a.low == a.hole));
}

bool is_temporal(CorrelationType type) {
    return type == CorrelationType::temporal || type == CorrelationType::temporal_ordered;
}

bool is_counted(CorrelationType type) {
    return is_temporal(type) || type == CorrelationType::event_count ||
           type == CorrelationType::value_count;
}

}  // namespace

void check_bounds(const YamlNode& document, CorrelationDraft& draft) {
    const YamlMember* section = document.find("correlation");
    const YamlMember* condition = section == nullptr ? nullptr : section->value.find("condition");
    if (condition == nullptr || draft.bounds.empty()) {
        return;
    }
    Allowed allowed = allowed_by(draft.bounds);
    std::string hint = "no value lies between the bounds";
    double most = unbounded;
    if (is_counted(draft.type)) {
        // There is a window when there is a match (R8): counts begin with 1.
        most = is_temporal(draft.type) ? static_cast<double>(draft.rules.size()) : unbounded;
        const Allowed whole = of_integers(allowed);
        if (!is_empty(whole)) {
            hint = is_temporal(draft.type)
                       ? fmt::format("different rules are counted: from 1 to {}", most)
                       : "counts begin with 1: where nothing matches nothing is judged";
        } else if (!is_empty(allowed)) {
            hint = "counts are whole numbers";
        }
        allowed = whole;
        const bool is_low = allowed.low < 1 && allowed.low > -unbounded;
        const bool is_all = allowed.low < 1 && allowed.high >= most && !(allowed.hole >= 1);
        if (is_low && is_all && !(allowed.high < 1)) {
            draft.report.warning("always-true",
                                 condition->value.place,
                                 "the condition holds with every match",
                                 "counts begin with 1");
            return;
        }
        allowed.low = std::max(allowed.low, 1.0);
        allowed.high = std::min(allowed.high, most);
    }
    if (is_empty(allowed)) {
        draft.report.warning(
            "never-true", condition->value.place, "the condition can never hold", std::move(hint));
    }
}

}  // namespace spoor::sigma
