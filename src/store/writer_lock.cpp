#include "store/writer_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace spoor::store {

namespace {

std::string lock_path(const std::string& dir) {
    return dir + "/lock";
}

struct flock whole_file() {
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

}  // namespace

bool is_in_use(const std::string& dir) {
    const int fd = ::open(lock_path(dir).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    struct flock lock = whole_file();
    lock.l_type = F_RDLCK;  // conflicts with the writer's, and may be asked about when read only
    const bool known = ::fcntl(fd, F_OFD_GETLK, &lock) == 0;
    ::close(fd);
    return known && lock.l_type != F_UNLCK;
}

namespace internal {

WriterLock::~WriterLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Result<void> WriterLock::take(const std::string& dir) {
    const std::string path = lock_path(dir);
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) {
        const std::string reason = std::error_code(errno, std::generic_category()).message();
        return fail(Errc::io, fmt::format("cannot write to {}: {}", path, reason));
    }
    // Bound to this opening of the file: a second store in the same process is refused as well.
    struct flock lock = whole_file();
    if (::fcntl(fd_, F_OFD_SETLK, &lock) != 0) {
        return fail(Errc::already_exists,
                    fmt::format("the data folder {} is in use by another spoor: stop it, or give "
                                "this one its own with --data",
                                dir));
    }
    return {};
}

}  // namespace internal

}  // namespace spoor::store
