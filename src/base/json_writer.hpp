// Appends JSON to a string: no tree, no allocation beyond the string's own growth. The caller keeps
// the structure (begin/end, key before value); commas are put in here. Text that is not UTF-8 has
// each bad byte replaced by U+FFFD. Doubles are written shortest-round-trip; NaN and infinity as
// null. Single owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spoor {

class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);

    JsonWriter& value(const char* text) { return value(std::string_view(text)); }

    JsonWriter& value(double number);
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(std::uint64_t number);

    JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }

    JsonWriter& value(bool flag);
    JsonWriter& null();
    JsonWriter& raw(std::string_view json);  // a value that is JSON already

    template <class T>
    JsonWriter& member(std::string_view name, T v) {
        return key(name).value(v);
    }

private:
    void separate();

    std::string& out_;
    bool need_comma_ = false;
};

// The text between the quotes, escaped.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace spoor
