// Where `spoor scan` puts alerts: standard output or a new file. A reader of standard output that
// goes away is a quiet end.
//
// One owner.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace spoor::app {

class AlertOutput {
public:
    AlertOutput() = default;
    ~AlertOutput();
    AlertOutput(const AlertOutput&) = delete;
    AlertOutput& operator=(const AlertOutput&) = delete;

    // Empty and "-" are standard output; a file must not be there. False: it is said.
    [[nodiscard]] bool open(const std::string& path);
    // As it is. False: the output takes no more.
    bool text(std::string_view text);

    // With a line feed behind it.
    bool line(std::string_view text);
    // Everything is on its way to the disk. A reader of standard output that went away does not
    // count.
    [[nodiscard]] bool finish();

    [[nodiscard]] bool reader_left() const { return reader_left_; }

private:
    std::FILE* file_ = nullptr;
    bool reader_left_ = false;
};

}  // namespace spoor::app
