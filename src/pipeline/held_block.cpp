#include "pipeline/held_block.hpp"

#include <cstdint>
#include <unordered_map>

namespace spoor::pipeline {

namespace {

constexpr std::uint64_t form = 1;

void put(std::string& out, std::uint64_t value, int num_bytes) {
    for (int i = 0; i < num_bytes; ++i) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
    }
}

void put_text(std::string& out, std::string_view text) {
    put(out, text.size(), 4);
    out += text;
}

// Texts by number, in the order of their first use.
class Texts {
public:
    std::uint32_t number(std::string_view text) {
        const auto [it, is_new] =
            numbers_.try_emplace(text, static_cast<std::uint32_t>(numbers_.size()));
        if (is_new) {
            put_text(bytes_, text);
        }
        return it->second;
    }

    void write(std::string& out) const {
        put(out, numbers_.size(), 4);
        out += bytes_;
    }

private:
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
    std::string bytes_;
};

class Reading {
public:
    explicit Reading(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number(int num_bytes) {
        const auto size = static_cast<std::size_t>(num_bytes);
        if (rest_.size() < size) {
            good_ = false;
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
        }
        rest_.remove_prefix(size);
        return value;
    }

    std::string_view text() {
        const std::uint64_t size = number(4);
        if (rest_.size() < size) {
            good_ = false;
            return {};
        }
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return text;
    }

    std::string_view text_of(const std::vector<std::string_view>& texts) {
        const std::uint64_t n = number(4);
        if (n >= texts.size()) {
            good_ = false;
            return {};
        }
        return texts[n];
    }

    [[nodiscard]] bool good() const { return good_; }

    [[nodiscard]] bool at_end() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::string encode_held(std::span<const alert::Signal* const> signals, const OriginTable& origins) {
    Texts texts;
    std::string body;
    for (const alert::Signal* s : signals) {
        put(body, texts.number(s->detector), 4);
        put(body, texts.number(origins.text(s->ref.origin)), 4);
        put(body, texts.number(origins.text(s->ref.partition)), 4);
        put(body, static_cast<std::uint64_t>(s->ref.position), 8);
        put(body, s->ref.element, 4);
        put(body, static_cast<std::uint64_t>(s->time.time_since_epoch().count()), 8);
        put_text(body, s->host_key);
        put_text(body, s->bytes);
    }
    std::string out;
    put(out, form, 1);
    texts.write(out);
    put(out, signals.size(), 4);
    return out += body;
}

bool decode_held(std::string_view bytes, OriginTable& origins, std::vector<alert::Signal>& out) {
    const std::size_t size_before = out.size();
    Reading in(bytes);
    if (in.number(1) != form) {
        return false;
    }
    std::vector<std::string_view> texts;
    for (std::uint64_t n = in.number(4); n > 0 && in.good(); --n) {
        texts.push_back(in.text());
    }
    for (std::uint64_t n = in.number(4); n > 0 && in.good(); --n) {
        alert::Signal signal;
        signal.detector = in.text_of(texts);
        const std::string_view origin = in.text_of(texts);
        const std::string_view partition = in.text_of(texts);
        signal.ref.position = static_cast<std::int64_t>(in.number(8));
        signal.ref.element = static_cast<std::uint32_t>(in.number(4));
        signal.time = Timestamp{Duration{static_cast<std::int64_t>(in.number(8))}};
        signal.host_key = in.text();
        signal.bytes = in.text();
        if (in.good()) {
            signal.ref.origin = origins.intern(origin);
            signal.ref.partition = origins.intern(partition);
            out.push_back(std::move(signal));
        }
    }
    if (!in.at_end()) {
        out.resize(size_before);
        return false;
    }
    return true;
}

}  // namespace spoor::pipeline
