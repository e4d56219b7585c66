#include "source/record_splitter.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

namespace spoor::source {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t most_open = 65'536;  // brackets; no value so deep is decoded

// The bytes that mean something between quotes, in an object or array, in a scalar, in what is
// broken: all others are passed over.
enum Within : std::uint8_t { text = 1, structure = 2, scalar = 4, broken = 8 };

constexpr std::array<std::uint8_t, 256> make_meanings() {
    std::array<std::uint8_t, 256> out{};
    const auto add = [&out](std::string_view bytes, Within where) {
        for (const char c : bytes) {
            out[static_cast<unsigned char>(c)] |= where;
        }
    };
    add("\"\\\n", text);
    add("\"{}[]", structure);
    add("\",]\n", scalar);
    add("\n", broken);
    return out;
}

constexpr std::array<std::uint8_t, 256> meanings = make_meanings();
constexpr std::string_view bom = "\xef\xbb\xbf";
constexpr std::size_t most_looked_at = std::size_t{64} * 1024;

bool is_blank(std::string_view s) {
    return s.find_first_not_of(blanks) == std::string_view::npos;
}

std::string_view without_blanks_behind(std::string_view s) {
    const std::size_t last = s.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view() : s.substr(0, last + 1);
}

std::uint64_t count_line_feeds(std::string_view s) {
    return static_cast<std::uint64_t>(std::count(s.begin(), s.end(), '\n'));
}

}  // namespace

RecordSplitter::RecordSplitter(Mode mode, std::int64_t offset)
    : mode_(mode), bom_done_(offset != 0), offset_(offset) {}

char* RecordSplitter::prepare(std::size_t n) {
    if (buffer_.size() < end_ + n && begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() < end_ + n) {
        buffer_.resize(end_ + n);
    }
    return buffer_.data() + end_;
}

void RecordSplitter::commit(std::size_t n) {
    end_ += n;
}

void RecordSplitter::add(std::string_view bytes) {
    if (!bytes.empty()) {
        std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
        commit(bytes.size());
    }
}

std::string_view RecordSplitter::pending() const {
    return is_large_ ? std::string_view(large_) : rest();
}

void RecordSplitter::consume(std::size_t n) {
    if (mode_ == Mode::lines) {
        if (n > 0 && buffer_[begin_ + n - 1] == '\n') {
            ++line_;  // never more than one
        }
    } else {
        line_ += count_line_feeds(rest().substr(0, n));
    }
    begin_ += n;
    offset_ += static_cast<std::int64_t>(n);
    scanned_ = 0;
    if (begin_ == end_) {
        begin_ = 0;
        end_ = 0;
    }
}

// A record of `size` bytes at begin_ ends here; `behind` bytes after it belong to no record.
Cut RecordSplitter::take(std::size_t size, std::size_t behind) {
    Cut cut;
    cut.offset = next_offset();
    cut.line = next_line_number();
    cut.text = without_blanks_behind(rest().substr(0, size));
    cut.size = cut.text.size();
    cut.kind = Cut::Kind::record;
    if (is_large_) {
        cut.kind = Cut::Kind::too_large;
        cut.size = dropped_ + size;
        cut.text = large_;
        is_large_ = false;
        dropped_ = 0;
        lines_dropped_ = 0;
    } else if (cut.size > max_record_bytes) {
        cut.kind = Cut::Kind::too_large;
        cut.text = cut.text.substr(0, max_kept_bytes);
    }
    consume(size + behind);
    return cut;
}

// The record that is being looked at is over the limit, or was found to be before.
void RecordSplitter::drop_scanned() {
    if (!is_large_) {
        if (scanned_ <= max_record_bytes + 1) {
            return;  // one more than the limit: a CR is no content
        }
        is_large_ = true;
        large_.assign(rest().substr(0, max_kept_bytes));
    }
    const std::size_t n = scanned_;
    const std::uint64_t line = line_;
    if (const std::string_view passed = without_blanks_behind(rest().substr(0, n));
        !passed.empty()) {
        before_ = passed.back();
    }
    consume(n);
    dropped_ += n;
    lines_dropped_ += line_ - line;
}

bool RecordSplitter::skip_bom() {
    if (bom_done_) {
        return true;
    }
    const std::string_view seen = rest();
    if (seen.size() < bom.size() && bom.starts_with(seen) && !finished_) {
        return false;
    }
    if (seen.starts_with(bom)) {
        consume(bom.size());
    }
    bom_done_ = true;
    return true;
}

// Lines or values? `either` while there is too little to tell.
RecordSplitter::Mode RecordSplitter::look() const {
    const std::string_view seen = rest();
    const Mode not_yet = finished_ || seen.size() >= most_looked_at ? Mode::lines : Mode::either;
    const std::size_t first = seen.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return not_yet;
    }
    if (seen[first] == '[') {
        // A log line may begin with a bracket too ("[2026-01-31 ...").
        const std::size_t second = seen.find_first_not_of(blanks, first + 1);
        if (second == std::string_view::npos) {
            return finished_ ? Mode::values : not_yet;  // an array cut off at once
        }
        return look_in_array(seen.substr(second), not_yet);
    }
    if (seen[first] != '{') {
        return Mode::lines;
    }
    const std::size_t line_end = seen.find('\n', first);
    if (line_end == std::string_view::npos) {
        return not_yet;
    }
    // No whole object ends so; neither does a torn line, but by a rare chance.
    const char last = without_blanks_behind(seen.substr(first, line_end - first)).back();
    return std::string_view("{[,").find(last) != std::string_view::npos ? Mode::values
                                                                        : Mode::lines;
}

// `inside` begins behind the bracket: with a bracket, or a whole scalar of JSON's and a comma.
RecordSplitter::Mode RecordSplitter::look_in_array(std::string_view inside, Mode not_yet) {
    if (std::string_view("{[]").find(inside[0]) != std::string_view::npos) {
        return Mode::values;
    }
    std::size_t end = 1;
    if (inside[0] == '"') {
        while (end < inside.size() && inside[end] != '"' && inside[end] != '\n') {
            end += inside[end] == '\\' ? 2U : 1U;
        }
        if (end < inside.size() && inside[end] == '\n') {
            return Mode::lines;
        }
        ++end;
    } else {
        constexpr std::array<std::string_view, 3> words{"null", "true", "false"};
        end = std::min(inside.find_first_of(", \t\r\n]"), inside.size());
        const std::string_view word = inside.substr(0, end);
        if (word.find_first_not_of("0123456789.") != std::string_view::npos &&
            std::ranges::find(words, word) == words.end()) {
            return end < inside.size() ? Mode::lines : not_yet;
        }
    }
    end = end < inside.size() ? inside.find_first_not_of(blanks, end) : std::string_view::npos;
    return end == std::string_view::npos ? not_yet
           : inside[end] == ','          ? Mode::values
                                         : Mode::lines;
}

Cut RecordSplitter::next() {
    if (!skip_bom()) {
        return {};
    }
    if (mode_ == Mode::either) {
        mode_ = look();
    }
    switch (mode_) {
        case Mode::lines:
            return next_line();
        case Mode::values:
            return next_value();
        case Mode::either:
            break;
    }
    return {};
}

Cut RecordSplitter::next_line() {
    for (;;) {
        const std::string_view seen = rest();
        const void* found = seen.size() == scanned_
                                ? nullptr
                                : std::memchr(seen.data() + scanned_, '\n', seen.size() - scanned_);
        if (found == nullptr) {
            scanned_ = seen.size();
            if (!finished_) {
                drop_scanned();
                return {};
            }
            if (!is_large_ && is_blank(seen)) {
                consume(seen.size());
                return {};
            }
            return take(seen.size(), 0);
        }
        const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - seen.data());
        if (is_large_ || !is_blank(seen.substr(0, size))) {
            return take(size, 1);
        }
        consume(size + 1);
    }
}

bool RecordSplitter::find_value() {
    const std::string_view seen = rest();
    std::size_t i = 0;
    for (; i < seen.size(); ++i) {
        const char c = seen[i];
        if (c == '[' && (!in_array_ || reopened_)) {
            in_array_ = has_array_ = true;
            reopened_ = false;
        } else if (c == ']') {
            in_array_ = reopened_ = false;  // or one too many, behind a value that had too few
        } else if (c == ',') {
            // It was one too many.
            reopened_ = reopened_ || (has_array_ && !in_array_);
            in_array_ = in_array_ || has_array_;
        } else if (blanks.find(c) == std::string_view::npos) {
            consume(i);
            open_ = true;
            reopened_ = false;
            in_text_ = false;
            escaped_ = false;
            before_ = '\0';
            form_ = c == '{' || c == '[' ? Form::structure
                    : has_array_         ? Form::scalar
                                         : Form::broken;
            closers_.clear();
            return true;
        }
    }
    consume(i);
    return false;
}

// A bracket must come first, or behind a colon, a comma or an opening bracket, and no value behind
// a comma within an object, where a key is due: elsewhere the value before it was never closed.
RecordSplitter::Step RecordSplitter::open(char c) {
    const std::string_view passed = without_blanks_behind(rest().substr(0, scanned_));
    const char before = passed.empty() ? before_ : passed.back();
    const bool is_key_due = before == ',' && closers_.back() == '}';
    if (is_key_due || std::string_view("\0:,[", 4).find(before) == std::string_view::npos) {
        return Step::ends_before;
    }
    if (closers_.size() == most_open) {
        form_ = Form::broken;
        return Step::inside;
    }
    closers_.push_back(c == '{' ? '}' : ']');
    return Step::inside;
}

RecordSplitter::Step RecordSplitter::close(char c) {
    // What was opened since was never closed.
    const auto opened = std::find(closers_.rbegin(), closers_.rend(), c);
    if (opened == closers_.rend()) {
        if (c == ']' && in_array_) {
            return Step::ends_before;  // the outer array's
        }
        form_ = Form::broken;
        return Step::inside;
    }
    closers_.erase(std::prev(opened.base()), closers_.end());
    return closers_.empty() ? Step::ends_behind : Step::inside;
}

RecordSplitter::Step RecordSplitter::step_in_text(char c) {
    if (c == '\n') {
        return Step::ends_behind;  // JSON texts have no line feeds between quotes
    }
    in_text_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
    return Step::inside;
}

RecordSplitter::Step RecordSplitter::step(char c) {
    if (form_ == Form::broken) {
        return c == '\n' ? Step::ends_behind : Step::inside;
    }
    if (in_text_) {
        return step_in_text(c);
    }
    if (form_ == Form::scalar) {
        in_text_ = c == '"';
        return c == ',' || c == ']' ? Step::ends_before
               : c == '\n'          ? Step::ends_behind
                                    : Step::inside;
    }
    switch (c) {
        case '"':
            in_text_ = true;
            return Step::inside;
        case '{':
        case '[':
            return open(c);
        case '}':
        case ']':
            return close(c);
        default:
            return Step::inside;
    }
}

// To the next byte that means something here; the one behind a backslash is always looked at.
void RecordSplitter::skip_others(std::string_view seen) {
    const auto within = static_cast<std::uint8_t>(form_ == Form::broken   ? Within::broken
                                                  : in_text_              ? Within::text
                                                  : form_ == Form::scalar ? Within::scalar
                                                                          : Within::structure);
    std::size_t i = scanned_;
    while (i < seen.size() && (meanings[static_cast<unsigned char>(seen[i])] & within) == 0) {
        ++i;
    }
    scanned_ = i;
}

bool RecordSplitter::scan_value() {
    const std::string_view seen = rest();
    for (; scanned_ < seen.size(); ++scanned_) {
        if (!escaped_) {
            skip_others(seen);
            if (scanned_ == seen.size()) {
                break;
            }
        }
        const Step s = step(seen[scanned_]);
        if (s == Step::inside) {
            continue;
        }
        if (s == Step::ends_behind) {
            ++scanned_;
        }
        return true;
    }
    return false;
}

Cut RecordSplitter::next_value() {
    for (;;) {
        if (!open_ && !find_value()) {
            return {};
        }
        const bool ended = scan_value();
        if (!ended && !finished_) {
            drop_scanned();
            return {};
        }
        open_ = false;
        if (is_large_ || !is_blank(rest().substr(0, scanned_))) {
            return take(scanned_, 0);
        }
        consume(scanned_);
    }
}

}  // namespace spoor::source
