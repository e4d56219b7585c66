// Diagnostics: what is wrong with content that a person wrote (configuration, later rules and
// models). All problems of one pass are collected; each names file, line and column and, where one
// can be guessed, the way out. Values; one owner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor {

enum class Severity : unsigned char { note, warning, error };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string code;        // stable, kebab-case: "unknown-key"
    std::string message;     // one sentence, no full stop
    std::string file;        // empty: not from a file
    std::size_t line = 0;    // from 1; 0 = whole file
    std::size_t column = 0;  // from 1, in bytes
    std::size_t length = 1;  // of the marked text, in bytes
    std::string snippet;     // the line itself, without its end
    std::string hint;        // "did you mean 'group_id'?"
};

class Diagnostics {
public:
    void add(Diagnostic d);

    [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

    [[nodiscard]] std::size_t num_errors() const { return num_errors_; }

    [[nodiscard]] bool has_errors() const { return num_errors_ > 0; }

    // By file, line, column, then in order of addition.
    void sort();
    // As a compiler prints them: place, message, line, caret, hint. No colour, and nothing that a
    // terminal would obey.
    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] std::string to_json() const;

private:
    std::vector<Diagnostic> all_;
    std::size_t num_errors_ = 0;
};

// The candidate nearest to `name` (edit distance, at most a third of its length), or an empty view.
[[nodiscard]] std::string_view closest(std::string_view name,
                                       const std::vector<std::string_view>& candidates);

}  // namespace spoor
