// RecordSplitter: cuts a stream of bytes into records, each with the offset of its first byte. It
// neither reads nor decodes. Two ways:
//   lines   one record a line (NDJSON); blank lines are no records, CR before LF is no content.
//   values  JSON texts that go over lines: pretty-printed objects, and the elements of arrays, one
//           record each, however large the array is.
// A splitter made with Mode::either looks at the first bytes. In what is not JSON, records end with
// the line; decoding then says what is wrong with them. A value that was never closed takes as few
// of those behind it as can be told. Nothing but white space, commas and the
// brackets of outer arrays is left out.
//
// Memory: at most max_record_bytes and what prepare() was asked for. One owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::source {

inline constexpr std::size_t max_record_bytes = std::size_t{4} * 1024 * 1024;
// How much of a record over that is kept for its dead letter.
inline constexpr std::size_t max_kept_bytes = std::size_t{1024} * 1024;

struct Cut {
    enum class Kind : std::uint8_t { none, record, too_large };
    Kind kind = Kind::none;
    std::int64_t offset = 0;
    std::string_view text;   // valid until the next call; too_large: the beginning
    std::uint64_t size = 0;  // whole; differs from text.size() only if too_large
    std::uint64_t line = 0;  // of its first byte, from 1 at the first byte given
};

class RecordSplitter {
public:
    enum class Mode : std::uint8_t { either, lines, values };

    // `offset` is where in the stream the first byte given will be.
    explicit RecordSplitter(Mode mode, std::int64_t offset = 0);

    // Room for `n` more bytes, and how many of them were filled.
    [[nodiscard]] char* prepare(std::size_t n);
    void commit(std::size_t n);
    void add(std::string_view bytes);

    // The stream is over: what is left is the last record.
    void finish() { finished_ = true; }

    // The next record, or none: more bytes are needed (or, after finish(), there are no more).
    [[nodiscard]] Cut next();

    // Of the first byte that no record handed out contains: where to go on after a restart.
    [[nodiscard]] std::int64_t next_offset() const {
        return offset_ - static_cast<std::int64_t>(dropped_);
    }

    // Of the same byte: lines are counted as they are passed, which is free as each is cut anyway.
    [[nodiscard]] std::uint64_t next_line_number() const { return line_ - lines_dropped_; }

    // Of values, after all were handed out: the outer array was not closed.
    [[nodiscard]] bool ends_in_array() const { return finished_ && in_array_ && !reopened_; }

    // What has come since the last whole record.
    [[nodiscard]] std::string_view pending() const;

private:
    [[nodiscard]] std::string_view rest() const {
        return std::string_view(buffer_).substr(begin_, end_ - begin_);
    }

    void consume(std::size_t n);
    Cut take(std::size_t size, std::size_t behind);
    void drop_scanned();
    Cut next_line();
    Cut next_value();
    [[nodiscard]] bool find_value();
    // Whether the value at begin_ ends within what is there; scanned_ is then its size.
    [[nodiscard]] bool scan_value();
    enum class Step : std::uint8_t { inside, ends_behind, ends_before };
    [[nodiscard]] Step step(char c);
    [[nodiscard]] Step step_in_text(char c);
    [[nodiscard]] Step open(char c);
    void skip_others(std::string_view seen);
    [[nodiscard]] Step close(char c);
    [[nodiscard]] bool skip_bom();
    [[nodiscard]] Mode look() const;
    [[nodiscard]] static Mode look_in_array(std::string_view inside, Mode not_yet);

    Mode mode_;
    bool finished_ = false;
    bool bom_done_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of the bytes not yet consumed
    std::size_t end_ = 0;
    std::size_t scanned_ = 0;  // bytes behind begin_ that were looked at already
    std::int64_t offset_;      // of buffer_[begin_] in the stream
    std::uint64_t line_ = 1;   // likewise

    // A record over the limit: its beginning, and how much of it was dropped since.
    bool is_large_ = false;
    std::string large_;
    std::uint64_t dropped_ = 0;
    std::uint64_t lines_dropped_ = 0;

    // values: where we are.
    bool has_array_ = false;  // an outer array began, here or before
    bool reopened_ = false;   // by a comma behind its bracket, and nothing came since
    bool in_array_ = false;   // inside an outer array, between its elements or in one
    bool open_ = false;       // a value begins at begin_ (or did, if it is large)
    bool in_text_ = false;    // between quotes
    bool escaped_ = false;    // behind a backslash
    enum class Form : std::uint8_t {
        structure,  // an object or array: ends where it closes
        scalar,     // an element that is neither: ends before the next comma or bracket
        broken,     // not JSON: ends with its line
    };
    Form form_ = Form::structure;
    char before_ = '\0';         // of a large value: the last dropped that was no white space
    std::vector<char> closers_;  // the brackets still to come
};

}  // namespace spoor::source
