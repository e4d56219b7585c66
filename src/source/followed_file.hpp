// FollowedFile: one path that is tailed through rotations, one partition. What it reads is a chain
// of incarnations: what rotation made of the path since the checkpoint, oldest first, then the file
// at the path itself. It changes over to the next only at the end of one, so one position (origin
// and offset) says all.
//
// Steps at the end of the file at the path:
//   another file is there now, not empty   after a grace in which the old one did not grow: what is
//                                          left of it is its last line; then whatever a rotation
//                                          put between the two, then the new one
//   no file is there                       waits; a file that is deleted is given up after a minute
//   the file is shorter, or its bytes are  it was truncated: a copy of what it held (copytruncate)
//   others than those read                 is looked for and finished; then from its beginning
//
// One owner (the follow source).
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"
#include "source/file_identity.hpp"
#include "source/file_reader.hpp"
#include "source/source.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace spoor::source {

class FollowedFile {
public:
    struct Start {
        std::optional<Position> checkpoint;
        // Without a checkpoint: at the end of what is there now, or at its beginning ...
        bool at_end = false;
        // ... and which rotated files are read before it (by name); empty: none.
        std::function<bool(const std::string& path)> wants_rotated;
    };

    FollowedFile(
        std::string path, OriginTable& origins, const Clock& clock, Duration grace, Start start);

    void poll(PollOutput& out);
    void close();

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] bool at_end() const { return is_at_end_; }

    [[nodiscard]] const std::string& trouble() const { return trouble_; }

    [[nodiscard]] PartitionHealth health() const;

private:
    // One incarnation, to be read or being read.
    struct Link {
        FileHandle handle;  // moves into the reader
        FileStatus status;  // when it was opened
        std::string path;
        bool is_live = false;  // opened at the followed path itself
        std::int64_t start = 0;
        std::optional<IncarnationId> id;  // known: it goes on; else made from its first line
    };

    enum class Next : std::uint8_t { go_on, wait };

    void begin(PollOutput& out);
    void begin_at_checkpoint(const IncarnationId& id, std::int64_t next);
    void begin_without_checkpoint();
    [[nodiscard]] std::optional<Link> open_link(const std::string& path, bool is_live);
    [[nodiscard]] bool is_done(const FileStatus& file) const;
    void add_links(const std::vector<RotatedFile>& files, std::size_t from);
    bool start_next();
    bool identify(PollOutput& out);
    void note_progress(PollOutput& out);
    [[nodiscard]] bool has_news();
    Next read(PollOutput& out);
    Next look_around(PollOutput& out);
    Next look_at_path(const FileStatus& now);
    Next wait_for_grace(const FileStatus& now, Duration grace);
    void truncated(PollOutput& out);
    void leave();
    void plan_after(const FileStatus& left);
    void check_left(PollOutput& out);

    std::string path_;
    OriginTable& origins_;
    const Clock& clock_;
    Duration grace_;
    Start start_;
    std::uint32_t partition_;
    bool has_begun_ = false;
    bool is_closed_ = false;
    bool is_at_end_ = false;
    std::string trouble_;

    std::uint64_t last_generation_ = 0;
    std::deque<Link> chain_;  // to be read after the current one
    Link current_;            // without its handle
    std::unique_ptr<FileReader> reader_;
    bool is_sealed_ = false;
    std::uint32_t ref_origin_ = 0;
    std::uint32_t resume_origin_ = 0;
    std::int64_t advanced_to_ = 0;
    bool has_position_ = false;
    FileStatus last_look_;  // when its end was met last
    bool has_looked_ = false;
    std::optional<Duration> quiet_since_;
    std::uint64_t quiet_size_ = 0;

    // Files read to their end, the newest last: names may mislead about the order (a copy that
    // copytruncate made may come behind a file renamed later), and none may be read twice.
    std::deque<FileStatus> done_;
    FileStatus last_left_;
    bool has_left_ = false;
    // A file that was left, watched for a writer that comes late.
    std::unique_ptr<FileReader> left_;
    std::uint64_t left_size_ = 0;
    Duration left_until_{0};
    Counters losses_;
};

}  // namespace spoor::source
