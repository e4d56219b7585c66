// The table of configuration keys: the one place that says which keys there are, what each takes,
// its default, what it does and whether this version honours it. Reading, checks, `spoor config
// show`, `config schema` and the reference page are driven by it.
//
// Constant data; safe from any thread.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::config {

enum class KeyType : std::uint8_t {
    text,
    secret,
    boolean,
    integer,
    number,
    duration,   // a bare number counts Key::unit; or "90s", "5m"
    size,       // bytes; or "64MiB", "10MB"
    choice,     // one of Key::choices
    text_list,  // a list, or one text
    integer_list,
    host_list,   // "host:port,host:port" or a list
    time_zone,   // UTC or +hh:mm
    properties,  // librdkafka's own names
    files,       // list of {path, start} or of paths
    text_lists,  // a section of any names, each with a list of texts or one
};

enum class KeyStatus : std::uint8_t {
    honoured,
    replaced,  // taken and checked; `note` says what stands in its place
    accepted,  // taken and checked; no effect in this version, as `note` says
};

// What was written for a key, in the form its type asks for: only the member of that type counts.
struct Value {
    std::string text;  // text, secret, choice; host_list normalised
    bool flag = false;
    std::int64_t integer = 0;  // integer, size
    double number = 0;
    Duration duration{0};  // duration, time_zone
    std::vector<std::string> texts;
    std::vector<int> integers;
};

struct Key {
    std::string_view path = {};  // "kafka.session_timeout_ms"
    KeyType type = KeyType::text;
    std::string_view fallback = {};  // the default, as it would be written; empty: none
    double min = std::numeric_limits<double>::lowest();  // of a duration: in `unit`
    double max = std::numeric_limits<double>::max();
    std::string_view unit = {};     // of a bare number: ms, s, m, d
    std::string_view choices = {};  // "a|b|c", compared without case; the spelling here is kept
    std::string_view null_as =
        {};  // what an empty value or null stands for; by default it is an error
    bool may_be_empty = false;
    KeyStatus status = KeyStatus::honoured;
    std::string_view about = {};  // one line
    std::string_view note = {};   // told to whoever sets the key
    void (*set)(Config&, const Value&) = nullptr;
    // Of a text, or of each in a list: empty, or what is wrong with it ("is not ...").
    std::string_view (*check)(std::string_view) = nullptr;
    std::string_view consumer = {};  // librdkafka property it becomes, for the consumer
    std::string_view producer = {};  // and for our producers
};

// All keys, grouped by section, in the order of the reference page.
[[nodiscard]] std::span<const Key> keys();
// nullptr: no such key.
[[nodiscard]] const Key* find_key(std::string_view path);
// True when some key's path begins with `path` and a dot.
[[nodiscard]] bool is_section(std::string_view path);
// The names that may stand in a section ("" for the top level), in the order of the table.
[[nodiscard]] std::vector<std::string_view> names_in(std::string_view section);
[[nodiscard]] std::string_view type_name(KeyType type);  // "a number", for messages
[[nodiscard]] std::vector<std::string_view> split_choices(std::string_view choices);

}  // namespace spoor::config
