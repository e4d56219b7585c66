// The property names of librdkafka 2.8.0, so that `kafka.librdkafka` is checked when it is read and
// not when the broker is first asked. Constant data; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace spoor::config {

enum class PropertyScope : std::uint8_t { consumer, producer, both };

struct KafkaProperty {
    std::string_view name;
    PropertyScope scope = PropertyScope::both;
    std::int64_t min = 0;  // a whole number when max > min
    std::int64_t max = 0;
    std::string_view choices;  // "a|b"; empty: any text
};

[[nodiscard]] std::span<const KafkaProperty> kafka_properties();
[[nodiscard]] const KafkaProperty* find_kafka_property(std::string_view name);
// Why a property is not for the user to set, and what is instead; empty: it is.
[[nodiscard]] std::string_view denied(std::string_view name);
// One name for settings that have two.
[[nodiscard]] std::string_view canonical_property(std::string_view name);

}  // namespace spoor::config
