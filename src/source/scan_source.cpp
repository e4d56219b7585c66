#include "base/log.hpp"
#include "source/file_identity.hpp"
#include "source/file_reader.hpp"
#include "source/file_source.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

namespace spoor::source {

namespace {

constexpr int max_files_a_poll = 64;

class ScanSource final : public Source {
public:
    ScanSource(std::vector<std::string> paths, OriginTable& origins, ScanOptions options)
        : given_(std::move(paths)), origins_(origins), options_(std::move(options)) {
        for (const std::string& path : given_) {
            const auto status = file_status(path);
            replayable_ = replayable_ && path != "-" &&
                          !(status && !status->is_regular && !status->is_folder);
        }
    }

    [[nodiscard]] std::string_view name() const override { return "scan"; }

    [[nodiscard]] bool replayable() const override { return replayable_; }

    [[nodiscard]] Result<void> open(std::span<const Position> checkpoint) override;
    void poll(PollOutput& out) override;

    void acknowledge(std::span<const Position> /*committed*/) override {}

    void release(std::uint32_t /*partition*/) override {}

    void pause() override { is_paused_ = true; }

    void resume() override { is_paused_ = false; }

    [[nodiscard]] SourceHealth health() const override;

    void close(Duration /*deadline*/) override {
        reader_.reset();
        is_closed_ = true;
    }

private:
    void add_folder(const std::string& path);
    void unreadable(const std::string& why);
    [[nodiscard]] Result<bool> open_next(const std::string& path);
    [[nodiscard]] std::string origin_of_file(const std::string& path, int descriptor);
    void announce(PollOutput& out);
    bool read_one(PollOutput& out);

    std::vector<std::string> given_;
    OriginTable& origins_;
    ScanOptions options_;
    bool replayable_ = true;
    bool is_paused_ = false;
    bool is_closed_ = false;
    bool is_announced_ = false;

    std::vector<std::string> paths_;  // folders expanded
    std::size_t next_path_ = 0;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;  // device and inode
    std::map<std::string, int> same_first_line_;
    std::unique_ptr<FileReader> reader_;
    std::uint32_t origin_ = 0;
    std::uint32_t partition_ = 0;
    std::int64_t advanced_to_ = -1;

    Counters losses_;
    std::uint64_t num_unreadable_ = 0;
    std::string first_unreadable_;
};

void ScanSource::unreadable(const std::string& why) {
    log(LogLevel::error, "source", "scan: {}", why);
    losses_.add("file_unreadable");
    if (num_unreadable_++ == 0) {
        first_unreadable_ = why;
    }
}

void ScanSource::add_folder(const std::string& path) {
    namespace fs = std::filesystem;
    std::vector<std::string> found;
    std::error_code error;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
        const bool is_hidden = it->path().filename().string().starts_with('.');
        std::error_code type_error;
        if (it->is_directory(type_error)) {
            if (is_hidden) {
                it.disable_recursion_pending();
            }
        } else if (!is_hidden && it->is_regular_file(type_error)) {
            found.push_back(it->path().string());
        }
    }
    if (error) {
        unreadable(fmt::format("{}: {}", path, error.message()));
    }
    std::sort(found.begin(), found.end());
    paths_.insert(paths_.end(), found.begin(), found.end());
}

Result<void> ScanSource::open(std::span<const Position> /*checkpoint*/) {
    for (const std::string& path : given_) {
        const auto status = file_status(path);
        if (path != "-" && status && status->is_folder) {
            add_folder(path);
        } else {
            paths_.push_back(path);
        }
    }
    return {};
}

void ScanSource::announce(PollOutput& out) {
    is_announced_ = true;
    for (const bool is_stdin : {false, true}) {
        const auto count = std::count(paths_.begin(), paths_.end(), "-");
        if (is_stdin ? count == 0 : count == std::ssize(paths_)) {
            continue;
        }
        const std::string partition = is_stdin ? "stdin" : "scan";
        PartitionChange change;
        change.partition = origins_.intern(partition);
        change.start = {partition, partition, 0};
        out.changes.push_back(std::move(change));
    }
}

std::string ScanSource::origin_of_file(const std::string& path, int descriptor) {
    const auto hash = first_line_hash(descriptor, true);
    if (!hash) {
        return "file:empty";  // nothing will refer to it
    }
    std::string origin = "file:" + *hash;
    const int count = ++same_first_line_[origin];
    if (count > 1) {
        origin += fmt::format("~{}", count);
        log(LogLevel::info,
            "source",
            "{} begins as another file does: its refs begin {}",
            path,
            origin);
    }
    return origin;
}

// True: reader_ reads it. False: there is nothing to do about it.
Result<bool> ScanSource::open_next(const std::string& path) {
    advanced_to_ = -1;
    if (path == "-") {
        const int copy = ::dup(options_.stdin_descriptor);
        if (copy < 0) {
            return fail(Errc::io, "standard input is closed");
        }
        reader_ =
            std::make_unique<FileReader>(FileHandle(copy), true, RecordSplitter::Mode::either);
        origin_ = origins_.intern("stdin:" + options_.run_id);
        partition_ = origins_.intern("stdin");
        return true;
    }
    SPOOR_TRY(auto handle, open_file(path));
    SPOOR_TRY(const auto status, handle.status());
    if (!seen_.emplace(status.device, status.inode).second) {
        log(LogLevel::info, "source", "{} is a file that was named before: not read again", path);
        return false;
    }
    if (status.is_folder) {
        return fail(Errc::io, path + " has become a folder");
    }
    const std::string origin = status.is_regular ? origin_of_file(path, handle.descriptor())
                                                 : fmt::format("pipe:{}:{}", options_.run_id, path);
    origin_ = origins_.intern(origin);
    origins_.set_label(origin_, path);  // alerts name the file
    partition_ = origins_.intern("scan");
    reader_ = std::make_unique<FileReader>(
        std::move(handle), !status.is_regular, RecordSplitter::Mode::either);
    if (status.is_regular) {
        reader_->seal();
    }
    return true;
}

void ScanSource::poll(PollOutput& out) {
    if (is_paused_ || is_closed_) {
        return;
    }
    if (!is_announced_) {
        announce(out);
    }
    // Many small files go into one batch.
    for (int i = 0; i < max_files_a_poll && !out.batch->full(); ++i) {
        if (!read_one(out)) {
            break;
        }
    }
    out.losses.merge(losses_);
    losses_.clear();
}

// False: there is nothing to do now, or this poll has done enough.
bool ScanSource::read_one(PollOutput& out) {
    if (!reader_ && next_path_ == paths_.size()) {
        return false;
    }
    if (!reader_) {
        const auto opened = open_next(paths_[next_path_++]);
        if (!opened) {
            unreadable(opened.error().detail);
        }
        if (!opened || !*opened) {
            return true;
        }
    }
    const auto state = reader_->read_into(out, origin_, partition_);
    if (reader_->next() != advanced_to_) {
        advanced_to_ = reader_->next();
        out.advances.push_back({partition_, origin_, advanced_to_});
    }
    if (state == FileReader::State::failed) {
        unreadable(fmt::format("{}: {}", paths_[next_path_ - 1], reader_->error()));
    }
    if (state == FileReader::State::failed || state == FileReader::State::finished) {
        reader_.reset();
        return true;
    }
    return false;
}

SourceHealth ScanSource::health() const {
    SourceHealth out;
    out.name = "scan";
    out.at_end = is_announced_ && !reader_ && next_path_ == paths_.size() && losses_.empty();
    out.state = is_closed_            ? SourceState::closed
                : num_unreadable_ > 0 ? SourceState::degraded
                : is_announced_       ? SourceState::healthy
                                      : SourceState::starting;
    if (num_unreadable_ > 0) {
        out.detail =
            fmt::format("{} could not be read; first: {}", num_unreadable_, first_unreadable_);
    }
    if (reader_) {
        PartitionHealth partition;
        partition.partition = std::string(origins_.text(partition_));
        partition.label = paths_[next_path_ - 1];
        partition.position = reader_->next();
        out.partitions.push_back(std::move(partition));
    }
    return out;
}

}  // namespace

std::unique_ptr<Source> make_scan_source(std::vector<std::string> paths,
                                         OriginTable& origins,
                                         ScanOptions options) {
    return std::make_unique<ScanSource>(std::move(paths), origins, std::move(options));
}

}  // namespace spoor::source
