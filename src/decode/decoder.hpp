// Decoding: bytes of one record -> events, in three steps that intake and shard call.
//   split_record  cuts a record (a JSON object, an array of objects, NDJSON) into its events'
//   texts. Intake. host_key      the folded host an event's text names, which routes it to its
//   shard. Intake, only with two shards or
//                 more. Always what Decoder::decode gives as Event::host_key for the same text.
//   Decoder       the typed event. Shard. The mapping is a table (decode/mapping.hpp), not code per
//   format.
//
// Compute only. split_record and HostProbe and Decoder: one owner each (they keep parser buffers).
#pragma once

#include "base/time.hpp"
#include "event/event.hpp"
#include "event/record_batch.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {

// Why a text is not an event. The names are what dead letters and counters carry; never renumber.
enum class Reason : std::uint8_t {
    ok,
    empty,     // no bytes (a Kafka tombstone), or only white space
    bad_json,  // not JSON
    bad_utf8,
    not_an_object,   // JSON, but no object
    too_deep,        // nested beyond max_depth
    too_large,       // beyond max_event_bytes
    unclosed_array,  // an array record without its end: nothing of it is used
    count_,
};
[[nodiscard]] std::string_view to_string(Reason reason);
// For people, of what split_record gives.
[[nodiscard]] std::string_view in_words(Reason reason);

inline constexpr std::size_t max_event_bytes = std::size_t{4} * 1024 * 1024;
inline constexpr int max_depth = 64;

// One event's text within a record, or what is wrong with that part.
struct Piece {
    std::uint32_t element = 0;
    std::string_view text;  // a view into the record
    Reason reason = Reason::ok;
};

// Appends the pieces of `record` to `out`. A record that begins with '{' and has no line feed costs
// one memchr. Bad elements do not take their neighbours with them.
void split_record(std::string_view record, std::vector<Piece>& out);

struct Options {
    Duration zone_offset{0};  // of time stamps without a zone
    Duration future_allowance{
        std::chrono::seconds{10}};  // beyond its record's time stamp an event time is clamped
    // Of events that do not say; empty: nothing is put in.
    std::string product = {};
    std::string category = {};
    std::string service = {};
};

// The decoded events of one batch. Views into the RecordBatch and into the scratch this owns; valid
// until the next call.
struct Rejected {
    std::size_t row = 0;  // in the batch
    Reason reason = Reason::bad_json;
    std::string detail;  // what, at which byte
};

// Paths whose values a decoder captures beside the modelled fields (Event::captured), compiled once
// and shared by decoders. Names, arrays, named lists: docs/sigma-semantics.md F1-F3, F7, F8. A
// segment `*` is any one member. Const; safe from any thread.
class WatchedPaths {
public:
    // Which modelled fields there are too: all, or only those that tell what an event is (shape,
    // host, time, log source), for whoever looks at nothing else.
    enum class Fields : std::uint8_t { all, of_origin };
    explicit WatchedPaths(const std::vector<std::string>& paths, Fields fields = Fields::all);
    ~WatchedPaths();
    WatchedPaths(const WatchedPaths&) = delete;
    WatchedPaths& operator=(const WatchedPaths&) = delete;

private:
    friend class Decoder;
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

class Decoder {
public:
    explicit Decoder(const Options& options, std::shared_ptr<const WatchedPaths> watched = nullptr);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // Each row of `batch` becomes an event in `events()` or an entry in `rejected()`, in the
    // batch's order. Rows are single events (after split_record). Views of the result are valid
    // until the next decode() or the batch changes.
    void decode(const RecordBatch& batch);
    // The same for the rows from `begin` up to `end`: few enough, and all that is made of them is
    // still in the cache when they are looked at.
    void decode(const RecordBatch& batch, std::size_t begin, std::size_t end);
    [[nodiscard]] const std::vector<Event>& events() const;
    [[nodiscard]] const std::vector<Rejected>& rejected() const;
    // Of the last decode(): events whose time was clamped, or which had none.
    [[nodiscard]] std::uint64_t num_clamped() const;
    [[nodiscard]] std::uint64_t num_without_time() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// The routing key of one event's text, without decoding it. "-" if it names no host or is not JSON.
class HostProbe {
public:
    HostProbe();
    ~HostProbe();
    HostProbe(const HostProbe&) = delete;
    HostProbe& operator=(const HostProbe&) = delete;
    // The view is valid until the next call. `text` needs RecordBatch::padding readable bytes
    // behind it.
    [[nodiscard]] std::string_view host_key(std::string_view text);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// Lower case (ASCII), white space trimmed; a trailing dot of a domain name goes. Appends to `out`.
void fold_host(std::string_view host, std::string& out);

}  // namespace spoor::decode
