// A batch and a decoder for tests: texts in, events out.
#pragma once

#include "decode/decoder.hpp"
#include "event/event.hpp"
#include "event/record_batch.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::decode {

class Bench {
public:
    explicit Bench(const Options& options = {},
                   std::shared_ptr<const WatchedPaths> watched = nullptr)
        : decoder_(options, std::move(watched)) {}

    const std::vector<Event>& decode(const std::vector<std::string>& texts,
                                     Timestamp record_time = no_time) {
        batch_.clear();
        std::int64_t position = 0;
        for (const std::string& text : texts) {
            EventRef ref;
            ref.position = position++;
            batch_.append(ref, record_time, text);
        }
        decoder_.decode(batch_);
        return decoder_.events();
    }

    const std::vector<Event>& decode(const std::string& text, Timestamp record_time = no_time) {
        return decode(std::vector<std::string>{text}, record_time);
    }

    // Of one text.
    Reason reason(const std::string& text) {
        decode(text);
        return decoder_.rejected().empty() ? Reason::ok : decoder_.rejected().front().reason;
    }

    std::string host_key(const std::string& text) {
        RecordBatch batch;
        batch.append({}, no_time, text);
        return std::string(probe_.host_key(batch.view(batch.rows().front())));
    }

    [[nodiscard]] const Decoder& decoder() const { return decoder_; }

private:
    RecordBatch batch_;
    Decoder decoder_;
    HostProbe probe_;
};

}  // namespace spoor::decode
