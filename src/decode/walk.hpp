// Walks one JSON object along a PathIndex and gives every scalar at a mapped path to a visitor.
// The same code serves the decoder (checks the grammar of the whole text) and the host probe (looks
// only where hosts are named), so that both see the same values in the same order.
//
// Rules, for both: nested members and dotted keys are the same path; of an array at a mapped path
// the first element counts; a list of {"@Name": n, "#text": v} objects (Event.EventData.Data) is
// read as the members n: v of the object that holds the list.
#pragma once

#include "decode/json_text.hpp"
#include "decode/path_index.hpp"

#include <cstring>

namespace spoor::decode {

// Visitor: void leaf(const PathNode&, const Token&)
template <class Visitor, bool check>
class Walker {
public:
    Walker(Visitor& visitor, const PathIndex& paths, Scratch& scratch)
        : visitor_(visitor), paths_(paths), scratch_(scratch) {}

    // `index` is of `text`. False: fault().
    [[nodiscard]] bool walk(std::string_view text, const JsonIndex& index) {
        text_ = text.data();
        next_ = index.begin();
        end_ = index.end();
        has_escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
        if (text_[*next_] != '{') {
            return fail(Reason::not_an_object, *next_, "not an object");
        }
        ++next_;
        if (!object(&paths_.root(), 1)) {
            return false;
        }
        return next_ == end_ || fail(Reason::bad_json, *next_, "text behind the object's end");
    }

    [[nodiscard]] const Fault& fault() const { return fault_; }

private:
    bool fail(Reason reason, std::size_t position, const char* what) {
        fault_ = {reason, position, what};
        return false;
    }

    // The byte behind the last one of the token that comes before the next structural character.
    [[nodiscard]] std::uint32_t token_end() const {
        std::uint32_t end = *next_;
        while (is_space(text_[end - 1])) {
            --end;
        }
        return end;
    }

    // The string whose opening quote is at `at`. Nothing but white space lies between its closing
    // quote and the next structural character, so no search is needed.
    bool string_at(std::uint32_t at, Token& out) {
        const std::uint32_t end = token_end();
        if (end < at + 2 || text_[end - 1] != '"') {
            return fail(Reason::bad_json, at, "string without its end");
        }
        out.kind = Token::Kind::text;
        out.bytes = {text_ + at + 1, end - at - 2};
        out.escaped =
            has_escapes_ && std::memchr(out.bytes.data(), '\\', out.bytes.size()) != nullptr;
        if constexpr (check) {
            std::string_view ignored;
            if (out.escaped && !unescape(out.bytes, nullptr, ignored)) {
                return fail(Reason::bad_json, at, "bad escape in a string");
            }
        }
        return true;
    }

    // A scalar that is no string. Numbers at mapped paths are checked too.
    bool scalar_at(std::uint32_t at, Token& out) {
        out.bytes = {text_ + at, token_end() - at};
        out.escaped = false;
        switch (text_[at]) {
            case 't':
                out.kind = Token::Kind::yes;
                return out.bytes == "true" || fail(Reason::bad_json, at, "not a value");
            case 'f':
                out.kind = Token::Kind::no;
                return out.bytes == "false" || fail(Reason::bad_json, at, "not a value");
            case 'n':
                out.kind = Token::Kind::null;
                return out.bytes == "null" || fail(Reason::bad_json, at, "not a value");
            default:
                out.kind = Token::Kind::number;
                return is_number(out.bytes) || fail(Reason::bad_json, at, "not a value");
        }
    }

    bool value(const PathNode* node, int depth) {
        const std::uint32_t at = *next_++;
        const char c = text_[at];
        if (c == '{' || c == '[') {
            if constexpr (!check) {
                if (node == nullptr) {
                    return skip_container();
                }
            }
            if (depth >= max_depth) {
                return fail(Reason::too_deep, at, "nested too deep");
            }
            return c == '{' ? object(node, depth + 1) : array(node, depth + 1);
        }
        if (next_ == end_) {
            return fail(Reason::bad_json, at, "expected a value");
        }
        if constexpr (!check) {
            if (node == nullptr || node->num_rows == 0) {
                return true;
            }
        }
        Token token;
        if (!(c == '"' ? string_at(at, token) : scalar_at(at, token))) {
            return false;
        }
        if (node != nullptr && node->num_rows > 0) {
            visitor_.leaf(*node, token);
        }
        return true;
    }

    // What separates members: true to go on, false at the end or on a fault.
    bool more(char close, bool& ok) {
        if (next_ == end_) {
            ok = fail(Reason::bad_json, end_[-1], "object or array without its end");
            return false;
        }
        const std::uint32_t at = *next_++;
        if (text_[at] == ',') {
            return true;
        }
        ok = text_[at] == close || fail(Reason::bad_json, at, "expected a comma or the end");
        return false;
    }

    bool key(std::uint32_t at, Token& out) {
        if (text_[at] != '"') {
            return fail(Reason::bad_json, at, "expected a member's name");
        }
        if (next_ == end_ || text_[*next_] != ':') {
            return fail(Reason::bad_json, at, "expected a colon behind the name");
        }
        if (!string_at(at, out)) {
            return false;
        }
        ++next_;
        if (next_ == end_) {
            return fail(Reason::bad_json, at, "expected a value");
        }
        return true;
    }

    const PathNode* child(const PathNode* node, const Token& name) {
        if (node == nullptr || node->num_slots == 0) {
            return nullptr;
        }
        if (!name.escaped) {
            return paths_.find(*node, name.bytes);
        }
        std::string_view plain;
        return unescape(name.bytes, &scratch_, plain) ? paths_.find(*node, plain) : nullptr;
    }

    bool object(const PathNode* node, int depth) {
        if (text_[*next_] == '}') {
            ++next_;
            return true;
        }
        bool ok = true;
        do {
            const std::uint32_t at = *next_;
            if (++next_ == end_) {
                return fail(Reason::bad_json, at, "expected a member's name");
            }
            Token name;
            if (!key(at, name) || !value(child(node, name), depth)) {
                return false;
            }
        } while (more('}', ok));
        return ok;
    }

    bool array(const PathNode* node, int depth) {
        if (next_ != end_ && text_[*next_] == ']') {
            ++next_;
            return true;
        }
        bool ok = true;
        const PathNode* element = node;
        do {
            if (next_ == end_) {
                return fail(Reason::bad_json, end_[-1], "array without its end");
            }
            const char c = text_[*next_];
            if (c == '{' && node != nullptr && node->names_members != nullptr) {
                if (depth >= max_depth) {
                    return fail(Reason::too_deep, *next_, "nested too deep");
                }
                ++next_;
                if (!named_element(*node->names_members, depth + 1)) {
                    return false;
                }
            } else if (!value(element, depth)) {
                return false;
            }
            element = nullptr;
        } while (more(']', ok));
        return ok;
    }

    // {"@Name": n, "#text": v}, read as the member n: v of `parent`.
    bool named_element(const PathNode& parent, int depth) {
        if (text_[*next_] == '}') {
            ++next_;
            return true;
        }
        bool ok = true;
        const PathNode* target = nullptr;
        Token content;
        do {
            const std::uint32_t at = *next_;
            if (++next_ == end_) {
                return fail(Reason::bad_json, at, "expected a member's name");
            }
            Token name;
            if (!key(at, name)) {
                return false;
            }
            const char c = text_[*next_];
            const bool is_name = name.bytes == "@Name" || name.bytes == "Name";
            const bool is_content = name.bytes == "#text" || name.bytes == "Value";
            if (c == '{' || c == '[' || (!is_name && !is_content)) {
                if (!value(nullptr, depth)) {
                    return false;
                }
                continue;
            }
            const std::uint32_t start = *next_++;
            Token token;
            if (next_ == end_ || !(c == '"' ? string_at(start, token) : scalar_at(start, token))) {
                return next_ != end_ ? false : fail(Reason::bad_json, start, "expected a value");
            }
            if (is_content) {
                content = token;
            } else if (token.kind == Token::Kind::text) {
                target = child(&parent, token);
            }
        } while (more('}', ok));
        if (ok && target != nullptr && target->num_rows > 0) {
            visitor_.leaf(*target, content);
        }
        return ok;
    }

    // Behind the end of the container whose opening was just read; its grammar is not looked at.
    bool skip_container() {
        int open = 1;
        while (next_ != end_) {
            const char c = text_[*next_++];
            if (c == '{' || c == '[') {
                ++open;
            } else if ((c == '}' || c == ']') && --open == 0) {
                return true;
            }
        }
        return fail(Reason::bad_json, end_[-1], "object or array without its end");
    }

    Visitor& visitor_;
    const PathIndex& paths_;
    Scratch& scratch_;
    const char* text_ = nullptr;
    const std::uint32_t* next_ = nullptr;
    const std::uint32_t* end_ = nullptr;
    bool has_escapes_ = false;
    Fault fault_;
};

}  // namespace spoor::decode
