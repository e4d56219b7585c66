// The sink contract: where alerts go. write() answers sent, retry or refused for each alert, and no
// more: cursors, backoff, dead letters and the order of alerts are the pump's. A sink that can lose
// what it acknowledged (Redis) keeps the last sequence it applied per store id, with the data;
// connect() tells it, and the pump rewinds to it.
//
// All methods are called by one thread, the pump's. write and connect may block up to the sink's
// own time-out.
#pragma once

#include "alert/alert.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sink {

// A committed alert as the store hands it out; views valid during the call.
struct StoredAlert {
    std::uint64_t sequence =
        0;  // in the alert log of this store; grows, has gaps only where retention cut
    std::string_view id;
    Timestamp time = no_time;
    alert::Level level = alert::Level::medium;
    std::string_view host;
    std::string_view rule_id;
    std::string_view techniques;  // "T1041 T1071", sorted
    std::string_view json;
};

enum class Verdict : std::uint8_t { sent, retry, refused };

struct WriteResult {
    std::vector<Verdict> verdicts;  // one for each alert, in order
    std::string detail;             // why, if any is not sent
};

// What a sink that has just been connected knows of this store.
struct SinkPosition {
    // The last sequence it has applied; nullopt: it keeps none, the pump's own cursor counts.
    std::optional<std::uint64_t> applied;
};

class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    // Called before the first write and after each write that answered retry. `store_id` names the
    // store.
    [[nodiscard]] virtual Result<SinkPosition> connect(std::string_view store_id) = 0;
    [[nodiscard]] virtual WriteResult write(std::span<const StoredAlert> alerts) = 0;

    // Asked about once a second while there is nothing to send. False: the connection is gone, so
    // the server may have restarted and lost what it had acknowledged; connect() is called next.
    [[nodiscard]] virtual bool probe() { return true; }

    virtual void close() = 0;
};

}  // namespace spoor::sink
