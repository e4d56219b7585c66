#include "sigma_bench.hpp"

#include "base/assert.hpp"
#include "event/record_batch.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace spoor::fuzz {

namespace {

class Found final : public sigma::MatchSink {
public:
    void on_match(const sigma::MatchView& match) override {
        const auto place = static_cast<std::size_t>(match.event().ref.position);
        SPOOR_ASSERT(pairs.emplace(place, match.rule()).second, "a match is told once");
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

// The batch owns the texts that events look into.
RecordBatch batch_of(const std::vector<std::string>& events) {
    RecordBatch batch;
    for (std::size_t i = 0; i < events.size(); ++i) {
        EventRef ref;
        ref.position = static_cast<std::int64_t>(i);
        batch.append(ref, no_time, events[i]);
    }
    return batch;
}

}  // namespace

RuleBench::RuleBench(std::shared_ptr<const sigma::RuleSet> rules)
    : engine_(std::move(rules)),
      decoder_({}, std::make_shared<const decode::WatchedPaths>(engine_.paths())) {}

Pairs RuleBench::with_plans(const std::vector<std::string>& events) {
    const RecordBatch batch = batch_of(events);
    decoder_.decode(batch);
    Found found;
    sigma::Matcher(engine_).match(decoder_.events(), found);
    return found.pairs;
}

Pairs RuleBench::one_by_one(const std::vector<std::string>& events) {
    const RecordBatch batch = batch_of(events);
    decoder_.decode(batch);
    sigma::Matcher matcher(engine_);
    Pairs pairs;
    for (const Event& event : decoder_.events()) {
        for (const sigma::RuleIndex rule :
             engine_.routed(event.product, event.category, event.service)) {
            if (matcher.matches(event, rule)) {
                pairs.emplace(static_cast<std::size_t>(event.ref.position), rule);
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
    SPOOR_ASSERT(loaded.rules->rules.size() + loaded.rules->correlations.size() +
                         loaded.num_filters + loaded.not_loaded.size() ==
                     loaded.num_documents,
                 "each document is accounted for");
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
