// Walks one JSON object along a PathIndex and gives every scalar at a mapped or watched path to a
// visitor.
// The same code serves the decoder (checks the grammar of the whole text) and the host probe (looks
// only where hosts are named), so that both see the same values in the same order.
//
// Rules, for both: nested members and dotted keys are the same path; of an array at a mapped path
// the first element counts, and all elements at a watched one; a list of {"@Name": n, "#text": v}
// objects (Event.EventData.Data) is read as the members n: v of the object that holds the list.
#pragma once

#include "decode/json_text.hpp"
#include "decode/key_memory.hpp"
#include "decode/path_index.hpp"

#include <cstring>

namespace spoor::decode {

// Visitor: void leaf(const PathNode&, const Token&)
//          void container(const PathNode&, bool has_elements), if `check`: a member at a watched
//          path
template <class Visitor, bool check>
class Walker {
public:
    // `memory` is of these paths only.
    Walker(Visitor& visitor, const PathIndex& paths, KeyMemory& memory, Scratch& scratch)
        : visitor_(visitor), paths_(paths), memory_(memory), scratch_(scratch) {}

    // `index` is of `text`. False: fault().
    [[nodiscard]] bool walk(std::string_view text, const JsonIndex& index) {
        text_ = text.data();
        next_ = index.begin();
        end_ = index.end();
        text_end_ = text.data() + text.size();
        find_escape(text_);
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
    [[gnu::cold, gnu::noinline]] bool fail(Reason reason, std::size_t position, const char* what) {
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

    void find_escape(const char* from) {
        const auto left = static_cast<std::size_t>(text_end_ - from);
        const void* found = std::memchr(from, '\\', left);
        escape_ = found != nullptr ? static_cast<const char*>(found) : text_end_;
    }

    // The string whose opening quote is at `at`, unescaped if it is wanted; null data is a fault.
    // Nothing but white space lies between its closing quote and the next structural character, so
    // no search is needed. By value, here and below: what is put into memory in parts and read back
    // whole makes the processor wait.
    std::string_view string_at(std::uint32_t at, bool wanted) {
        const std::uint32_t end = token_end();
        if (end < at + 2 || text_[end - 1] != '"') {
            fail(Reason::bad_json, at, "string without its end");
            return {};
        }
        const std::string_view text{text_ + at + 1, end - at - 2};
        return escape_ >= text_ + end ? text : resolve(at, wanted, text);
    }

    // Of a string with a backslash in it or before it.
    [[gnu::noinline]] std::string_view resolve(std::uint32_t at,
                                               bool wanted,
                                               std::string_view text) {
        const char* const begin = text.data();
        if (escape_ < begin) {
            find_escape(begin);
        }
        if (escape_ >= begin + text.size() || (!check && !wanted)) {
            return text;
        }
        std::string_view plain = text;
        if (!unescape(text, wanted ? &scratch_ : nullptr, plain)) {
            fail(Reason::bad_json, at, "bad escape in a string");
            return {};
        }
        return plain;
    }

    bool text_at(std::uint32_t at, bool wanted, Token& out) {
        out.kind = Token::Kind::text;
        out.bytes = string_at(at, wanted);
        return out.bytes.data() != nullptr;
    }

    // A scalar that is no string. Numbers at mapped paths are checked too.
    bool scalar_at(std::uint32_t at, Token& out) {
        out.bytes = {text_ + at, token_end() - at};
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
                return scan_number(out.bytes, out.number) ||
                       fail(Reason::bad_json, at, "not a value");
        }
    }

    bool member(const PathNode* node, int depth) {
        if constexpr (check) {
            const char c = text_[*next_];
            if ((c == '{' || c == '[') && node != nullptr && node->num_watched > 0) {
                visitor_.container(*node, c == '{' || text_[next_[1]] != ']');
            }
        }
        return value(node, depth);
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
        const bool wanted = node != nullptr && node->is_wanted();
        if (!check && !wanted) {
            return true;
        }
        Token token;
        if (!(c == '"' ? text_at(at, wanted, token) : scalar_at(at, token))) {
            return false;
        }
        if (wanted) {
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

    // The name of the member that begins at `at`, the last structural character read; null data is
    // a fault. Moves on to the value.
    std::string_view key(std::uint32_t at) {
        const char* what = nullptr;
        if (text_[at] != '"') {
            what = "expected a member's name";
        } else if (next_ == end_ || text_[*next_] != ':') {
            what = "expected a colon behind the name";
        } else if (next_ + 1 == end_) {
            what = "expected a value";
        }
        if (what != nullptr) {
            fail(Reason::bad_json, at, what);
            return {};
        }
        const std::string_view name = string_at(at, true);
        ++next_;
        return name;
    }

    const PathNode* child(const PathNode* node, std::string_view name) const {
        return node == nullptr || node->is_leaf() ? nullptr : paths_.find(*node, name);
    }

    bool object(const PathNode* node, int depth) {
        if (text_[*next_] == '}') {
            ++next_;
            return true;
        }
        bool ok = true;
        const bool leads_on = node != nullptr && !node->is_leaf();
        KeyMemory::Place place = KeyMemory::nowhere;
        do {
            const std::string_view name = key(*next_++);
            if (name.data() == nullptr) {
                return false;
            }
            const PathNode* const next =
                leads_on ? memory_.find(paths_, *node, name, place) : nullptr;
            if (!member(next, depth)) {
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
                if (!named_element(*node, depth + 1)) {
                    return false;
                }
            } else if (!value(element, depth)) {
                return false;
            }
            element = node != nullptr ? node->watched_only : nullptr;
        } while (more(']', ok));
        return ok;
    }

    // {"@Name": n, "#text": v}, an element of `list`, read as the member n: v of the object that
    // holds the list.
    bool named_element(const PathNode& list, int depth) {
        if (text_[*next_] == '}') {
            ++next_;
            return true;
        }
        bool ok = true;
        const PathNode* target = nullptr;
        Token content;
        const std::uint32_t* container = nullptr;  // where it begins, if the content is one
        do {
            const std::string_view name = key(*next_++);
            if (name.data() == nullptr) {
                return false;
            }
            const char c = text_[*next_];
            const bool is_container = c == '{' || c == '[';
            const bool is_name = name == "@Name" || name == "Name";
            const bool is_content = name == "#text" || name == "Value";
            if (is_content) {
                container = is_container && content.bytes.data() == nullptr ? next_ : nullptr;
            }
            const PathNode* plain = child(list.watched_only, name);
            if (is_container || (!is_name && !is_content)) {
                if (!member(plain, depth)) {
                    return false;
                }
                continue;
            }
            Token token;
            if (!scalar(*next_++, token)) {
                return false;
            }
            if (is_content) {
                content = token;
            } else if (token.kind == Token::Kind::text) {
                target = child(list.names_members, token.bytes);
            }
            if (plain != nullptr && plain->is_wanted()) {
                visitor_.leaf(*plain, token);
            }
        } while (more('}', ok));
        if (ok && target != nullptr) {
            ok = named_content(*target, container, content, depth);
        }
        return ok;
    }

    bool scalar(std::uint32_t at, Token& out) {
        if (next_ == end_) {
            return fail(Reason::bad_json, at, "expected a value");
        }
        return text_[at] == '"' ? text_at(at, true, out) : scalar_at(at, out);
    }

    // Of fields only scalars; of what is watched, containers too: those are walked again.
    bool named_content(const PathNode& target,
                       const std::uint32_t* container,
                       const Token& content,
                       int depth) {
        if (container == nullptr) {
            if (target.is_wanted()) {
                visitor_.leaf(target, content);
            }
            return true;
        }
        const std::uint32_t* const behind = next_;
        next_ = container;
        find_escape(text_ + *container);
        const bool ok = member(target.watched_only, depth);
        next_ = behind;
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
    KeyMemory& memory_;
    Scratch& scratch_;
    const char* text_ = nullptr;
    const std::uint32_t* next_ = nullptr;
    const std::uint32_t* end_ = nullptr;
    const char* text_end_ = nullptr;
    const char* escape_ = nullptr;  // the first backslash at or behind the last string's start
    Fault fault_;
};

}  // namespace spoor::decode
