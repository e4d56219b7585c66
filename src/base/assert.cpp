#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace spoor::internal {

void assert_failed(const char* condition, const char* message, const char* file, int line) {
    std::fprintf(stderr, "spoor: bug: %s (%s) at %s:%d\n", message, condition, file, line);
    std::abort();
}

}  // namespace spoor::internal
