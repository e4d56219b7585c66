// Reading a store from any process, also while another one writes it: alerts by filter and page,
// dead letters, and the facts that `spoor status` shows. Read only, committed epochs only; each
// call sees one moment of the store.
//
// One thread at a time. Owner: a command.
#pragma once

#include "alert/alert.hpp"
#include "base/counters.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "event/origin.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::store {

// Empty and no_time mean: any. What is set must all hold.
struct AlertFilter {
    std::optional<alert::Level> level = {};
    std::optional<alert::Level> min_level = {};
    std::string host = {};       // without case
    std::string technique = {};  // "T1059" also finds its sub-techniques, "T1059.001" only itself
    std::string rule = {};
    std::string detector = {};
    Timestamp from = no_time;  // event time; from included, to not
    Timestamp to = no_time;
    Timestamp stored_from = no_time;  // storage time
    std::string text = {};            // words in the alert, see store/text.hpp
};

enum class Order : std::uint8_t { newest_first, oldest_first };

// The place of an alert in a listing; a page goes on behind it.
struct PageKey {
    Timestamp time = no_time;
    std::uint64_t sequence = 0;

    friend bool operator==(const PageKey&, const PageKey&) = default;
};

[[nodiscard]] std::string to_token(const PageKey& key);
[[nodiscard]] std::optional<PageKey> parse_page_token(std::string_view token);

struct AlertRow {
    std::uint64_t sequence = 0;
    std::string id;
    Timestamp time = no_time;
    Timestamp stored_at = no_time;
    alert::Level level = alert::Level::medium;
    std::string host;
    std::string detector;
    std::string rule_id;
    std::string techniques;  // ids, space-separated, sorted
    std::string entity;
    std::string summary;
    std::string json;  // as it was stored, to the byte
};

struct AlertPage {
    std::vector<AlertRow> rows;
    std::optional<PageKey> next;  // set when there are more
};

struct LetterRow {
    std::uint64_t number = 0;
    std::string ref;
    std::string partition;
    std::string reason;
    std::string detail;
    Timestamp record_time = no_time;
    Timestamp stored_at = no_time;
    std::uint64_t payload_size = 0;  // before it was cut
    std::string payload;             // only in dead_letter()
};

struct LetterPage {
    std::vector<LetterRow> rows;  // newest first
    std::optional<std::uint64_t> next;
};

struct SinkFacts {
    std::string name;
    std::uint64_t cursor = 0;
    std::uint64_t backlog = 0;  // alerts behind the cursor that are still there
    std::uint64_t refused = 0;
};

struct StateFacts {
    std::string detector;
    std::uint64_t rows = 0;
    std::uint64_t entities = 0;  // fewer than rows: some entities are seen in several partitions
};

struct StoreFacts {
    std::string store_id;
    std::uint64_t epoch = 0;
    Timestamp last_commit = no_time;
    std::uint64_t alerts = 0;
    std::uint64_t last_sequence = 0;
    std::uint64_t alert_bytes = 0;  // of the alerts kept, as retention counts them
    std::uint64_t dead_letters = 0;
    std::uint64_t dead_letter_bytes = 0;
    std::uint64_t file_bytes = 0;     // all files of the store
    std::uint64_t indexed_up_to = 0;  // by the full-text index
    std::vector<Position> positions;
    std::vector<Epoch::Watermark> watermarks;
    std::string content;  // version of the rules and models in force; empty: it has none
    Counters counters;
    std::vector<SinkFacts> sinks;
    std::vector<StateFacts> state;
};

class Reader {
public:
    // not_found: no store in `dir` yet. unsupported: written by a newer version.
    [[nodiscard]] static Result<std::unique_ptr<Reader>> open(const std::string& dir);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Up to `limit` alerts behind `after`. With `with_json` the rows have their bodies.
    [[nodiscard]] Result<AlertPage> alerts(const AlertFilter& filter,
                                           Order order,
                                           std::size_t limit,
                                           const std::optional<PageKey>& after,
                                           bool with_json);
    // By id, or by the beginning of one (at least 4 hex digits) that only one alert has.
    // invalid_argument: no such beginning, or several have it.
    [[nodiscard]] Result<AlertRow> alert(std::string_view id);
    // All that were there at the beginning, one by one, with bodies, holding no lock in between;
    // ends early when `take` says false. The number handed over.
    [[nodiscard]] Result<std::uint64_t> each_alert(
        const AlertFilter& filter, Order order, const std::function<bool(const AlertRow&)>& take);

    // Up to `limit` dead letters with number < `before` (0: from the newest), without payloads.
    [[nodiscard]] Result<LetterPage> dead_letters(std::string_view reason,
                                                  std::size_t limit,
                                                  std::uint64_t before);
    // By number or ref, with the payload.
    [[nodiscard]] Result<LetterRow> dead_letter(std::string_view number_or_ref);

    [[nodiscard]] Result<StoreFacts> facts();

private:
    class Database;
    explicit Reader(std::unique_ptr<Database> database);

    std::unique_ptr<Database> database_;
};

}  // namespace spoor::store
