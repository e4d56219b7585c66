#include "simulate/truth.hpp"

#include "base/json_writer.hpp"

#include <fmt/core.h>

#include <iterator>

namespace spoor::simulate {

void Truth::add(const Message& message, std::string& out) {
    const std::uint64_t number = num_events_++;
    if (message.scenario_id.empty()) {
        return;
    }
    const auto [it, is_new] = scenarios_.try_emplace(message.scenario_id);
    Scenario& scenario = it->second;
    if (is_new) {
        scenario.type = message.scenario;
        scenario.host = message.host;
        scenario.first = message.time;
    }
    scenario.last = message.time;
    scenario.last_stage = message.stage;
    ++scenario.num_events;
    JsonWriter json(out);
    json.begin_object().member("event", number);
    json.member("timestamp", std::string_view(format_time(message.time)));
    json.member("host", std::string_view(message.host));
    json.member("scenario_id", std::string_view(message.scenario_id));
    json.member("scenario_type", message.scenario).member("scenario_stage", message.stage);
    json.end_object();
    out += '\n';
}

std::string Truth::summary() const {
    std::string text;
    for (const auto& [id, s] : scenarios_) {
        fmt::format_to(std::back_inserter(text),
                       "{}  {:<17}  {:<12}  {} to {}  {} events, up to stage {}\n",
                       id,
                       s.type,
                       s.host,
                       format_time(s.first),
                       format_time(s.last),
                       s.num_events,
                       s.last_stage);
    }
    return text;
}

}  // namespace spoor::simulate
