#include "sigma/correlation_signal.hpp"

#include <cstring>
#include <tuple>
#include <utility>

namespace spoor::sigma {

namespace {

constexpr std::uint32_t missing = 0xFFFFFFFF;

void append_size(std::string& out, std::uint32_t size) {
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    out.append(bytes, sizeof size);
}

}  // namespace

void MatchSignal::assign(RuleIndex of_rule,
                         Timestamp at,
                         const EventRef& its_ref,
                         std::string_view host_key,
                         std::string_view host) {
    rule = of_rule;
    correlation = no_correlation;
    time = at;
    known = at;
    ref = its_ref;
    buffer_.assign(host_key);
    buffer_ += host;
    host_key_size_ = static_cast<std::uint32_t>(host_key.size());
    host_size_ = static_cast<std::uint32_t>(host.size());
    num_values_ = 0;
}

void MatchSignal::add_value(std::string_view text) {
    append_size(buffer_, static_cast<std::uint32_t>(text.size()));
    buffer_ += text;
    ++num_values_;
}

void MatchSignal::add_missing() {
    append_size(buffer_, missing);
    ++num_values_;
}

std::string_view MatchSignal::host_key() const {
    return std::string_view(buffer_).substr(0, host_key_size_);
}

std::string_view MatchSignal::host() const {
    return std::string_view(buffer_).substr(host_key_size_, host_size_);
}

std::optional<std::string_view> MatchSignal::value(std::size_t place) const {
    if (place >= num_values_) {
        return std::nullopt;
    }
    std::size_t at = std::size_t{host_key_size_} + host_size_;
    for (std::size_t i = 0;; ++i) {
        std::uint32_t size = 0;
        std::memcpy(&size, buffer_.data() + at, sizeof size);
        at += sizeof size;
        if (i == place) {
            return size == missing ? std::nullopt
                                   : std::optional(std::string_view(buffer_).substr(at, size));
        }
        at += size == missing ? 0 : size;
    }
}

bool are_of_one_event(const MatchSignal& a, const MatchSignal& b) {
    const auto place = [](const MatchSignal& m) {
        return std::tie(m.known, m.ref.origin, m.ref.position, m.ref.element);
    };
    return place(a) == place(b);
}

bool comes_first(const MatchSignal& a, const MatchSignal& b) {
    const auto turn = [](const MatchSignal& m) {
        const bool is_firing = m.correlation != no_correlation;
        return std::pair(is_firing, is_firing ? m.correlation : m.rule);
    };
    return turn(a) < turn(b);
}

}  // namespace spoor::sigma
