#include "alert/match_line.hpp"

#include "alert/alert_text.hpp"

namespace spoor::alert {

void MatchLine::begin(Timestamp time, std::string_view host, const EventRef& ref) {
    if (prefix_.empty() || prefix_of_ != ref.origin) {
        prefix_of_ = ref.origin;
        prefix_.clear();
        Text(prefix_).escaped(origins_.ref({ref.origin, ref.partition, 0, 0}));
        prefix_.resize(prefix_.size() - std::string_view("0#0").size());
    }
    head_ = R"({"timestamp":)";
    Text(head_).time(time);
    tail_.clear();
    Text(tail_)
        .escaped(host.empty() ? no_host : host)
        .raw(R"(","event_ref":")")
        .raw(prefix_)
        .number(ref.position)
        .raw("#")
        .number(std::uint64_t{ref.element})
        .raw(R"(","matched":{)");
}

void MatchLine::begin(const Event& event) {
    begin(event.time, event.host, event.ref);
}

void MatchLine::write(const RuleText& rule, std::string_view matched, std::string& out) const {
    Text(out).raw(head_).raw(rule.line()).raw(tail_).raw(matched).raw("}}");
}

void MatchLine::write_firing(const RuleText& rule,
                             const FiringFacts& firing,
                             std::string_view matched,
                             std::string& out) {
    begin(firing.time, firing.host, firing.trigger);
    Text text(out);
    text.raw(head_).raw(rule.line()).raw(tail_).raw(matched);
    text.raw(R"(},"correlation":)").raw(firing.facts).raw("}");
}

}  // namespace spoor::alert
