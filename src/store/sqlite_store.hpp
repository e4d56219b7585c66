// The store on SQLite: DIR/spoor.db (alerts, dead letters, detector state, positions) with one
// writer, DIR/outbox.db (how far each sink is), both in write-ahead mode. A commit is on disk when
// it returns. DIR/lock is held by the one process that writes; the kernel drops it with the
// process.
//
// SqliteStore: the keeper's thread. SqliteAlertLog and SqliteCursors: the pump's; each has its own
// connection and never waits for the keeper. Owner: the app.
#pragma once

#include "base/result.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/writer_lock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::store {

class SqliteStore final : public EpochStore {
public:
    // Makes `dir` (mode 0700) and the database if they are not there. already_exists: another
    // process has it open; unsupported: written by a newer version.
    [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::string& dir);
    ~SqliteStore() override;

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
    // Copies the write-ahead log into the database if it has grown, so that commits seldom have to.
    void idle() override;

private:
    SqliteStore() = default;

    // Where the log and the letters end. Set from the database, then by each commit that succeeds.
    struct Ends {
        std::uint64_t epoch = 0;
        std::uint64_t last_sequence = 0;
        std::uint64_t log_end = 0;
        std::uint64_t last_letter = 0;
        std::uint64_t letters_end = 0;
    };

    struct Statements {
        internal::Statement begin;
        internal::Statement commit;
        internal::Statement insert_alert;
        internal::Statement insert_body;
        internal::Statement find_body;
        internal::Statement insert_letter;
        internal::Statement insert_letter_body;
        internal::Statement put_row;
        internal::Statement delete_row;
        internal::Statement delete_partition;
        internal::Statement delete_detector;
        internal::Statement put_position;
        internal::Statement put_watermark;
        internal::Statement delete_watermark;
        internal::Statement add_counter;
        internal::Statement put_meta;
        internal::Statement find_name;
        internal::Statement add_name;
        internal::Statement alert_head;
        internal::Statement letter_head;
        internal::Statement delete_alerts;
        internal::Statement delete_bodies;
        internal::Statement delete_letters;
        internal::Statement delete_letter_bodies;
    };

    struct PlacedRow {  // a state row with what orders it in its table
        std::int64_t detector = 0;
        std::int64_t partition = 0;
        std::array<std::uint64_t, 2> entity_begin{};
        const alert::StateRow* row = nullptr;
    };

    [[nodiscard]] Result<void> prepare_all();
    [[nodiscard]] Result<void> read_meta();
    // Runs `write` in one transaction; after a failure nothing of it is there.
    [[nodiscard]] Result<void> transact(const std::function<Result<void>()>& write);
    [[nodiscard]] Result<void> write_epoch(const Epoch& epoch, Ends& ends, CommitInfo& info);
    [[nodiscard]] Result<void> write_alerts(const Epoch& epoch, Ends& ends, CommitInfo& info);
    [[nodiscard]] Result<void> note_known_alert(const alert::Alert& alert,
                                                std::string_view id,
                                                CommitInfo& info);
    [[nodiscard]] Result<void> write_letters(const Epoch& epoch, Ends& ends, CommitInfo& info);
    [[nodiscard]] Result<void> drop_rows(const Epoch& epoch);
    [[nodiscard]] Result<std::vector<PlacedRow>> in_table_order(
        const std::vector<alert::StateRow>& rows);
    static void prefetch(const std::vector<PlacedRow>& rows, std::size_t i);
    [[nodiscard]] Result<void> write_rows(const Epoch& epoch, CommitInfo& info);
    [[nodiscard]] Result<void> write_positions(const Epoch& epoch);
    [[nodiscard]] Result<void> write_counters(const Counters& counters);
    [[nodiscard]] Result<void> write_meta(const Epoch& epoch, const Ends& ends);
    // The number that stands for `text` in state rows, made if it is new.
    [[nodiscard]] Result<std::int64_t> name_number(std::string_view text);

    struct Cut {  // rows up to and with `upto` go
        std::uint64_t upto = 0;
        std::uint64_t count = 0;
        std::uint64_t unsent = 0;
        bool more = false;
    };

    [[nodiscard]] Result<Cut> find_alert_cut(Timestamp now,
                                             const config::Store& limits,
                                             std::uint64_t min_cursor,
                                             std::size_t max_rows);
    [[nodiscard]] Result<Cut> find_letter_cut(Timestamp now,
                                              const config::Store& limits,
                                              std::size_t max_rows);
    [[nodiscard]] Result<void> delete_up_to(const Cut& alerts, const Cut& letters);

    internal::WriterLock lock_;  // released last
    internal::Connection db_;
    Statements sql_;  // finalized before the connection closes
    std::string store_id_;
    Ends ends_;
    std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> names_;
};

class SqliteAlertLog final : public AlertLog {
public:
    // The store must have been opened once: this one makes nothing.
    [[nodiscard]] static Result<std::unique_ptr<SqliteAlertLog>> open(const std::string& dir);

    [[nodiscard]] Result<std::vector<LoggedAlert>> read(std::uint64_t after,
                                                        std::size_t limit) override;
    [[nodiscard]] Result<std::uint64_t> last_sequence() override;
    [[nodiscard]] Result<std::uint64_t> first_sequence() override;

private:
    SqliteAlertLog() = default;

    internal::Connection db_;
    internal::Statement read_;
    internal::Statement last_;
    internal::Statement first_;
};

class SqliteCursors final : public Cursors {
public:
    [[nodiscard]] static Result<std::unique_ptr<SqliteCursors>> open(const std::string& dir);

    [[nodiscard]] Result<std::uint64_t> cursor(std::string_view sink) override;
    [[nodiscard]] Result<void> advance(std::string_view sink,
                                       std::uint64_t cursor,
                                       const std::vector<Refused>& refused) override;

private:
    SqliteCursors() = default;
    [[nodiscard]] Result<void> write(std::string_view sink,
                                     std::uint64_t cursor,
                                     const std::vector<Refused>& refused);

    internal::Connection db_;
    internal::Statement get_;
    internal::Statement put_;
    internal::Statement refuse_;
};

}  // namespace spoor::store
