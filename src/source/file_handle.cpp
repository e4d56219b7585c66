#include "source/file_handle.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace spoor::source {

namespace {

FileStatus from_stat(const struct stat& s) {
    FileStatus out;
    out.device = s.st_dev;
    out.inode = s.st_ino;
    out.size = s.st_size < 0 ? 0 : static_cast<std::uint64_t>(s.st_size);
    out.modified_ns =
        static_cast<std::int64_t>(s.st_mtim.tv_sec) * 1'000'000'000 + s.st_mtim.tv_nsec;
    out.num_links = s.st_nlink;
    out.is_regular = S_ISREG(s.st_mode);
    out.is_folder = S_ISDIR(s.st_mode);
    return out;
}

tl::unexpected<Error> fail_with_errno(const std::string& path, int error) {
    return fail(error == ENOENT || error == ENOTDIR ? Errc::not_found : Errc::io,
                path + ": " + std::generic_category().message(error));
}

}  // namespace

void FileHandle::reset() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
        descriptor_ = -1;
    }
}

Result<FileStatus> FileHandle::status() const {
    struct stat s{};
    if (::fstat(descriptor_, &s) != 0) {
        return fail_with_errno("open file", errno);
    }
    return from_stat(s);
}

Result<FileHandle> open_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        return fail_with_errno(path, errno);
    }
    return FileHandle(descriptor);
}

Result<FileStatus> file_status(const std::string& path) {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0) {
        return fail_with_errno(path, errno);
    }
    return from_stat(s);
}

}  // namespace spoor::source
