#include "event/origin.hpp"

#include "base/assert.hpp"

#include <fmt/format.h>

namespace spoor {

std::uint32_t OriginTable::intern(std::string_view text) {
    const std::lock_guard lock(mutex_);
    const auto it = numbers_.find(text);
    if (it != numbers_.end()) {
        return it->second;
    }
    const auto number = static_cast<std::uint32_t>(texts_.size());
    texts_.emplace_back(text);
    numbers_.emplace(texts_.back(), number);
    return number;
}

std::string_view OriginTable::text(std::uint32_t number) const {
    const std::lock_guard lock(mutex_);
    SPOOR_ASSERT(number < texts_.size(), "an origin that was never interned");
    return texts_[number];
}

void OriginTable::set_label(std::uint32_t number, std::string_view label) {
    const std::lock_guard lock(mutex_);
    SPOOR_ASSERT(number < texts_.size(), "an origin that was never interned");
    while (labels_.size() <= number) {
        labels_.emplace_back();
    }
    if (labels_[number].empty()) {
        labels_[number] = label;
    }
}

std::string_view OriginTable::label(std::uint32_t number) const {
    const std::lock_guard lock(mutex_);
    return number < labels_.size() ? std::string_view(labels_[number]) : std::string_view();
}

std::string OriginTable::place(const EventRef& ref, std::uint64_t line) const {
    if (line == 0) {
        return {};
    }
    const std::string_view name = label(ref.origin);
    const std::string value =
        ref.element == 0 ? std::string() : fmt::format(" (value {})", ref.element + 1);
    return fmt::format("{}:{}{}: ", name.empty() ? "standard input" : name, line, value);
}

void OriginTable::append_ref(std::string& out, const EventRef& ref) const {
    const std::string_view origin = text(ref.origin);
    out += origin;
    out += origin.starts_with("kafka:") ? '/' : '@';
    const fmt::format_int position(ref.position);
    out.append(position.data(), position.size());
    out += '#';
    const fmt::format_int element(ref.element);
    out.append(element.data(), element.size());
}

std::string OriginTable::ref(const EventRef& ref) const {
    std::string out;
    append_ref(out, ref);
    return out;
}

}  // namespace spoor
