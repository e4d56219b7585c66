// The store in memory: the same meaning as SqliteStore, very fast, and able to fail on request.
// What it holds outlives a simulated crash as long as the object does. For the schedule driver,
// `inline` runs and tests.
//
// Any thread: one lock guards it all. Owner: who made it.
#pragma once

#include "base/counters.hpp"
#include "base/hash.hpp"
#include "store/store.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace spoor::store {

class MemoryStore final : public EpochStore, public AlertLog, public Cursors {
public:
    explicit MemoryStore(std::string store_id = "00000000000000000000000000000000")
        : store_id_(std::move(store_id)) {}

    [[nodiscard]] std::string store_id() const override { return store_id_; }

    [[nodiscard]] Result<Checkpoint> load() override;
    [[nodiscard]] Result<std::uint64_t> load_rows(
        std::string_view detector,
        std::uint32_t version,
        const std::function<void(alert::StateRow&&)>& take) override;
    [[nodiscard]] Result<CommitInfo> commit(const Epoch& epoch) override;
    [[nodiscard]] Result<Retained> retain(Timestamp now,
                                          const config::Store& limits,
                                          std::uint64_t min_cursor,
                                          std::size_t max_rows) override;

    [[nodiscard]] Result<std::vector<LoggedAlert>> read(std::uint64_t after,
                                                        std::size_t limit) override;
    [[nodiscard]] Result<std::uint64_t> last_sequence() override;
    [[nodiscard]] Result<std::uint64_t> first_sequence() override;

    [[nodiscard]] Result<std::uint64_t> cursor(std::string_view sink) override;
    [[nodiscard]] Result<void> advance(std::string_view sink,
                                       std::uint64_t cursor,
                                       const std::vector<Refused>& refused) override;

    // Dead letters are counted, and not kept: for a run after which nobody can ask for them.
    void keep_no_letters() { keeps_letters_ = false; }

    // The next `n` commits (or advances) answer that the disk is full, and leave nothing.
    void fail_next_commits(std::uint64_t n);
    void fail_next_advances(std::uint64_t n);

    // Copies of what is stored, for comparison.
    [[nodiscard]] std::vector<LoggedAlert> alerts() const;              // by sequence
    [[nodiscard]] std::vector<alert::DeadLetter> dead_letters() const;  // in order of arrival
    [[nodiscard]] std::vector<alert::StateRow> rows() const;            // by key
    [[nodiscard]] std::vector<Refused> refused(std::string_view sink) const;
    // Commits that failed on request so far.
    [[nodiscard]] std::uint64_t num_failed_commits() const;

private:
    struct StoredAlert {
        LoggedAlert alert;
        Timestamp stored_at = no_time;
        std::uint64_t start = 0;  // bytes of all alerts before it
    };

    struct StoredLetter {
        alert::DeadLetter letter;
        Timestamp stored_at = no_time;
        std::uint64_t start = 0;
    };

    struct RowKey {
        std::string detector;
        std::string partition;
        std::string entity;

        friend auto operator<=>(const RowKey&, const RowKey&) = default;
    };

    struct RowValue {
        std::uint32_t version = 0;
        std::string bytes;
    };

    // All below: the lock is held.
    void add_alert(const alert::Alert& alert, Timestamp stored_at, CommitInfo& info);
    void add_letter(const alert::DeadLetter& letter, Timestamp stored_at, CommitInfo& info);
    void put_rows(const Epoch& epoch, CommitInfo& info);
    void retain_alerts(Timestamp now,
                       const config::Store& limits,
                       std::uint64_t min_cursor,
                       std::size_t max_rows,
                       Retained& out);
    void retain_letters(Timestamp now,
                        const config::Store& limits,
                        std::size_t max_rows,
                        Retained& out);

    mutable std::mutex mutex_;
    std::string store_id_;
    std::uint64_t epoch_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::uint64_t log_end_ = 0;
    std::uint64_t letters_end_ = 0;
    bool keeps_letters_ = true;
    std::deque<StoredAlert> alerts_;  // sequences without holes
    std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> sequence_by_id_;
    std::deque<StoredLetter> letters_;
    std::unordered_set<std::string, TextHash, std::equal_to<>> letter_refs_;
    std::map<RowKey, RowValue> rows_;
    std::map<std::string, Position, std::less<>> positions_;
    std::map<std::string, Timestamp, std::less<>> watermarks_;
    Counters counters_;
    std::map<std::string, std::uint64_t, std::less<>> cursors_;
    std::map<std::string, std::map<std::uint64_t, Refused>, std::less<>> refused_;
    std::uint64_t commits_to_fail_ = 0;
    std::uint64_t advances_to_fail_ = 0;
    std::uint64_t num_failed_commits_ = 0;
};

}  // namespace spoor::store
