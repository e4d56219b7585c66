// What only the store on disk can do wrong: locks, permissions, versions, a full disk, a reader
// beside the writer, and kill -9.
#include "store/sqlite_store.hpp"

#include "base/hash.hpp"
#include "base/random.hpp"
#include "store/reader.hpp"
#include "store/sqlite_schema.hpp"
#include "unit/store/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace spoor::store {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<SqliteStore> open_store(const std::string& dir) {
    auto store = SqliteStore::open(dir);
    EXPECT_TRUE(store) << store.error().detail;
    return std::move(store).value();
}

TEST(SqliteStore, MakesAFolderThatOthersCannotRead) {
    const TemporaryFolder folder;
    const std::string dir = folder.path() + "/deep/data";
    const auto store = open_store(dir);
    struct stat facts{};
    ASSERT_EQ(::stat(dir.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0700U);
}

TEST(SqliteStore, HasOneWriterAtATime) {
    const TemporaryFolder folder;
    auto first = open_store(folder.path());
    const auto second = SqliteStore::open(folder.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::already_exists);
    EXPECT_THAT(second.error().detail, HasSubstr("--data"));
    first.reset();
    EXPECT_TRUE(SqliteStore::open(folder.path()));
}

TEST(SqliteStore, RefusesANewerSchemaAndAForeignFile) {
    const TemporaryFolder folder;
    open_store(folder.path()).reset();
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(internal::database_path(folder.path()).c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "PRAGMA user_version = 99", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    EXPECT_EQ(SqliteStore::open(folder.path()).error().code, Errc::unsupported);
    EXPECT_THAT(Reader::open(folder.path()).error().detail, HasSubstr("newer spoor"));

    const TemporaryFolder other;
    std::FILE* file = std::fopen(internal::database_path(other.path()).c_str(), "we");
    ASSERT_NE(file, nullptr);
    const std::string junk(20'000, 'j');
    EXPECT_EQ(std::fwrite(junk.data(), 1, junk.size(), file), junk.size());
    std::fclose(file);
    EXPECT_EQ(SqliteStore::open(other.path()).error().code, Errc::corrupt);
}

// Lets no file of this process grow beyond a size: writes then fail, as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const struct rlimit limit = {bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    struct rlimit before_{};
};

TEST(SqliteStore, ACommitThatTheDiskRefusesLeavesNothingAndMayBeTriedAgain) {
    const TemporaryFolder folder;
    auto store = open_store(folder.path());
    Epoch first = make_epoch(1);
    first.alerts = {make_alert(1)};
    first.rows = {make_row("a", "p0", "h", "1")};
    ASSERT_TRUE(store->commit(first));

    Epoch second = make_epoch(2);
    for (std::uint64_t i = 10; i < 2000; ++i) {
        second.alerts.push_back(make_alert(i, std::string(2000, 'x')));
    }
    second.rows = {make_row("new-detector", "p7", "h", "2")};
    second.dead_letters = {make_letter(1)};
    second.positions = {{"p7", "p7", 9}};
    {
        const FileSizeLimit limit(1 << 20);
        for (int attempt = 0; attempt < 3; ++attempt) {
            const auto refused = store->commit(second);
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code, Errc::io) << refused.error().detail;
        }
        const auto reader = std::move(Reader::open(folder.path())).value();
        EXPECT_EQ(reader->facts().value().alerts, 1U);
        EXPECT_EQ(reader->facts().value().epoch, 1U);
    }
    const auto info = store->commit(second);
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(info->new_alerts, second.alerts.size());
    store.reset();
    store = open_store(folder.path());
    EXPECT_EQ(store->load().value().epoch, 2U);
    std::size_t rows = 0;
    ASSERT_TRUE(store->load_rows("new-detector", 1, [&](alert::StateRow&&) { ++rows; }));
    EXPECT_EQ(rows, 1U);
}

// The sum of all alerts' sequences and the epoch, in one moment.
TEST(SqliteStore, AReaderSeesWholeEpochsOnly) {
    constexpr std::uint64_t per_epoch = 50;
    const TemporaryFolder folder;
    const auto store = open_store(folder.path());
    std::atomic<bool> done{false};
    std::thread watcher([&] {
        const auto reader = std::move(Reader::open(folder.path())).value();
        std::uint64_t last = 0;
        while (!done) {
            const StoreFacts facts = reader->facts().value();
            EXPECT_EQ(facts.alerts, facts.epoch * per_epoch);
            EXPECT_EQ(facts.counters.get("alerts"), facts.alerts);
            EXPECT_GE(facts.epoch, last);
            last = facts.epoch;
        }
    });
    for (std::uint64_t e = 1; e <= 100; ++e) {
        Epoch epoch = make_epoch(e);
        for (std::uint64_t i = 0; i < per_epoch; ++i) {
            epoch.alerts.push_back(make_alert(e * per_epoch + i));
        }
        epoch.counters.add("alerts", per_epoch);
        EXPECT_TRUE(store->commit(epoch));
    }
    done = true;
    watcher.join();
}

TEST(SqliteStore, SpaceOfWhatRetentionTookIsUsedAgain) {
    const TemporaryFolder folder;
    const auto store = open_store(folder.path());
    config::Store limits;
    limits.max_bytes = 2'000'000;
    const auto file_size = [&] {
        return std::filesystem::file_size(internal::database_path(folder.path()));
    };
    std::uintmax_t settled = 0;
    for (std::uint64_t e = 1; e <= 60; ++e) {
        Epoch epoch = make_epoch(e);
        for (std::uint64_t i = 0; i < 200; ++i) {
            epoch.alerts.push_back(make_alert(e * 1000 + i, std::string(1000, 'x')));
        }
        ASSERT_TRUE(store->commit(epoch));
        while (store->retain(no_time, limits, no_sinks, 100).value().more) {
        }
        store->idle();
        settled = e == 30 ? file_size() : settled;
    }
    EXPECT_GT(settled, 1'000'000U);
    EXPECT_LE(file_size(), settled * 11 / 10);
}

// --- kill -9 ------------------------------------------------------------------------------------

// Epoch e, made from its number alone; its checksum is a counter of its own and a row.
Epoch epoch_of(std::uint64_t number) {
    Random random(number);
    Epoch epoch = make_epoch(number);
    std::string all;
    const std::uint64_t alerts = random.below(40);
    for (std::uint64_t i = 0; i < alerts; ++i) {
        epoch.alerts.push_back(make_alert(number * 1000 + i, std::string(random.below(3000), 'x')));
        all += epoch.alerts.back().json;
    }
    for (std::uint64_t i = 0; i < random.below(5); ++i) {
        epoch.dead_letters.push_back(make_letter(number * 1000 + i));
        all += epoch.dead_letters.back().ref;
    }
    for (std::uint64_t host = 0; host < 20; ++host) {
        epoch.rows.push_back(make_row("behavior",
                                      "p" + std::to_string(host % 3),
                                      "h" + std::to_string(host),
                                      std::to_string(number)));
    }
    epoch.rows.push_back(make_row("checksum", "p0", "last", to_hex(digest128(all))));
    epoch.positions = {{"p0", "p0", static_cast<std::int64_t>(number)}};
    epoch.counters.add("alerts", alerts);
    epoch.counters.add("letters", epoch.dead_letters.size());
    return epoch;
}

// Writes a byte to `progress` after each commit.
[[noreturn]] void commit_for_ever(const std::string& dir, int progress) {
    auto store = SqliteStore::open(dir);
    if (!store) {
        ::_exit(1);
    }
    std::uint64_t number = (*store)->load().value().epoch;
    while ((*store)->commit(epoch_of(++number))) {
        if (::write(progress, "c", 1) != 1) {
            ::_exit(3);
        }
        if (number % 16 == 0) {
            (*store)->idle();
        }
    }
    ::_exit(2);
}

// All that epochs 1..e say is there, and nothing else.
void expect_exactly(SqliteStore& store, const std::string& dir, std::uint64_t e) {
    std::uint64_t alerts = 0;
    std::uint64_t letters = 0;
    const auto log = std::move(SqliteAlertLog::open(dir)).value();
    const std::vector<LoggedAlert> logged = log->read(0, SIZE_MAX / 2).value();
    for (std::uint64_t number = 1; number <= e; ++number) {
        const Epoch epoch = epoch_of(number);
        for (const alert::Alert& alert : epoch.alerts) {
            ASSERT_LT(alerts, logged.size());
            ASSERT_EQ(logged[alerts].id, alert.id);
            ASSERT_EQ(logged[alerts].json, alert.json);
            ++alerts;
        }
        letters += epoch.dead_letters.size();
    }
    EXPECT_EQ(logged.size(), alerts);
    const Checkpoint checkpoint = store.load().value();
    EXPECT_EQ(checkpoint.counters.get("alerts"), alerts);
    EXPECT_EQ(checkpoint.counters.get("letters"), letters);
    EXPECT_EQ(std::move(Reader::open(dir)).value()->facts().value().dead_letters, letters);
    if (e > 0) {
        EXPECT_EQ(checkpoint.positions.at(0).next, static_cast<std::int64_t>(e));
        std::size_t rows = 0;
        ASSERT_TRUE(store.load_rows("behavior", 1, [&](alert::StateRow&& row) {
            EXPECT_EQ(row.bytes, std::to_string(e));
            ++rows;
        }));
        EXPECT_EQ(rows, 20U);
        ASSERT_TRUE(store.load_rows("checksum", 1, [&](alert::StateRow&& row) {
            EXPECT_EQ(row, epoch_of(e).rows.back());
        }));
    }
}

TEST(SqliteStore, HoldsWholeEpochsAfterKillNine) {
    constexpr int rounds = 50;
    const TemporaryFolder folder;
    Random random(static_cast<std::uint64_t>(::getpid()));
    std::uint64_t last = 0;
    int rounds_with_progress = 0;
    for (int round = 0; round < rounds; ++round) {
        int progress[2] = {-1, -1};
        ASSERT_EQ(::pipe(progress), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            commit_for_ever(folder.path(), progress[1]);
        }
        ::close(progress[1]);
        char byte = 0;
        for (std::uint64_t commits = random.below(6); commits > 0; --commits) {
            ASSERT_EQ(::read(progress[0], &byte, 1), 1);
        }
        // Not waiting for anything to happen: the moment of the kill is the test's input.
        ::usleep(static_cast<useconds_t>(random.below(10'000)));
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ::close(progress[0]);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
        const auto store = open_store(folder.path());
        const std::uint64_t e = store->load().value().epoch;
        ASSERT_GE(e, last);
        rounds_with_progress += e > last ? 1 : 0;
        last = e;
        if (round % 10 == 9 || round < 5) {
            expect_exactly(*store, folder.path(), e);
        }
        ASSERT_FALSE(::testing::Test::HasFatalFailure());
    }
    EXPECT_GT(rounds_with_progress, rounds / 2);
    std::printf("%d rounds, %d of them committed something, %llu epochs\n",
                rounds,
                rounds_with_progress,
                static_cast<unsigned long long>(last));
}

}  // namespace
}  // namespace spoor::store
