#include "simulate/produce_stream.hpp"

#include "base/random.hpp"
#include "simulate/draw.hpp"

#include <array>
#include <vector>

namespace spoor::simulate {

std::string_view to_string(RecordKind kind) {
    constexpr std::array<std::string_view, 4> names = {"message", "poison", "late", "duplicate"};
    return names[static_cast<std::size_t>(kind)];
}

namespace {

constexpr std::size_t remembered = 64;

FeatureOptions late_features(const ProduceOptions& options) {
    FeatureOptions late = options.features;
    late.seed = Random(options.features.seed).fork("late").next();
    late.start -= options.lateness;
    return late;
}

}  // namespace

struct ProduceStream::Parts {
    FeatureMessages messages;
    FeatureMessages late;
    Random random;
    std::array<std::uint64_t, 4> left;  // by RecordKind
    std::vector<Message> recent;        // a ring, only when duplicates are wanted
    std::uint64_t num_messages = 0;

    explicit Parts(const ProduceOptions& o)
        : messages(o.features),
          late(late_features(o)),
          random(Random(o.features.seed).fork("records")),
          left{o.messages, o.poison, o.late, o.duplicates} {
        // There is nothing to repeat without a message.
        if (o.messages == 0) {
            left[static_cast<std::size_t>(RecordKind::duplicate)] = 0;
        }
    }

    [[nodiscard]] RecordKind draw_kind() {
        // What is left decides, so that every order is as likely as another; but a repetition needs
        // something before it.
        const bool can_repeat = num_messages > 0;
        const std::uint64_t sum = left[0] + left[1] + left[2] + (can_repeat ? left[3] : 0);
        std::uint64_t x = random.below(sum);
        std::size_t kind = 0;
        while (x >= left[kind]) {
            x -= left[kind];
            ++kind;
        }
        return static_cast<RecordKind>(kind);
    }

    Message next_message() {
        Message m = messages.next();
        if (left[static_cast<std::size_t>(RecordKind::duplicate)] > 0) {
            if (recent.size() < remembered) {
                recent.push_back(m);
            } else {
                recent[num_messages % remembered] = m;
            }
        }
        ++num_messages;
        return m;
    }
};

ProduceStream::ProduceStream(const ProduceOptions& options)
    : parts_(std::make_unique<Parts>(options)) {}

ProduceStream::~ProduceStream() = default;

std::optional<ProducedRecord> ProduceStream::next() {
    Parts& p = *parts_;
    if (p.left[0] + p.left[1] + p.left[2] + p.left[3] == 0) {
        return std::nullopt;
    }
    ProducedRecord record;
    record.kind = p.draw_kind();
    --p.left[static_cast<std::size_t>(record.kind)];
    switch (record.kind) {
        case RecordKind::message:
            record.message = p.next_message();
            break;
        case RecordKind::poison:
            record.message = p.messages.next_poison();
            break;
        case RecordKind::late:
            record.message = p.late.next();
            break;
        case RecordKind::duplicate:
            record.message = pick(p.random, p.recent);
            break;
    }
    return record;
}

}  // namespace spoor::simulate
