#include "sigma/field_relation.hpp"

#include "sigma/pattern.hpp"
#include "sigma/scalar.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace spoor::sigma {

namespace {

constexpr std::size_t worth_hashing = 1024;                       // pairs
constexpr std::size_t max_work = std::size_t{256} * 1024 * 1024;  // bytes; a pair is at least 16
constexpr std::size_t least_work = 16;

std::string_view text_of(const Predicate& p, FieldValue& value, EventFields& fields) {
    return p.cased ? value.text : fields.folded(value);
}

bool relates(std::string_view a, Relation relation, std::string_view b) {
    switch (relation) {
        case Relation::equal:
            return a == b;
        case Relation::contains:
            return has_inside(a, b);
        case Relation::starts_with:
            return a.starts_with(b);
        case Relation::ends_with:
            return a.ends_with(b);
    }
    return false;
}

// Numbers by value where both are, else as texts.
bool is_equal(const Predicate& p, FieldValue& value, FieldValue& other, EventFields& fields) {
    Number a;
    Number b;
    const bool numeric =
        (value.kind == CapturedKind::number || other.kind == CapturedKind::number) &&
        read_number(value.text, a) && read_number(other.text, b);
    return (numeric && compare(a, Compare::equal, b)) ||
           text_of(p, value, fields) == text_of(p, other, fields);
}

// V4: two integers are compared exactly, all else as doubles.
class NumberSet {
public:
    void add(const Number& n) {
        all_.insert(n.real);
        if (n.is_integer) {
            integers_.insert(n.integer);
        } else {
            reals_.insert(n.real);
        }
    }

    [[nodiscard]] bool has(const Number& n) const {
        return n.is_integer ? integers_.contains(n.integer) || reals_.contains(n.real)
                            : all_.contains(n.real);
    }

private:
    std::unordered_set<std::int64_t> integers_;
    std::unordered_set<double> reals_;  // of those that are no integers
    std::unordered_set<double> all_;
};

// All values of the other field, for is_equal() with any of them.
class Equals {
public:
    Equals(const Predicate& p, EventFields& fields) : p_(p), fields_(fields) {
        for (FieldValue* v = fields.first(p.other); v != nullptr; v = fields.next(*v)) {
            if (!v->has_text()) {
                continue;
            }
            texts_.insert(text_of(p, *v, fields));
            Number number;
            if (read_number(v->text, number)) {
                numbers_.add(number);
                if (v->kind == CapturedKind::number) {
                    typed_.add(number);
                }
            }
        }
    }

    [[nodiscard]] bool have(FieldValue& value) const {
        Number number;
        return texts_.contains(text_of(p_, value, fields_)) ||
               (read_number(value.text, number) &&
                (value.kind == CapturedKind::number ? numbers_ : typed_).has(number));
    }

private:
    const Predicate& p_;
    EventFields& fields_;
    std::unordered_set<std::string_view> texts_;
    NumberSet numbers_;  // of numbers and texts that are
    NumberSet typed_;    // of numbers alone: what a text is compared with
};

std::size_t num_values(FieldIndex field, EventFields& fields) {
    std::size_t out = 0;
    for (FieldValue* v = fields.first(field); v != nullptr; v = fields.next(*v)) {
        ++out;
    }
    return out;
}

template <class Holds>
FieldValue* first_value(FieldIndex field, EventFields& fields, const Holds& holds) {
    for (FieldValue* v = fields.first(field); v != nullptr; v = fields.next(*v)) {
        if (v->has_text() && holds(*v)) {
            return v;
        }
    }
    return nullptr;
}

}  // namespace

FieldValue* first_related(const Predicate& p, EventFields& fields) {
    if (p.relation == Relation::equal &&
        num_values(p.field, fields) * num_values(p.other, fields) > worth_hashing) {
        const Equals others(p, fields);
        return first_value(p.field, fields, [&](FieldValue& v) { return others.have(v); });
    }
    std::size_t work = 0;
    FieldValue* const found = first_value(p.field, fields, [&](FieldValue& value) {
        const auto meets = [&](FieldValue& other) {
            if (p.relation == Relation::equal) {
                return is_equal(p, value, other, fields);
            }
            const std::string_view a = text_of(p, value, fields);
            const std::string_view b = text_of(p, other, fields);
            work += least_work + (p.relation == Relation::contains ? a.size() : b.size());
            return work <= max_work && relates(a, p.relation, b);
        };
        return work <= max_work && first_value(p.other, fields, meets) != nullptr;
    });
    if (found == nullptr && work > max_work) {
        ++fields.num_unfinished;
    }
    return found;
}

}  // namespace spoor::sigma
