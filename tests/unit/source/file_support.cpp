#include "unit/source/file_support.hpp"

#include <zlib.h>
#include <zstd.h>

#include <ostream>
#include <sstream>
#include <stdexcept>

namespace spoor::test {

void PrintTo(const SeenRecord& record, std::ostream* out) {
    *out << record.origin << '@' << record.position << " '" << record.text.substr(0, 60) << "'";
}

bool PollKeeper::poll(source::Source& source) {
    batch_.clear();
    source::PollOutput out;
    out.batch = &batch_;
    source.poll(out);
    for (const auto& change : out.changes) {
        changes.push_back(change);
        positions[change.start.partition] = change.start;
    }
    for (const RecordRow& row : batch_.rows()) {
        records.push_back({std::string(origins_.text(row.ref.origin)),
                           row.ref.position,
                           std::string(batch_.view(row))});
        lines.push_back(row.line);
    }
    for (const auto& bad : out.unusable) {
        unusable.push_back(
            {std::string(origins_.text(bad.ref.origin)), bad.ref.position, bad.reason});
        payloads.push_back(bad.payload);
        unusable_lines.push_back(bad.line);
        details.push_back(bad.detail);
    }
    for (const auto& advance : out.advances) {
        const std::string partition(origins_.text(advance.partition));
        positions[partition] = {
            partition, std::string(origins_.text(advance.origin)), advance.next};
    }
    losses.merge(out.losses);
    return !batch_.empty() || !out.changes.empty() || !out.unusable.empty() ||
           !out.advances.empty() || !out.losses.empty();
}

void PollKeeper::drain(source::Source& source, int max_polls) {
    for (int i = 0; i < max_polls; ++i) {
        if (!poll(source) && source.health().at_end) {
            return;
        }
    }
    throw std::runtime_error("the source does not come to its end");
}

std::vector<std::string> PollKeeper::texts() const {
    std::vector<std::string> out;
    for (const auto& record : records) {
        out.push_back(record.text);
    }
    return out;
}

std::vector<Position> PollKeeper::checkpoint() const {
    std::vector<Position> out;
    for (const auto& [partition, position] : positions) {
        out.push_back(position);
    }
    return out;
}

std::string gzip(std::string_view bytes) {
    z_stream z{};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("deflateInit2");
    }
    std::string in(bytes);
    std::string out(deflateBound(&z, in.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

std::string zstd(std::string_view bytes, int window_log) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    if (window_log > 0) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    }
    // Streamed without the size, so that the frame names the window and not the content.
    std::string out(ZSTD_compressBound(bytes.size()) + 1024, '\0');
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer buffer{out.data(), out.size(), 0};
    ZSTD_compressStream2(context, &buffer, &in, ZSTD_e_flush);
    while (ZSTD_compressStream2(context, &buffer, &in, ZSTD_e_end) != 0) {
    }
    out.resize(buffer.pos);
    ZSTD_freeCCtx(context);
    return out;
}

std::vector<ReferenceLine> reference_lines(const std::string& bytes) {
    std::vector<ReferenceLine> out;
    std::istringstream in(bytes);
    std::string line;
    std::int64_t position = 0;
    while (std::getline(in, line)) {
        const auto size = static_cast<std::int64_t>(line.size()) + 1;
        std::int64_t at = position;
        if (position == 0 && line.starts_with("\xef\xbb\xbf")) {
            line.erase(0, 3);
            at = 3;
        }
        const std::size_t last = line.find_last_not_of(" \t\r");
        if (last != std::string::npos) {
            out.push_back({at, line.substr(0, last + 1)});
        }
        position += size;
    }
    return out;
}

}  // namespace spoor::test
