#include "sigma/predicates.hpp"

#include "sigma/field_relation.hpp"
#include "sigma/fold.hpp"
#include "sigma/raw_index.hpp"
#include "sigma/scalar.hpp"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace spoor::sigma {

namespace {

// Of one value; `event` is its spelling.
bool number_holds(const FieldValue& value, const Predicate& p) {
    Number number;
    return (value.kind == CapturedKind::text || value.kind == CapturedKind::number) &&
           read_number(value.text, number) && compare(number, p.compare, p.number);
}

bool boolean_holds(FieldValue& value, const Predicate& p, EventFields& fields) {
    if (value.kind == CapturedKind::yes || value.kind == CapturedKind::no) {
        return p.boolean == (value.kind == CapturedKind::yes);
    }
    return value.kind == CapturedKind::text &&
           fields.folded(value) == (p.boolean ? "true" : "false");
}

bool network_holds(const FieldValue& value, const Predicate& p) {
    std::array<std::uint8_t, 16> address{};
    return read_address(value.text, address) && contains(p.network, address);
}

bool time_holds(const FieldValue& value, const Predicate& p) {
    if (value.kind != CapturedKind::text && value.kind != CapturedKind::number) {
        return false;
    }
    const auto part = time_part(value.text, value.kind == CapturedKind::number, p.part);
    if (!part) {
        return false;
    }
    const Number number{true, *part, static_cast<double>(*part)};
    return compare(number, p.compare, p.number);
}

// Of lists of names most differ in the last bytes: those are compared first.
bool has_at_end(std::string_view text, std::string_view literal) {
    constexpr std::size_t width = 8;
    if (text.size() < literal.size()) {
        return false;
    }
    if (literal.size() < width) {
        return text.ends_with(literal);
    }
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, text.data() + text.size() - width, width);
    std::memcpy(&b, literal.data() + literal.size() - width, width);
    return a == b && text.ends_with(literal);
}

// A regular expression costs more than a look for what it cannot do without.
bool has_all(const std::vector<std::string>& literals, FieldValue& value, EventFields& fields) {
    return std::ranges::all_of(literals, [&](const std::string& literal) {
        return has_inside(fields.folded(value), literal);
    });
}

// `literal` spread over three windows: the first, the middle and the last.
void summarize(std::string_view literal, Predicates::Prepared& out) {
    if (literal.size() < 3) {
        return;
    }
    const std::string padded = std::string(literal) + std::string(4, '\0');
    const std::size_t last = literal.size() - 3;
    out.has_summary = true;
    out.summary = {Summary::bit_of(padded.data()),
                   Summary::bit_of(padded.data() + last / 2),
                   Summary::bit_of(padded.data() + last)};
}

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

// The longest stretch of a keyword that a record's JSON holds as it is, whatever wrote it: without
// what has an escape of its own.
std::string unescaped_part(std::string_view text) {
    std::string_view best;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && is_plain_ascii(text.substr(end, 1)) && text[end] != '"' &&
               text[end] != '\\' && text[end] != '/') {
            ++end;
        }
        if (end - begin > best.size()) {
            best = text.substr(begin, end - begin);
        }
        begin = end + 1;
    }
    return std::string(best);
}

// What RE2 says of the literals ("atoms", in lower case) that a text holds where a pattern matches.
struct Atoms {
    std::vector<std::string> some;  // at least one of these; empty: it may match without any
    std::vector<std::string> all;   // each of these
};

// ASCII patterns only: there, lower case and folding are the same. `least`: bytes of an atom.
Atoms atoms_of(const std::string& pattern, int least) {
    re2::FilteredRE2 filtered(least);
    re2::RE2::Options options;
    options.set_log_errors(false);
    int id = 0;
    if (!is_ascii(pattern) || filtered.Add(pattern, options, &id) != re2::RE2::NoError) {
        return {};
    }
    Atoms out;
    filtered.Compile(&out.some);
    std::vector<int> potential;
    filtered.AllPotentials({}, &potential);
    if (!std::ranges::all_of(out.some, is_ascii) || out.some.empty() || !potential.empty()) {
        return {};
    }
    const int count = static_cast<int>(out.some.size());
    for (int without = 0; without < count; ++without) {
        std::vector<int> others;
        for (int i = 0; i < count; ++i) {
            if (i != without) {
                others.push_back(i);
            }
        }
        filtered.AllPotentials(others, &potential);
        if (potential.empty()) {
            out.all.push_back(out.some[static_cast<std::size_t>(without)]);
        }
    }
    return out;
}

// The longest that cannot be done without; else all of which one is needed.
std::vector<std::string> keys_of(Atoms atoms) {
    const auto longest = std::ranges::max_element(atoms.all, {}, &std::string::size);
    return longest != atoms.all.end() ? std::vector<std::string>{*longest} : std::move(atoms.some);
}

Predicates::Needed needed_by(const Predicate& p, Shape shape) {
    using Place = LiteralIndex::Place;
    Predicates::Needed out;
    if (p.test == Test::regex && p.field != no_field) {
        constexpr int least_of_keys = 3;
        out.literals = keys_of(atoms_of(p.text, least_of_keys));
        out.also = atoms_of(p.text, 1).all;
        return out;
    }
    const std::string literal =
        p.test == Test::text ? folded(longest_text(p.pattern)) : std::string();
    if (literal.empty()) {
        return out;
    }
    if (p.field == no_field) {
        const std::string part = unescaped_part(literal);
        if (part.size() >= RawIndex::least) {
            out.literals = {part};
        }
        return out;
    }
    out.literals = {literal};
    out.place = shape == Shape::whole    ? Place::whole
                : shape == Shape::prefix ? Place::start
                : shape == Shape::suffix ? Place::end
                                         : Place::anywhere;
    out.decides = shape != Shape::mixed && !p.cased;
    return out;
}

std::uint8_t cost_of(const Predicate& p, Shape shape) {
    constexpr std::uint8_t of_keyword = 9;
    if (p.field == no_field) {
        return of_keyword;
    }
    switch (p.test) {
        case Test::text:
            return shape == Shape::mixed ? 5 : shape == Shape::inside ? 3 : 1;
        case Test::number:
        case Test::boolean:
            return 2;
        case Test::null:
        case Test::exists:
            return 0;
        case Test::regex:
            return 8;
        case Test::network:
        case Test::field:
            return 4;
        case Test::time:
            return 5;
    }
    return of_keyword;
}

}  // namespace

Predicates::Predicates(const RuleSet& rules) : rules_(rules), prepared_(rules.predicates.size()) {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
        const Predicate& p = rules.predicates[i];
        Prepared& out = prepared_[i];
        if (p.test == Test::text) {
            out.shape = shape_of(p.pattern);
            if (out.shape != Shape::mixed) {
                out.literal = longest_text(p.pattern);
            }
            if (out.shape == Shape::inside && !p.cased) {
                summarize(out.literal, out);
            }
        } else if (p.test == Test::regex) {
            re2::RE2::Options options;
            options.set_log_errors(false);
            out.regex = std::make_unique<const re2::RE2>(p.text, options);
        }
        out.cost = cost_of(p, out.shape);
        out.needed = needed_by(p, out.shape);
    }
}

Predicates::~Predicates() = default;

bool Predicates::text_holds(PredicateIndex i, FieldValue& value, EventFields& fields) const {
    const Predicate& p = rules_.predicates[i];
    const Prepared& prepared = prepared_[i];
    if (prepared.shape == Shape::anything) {
        return true;
    }
    const std::string_view text = p.cased ? value.text : fields.folded(value);
    switch (prepared.shape) {
        case Shape::empty:
            return text.empty();
        case Shape::anything:
            return true;
        case Shape::whole:
            return text == prepared.literal;
        case Shape::prefix:
            return text.starts_with(prepared.literal);
        case Shape::suffix:
            return has_at_end(text, prepared.literal);
        case Shape::inside:
            if (text.size() < prepared.literal.size() ||
                (prepared.has_summary && !fields.summary(value).may_have(prepared.summary))) {
                return false;
            }
            return has_inside(text, prepared.literal);
        case Shape::mixed:
            return meets(text, p.pattern);
    }
    return false;
}

bool Predicates::holds(PredicateIndex i, FieldValue& value, EventFields& fields) const {
    const Predicate& p = rules_.predicates[i];
    if (!value.has_text()) {
        return false;
    }
    switch (p.test) {
        case Test::text:
            return text_holds(i, value, fields);
        case Test::number:
            return number_holds(value, p);
        case Test::boolean:
            return boolean_holds(value, p, fields);
        case Test::regex:
            return has_all(prepared_[i].needed.also, value, fields) &&
                   re2::RE2::PartialMatch({value.text.data(), value.text.size()},
                                          *prepared_[i].regex);
        case Test::network:
            return network_holds(value, p);
        case Test::time:
            return time_holds(value, p);
        case Test::null:
        case Test::exists:
        case Test::field:
            break;
    }
    return false;
}

FieldValue* Predicates::first_met(PredicateIndex i, EventFields& fields) const {
    const Predicate& p = rules_.predicates[i];
    if (p.field == no_field) {
        for (FieldValue& value : fields.all_values()) {
            if (holds(i, value, fields)) {
                return &value;
            }
        }
        return nullptr;
    }
    if (p.test == Test::field) {
        return first_related(p, fields);
    }
    for (FieldValue* value = fields.first(p.field); value != nullptr; value = fields.next(*value)) {
        if (holds(i, *value, fields)) {
            return value;
        }
    }
    return nullptr;
}

bool Predicates::holds(PredicateIndex i, EventFields& fields) const {
    const Predicate& p = rules_.predicates[i];
    if (p.test == Test::exists) {
        return fields.first(p.field) != nullptr;
    }
    if (p.test != Test::null) {
        return first_met(i, fields) != nullptr;
    }
    FieldValue* value = fields.first(p.field);
    if (value == nullptr) {
        return true;
    }
    for (; value != nullptr; value = fields.next(*value)) {
        if (value->kind == CapturedKind::null || value->kind == CapturedKind::empty) {
            return true;
        }
    }
    return false;
}

}  // namespace spoor::sigma
