#include "app/run_report.hpp"
#include "store/run_status.hpp"

#include <unistd.h>

#include <utility>

namespace spoor::app {

namespace {

store::RunStatus::Source of(const source::SourceHealth& health) {
    store::RunStatus::Source out;
    out.name = health.name;
    out.state = source::to_string(health.state);
    out.detail = health.detail;
    out.at_end = health.at_end;
    out.reconnects = health.reconnects;
    for (const source::PartitionHealth& p : health.partitions) {
        out.partitions.push_back({p.partition, p.label, p.position, p.end});
    }
    return out;
}

store::RunStatus::Sink of(const pipeline::SinkStats& stats) {
    store::RunStatus::Sink out;
    out.name = stats.name;
    out.state = stats.connected ? "healthy" : "down";
    out.detail = stats.last_error;
    out.cursor = stats.cursor;
    out.backlog = stats.backlog;
    out.refused = stats.refused;
    return out;
}

}  // namespace

Result<void> write_run_status(const std::string& data_dir, const RunFacts& facts) {
    store::RunStatus status;
    status.pid = getpid();
    status.version = SPOOR_VERSION;
    status.state = facts.state;
    status.detail = facts.keeper.last_error;
    status.started = facts.started;
    status.updated = facts.now;
    status.epoch.number = facts.keeper.epoch;
    status.epoch.committed = facts.keeper.last_commit_at;
    status.epoch.alerts = facts.keeper.last_alerts;
    status.epoch.rows = facts.keeper.last_rows;
    status.epoch.bytes = facts.keeper.last_bytes;
    status.epoch.pause = facts.keeper.last_pause;
    for (const auto& q : facts.queues.queues) {
        status.queues.push_back({q.name, q.items, q.bytes, q.max_bytes, q.high_water});
    }
    for (const source::SourceHealth& s : facts.sources) {
        status.sources.push_back(of(s));
    }
    for (const pipeline::SinkStats& s : facts.sinks) {
        status.sinks.push_back(of(s));
    }
    status.rules = facts.rules;
    status.events_per_second = facts.events_per_second;
    status.counters = facts.keeper.counters;
    return store::write_run_status(data_dir, status);
}

}  // namespace spoor::app
