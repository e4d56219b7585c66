// Turns the mapped values of one text into an Event: converts them, settles which of several paths
// gives a field, and adds what follows from the whole (shape, host, time, log source). The walker
// calls leaf() for each value, in the text's order.
//
// Private to decode. One owner; nothing is allocated per event once its arrays have grown.
#pragma once

#include "decode/host_choice.hpp"
#include "decode/logsource.hpp"
#include "decode/path_index.hpp"
#include "event/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {

// A row of the mapping table without its path.
struct Target {
    Use use = Use::field;
    FieldType type = FieldType::text;
    Transform transform = Transform::none;
    Only only = Only::always;
    FieldId field = FieldId::count_;
    std::uint8_t time_rank = 0;  // of Use::time and time_utc: its place among them
};

class EventBuilder {
public:
    EventBuilder(const PathIndex& paths, const Options& options, Scratch& scratch);

    void begin_batch();
    void end_batch();  // the events' spans become valid
    void begin();
    void leaf(const PathNode& node, const Token& token);
    void container(const PathNode& node, bool has_elements);
    void finish(std::string_view text, const RecordRow& record);

    void discard() {
        end_field_ = first_field_;
        end_captured_ = first_captured_;
    }

    [[nodiscard]] const std::vector<Event>& events() const { return events_; }

    [[nodiscard]] std::uint64_t num_clamped() const { return num_clamped_; }

    [[nodiscard]] std::uint64_t num_without_time() const { return num_without_time_; }

private:
    static constexpr std::size_t max_times = 16;

    struct TimeText {
        std::string_view text;
        bool is_utc = false;
    };

    struct KnownService {
        std::string name;
        WindowsService service;
    };

    // What a message says beside its fields.
    struct Hints {
        bool windows_id = false;
        bool windows_log = false;
        bool ecs = false;
        bool simulated = false;
        bool collided = false;     // two values for one field
        bool conditional = false;  // a value whose row holds only for some events
        bool features = false;
        std::string_view event_kind;
        std::string_view object_type;
        std::string_view ecs_category;
        std::string_view ecs_type;
        std::string_view os;
        std::uint32_t times_seen = 0;
        WindowsService service;
        HostChoice host;
    };

    void note(const Target& to, std::uint16_t row_id, const Token& token, std::string_view text);
    Field& next_field(FieldId id, FieldType type);
    void take_next(FieldId id, std::uint16_t row_id);
    void grow();
    void capture(const PathNode& node, const Token& token);
    void capture_in_new_room(const PathNode& node, const Token& token);
    void capture_as(const PathNode& node, CapturedKind kind, std::string_view text);
    void make_room(const PathNode& node);
    void take_rows(const PathNode& node, const Token& token);

    [[nodiscard]] bool has_room(const PathNode& node) const {
        return captured_.size() - end_captured_ >= node.num_watched;
    }

    void settle();
    [[nodiscard]] WindowsService service_of(std::string_view name);
    [[nodiscard]] bool holds(Only only, WindowsLog log, std::int64_t event_id) const;
    void set_time(Event& event);
    [[nodiscard]] EventShape shape() const;
    void set_meaning(Event& event);
    void add_missing(Event& event, const Meaning& meaning);

    [[nodiscard]] bool has(FieldId id) const {
        const auto index = static_cast<std::size_t>(id);
        return (seen_[index / 64] >> (index % 64) & 1U) != 0;
    }

    [[nodiscard]] const Field* find(FieldId id) const;
    [[nodiscard]] std::string_view text_of(FieldId id) const;
    void add_text(FieldId id, std::string_view text);

    const PathIndex& paths_;
    Options options_;
    Scratch& scratch_;
    std::vector<Target> targets_;  // by row

    std::vector<Event> events_;
    std::vector<std::size_t> field_starts_;     // of events_
    std::vector<std::size_t> captured_starts_;  // of events_
    // Of all events of the batch; used up to end_field_, the current event's from first_field_.
    std::vector<Field> fields_;
    std::vector<std::uint16_t> field_rows_;  // the rows they came by
    std::vector<Captured> captured_;         // likewise
    std::size_t first_captured_ = 0;
    std::size_t end_captured_ = 0;
    std::size_t first_field_ = 0;
    std::size_t end_field_ = 0;
    std::array<std::uint64_t, (num_fields + 63) / 64> seen_{};  // fields of the current event
    Hints hints_;
    std::array<TimeText, max_times> times_;
    std::array<KnownService, 16> services_;
    std::uint64_t num_clamped_ = 0;
    std::uint64_t num_without_time_ = 0;
};

// A time as messages write it: text of ISO 8601, or a count since 1970 in seconds, milli-, micro-
// or nanoseconds, told apart by size. False: neither.
[[nodiscard]] bool read_time(std::string_view text, Duration zone_offset, Timestamp& out);

}  // namespace spoor::decode
