// Alerts of rules that people write (Sigma), fast: what a rule says in each of its alerts is made
// once, what an event says once an event, and a match puts the pieces together. The bytes are those
// of write_alert for the same draft (alert_json.hpp); a test holds both to that.
//
// RuleText: const once made; safe from any thread. RuleAlertWriter: one owner.
#pragma once

#include "alert/alert_json.hpp"
#include "event/event.hpp"
#include "event/origin.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace spoor::alert {

inline constexpr std::string_view no_host = "-";      // of an event that names none
inline constexpr std::string_view no_score = "none";  // score_kind: a rule holds or it does not

struct RuleFacts {
    std::string_view detector;
    Rule rule;
    Level level = Level::medium;
    std::string_view status;  // empty: not said, as are the next three
    std::string_view product;
    std::string_view category;
    std::string_view service;
    std::span<const std::string> tags;
    std::span<const std::string> techniques;
    std::string_view explanation;
};

class RuleText {
public:
    explicit RuleText(const RuleFacts& facts);

    [[nodiscard]] const TechniqueSet& techniques() const { return techniques_; }

    // `,"rule_id":...,"rule_title":...,"level":...`
    [[nodiscard]] std::string_view names() const { return names_; }

    // `,"logsource":{...},"rule_status":...,"tags":[...]`
    [[nodiscard]] std::string_view about() const { return about_; }

    // `,"rule_id":...,"rule_title":...,"level":...,"tags":[...],"host":"`, of a MatchLine.
    [[nodiscard]] std::string_view line() const { return line_; }

    // What a match of one event writes, `matched` and what is the event's aside.
    [[nodiscard]] Draft draft() const;

    // What will be read to write an alert, beside this object: for a prefetch.
    [[nodiscard]] std::string_view block() const { return block_; }

private:
    friend class RuleAlertWriter;

    // What it says in each alert, between the pieces of the event, beside each other.
    enum Piece : std::uint8_t {
        identity,  // what make_id hashes, up to the ref
        to_time,
        to_entity,
        to_techniques,
        to_matched,
        to_end,
        num_pieces
    };

    [[nodiscard]] std::string_view piece(Piece piece) const {
        const std::size_t begin = piece == 0 ? 0 : ends_[piece - 1U];
        return {block_.data() + begin, ends_[piece] - begin};
    }

    void end_piece(Piece piece) { ends_[piece] = static_cast<std::uint32_t>(block_.size()); }

    std::string block_;
    std::array<std::uint32_t, num_pieces> ends_{};  // into block_
    std::string detector_;
    std::string id_;
    std::string name_;
    std::string version_;
    std::string explanation_;
    Level level_;
    TechniqueSet techniques_;
    std::string names_;
    std::string about_;
    std::string line_;
};

class RuleAlertWriter {
public:
    explicit RuleAlertWriter(const OriginTable& origins) : origins_(origins) {}

    // The event of the next alerts, which views it until the next call.
    void begin(const Event& event);
    // Appends the alert's JSON; `matched` is the members of that object.
    void write(const RuleText& rule, std::string_view matched, std::string& out);

    // Of the last write().
    [[nodiscard]] std::string_view id() const { return id_; }

private:
    const OriginTable& origins_;
    std::string time_;
    std::string entity_;
    std::string source_;
    std::string ref_;  // as text, not escaped
    bool is_simulated_ = false;
    std::string id_;
    std::string identity_;

    // Of the origin and partition of the last event.
    EventRef place_of_;
    bool has_place_ = false;
    std::string place_;
    std::string kind_;
    std::string ref_prefix_;
};

// The event's kind of record in such an alert.
[[nodiscard]] std::string_view event_type_of(const Event& event);
// The draft that RuleAlertWriter writes: of `event`, with its identity in `id`.
[[nodiscard]] Draft draft_of(const RuleText& rule,
                             const Event& event,
                             std::string_view id,
                             std::string_view matched);

}  // namespace spoor::alert
