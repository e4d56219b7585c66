// FileReader: the records of one open file (or pipe), in order, from a given offset on. Works in
// steps, so that a poll never takes long: each read_into() handles a bounded number of bytes.
//
// Owns the file. One owner.
#pragma once

#include "source/byte_stream.hpp"
#include "source/file_handle.hpp"
#include "source/record_splitter.hpp"
#include "source/source.hpp"

#include <cstdint>
#include <string>

namespace spoor::source {

class FileReader {
public:
    enum class State : std::uint8_t {
        more,      // the batch is full or the step is over: call again
        waiting,   // at the end of what is there now
        finished,  // sealed, and all handed out
        failed,    // cannot be read for now, see error()
    };

    FileReader(FileHandle handle, bool is_pipe, RecordSplitter::Mode mode);

    // Hand out only what begins at this uncompressed offset or behind. Before the first read.
    void start_at(std::int64_t offset);
    // What is there now is all there will be.
    void seal();
    State read_into(PollOutput& out, std::uint32_t origin, std::uint32_t partition);

    // Uncompressed offset of the first byte not handed out.
    [[nodiscard]] std::int64_t next() const;

    [[nodiscard]] const FileHandle& handle() const { return handle_; }

    [[nodiscard]] const ByteStream& stream() const { return stream_; }

    [[nodiscard]] bool is_plain() { return stream_.is_plain(); }

    // Whether bytes came that are not yet a whole record.
    [[nodiscard]] bool has_pending() const { return !splitter_.pending().empty(); }

    [[nodiscard]] const std::string& error() const { return stream_.error(); }

private:
    State read_some(std::size_t& got);
    [[nodiscard]] std::uint64_t known_line(std::uint64_t line) const;
    void report_corrupt(PollOutput& out, std::uint32_t origin, std::uint32_t partition);
    void report_open_array(PollOutput& out, std::uint32_t origin, std::uint32_t partition);

    FileHandle handle_;
    ByteStream stream_;
    RecordSplitter::Mode mode_;
    RecordSplitter splitter_;
    std::int64_t produced_ = 0;  // uncompressed bytes taken from the stream
    std::int64_t start_ = 0;
    std::int64_t past_broken_ = -1;  // behind all, once the file was said to be broken
    bool is_sealed_ = false;
    bool is_done_ = false;  // the stream has ended or broken; the splitter has its last bytes
    bool is_corrupt_ = false;
};

}  // namespace spoor::source
