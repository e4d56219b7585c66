// SPOOR_ASSERT: always on, for bugs only. Prints the condition, the message and the place, and
// aborts.
#pragma once

namespace spoor::internal {
[[noreturn]] void assert_failed(const char* condition,
                                const char* message,
                                const char* file,
                                int line);
}  // namespace spoor::internal

#define SPOOR_ASSERT(condition, message) \
    ((condition) ? static_cast<void>(0)  \
                 : ::spoor::internal::assert_failed(#condition, message, __FILE__, __LINE__))
