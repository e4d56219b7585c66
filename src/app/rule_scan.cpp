#include "app/rule_scan.hpp"

#include "app/bad_input.hpp"
#include "pipeline/chunk_scan.hpp"
#include "sigma/engine.hpp"
#include "sigma/match_writer.hpp"
#include "sigma/scan_correlations.hpp"
#include "store/format.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

namespace spoor::app {

namespace {

using Format = RuleScanOptions::Format;

struct Found final : pipeline::ChunkResult {
    // An event that correlations hear of: its place among the lines, and its matches.
    struct Step {
        std::size_t text_end = 0;
        std::size_t host_end = 0;  // in `hosts`
        std::size_t num_matches = 0;
        std::uint32_t partition = 0;
        Timestamp time = no_time;
    };

    // A record that cannot be used.
    struct Bad {
        EventRef ref;
        std::uint64_t line = 0;
        std::string reason;
        std::string detail;
    };

    void clear() {
        bad.clear();
        text.clear();
        steps.clear();
        hosts.clear();
        num_matches = 0;
    }

    std::vector<Bad> bad;  // of each reason no more than are shown, of splitting and of decoding
    std::string text;
    std::vector<Step> steps;
    std::string hosts;
    std::vector<sigma::MatchSignal> matches;  // used up to num_matches
    std::size_t num_matches = 0;
};

void append_row(const sigma::RuleMeta& meta,
                Timestamp time,
                std::string_view host,
                std::string& out) {
    std::string techniques;
    for (const std::string& id : meta.techniques) {
        techniques += (techniques.empty() ? "" : " ") + id;
    }
    fmt::format_to(std::back_inserter(out),
                   "{:<27} {:<13} {:<16} {:<22} {}",
                   time == no_time ? "-" : format_time(time),
                   alert::to_string(meta.level),
                   store::printable(host.empty() ? "-" : std::string(host)),
                   techniques,
                   store::printable(meta.title));
}

sigma::MatchForm form_of(Format format) {
    return format == Format::matches ? sigma::MatchForm::line : sigma::MatchForm::alert;
}

// Whether intake would hand the record on as it is: one object on one line.
bool is_plain(std::string_view record) {
    return !record.empty() && record.front() == '{' &&
           std::memchr(record.data(), '\n', record.size()) == nullptr;
}

class Worker final : public pipeline::ChunkWorker, private sigma::MatchSink {
public:
    Worker(const sigma::Engine& engine,
           const sigma::ScanCorrelations& correlations,
           std::shared_ptr<const decode::WatchedPaths> watched,
           const OriginTable& origins,
           const RuleScanOptions& options)
        : rules_(engine.rules()),
          has_correlations_(!correlations.empty()),
          options_(options),
          decoder_(options.decode, std::move(watched)),
          matcher_(engine),
          writer_(rules_, origins, form_of(options.format)),
          of_rules_(rules_.rules.size()) {
        for (std::size_t i = 0; i < of_rules_.size(); ++i) {
            const sigma::Rule& rule = rules_.rules[i];
            of_rules_[i].is_printed = rule.gives_alerts && rule.meta.level >= options.min_level;
            of_rules_[i].is_correlated = correlations.takes(static_cast<sigma::RuleIndex>(i));
        }
    }

    [[nodiscard]] std::unique_ptr<pipeline::ChunkResult> make_result() const override {
        return std::make_unique<Found>();
    }

    void work(const RecordBatch& batch, pipeline::ChunkResult& result) override {
        found_ = static_cast<Found*>(&result);
        found_->clear();
        num_kept_ = {};
        const RecordBatch& rows = split(batch);
        num_kept_ = {};
        for (std::size_t begin = 0; begin < rows.size(); begin += rows_a_turn) {
            match(rows, begin, std::min(begin + rows_a_turn, rows.size()));
        }
    }

    void add_to(RuleScanEnd& end) {
        for (std::size_t i = 0; i < of_rules_.size(); ++i) {
            end.matches[i] += of_rules_[i].matches;
        }
        matcher_.mark_tried(end.tried);
        end.counters.add("events_evaluated", num_events_);
        end.counters.add("correlation.no_time", num_without_time_);
        end.counters.add(sigma::unfinished_counter, matcher_.take_unfinished());
        for (std::size_t i = 0; i < rejected_.size(); ++i) {
            const auto reason = static_cast<decode::Reason>(i);
            end.counters.add("dead_letters." + std::string(to_string(reason)), rejected_[i]);
        }
    }

private:
    static constexpr std::size_t rows_a_turn = 64;  // what becomes of them stays in the cache

    void match(const RecordBatch& rows, std::size_t begin, std::size_t end) {
        decoder_.decode(rows, begin, end);
        writer_.begin_batch();
        next_event_ = decoder_.events().data();
        matcher_.match(decoder_.events(), *this);
        pass_to(decoder_.events().data() + decoder_.events().size());
        num_events_ += decoder_.events().size();
        for (const decode::Rejected& rejected : decoder_.rejected()) {
            const RecordRow& row = rows.rows()[rejected.row];
            reject(row.ref, row.line, rejected.reason, rejected.detail);
        }
    }

    void reject(const EventRef& ref,
                std::uint64_t line,
                decode::Reason reason,
                std::string_view detail) {
        const auto i = static_cast<std::size_t>(reason);
        ++rejected_[i];
        if (num_kept_[i]++ < BadInput::shown_of_a_reason) {
            found_->bad.push_back({ref, line, std::string(to_string(reason)), std::string(detail)});
        }
    }

    // The batch itself, if each record is one event.
    const RecordBatch& split(const RecordBatch& batch) {
        bool plain = true;
        for (const RecordRow& row : batch.rows()) {
            plain = plain && is_plain(batch.view(row));
        }
        if (plain) {
            return batch;
        }
        split_.clear();
        for (const RecordRow& row : batch.rows()) {
            pieces_.clear();
            decode::split_record(batch.view(row), pieces_);
            for (const decode::Piece& piece : pieces_) {
                EventRef ref = row.ref;
                ref.element = piece.element;
                if (piece.reason != decode::Reason::ok) {
                    reject(ref, row.line, piece.reason, decode::in_words(piece.reason));
                    continue;
                }
                split_.append(ref, row.record_time, piece.text, row.line);
            }
        }
        return split_;
    }

    void on_match(const sigma::MatchView& match) override {
        OfRule& of_rule = of_rules_[match.rule()];
        ++of_rule.matches;
        pass_to(&match.event() + 1);
        if (of_rule.is_correlated) {
            add_match(match, rules_.rules[match.rule()]);
        }
        if (of_rule.is_printed) {
            write(match);
        }
    }

    // A step for each event up to `end`.
    void pass_to(const Event* end) {
        if (!has_correlations_) {
            return;
        }
        for (; next_event_ != end; ++next_event_) {
            if (next_event_->time != no_time) {
                found_->hosts += next_event_->host_key;
                found_->steps.push_back({found_->text.size(),
                                         found_->hosts.size(),
                                         0,
                                         next_event_->ref.partition,
                                         next_event_->time});
            }
        }
    }

    void add_match(const sigma::MatchView& match, const sigma::Rule& rule) {
        if (match.event().time == no_time) {
            ++num_without_time_;
            return;
        }
        if (found_->num_matches == found_->matches.size()) {
            found_->matches.emplace_back();
        }
        sigma::assign_match(match, rule, found_->matches[found_->num_matches++]);
        ++found_->steps.back().num_matches;
    }

    void write(const sigma::MatchView& match) {
        std::string& out = found_->text;
        switch (options_.format) {
            case Format::json:
                out += ',';
                [[fallthrough]];
            case Format::ndjson:
            case Format::matches:
                writer_.write(match, out);
                break;
            case Format::table:
                append_row(
                    rules_.rules[match.rule()].meta, match.event().time, match.event().host, out);
                break;
        }
        out += '\n';
    }

    struct OfRule {
        std::uint64_t matches = 0;
        bool is_printed = false;
        bool is_correlated = false;
    };

    const sigma::RuleSet& rules_;
    bool has_correlations_;
    const RuleScanOptions& options_;
    decode::Decoder decoder_;
    sigma::Matcher matcher_;
    sigma::MatchWriter writer_;
    RecordBatch split_;
    std::vector<decode::Piece> pieces_;
    Found* found_ = nullptr;
    const Event* next_event_ = nullptr;   // that has no step yet
    std::uint64_t num_without_time_ = 0;  // matches
    std::vector<OfRule> of_rules_;        // beside the rules
    std::uint64_t num_events_ = 0;
    using OfReasons = std::array<std::uint64_t, static_cast<std::size_t>(decode::Reason::count_)>;
    OfReasons rejected_{};
    OfReasons num_kept_{};  // of the batch
};

// In the order of records: lines as they are, and between them what correlations find.
class Taker final : public pipeline::ChunkTaker {
public:
    Taker(const sigma::RuleSet& rules,
          sigma::ScanCorrelations& correlations,
          const OriginTable& origins,
          const RuleScanOptions& options)
        : rules_(rules), correlations_(correlations), origins_(origins), options_(options) {}

    void take_unusable(source::PollOutput::Unusable& bad) override {
        bad_.push_back({bad.ref, bad.line, std::move(bad.reason), std::move(bad.detail)});
    }

    [[nodiscard]] bool take(pipeline::ChunkResult& result) override {
        auto& found = static_cast<Found&>(result);
        std::move(found.bad.begin(), found.bad.end(), std::back_inserter(bad_));
        tell_bad();
        if (correlations_.empty()) {
            return put(found.text);
        }
        std::size_t text_begin = 0;
        std::size_t host_begin = 0;
        std::size_t match = 0;
        for (const Found::Step& step : found.steps) {
            const std::string_view host =
                std::string_view(found.hosts).substr(host_begin, step.host_end - host_begin);
            host_begin = step.host_end;
            correlations_.pass(step.partition, host, step.time, found_);
            for (std::size_t i = 0; i < step.num_matches; ++i) {
                correlations_.match(found.matches[match++], found_);
            }
            if (!found_.empty()) {
                lines_.append(found.text, text_begin, step.text_end - text_begin);
                text_begin = step.text_end;
                write_found();
            }
        }
        lines_.append(found.text, text_begin);
        return flush();
    }

    [[nodiscard]] bool finish() {
        tell_bad();
        correlations_.finish(found_);
        write_found();
        return flush();
    }

private:
    // Files are opened, and get the numbers of their origins, one after another.
    void tell_bad() {
        if (bad_.empty()) {
            return;
        }
        std::ranges::stable_sort(bad_, {}, [](const Found::Bad& bad) {
            return std::tuple(bad.ref.origin, bad.ref.position, bad.ref.element);
        });
        for (const Found::Bad& bad : bad_) {
            if (options_.bad_record) {
                options_.bad_record(bad.reason, origins_.place(bad.ref, bad.line) + bad.detail);
            }
        }
        bad_.clear();
    }

    void write_found() {
        for (const sigma::ScanFinding& one : found_) {
            const sigma::RuleMeta& meta = rules_.correlations[one.correlation].meta;
            if (meta.level < options_.min_level) {
                continue;
            }
            if (options_.format == Format::table) {
                append_row(meta, one.time, one.host, lines_);
            } else {
                lines_ += options_.format == Format::json ? "," : "";
                lines_ += one.text;
            }
            lines_ += '\n';
        }
        found_.clear();
    }

    bool flush() {
        const bool good = put(lines_);
        lines_.clear();
        return good;
    }

    bool put(std::string& text) {
        if (text.empty()) {
            return true;
        }
        if (options_.format == Format::json && is_first_) {
            text.front() = ' ';  // no comma
        }
        is_first_ = false;
        return options_.write(text);
    }

    const sigma::RuleSet& rules_;
    sigma::ScanCorrelations& correlations_;
    const OriginTable& origins_;
    const RuleScanOptions& options_;
    std::vector<Found::Bad> bad_;  // not yet told
    std::vector<sigma::ScanFinding> found_;
    std::string lines_;
    bool is_first_ = true;
};

}  // namespace

std::string table_head() {
    return fmt::format(
        "{:<27} {:<13} {:<16} {:<22} {}", "TIME", "LEVEL", "HOST", "TECHNIQUES", "RULE");
}

RuleScanEnd scan_with_rules(const std::shared_ptr<const sigma::RuleSet>& rules,
                            source::Source& source,
                            const OriginTable& origins,
                            const RuleScanOptions& options) {
    const sigma::Engine engine(rules);
    const auto watched = std::make_shared<const decode::WatchedPaths>(
        engine.paths(), decode::WatchedPaths::Fields::of_origin);
    sigma::ScanCorrelations correlations(rules,
                                         {options.lateness, options.max_groups, options.max_values},
                                         options.order,
                                         origins,
                                         form_of(options.format));
    std::vector<std::unique_ptr<pipeline::ChunkWorker>> workers;
    std::vector<Worker*> own;
    for (int i = 0; i < options.threads; ++i) {
        auto worker = std::make_unique<Worker>(engine, correlations, watched, origins, options);
        own.push_back(worker.get());
        workers.push_back(std::move(worker));
    }
    Taker taker(*rules, correlations, origins, options);
    const pipeline::ChunkScanEnd end =
        pipeline::scan_in_chunks(source, workers, taker, options.should_stop);
    RuleScanEnd out;
    out.matches.resize(rules->rules.size());
    out.tried.resize(rules->rules.size());
    out.counters = end.counters;
    out.stopped = end.stopped;
    out.written = taker.finish() && !end.refused;
    out.firings = correlations.firings();
    out.counters.merge(correlations.counters());
    for (Worker* worker : own) {
        worker->add_to(out);
    }
    return out;
}

}  // namespace spoor::app
