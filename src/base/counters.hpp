// Counters: named totals that travel with an epoch and are committed with it, so that a crash
// neither loses nor doubles them. Names are metric names without the prefix ("events_evaluated",
// "dead_letters.bad_json"). Added to per batch, never per event. A value type; one owner.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace spoor {

class Counters {
public:
    void add(std::string_view name, std::uint64_t n = 1) {
        if (n == 0) {
            return;
        }
        const auto it = values_.find(name);
        if (it == values_.end()) {
            values_.emplace(name, n);
        } else {
            it->second += n;
        }
    }

    void merge(const Counters& other) {
        for (const auto& [name, n] : other.values_) {
            add(name, n);
        }
    }

    // This less an earlier state of the same totals.
    [[nodiscard]] Counters since(const Counters& earlier) const {
        Counters out;
        for (const auto& [name, n] : values_) {
            out.add(name, n - earlier.get(name));
        }
        return out;
    }

    [[nodiscard]] std::uint64_t get(std::string_view name) const {
        const auto it = values_.find(name);
        return it == values_.end() ? 0 : it->second;
    }

    void clear() { values_.clear(); }

    [[nodiscard]] bool empty() const { return values_.empty(); }

    [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& all() const {
        return values_;
    }

private:
    std::map<std::string, std::uint64_t, std::less<>> values_;
};

}  // namespace spoor
