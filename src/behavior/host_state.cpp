#include "behavior/host_state.hpp"

#include "base/assert.hpp"
#include "base/hash.hpp"

#include <algorithm>
#include <utility>

namespace spoor::behavior {

namespace {

void prefetch_lines(const void* from, std::size_t lines) {
    const char* const at = static_cast<const char*>(from);
    for (std::size_t i = 0; i < lines; ++i) {
        __builtin_prefetch(at + 64 * i, 1);
    }
}

// FNV-1a: goes into p-values, so it may never change.
std::uint64_t stable_hash(std::string_view text) {
    std::uint64_t h = 0xCBF29CE484222325ULL;
    for (const char c : text) {
        h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    return h;
}

}  // namespace

bool HostState::is(std::uint32_t its_partition, std::string_view host_key) const {
    if (partition != its_partition) {
        return false;
    }
    return key_size <= max_inline ? std::string_view(key.data(), key_size) == host_key
                                  : cold->key == host_key;
}

std::uint64_t table_hash(std::uint32_t partition, std::string_view host_key) {
    return hash64(host_key, partition);
}

void HostTable::prefetch_entry(std::uint64_t hash) const {
    if (!entries_.empty()) {
        __builtin_prefetch(&entries_[hash & (entries_.size() - 1)]);
    }
}

const HostState* HostTable::guess(std::uint64_t hash) const {
    if (entries_.empty()) {
        return nullptr;
    }
    const Entry& e = entries_[hash & (entries_.size() - 1)];
    return e.index_plus_one != 0 ? &at(e.index_plus_one - 1) : nullptr;
}

void HostTable::prefetch_host(std::uint64_t hash) const {
    if (const HostState* const host = guess(hash)) {
        prefetch_lines(host, 3);
    }
}

void HostTable::prefetch_cold(std::uint64_t hash, Timestamp time, Duration window) const {
    const HostState* const host = guess(hash);
    if (host != nullptr && host->window.open() &&
        time.time_since_epoch() >= window * (host->window.index + 1)) {
        prefetch_lines(host->cold.get(), 2);
    }
}

void HostTable::prefetch_gauges(std::uint64_t hash, Timestamp time, Duration window) const {
    const HostState* const host = guess(hash);
    if (host != nullptr && host->window.open() &&
        time.time_since_epoch() >= window * (host->window.index + 1) && host->cold->gauges) {
        prefetch_lines(host->cold->gauges.get(), 3);
    }
}

void HostTable::prefetch_row(std::span<const std::uint32_t> hosts, std::size_t i) const {
    if (i + 12 < hosts.size()) {
        prefetch_lines(&at(hosts[i + 12]), 3);
    }
    if (i + 8 < hosts.size()) {
        prefetch_lines(at(hosts[i + 8]).cold.get(), 2);
    }
    if (i + 4 < hosts.size() && at(hosts[i + 4]).cold->gauges) {
        prefetch_lines(at(hosts[i + 4]).cold->gauges.get(), 4);
    }
}

HostState* HostTable::find(std::uint64_t hash, std::uint32_t partition, std::string_view host_key) {
    if (entries_.empty()) {
        return nullptr;
    }
    const std::size_t mask = entries_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32U);
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
        const Entry& e = entries_[i];
        if (e.index_plus_one == 0) {
            return nullptr;
        }
        if (e.tag == tag) {
            HostState& host = at(e.index_plus_one - 1);
            if (host.hash == hash && host.is(partition, host_key)) {
                return &host;
            }
        }
    }
}

HostState& HostTable::at(std::uint32_t index) {
    return (*chunks_[index / chunk_size])[index % chunk_size];
}

const HostState& HostTable::at(std::uint32_t index) const {
    return (*chunks_[index / chunk_size])[index % chunk_size];
}

void HostTable::enter(std::uint64_t hash, std::uint32_t index) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t i = hash & mask;
    while (entries_[i].index_plus_one != 0) {
        i = (i + 1) & mask;
    }
    entries_[i] = {static_cast<std::uint32_t>(hash >> 32U), index + 1};
}

void HostTable::grow() {
    entries_.assign(std::max<std::size_t>(1024, entries_.size() * 2), {});
    for (std::uint32_t i = 0; i < num_hosts_; ++i) {
        enter(at(i).hash, i);
    }
}

HostState& HostTable::add(std::uint64_t hash,
                          std::uint32_t partition,
                          std::string_view host_key,
                          std::string_view name) {
    SPOOR_ASSERT(num_hosts_ < std::numeric_limits<std::uint32_t>::max() / 2, "too many hosts");
    if (num_hosts_ == chunks_.size() * chunk_size) {
        chunks_.push_back(std::make_unique<std::array<HostState, chunk_size>>());
    }
    if (std::size_t{2} * (num_hosts_ + 1) > entries_.size()) {
        grow();
    }
    HostState& host = at(num_hosts_);
    host.hash = hash;
    host.partition = partition;
    host.number = num_hosts_;
    host.cold = std::make_unique<HostCold>();
    host.cold->key = host_key;
    host.cold->name = name;
    host.cold->name_hash = stable_hash(host_key);
    if (host_key.size() <= HostState::max_inline) {
        host.key_size = static_cast<std::uint8_t>(host_key.size());
        std::ranges::copy(host_key, host.key.begin());
    } else {
        host.key_size = HostState::max_inline + 1;
    }
    enter(hash, num_hosts_);
    ++num_hosts_;
    return host;
}

void HostTable::drop_partition(std::uint32_t partition) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < num_hosts_; ++i) {
        if (at(i).partition != partition) {
            if (kept != i) {
                at(kept) = std::move(at(i));
                at(kept).number = kept;
            }
            ++kept;
        }
    }
    for (std::uint32_t i = kept; i < num_hosts_; ++i) {
        at(i) = HostState{};
    }
    num_hosts_ = kept;
    entries_.assign(entries_.size(), {});
    for (std::uint32_t i = 0; i < num_hosts_; ++i) {
        enter(at(i).hash, i);
    }
}

std::size_t HostTable::bytes() const {
    std::size_t bytes = entries_.capacity() * sizeof(Entry) +
                        chunks_.size() * sizeof(std::array<HostState, chunk_size>);
    for (std::uint32_t i = 0; i < num_hosts_; ++i) {
        const HostCold& cold = *at(i).cold;
        const auto text = [](const std::string& s) {
            return s.capacity() > 15 ? s.capacity() + 17 : 0;
        };
        bytes += sizeof(HostCold) + 16 + text(cold.key) + text(cold.name);
        if (cold.events) {
            bytes += sizeof(EventPart) + 16 + 16 +
                     cold.events->baseline.slots.capacity() * sizeof(EventBaseline::Slot);
        }
        if (cold.gauges) {
            bytes += sizeof(GaugeBaseline) + 16 + 16 +
                     cold.gauges->slots.capacity() * sizeof(GaugeBaseline::Slot);
        }
        bytes += cold.pending ? sizeof(PendingWindow) + 16 : 0;
    }
    return bytes;
}

}  // namespace spoor::behavior
