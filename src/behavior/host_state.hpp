// HostState: one host as one partition saw it, with its open windows; and HostTable, all hosts of a
// shard, found by (partition, host key) in a flat open-addressing table. What every event touches
// is together in three cache lines; what only the end of a window needs is apart.
//
// One owner: the shard that the detector's state belongs to.
#pragma once

#include "base/time.hpp"
#include "behavior/baseline.hpp"
#include "event/event.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::behavior {

// What one open window holds for gauges, and where its events were.
struct OpenWindow {
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

    // A ref less the partition, which is the host's.
    struct Place {
        std::int64_t position = 0;
        std::uint32_t origin = 0;
        std::uint32_t element = 0;
    };

    std::int64_t index = none;  // start / length of a window
    Timestamp newest = no_time;
    Place first;
    Place last;
    std::uint32_t num_events = 0;
    std::uint32_t num_sums = 0;  // events that went into EventSums
    GaugeSums gauges;
    bool is_simulated = false;

    [[nodiscard]] bool open() const { return index != none; }
};

struct EventPart {
    EventSums current;
    EventBaseline baseline;
};

// The window after the current one, while the current one still waits for late events.
struct PendingWindow {
    OpenWindow window;
    EventSums sums;
};

struct HostCold {
    std::string key;
    std::string name;             // as events spell it
    std::uint64_t name_hash = 0;  // of the key; the same in every run
    std::unique_ptr<EventPart> events;
    std::unique_ptr<GaugeBaseline> gauges;
    std::unique_ptr<PendingWindow> pending;
};

struct alignas(64) HostState {
    static constexpr std::size_t max_inline = 20;
    std::uint64_t hash = 0;
    std::unique_ptr<HostCold> cold;
    Timestamp newest = no_time;  // of all its events: its watermark, less the lateness
    std::uint32_t partition = 0;
    std::uint32_t number = 0;  // in the table
    bool is_dirty = false;
    bool has_pending = false;
    std::uint8_t key_size = 0;  // max_inline + 1: longer, in cold
    std::array<char, max_inline> key{};
    OpenWindow window;

    [[nodiscard]] bool is(std::uint32_t its_partition, std::string_view host_key) const;

    [[nodiscard]] EventRef ref(const OpenWindow::Place& place) const {
        return {place.origin, partition, place.position, place.element};
    }
};

static_assert(sizeof(HostState) == 192, "three cache lines");

[[nodiscard]] std::uint64_t table_hash(std::uint32_t partition, std::string_view host_key);

class HostTable {
public:
    [[nodiscard]] std::size_t size() const { return num_hosts_; }

    // Each brings the next thing towards the processor, once the one before is there. No effect on
    // results: they guess, and take the first host of that hash's place.
    void prefetch_entry(std::uint64_t hash) const;
    void prefetch_host(std::uint64_t hash) const;
    // What the end of the host's window needs, if an event of this time may be it.
    void prefetch_cold(std::uint64_t hash, Timestamp time, Duration window) const;
    void prefetch_gauges(std::uint64_t hash, Timestamp time, Duration window) const;
    // Before the i-th of these hosts is written as a row: what the ones after it will need.
    void prefetch_row(std::span<const std::uint32_t> hosts, std::size_t i) const;
    [[nodiscard]] HostState* find(std::uint64_t hash,
                                  std::uint32_t partition,
                                  std::string_view host_key);
    // Not for one that is there.
    HostState& add(std::uint64_t hash,
                   std::uint32_t partition,
                   std::string_view host_key,
                   std::string_view name);
    void drop_partition(std::uint32_t partition);
    [[nodiscard]] HostState& at(std::uint32_t index);
    [[nodiscard]] const HostState& at(std::uint32_t index) const;
    [[nodiscard]] std::size_t bytes() const;

private:
    static constexpr std::uint32_t chunk_size = 256;

    struct Entry {
        std::uint32_t tag = 0;  // upper half of the hash
        std::uint32_t index_plus_one = 0;
    };

    [[nodiscard]] const HostState* guess(std::uint64_t hash) const;
    void grow();
    void enter(std::uint64_t hash, std::uint32_t index);

    std::vector<Entry> entries_;  // a power of two, at most half full
    std::vector<std::unique_ptr<std::array<HostState, chunk_size>>> chunks_;
    std::uint32_t num_hosts_ = 0;
};

}  // namespace spoor::behavior
