// DIR/lock: who holds it may write the store. The kernel lets go of it when the process ends,
// however it ends; asking does not take it.
//
// Owned by one thread.
#pragma once

#include "base/result.hpp"

#include <string>

namespace spoor::store {

// Whether some process (this one too) has the store of `dir` open for writing.
[[nodiscard]] bool is_in_use(const std::string& dir);

namespace internal {

class WriterLock {
public:
    WriterLock() = default;
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;
    ~WriterLock();

    // already_exists: another has it.
    [[nodiscard]] Result<void> take(const std::string& dir);

private:
    int fd_ = -1;
};

}  // namespace internal

}  // namespace spoor::store
