#include "base/log.hpp"
#include "source/file_source.hpp"
#include "source/followed_file.hpp"

#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace spoor::source {

namespace {

constexpr std::size_t max_files_a_poll = 256;

class FollowSource final : public Source {
public:
    FollowSource(const config::File& file, OriginTable& origins, const FollowOptions& options)
        : file_(file),
          name_("file:" + file.path),
          origins_(origins),
          clock_(options.clock != nullptr ? *options.clock : system_clock_),
          options_(options) {
        const std::filesystem::path path(file.path);
        pattern_ = path.filename().string();
        is_pattern_ = pattern_.find_first_of("*?") != std::string::npos;
        folder_ = path.parent_path().string();
    }

    [[nodiscard]] std::string_view name() const override { return name_; }

    [[nodiscard]] bool replayable() const override { return true; }

    [[nodiscard]] Result<void> open(std::span<const Position> checkpoint) override;
    void poll(PollOutput& out) override;

    void acknowledge(std::span<const Position> /*committed*/) override {}

    void release(std::uint32_t /*partition*/) override {}

    void pause() override { is_paused_ = true; }

    void resume() override { is_paused_ = false; }

    [[nodiscard]] SourceHealth health() const override;

    void close(Duration /*deadline*/) override {
        for (const auto& file : files_) {
            file->close();
        }
        is_closed_ = true;
    }

private:
    [[nodiscard]] std::string full_path(const std::string& name) const {
        return folder_.empty() ? name : (std::filesystem::path(folder_) / name).string();
    }

    [[nodiscard]] bool matches(std::string_view path) const;
    void add(const std::string& path, FollowedFile::Start start);
    void look_for_files(bool is_first);

    config::File file_;
    std::string name_;
    OriginTable& origins_;
    SystemClock system_clock_;
    const Clock& clock_;
    FollowOptions options_;
    std::string folder_;
    std::string pattern_;
    bool is_pattern_ = false;
    bool is_paused_ = false;
    bool is_closed_ = false;
    bool has_polled_ = false;
    Duration last_look_{0};
    std::vector<std::unique_ptr<FollowedFile>> files_;
    std::set<std::string, std::less<>> known_;  // names of files_, without the folder
    std::size_t next_file_ = 0;
};

// A path of this source, by its configured form.
bool FollowSource::matches(std::string_view path) const {
    if (!is_pattern_) {
        return path == file_.path;
    }
    const std::filesystem::path p(path);
    return p.parent_path().string() == folder_ &&
           ::fnmatch(pattern_.c_str(), p.filename().c_str(), FNM_PERIOD) == 0;
}

void FollowSource::add(const std::string& path, FollowedFile::Start start) {
    files_.push_back(std::make_unique<FollowedFile>(
        path, origins_, clock_, options_.rotation_grace, std::move(start)));
    known_.insert(std::filesystem::path(path).filename().string());
}

// New matches of the pattern; rotated files of another match belong to that one.
void FollowSource::look_for_files(bool is_first) {
    namespace fs = std::filesystem;
    last_look_ = clock_.monotonic();
    std::set<std::string, std::less<>> names;
    std::error_code error;
    const fs::path folder = folder_.empty() ? fs::path(".") : fs::path(folder_);
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::string name = it->path().filename().string();
        std::error_code type_error;
        if (::fnmatch(pattern_.c_str(), name.c_str(), FNM_PERIOD) == 0 &&
            it->is_regular_file(type_error)) {
            names.insert(std::move(name));
        }
    }
    for (const std::string& name : names) {
        const auto is_base = [&name](const std::string& base) {
            return base != name && is_rotated_name(name, base);
        };
        if (known_.contains(name) || std::any_of(names.begin(), names.end(), is_base) ||
            std::any_of(known_.begin(), known_.end(), is_base)) {
            continue;
        }
        FollowedFile::Start start;
        start.at_end = is_first && file_.start == config::File::Start::end;
        if (is_first) {
            start.wants_rotated = [this](const std::string& path) { return matches(path); };
        }
        add(full_path(name), std::move(start));
        if (!is_first) {
            log(LogLevel::info, "source", "following {}", full_path(name));
        }
    }
}

Result<void> FollowSource::open(std::span<const Position> checkpoint) {
    constexpr std::string_view file_prefix = "file:";
    if (pattern_.empty()) {
        return fail(Errc::invalid_argument, file_.path + " names no file");
    }
    if (folder_.find_first_of("*?") != std::string::npos) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: * is allowed in the last part of a path only", file_.path));
    }
    for (const Position& position : checkpoint) {
        const std::string_view partition = position.partition;
        if (partition.starts_with(file_prefix) && matches(partition.substr(file_prefix.size()))) {
            add(std::string(partition.substr(file_prefix.size())), {position, false, {}});
        }
    }
    if (is_pattern_) {
        look_for_files(true);
    } else if (files_.empty()) {
        add(file_.path, {std::nullopt, file_.start == config::File::Start::end, {}});
        if (!file_status(file_.path)) {
            log(LogLevel::warning, "source", "{} is not there yet; waiting for it", file_.path);
        }
    }
    return {};
}

void FollowSource::poll(PollOutput& out) {
    if (is_paused_ || is_closed_) {
        return;
    }
    if (is_pattern_ && clock_.monotonic() - last_look_ >= options_.pattern_interval) {
        look_for_files(false);
    }
    const std::size_t count = std::min(files_.size(), max_files_a_poll);
    for (std::size_t i = 0; i < count && !out.batch->full(); ++i) {
        files_[next_file_ % files_.size()]->poll(out);
        next_file_ = (next_file_ + 1) % files_.size();
    }
    has_polled_ = true;
}

SourceHealth FollowSource::health() const {
    SourceHealth out;
    out.name = name_;
    out.at_end = has_polled_;
    out.state = has_polled_ ? SourceState::healthy : SourceState::starting;
    for (const auto& file : files_) {
        out.partitions.push_back(file->health());
        out.at_end = out.at_end && file->at_end();
        if (!file->trouble().empty()) {
            out.state = SourceState::degraded;
            out.detail = file->trouble();
        }
    }
    if (files_.empty() && has_polled_) {
        out.detail = "no file matches yet";
    }
    if (is_closed_) {
        out.state = SourceState::closed;
    }
    return out;
}

}  // namespace

std::unique_ptr<Source> make_follow_source(const config::File& file,
                                           OriginTable& origins,
                                           FollowOptions options) {
    return std::make_unique<FollowSource>(file, origins, options);
}

}  // namespace spoor::source
