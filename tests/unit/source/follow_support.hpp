// A followed file in a folder of its own, with a clock that the test moves, and what rotation does
// to it. "Restart" makes a new source from the positions that were handed out last.
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"
#include "source/file_source.hpp"
#include "support/process.hpp"
#include "unit/source/file_support.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace spoor::test {

class FollowedFolder {
public:
    explicit FollowedFolder(std::string_view pattern = "app.json") {
        file_.path = (dir_ / pattern).string();
    }

    [[nodiscard]] std::string path(std::string_view name = "app.json") const {
        return (dir_ / name).string();
    }

    void append(std::string_view bytes, std::string_view name = "app.json") {
        std::ofstream out(path(name), std::ios::binary | std::ios::app);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }

    void write(std::string_view name, std::string_view bytes) { write_file(path(name), bytes); }

    [[nodiscard]] std::string read(std::string_view name = "app.json") const {
        return read_file(path(name));
    }

    void move(std::string_view from, std::string_view to) {
        std::filesystem::rename(path(from), path(to));
    }

    void remove(std::string_view name) { std::filesystem::remove(path(name)); }

    [[nodiscard]] bool exists(std::string_view name) const {
        return std::filesystem::exists(path(name));
    }

    // app.json.2 -> app.json.3, app.json.1 -> app.json.2 ...; compressed ones too.
    void shift(int keep) {
        for (int n = keep; n >= 1; --n) {
            for (const std::string ending : {"", ".gz"}) {
                const std::string from = "app.json." + std::to_string(n) + ending;
                if (exists(from)) {
                    if (n == keep) {
                        remove(from);
                    } else {
                        move(from, "app.json." + std::to_string(n + 1) + ending);
                    }
                }
            }
        }
    }

    void rotate(int keep = 9) {
        shift(keep);
        move("app.json", "app.json.1");
        write("app.json", "");
    }

    void copy_and_truncate(int keep = 9) {
        shift(keep);
        std::filesystem::copy_file(path(), path("app.json.1"));
        std::filesystem::resize_file(path(), 0);
    }

    void compress(std::string_view name) {
        write(std::string(name) + ".gz", gzip(read(name)));
        remove(name);
    }

    void open() { open_with(seen.checkpoint()); }

    void open_with(const std::vector<Position>& checkpoint) {
        source_ = source::make_follow_source(
            file_, origins_, {&clock_, std::chrono::seconds{1}, std::chrono::seconds{1}});
        if (const auto opened = source_->open(checkpoint); !opened) {
            throw std::runtime_error(opened.error().detail);
        }
    }

    bool poll() { return seen.poll(*source_); }

    // Until it is at its end and has nothing to say, whatever the grace; returns what came.
    void settle() {
        int quiet = 0;
        for (int i = 0; i < 1000; ++i) {
            const bool said = seen.poll(*source_);
            quiet = !said && source_->health().at_end ? quiet + 1 : 0;
            if (quiet == 3) {
                return;
            }
            clock_.advance(std::chrono::milliseconds{400});
        }
        throw std::runtime_error("the source does not come to its end: " +
                                 source_->health().detail);
    }

    std::vector<std::string> settled_texts() {
        const std::size_t before = seen.records.size();
        settle();
        auto texts = seen.texts();
        texts.erase(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(before));
        return texts;
    }

    source::Source& source() { return *source_; }

    ManualClock& clock() { return clock_; }

    config::File& file() { return file_; }

    OriginTable& origins() { return origins_; }

private:
    TempDir dir_;
    ManualClock clock_;
    OriginTable origins_;
    config::File file_;
    std::unique_ptr<source::Source> source_;

public:
    PollKeeper seen{origins_};
};

}  // namespace spoor::test
