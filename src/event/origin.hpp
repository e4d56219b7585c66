// Origins and partitions. A *partition* is one ordered stream of records: what positions,
// watermarks and host state belong to ("kafka:CLUSTER/TOPIC-ID/3", "file:/var/log/app.json",
// "stdin:RUN"). An *origin* is what a ref begins with: the partition itself for Kafka; for files
// the incarnation ("file:HASH-OF-FIRST-LINE"), since a followed path is rotated. OriginTable gives
// both small numbers for the time of one process; numbers are never stored.
//
// OriginTable: any thread; entries are added, never changed or removed, so the texts it hands out
// stay valid.
#pragma once

#include "base/hash.hpp"
#include "event/event.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace spoor {

class OriginTable {
public:
    [[nodiscard]] std::uint32_t intern(std::string_view text);
    [[nodiscard]] std::string_view text(std::uint32_t number) const;
    // "kafka:C/T/3/17#0", "file:H@1234#0": origin text, then '/' (kafka) or '@' (others), position,
    // '#', element.
    void append_ref(std::string& out, const EventRef& ref) const;
    [[nodiscard]] std::string ref(const EventRef& ref) const;
    // A name for people, where the text has only an id: a Kafka topic's. Set once, before the first
    // record of that origin is handed on; a second call changes nothing. Empty: none was set.
    void set_label(std::uint32_t number, std::string_view label);
    [[nodiscard]] std::string_view label(std::uint32_t number) const;
    // For people, before what is said of an event: "events.ndjson:17: ", or
    // "events.ndjson:17 (value 3): " of the third of a line. Empty where the line is not known (0):
    // the ref then says where it is.
    [[nodiscard]] std::string place(const EventRef& ref, std::uint64_t line) const;

private:
    mutable std::mutex mutex_;
    std::deque<std::string> texts_;
    std::deque<std::string> labels_;  // by number, as far as any was set
    std::unordered_map<std::string_view, std::uint32_t, TextHash, std::equal_to<>> numbers_;
};

// Where reading of one partition goes on. A checkpoint has one for each.
struct Position {
    std::string partition;
    std::string origin;     // as in OriginTable; equals `partition` for Kafka
    std::int64_t next = 0;  // of the first record not yet in an epoch

    friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace spoor
