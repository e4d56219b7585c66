// Pieces of an alert's JSON, appended to a string. Private to alert. One owner.
#pragma once

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "event/origin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::alert {

// A storm of alerts is written here: whole pieces of constant text, and only what may need it is
// escaped.
class Text {
public:
    explicit Text(std::string& out) : out_(out) {}

    Text& raw(std::string_view text) {
        out_.append(text);
        return *this;
    }

    Text& escaped(std::string_view text) {
        append_json_escaped(out_, text);
        return *this;
    }

    // As JsonWriter writes them.
    Text& number(double value);
    Text& number(std::int64_t value);
    Text& number(std::uint64_t value);

    Text& time(Timestamp time) {
        if (time == no_time) {
            return raw("null");
        }
        out_ += '"';
        append_time(out_, time);
        out_ += '"';
        return *this;
    }

    // `name` with comma and colon; nothing if there is no value.
    Text& number_if(std::string_view name, double value) {
        return std::isnan(value) ? *this : raw(name).number(value);
    }

    // File names may hold anything.
    Text& ref(const OriginTable& origins, const EventRef& ref) {
        const std::size_t begin = out_.size();
        origins.append_ref(out_, ref);
        const auto odd = [](char c) {
            return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;  // also bytes above ASCII
        };
        if (std::any_of(out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(), odd)) {
            const std::string text = out_.substr(begin);
            out_.resize(begin);
            escaped(text);
        }
        return *this;
    }

private:
    std::string& out_;
};

// `TYPE","name":"PARTITION"`, or what Kafka has: the beginning of a record's source.
void write_place(Text& text, const EventRef& ref, const OriginTable& origins);

}  // namespace spoor::alert
