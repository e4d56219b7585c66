// ProduceStream: what `spoor produce` sends: the original's messages with records mixed in that
// test a consumer: undecodable ones, late ones, repeated ones. All are extra: the messages
// themselves are the same with and without them. Where they fall is fixed by the seed, any order
// being as likely as another.
//
// Compute only; one owner.
#pragma once

#include "base/time.hpp"
#include "simulate/simulate.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace spoor::simulate {

enum class RecordKind : std::uint8_t { message, poison, late, duplicate };
[[nodiscard]] std::string_view to_string(RecordKind kind);

struct ProduceOptions {
    FeatureOptions features;
    std::uint64_t messages = 20;
    std::uint64_t poison = 0;
    std::uint64_t late = 0;        // their event time is `lateness` behind
    std::uint64_t duplicates = 0;  // the same bytes as one of the last 64 messages
    Duration lateness = std::chrono::hours{1};

    [[nodiscard]] std::uint64_t total() const { return messages + poison + late + duplicates; }
};

struct ProducedRecord {
    RecordKind kind = RecordKind::message;
    Message message;
};

class ProduceStream {
public:
    explicit ProduceStream(const ProduceOptions& options);
    ~ProduceStream();
    // nullopt: that was all.
    [[nodiscard]] std::optional<ProducedRecord> next();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::simulate
