// RuleBench: one rule on one event, for `rules explain` and `rules test`: the same decoder,
// compiled form and predicates that run over streams. Events of files, one after another, whatever
// way they are written.
//
// Main thread only.
#pragma once

#include "base/result.hpp"
#include "decode/decoder.hpp"
#include "event/record_batch.hpp"
#include "sigma/engine.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::app {

// The texts of the events of a file (plain, gzip or zstd), or of standard input ("-").
[[nodiscard]] Result<std::vector<std::string>> read_events(const std::string& path);

class RuleBench {
public:
    RuleBench(std::shared_ptr<const sigma::RuleSet> rules, const decode::Options& options);

    // Null: it is no event; fault() says why. Valid until the next call.
    [[nodiscard]] const Event* decode(std::string_view text);

    [[nodiscard]] const std::string& fault() const { return fault_; }

    [[nodiscard]] const sigma::Engine& engine() const { return engine_; }

    [[nodiscard]] sigma::Matcher& matcher() { return matcher_; }

    // Whether a stream would try the rule on this event.
    [[nodiscard]] bool is_routed(const Event& event, sigma::RuleIndex rule) const;

private:
    sigma::Engine engine_;
    sigma::Matcher matcher_;
    decode::Decoder decoder_;
    RecordBatch batch_;
    std::string fault_;
};

// The base rule that is meant: by id, name or title; `no_rule` if there is none.
inline constexpr sigma::RuleIndex no_rule = 0xFFFFFFFF;
[[nodiscard]] sigma::RuleIndex find_rule(const sigma::RuleSet& rules, std::string_view wanted);
// For people, where there is none: it is a correlation, or has nearly the name of a rule.
[[nodiscard]] std::string why_no_rule(const sigma::RuleSet& rules, std::string_view wanted);

}  // namespace spoor::app
