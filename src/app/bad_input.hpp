// BadInput: what `spoor scan` says, on standard error, of records that it could not use: of each
// reason the first few with their place, and at the end how many more there were. A file that is
// broken (compressed data, an array left open) is always said: it is one line a file, and what
// follows in that file was not read.
//
// Used by one thread at a time.
#pragma once

#include "base/counters.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace spoor::app {

// A reason of which there is at most one a file: what follows in it is missing.
[[nodiscard]] bool is_of_file(std::string_view reason);

class BadInput {
public:
    static constexpr std::size_t shown_of_a_reason = 5;

    using Write = std::function<void(std::string_view line)>;
    explicit BadInput(Write write = to_stderr);

    // `what` begins with the place: "events.ndjson:17: expected a colon ...".
    void add(std::string_view reason, std::string_view what);
    // The counters "dead_letters.REASON" have all, those that add() did not hear of too.
    // `kept_where`: the data folder that has them as dead letters; empty: none.
    void finish(const Counters& counters, std::string_view kept_where);

private:
    static void to_stderr(std::string_view line);

    Write write_;
    std::map<std::string, std::uint64_t, std::less<>> shown_;
};

// A file or the rest of one was not read, so that what was found is not all there is.
[[nodiscard]] bool is_input_missing(const Counters& counters);

}  // namespace spoor::app
