// A scalar's text into the typed Value that its key asks for, and back into text for people.
// Pure functions; safe from any thread.
#pragma once

#include "config/keys.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace spoor::config {

// What is wrong with a value. The value itself stands apart, so that none of it, cut short or not,
// is in the message of one that must not be shown.
struct ValueError {
    std::string code;
    std::string before;
    std::string shown;  // of the value; empty when the message does not repeat it
    std::string after;
    std::string hint;

    [[nodiscard]] std::string message(bool hide) const;
};

// For a message: in quotes, cut short, without the login of a URL.
[[nodiscard]] std::string quoted(std::string_view text);
// `is_text`: written in quotes, so it is no number and no true or false.
[[nodiscard]] std::optional<ValueError> parse_value(const Key& key,
                                                    std::string_view text,
                                                    bool is_text,
                                                    Value& out);
// The value of a key with no scalar form (lists) is put together from its items; this reads the
// table's own "[a, b]".
[[nodiscard]] Value parse_fallback(const Key& key);
// As `config show` prints it: secrets as ****, durations with their unit.
[[nodiscard]] std::string value_text(const Key& key, const Value& value);
// As librdkafka takes it: milliseconds, bytes, true or false.
[[nodiscard]] std::string property_text(const Key& key, const Value& value);
// "host", "host:9092", "PLAINTEXT://host:9092", "[::1]:9092" as host:port; nullopt when it is none.
[[nodiscard]] std::optional<std::string> parse_broker(std::string_view text);
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace spoor::config
