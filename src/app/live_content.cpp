#include "app/live_content.hpp"

#include "base/log.hpp"
#include "behavior/behavior.hpp"
#include "decode/decoder.hpp"
#include "sigma/detector.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

constexpr Duration look_every = std::chrono::seconds{2};
constexpr std::size_t max_told = 5;  // errors in the log; `spoor rules check` shows all

std::map<std::string, const sigma::RuleMeta*> metas_of(const sigma::RuleSet& rules) {
    std::map<std::string, const sigma::RuleMeta*> out;
    for (const sigma::Rule& rule : rules.rules) {
        out.emplace(rule.meta.id, &rule.meta);
    }
    for (const sigma::Correlation& correlation : rules.correlations) {
        out.emplace(correlation.meta.id, &correlation.meta);
    }
    return out;
}

bool says_the_same(const sigma::RuleMeta& a, const sigma::RuleMeta& b) {
    const auto texts = [](const sigma::RuleMeta& m) {
        return std::tie(m.title,
                        m.level,
                        m.status,
                        m.description,
                        m.author,
                        m.tags,
                        m.references,
                        m.falsepositives);
    };
    return texts(a) == texts(b);
}

// A document that failed, wherever in its file it stands by now.
std::string name_of(const sigma::NotLoaded& failed) {
    return failed.file + '\n' + failed.id + '\n' + failed.title + '\n' + failed.reason;
}

std::string place_of(const Diagnostic& d) {
    return fmt::format("{}:{}:{}: {}", d.file, d.line, d.column, d.message);
}

// What is wrong at or below a line of a file; empty: nothing is.
std::string error_at(const Diagnostics& diagnostics, const std::string& file, std::size_t line) {
    const auto& all = diagnostics.all();
    const auto it = std::ranges::find_if(all, [&](const Diagnostic& d) {
        return d.severity == Severity::error && d.file == file && d.line >= line;
    });
    return it == all.end() ? std::string() : place_of(*it);
}

std::vector<std::string> errors_of(const LoadedRules& loaded) {
    std::vector<std::string> out = loaded.unreadable;
    for (const Diagnostic& d : loaded.loaded.diagnostics.all()) {
        if (d.severity == Severity::error) {
            out.push_back(place_of(d));
        }
    }
    return out;
}

void tell(LogLevel level, const std::vector<std::string>& errors) {
    for (std::size_t i = 0; i < std::min(errors.size(), max_told); ++i) {
        log(level, "rules", "{}", errors[i]);
    }
    if (errors.size() > max_told) {
        log(level,
            "rules",
            "and {} errors more: `spoor rules check` shows all",
            errors.size() - max_told);
    }
}

}  // namespace

std::string changes_between(const sigma::RuleSet& from, const sigma::RuleSet& to) {
    const auto before = metas_of(from);
    const auto after = metas_of(to);
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t unchanged = 0;
    std::size_t reworded = 0;
    for (const auto& [id, meta] : after) {
        const auto it = before.find(id);
        if (it == before.end()) {
            ++added;
        } else if (it->second->version != meta->version) {
            ++changed;
        } else {
            ++unchanged;
            reworded += says_the_same(*it->second, *meta) ? 0U : 1U;
        }
    }
    std::string out = fmt::format("{} added, {} changed, {} removed, {} unchanged",
                                  added,
                                  changed,
                                  before.size() - changed - unchanged,
                                  unchanged);
    if (reworded > 0) {
        out += fmt::format(" ({} of them but for what they say)", reworded);
    }
    return out;
}

LiveContent::LiveContent(const config::Config& config, const Clock& clock, bool ends)
    : sigma_(config.sigma),
      lateness_(config.pipeline.allowed_lateness),
      source_(source_of(config.sigma)),
      clock_(clock),
      ends_(ends) {
    const config::Behavior& b = config.behavior;
    if (b.threshold_rule) {
        behavior_.push_back(behavior::make_threshold_rule({b.threshold_value}));
    }
    if (b.enabled) {
        behavior_.push_back(behavior::make_baselines(
            {b.window, b.baseline_period, b.anomaly_threshold, lateness_}));
    }
}

pipeline::ContentPtr LiveContent::make(const LoadedRules& loaded) const {
    auto out = std::make_shared<pipeline::Content>();
    out->detectors = behavior_;
    const auto& rules = loaded.loaded.rules;
    sigma::CorrelationOptions options{lateness_, sigma_.max_groups, sigma_.max_values};
    if (ends_) {
        options.host_memory = std::numeric_limits<std::uint64_t>::max();
    }
    auto engine = std::make_shared<const sigma::Engine>(rules);
    out->watched_paths = std::make_shared<const decode::WatchedPaths>(
        engine->paths(),
        behavior_.empty() ? decode::WatchedPaths::Fields::of_origin
                          : decode::WatchedPaths::Fields::all);
    out->detectors.push_back(sigma::make_sigma_detector(std::move(engine), options));
    if (auto correlator = sigma::make_sigma_correlator(rules, options)) {
        out->correlators.push_back(std::move(correlator));
    }
    out->version = "sigma:" + rules->version;
    return out;
}

void LiveContent::note(const LoadedRules& loaded) {
    const sigma::Loaded& l = loaded.loaded;
    known_failures_.clear();
    filled_files_.clear();
    status_.failed = 0;
    status_.skipped = 0;
    for (const sigma::NotLoaded& document : l.not_loaded) {
        status_.failed += document.skipped ? 0 : 1;
        status_.skipped += document.skipped ? 1 : 0;
        if (!document.skipped) {
            known_failures_.insert(name_of(document));
        }
    }
    for (const auto& [file, num] : l.documents_in) {
        if (num > 0) {
            filled_files_.insert(file);
        }
    }
    status_.version = l.rules->version;
    status_.rules = l.rules->rules.size();
    status_.correlations = l.rules->correlations.size();
    status_.filters = l.num_filters;
}

void LiveContent::put_in_force(const LoadedRules& loaded) {
    note(loaded);
    status_.loaded = clock_.now();
    in_force_ = loaded.loaded.rules;
}

Result<pipeline::ContentPtr> LiveContent::start() {
    if (!has_rules()) {
        auto out = std::make_shared<pipeline::Content>();
        out->detectors = behavior_;
        return out;
    }
    fingerprint_ = fingerprint_of(source_);
    looked_ = clock_.monotonic();
    RuleSource source = source_;
    source.threads = std::thread::hardware_concurrency();  // nothing else runs yet
    const LoadedRules loaded = load_rules_of(source);
    if (!loaded.unreadable.empty()) {
        return fail(Errc::io, "sigma: " + loaded.unreadable.front());
    }
    tell(LogLevel::error, errors_of(loaded));
    if (!loaded.loaded.failed_pipelines.empty()) {
        return fail(
            Errc::invalid_argument,
            "sigma.pipelines: " +
                error_at(loaded.loaded.diagnostics, loaded.loaded.failed_pipelines.front(), 0));
    }
    if (loaded.loaded.rules->rules.empty()) {
        return fail(Errc::invalid_argument,
                    "sigma.rules: no rule could be loaded (`spoor rules check` says why)");
    }
    put_in_force(loaded);
    log(status_.failed > 0 ? LogLevel::warning : LogLevel::info, "rules", "{}", summary_of(loaded));
    return make(loaded);
}

// Anything that is wrong and was not when the rules in force were loaded.
std::vector<std::string> LiveContent::why_refused(const LoadedRules& loaded) const {
    const sigma::Loaded& l = loaded.loaded;
    std::vector<std::string> out = loaded.unreadable;
    for (const std::string& file : l.failed_pipelines) {
        out.push_back(error_at(l.diagnostics, file, 0));
    }
    for (const auto& [file, num] : l.documents_in) {
        if (num == 0 && filled_files_.contains(file)) {
            out.push_back(file + ": nothing is in it any more; if that is meant, remove it");
        }
    }
    for (const sigma::NotLoaded& document : l.not_loaded) {
        if (!document.skipped && !known_failures_.contains(name_of(document))) {
            const std::string error = error_at(l.diagnostics, document.file, document.line);
            out.push_back(error.empty() ? document.file + ": " + document.reason : error);
        }
    }
    if (out.empty() && l.rules->rules.empty()) {
        out.emplace_back("no rule is left");
    }
    return out;
}

bool LiveContent::is_refused(const LoadedRules& loaded) {
    const std::vector<std::string> why = why_refused(loaded);
    if (why.empty()) {
        return false;
    }
    tell(LogLevel::error, why);
    status_.detail = fmt::format("a reload at {} was refused, the rules before stay in force: {}",
                                 format_time(clock_.now()),
                                 why.front());
    log(LogLevel::error, "rules", "{}", status_.detail);
    return true;
}

pipeline::ContentPtr LiveContent::renew(bool asked) {
    if (!has_rules() || (!asked && !sigma_.watch)) {
        return nullptr;
    }
    const Duration now = clock_.monotonic();
    if (!asked && now - looked_ < look_every) {
        return nullptr;
    }
    looked_ = now;
    std::string fingerprint = fingerprint_of(source_);
    if (!asked && fingerprint == fingerprint_) {
        return nullptr;
    }
    fingerprint_ = std::move(fingerprint);
    const LoadedRules loaded = load_rules_of(source_);
    if (is_refused(loaded)) {
        return nullptr;
    }
    if (loaded.loaded.rules->version == in_force_->version) {
        note(loaded);  // documents that failed may be others
        status_.detail =
            fmt::format("a reload at {} found nothing changed", format_time(clock_.now()));
        log(LogLevel::info, "rules", "{}", status_.detail);
        return nullptr;
    }
    const std::string changes = changes_between(*in_force_, *loaded.loaded.rules);
    put_in_force(loaded);
    status_.detail = fmt::format(
        "reloaded at {}: {}; correlations keep their state where they and their "
        "rules are unchanged",
        format_time(status_.loaded),
        changes);
    log(LogLevel::info, "rules", "{}", status_.detail);
    return make(loaded);
}

}  // namespace spoor::app
