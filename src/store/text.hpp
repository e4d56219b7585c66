// What a text search means: a query's words must all occur in an alert's values. Words are letters
// and digits; what stands between them ("10.0.0", "powershell.exe") only keeps them together, as
// quotes do. A star at the end finds what begins so ("mimi*"). Letters are compared without case in
// ASCII, exactly beyond it. Keys of the JSON are not searched.
//
// One meaning for the full-text index and for the scan of what is not yet indexed: both see the
// same plain text. Pure; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spoor::store {

// The values of `json` as lower-case words, a space before and after each. Takes any bytes.
[[nodiscard]] std::string searchable_text(std::string_view json);

class TextQuery {
public:
    explicit TextQuery(std::string_view query);

    // A query without a word in it finds nothing to ask for.
    [[nodiscard]] bool empty() const { return phrases_.empty(); }

    [[nodiscard]] bool matches(std::string_view searchable) const;
    // The same question for FTS5.
    [[nodiscard]] std::string to_fts() const;

private:
    // As it must occur in the text: " powershell exe ", or " mimi" for what begins so.
    std::vector<std::string> phrases_;
};

}  // namespace spoor::store
