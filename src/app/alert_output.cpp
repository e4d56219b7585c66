#include "app/alert_output.hpp"

#include <cerrno>
#include <filesystem>
#include <utility>

namespace spoor::app {

bool AlertOutput::open(const std::string& path) {
    if (path.empty() || path == "-") {
        return true;
    }
    if (std::filesystem::exists(path)) {
        std::fprintf(stderr,
                     "spoor scan: %s is there already; choose another name or remove it\n",
                     path.c_str());
        return false;
    }
    file_ = std::fopen(path.c_str(), "we");
    if (file_ == nullptr) {
        std::fprintf(stderr, "spoor scan: cannot write %s\n", path.c_str());
    }
    return file_ != nullptr;
}

AlertOutput::~AlertOutput() {
    if (file_ != nullptr) {
        std::fclose(file_);
    }
}

bool AlertOutput::finish() {
    if (file_ == nullptr) {
        errno = 0;
        const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
        return written || errno == EPIPE;
    }
    const bool good = std::ferror(file_) == 0;
    return std::fclose(std::exchange(file_, nullptr)) == 0 && good;
}

bool AlertOutput::text(std::string_view text) {
    std::FILE* out = file_ != nullptr ? file_ : stdout;
    const bool good = std::fwrite(text.data(), 1, text.size(), out) == text.size();
    reader_left_ = reader_left_ || (!good && file_ == nullptr && errno == EPIPE);
    return good;
}

bool AlertOutput::line(std::string_view text_of_line) {
    return text(text_of_line) && text("\n");
}

}  // namespace spoor::app
