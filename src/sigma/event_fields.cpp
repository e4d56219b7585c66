#include "sigma/event_fields.hpp"

#include "sigma/fold.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <string>

namespace spoor::sigma {

namespace {

constexpr std::size_t block_bytes = 64 * 1024;
constexpr std::size_t slack = 32;  // readable, and writable by the folding of whole words

using simdjson::ondemand::json_type;

// Of a decoded record: it is valid JSON, so that errors need no more than an end.
class ValueWalk {
public:
    template <class Add>
    static void walk(simdjson::ondemand::value value, Add& add) {
        json_type type{};
        if (value.type().get(type) != simdjson::SUCCESS) {
            return;
        }
        switch (type) {
            case json_type::object:
                object(value, add);
                break;
            case json_type::array:
                array(value, add);
                break;
            case json_type::string:
                string(value, add);
                break;
            case json_type::number:
                add(trimmed(value.raw_json_token()), CapturedKind::number);
                break;
            case json_type::boolean: {
                bool yes = false;
                if (value.get_bool().get(yes) == simdjson::SUCCESS) {
                    add(yes ? "true" : "false", yes ? CapturedKind::yes : CapturedKind::no);
                }
                break;
            }
            case json_type::null:
                break;
        }
    }

private:
    template <class Add>
    static void string(simdjson::ondemand::value value, Add& add) {
        const std::string_view token = value.raw_json_token();
        std::string_view text;
        if (value.get_string().get(text) == simdjson::SUCCESS) {
            add(text, CapturedKind::text);
        } else {
            const std::string lenient = with_half_pairs(token);
            add(lenient, CapturedKind::text);
        }
    }

    // The decoder takes half a surrogate pair for U+FFFD; simdjson takes it for an error.
    static std::string with_half_pairs(std::string_view token) {
        std::string escaped(token);
        for (std::size_t at = 0; (at = escaped.find('\\', at)) != std::string::npos;) {
            if (escaped[at + 1] != 'u') {
                at += 2;
                continue;
            }
            const unsigned first = code_unit(escaped, at);
            const unsigned second = code_unit(escaped, at + 6);
            const bool is_high = first >= 0xD800 && first < 0xDC00;
            if (is_high && second >= 0xDC00 && second < 0xE000) {
                at += 12;
            } else if (first >= 0xD800 && first < 0xE000) {
                escaped.replace(at, 6, "\\ufffd");
                at += 6;
            } else {
                at += 6;
            }
        }
        simdjson::ondemand::parser parser;
        const simdjson::padded_string padded(escaped);
        simdjson::ondemand::document document;
        std::string_view text;
        if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
            document.get_string().get(text) != simdjson::SUCCESS) {
            return {};
        }
        return std::string(text);
    }

    // Of \uXXXX at `at`; 0 if there is none.
    static unsigned code_unit(const std::string& escaped, std::size_t at) {
        if (at + 6 > escaped.size() || escaped[at] != '\\' || escaped[at + 1] != 'u') {
            return 0;
        }
        unsigned out = 0;
        std::from_chars(escaped.data() + at + 2, escaped.data() + at + 6, out, 16);
        return out;
    }

    static std::string_view trimmed(std::string_view token) {
        const std::size_t end = token.find_last_not_of(" \t\r\n");
        return token.substr(0, end == std::string_view::npos ? 0 : end + 1);
    }

    template <class Add>
    static void object(simdjson::ondemand::value value, Add& add) {
        simdjson::ondemand::object members;
        if (value.get_object().get(members) != simdjson::SUCCESS) {
            return;
        }
        for (auto member : members) {
            simdjson::ondemand::value inner;
            if (member.value().get(inner) != simdjson::SUCCESS) {
                return;
            }
            walk(inner, add);
        }
    }

    template <class Add>
    static void array(simdjson::ondemand::value value, Add& add) {
        simdjson::ondemand::array elements;
        if (value.get_array().get(elements) != simdjson::SUCCESS) {
            return;
        }
        for (auto element : elements) {
            simdjson::ondemand::value inner;
            if (element.get(inner) != simdjson::SUCCESS) {
                return;
            }
            walk(inner, add);
        }
    }
};

}  // namespace

PathFields::PathFields(const FieldTable& fields,
                       const std::vector<std::string>& paths,
                       const std::vector<bool>& wanted) {
    std::map<std::string_view, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < paths.size(); ++i) {
        numbers.emplace(paths[i], i);
    }
    std::vector<std::vector<Target>> by_path(paths.size());
    for (FieldIndex f = 0; f < fields.entries().size(); ++f) {
        if (!wanted.empty() && !wanted[f]) {
            continue;
        }
        const auto& candidates = fields[f].paths;
        for (std::uint32_t rank = 0; rank < candidates.size(); ++rank) {
            by_path[numbers.at(candidates[rank])].push_back({f, rank});
        }
    }
    for (const auto& targets : by_path) {
        first_.push_back(static_cast<std::uint32_t>(targets_.size()));
        targets_.insert(targets_.end(), targets.begin(), targets.end());
    }
    first_.push_back(static_cast<std::uint32_t>(targets_.size()));
}

void Summary::fill() {
    words_.fill(~std::uint64_t{0});
}

void Summary::build(std::string_view text) {
    words_.fill(0);
    for (std::size_t i = 0; i + 3 <= text.size(); ++i) {
        const std::uint16_t bit = bit_of(text.data() + i);
        words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
}

char* EventFields::Arena::take(std::size_t n) {
    n += slack;
    while (block_ < blocks_.size() && used_ + n > blocks_[block_].size) {
        ++block_;
        used_ = 0;
    }
    if (block_ == blocks_.size()) {
        const std::size_t size = std::max(n, block_bytes);
        blocks_.push_back({std::make_unique<char[]>(size), size});
        used_ = 0;
    }
    char* const out = blocks_[block_].bytes.get() + used_;
    used_ += n;
    return out;
}

void EventFields::begin(const Event& event, const PathFields& paths) {
    if (++stamp_ == 0) {  // once in four thousand million events
        std::ranges::fill(slots_, Slot{});
        stamp_ = 1;
    }
    raw_ = event.raw;
    present_.clear();
    num_values_ = 0;
    num_summaries_ = 0;
    has_all_ = false;
    arena_.clear();
    for (const Captured& captured : event.captured) {
        const auto [from, to] = paths.of(captured.path);
        for (const PathFields::Target* target = from; target != to; ++target) {
            add(*target, captured);
        }
    }
}

void EventFields::add(const PathFields::Target& target, const Captured& captured) {
    Slot& slot = slots_[target.field];
    const bool is_container = captured.kind == CapturedKind::container;
    const bool is_there = slot.stamp == stamp_;
    if (is_there && is_container) {
        return;  // nothing to compare: it only says that the field is there
    }
    if (!is_there) {
        present_.push_back(target.field);
    }
    // A spelling that holds only objects gives way to any other.
    const bool has_values = is_there && !slot.only_container;
    if (has_values && slot.rank < target.rank) {
        return;  // an earlier spelling is there
    }
    if (num_values_ == values_.size()) {
        values_.resize(std::max<std::size_t>(64, values_.size() * 2));
    }
    const auto number = static_cast<std::uint32_t>(num_values_++);
    FieldValue& value = values_[number];
    value.text = captured.text;
    value.kind = captured.kind;
    value.is_folded = false;
    value.next = FieldValue::none;
    value.summary = FieldValue::none;
    if (has_values && slot.rank == target.rank) {
        values_[slot.last].next = number;
        slot.last = number;
    } else {
        slot = {stamp_, number, number, target.rank, is_container};
    }
}

void EventFields::fold_value(FieldValue& value) {
    char* const out = arena_.take(value.text.size() + value.text.size() / 2 + slack);
    value.folded = {out, fold_into(out, value.text)};
    value.is_folded = true;
}

void EventFields::summarize(FieldValue& value) {
    if (num_summaries_ == summaries_.size()) {
        summaries_.resize(
            std::min(std::max<std::size_t>(8, summaries_.size() * 2), most_summaries));
        summaries_.back().fill();
    }
    if (num_summaries_ + 1 == most_summaries) {
        value.summary = static_cast<std::uint32_t>(num_summaries_);
        return;
    }
    value.summary = static_cast<std::uint32_t>(num_summaries_++);
    summaries_[value.summary].build(folded(value));
}

std::vector<FieldValue>& EventFields::all_values() {
    if (has_all_) {
        return all_;
    }
    has_all_ = true;
    all_.clear();
    const auto add = [&](std::string_view text, CapturedKind kind) {
        char* const bytes = arena_.take(text.size());
        std::memcpy(bytes, text.data(), text.size());
        FieldValue& value = all_.emplace_back();
        value.text = {bytes, text.size()};
        value.kind = kind;
    };
    static thread_local simdjson::ondemand::parser parser;
    // A record lies in its batch, which keeps more readable bytes behind it than simdjson asks for.
    const simdjson::padded_string_view record(raw_, raw_.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document document;
    simdjson::ondemand::value top;
    if (parser.iterate(record).get(document) == simdjson::SUCCESS &&
        document.get_value().get(top) == simdjson::SUCCESS) {
        ValueWalk::walk(top, add);
    }
    return all_;
}

}  // namespace spoor::sigma
