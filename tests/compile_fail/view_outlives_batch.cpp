// A view of a record dies with its batch, so none can be taken from a batch that dies at once.
#include "event/record_batch.hpp"

#include <string_view>
#include <utility>

std::string_view first_record(spoor::RecordBatch& batch);

std::string_view first_record(spoor::RecordBatch& batch) {
#ifdef SPOOR_MISUSE
    return std::move(batch).view(batch.rows().front());
#else
    return batch.view(batch.rows().front());
#endif
}
