// EventBuilder's part for watched paths: what is there of them, in the record's order.
#include "decode/event_builder.hpp"

#include <algorithm>

namespace spoor::decode {

namespace {

using Kind = Token::Kind;

// Empty, with eight readable bytes behind it.
constexpr char zeros[8] = {};
constexpr std::string_view nothing{zeros, 0};

constexpr CapturedKind captured_kind(Kind kind) {
    static_assert(static_cast<int>(Kind::text) == static_cast<int>(CapturedKind::text) &&
                  static_cast<int>(Kind::number) == static_cast<int>(CapturedKind::number) &&
                  static_cast<int>(Kind::yes) == static_cast<int>(CapturedKind::yes) &&
                  static_cast<int>(Kind::no) == static_cast<int>(CapturedKind::no) &&
                  static_cast<int>(Kind::null) == static_cast<int>(CapturedKind::null));
    return static_cast<CapturedKind>(kind);
}

}  // namespace

void EventBuilder::make_room(const PathNode& node) {
    const std::size_t more = captured_.empty() ? std::size_t{16} * 1024 : captured_.size() * 2;
    captured_.resize(std::max(more, end_captured_ + node.num_watched));
}

// Where there is room.
inline void EventBuilder::capture_as(const PathNode& node,
                                     CapturedKind kind,
                                     std::string_view text) {
    Captured* to = captured_.data() + end_captured_;
    end_captured_ += node.num_watched;
    for (const std::uint16_t id : paths_.watched_ids(node)) {
        to->text = text;
        to->path = id;
        to->kind = kind;
        ++to;
    }
}

void EventBuilder::container(const PathNode& node, bool has_elements) {
    if (!has_room(node)) {
        make_room(node);
    }
    capture_as(node, has_elements ? CapturedKind::container : CapturedKind::empty, nothing);
}

// Some of what is captured is for rules of other log sources alone; which an event is of is known
// only once its whole text was read.
void EventBuilder::capture(const PathNode& node, const Token& token) {
    if (!has_room(node)) {
        capture_in_new_room(node, token);
        return;
    }
    const bool is_null = token.kind == Kind::null;
    capture_as(node, captured_kind(token.kind), is_null ? nothing : token.bytes);
    if (node.num_rows > 0) {
        take_rows(node, token);
    }
}

[[gnu::noinline]] void EventBuilder::capture_in_new_room(const PathNode& node, const Token& token) {
    make_room(node);
    capture(node, token);
}

}  // namespace spoor::decode
