// Random schedules of writing, rotating, polling, restarting and crashing: what is read is what was
// written, each line once, in order, at its position.
#include "base/random.hpp"
#include "unit/source/follow_support.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace spoor::test {
namespace {

struct ScheduleOptions {
    bool same_first_line = false;  // then nothing but the inode tells files apart
    bool copies = false;           // rotation by copy and truncate
    bool compresses = false;
};

class Schedule {
public:
    Schedule(std::uint64_t seed, const ScheduleOptions& options)
        : random_(seed), options_(options), contents_(1) {
        // The first epoch knows the first file; what was there before the first look is not asked
        // for.
        append(some_bytes());
        folder_.open();
        folder_.settle();
        commit();
    }

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
        }
        if (live().empty()) {
            append(some_bytes());  // until then the file before it is not done
        }
        folder_.settle();
    }

    // What must have been read: the lines of each incarnation; of the last one, only whole ones.
    [[nodiscard]] std::vector<std::vector<ReferenceLine>> expected() const {
        std::vector<std::vector<ReferenceLine>> out;
        for (std::size_t i = 0; i < contents_.size(); ++i) {
            std::string bytes = contents_[i];
            if (i + 1 == contents_.size()) {
                bytes.resize(bytes.rfind('\n') == std::string::npos ? 0 : bytes.rfind('\n') + 1);
            }
            auto lines = reference_lines(bytes);
            if (!lines.empty()) {
                out.push_back(std::move(lines));
            }
        }
        return out;
    }

    [[nodiscard]] const PollKeeper& seen() const { return folder_.seen; }

private:
    std::string& live() { return contents_.back(); }

    void append(const std::string& bytes) {
        folder_.append(bytes);
        live() += bytes;
    }

    std::string some_bytes() {
        if (live().empty()) {
            // The first line must be there at once: only then is the file known to be another.
            return options_.same_first_line
                       ? "{\"header\":true}\n"
                       : "{\"first\":" + std::to_string(random_.next()) + "}\n";
        }
        std::string out;
        for (std::uint64_t n = random_.below(4) + 1; n > 0; --n) {
            switch (random_.below(8)) {
                case 0:
                    out += "\n";
                    break;
                case 1:
                    out += "{\"half\":";
                    break;
                case 2:
                    out += "\"rest\"}\r\n";
                    break;
                case 3:
                    out += std::string(random_.below(3000), 'x') + "\n";
                    break;
                default:
                    out += "{\"n\":" + std::to_string(counter_++) + "}\n";
            }
        }
        return out;
    }

    void new_incarnation() { contents_.emplace_back(); }

    void rotate() {
        if (live().empty()) {
            return;
        }
        if (options_.copies && random_.chance(0.5)) {
            folder_.copy_and_truncate(99);
            new_incarnation();
            return;
        }
        folder_.shift(99);
        folder_.move("app.json", "app.json.1");
        if (random_.chance(0.3)) {  // the writer notices late
            poll_some();
            const std::string late = some_bytes();
            folder_.append(late, "app.json.1");
            live() += late;
        }
        if (random_.chance(0.7)) {
            folder_.write("app.json", "");
        }
        new_incarnation();
    }

    void poll_some() {
        for (std::uint64_t n = random_.below(4); n > 0; --n) {
            folder_.poll();
            folder_.clock().advance(std::chrono::milliseconds{random_.between(0, 700)});
        }
    }

    void step() {
        switch (random_.below(10)) {
            case 0:
                rotate();
                break;
            case 1:
                folder_.open();  // a clean restart
                break;
            case 2:
                commit();
                break;
            case 3:
                crash();
                break;
            case 4:
                compress();
                break;
            case 5:
            case 6:
                poll_some();
                break;
            default:
                append(some_bytes());
        }
    }

    // An epoch is committed: what was handed out so far stands.
    void commit() {
        committed_records_ = folder_.seen.records.size();
        committed_positions_ = folder_.seen.positions;
    }

    void crash() {
        folder_.seen.records.resize(committed_records_);
        folder_.seen.positions = committed_positions_;
        folder_.open();
    }

    void compress() {
        const std::string name = "app.json." + std::to_string(random_.between(2, 6));
        if (options_.compresses && folder_.exists(name)) {
            folder_.compress(name);
        }
    }

    Random random_;
    ScheduleOptions options_;
    FollowedFolder folder_;
    std::vector<std::string> contents_;
    std::uint64_t counter_ = 0;
    std::size_t committed_records_ = 0;
    std::map<std::string, Position> committed_positions_;
};

void check(std::uint64_t seed, int steps, const ScheduleOptions& options) {
    Schedule schedule(seed, options);
    schedule.run(steps);
    const auto& records = schedule.seen().records;
    std::size_t next = 0;
    std::map<std::string, std::size_t> owners;  // origin -> incarnation
    const auto expected = schedule.expected();
    for (std::size_t i = 0; i < expected.size(); ++i) {
        for (const ReferenceLine& line : expected[i]) {
            RC_ASSERT(next < records.size());
            RC_ASSERT(records[next].text == line.text);
            RC_ASSERT(records[next].position == line.position);
            RC_ASSERT(owners.emplace(records[next].origin, i).first->second == i);
            ++next;
        }
    }
    RC_ASSERT(next == records.size());
    RC_ASSERT(owners.size() == expected.size());
    RC_ASSERT(schedule.seen().losses.empty());
}

class QuietLog {
public:
    QuietLog() : before_(log_level()) { set_log_level(LogLevel::off); }

    QuietLog(const QuietLog&) = delete;
    QuietLog& operator=(const QuietLog&) = delete;

    ~QuietLog() { set_log_level(before_); }

private:
    LogLevel before_;
};

RC_GTEST_PROP(FollowProperty, RenamesCopiesAndCompression, (std::uint64_t seed)) {
    const QuietLog quiet;
    check(seed, 120, {.same_first_line = false, .copies = true, .compresses = true});
}

RC_GTEST_PROP(FollowProperty, RenamesWithTheSameFirstLineEverywhere, (std::uint64_t seed)) {
    const QuietLog quiet;
    check(seed, 120, {.same_first_line = true, .copies = false, .compresses = false});
}

}  // namespace
}  // namespace spoor::test
