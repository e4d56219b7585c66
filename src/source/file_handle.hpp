// FileHandle: an open file descriptor and its identity on this machine. Owner: whoever holds it;
// one thread at a time.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace spoor::source {

// What one look at a file says. Two looks with equal `device` and `inode` saw the same file, as
// long as it was not deleted in between: file systems use inode numbers again.
struct FileStatus {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::uint64_t num_links = 0;
    bool is_regular = false;
    bool is_folder = false;

    [[nodiscard]] bool same_file(const FileStatus& other) const {
        return device == other.device && inode == other.inode;
    }
};

class FileHandle {
public:
    FileHandle() = default;

    explicit FileHandle(int descriptor) : descriptor_(descriptor) {}

    FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

    FileHandle& operator=(FileHandle&& other) noexcept {
        if (this != &other) {
            reset();
            descriptor_ = std::exchange(other.descriptor_, -1);
        }
        return *this;
    }

    FileHandle(const FileHandle&) = delete;
    FileHandle& operator=(const FileHandle&) = delete;

    ~FileHandle() { reset(); }

    void reset();

    [[nodiscard]] int descriptor() const { return descriptor_; }

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

    [[nodiscard]] Result<FileStatus> status() const;

private:
    int descriptor_ = -1;
};

// For reading; never waits for the other end of a pipe. not_found or io, with the reason.
[[nodiscard]] Result<FileHandle> open_file(const std::string& path);
[[nodiscard]] Result<FileStatus> file_status(const std::string& path);

}  // namespace spoor::source
