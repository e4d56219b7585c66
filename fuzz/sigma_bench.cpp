#include "sigma_bench.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace spoor::fuzz {

namespace {

class Found final : public sigma::MatchSink {
public:
    void on_match(const sigma::MatchView& match) override {
        const auto place = static_cast<std::size_t>(match.event().ref.position);
        const std::pair pair(place, match.rule());
        SPOOR_ASSERT(pairs.empty() || pairs.back() < pair, "by event, then by rule, each once");
        pairs.push_back(pair);
        for (const auto& evidence : match.evidence()) {
            SPOOR_ASSERT(evidence.value.data() != nullptr, "evidence has a value");
        }
    }

    Pairs pairs;
};

std::vector<std::string> versions_of(const sigma::RuleSet& rules) {
    std::vector<std::string> out{rules.version};
    for (const sigma::Rule& rule : rules.rules) {
        out.push_back(rule.meta.version);
    }
    for (const sigma::Correlation& one : rules.correlations) {
        out.push_back(one.meta.version);
    }
    return out;
}

}  // namespace

RuleBench::RuleBench(std::shared_ptr<const sigma::RuleSet> rules,
                     const std::vector<std::string>& events)
    : engine_(std::move(rules)),
      decoder_({}, std::make_shared<const decode::WatchedPaths>(engine_.paths())) {
    for (std::size_t i = 0; i < events.size(); ++i) {
        EventRef ref;
        ref.position = static_cast<std::int64_t>(i);
        batch_.append(ref, no_time, events[i]);
    }
    decoder_.decode(batch_);
    SPOOR_ASSERT(decoder_.events().size() == events.size(), "each event decodes");
}

Pairs RuleBench::with_plans() const {
    Found found;
    sigma::Matcher(engine_).match(decoder_.events(), found);
    return found.pairs;
}

Pairs RuleBench::one_by_one(std::size_t num_events) const {
    sigma::Matcher matcher(engine_);
    Pairs pairs;
    for (const Event& event : std::span(decoder_.events()).first(num_events)) {
        for (const sigma::RuleIndex rule :
             engine_.routed(event.product, event.category, event.service)) {
            if (matcher.matches(event, rule)) {
                pairs.emplace_back(static_cast<std::size_t>(event.ref.position), rule);
            }
        }
    }
    return pairs;
}

sigma::Loaded load_checked(const std::vector<sigma::RuleText>& files,
                           const sigma::LoadOptions& options) {
    sigma::Loaded loaded = load_rules(files, options);
    const bool failed = std::any_of(loaded.not_loaded.begin(),
                                    loaded.not_loaded.end(),
                                    [](const sigma::NotLoaded& one) { return !one.skipped; });
    SPOOR_ASSERT(!failed || loaded.diagnostics.has_errors(), "what fails is told");
    // A pipeline with an error is said, and no document.
    SPOOR_ASSERT(failed || !loaded.diagnostics.has_errors() || !options.pipelines.empty(),
                 "what is told as an error is a document that failed");
    SPOOR_ASSERT(loaded.rules->rules.size() + loaded.rules->correlations.size() +
                         loaded.num_filters + loaded.not_loaded.size() ==
                     loaded.num_documents,
                 "each document is accounted for");
    for (const sigma::NotLoaded& one : loaded.not_loaded) {
        SPOOR_ASSERT(!one.reason.empty(), "there is a reason");
    }
    for (const Diagnostic& one : loaded.diagnostics.all()) {
        SPOOR_ASSERT(!one.code.empty() && !one.message.empty(), "a diagnostic says what is wrong");
    }
    (void)loaded.diagnostics.to_text();
    const sigma::Loaded again = load_rules(files, options);
    SPOOR_ASSERT(versions_of(*loaded.rules) == versions_of(*again.rules),
                 "the same texts give the same versions");
    return loaded;
}

}  // namespace spoor::fuzz
