// The parts that the table of keys is put together from, one a family of sections, and the setters
// they share. Only keys.cpp and the key_*.cpp files include this.
#pragma once

#include "base/assert.hpp"
#include "config/keys.hpp"

#include <span>
#include <string>
#include <vector>

namespace spoor::config::tables {

[[nodiscard]] std::span<const Key> kafka();
[[nodiscard]] std::span<const Key> settings();
[[nodiscard]] std::span<const Key> sigma();
[[nodiscard]] std::span<const Key> own();
[[nodiscard]] std::span<const Key> simulation();
[[nodiscard]] std::span<const Key> later();

inline void assign(bool& to, const Value& v) {
    to = v.flag;
}

inline void assign(int& to, const Value& v) {
    to = static_cast<int>(v.integer);
}

inline void assign(std::uint64_t& to, const Value& v) {
    to = static_cast<std::uint64_t>(v.integer);
}

inline void assign(double& to, const Value& v) {
    to = v.number;
}

inline void assign(Duration& to, const Value& v) {
    to = v.duration;
}

inline void assign(std::string& to, const Value& v) {
    to = v.text;
}

inline void assign(Secret& to, const Value& v) {
    to = Secret(v.text);
}

inline void assign(std::vector<std::string>& to, const Value& v) {
    to = v.texts;
}

inline void assign(std::vector<int>& to, const Value& v) {
    to = v.integers;
}

// set<&Config::redis, &Redis::host>
template <auto Section, auto Member>
void set(Config& c, const Value& v) {
    assign((c.*Section).*Member, v);
}

// The section is there when its keys are applied.
inline Kafka& kafka_of(Config& c) {
    SPOOR_ASSERT(c.kafka.has_value(), "keys of kafka without the section");
    return *c.kafka;
}

// set_kafka<&Kafka::group_id>
template <auto Member>
void set_kafka(Config& c, const Value& v) {
    assign(kafka_of(c).*Member, v);
}

}  // namespace spoor::config::tables
