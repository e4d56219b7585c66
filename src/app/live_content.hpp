// LiveContent: what a session detects with, and how it is renewed while it runs. Behaviour
// detectors are made once. Sigma rules are read from the configured files at the start, and anew
// when asked (SIGHUP) or when a file was changed, added or removed: built aside, and handed out
// only if nothing is wrong with them that was not before.
//
// Main thread only; what it hands out is const and shared.
#pragma once

#include "app/rule_source.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "pipeline/content.hpp"
#include "store/run_status.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace spoor::app {

class LiveContent {
public:
    // The clock outlives it. `ends`: all input is read to its end once, and no host is forgotten
    // (R9).
    LiveContent(const config::Config& config, const Clock& clock, bool ends);

    // Once. Documents with errors are left out, and it is said; no rule at all is an error, and so
    // is a path that cannot be read, or a pipeline with a mistake, which would change every rule.
    [[nodiscard]] Result<pipeline::ContentPtr> start();

    [[nodiscard]] bool has_rules() const { return !source_.rules.empty(); }

    // Often. `asked`: load in any case. Null: nothing is to be changed.
    [[nodiscard]] pipeline::ContentPtr renew(bool asked);

    [[nodiscard]] const store::RunStatus::Rules& rules() const { return status_; }

private:
    [[nodiscard]] pipeline::ContentPtr make(const LoadedRules& loaded) const;
    [[nodiscard]] std::vector<std::string> why_refused(const LoadedRules& loaded) const;
    // Says so.
    [[nodiscard]] bool is_refused(const LoadedRules& loaded);
    void note(const LoadedRules& loaded);
    void put_in_force(const LoadedRules& loaded);

    config::Sigma sigma_;
    Duration lateness_;
    RuleSource source_;
    const Clock& clock_;
    bool ends_;
    pipeline::Detectors behavior_;
    std::string fingerprint_;
    Duration looked_{0};  // monotonic
    std::shared_ptr<const sigma::RuleSet> in_force_;
    std::set<std::string> known_failures_;
    std::set<std::string> filled_files_;  // with documents in them
    store::RunStatus::Rules status_;
};

// "2 added, 1 changed, 0 removed, 3136 unchanged", rules and correlations together, by id. State of
// correlations is kept where they and their rules are unchanged, also where their texts are others.
[[nodiscard]] std::string changes_between(const sigma::RuleSet& from, const sigma::RuleSet& to);

}  // namespace spoor::app
