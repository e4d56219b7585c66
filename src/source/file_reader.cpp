#include "source/file_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace spoor::source {

namespace {

constexpr std::size_t read_size = std::size_t{256} * 1024;
constexpr std::size_t step_size = std::size_t{2} * 1024 * 1024;  // about 2 ms when decompressing

}  // namespace

FileReader::FileReader(FileHandle handle, bool is_pipe, RecordSplitter::Mode mode)
    : handle_(std::move(handle)),
      stream_(handle_.descriptor(), is_pipe),
      mode_(mode),
      splitter_(mode) {}

void FileReader::start_at(std::int64_t offset) {
    if (offset <= 0) {
        return;
    }
    start_ = offset;
    splitter_ = RecordSplitter(mode_, offset);
    if (stream_.is_plain()) {
        stream_.seek(static_cast<std::uint64_t>(offset));
        produced_ = offset;
    }
}

void FileReader::seal() {
    is_sealed_ = true;
    stream_.seal();
}

std::int64_t FileReader::next() const {
    return std::max(splitter_.next_offset(), past_broken_);
}

// Moves bytes from the stream to the splitter; those before start_ are dropped on the way.
FileReader::State FileReader::read_some(std::size_t& got) {
    char* room = splitter_.prepare(read_size);
    switch (stream_.read(room, read_size, got)) {
        case ByteStream::Status::data:
            break;
        case ByteStream::Status::end:
            if (!is_sealed_ && !stream_.pipe_closed()) {
                return State::waiting;
            }
            is_done_ = true;
            return State::more;
        case ByteStream::Status::corrupt:
            is_done_ = true;
            is_corrupt_ = true;
            return State::more;
        case ByteStream::Status::failed:
            return State::failed;
    }
    const auto size = static_cast<std::int64_t>(got);
    const std::int64_t skip = std::clamp<std::int64_t>(start_ - produced_, 0, size);
    produced_ += size;
    if (skip > 0) {
        std::copy(room + skip, room + size, room);
    }
    splitter_.commit(static_cast<std::size_t>(size - skip));
    return State::more;
}

// A followed file goes on at an offset, and rotates: no line of it is known.
std::uint64_t FileReader::known_line(std::uint64_t line) const {
    return mode_ == RecordSplitter::Mode::either ? line : 0;
}

void FileReader::report_corrupt(PollOutput& out, std::uint32_t origin, std::uint32_t partition) {
    is_corrupt_ = false;
    const std::int64_t offset = splitter_.next_offset();
    past_broken_ = produced_ + 1;  // behind all there is, so that it is said once
    if (start_ > produced_) {
        return;  // this was said before the restart
    }
    PollOutput::Unusable bad;
    bad.ref = {origin, partition, offset, 0};
    bad.reason = "corrupt_compressed";
    bad.line = known_line(splitter_.next_line_number());
    bad.detail = fmt::format(
        "{} (byte {} when unpacked); what follows in this file cannot be read: get it anew, "
        "or test it with `{} -t`",
        stream_.error(),
        produced_,
        stream_.tool());
    bad.payload.assign(splitter_.pending().substr(0, max_kept_bytes));
    bad.payload_size = static_cast<std::uint64_t>(produced_ - offset);
    out.unusable.push_back(std::move(bad));
}

// Elements that were to come may be missing: nothing else tells if the last one is whole.
void FileReader::report_open_array(PollOutput& out, std::uint32_t origin, std::uint32_t partition) {
    if (!splitter_.ends_in_array() || past_broken_ >= 0) {
        return;
    }
    past_broken_ = produced_ + 1;
    PollOutput::Unusable bad;
    bad.ref = {origin, partition, splitter_.next_offset(), 0};
    bad.reason = "array_cut_off";
    bad.line = known_line(splitter_.next_line_number());
    bad.detail = fmt::format(
        "the file ends at byte {}{} with its array still open: get the file anew if it was cut "
        "off, "
        "else an element in it was not closed",
        produced_,
        is_plain() ? "" : " (when unpacked)");
    out.unusable.push_back(std::move(bad));
}

FileReader::State FileReader::read_into(PollOutput& out,
                                        std::uint32_t origin,
                                        std::uint32_t partition) {
    std::size_t budget = step_size;
    while (!out.batch->full()) {
        const Cut cut = splitter_.next();
        if (cut.kind == Cut::Kind::record) {
            out.batch->append(
                {origin, partition, cut.offset, 0}, no_time, cut.text, known_line(cut.line));
            continue;
        }
        if (cut.kind == Cut::Kind::too_large) {
            PollOutput::Unusable bad;
            bad.ref = {origin, partition, cut.offset, 0};
            bad.reason = "too_large";
            bad.line = known_line(cut.line);
            bad.detail = fmt::format(
                "a record of {} bytes, more than 4 MiB: split it, or leave out what is large in it",
                cut.size);
            bad.payload.assign(cut.text.substr(0, max_kept_bytes));
            bad.payload_size = cut.size;
            out.unusable.push_back(std::move(bad));
            continue;
        }
        if (is_done_) {
            report_open_array(out, origin, partition);
            return State::finished;
        }
        if (budget == 0) {
            return State::more;
        }
        std::size_t got = 0;
        const State state = read_some(got);
        if (state != State::more) {
            return state;
        }
        budget -= std::min(budget, got);
        if (is_corrupt_) {
            report_corrupt(out, origin, partition);
            return State::finished;
        }
        if (is_done_) {
            splitter_.finish();
        }
    }
    return State::more;
}

}  // namespace spoor::source
