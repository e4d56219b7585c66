#include "schedule/scripted_content.hpp"

#include "base/json_writer.hpp"
#include "behavior/behavior.hpp"
#include "schedule/scripted.hpp"

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace spoor::schedule {

namespace {

// Numbers, each with a space before it.
class Numbers {
public:
    explicit Numbers(std::string_view text) : rest_(text) {}

    template <class T>
    bool read(T& value) {
        if (rest_.empty() || rest_.front() != ' ') {
            return false;
        }
        rest_.remove_prefix(1);
        const auto [stop, error] =
            std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
        return error == std::errc{};
    }

    bool read_letter(char& letter) {
        if (rest_.size() < 2 || rest_.front() != ' ') {
            return false;
        }
        letter = rest_[1];
        rest_.remove_prefix(2);
        return true;
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

std::uint64_t mixed(std::uint64_t sum, std::string_view text) {
    for (const char c : text) {
        sum = sum * 31 + static_cast<unsigned char>(c);
    }
    return sum;
}

void emit(std::string_view detector,
          std::string_view entity,
          std::string body,
          Timestamp time,
          alert::Findings& out) {
    alert::Alert a;
    a.id = alert::make_id(detector, "1", entity, body);
    a.time = time;
    a.detector = detector;
    a.rule_id = detector;
    a.host = entity;
    a.entity = entity;
    a.summary = std::move(body);
    JsonWriter w(a.json);
    w.begin_object()
        .member("id", std::string_view(a.id))
        .member("body", std::string_view(a.summary))
        .end_object();
    out.alerts.push_back(std::move(a));
}

struct Tally {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
};

struct TalliedHost {
    std::map<char, Tally> parts;
    bool changed = false;
};

class TallyState final : public alert::DetectorState {
public:
    std::map<std::pair<std::uint32_t, std::string>, TalliedHost> hosts;
};

class TallyDetector final : public alert::Detector {
public:
    TallyDetector(std::string version, std::string_view parts)
        : version_(std::move(version)), parts_(parts) {}

    [[nodiscard]] std::string_view name() const override { return tally_name; }

    [[nodiscard]] std::uint32_t state_version() const override { return 3; }

    [[nodiscard]] std::unique_ptr<alert::DetectorState> make_state() const override {
        return std::make_unique<TallyState>();
    }

    void inspect(std::span<const Event> events,
                 const OriginTable& origins,
                 alert::DetectorState& state,
                 alert::Findings& out) const override {
        for (const Event& e : events) {
            if (e.time != no_time) {
                take(e, origins, static_cast<TallyState&>(state), out);
            }
        }
    }

    void collect_changed(const OriginTable& origins,
                         alert::DetectorState& state,
                         std::vector<alert::StateRow>& out) const override {
        for (auto& [key, host] : static_cast<TallyState&>(state).hosts) {
            if (host.changed) {
                out.push_back(row_of(key, host, origins));
                host.changed = false;
            }
        }
    }

    void collect_all(const OriginTable& origins,
                     const alert::DetectorState& state,
                     std::vector<alert::StateRow>& out) const override {
        for (const auto& [key, host] : static_cast<const TallyState&>(state).hosts) {
            out.push_back(row_of(key, host, origins));
        }
    }

    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& origins,
                               alert::DetectorState& state) const override {
        TalliedHost host;
        Numbers in(row.bytes);
        while (!in.at_end()) {
            char part = 0;
            Tally tally;
            if (!in.read_letter(part) || !in.read(tally.count) || !in.read(tally.sum)) {
                return false;
            }
            if (parts_.find(part) == std::string::npos) {
                host.changed = true;
            } else {
                host.parts[part] = tally;
            }
        }
        static_cast<TallyState&>(state).hosts[{origins.intern(row.partition), row.entity}] =
            std::move(host);
        return true;
    }

    void drop_partition(std::uint32_t partition, alert::DetectorState& state) const override {
        std::erase_if(static_cast<TallyState&>(state).hosts,
                      [&](const auto& h) { return h.first.first == partition; });
    }

    void close_windows(const OriginTable& origins,
                       alert::DetectorState& state,
                       alert::Findings& out) const override {
        for (auto& [key, host] : static_cast<TallyState&>(state).hosts) {
            if (host.parts.empty()) {
                continue;  // as if it had never been there: its row is gone
            }
            alert::Signal signal;
            signal.detector = tally_name;
            signal.ref.origin = key.first;
            signal.ref.partition = key.first;
            signal.time = Timestamp{Duration{static_cast<std::int64_t>(host.parts.size())}};
            signal.host_key = key.second;
            signal.bytes = row_of(key, host, origins).bytes;
            out.signals.push_back(std::move(signal));
        }
    }

    [[nodiscard]] std::size_t state_bytes(const alert::DetectorState& /*state*/) const override {
        return 0;
    }

private:
    using Key = std::pair<std::uint32_t, std::string>;

    static alert::StateRow row_of(const Key& key,
                                  const TalliedHost& host,
                                  const OriginTable& origins) {
        std::string bytes;
        for (const auto& [part, tally] : host.parts) {
            bytes += fmt::format(" {} {} {}", part, tally.count, tally.sum);
        }
        return {std::string(tally_name),
                3,
                std::string(origins.text(key.first)),
                key.second,
                std::move(bytes)};
    }

    void take(const Event& e,
              const OriginTable& origins,
              TallyState& state,
              alert::Findings& out) const {
        TalliedHost& host = state.hosts[{e.ref.partition, std::string(e.host_key)}];
        host.changed = true;
        for (const char part : parts_) {
            Tally& tally = host.parts[part];
            ++tally.count;
            tally.sum = tally.sum * 31 + static_cast<std::uint64_t>(e.ref.position) + e.ref.element;
            if (tally.count % 7 == 0) {
                emit(tally_name,
                     e.host_key,
                     fmt::format("{} {} {} {} {} {}",
                                 version_,
                                 part,
                                 origins.text(e.ref.partition),
                                 e.host_key,
                                 tally.count,
                                 tally.sum),
                     e.time,
                     out);
            }
        }
        out.signals.push_back({std::string(tally_name),
                               e.time,
                               e.ref,
                               std::string(e.host_key),
                               fmt::format("{} {}", version_, e.raw.size())});
    }

    const std::string version_;
    const std::string parts_;
};

struct Minute {
    std::int64_t number = -1;  // -1: none is open
    std::uint64_t count = 0;
    std::uint64_t sum = 0;  // order matters
    std::uint64_t closed = 0;
    bool changed = false;
};

class CrossState final : public alert::CorrelatorState {
public:
    std::map<char, Minute> parts;
};

class CrossCorrelator final : public alert::Correlator {
public:
    CrossCorrelator(std::string version, std::string_view parts)
        : version_(std::move(version)), parts_(parts) {}

    [[nodiscard]] std::string_view name() const override { return cross_name; }

    [[nodiscard]] std::uint32_t state_version() const override { return 5; }

    [[nodiscard]] std::unique_ptr<alert::CorrelatorState> make_state() const override {
        auto state = std::make_unique<CrossState>();
        for (const char part : parts_) {
            state->parts[part];
        }
        return state;
    }

    void inspect(std::span<const alert::Signal> signals,
                 const OriginTable& origins,
                 alert::CorrelatorState& state,
                 alert::Findings& out) const override {
        for (const alert::Signal& s : signals) {
            for (auto& [part, minute] : static_cast<CrossState&>(state).parts) {
                close_before(part, minute, s.time, out);
                if (minute.number < 0) {
                    minute.number = number_of(s.time);
                }
                minute.changed = true;
                ++minute.count;
                minute.sum = mixed(mixed(minute.sum, origins.ref(s.ref)), s.host_key);
                minute.sum = mixed(mixed(minute.sum, s.detector), s.bytes);
            }
        }
    }

    void advance(Timestamp watermark,
                 const OriginTable& /*origins*/,
                 alert::CorrelatorState& state,
                 alert::Findings& out) const override {
        for (auto& [part, minute] : static_cast<CrossState&>(state).parts) {
            close_before(part, minute, watermark, out);
        }
    }

    void collect_changed(const OriginTable& /*origins*/,
                         alert::CorrelatorState& state,
                         std::vector<alert::StateRow>& out) const override {
        for (auto& [part, minute] : static_cast<CrossState&>(state).parts) {
            if (minute.changed) {
                out.push_back(row_of(part, minute));
                minute.changed = false;
            }
        }
    }

    void collect_all(const OriginTable& /*origins*/,
                     const alert::CorrelatorState& state,
                     std::vector<alert::StateRow>& out) const override {
        for (const auto& [part, minute] : static_cast<const CrossState&>(state).parts) {
            if (minute.count + minute.closed > 0) {  // else there never was a row of it
                out.push_back(row_of(part, minute));
            }
        }
    }

    [[nodiscard]] bool wants(const alert::StateRow& row) const override {
        return row.entity.size() == 1 && parts_.find(row.entity[0]) != std::string::npos;
    }

    [[nodiscard]] bool restore(const alert::StateRow& row,
                               OriginTable& /*origins*/,
                               alert::CorrelatorState& state) const override {
        Minute minute;
        Numbers in(row.bytes);
        if (!in.read(minute.number) || !in.read(minute.count) || !in.read(minute.sum) ||
            !in.read(minute.closed)) {
            return false;
        }
        static_cast<CrossState&>(state).parts[row.entity.at(0)] = minute;
        return true;
    }

    void close_windows(const OriginTable& /*origins*/,
                       alert::CorrelatorState& state,
                       alert::Findings& out) const override {
        for (auto& [part, minute] : static_cast<CrossState&>(state).parts) {
            close(part, minute, out);
        }
    }

    [[nodiscard]] std::size_t state_bytes(const alert::CorrelatorState& /*state*/) const override {
        return 0;
    }

private:
    static std::int64_t number_of(Timestamp time) {
        return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
    }

    static alert::StateRow row_of(char part, const Minute& minute) {
        return {
            std::string(cross_name),
            5,
            {},
            std::string(1, part),
            fmt::format(" {} {} {} {}", minute.number, minute.count, minute.sum, minute.closed)};
    }

    // Nothing of the open minute can come any more.
    void close_before(char part, Minute& minute, Timestamp time, alert::Findings& out) const {
        if (minute.number >= 0 && minute.number < number_of(time)) {
            close(part, minute, out);
        }
    }

    void close(char part, Minute& minute, alert::Findings& out) const {
        if (minute.number < 0) {
            return;
        }
        emit(cross_name,
             std::string(1, part),
             fmt::format("{} {} {} {} {} {}",
                         version_,
                         part,
                         minute.number,
                         minute.count,
                         minute.sum,
                         minute.closed),
             Timestamp{std::chrono::minutes{minute.number}},
             out);
        minute = {-1, 0, 0, minute.closed + 1, true};
    }

    const std::string version_;
    const std::string parts_;
};

}  // namespace

pipeline::ContentPtr make_content(std::string version, std::string_view parts) {
    using std::chrono::hours;
    using std::chrono::seconds;
    static const std::shared_ptr<const alert::Detector> counting =
        make_counting_detector(seconds{60}, seconds{10});
    static const std::shared_ptr<const alert::Detector> threshold =
        behavior::make_threshold_rule({});
    // Its windows, late events and rows are counted and restored like everybody's.
    static const std::shared_ptr<const alert::Detector> baselines =
        behavior::make_baselines({seconds{60}, hours{24}, 0.6, seconds{10}});
    auto content = std::make_shared<pipeline::Content>();
    content->detectors = {
        counting, threshold, std::make_shared<TallyDetector>(version, parts), baselines};
    content->correlators = {std::make_shared<CrossCorrelator>(version, parts)};
    content->version = std::move(version);
    return content;
}

}  // namespace spoor::schedule
