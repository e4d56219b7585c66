#include "decode/json_text.hpp"

#include <algorithm>

namespace spoor::decode {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// The position behind the object or array that begins at `pos`, looking only at brackets and
// strings. npos: it does not end, or has a raw line feed in a string (which no JSON has).
std::size_t end_of_container(std::string_view s, std::size_t pos) {
    int open = 0;
    bool in_string = false;
    for (; pos < s.size(); ++pos) {
        const char c = s[pos];
        if (in_string) {
            if (c == '\\') {
                ++pos;
            } else if (c == '"') {
                in_string = false;
            } else if (c == '\n') {
                return npos;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++open;
        } else if ((c == '}' || c == ']') && --open <= 0) {
            return pos + 1;
        }
    }
    return npos;
}

class Splitter {
public:
    explicit Splitter(std::vector<Piece>& out) : out_(out) {}

    void record(std::string_view text) {
        text = trim(text);
        if (text.empty()) {
            out_.push_back({0, text, Reason::empty});
        } else if (text.front() == '[') {
            array(text);
        } else {
            lines_or_one(text);
        }
    }

private:
    void piece(std::string_view text) {
        Reason reason = Reason::ok;
        if (text.empty()) {
            reason = Reason::bad_json;
        } else if (text.size() > max_event_bytes) {
            reason = Reason::too_large;
        }
        out_.push_back({next_++, text, reason});
    }

    void array(std::string_view text) {
        const std::size_t end = end_of_container(text, 0);
        if (end == npos) {
            out_.push_back({next_++, text, Reason::unclosed_array});
            return;
        }
        elements(text.substr(1, end - 2));
        const std::string_view rest = trim(text.substr(end));
        if (rest.empty()) {
            return;
        }
        if (rest.front() == '[') {
            array(rest);
        } else {
            lines_or_one(rest);
        }
    }

    // `inside` is what is between an array's brackets; its own brackets are balanced.
    void elements(std::string_view inside) {
        if (trim(inside).empty()) {
            return;
        }
        int open = 0;
        bool in_string = false;
        std::size_t start = 0;
        for (std::size_t pos = 0; pos < inside.size(); ++pos) {
            const char c = inside[pos];
            if (in_string) {
                if (c == '\\') {
                    ++pos;
                } else {
                    in_string = c != '"';
                }
            } else if (c == '"') {
                in_string = true;
            } else if (c == '{' || c == '[') {
                ++open;
            } else if (c == '}' || c == ']') {
                --open;
            } else if (c == ',' && open == 0) {
                piece(trim(inside.substr(start, pos - start)));
                start = pos + 1;
            }
        }
        piece(trim(inside.substr(start)));
    }

    void lines_or_one(std::string_view text) {
        const std::size_t feed = text.find('\n');
        if (feed == npos) {
            piece(text);
            return;
        }
        const std::size_t end = text.front() == '{' ? end_of_container(text, 0) : npos;
        if (end == text.size()) {
            piece(text);  // one object over several lines
            return;
        }
        const bool first_line_closed = end != npos && end <= feed;
        if (first_line_closed || text.find("\n{") != npos) {
            lines(text);
        } else {
            piece(text);
        }
    }

    void lines(std::string_view text) {
        while (!text.empty()) {
            const std::size_t feed = std::min(text.find('\n'), text.size());
            const std::string_view line = trim(text.substr(0, feed));
            if (!line.empty()) {
                piece(line);
            }
            text.remove_prefix(std::min(feed + 1, text.size()));
        }
    }

    std::vector<Piece>& out_;
    std::uint32_t next_ = 0;
};

}  // namespace

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::ok:
            return "ok";
        case Reason::empty:
            return "empty";
        case Reason::bad_json:
            return "bad_json";
        case Reason::bad_utf8:
            return "bad_utf8";
        case Reason::not_an_object:
            return "not_an_object";
        case Reason::too_deep:
            return "too_deep";
        case Reason::too_large:
            return "too_large";
        case Reason::unclosed_array:
            return "unclosed_array";
        case Reason::count_:
            break;
    }
    return "unknown";
}

std::string_view in_words(Reason reason) {
    switch (reason) {
        case Reason::empty:
            return "nothing but white space where an event should be";
        case Reason::too_large:
            return "an event of more than 4 MiB: split it, or leave out what is large in it";
        case Reason::unclosed_array:
            return "an array without its end: nothing of it is used";
        default:
            return to_string(reason);
    }
}

void split_record(std::string_view record, std::vector<Piece>& out) {
    Splitter(out).record(record);
}

}  // namespace spoor::decode
