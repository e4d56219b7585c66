#include "store/run_status.hpp"

#include "base/json_writer.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

namespace spoor::store {

namespace {

using Json = nlohmann::json;

std::string path_of(const std::string& dir) {
    return dir + "/status.json";
}

std::string time_member(Timestamp time) {
    return time == no_time ? std::string() : format_time(time);
}

void write_epoch(JsonWriter& json, const RunStatus::LastEpoch& epoch) {
    json.key("epoch").begin_object();
    json.member("number", epoch.number);
    json.member("committed", std::string_view(time_member(epoch.committed)));
    json.member("alerts", epoch.alerts).member("rows", epoch.rows).member("bytes", epoch.bytes);
    json.member("pause_us", epoch.pause.count());
    json.end_object();
}

void write_queues(JsonWriter& json, const RunStatus& status) {
    json.key("queues").begin_array();
    for (const RunStatus::Queue& queue : status.queues) {
        json.begin_object();
        json.member("name", std::string_view(queue.name)).member("items", queue.items);
        json.member("bytes", queue.bytes).member("max_bytes", queue.max_bytes);
        json.member("high_water_bytes", queue.high_water_bytes);
        json.end_object();
    }
    json.end_array();
}

void write_sources(JsonWriter& json, const RunStatus& status) {
    json.key("sources").begin_array();
    for (const RunStatus::Source& source : status.sources) {
        json.begin_object();
        json.member("name", std::string_view(source.name));
        json.member("state", std::string_view(source.state));
        json.member("detail", std::string_view(source.detail));
        json.member("at_end", source.at_end).member("reconnects", source.reconnects);
        json.key("partitions").begin_array();
        for (const RunStatus::Partition& partition : source.partitions) {
            json.begin_object();
            json.member("partition", std::string_view(partition.partition));
            json.member("label", std::string_view(partition.label));
            json.member("position", partition.position).member("end", partition.end);
            json.end_object();
        }
        json.end_array().end_object();
    }
    json.end_array();
}

void write_sinks(JsonWriter& json, const RunStatus& status) {
    json.key("sinks").begin_array();
    for (const RunStatus::Sink& sink : status.sinks) {
        json.begin_object();
        json.member("name", std::string_view(sink.name));
        json.member("state", std::string_view(sink.state));
        json.member("detail", std::string_view(sink.detail));
        json.member("cursor", sink.cursor).member("backlog", sink.backlog);
        json.member("refused", sink.refused);
        json.end_object();
    }
    json.end_array();
}

void write_rules(JsonWriter& json, const RunStatus::Rules& rules) {
    if (rules.loaded == no_time) {
        return;
    }
    json.key("rules").begin_object();
    json.member("loaded", std::string_view(time_member(rules.loaded)));
    json.member("version", std::string_view(rules.version));
    json.member("rules", rules.rules).member("correlations", rules.correlations);
    json.member("filters", rules.filters).member("failed", rules.failed);
    json.member("skipped", rules.skipped).member("detail", std::string_view(rules.detail));
    json.end_object();
}

// Reads members that may be absent or of another kind.
class Members {
public:
    explicit Members(const Json& object) : object_(object) {}

    void read(const char* name, std::string& out) const {
        if (const Json* value = find(name); value != nullptr && value->is_string()) {
            out = value->get_ref<const std::string&>();
        }
    }

    void read(const char* name, bool& out) const {
        if (const Json* value = find(name); value != nullptr && value->is_boolean()) {
            out = value->get<bool>();
        }
    }

    void read(const char* name, std::uint64_t& out) const {
        if (const Json* value = find(name); value != nullptr && value->is_number_unsigned()) {
            out = value->get<std::uint64_t>();
        }
    }

    void read(const char* name, std::int64_t& out) const {
        const Json* value = find(name);
        if (value == nullptr || !value->is_number_integer() ||
            (value->is_number_unsigned() &&
             value->get<std::uint64_t>() >
                 static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))) {
            return;
        }
        out = value->get<std::int64_t>();
    }

    void read(const char* name, double& out) const {
        if (const Json* value = find(name); value != nullptr && value->is_number()) {
            out = value->get<double>();
        }
    }

    void read(const char* name, Timestamp& out) const {
        std::string text;
        read(name, text);
        out = parse_time(text).value_or(out);
    }

    void read(const char* name, Duration& out) const {
        std::int64_t count = out.count();
        read(name, count);
        out = Duration{count};
    }

    // Calls `take` for each object in the array `name`.
    template <class Take>
    void each(const char* name, const Take& take) const {
        const Json* list = find(name);
        if (list == nullptr || !list->is_array()) {
            return;
        }
        for (const Json& item : *list) {
            if (item.is_object()) {
                take(Members(item));
            }
        }
    }

    [[nodiscard]] const Json* find(const char* name) const {
        const auto it = object_.find(name);
        return it == object_.end() ? nullptr : &*it;
    }

private:
    const Json& object_;
};

void read_sources(const Members& members, RunStatus& out) {
    members.each("sources", [&](const Members& item) {
        RunStatus::Source& source = out.sources.emplace_back();
        item.read("name", source.name);
        item.read("state", source.state);
        item.read("detail", source.detail);
        item.read("at_end", source.at_end);
        item.read("reconnects", source.reconnects);
        item.each("partitions", [&](const Members& part) {
            RunStatus::Partition& partition = source.partitions.emplace_back();
            part.read("partition", partition.partition);
            part.read("label", partition.label);
            part.read("position", partition.position);
            part.read("end", partition.end);
        });
    });
}

void read_sinks_and_queues(const Members& members, RunStatus& out) {
    members.each("sinks", [&](const Members& item) {
        RunStatus::Sink& sink = out.sinks.emplace_back();
        item.read("name", sink.name);
        item.read("state", sink.state);
        item.read("detail", sink.detail);
        item.read("cursor", sink.cursor);
        item.read("backlog", sink.backlog);
        item.read("refused", sink.refused);
    });
    members.each("queues", [&](const Members& item) {
        RunStatus::Queue& queue = out.queues.emplace_back();
        item.read("name", queue.name);
        item.read("items", queue.items);
        item.read("bytes", queue.bytes);
        item.read("max_bytes", queue.max_bytes);
        item.read("high_water_bytes", queue.high_water_bytes);
    });
}

void read_epoch_and_counters(const Members& members, RunStatus& out) {
    if (const Json* epoch = members.find("epoch"); epoch != nullptr && epoch->is_object()) {
        const Members item(*epoch);
        item.read("number", out.epoch.number);
        item.read("committed", out.epoch.committed);
        item.read("alerts", out.epoch.alerts);
        item.read("rows", out.epoch.rows);
        item.read("bytes", out.epoch.bytes);
        item.read("pause_us", out.epoch.pause);
    }
    if (const Json* counters = members.find("counters");
        counters != nullptr && counters->is_object()) {
        for (const auto& [name, value] : counters->items()) {
            if (value.is_number_unsigned()) {
                out.counters.add(name, value.get<std::uint64_t>());
            }
        }
    }
}

void read_rules(const Members& members, RunStatus::Rules& out) {
    const Json* rules = members.find("rules");
    if (rules == nullptr || !rules->is_object()) {
        return;
    }
    const Members item(*rules);
    item.read("loaded", out.loaded);
    item.read("version", out.version);
    item.read("rules", out.rules);
    item.read("correlations", out.correlations);
    item.read("filters", out.filters);
    item.read("failed", out.failed);
    item.read("skipped", out.skipped);
    item.read("detail", out.detail);
}

}  // namespace

std::string to_json(const RunStatus& status) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("pid", status.pid).member("version", std::string_view(status.version));
    json.member("state", std::string_view(status.state));
    json.member("detail", std::string_view(status.detail));
    json.member("started", std::string_view(time_member(status.started)));
    json.member("updated", std::string_view(time_member(status.updated)));
    json.member("events_per_second", status.events_per_second);
    write_epoch(json, status.epoch);
    write_queues(json, status);
    write_sources(json, status);
    write_sinks(json, status);
    write_rules(json, status.rules);
    json.key("counters").begin_object();
    for (const auto& [name, n] : status.counters.all()) {
        json.member(name, n);
    }
    json.end_object().end_object();
    out += '\n';
    return out;
}

Result<RunStatus> parse_run_status(std::string_view text) {
    const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!json.is_object()) {
        return fail(Errc::corrupt, "the status file is not a JSON object");
    }
    RunStatus out;
    const Members members(json);
    members.read("pid", out.pid);
    members.read("version", out.version);
    members.read("state", out.state);
    members.read("detail", out.detail);
    members.read("started", out.started);
    members.read("updated", out.updated);
    members.read("events_per_second", out.events_per_second);
    read_epoch_and_counters(members, out);
    read_sources(members, out);
    read_sinks_and_queues(members, out);
    read_rules(members, out.rules);
    return out;
}

Result<void> write_run_status(const std::string& dir, const RunStatus& status) {
    const std::string path = path_of(dir);
    const std::string draft = path + ".new";
    {
        std::ofstream file(draft, std::ios::binary | std::ios::trunc);
        file << to_json(status);
        if (!file.flush()) {
            return fail(Errc::io, fmt::format("cannot write {}", draft));
        }
    }
    if (std::rename(draft.c_str(), path.c_str()) != 0) {
        return fail(Errc::io, fmt::format("cannot rename {} to {}", draft, path));
    }
    return {};
}

Result<RunStatus> read_run_status(const std::string& dir) {
    std::ifstream file(path_of(dir), std::ios::binary);
    if (!file) {
        return fail(Errc::not_found, fmt::format("{} is not there", path_of(dir)));
    }
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    return parse_run_status(text);
}

}  // namespace spoor::store
