#include "base/assert.hpp"
#include "event/field.hpp"
#include "simulate/draw.hpp"
#include "simulate/simulate.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>
#include <utility>

namespace spoor::simulate {

namespace {

constexpr std::array<std::string_view, 6> original_entities = {
    "host1", "host2", "host3", "workstation4", "server5", "laptop6"};

// Ranges of the original's producer, in hundredths, in the canonical order of the features.
struct FeatureRange {
    std::int64_t lo;
    std::int64_t hi;
    bool can_be_anomalous;
};

constexpr std::array<FeatureRange, num_features> ranges = {{{10, 70, true},
                                                            {10, 50, false},
                                                            {10, 30, true},
                                                            {10, 70, false},
                                                            {10, 40, false},
                                                            {10, 60, true},
                                                            {20, 60, true},
                                                            {10, 60, true},
                                                            {10, 50, false},
                                                            {10, 60, false}}};
constexpr std::array<std::size_t, 5> anomaly_pool = {0, 2, 5, 6, 7};
constexpr FeatureRange anomalous_range = {80, 95, true};

// Values are integers of 16 decimals, so that no rounding is involved in writing them.
constexpr int decimals = 16;
constexpr std::int64_t hundredth = 100'000'000'000'000;

std::int64_t draw(Random& random, const FeatureRange& range) {
    return random.between(range.lo * hundredth, range.hi * hundredth - 1);
}

void append_fraction(std::string& out, std::int64_t value) {
    char text[2 + decimals] = {'0', '.'};
    for (int i = 1 + decimals; i >= 2; --i) {
        text[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(text, sizeof text);
}

// `, "network_traffic_volume_mean": ` and so on: the separators of Python's json module.
std::array<std::string, num_features> make_keys() {
    std::array<std::string, num_features> keys;
    for (std::size_t i = 0; i < num_features; ++i) {
        keys[i] = fmt::format(", \"{}_mean\": ", feature_name(i));
    }
    return keys;
}

}  // namespace

struct FeatureMessages::Parts {
    FeatureOptions options;
    Random random;
    Random poison;
    std::array<std::string, num_features> keys = make_keys();
    std::uint64_t index = 0;
    std::uint64_t num_poison = 0;

    explicit Parts(const FeatureOptions& o)
        : options(o),
          random(Random(o.seed).fork("features")),
          poison(Random(o.seed).fork("poison")) {
        SPOOR_ASSERT(o.start != no_time, "feature messages need a start");
        SPOOR_ASSERT(o.num_hosts >= 0 && o.anomaly_every >= 0, "a negative count");
    }

    [[nodiscard]] std::string entity(Random& from) const {
        if (options.num_hosts == 0) {
            return std::string(pick(from, original_entities));
        }
        return fmt::format("host{}", 1 + from.below(static_cast<std::uint64_t>(options.num_hosts)));
    }

    // Two or three of the pool, without repetition, as the high bits of a mask.
    unsigned anomalous_features() {
        std::array<std::size_t, anomaly_pool.size()> order = anomaly_pool;
        const std::size_t count = 2 + random.below(2);
        unsigned mask = 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::swap(order[i], order[i + random.below(order.size() - i)]);
            mask |= 1U << order[i];
        }
        return mask;
    }

    void append_object(std::string& out, Timestamp time, std::string_view host, bool anomalous) {
        const unsigned mask = anomalous ? anomalous_features() : 0;
        out += R"({"entity": ")";
        out += host;
        out += '"';
        for (std::size_t i = 0; i < num_features; ++i) {
            out += keys[i];
            append_fraction(out, draw(random, (mask >> i & 1U) != 0 ? anomalous_range : ranges[i]));
        }
        out += R"(, "timestamp": ")";
        append_naive_time(out, time);
        out += "\"}";
    }

    [[nodiscard]] Timestamp time_of(std::uint64_t i) const {
        return options.start + options.step * static_cast<std::int64_t>(i);
    }

    [[nodiscard]] Message message() {
        Message m;
        m.time = time_of(index);
        m.host = entity(random);
        m.anomalous = options.anomaly_every > 0 &&
                      index % static_cast<std::uint64_t>(options.anomaly_every) == 0;
        m.json.reserve(544);
        append_object(m.json, m.time, m.host, m.anomalous);
        ++index;
        return m;
    }
};

FeatureMessages::FeatureMessages(const FeatureOptions& options)
    : parts_(std::make_unique<Parts>(options)) {}

FeatureMessages::~FeatureMessages() = default;

Message FeatureMessages::next() {
    return parts_->message();
}

Message FeatureMessages::next_array(std::size_t size, bool one_bad) {
    SPOOR_ASSERT(size > 0, "an empty array");
    Message m;
    m.json += '[';
    const std::size_t bad = one_bad ? size / 2 : size;
    for (std::size_t i = 0; i < size; ++i) {
        if (i > 0) {
            m.json += ", ";
        }
        if (i == bad) {
            m.json += "\"not an event\"";
            continue;
        }
        const Message element = parts_->message();
        m.json += element.json;
        m.anomalous = m.anomalous || element.anomalous;
        m.time = element.time;
        m.host = element.host;
    }
    m.json += ']';
    if (m.time == no_time || m.host.empty()) {
        m.time = parts_->time_of(parts_->index);
        m.host = parts_->entity(parts_->poison);
    }
    return m;
}

namespace {

// A record without a line feed, so that it is one dead letter, in the n-th way of being no event.
std::string undecodable(std::string_view host, std::uint64_t n) {
    constexpr std::size_t depth = 200;
    switch (n % num_poison_kinds) {
        case 0:
            return fmt::format(R"({{"entity": "{}", "cpu_usage_mean": 0.{})", host, n + 1);
        case 1:
            return fmt::format("poison record {} for {}", n, host);
        case 2:
            return fmt::format("{{\"entity\": \"{}\", \"note\": \"\xC3\x28\xFF{}\"}}", host, n);
        case 3:
            return fmt::format("{}", n);
        case 4:
            return {};
        case 5: {
            std::string deep;
            for (std::size_t i = 0; i < depth; ++i) {
                deep += R"({"a": )";
            }
            deep += fmt::format("{}", n);
            deep.append(depth, '}');
            return deep;
        }
        case 6:
            return fmt::format(R"([{{"entity": "{}", "cpu_usage_mean": 0.3{})", host, n);
        case 7:
            return fmt::format(R"("a text: {}")", n);
        case 8:
            return fmt::format(R"({{"entity": "{}", "cpu_usage_mean": NaN, "n": {}}})", host, n);
        case 9:
            return fmt::format(R"({{'entity': '{}', 'n': {}}})", host, n);
        case 10:
            return fmt::format(R"({{"entity": "{}", "note": "never closed {}}})", host, n);
        default:
            return fmt::format(R"({{"entity": "{}" "n": {}}})", host, n);
    }
}

}  // namespace

Message FeatureMessages::next_poison() {
    Parts& p = *parts_;
    Message m;
    m.time = p.time_of(p.index);
    m.host = p.entity(p.poison);
    m.json = undecodable(m.host, p.num_poison);
    ++p.num_poison;
    return m;
}

}  // namespace spoor::simulate
