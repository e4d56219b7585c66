#include "alert/alert_text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>

namespace spoor::alert {

namespace {

// "kafka:CLUSTER/TOPIC-ID/PARTITION" in its parts; false if it is not that.
bool split_kafka(std::string_view origin, std::string_view& topic, std::string_view& partition) {
    const std::size_t last = origin.rfind('/');
    if (!origin.starts_with("kafka:") || last == std::string_view::npos || last == 0) {
        return false;
    }
    const std::size_t before = origin.rfind('/', last - 1);
    if (before == std::string_view::npos) {
        return false;
    }
    topic = origin.substr(before + 1, last - before - 1);
    partition = origin.substr(last + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !partition.empty() && std::ranges::all_of(partition, digit);
}

}  // namespace

Text& Text::number(double value) {
    if (!std::isfinite(value)) {
        return raw("null");
    }
    std::array<char, 32> buffer;
    char* const end = fmt::format_to(buffer.data(), FMT_COMPILE("{}"), value);
    out_.append(buffer.data(), end);
    return *this;
}

Text& Text::number(std::int64_t value) {
    const fmt::format_int text(value);
    out_.append(text.data(), text.size());
    return *this;
}

Text& Text::number(std::uint64_t value) {
    const fmt::format_int text(value);
    out_.append(text.data(), text.size());
    return *this;
}

void write_place(Text& text, const EventRef& ref, const OriginTable& origins) {
    const std::string_view origin = origins.text(ref.origin);
    const std::string_view name = origins.label(ref.origin);
    std::string_view topic;
    std::string_view partition;
    if (split_kafka(origin, topic, partition)) {
        text.raw(R"(kafka","topic":")").escaped(name.empty() ? topic : name);
        text.raw(R"(","partition":)").raw(partition);
    } else {
        text.escaped(origin.substr(0, origin.find(':')));
        text.raw(R"(","name":")")
            .escaped(name.empty() ? origins.text(ref.partition) : name)
            .raw("\"");
    }
}

}  // namespace spoor::alert
