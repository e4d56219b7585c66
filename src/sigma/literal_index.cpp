#include "sigma/literal_index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <numeric>

namespace spoor::sigma {

namespace {

std::uint32_t gram_at(std::string_view text, std::size_t at) {
    std::uint32_t g = 0;
    std::memcpy(&g, text.data() + at, sizeof g);
    return g;
}

}  // namespace

void GramWeights::add(std::string_view text, std::uint32_t weight) {
    counts_.resize(std::size_t{1} << log_size);
    for (std::size_t i = 0; i + 4 <= text.size(); ++i) {
        counts_[index(gram_at(text, i))] += weight;
    }
}

std::uint64_t GramWeights::weight(std::uint32_t gram) const {
    return counts_.empty() ? 0 : counts_[index(gram)];
}

void LiteralIndex::add(Place place, std::string_view literal, std::uint32_t id) {
    literals_.push_back({static_cast<std::uint32_t>(texts_.size()),
                         static_cast<std::uint32_t>(literal.size()),
                         id,
                         place});
    texts_ += literal;
}

void LiteralIndex::build(const GramWeights& weights) {
    texts_.append(padding, '\0');
    std::vector<std::uint32_t> floating;
    std::vector<std::uint32_t> tiny;
    std::map<std::pair<Place, std::size_t>, std::vector<std::uint32_t>> groups;
    for (std::uint32_t i = 0; i < literals_.size(); ++i) {
        const Literal& literal = literals_[i];
        const std::size_t n = literal.size;
        if (literal.place == Place::anywhere) {
            if (n < gram) {
                tiny.push_back(i);
            } else {
                floating.push_back(i);
            }
        } else {
            const std::size_t width = literal.place == Place::whole ? 0
                                      : n >= 8                      ? 8
                                      : n >= 4                      ? 4
                                                                    : n;
            groups[{literal.place, width}].push_back(i);
        }
    }
    for (const auto& [key, members] : groups) {
        build_anchored(key.first, key.second, members);
    }
    if (!tiny.empty()) {
        build_tiny(tiny);
    }
    if (!floating.empty()) {
        build_grams(floating, weights);
    }
}

void LiteralIndex::build_tiny(const std::vector<std::uint32_t>& members) {
    constexpr std::uint32_t num_bits = 1U << log_pairs;
    for (const std::uint32_t member : members) {
        const Literal& literal = literals_[member];
        const std::uint32_t mask = (std::uint32_t{1} << (8 * literal.size)) - 1;
        const std::uint32_t bytes = load_gram(text_of(literal).data()) & mask;
        const std::uint32_t second = literal.size == 1 ? 256 : 1;
        for (std::uint32_t i = 0; i < second; ++i) {
            const std::uint32_t pair = literal.size == 1 ? bytes | i << 8U : bytes & 0xFFFFU;
            tiny_.push_back({bytes, mask, literal.size, literal.id, pair_bit(pair)});
        }
    }
    std::ranges::stable_sort(tiny_, {}, &Tiny::bit);
    tiny_pairs_.assign(num_bits / 64, 0);
    tiny_first_.assign(num_bits + 1, 0);
    for (const Tiny& tiny : tiny_) {
        tiny_pairs_[tiny.bit >> 6U] |= std::uint64_t{1} << (tiny.bit & 63U);
        ++tiny_first_[tiny.bit + 1];
    }
    std::partial_sum(tiny_first_.begin(), tiny_first_.end(), tiny_first_.begin());
}

void LiteralIndex::build_anchored(Place place,
                                  std::size_t width,
                                  const std::vector<std::uint32_t>& members) {
    Anchored table;
    table.place = place;
    table.width = width;
    std::map<std::uint64_t, std::vector<std::uint32_t>> by_key;
    for (const std::uint32_t i : members) {
        by_key[key_of(table, text_of(literals_[i]))].push_back(i);
    }
    table.filter.prepare(by_key.size());
    table.slots.resize(std::bit_ceil(by_key.size() * 2 + 2));
    table.mask = table.slots.size() - 1;
    for (const auto& [key, literals] : by_key) {
        const std::uint64_t mixed = mix(key);
        table.filter.add(mixed);
        std::uint64_t i = mixed & table.mask;
        while (table.slots[i].size != 0) {
            i = (i + 1) & table.mask;
        }
        table.slots[i] = {key,
                          static_cast<std::uint32_t>(table.literals.size()),
                          static_cast<std::uint32_t>(literals.size())};
        for (const std::uint32_t literal : literals) {
            table.literals.push_back(literals_[literal]);
        }
    }
    anchored_.push_back(std::move(table));
}

// The window (or, with a stride of four, the first of four in a row) that is met least.
std::size_t LiteralIndex::best_offset(std::string_view literal, const GramWeights& weights) const {
    std::size_t best = 0;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0; i + gram + stride_ - 1 <= literal.size(); ++i) {
        std::uint64_t sum = 0;
        for (std::size_t k = 0; k < stride_; ++k) {
            sum += weights.weight(gram_at(literal, i + k));
        }
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}

void LiteralIndex::build_grams(const std::vector<std::uint32_t>& members,
                               const GramWeights& weights) {
    const bool all_long = std::ranges::all_of(
        members, [&](std::uint32_t i) { return literals_[i].size >= long_enough; });
    stride_ = all_long ? 4 : 1;
    std::map<std::uint32_t, std::vector<Entry>> by_gram;
    for (const std::uint32_t i : members) {
        const std::string_view text = text_of(literals_[i]);
        const std::size_t first = best_offset(text, weights);
        for (std::size_t k = 0; k < stride_; ++k) {
            const std::size_t offset = first + k;
            // Behind it where there is room, else before it, else overlapping.
            const std::size_t second = offset + 2 * gram <= text.size() ? offset + gram
                                       : offset >= gram                 ? offset - gram
                                                                        : text.size() - gram;
            by_gram[gram_at(text, offset)].push_back(
                {static_cast<std::uint32_t>(offset),
                 gram_at(text, second),
                 static_cast<std::int32_t>(second) - static_cast<std::int32_t>(offset),
                 literals_[i]});
        }
    }
    filter_.prepare(by_gram.size());
    gram_slots_.resize(std::bit_ceil(by_gram.size() * 2 + 2));
    gram_mask_ = gram_slots_.size() - 1;
    for (const auto& [g, entries] : by_gram) {
        filter_.add(hash_of(g));
        std::uint64_t i = mix(g) & gram_mask_;
        while (gram_slots_[i].size != 0) {
            i = (i + 1) & gram_mask_;
        }
        gram_slots_[i] = {g,
                          static_cast<std::uint32_t>(entries.size()),
                          static_cast<std::uint32_t>(entries_.size())};
        entries_.insert(entries_.end(), entries.begin(), entries.end());
    }
}

}  // namespace spoor::sigma
