// Report: what is said about one document of a rule file, at its places. Later stages (filters,
// correlations, pipelines) report through it too, so the texts of the files live as long as the
// load.
//
// Private to sigma. One owner: the load.
#pragma once

#include "base/diagnostic.hpp"
#include "config/yaml_reader.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma {

using config::YamlFile;
using config::YamlMember;
using config::YamlNode;
using config::YamlPlace;

class Report {
public:
    Report(const YamlFile& file, Diagnostics& diagnostics)
        : file_(&file), diagnostics_(&diagnostics) {}

    void error(std::string_view code,
               const YamlPlace& place,
               std::string message,
               std::string hint = {});
    void warning(std::string_view code,
                 const YamlPlace& place,
                 std::string message,
                 std::string hint = {});
    void note(std::string_view code, const YamlPlace& place, std::string message);
    // A pipeline does not want the document: no mistake of anybody's.
    void skip(std::string_view code, const YamlPlace& place, std::string message);

    [[nodiscard]] bool skipped() const { return skipped_; }

    // The document is not to be used, for a reason that was reported already.
    void fail(std::string_view code);

    [[nodiscard]] bool failed() const { return !first_error_.empty(); }

    // Its code; empty: there was none.
    [[nodiscard]] const std::string& first_error() const { return first_error_; }

    [[nodiscard]] const YamlFile& file() const { return *file_; }

    // `length` bytes from `offset` of a text that was read at `place`; the place itself where the
    // file does not have the text as it is (escapes, several lines).
    [[nodiscard]] YamlPlace part(const YamlPlace& place,
                                 std::string_view text,
                                 std::size_t offset,
                                 std::size_t length) const;

private:
    const YamlFile* file_;
    Diagnostics* diagnostics_;
    std::string first_error_;
    bool skipped_ = false;
};

// Among all rules it takes a while to find a name that is like another: not for each of thousands.
inline constexpr std::size_t max_guesses = 20;
// "did you mean 'x'?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string_view>& candidates);

}  // namespace spoor::sigma
