#include "source/followed_file.hpp"

#include "base/log.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace spoor::source {

namespace {

constexpr Duration deleted_grace = std::chrono::seconds{60};
constexpr Duration left_watch = std::chrono::seconds{60};
constexpr int max_changes_a_poll = 8;
constexpr std::size_t max_done = 256;

// Where the line after the last complete one begins.
std::int64_t end_of_last_line(int descriptor, std::uint64_t size) {
    std::array<char, 16384> bytes{};
    std::uint64_t end = size;
    while (end > 0) {
        const std::size_t n = std::min<std::uint64_t>(bytes.size(), end);
        const ssize_t got = ::pread(descriptor, bytes.data(), n, static_cast<off_t>(end - n));
        if (got != static_cast<ssize_t>(n)) {
            return 0;
        }
        const std::string_view seen(bytes.data(), n);
        const std::size_t line_feed = seen.rfind('\n');
        if (line_feed != std::string_view::npos) {
            return static_cast<std::int64_t>(end - n + line_feed + 1);
        }
        end -= n;
    }
    return 0;
}

bool is_plain_file(int descriptor) {
    ByteStream stream(descriptor, false);
    stream.seal();
    return stream.is_plain();
}

std::optional<std::string> hash_of(const RotatedFile& file) {
    const auto handle = open_file(file.path);
    return handle ? first_line_hash(handle->descriptor(), true) : std::nullopt;
}

}  // namespace

FollowedFile::FollowedFile(
    std::string path, OriginTable& origins, const Clock& clock, Duration grace, Start start)
    : path_(std::move(path)),
      origins_(origins),
      clock_(clock),
      grace_(grace),
      start_(std::move(start)),
      partition_(origins.intern("file:" + path_)) {}

void FollowedFile::close() {
    reader_.reset();
    left_.reset();
    chain_.clear();
    is_closed_ = true;
}

// --- where to begin

std::optional<FollowedFile::Link> FollowedFile::open_link(const std::string& path, bool is_live) {
    auto handle = open_file(path);
    if (!handle) {
        // A file that is not there is waited for; one that may not be read is trouble.
        const bool is_absent = handle.error().code == Errc::not_found;
        if (!is_absent && trouble_ != handle.error().detail) {
            log(LogLevel::error, "source", "{}; trying again", handle.error().detail);
        }
        trouble_ = is_absent ? std::string() : handle.error().detail;
        return std::nullopt;
    }
    const auto status = handle->status();
    if (!status || !status->is_regular) {
        trouble_ = path + " is not a regular file";
        return std::nullopt;
    }
    if (is_live) {
        trouble_.clear();
    }
    Link link;
    link.handle = std::move(*handle);
    link.status = *status;
    link.path = path;
    link.is_live = is_live;
    return link;
}

// Unchanged since it was read to its end. An inode may be used again: then time and size differ.
bool FollowedFile::is_done(const FileStatus& file) const {
    return std::any_of(done_.begin(), done_.end(), [&](const FileStatus& d) {
        return d.same_file(file) && d.size == file.size && d.modified_ns == file.modified_ns;
    });
}

void FollowedFile::add_links(const std::vector<RotatedFile>& files, std::size_t from) {
    for (std::size_t i = from; i < files.size(); ++i) {
        if (is_done(files[i].status)) {
            continue;
        }
        if (auto link = open_link(files[i].path, false)) {
            chain_.push_back(std::move(*link));
        }
    }
    if (auto link = open_link(path_, true)) {
        chain_.push_back(std::move(*link));
    }
}

void FollowedFile::begin(PollOutput& out) {
    has_begun_ = true;
    PartitionChange change;
    change.partition = partition_;
    const std::string name(origins_.text(partition_));
    change.start = {name, name, 0};
    if (start_.checkpoint) {
        change.start = *start_.checkpoint;
        if (const auto id = parse_origin(change.start.origin)) {
            begin_at_checkpoint(*id, change.start.next);
        } else {
            add_links({}, 0);  // a checkpoint from before the file had a first line
        }
    } else {
        begin_without_checkpoint();
    }
    out.changes.push_back(std::move(change));
}

void FollowedFile::begin_without_checkpoint() {
    std::vector<RotatedFile> rotated;
    if (start_.wants_rotated && !start_.at_end) {
        rotated = rotated_files(path_);
        std::erase_if(rotated, [this](const auto& f) { return !start_.wants_rotated(f.path); });
    }
    add_links(rotated, 0);
    if (start_.at_end && !chain_.empty()) {
        Link& live = chain_.back();
        const int descriptor = live.handle.descriptor();
        live.start = is_plain_file(descriptor) ? end_of_last_line(descriptor, live.status.size)
                                               : INT64_MAX / 2;  // compressed: taken as a whole
    }
}

void FollowedFile::begin_at_checkpoint(const IncarnationId& id, std::int64_t next) {
    last_generation_ = id.generation;
    std::vector<RotatedFile> files = rotated_files(path_);
    if (const auto live = file_status(path_); live && live->is_regular) {
        files.push_back({path_, *live});
    }
    // The newest that has the first line, is long enough and, best, the same inode.
    std::optional<std::size_t> best;
    for (std::size_t i = files.size(); i-- > 0;) {
        const auto handle = open_file(files[i].path);
        if (!handle || first_line_hash(handle->descriptor(), true) != id.hash ||
            (files[i].status.size < static_cast<std::uint64_t>(next) &&
             is_plain_file(handle->descriptor()))) {
            continue;
        }
        const bool is_same = files[i].status.inode == id.inode;
        if (is_same || !best) {
            best = i;
        }
        if (is_same) {
            break;
        }
    }
    if (!best) {
        log(LogLevel::error,
            "source",
            "{}: the file that was being read (at byte {}) is gone, rotated away and deleted: what "
            "it still held is lost; starting at the beginning of the file that is there now",
            path_,
            next);
        losses_.add("file_gap");
        add_links({}, 0);
        return;
    }
    if (!files.empty() && files.back().path == path_) {
        files.pop_back();
    }
    const std::size_t from = *best;
    add_links(files, from);
    if (!chain_.empty()) {
        chain_.front().id = id;
        chain_.front().start = next;
    }
}

// --- from one incarnation to the next

bool FollowedFile::start_next() {
    if (chain_.empty() && has_left_ && file_status(path_)) {
        plan_after(last_left_);
    } else if (chain_.empty()) {
        add_links({}, 0);
    }
    if (chain_.empty()) {
        return false;
    }
    current_ = std::move(chain_.front());
    chain_.pop_front();
    reader_ = std::make_unique<FileReader>(
        std::move(current_.handle), false, RecordSplitter::Mode::lines);
    reader_->start_at(current_.start);
    is_sealed_ = false;
    has_position_ = false;
    has_looked_ = false;
    quiet_since_.reset();
    return true;
}

// Gives the current file its origin, if its first line is there. No record is handed out before.
bool FollowedFile::identify(PollOutput& out) {
    if (has_position_) {
        return true;
    }
    if (!current_.id) {
        const auto hash = first_line_hash(reader_->handle().descriptor(), is_sealed_);
        if (!hash) {
            return false;
        }
        current_.id = IncarnationId{*hash, last_generation_ + 1, current_.status.inode};
    }
    current_.id->inode = current_.status.inode;
    last_generation_ = std::max(last_generation_, current_.id->generation);
    ref_origin_ = origins_.intern(ref_origin(*current_.id, path_));
    resume_origin_ = origins_.intern(resume_origin(*current_.id, path_));
    has_position_ = true;
    advanced_to_ = reader_->next();
    out.advances.push_back({partition_, resume_origin_, advanced_to_});
    return true;
}

void FollowedFile::note_progress(PollOutput& out) {
    if (has_position_ && reader_->next() != advanced_to_) {
        advanced_to_ = reader_->next();
        out.advances.push_back({partition_, resume_origin_, advanced_to_});
    }
}

// What comes after a file that was read to its end. Looked up anew each time, since rotation goes
// on meanwhile; what was opened before counts only if that file cannot be found any more.
void FollowedFile::plan_after(const FileStatus& left) {
    const std::vector<RotatedFile> files = rotated_files(path_);
    const auto same = [&](const RotatedFile& f) { return f.status.same_file(left); };
    auto found = std::find_if(files.begin(), files.end(), same);
    if (found == files.end() && current_.id) {
        // Compressed meanwhile: the newest that begins as it did.
        for (auto it = files.end(); it != files.begin() && found == files.end();) {
            --it;
            found = hash_of(*it) == current_.id->hash ? it : found;
        }
    }
    std::size_t from = 0;
    if (found != files.end()) {
        from = static_cast<std::size_t>(found - files.begin()) + 1;
    } else if (!chain_.empty()) {
        return;
    } else {
        // Deleted: what was written to later than it came after it.
        const auto newer = std::find_if(files.begin(), files.end(), [&](const RotatedFile& f) {
            return f.status.modified_ns > left.modified_ns;
        });
        from = static_cast<std::size_t>(newer - files.begin());
    }
    chain_.clear();
    add_links(files, from);
}

// The current file is read to its end.
void FollowedFile::leave() {
    const auto status = reader_->handle().status();
    last_left_ = status ? *status : current_.status;
    has_left_ = true;
    done_.push_back(last_left_);
    if (done_.size() > max_done) {
        done_.pop_front();
    }
    plan_after(last_left_);
    left_ = std::move(reader_);
    left_size_ = last_left_.size;
    left_until_ = clock_.monotonic() + left_watch;
}

void FollowedFile::check_left(PollOutput& out) {
    if (!left_) {
        return;
    }
    const auto status = left_->handle().status();
    if (status && status->size > left_size_) {
        out.losses.add("file_late_bytes", status->size - left_size_);
        log(LogLevel::warning,
            "source",
            "{}: {} bytes were written to the rotated file long after it was replaced; they are "
            "not "
            "read",
            path_,
            status->size - left_size_);
        left_size_ = status->size;
    }
    if (clock_.monotonic() >= left_until_) {
        left_.reset();
    }
}

void FollowedFile::truncated(PollOutput& out) {
    const std::vector<RotatedFile> files = rotated_files(path_);
    std::size_t copy = files.size();
    while (current_.id && copy-- > 0) {
        const auto handle = open_file(files[copy].path);
        if (handle && !files[copy].status.same_file(current_.status) &&
            first_line_hash(handle->descriptor(), true) == current_.id->hash &&
            (files[copy].status.size >= static_cast<std::uint64_t>(reader_->next()) ||
             !is_plain_file(handle->descriptor()))) {
            break;
        }
    }
    const bool has_copy = current_.id && copy < files.size();
    const std::int64_t next = reader_->next();
    reader_.reset();
    chain_.clear();
    add_links(files, has_copy ? copy : files.size());
    if (has_copy && !chain_.empty()) {
        log(LogLevel::info, "source", "{} was truncated; going on in {}", path_, files[copy].path);
        chain_.front().id = current_.id;
        chain_.front().start = next;
        return;
    }
    log(LogLevel::warning,
        "source",
        "{} was truncated after byte {}, and no copy of what it held was found; starting at its "
        "beginning",
        path_,
        next);
    out.losses.add("file_truncated");
}

// --- at the end of what is there

bool FollowedFile::has_news() {
    if (!has_looked_) {
        return true;
    }
    const auto now = reader_->handle().status();
    return !now || now->size != last_look_.size || now->modified_ns != last_look_.modified_ns;
}

FollowedFile::Next FollowedFile::wait_for_grace(const FileStatus& now, Duration grace) {
    if (!quiet_since_ || quiet_size_ != now.size) {
        quiet_since_ = clock_.monotonic();
        quiet_size_ = now.size;
    }
    if (clock_.monotonic() - *quiet_since_ < grace) {
        return Next::wait;
    }
    reader_->seal();
    is_sealed_ = true;
    return Next::go_on;
}

FollowedFile::Next FollowedFile::look_at_path(const FileStatus& now) {
    const auto there = file_status(path_);
    if (there && there->same_file(now)) {
        quiet_since_.reset();
        is_at_end_ = true;
        return Next::wait;
    }
    if (!there && now.num_links > 0) {
        is_at_end_ = true;  // renamed, and the new one is not made yet
        return Next::wait;
    }
    if (!there) {
        is_at_end_ = true;
        return wait_for_grace(now, deleted_grace);
    }
    if (there->size == 0) {
        is_at_end_ = true;  // the writer may still be with the old one
        return Next::wait;
    }
    return wait_for_grace(now, grace_);
}

// The current file has nothing more for now. go_on: something has changed, there is more to read.
FollowedFile::Next FollowedFile::look_around(PollOutput& out) {
    const auto now = reader_->handle().status();
    if (!now) {
        trouble_ = now.error().detail;
        return Next::wait;
    }
    last_look_ = *now;
    has_looked_ = true;
    if (now->size < reader_->stream().raw_offset()) {
        truncated(out);
        return Next::go_on;
    }
    // The newest of the rotated files is like the file at the path: its writer may still be with
    // it.
    const bool is_newest = chain_.empty() || chain_.front().is_live;
    if (current_.is_live || (is_newest && reader_->is_plain())) {
        return look_at_path(*now);
    }
    return wait_for_grace(*now, Duration{0});
}

FollowedFile::Next FollowedFile::read(PollOutput& out) {
    if (!reader_ && !start_next()) {
        is_at_end_ = trouble_.empty();
        return Next::wait;
    }
    if (!is_sealed_ && !has_news()) {
        return look_around(out);
    }
    if (has_looked_ && !is_sealed_ && !reader_->stream().still_same()) {
        truncated(out);
        return Next::go_on;
    }
    if (!identify(out)) {
        if (!is_sealed_) {
            return look_around(out);
        }
        leave();  // empty to its end
        return Next::go_on;
    }
    const FileReader::State state = reader_->read_into(out, ref_origin_, partition_);
    note_progress(out);
    switch (state) {
        case FileReader::State::more:
            return Next::wait;
        case FileReader::State::waiting:
            trouble_.clear();
            return look_around(out);
        case FileReader::State::finished:
            leave();
            return Next::go_on;
        case FileReader::State::failed:
            break;
    }
    if (trouble_.empty()) {
        log(LogLevel::error, "source", "{}: {}; trying again", path_, reader_->error());
    }
    trouble_ = reader_->error();
    return Next::wait;
}

void FollowedFile::poll(PollOutput& out) {
    if (is_closed_) {
        return;
    }
    if (!has_begun_) {
        begin(out);
    }
    check_left(out);
    is_at_end_ = false;
    for (int i = 0; i < max_changes_a_poll && !out.batch->full(); ++i) {
        if (read(out) == Next::wait) {
            break;
        }
    }
    out.losses.merge(losses_);
    losses_.clear();
}

PartitionHealth FollowedFile::health() const {
    PartitionHealth out;
    out.partition = std::string(origins_.text(partition_));
    out.label = path_;
    out.position = advanced_to_;
    if (reader_ && chain_.empty() && has_looked_ &&
        last_look_.size == reader_->stream().raw_offset()) {
        out.end = advanced_to_;
    } else if (reader_ && chain_.empty()) {
        out.end =
            std::max<std::int64_t>(advanced_to_, static_cast<std::int64_t>(current_.status.size));
    }
    return out;
}

}  // namespace spoor::source
