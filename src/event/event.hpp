// Event: one record of what happened on a host, in a network or in a cloud account. A view: all
// text lives in the batch it came in and dies with it; keeping anything needs an explicit copy into
// owned strings.
//
// An event has a small array of the modelled fields that were present. Missing is never zero: a
// field that was absent, null or of the wrong kind is not in the array. Immutable once decoded;
// used by one thread (the shard that owns its batch).
#pragma once

#include "base/time.hpp"
#include "event/field.hpp"

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace spoor {

// Text in its original spelling; numbers as they were. 24 bytes.
struct Field {
    FieldId id = FieldId::count_;
    FieldType type = FieldType::text;
    std::uint32_t size = 0;  // of text

    union {
        const char* data;  // text, ip
        std::int64_t integer;
        double real;
        bool boolean;
    };

    Field() : data(nullptr) {}

    static Field text(FieldId id, std::string_view s) {
        Field f;
        f.id = id;
        f.size = static_cast<std::uint32_t>(s.size());
        f.data = s.data();
        return f;
    }

    // The text of a string that dies with this expression.
    template <std::same_as<std::string> Dying>
    static Field text(FieldId id, Dying&& s) = delete;

    static Field of_integer(FieldId id, std::int64_t v) {
        Field f;
        f.id = id;
        f.type = FieldType::integer;
        f.integer = v;
        return f;
    }

    static Field of_real(FieldId id, double v) {
        Field f;
        f.id = id;
        f.type = FieldType::real;
        f.real = v;
        return f;
    }

    static Field of_boolean(FieldId id, bool v) {
        Field f;
        f.id = id;
        f.type = FieldType::boolean;
        f.boolean = v;
        return f;
    }

    [[nodiscard]] bool is_text() const { return type == FieldType::text || type == FieldType::ip; }

    [[nodiscard]] bool is_number() const {
        return type == FieldType::integer || type == FieldType::real;
    }

    [[nodiscard]] std::string_view as_text() const {
        return is_text() ? std::string_view(data, size) : std::string_view();
    }

    [[nodiscard]] double as_number() const {  // only if is_number()
        return type == FieldType::integer ? static_cast<double>(integer) : real;
    }
};

// A value at a path that rules ask for beside the modelled fields, as the record has it. 24 bytes.
enum class CapturedKind : std::uint8_t {
    text,       // unescaped
    number,     // `text` is its spelling
    yes,        // true; `text` is "true"
    no,         // false; `text` is "false"
    null,       // `text` is empty
    container,  // an object, or an array with something in it: it is there, its values follow
    empty,      // an array with nothing in it
};

struct Captured {
    std::string_view text;
    std::uint16_t path = 0;  // into the list of paths the decoder was given
    CapturedKind kind = CapturedKind::null;
};

// What kind of message an event was decoded from.
enum class EventShape : std::uint8_t { feature_vector, simulation, windows, ecs, generic };
[[nodiscard]] std::string_view to_string(EventShape shape);

// Where an event came from, compactly; the text form is made by OriginTable::ref
// (event/origin.hpp).
struct EventRef {
    std::uint32_t origin = 0;     // into the pipeline's OriginTable
    std::uint32_t partition = 0;  // ditto: the ordered stream this record is part of
    std::int64_t position = 0;    // Kafka offset, or byte offset in the uncompressed file
    std::uint32_t element = 0;    // the i-th event of that record
};

enum class TimeOrigin : std::uint8_t {
    event,    // the event said so
    clamped,  // it said so, later than its record's time stamp allows: the record's time is used
    record,   // it did not say: the record's time stamp (Kafka) is used
    none,     // neither: no time; such an event enters no window
};

struct Event {
    Timestamp time = no_time;         // event time; no_time if time_origin is none
    Timestamp record_time = no_time;  // the Kafka record's time stamp, or no_time
    TimeOrigin time_origin = TimeOrigin::none;
    EventShape shape = EventShape::generic;
    bool is_simulated = false;  // the message says so
    EventRef ref;
    std::string_view host;      // original spelling; empty if the event names no host
    std::string_view host_key;  // folded (decode::fold_host); what state is keyed by. Never empty:
                                // "-" if no host
    // Sigma's log source, computed once. Views of constants; empty = not known.
    std::string_view product;
    std::string_view category;
    std::string_view service;
    std::string_view raw;  // the record's own JSON, whole
    std::span<const Field> fields;
    // Values at the decoder's watched paths, in the record's order. Each text has 8 readable bytes
    // behind it.
    std::span<const Captured> captured;

    [[nodiscard]] const Field* find(FieldId id) const {
        for (const Field& f : fields) {
            if (f.id == id) {
                return &f;
            }
        }
        return nullptr;
    }

    [[nodiscard]] std::string_view text(FieldId id) const {
        const Field* f = find(id);
        return f != nullptr ? f->as_text() : std::string_view();
    }
};

}  // namespace spoor
