// Filters join the rules that they are for (docs/sigma-semantics.md §5).
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/documents.hpp"

namespace spoor::sigma {

// Copies each filter's search into RuleDraft::joined of its rules; says which rules there are not.
void join_filters(Documents& documents);

}  // namespace spoor::sigma
