#include "decode/decoder.hpp"

#include "decode/event_builder.hpp"
#include "decode/walk.hpp"

namespace spoor::decode {

namespace {

const PathIndex& all_paths() {
    static const PathIndex index(PathIndex::Rows::all);
    return index;
}

}  // namespace

struct WatchedPaths::Parts {
    PathIndex index;
};

WatchedPaths::WatchedPaths(const std::vector<std::string>& paths, Fields fields)
    : parts_(new Parts{PathIndex(
          fields == Fields::all ? PathIndex::Rows::all : PathIndex::Rows::of_origin, paths)}) {}

WatchedPaths::~WatchedPaths() = default;

struct Decoder::Parts {
    Parts(const Options& options,
          std::shared_ptr<const WatchedPaths> with,
          const PathIndex& with_paths)
        : watched(std::move(with)), paths(with_paths), builder(paths, options, scratch) {}

    void decode_row(std::size_t row, std::string_view raw, const RecordRow& record);

    std::shared_ptr<const WatchedPaths> watched;
    const PathIndex& paths;  // its, or those of all decoders
    KeyMemory memory;
    JsonIndex index;
    Scratch scratch;
    EventBuilder builder;
    std::vector<Rejected> rejected;
};

void Decoder::Parts::decode_row(std::size_t row, std::string_view raw, const RecordRow& record) {
    const std::string_view text = trim(raw);
    Fault fault;
    if (index.scan(text)) {
        builder.begin();
        Walker<EventBuilder, true> walker(builder, paths, memory, scratch);
        if (walker.walk(text, index)) {
            builder.finish(text, record);
            return;
        }
        builder.discard();
        fault = walker.fault();
        if (fault.reason == Reason::not_an_object) {
            fault = explain(text);
        }
    } else {
        fault = explain(text);
    }
    const auto skipped = static_cast<std::size_t>(text.data() - raw.data());
    rejected.push_back({row,
                        fault.reason,
                        std::string(fault.what) + ", at byte " +
                            std::to_string(fault.position + (text.empty() ? 0 : skipped))});
}

Decoder::Decoder(const Options& options, std::shared_ptr<const WatchedPaths> watched) {
    const PathIndex& paths = watched != nullptr ? watched->parts_->index : all_paths();
    parts_ = std::make_unique<Parts>(options, std::move(watched), paths);
}

Decoder::~Decoder() = default;

void Decoder::decode(const RecordBatch& batch) {
    decode(batch, 0, batch.size());
}

void Decoder::decode(const RecordBatch& batch, std::size_t begin, std::size_t end) {
    Parts& p = *parts_;
    p.scratch.clear();
    p.rejected.clear();
    p.builder.begin_batch();
    const auto& all = batch.rows();
    for (std::size_t i = begin; i < end; ++i) {
        p.decode_row(i, batch.view(all[i]), all[i]);
    }
    p.builder.end_batch();
}

const std::vector<Event>& Decoder::events() const {
    return parts_->builder.events();
}

const std::vector<Rejected>& Decoder::rejected() const {
    return parts_->rejected;
}

std::uint64_t Decoder::num_clamped() const {
    return parts_->builder.num_clamped();
}

std::uint64_t Decoder::num_without_time() const {
    return parts_->builder.num_without_time();
}

}  // namespace spoor::decode
