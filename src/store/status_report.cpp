#include "store/status_report.hpp"

#include "base/json_writer.hpp"
#include "store/format.hpp"
#include "store/writer_lock.hpp"

#include <fmt/core.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace spoor::store {

namespace {

std::string_view name_of(StatusReport::Life life) {
    switch (life) {
        case StatusReport::Life::running:
            return "running";
        case StatusReport::Life::silent:
            return "silent";
        case StatusReport::Life::ended:
            return "ended";
        case StatusReport::Life::never_run:
            break;
    }
    return "never_run";
}

// Counters of what did not become an event, an alert or a delivery; the others count work.
bool is_loss(std::string_view name) {
    constexpr std::array<std::string_view, 10> others = {"alerts_conflicting",
                                                         "events_without_host",
                                                         "events_without_time",
                                                         "late_events",
                                                         "outbox_gap_alerts",
                                                         "partitions_dropped",
                                                         "state_rows_discarded",
                                                         "state_rows_unowned",
                                                         "state_rows_unreadable",
                                                         "times_clamped"};
    // Matches that no correlation counted, groups that went.
    if (name.starts_with("losses.") || name.starts_with("dead_letters.") ||
        (name.starts_with("correlation.") && name != "correlation.signals")) {
        return true;
    }
    for (const std::string_view other : others) {
        if (name == other) {
            return true;
        }
    }
    return false;
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units = {"B", "kB", "MB", "GB", "TB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1000 && unit + 1 < units.size()) {
        amount /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes)
                     : fmt::format("{:.1f} {}", amount, units.at(unit));
}

std::string age_text(Timestamp now, Timestamp then) {
    if (then == no_time) {
        return "never";
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
    return seconds < 120    ? fmt::format("{} s ago", seconds)
           : seconds < 7200 ? fmt::format("{} min ago", seconds / 60)
                            : fmt::format("{} h ago", seconds / 3600);
}

template <class... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
    out += '\n';
}

void add_life(std::string& out, const StatusReport& report) {
    if (!report.run) {
        add(out,
            "{:<14}{}",
            "run",
            report.life == StatusReport::Life::silent
                ? "the store is in use, but its process has not spoken yet"
                : "no run has reported here yet");
        return;
    }
    const RunStatus& run = *report.run;
    const std::string updated = age_text(report.now, run.updated);
    switch (report.life) {
        case StatusReport::Life::running:
            add(out,
                "{:<14}{}: pid {}, spoor {}, since {}, reported {}, {:.0f} events/s",
                "run",
                printable(run.state),
                run.pid,
                printable(run.version),
                time_text(run.started),
                updated,
                run.events_per_second);
            break;
        case StatusReport::Life::silent:
            add(out,
                "{:<14}not responding: the store is in use, but pid {} reported last {}",
                "run",
                run.pid,
                updated);
            break;
        default:
            add(out,
                "{:<14}not running; what follows of the run is from pid {}, which reported last {} "
                "({})",
                "run",
                run.pid,
                updated,
                printable(run.state));
    }
    if (!run.detail.empty()) {
        add(out, "{:<14}{}", "", printable(run.detail));
    }
}

void add_rules(std::string& out, const StatusReport& report) {
    if (!report.run || report.run->rules.loaded == no_time) {
        return;
    }
    const RunStatus::Rules& rules = report.run->rules;
    add(out,
        "{:<14}{} rules, {} correlations, {} filters; {} left out for errors, {} skipped; loaded "
        "{}, version {}",
        "sigma",
        rules.rules,
        rules.correlations,
        rules.filters,
        rules.failed,
        rules.skipped,
        time_text(rules.loaded),
        printable(rules.version));
    if (!rules.detail.empty()) {
        add(out, "{:<14}{}", "", printable(rules.detail));
    }
}

void add_store(std::string& out, const StatusReport& report) {
    const StoreFacts& facts = report.store;
    add(out,
        "{:<14}{}, id {}, {} on disk",
        "store",
        printable(report.dir),
        facts.store_id,
        bytes_text(facts.file_bytes));
    add(out,
        "{:<14}{}, committed {} ({})",
        "epoch",
        facts.epoch,
        time_text(facts.last_commit),
        age_text(report.now, facts.last_commit));
    if (report.run && report.run->epoch.number > 0) {
        const RunStatus::LastEpoch& epoch = report.run->epoch;
        add(out,
            "{:<14}epoch {}: {} alerts, {} state rows, {}, pause {:.1f} ms",
            "",
            epoch.number,
            epoch.alerts,
            epoch.rows,
            bytes_text(epoch.bytes),
            static_cast<double>(epoch.pause.count()) / 1e3);
    }
    add(out,
        "{:<14}{} kept ({}), {} ever; full text up to {}",
        "alerts",
        facts.alerts,
        bytes_text(facts.alert_bytes),
        facts.last_sequence,
        facts.indexed_up_to);
    add(out,
        "{:<14}{} kept ({})",
        "dead letters",
        facts.dead_letters,
        bytes_text(facts.dead_letter_bytes));
    if (!facts.content.empty()) {
        add(out, "{:<14}{}", "content", printable(facts.content));
    }
    for (const StateFacts& state : facts.state) {
        add(out,
            "{:<14}{}: {} rows of {} hosts{}",
            "state",
            printable(state.detector),
            state.rows,
            state.entities,
            state.rows > state.entities
                ? "; some are seen in several partitions: key the input by host"
                : "");
    }
}

std::string lag_text(std::int64_t position, std::int64_t end) {
    return end < 0 ? "lag not known"
                   : fmt::format("end {}, lag {}", end, end > position ? end - position : 0);
}

void add_sources(std::string& out, const StatusReport& report) {
    if (!report.run || report.run->sources.empty()) {
        for (const Position& position : report.store.positions) {
            add(out, "{:<14}{}: next {}", "position", printable(position.partition), position.next);
        }
        return;
    }
    for (const RunStatus::Source& source : report.run->sources) {
        add(out,
            "{:<14}{}: {}{}{}",
            "source",
            printable(source.name),
            printable(source.state),
            source.at_end ? ", at its end" : "",
            source.reconnects > 0 ? fmt::format(", {} reconnects", source.reconnects) : "");
        if (!source.detail.empty()) {
            add(out, "{:<14}  {}", "", printable(source.detail));
        }
        for (const RunStatus::Partition& part : source.partitions) {
            add(out,
                "{:<14}  {}: position {}, {}",
                "",
                printable(part.label.empty() ? part.partition : part.label),
                part.position,
                lag_text(part.position, part.end));
        }
    }
}

void add_sinks(std::string& out, const StatusReport& report) {
    for (const SinkFacts& sink : report.store.sinks) {
        std::string state;
        std::string detail;
        if (report.run) {
            for (const RunStatus::Sink& live : report.run->sinks) {
                if (live.name == sink.name) {
                    state = live.state + ", ";
                    detail = live.detail;
                }
            }
        }
        add(out,
            "{:<14}{}: {}sent up to {}, backlog {}, refused {}",
            "sink",
            printable(sink.name),
            printable(state),
            sink.cursor,
            sink.backlog,
            sink.refused);
        if (!detail.empty()) {
            add(out, "{:<14}  {}", "", printable(detail));
        }
    }
    if (!report.run) {
        return;
    }
    // One that has sent nothing yet has no cursor in the store.
    for (const RunStatus::Sink& live : report.run->sinks) {
        bool is_known = false;
        for (const SinkFacts& sink : report.store.sinks) {
            is_known = is_known || sink.name == live.name;
        }
        if (!is_known) {
            add(out,
                "{:<14}{}: {}, nothing sent yet, backlog {}{}{}",
                "sink",
                printable(live.name),
                printable(live.state),
                live.backlog,
                live.detail.empty() ? "" : ": ",
                printable(live.detail));
        }
    }
}

void add_counters(std::string& out, const StatusReport& report) {
    for (const bool loss : {true, false}) {
        std::string_view label = loss ? "losses" : "counters";
        bool is_any = false;
        for (const auto& [name, n] : report.store.counters.all()) {
            if (is_loss(name) == loss) {
                add(out, "{:<14}{}: {}", label, printable(name), n);
                label = "";
                is_any = true;
            }
        }
        if (loss && !is_any) {
            add(out, "{:<14}none", label);
        }
    }
}

void write_time(JsonWriter& json, std::string_view name, Timestamp time) {
    json.key(name);
    if (time == no_time) {
        json.null();
    } else {
        json.value(std::string_view(format_time(time)));
    }
}

void write_store(JsonWriter& json, const StoreFacts& facts) {
    json.key("store").begin_object();
    json.member("id", std::string_view(facts.store_id)).member("epoch", facts.epoch);
    write_time(json, "last_commit", facts.last_commit);
    json.member("content", std::string_view(facts.content));
    json.member("alerts", facts.alerts).member("alert_bytes", facts.alert_bytes);
    json.member("last_sequence", facts.last_sequence);
    json.member("dead_letters", facts.dead_letters);
    json.member("dead_letter_bytes", facts.dead_letter_bytes);
    json.member("file_bytes", facts.file_bytes);
    json.member("indexed_up_to", facts.indexed_up_to);
    json.key("positions").begin_array();
    for (const Position& position : facts.positions) {
        json.begin_object().member("partition", std::string_view(position.partition));
        json.member("origin", std::string_view(position.origin));
        json.member("next", position.next).end_object();
    }
    json.end_array().key("watermarks").begin_array();
    for (const Epoch::Watermark& watermark : facts.watermarks) {
        json.begin_object().member("partition", std::string_view(watermark.partition));
        write_time(json, "newest_event", watermark.newest);
        json.end_object();
    }
    json.end_array().key("state").begin_array();
    for (const StateFacts& state : facts.state) {
        json.begin_object().member("detector", std::string_view(state.detector));
        json.member("rows", state.rows).member("entities", state.entities).end_object();
    }
    json.end_array().key("sinks").begin_array();
    for (const SinkFacts& sink : facts.sinks) {
        json.begin_object().member("name", std::string_view(sink.name));
        json.member("cursor", sink.cursor).member("backlog", sink.backlog);
        json.member("refused", sink.refused).end_object();
    }
    json.end_array().end_object();
}

void write_counters(JsonWriter& json, const StoreFacts& facts) {
    for (const bool loss : {true, false}) {
        json.key(loss ? "losses" : "counters").begin_object();
        for (const auto& [name, n] : facts.counters.all()) {
            if (is_loss(name) == loss) {
                json.member(name, n);
            }
        }
        json.end_object();
    }
}

}  // namespace

Result<StatusReport> gather_status(const std::string& dir, Timestamp now) {
    SPOOR_TRY(const auto reader, Reader::open(dir));
    StatusReport report;
    report.dir = dir;
    report.now = now;
    SPOOR_TRY(report.store, reader->facts());
    if (Result<RunStatus> run = read_run_status(dir)) {
        report.run = std::move(*run);
    }
    const bool spoke_lately =
        report.run && report.run->updated != no_time && now - report.run->updated < silent_after;
    if (is_in_use(dir)) {
        report.life = spoke_lately ? StatusReport::Life::running : StatusReport::Life::silent;
    } else if (report.run) {
        report.life = StatusReport::Life::ended;
    }
    return report;
}

std::string to_text(const StatusReport& report) {
    std::string out;
    add_life(out, report);
    add_rules(out, report);
    add_store(out, report);
    add_sources(out, report);
    add_sinks(out, report);
    if (report.run && report.life == StatusReport::Life::running) {
        for (const RunStatus::Queue& queue : report.run->queues) {
            add(out,
                "{:<14}{}: {} of {}, at most {} so far",
                "queue",
                printable(queue.name),
                bytes_text(queue.bytes),
                bytes_text(queue.max_bytes),
                bytes_text(queue.high_water_bytes));
        }
    }
    add_counters(out, report);
    return out;
}

std::string to_json(const StatusReport& report) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("data", std::string_view(report.dir));
    json.member("life", name_of(report.life));
    write_time(json, "now", report.now);
    write_store(json, report.store);
    write_counters(json, report.store);
    json.key("run");
    if (report.run) {
        std::string run = to_json(*report.run);
        run.pop_back();  // its line end
        json.raw(run);
    } else {
        json.null();
    }
    json.end_object();
    out += '\n';
    return out;
}

}  // namespace spoor::store
