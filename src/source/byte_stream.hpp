// ByteStream: the uncompressed bytes of a file, a pipe, or a file that is still growing. gzip and
// zstd are told by their first bytes, not by the name; several gzip members or zstd frames follow
// one another. Memory is bounded whatever the data claims: output goes into the caller's room, and
// a zstd window larger than 2^27 is refused.
//
// Does not own the descriptor, which stays where it is for regular files (pread), so that several
// streams can share one. One owner; read() waits at most 2 ms, and only for a pipe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spoor::source {

class ByteStream {
public:
    enum class Status : std::uint8_t {
        data,     // `got` > 0
        end,      // no more bytes for now; for ever if sealed or a closed pipe
        corrupt,  // the compressed data is broken here; stays so
        failed,   // the operating system says no; may be tried again
    };

    ByteStream(int descriptor, bool is_pipe);
    ~ByteStream();
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    [[nodiscard]] Status read(char* out, std::size_t room, std::size_t& got);

    // No raw bytes will be added any more: what was left open (half a frame) is then corrupt.
    void seal() { sealed_ = true; }

    // Go on at this byte. Only before the first read, and only for a regular file that is_plain().
    void seek(std::uint64_t offset);
    // Looks at the first bytes if need be. False also while there are too few of them to tell.
    [[nodiscard]] bool is_plain();

    [[nodiscard]] bool pipe_closed() const { return pipe_closed_; }

    // Bytes taken from the file so far, compressed as they are.
    [[nodiscard]] std::uint64_t raw_offset() const { return raw_offset_; }

    // Whether the file still has, at their places, the first and last bytes that were read: false
    // after it was truncated and written again. Regular files only.
    [[nodiscard]] bool still_same() const;

    // Says at which byte of the file.
    [[nodiscard]] const std::string& error() const { return error_; }

    // The program that packs and tests such files; only of compressed data.
    [[nodiscard]] std::string_view tool() const { return kind_ == Kind::zstd ? "zstd" : "gzip"; }

private:
    enum class Kind : std::uint8_t { undecided, plain, gzip, zstd };
    static constexpr std::size_t sample_size = 64;

    std::size_t read_raw(char* out, std::size_t room);
    bool fill();
    void decide();
    bool start(Kind kind);
    Status read_plain(char* out, std::size_t room, std::size_t& got);
    Status read_compressed(char* out, std::size_t room, std::size_t& got);
    bool inflate_some(char* out, std::size_t room, std::size_t& got);
    bool unzstd_some(char* out, std::size_t room, std::size_t& got);
    Status no_input();
    // Of the first byte of the file that was not used yet.
    [[nodiscard]] std::uint64_t used_offset() const;

    struct Codecs;
    int descriptor_;
    bool is_pipe_;
    bool pipe_closed_ = false;
    bool sealed_ = false;
    bool failed_ = false;
    bool corrupt_ = false;
    bool frame_open_ = false;  // inside a member or frame: an end here is a torn file
    Kind kind_ = Kind::undecided;
    std::uint64_t raw_offset_ = 0;
    std::string head_;  // first and last raw bytes read, for still_same
    std::string tail_;
    std::string input_;  // small until the data turns out to be compressed
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
    std::unique_ptr<Codecs> codecs_;
    std::string error_;
};

}  // namespace spoor::source
