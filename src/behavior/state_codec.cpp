#include "behavior/state_codec.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace spoor::behavior {

namespace {

constexpr std::size_t max_text = 1U << 16U;

class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    void byte(std::uint8_t v) { out_ += static_cast<char>(v); }

    void number(std::uint64_t v) {  // LEB128
        std::array<char, 10> bytes;
        std::size_t size = 0;
        for (; v >= 0x80; v >>= 7U) {
            bytes[size++] = static_cast<char>(v | 0x80U);
        }
        bytes[size++] = static_cast<char>(v);
        out_.append(bytes.data(), size);
    }

    void signed_number(std::int64_t v) {  // zigzag
        const auto u = static_cast<std::uint64_t>(v);
        number((u << 1U) ^ (v < 0 ? ~std::uint64_t{0} : 0));
    }

    void real(float v) { word(std::bit_cast<std::uint32_t>(v), 4); }

    void real(double v) { word(std::bit_cast<std::uint64_t>(v), 8); }

    void text(std::string_view s) {
        number(s.size());
        out_ += s;
    }

    void word(std::uint64_t v, std::size_t size) {
        std::array<char, 8> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<char>(v >> (8 * i) & 0xFFU);
        }
        out_.append(bytes.data(), size);
    }

private:
    std::string& out_;
};

// After a fault everything reads as zero; ok() is asked at the end.
class Reader {
public:
    Reader(std::string_view bytes, Duration window)
        : bytes_(bytes), max_index_(max_time / window.count()) {}

    [[nodiscard]] bool done() const { return ok_ && at_ == bytes_.size(); }

    [[nodiscard]] bool ok() const { return ok_; }

    bool require(bool condition) { return ok_ = ok_ && condition; }

    std::uint8_t byte() {
        if (!require(at_ < bytes_.size())) {
            return 0;
        }
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }

    std::uint64_t number() {
        std::uint64_t v = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t b = byte();
            require(shift < 63 || b <= 1);
            v |= static_cast<std::uint64_t>(b & 0x7FU) << shift;
            if (b < 0x80) {
                require(shift == 0 || b != 0);  // one form only
                return v;
            }
        }
        require(false);
        return 0;
    }

    std::uint32_t small(std::uint64_t most = 0xFFFFFFFFU) {
        const std::uint64_t v = number();
        return require(v <= most) ? static_cast<std::uint32_t>(v) : 0;
    }

    std::int64_t signed_number() {
        const std::uint64_t v = number();
        return static_cast<std::int64_t>((v >> 1U) ^ ((v & 1U) != 0 ? ~std::uint64_t{0} : 0));
    }

    // Of a window.
    std::int64_t index() {
        const std::int64_t v = signed_number();
        return require(v >= -max_index_ - 1 && v <= max_index_) ? v : 0;
    }

    Timestamp time() {
        const std::int64_t v = signed_number();
        return Timestamp{Duration{require(v >= -max_time && v <= max_time) ? v : 0}};
    }

    std::uint64_t word(int bytes) {
        std::uint64_t v = 0;
        for (int i = 0; i < bytes; ++i) {
            v |= static_cast<std::uint64_t>(byte()) << (8 * i);
        }
        return v;
    }

    // Sums and means that the baselines make: finite, in a range that stays so.
    float real(float least, float most) {
        const auto v = std::bit_cast<float>(static_cast<std::uint32_t>(word(4)));
        return require(v >= least && v <= most && !(v == 0 && std::signbit(v))) ? v : 0;
    }

    double real_double(double least, double most) {
        const auto v = std::bit_cast<double>(word(8));
        return require(v >= least && v <= most && !(v == 0 && std::signbit(v))) ? v : 0;
    }

    std::string_view text() {
        const std::uint64_t size = number();
        if (!require(size <= max_text && size <= bytes_.size() - at_)) {
            return {};
        }
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }

private:
    std::string_view bytes_;
    std::int64_t max_index_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

constexpr float big = 1e30F;

float plain(float v) {
    return v == 0 ? 0.0F : v;  // no negative zero
}

void write_ref(Writer& w,
               const OpenWindow::Place& ref,
               std::uint32_t partition,
               const OriginTable& origins) {
    w.text(ref.origin == partition ? std::string_view() : origins.text(ref.origin));
    w.signed_number(ref.position);
    w.number(ref.element);
}

OpenWindow::Place read_ref(Reader& r, std::uint32_t partition, OriginTable& origins) {
    OpenWindow::Place ref;
    const std::string_view origin = r.text();
    r.require(origin != origins.text(partition));
    ref.origin = origin.empty() || !r.ok() ? partition : origins.intern(origin);
    ref.position = r.signed_number();
    ref.element = r.small();
    return ref;
}

void write_sums(Writer& w, const EventSums& s) {
    for (const std::uint32_t n : s.counts) {
        w.number(n);
    }
    w.number(s.transfers);
    w.number(s.large);
    w.real(plain(s.largest));
    w.real(s.bytes);
    w.byte(s.num_new);
    for (std::size_t i = 0; i < s.num_new; ++i) {
        w.word(s.new_keys[i], 4);
    }
}

void read_sums(Reader& r, EventSums& s) {
    for (std::uint32_t& n : s.counts) {
        n = r.small();
    }
    s.transfers = r.small();
    s.large = r.small(s.transfers);
    s.largest = r.real(0, big);
    s.bytes = r.real_double(-1, 1e300);
    s.num_new = r.byte();
    if (!r.require(s.num_new <= EventSums::max_new)) {
        s.num_new = 0;
    }
    for (std::size_t i = 0; i < s.num_new; ++i) {
        s.new_keys[i] = static_cast<std::uint32_t>(r.word(4));
    }
}

void write_window(Writer& w,
                  const OpenWindow& window,
                  std::uint32_t partition,
                  const OriginTable& origins) {
    w.signed_number(window.index);
    w.signed_number(window.newest.time_since_epoch().count());
    write_ref(w, window.first, partition, origins);
    write_ref(w, window.last, partition, origins);
    w.number(window.num_events);
    w.number(window.num_sums);
    w.byte(window.is_simulated ? 1 : 0);
    std::uint32_t mask = 0;
    for (std::size_t i = 0; i < num_features; ++i) {
        mask |= window.gauges.count[i] != 0 ? 1U << i : 0U;
    }
    w.number(mask);
    for (std::size_t i = 0; i < num_features; ++i) {
        if (window.gauges.count[i] != 0) {
            w.number(window.gauges.count[i]);
            w.real(plain(window.gauges.sum[i]));
        }
    }
}

void read_window(Reader& r, OpenWindow& window, std::uint32_t partition, OriginTable& origins) {
    window.index = r.index();
    window.newest = r.time();
    window.first = read_ref(r, partition, origins);
    window.last = read_ref(r, partition, origins);
    window.num_events = r.small();
    window.num_sums = r.small(window.num_events);
    window.is_simulated = r.small(1) == 1;
    const std::uint32_t mask = r.small((1U << num_features) - 1);
    for (std::size_t i = 0; i < num_features; ++i) {
        if ((mask >> i & 1U) != 0) {
            window.gauges.count[i] = static_cast<std::uint16_t>(r.small(0xFFFF));
            r.require(window.gauges.count[i] != 0);
            window.gauges.sum[i] = r.real(-big, big);
        }
    }
}

void write_gauge(Writer& w, const Gauge& g) {
    w.real(plain(g.n));
    w.real(plain(g.mean));
    w.real(plain(g.variance));
    w.real(plain(g.tail));
}

void read_gauge(Reader& r, Gauge& g) {
    g.n = r.real(0, big);
    g.mean = r.real(-big, big);
    g.variance = r.real(0, std::numeric_limits<float>::max());
    g.tail = r.real(0, Gauge::most_tail);
    r.require(g.tail == 0 || g.tail >= Gauge::least_tail);
}

void write_events(Writer& w, const EventBaseline& b) {
    w.signed_number(b.last_index);
    w.number(b.seen);
    w.number(b.active);
    w.real(plain(b.windows));
    for (const EventBaseline::Stat& s : b.stats) {
        w.real(plain(s.sum));
        w.real(plain(s.pairs));
        w.real(plain(s.square));
    }
    w.byte(static_cast<std::uint8_t>(b.slots.size()));
    for (const EventBaseline::Slot& s : b.slots) {
        w.byte(s.id);
        w.real(plain(s.windows));
        for (const float v : s.sum) {
            w.real(plain(v));
        }
    }
    write_gauge(w, b.volume);
    for (std::size_t i = 0; i < 2; ++i) {
        w.real(plain(b.largest[i]));
        w.number(b.transfers[i]);
    }
    w.signed_number(b.generation);
    for (const auto* bits : {&b.known.now, &b.known.before}) {
        std::uint32_t mask = 0;
        for (std::size_t i = 0; i < bits->size(); ++i) {
            mask |= (*bits)[i] != 0 ? 1U << i : 0U;
        }
        w.word(mask, 2);
        for (const std::uint64_t word : *bits) {
            if (word != 0) {
                w.word(word, 8);
            }
        }
    }
    w.real(plain(b.pressure.value));
}

void read_known(Reader& r, std::array<std::uint64_t, 16>& bits) {
    const auto mask = static_cast<std::uint32_t>(r.word(2));
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if ((mask >> i & 1U) != 0) {
            bits[i] = r.word(8);
            r.require(bits[i] != 0);
        }
    }
}

void read_slot_header(Reader& r, std::uint8_t& id, int& last) {
    id = r.byte();
    r.require(id < num_slots && id > last);
    last = id;
}

void read_events(Reader& r, EventBaseline& b) {
    b.last_index = r.index();
    b.seen = r.small(1'000'000'000);
    b.active = r.small(b.seen);
    b.windows = r.real(0, big);
    for (EventBaseline::Stat& s : b.stats) {
        s.sum = r.real(0, big);
        s.pairs = r.real(0, big);
        s.square = r.real(0, big);
    }
    const std::uint8_t num_slots_read = r.byte();
    r.require(num_slots_read <= num_slots);
    int last = -1;
    for (std::uint8_t i = 0; i < num_slots_read && r.ok(); ++i) {
        b.slots.reserve(num_slots_read);
        EventBaseline::Slot& s = b.slots.emplace_back();
        read_slot_header(r, s.id, last);
        s.windows = r.real(0, big);
        for (float& v : s.sum) {
            v = r.real(0, big);
        }
    }
    read_gauge(r, b.volume);
    for (std::size_t i = 0; i < 2; ++i) {
        b.largest[i] = r.real(0, big);
        b.transfers[i] = r.small(1'000'000'000);
    }
    b.generation = r.index();
    read_known(r, b.known.now);
    read_known(r, b.known.before);
    b.pressure.value = r.real(0, 6);
}

void write_gauges(Writer& w, const GaugeBaseline& b) {
    std::uint32_t mask = 0;
    for (std::size_t i = 0; i < num_features; ++i) {
        mask |= b.gauges[i].n > 0 ? 1U << i : 0U;
    }
    w.number(mask);
    for (std::size_t i = 0; i < num_features; ++i) {
        if ((mask >> i & 1U) != 0) {
            write_gauge(w, b.gauges[i]);
        }
    }
    w.byte(static_cast<std::uint8_t>(b.slots.size()));
    for (const GaugeBaseline::Slot& s : b.slots) {
        w.byte(s.id);
        for (std::size_t i = 0; i < num_features; ++i) {
            if ((mask >> i & 1U) != 0) {
                w.real(plain(s.n[i]));
                w.real(plain(s.mean[i]));
            }
        }
    }
    w.real(plain(b.pressure.value));
}

void read_gauges(Reader& r, GaugeBaseline& b) {
    const std::uint32_t mask = r.small((1U << num_features) - 1);
    for (std::size_t i = 0; i < num_features; ++i) {
        if ((mask >> i & 1U) != 0) {
            read_gauge(r, b.gauges[i]);
            r.require(b.gauges[i].n > 0);
        }
    }
    const std::uint8_t num_slots_read = r.byte();
    r.require(num_slots_read <= num_slots);
    int last = -1;
    for (std::uint8_t k = 0; k < num_slots_read && r.ok(); ++k) {
        b.slots.reserve(num_slots_read);
        GaugeBaseline::Slot& s = b.slots.emplace_back();
        read_slot_header(r, s.id, last);
        for (std::size_t i = 0; i < num_features; ++i) {
            if ((mask >> i & 1U) != 0) {
                s.n[i] = r.real(0, big);
                s.mean[i] = r.real(-big, big);
            }
        }
    }
    b.pressure.value = r.real(0, 6);
}

constexpr std::uint8_t has_window = 1;
constexpr std::uint8_t has_pending = 2;
constexpr std::uint8_t has_events = 4;
constexpr std::uint8_t has_gauges = 8;

}  // namespace

void encode(const HostState& host, Duration window, const OriginTable& origins, std::string& out) {
    const HostCold& cold = *host.cold;
    Writer w(out);
    const unsigned parts = (host.window.open() ? has_window : 0U) |
                           (host.has_pending ? has_pending : 0U) | (cold.events ? has_events : 0U) |
                           (cold.gauges ? has_gauges : 0U);
    w.byte(static_cast<std::uint8_t>(parts));
    w.signed_number(window.count());
    w.text(cold.name == cold.key ? std::string_view() : std::string_view(cold.name));
    w.signed_number(host.newest.time_since_epoch().count());
    if (host.window.open()) {
        write_window(w, host.window, host.partition, origins);
    }
    if (host.has_pending) {
        write_window(w, cold.pending->window, host.partition, origins);
    }
    if (cold.events) {
        if (host.window.open()) {
            write_sums(w, cold.events->current);
        }
        if (host.has_pending) {
            write_sums(w, cold.pending->sums);
        }
        write_events(w, cold.events->baseline);
    }
    if (cold.gauges) {
        write_gauges(w, *cold.gauges);
    }
}

bool decode(std::string_view bytes, Duration window, OriginTable& origins, HostState& host) {
    HostCold& cold = *host.cold;
    Reader r(bytes, window);
    const std::uint8_t parts = r.byte();
    r.require(parts <= 15 && ((parts & has_pending) == 0 || (parts & has_window) != 0));
    r.require(r.signed_number() == window.count());
    const std::string_view name = r.text();
    r.require(name != cold.key);
    cold.name = name.empty() ? cold.key : std::string(name);
    host.newest = r.time();
    if ((parts & has_window) != 0) {
        read_window(r, host.window, host.partition, origins);
    }
    if ((parts & has_pending) != 0 && r.ok()) {
        cold.pending = std::make_unique<PendingWindow>();
        host.has_pending = true;
        read_window(r, cold.pending->window, host.partition, origins);
        r.require(cold.pending->window.index > host.window.index);
    }
    if ((parts & has_events) != 0 && r.ok()) {
        cold.events = std::make_unique<EventPart>();
        if ((parts & has_window) != 0) {
            read_sums(r, cold.events->current);
        }
        if (host.has_pending) {
            read_sums(r, cold.pending->sums);
        }
        read_events(r, cold.events->baseline);
    }
    if ((parts & has_gauges) != 0 && r.ok()) {
        cold.gauges = std::make_unique<GaugeBaseline>();
        read_gauges(r, *cold.gauges);
    }
    return r.done();
}

}  // namespace spoor::behavior
