// Matches as alerts, or as short lines: a rule's part is made when it first matches, an event's
// once an event.
//
// One owner (a shard's state, a scan worker). The rule set and the origins outlive it.
#pragma once

#include "alert/match_line.hpp"
#include "alert/rule_text.hpp"
#include "event/origin.hpp"
#include "sigma/correlation_signal.hpp"
#include "sigma/engine.hpp"
#include "sigma/rule_set.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

inline constexpr std::string_view detector_name = "sigma";

// What is written of a match: its whole alert, or an alert::MatchLine.
enum class MatchForm : std::uint8_t { alert, line };

// What a rule or a correlation says in its alerts. `logsource`: null, of correlations.
[[nodiscard]] alert::RuleText rule_text(const RuleMeta& meta, const LogSource* logsource);

// The members of the alert's `matched`: each field's value that met the rule; of keywords and of
// fields that share a name all of them, as a list.
void append_matched(std::span<const MatchView::Evidence> evidence,
                    const FieldTable& fields,
                    std::string& out);

// What correlations are told of a match.
void assign_match(const MatchView& match, const Rule& rule, MatchSignal& out);

class MatchWriter {
public:
    MatchWriter(const RuleSet& rules, const OriginTable& origins, MatchForm form = MatchForm::alert)
        : rules_(rules),
          form_(form),
          writer_(origins),
          line_(origins),
          texts_(rules.rules.size()) {}

    // Before the events of a batch, which may lie where others did.
    void begin_batch() { event_ = nullptr; }

    // Appends the alert's JSON, or the line.
    void write(const MatchView& match, std::string& out);
    // The whole alert; not of lines.
    [[nodiscard]] alert::Alert alert(const MatchView& match);

private:
    struct Text {  // without a text: not yet made
        // What will be read of the text; here, so that it is fetched without waiting for that.
        std::string_view block;
        std::unique_ptr<alert::RuleText> text;
    };

    [[nodiscard]] const alert::RuleText& text(RuleIndex rule);

    const RuleSet& rules_;
    const MatchForm form_;
    alert::RuleAlertWriter writer_;
    alert::MatchLine line_;
    std::vector<Text> texts_;       // beside the rules
    const Event* event_ = nullptr;  // that writer_ or line_ has begun
    std::string matched_;
};

}  // namespace spoor::sigma
