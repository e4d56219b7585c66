// What the commands that read a store share: opening it, where output goes, what is said when it
// fails.
//
// Main thread only.
#pragma once

#include "app/command.hpp"
#include "base/result.hpp"
#include "store/reader.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace spoor::app {

// Standard output, or a new file. A reader that went away (| head) is a quiet end.
class Output {
public:
    // `path` empty or "-": standard output. A file that is there is not touched without `force`.
    [[nodiscard]] static Result<std::unique_ptr<Output>> open(const std::string& path, bool force) {
        std::unique_ptr<Output> output(new Output);
        if (path.empty() || path == "-") {
            output->file_ = stdout;
            return output;
        }
        output->path_ = path;
        // "x": a file that is there is not touched, without a moment in between.
        output->file_ = std::fopen(path.c_str(), force ? "we" : "wxe");
        if (output->file_ == nullptr) {
            const bool exists = errno == EEXIST;
            return fail(exists ? Errc::already_exists : Errc::io,
                        path + ": " + reason_of(errno) + (exists ? "; --force replaces it" : ""));
        }
        return output;
    }

    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    ~Output() {
        if (file_ != nullptr && file_ != stdout) {
            std::fclose(file_);
        }
    }

    // False: nothing more need be written.
    bool write(std::string_view text) {
        if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
            error_ = errno == 0 ? EIO : errno;
        }
        return error_ == 0;
    }

    // Whether all of it arrived, or its reader did not want it all.
    [[nodiscard]] Result<void> finish() {
        if (error_ == 0 && std::fflush(file_) != 0) {
            error_ = errno;
        }
        if (error_ == 0 || error_ == EPIPE) {
            return {};
        }
        return fail(Errc::io,
                    "cannot write " + (path_.empty() ? std::string("standard output") : path_) +
                        ": " + reason_of(error_));
    }

private:
    Output() = default;

    static std::string reason_of(int error) {
        return std::error_code(error, std::generic_category()).message();
    }

    std::FILE* file_ = nullptr;
    std::string path_;
    int error_ = 0;  // errno of the first failure
};

// Prints the error to standard error and sets the exit code.
inline void report(Context& context, std::string_view command, const Error& error) {
    const std::string text = "spoor " + std::string(command) + ": " + error.detail + "\n";
    std::fputs(text.c_str(), stderr);
    const bool is_usage =
        error.code == Errc::invalid_argument || error.code == Errc::already_exists;
    context.exit_code = is_usage ? exit_usage : exit_input;
}

// The store that --data, the configuration or the default names; null: said why.
[[nodiscard]] inline std::unique_ptr<store::Reader> open_reader(Context& context,
                                                                std::string_view command) {
    config::Config config;
    if (!load_config(context, config)) {
        return nullptr;
    }
    Result<std::unique_ptr<store::Reader>> reader = store::Reader::open(data_dir(context, config));
    if (!reader) {
        report(context, command, reader.error());
        return nullptr;
    }
    return std::move(*reader);
}

}  // namespace spoor::app
