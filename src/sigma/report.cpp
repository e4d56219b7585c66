#include "sigma/report.hpp"

#include <fmt/core.h>

#include <utility>

namespace spoor::sigma {

void Report::error(std::string_view code,
                   const YamlPlace& place,
                   std::string message,
                   std::string hint) {
    fail(code);
    diagnostics_->add(file_->diagnostic(
        Severity::error, std::string(code), place, std::move(message), std::move(hint)));
}

void Report::warning(std::string_view code,
                     const YamlPlace& place,
                     std::string message,
                     std::string hint) {
    diagnostics_->add(file_->diagnostic(
        Severity::warning, std::string(code), place, std::move(message), std::move(hint)));
}

void Report::note(std::string_view code, const YamlPlace& place, std::string message) {
    diagnostics_->add(
        file_->diagnostic(Severity::note, std::string(code), place, std::move(message)));
}

void Report::skip(std::string_view code, const YamlPlace& place, std::string message) {
    skipped_ = !failed();
    fail(code);
    warning(code, place, std::move(message));
}

void Report::fail(std::string_view code) {
    if (first_error_.empty()) {
        first_error_ = code;
    }
}

YamlPlace Report::part(const YamlPlace& place,
                       std::string_view text,
                       std::size_t offset,
                       std::size_t length) const {
    const std::string_view line = file_->line(place.line);
    std::size_t column = place.column;
    if (column >= 1 && column <= line.size() &&
        (line[column - 1] == '\'' || line[column - 1] == '"')) {
        ++column;
    }
    if (column < 1 || column - 1 > line.size() || line.substr(column - 1, text.size()) != text) {
        return place;
    }
    return {place.line, column + offset, length == 0 ? 1 : length};
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates) {
    const std::string_view near = closest(name, candidates);
    return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

}  // namespace spoor::sigma
