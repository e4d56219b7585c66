#include "sigma/literal_index.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>

namespace spoor::sigma {

namespace {

std::uint32_t gram_at(std::string_view text, std::size_t at) {
    std::uint32_t g = 0;
    std::memcpy(&g, text.data() + at, sizeof g);
    return g;
}

// Of a literal, which may have no readable bytes behind it.
std::uint64_t load_exact(const char* p, std::size_t width) {
    std::uint64_t v = 0;
    std::memcpy(&v, p, width);
    return v;
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
    literals_.push_back({literal, place, id});
}

std::uint64_t LiteralIndex::key_of(const Anchored& table, std::string_view text) {
    switch (table.place) {
        case Place::start:
            return load(text.data(), table.width);
        case Place::end:
            // Eight bytes that end with the text's last, where it has so many.
            return text.size() >= 8
                       ? load(text.data() + text.size() - table.width, table.width)
                       : load_exact(text.data() + text.size() - table.width, table.width);
        case Place::whole:
            return hash64(text);
        case Place::anywhere:
            break;
    }
    return 0;
}

void LiteralIndex::build(const GramWeights& weights) {
    std::vector<std::uint32_t> floating;
    std::map<std::pair<Place, std::size_t>, std::vector<std::uint32_t>> groups;
    for (std::uint32_t i = 0; i < literals_.size(); ++i) {
        const Literal& literal = literals_[i];
        const std::size_t n = literal.text.size();
        if (literal.place == Place::anywhere) {
            auto& tiny = is_ascii(literal.text) ? tiny_ : tiny_beyond_ascii_;
            (n < gram ? tiny : floating).push_back(i);
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
    if (!floating.empty()) {
        build_grams(floating, weights);
    }
}

void LiteralIndex::build_anchored(Place place,
                                  std::size_t width,
                                  const std::vector<std::uint32_t>& members) {
    Anchored table;
    table.place = place;
    table.width = width;
    std::map<std::uint64_t, std::vector<std::uint32_t>> by_key;
    for (const std::uint32_t i : members) {
        const std::string_view text = literals_[i].text;
        const std::uint64_t key = place == Place::whole ? hash64(text)
                                  : place == Place::start
                                      ? load_exact(text.data(), width)
                                      : load_exact(text.data() + text.size() - width, width);
        by_key[key].push_back(i);
    }
    table.slots.resize(std::bit_ceil(by_key.size() * 2 + 2));
    table.mask = table.slots.size() - 1;
    for (const auto& [key, literals] : by_key) {
        std::uint64_t i = mix(key) & table.mask;
        while (table.slots[i].size != 0) {
            i = (i + 1) & table.mask;
        }
        table.slots[i] = {key,
                          static_cast<std::uint32_t>(table.literals.size()),
                          static_cast<std::uint32_t>(literals.size())};
        table.literals.insert(table.literals.end(), literals.begin(), literals.end());
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
        members, [&](std::uint32_t i) { return literals_[i].text.size() >= long_enough; });
    stride_ = all_long ? 4 : 1;
    std::map<std::uint32_t, std::vector<Entry>> by_gram;
    for (const std::uint32_t i : members) {
        const std::string_view text = literals_[i].text;
        const std::size_t first = best_offset(text, weights);
        for (std::size_t k = 0; k < stride_; ++k) {
            const std::size_t offset = first + k;
            // Behind it where there is room, else before it, else overlapping.
            const std::size_t second = offset + 2 * gram <= text.size() ? offset + gram
                                       : offset >= gram                 ? offset - gram
                                                                        : text.size() - gram;
            by_gram[gram_at(text, offset)].push_back(
                {i,
                 static_cast<std::uint32_t>(offset),
                 gram_at(text, second),
                 static_cast<std::int32_t>(second) - static_cast<std::int32_t>(offset)});
        }
    }
    const unsigned bits = by_gram.size() > 4000 ? 18 : by_gram.size() > 400 ? 16 : 14;
    bitmap_shift_ = 32 - bits;
    bitmap_.assign(std::size_t{1} << (bits - 6), 0);
    gram_slots_.resize(std::bit_ceil(by_gram.size() * 2 + 2));
    gram_mask_ = gram_slots_.size() - 1;
    for (const auto& [g, entries] : by_gram) {
        const std::uint32_t bit = bit_of(g);
        bitmap_[bit >> 6U] |= std::uint64_t{1} << (bit & 63U);
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

std::size_t LiteralIndex::bytes() const {
    std::size_t n = literals_.capacity() * sizeof(Literal) + bitmap_.capacity() * 8 +
                    gram_slots_.capacity() * sizeof(GramSlot) + entries_.capacity() * sizeof(Entry);
    for (const Anchored& table : anchored_) {
        n += table.slots.capacity() * sizeof(Slot) + table.literals.capacity() * 4;
    }
    return n;
}

}  // namespace spoor::sigma
