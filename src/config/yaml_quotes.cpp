#include "config/yaml_quotes.hpp"

#include <cstddef>

namespace spoor::config {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view without_leading(std::string_view line) {
    const std::size_t at = line.find_first_not_of(blanks);
    return at == std::string_view::npos ? std::string_view() : line.substr(at);
}

std::string_view without_trailing(std::string_view line) {
    return line.substr(0, line.find_last_not_of(blanks) + 1);
}

void append_unescaped(std::string& out, std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        out += line[i];
        i += line[i] == '\'' ? 1U : 0U;
    }
}

}  // namespace

std::string single_quoted_text(std::string_view inside) {
    std::string out;
    std::size_t num_breaks = 0;
    for (bool is_first = true;; is_first = false) {
        const std::size_t end = inside.find('\n');
        const bool is_last = end == std::string_view::npos;
        std::string_view line = inside.substr(0, end);
        line = is_first ? line : without_leading(line);
        line = is_last ? line : without_trailing(line);
        if (is_first || is_last || !line.empty()) {
            out += num_breaks == 1 ? std::string(1, ' ')
                                   : std::string(num_breaks > 0 ? num_breaks - 1 : 0, '\n');
            num_breaks = 0;
            append_unescaped(out, line);
        }
        if (is_last) {
            return out;
        }
        ++num_breaks;
        inside.remove_prefix(end + 1);
    }
}

}  // namespace spoor::config
