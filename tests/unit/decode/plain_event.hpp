// An event as owned, comparable text: what golden files hold and what the reference decoder gives.
#pragma once

#include "event/event.hpp"

#include <map>
#include <string>

namespace spoor::decode {

struct PlainEvent {
    std::string shape;
    std::string time;  // empty: none
    std::string time_origin;
    bool is_simulated = false;
    std::string host;
    std::string host_key;
    std::string product;
    std::string category;
    std::string service;
    std::map<std::string, std::string> fields;  // by name; values as JSON

    // One line of JSON; fields in the order of their names.
    [[nodiscard]] std::string to_json() const;
};

[[nodiscard]] PlainEvent plain(const Event& event);
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string json_number(double number);
[[nodiscard]] std::string_view name_of(TimeOrigin origin);

}  // namespace spoor::decode
