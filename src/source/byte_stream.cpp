#include "source/byte_stream.hpp"

#include "base/assert.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace spoor::source {

namespace {

constexpr int max_window_log = 27;  // 128 MiB, what `zstd --long` makes
constexpr int pipe_wait_ms = 2;
constexpr std::size_t zstd_block_header = 3;
constexpr std::size_t zstd_first_hint = 5;  // magic and descriptor: what a frame needs to start
constexpr std::size_t look_size = 4096;
constexpr std::size_t input_size = std::size_t{128} * 1024;

bool is_gzip(std::string_view s) {
    return s.size() >= 3 && s[0] == '\x1f' && s[1] == '\x8b' && s[2] == '\x08';
}

bool is_zstd(std::string_view s) {
    if (s.size() < 4) {
        return false;
    }
    const bool is_frame = s.substr(0, 4) == std::string_view("\x28\xb5\x2f\xfd", 4);
    const bool is_skippable = (static_cast<unsigned char>(s[0]) & 0xf0U) == 0x50 &&
                              s.substr(1, 3) == std::string_view("\x2a\x4d\x18", 3);
    return is_frame || is_skippable;
}

// Whether so few bytes may still turn out to be a magic number.
bool may_become_magic(std::string_view s) {
    constexpr std::array<std::string_view, 2> magics = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd"};
    for (const auto magic : magics) {
        if (s.size() < magic.size() && magic.starts_with(s)) {
            return true;
        }
    }
    constexpr std::string_view skippable_rest = "\x2a\x4d\x18";
    return s.empty() || (s.size() < 4 && (static_cast<unsigned char>(s[0]) & 0xf0U) == 0x50 &&
                         skippable_rest.starts_with(s.substr(1)));
}

}  // namespace

struct ByteStream::Codecs {
    z_stream gzip{};
    bool has_gzip = false;
    bool between_members = false;
    ZSTD_DStream* zstd = nullptr;
    std::size_t zstd_hint = zstd_first_hint;  // how much input the next step takes

    Codecs() = default;
    Codecs(const Codecs&) = delete;
    Codecs& operator=(const Codecs&) = delete;

    ~Codecs() {
        if (has_gzip) {
            inflateEnd(&gzip);
        }
        ZSTD_freeDStream(zstd);
    }
};

ByteStream::ByteStream(int descriptor, bool is_pipe)
    : descriptor_(descriptor), is_pipe_(is_pipe), input_(look_size, '\0') {}

ByteStream::~ByteStream() = default;

std::size_t ByteStream::read_raw(char* out, std::size_t room) {
    failed_ = false;
    ssize_t n = 0;
    do {
        if (is_pipe_) {
            pollfd p{descriptor_, POLLIN, 0};
            if (::poll(&p, 1, pipe_wait_ms) <= 0) {
                return 0;
            }
            n = ::read(descriptor_, out, room);
        } else {
            n = ::pread(descriptor_, out, room, static_cast<off_t>(raw_offset_));
        }
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno != EAGAIN) {
            failed_ = true;
            error_ = fmt::format("cannot read from byte {} on: {}",
                                 raw_offset_,
                                 std::generic_category().message(errno));
        }
        return 0;
    }
    if (n == 0) {
        pipe_closed_ = is_pipe_;
        return 0;
    }
    const auto size = static_cast<std::size_t>(n);
    if (head_.size() < sample_size && raw_offset_ == head_.size()) {
        head_.append(out, std::min(size, sample_size - head_.size()));
    }
    tail_.append(out + size - std::min(size, sample_size), std::min(size, sample_size));
    tail_.erase(0, tail_.size() - std::min(tail_.size(), sample_size));
    raw_offset_ += size;
    return size;
}

bool ByteStream::fill() {
    if (input_begin_ > 0) {
        std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
        input_end_ -= input_begin_;
        input_begin_ = 0;
    }
    const std::size_t n = read_raw(input_.data() + input_end_, input_.size() - input_end_);
    input_end_ += n;
    return n > 0;
}

void ByteStream::decide() {
    if (kind_ != Kind::undecided) {
        return;
    }
    if (input_end_ - input_begin_ < 4) {
        fill();
    }
    const std::string_view seen(input_.data() + input_begin_, input_end_ - input_begin_);
    if (is_gzip(seen)) {
        start(Kind::gzip);
    } else if (is_zstd(seen)) {
        start(Kind::zstd);
    } else if (!may_become_magic(seen) || (!seen.empty() && (sealed_ || pipe_closed_))) {
        kind_ = Kind::plain;
    }
}

bool ByteStream::start(Kind kind) {
    codecs_ = std::make_unique<Codecs>();
    if (kind == Kind::gzip) {
        codecs_->has_gzip = inflateInit2(&codecs_->gzip, 15 + 16) == Z_OK;
    } else {
        codecs_->zstd = ZSTD_createDStream();
    }
    if (!codecs_->has_gzip && codecs_->zstd == nullptr) {
        failed_ = true;
        error_ = "out of memory for decompression";
        return false;
    }
    if (codecs_->zstd != nullptr) {
        ZSTD_DCtx_setParameter(codecs_->zstd, ZSTD_d_windowLogMax, max_window_log);
    }
    input_.resize(input_size);
    kind_ = kind;
    return true;
}

bool ByteStream::is_plain() {
    decide();
    return kind_ == Kind::plain;
}

void ByteStream::seek(std::uint64_t offset) {
    SPOOR_ASSERT(kind_ == Kind::plain && !is_pipe_, "only an uncompressed file can be sought in");
    input_begin_ = 0;
    input_end_ = 0;
    // What still_same compares: the bytes before the place where reading goes on.
    const std::size_t want = std::min<std::uint64_t>(offset, sample_size);
    std::array<char, sample_size> sample{};
    const ssize_t n = ::pread(descriptor_, sample.data(), want, static_cast<off_t>(offset - want));
    tail_.assign(sample.data(), n < 0 ? 0 : static_cast<std::size_t>(n));
    raw_offset_ = offset;
    if (head_.size() > offset) {
        head_.resize(offset);
    }
}

ByteStream::Status ByteStream::read(char* out, std::size_t room, std::size_t& got) {
    got = 0;
    if (corrupt_) {
        return Status::corrupt;
    }
    decide();
    switch (kind_) {
        case Kind::undecided:
            return failed_ ? Status::failed : Status::end;
        case Kind::plain:
            return read_plain(out, room, got);
        case Kind::gzip:
        case Kind::zstd:
            break;
    }
    return read_compressed(out, room, got);
}

ByteStream::Status ByteStream::read_plain(char* out, std::size_t room, std::size_t& got) {
    if (input_begin_ < input_end_) {
        got = std::min(room, input_end_ - input_begin_);
        std::memcpy(out, input_.data() + input_begin_, got);
        input_begin_ += got;
        return Status::data;
    }
    got = read_raw(out, room);
    if (got > 0) {
        return Status::data;
    }
    return failed_ ? Status::failed : Status::end;
}

std::uint64_t ByteStream::used_offset() const {
    return raw_offset_ - (input_end_ - input_begin_);
}

ByteStream::Status ByteStream::no_input() {
    if (failed_) {
        return Status::failed;
    }
    if ((sealed_ || pipe_closed_) && frame_open_) {
        corrupt_ = true;
        error_ = fmt::format("the {} data ends in its middle, at byte {}", tool(), used_offset());
        return Status::corrupt;
    }
    return Status::end;
}

ByteStream::Status ByteStream::read_compressed(char* out, std::size_t room, std::size_t& got) {
    // Some input makes no output (headers, skippable frames), so go on until there is some.
    while (got == 0) {
        // An open frame may hold output that did not fit the room of the last call.
        if (input_begin_ == input_end_ && !fill() && !frame_open_) {
            return no_input();
        }
        const bool had_input = input_begin_ < input_end_;
        const bool ok =
            kind_ == Kind::gzip ? inflate_some(out, room, got) : unzstd_some(out, room, got);
        if (!ok) {
            corrupt_ = true;
            return got > 0 ? Status::data : Status::corrupt;
        }
        if (got == 0 && !had_input) {
            return no_input();
        }
    }
    return Status::data;
}

bool ByteStream::inflate_some(char* out, std::size_t room, std::size_t& got) {
    z_stream& z = codecs_->gzip;
    if (codecs_->between_members) {
        // Padding with zeros is common on tapes and block devices; gzip ignores it too.
        while (input_begin_ < input_end_ && input_[input_begin_] == '\0') {
            ++input_begin_;
        }
        if (input_begin_ == input_end_) {
            return true;
        }
        inflateReset(&z);
        codecs_->between_members = false;
    }
    z.next_in = reinterpret_cast<Bytef*>(input_.data() + input_begin_);
    z.avail_in = static_cast<uInt>(input_end_ - input_begin_);
    z.next_out = reinterpret_cast<Bytef*>(out);
    z.avail_out = static_cast<uInt>(std::min<std::size_t>(room, 1U << 30U));
    const uInt before = z.avail_out;
    const int result = inflate(&z, Z_NO_FLUSH);
    input_begin_ = input_end_ - z.avail_in;
    got = before - z.avail_out;
    if (result == Z_STREAM_END) {
        codecs_->between_members = true;
        frame_open_ = false;
        return true;
    }
    frame_open_ = true;
    if (result == Z_OK || result == Z_BUF_ERROR) {
        return true;
    }
    error_ = fmt::format(
        "broken gzip data at byte {}: {}", used_offset(), z.msg != nullptr ? z.msg : "unknown");
    return false;
}

bool ByteStream::unzstd_some(char* out, std::size_t room, std::size_t& got) {
    // One block a call: when a block is broken, what the call before it made has been handed out,
    // in whatever pieces the input came.
    const std::size_t end = std::min(input_end_, input_begin_ + codecs_->zstd_hint);
    ZSTD_inBuffer in{input_.data(), end, input_begin_};
    ZSTD_outBuffer buffer{out, room, 0};
    const std::size_t result = ZSTD_decompressStream(codecs_->zstd, &buffer, &in);
    input_begin_ = in.pos;
    got = buffer.pos;
    if (ZSTD_isError(result) != 0) {
        error_ = fmt::format(
            "broken zstd data at byte {}: {}", used_offset(), ZSTD_getErrorName(result));
        return false;
    }
    frame_open_ = result != 0;
    // The hint counts the header of the next block in.
    codecs_->zstd_hint = !frame_open_                 ? zstd_first_hint
                         : result > zstd_block_header ? result - zstd_block_header
                                                      : result;
    return true;
}

bool ByteStream::still_same() const {
    const auto holds = [this](const std::string& bytes, std::uint64_t offset) {
        std::array<char, sample_size> now{};
        const ssize_t n =
            ::pread(descriptor_, now.data(), bytes.size(), static_cast<off_t>(offset));
        return n == static_cast<ssize_t>(bytes.size()) &&
               std::memcmp(now.data(), bytes.data(), bytes.size()) == 0;
    };
    return holds(head_, 0) && holds(tail_, raw_offset_ - tail_.size());
}

}  // namespace spoor::source
