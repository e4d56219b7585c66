#include "sigma/scan_correlations.hpp"

#include "sigma/firing_alert.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace spoor::sigma {

namespace {

// All in one place, where order is restored before anything is taken.
std::shared_ptr<const RuleSet> placed(const std::shared_ptr<const RuleSet>& rules,
                                      ScanCorrelations::Order order) {
    if (order == ScanCorrelations::Order::by_arrival || rules->correlations.empty()) {
        return rules;
    }
    auto out = std::make_shared<RuleSet>(*rules);
    for (Correlation& correlation : out->correlations) {
        correlation.within_host = false;
    }
    return out;
}

}  // namespace

ScanCorrelations::ScanCorrelations(const std::shared_ptr<const RuleSet>& rules,
                                   const CorrelationOptions& options,
                                   Order order,
                                   const OriginTable& origins,
                                   MatchForm form)
    : rules_(rules),
      origins_(origins),
      lateness_(options.lateness),
      order_(order),
      form_(form),
      placed_(placed(rules, order)),
      here_(placed_, Placement::within_host, options),
      across_(placed_, Placement::correlator, options),
      here_state_(here_.make_state()),
      across_state_(across_.make_state()),
      firings_(rules->correlations.size()) {}

void ScanCorrelations::pass(std::uint32_t partition,
                            std::string_view host_key,
                            Timestamp time,
                            std::vector<ScanFinding>& out) {
    if (!here_.empty()) {
        // No position: a scan ends, and forgets no host before.
        const EventRef event{partition, partition, 0, 0};
        here_.advance_host(event, host_key, time, origins_, *here_state_, correlated_);
        take(correlated_, out);
    }
    if (order_ == Order::by_arrival && !across_.empty() && (clock_ == no_time || time > clock_)) {
        clock_ = time;
        release(clock_ - lateness_, out);
    }
}

void ScanCorrelations::match(const MatchSignal& match, std::vector<ScanFinding>& out) {
    if (across_.takes(match.rule)) {
        hold(match);
    }
    if (here_.takes(match.rule)) {
        here_.offer(match, origins_, *here_state_, correlated_);
        take(correlated_, out);
    }
}

void ScanCorrelations::hold(const MatchSignal& match) {
    if (match.known == no_time) {
        ++counts_.no_time;
    } else if (clock_ != no_time && match.known < clock_ - lateness_) {
        ++counts_.late;
    } else {
        held_.push_back(match);
        std::ranges::push_heap(
            held_, [this](const MatchSignal& a, const MatchSignal& b) { return is_after(a, b); });
    }
}

bool ScanCorrelations::is_after(const MatchSignal& a, const MatchSignal& b) const {
    if (a.known != b.known) {
        return a.known > b.known;
    }
    if (a.ref.origin != b.ref.origin) {
        return origins_.text(a.ref.origin) > origins_.text(b.ref.origin);
    }
    const auto place = [](const MatchSignal& m) { return std::tie(m.ref.position, m.ref.element); };
    if (place(a) != place(b)) {
        return place(a) > place(b);
    }
    return comes_first(b, a);
}

void ScanCorrelations::release(Timestamp watermark, std::vector<ScanFinding>& out) {
    const auto after = [this](const MatchSignal& a, const MatchSignal& b) {
        return is_after(a, b);
    };
    while (!held_.empty() && held_.front().known < watermark) {
        std::ranges::pop_heap(held_, after);
        across_.offer(held_.back(), origins_, *across_state_, correlated_);
        held_.pop_back();
        take(correlated_, out);
    }
    across_.advance(watermark, origins_, *across_state_, correlated_);
    take(correlated_, out);
}

void ScanCorrelations::take(Correlated& correlated, std::vector<ScanFinding>& out) {
    for (const Firing& firing : correlated.firings) {
        ++firings_[firing.correlation];
        if (rules_->correlations[firing.correlation].gives_alerts) {
            out.push_back({firing.correlation,
                           firing.time,
                           firing.host,
                           form_ == MatchForm::line
                               ? firing_line(firing, *rules_, origins_)
                               : firing_alert(firing, *rules_, origins_).json});
        }
    }
    for (const MatchSignal& onward : correlated.onward) {
        hold(onward);
    }
    correlated.clear();
}

void ScanCorrelations::finish(std::vector<ScanFinding>& out) {
    here_.close_all(origins_, *here_state_, correlated_);
    take(correlated_, out);
    if (!across_.empty()) {
        release(Timestamp{Duration{std::numeric_limits<std::int64_t>::max()}}, out);
        across_.close_all(origins_, *across_state_, correlated_);
        take(correlated_, out);
    }
}

Counters ScanCorrelations::counters() const {
    Counters out;
    CorrelationCounts all = counts_;
    all.merge(here_.take_counts(*here_state_));
    all.merge(across_.take_counts(*across_state_));
    all.add_to(out);
    return out;
}

}  // namespace spoor::sigma
