// M13: one field of an event against another of the same. Any value of the one may meet any of the
// other, so that an event with two long arrays could cost their product: equality is then looked up
// by hash, the other relations end after a bounded number of bytes compared.
//
// Private to sigma. Pure but for what EventFields remembers; its owner calls.
#pragma once

#include "sigma/event_fields.hpp"
#include "sigma/expression.hpp"

namespace spoor::sigma {

// The first value of `p.field` that has the relation to a value of `p.other`; null: there is none,
// or it was not found within the bound, and `fields` has counted that.
[[nodiscard]] FieldValue* first_related(const Predicate& p, EventFields& fields);

}  // namespace spoor::sigma
