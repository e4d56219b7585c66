// Bytes that arrive in arbitrary pieces are read as if they had been there at once: by the splitter
// in both its ways, and by the reader of a growing file, plain or compressed. Lines are compared
// with std::getline; of values, nothing but white space, commas and brackets may be left out.
//
// Input: one byte of seed for the cuts, one of flags, then the file.
#include "base/assert.hpp"
#include "base/random.hpp"
#include "source/file_reader.hpp"
#include "source/record_splitter.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace spoor;
using source::Cut;
using source::FileReader;
using source::RecordSplitter;

struct Line {
    std::int64_t offset = 0;
    std::string text;

    friend bool operator==(const Line&, const Line&) = default;
};

std::vector<Line> reference(const std::string& bytes) {
    std::vector<Line> out;
    std::istringstream in(bytes);
    std::int64_t offset = 0;
    for (std::string line; std::getline(in, line);) {
        const auto size = static_cast<std::int64_t>(line.size()) + 1;
        const bool has_bom = offset == 0 && line.starts_with("\xef\xbb\xbf");
        if (has_bom) {
            line.erase(0, 3);
        }
        const std::size_t last = line.find_last_not_of(" \t\r");
        if (last != std::string::npos) {
            out.push_back({offset + (has_bom ? 3 : 0), line.substr(0, last + 1)});
        }
        offset += size;
    }
    return out;
}

std::vector<Line> split(const std::string& bytes, RecordSplitter::Mode mode, Random* random) {
    std::vector<Line> out;
    RecordSplitter splitter(mode);
    const auto take_all = [&] {
        for (Cut cut = splitter.next(); cut.kind != Cut::Kind::none; cut = splitter.next()) {
            out.push_back({cut.offset, std::string(cut.text)});
            SPOOR_ASSERT(
                splitter.next_offset() >= cut.offset + static_cast<std::int64_t>(cut.text.size()),
                "the next offset lies behind what was handed out");
        }
    };
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t n = bytes.size();
        if (random != nullptr) {
            n = random->below(random->chance(0.5) ? 3 : 64) + 1;
        }
        const std::string_view piece = std::string_view(bytes).substr(at, n);
        splitter.add(piece);
        at += piece.size();
        if (random == nullptr || random->chance(0.7)) {
            take_all();
        }
    }
    splitter.finish();
    take_all();
    SPOOR_ASSERT(splitter.pending().empty(), "something was left behind");
    return out;
}

// Each record is at its offset, in order, and nothing of content lies between two.
void check_cover(const std::string& bytes, const std::vector<Line>& records) {
    std::size_t end = 0;
    const auto check_gap = [&bytes](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            SPOOR_ASSERT(
                std::string_view(" \t\r\n,[]\xef\xbb\xbf").find(bytes[i]) != std::string_view::npos,
                "content was left out");
        }
    };
    for (const Line& record : records) {
        const auto begin = static_cast<std::size_t>(record.offset);
        SPOOR_ASSERT(begin >= end, "records overlap");
        SPOOR_ASSERT(bytes.compare(begin, record.text.size(), record.text) == 0,
                     "a record is not what stands at its offset");
        check_gap(end, begin);
        end = begin + record.text.size();
    }
    check_gap(end, bytes.size());
}

std::vector<Line> tail(const std::string& bytes, Random* random) {
    source::FileHandle handle(::memfd_create("tail", MFD_CLOEXEC));
    const int descriptor = handle.descriptor();
    FileReader reader(std::move(handle), false, RecordSplitter::Mode::lines);
    std::vector<Line> out;
    RecordBatch batch;
    const auto read = [&] {
        for (auto state = FileReader::State::more; state == FileReader::State::more;) {
            batch.clear();
            source::PollOutput output;
            output.batch = &batch;
            state = reader.read_into(output, 0, 0);
            SPOOR_ASSERT(state != FileReader::State::failed, "a file in memory can be read");
            for (const RecordRow& row : batch.rows()) {
                out.push_back({row.ref.position, std::string(batch.view(row))});
            }
            for (const auto& bad : output.unusable) {
                out.push_back({bad.ref.position, bad.reason});
            }
        }
    };
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t n = random == nullptr ? bytes.size() : random->below(64) + 1;
        const std::string_view piece = std::string_view(bytes).substr(at, n);
        SPOOR_ASSERT(::pwrite(descriptor, piece.data(), piece.size(), static_cast<off_t>(at)) ==
                         static_cast<ssize_t>(piece.size()),
                     "a file in memory can be written");
        at += piece.size();
        if (random != nullptr) {
            read();
        }
    }
    reader.seal();
    read();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 64 * 1024) {
        return 0;
    }
    Random random(data[0]);
    const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    switch (data[1] % 3) {
        case 0: {
            const auto lines = reference(bytes);
            SPOOR_ASSERT(split(bytes, RecordSplitter::Mode::lines, &random) == lines,
                         "lines in pieces are the lines of the whole");
            break;
        }
        case 1: {
            const auto whole = split(bytes, RecordSplitter::Mode::either, nullptr);
            SPOOR_ASSERT(split(bytes, RecordSplitter::Mode::either, &random) == whole,
                         "values in pieces are the values of the whole");
            check_cover(bytes, whole);
            break;
        }
        default: {
            const auto whole = tail(bytes, nullptr);
            SPOOR_ASSERT(tail(bytes, &random) == whole, "a growing file is read as the whole one");
            const bool may_be_compressed = bytes[0] == '\x1f' || bytes[0] == '\x28' ||
                                           (static_cast<unsigned char>(bytes[0]) & 0xf0U) == 0x50;
            SPOOR_ASSERT(may_be_compressed || whole == reference(bytes),
                         "a plain file has the lines that getline finds");
        }
    }
    return 0;
}
