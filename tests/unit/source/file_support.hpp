// What the file source's tests share: a reader that polls a source and keeps all it says, files
// made with gzip and zstd, and the slow, obvious reader that results are compared with.
#pragma once

#include "event/origin.hpp"
#include "source/source.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::test {

struct SeenRecord {
    std::string origin;
    std::int64_t position = 0;
    std::string text;

    friend bool operator==(const SeenRecord&, const SeenRecord&) = default;
};

void PrintTo(const SeenRecord& record, std::ostream* out);

// Polls, and keeps what it got. `positions` is what a pipeline would commit.
class PollKeeper {
public:
    explicit PollKeeper(OriginTable& origins) : origins_(origins) {}

    // One poll; true if it said anything.
    bool poll(source::Source& source);
    // Until a poll says nothing and the source is at its end (or `max_polls`).
    void drain(source::Source& source, int max_polls = 100000);

    std::vector<SeenRecord> records;
    std::vector<SeenRecord> unusable;  // text: the reason
    std::vector<std::string> payloads;
    std::vector<std::uint64_t> lines;           // of the records; 0: not known
    std::vector<std::uint64_t> unusable_lines;  // likewise
    std::vector<std::string> details;           // of the unusable
    std::vector<source::PartitionChange> changes;
    std::map<std::string, Position> positions;
    Counters losses;

    [[nodiscard]] std::vector<std::string> texts() const;
    [[nodiscard]] std::vector<Position> checkpoint() const;

private:
    OriginTable& origins_;
    RecordBatch batch_;
};

[[nodiscard]] std::string gzip(std::string_view bytes);
[[nodiscard]] std::string zstd(std::string_view bytes, int window_log = 0);

struct ReferenceLine {
    std::int64_t position = 0;
    std::string text;
};

// std::getline over all the bytes: what a reader of lines must give. Blank lines are none.
[[nodiscard]] std::vector<ReferenceLine> reference_lines(const std::string& bytes);

}  // namespace spoor::test
