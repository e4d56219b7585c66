#include "app/rule_bench.hpp"

#include "base/diagnostic.hpp"
#include "source/byte_stream.hpp"
#include "source/file_handle.hpp"
#include "source/record_splitter.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace spoor::app {

constexpr std::size_t read_size = std::size_t{256} * 1024;

namespace {

// All of a file or standard input, which may be compressed.
Result<void> read_into(source::RecordSplitter& splitter, const std::string& path) {
    source::FileHandle file;
    int descriptor = STDIN_FILENO;
    if (path != "-") {
        SPOOR_TRY(file, source::open_file(path));
        descriptor = file.descriptor();
    }
    struct stat status{};
    const bool is_pipe = ::fstat(descriptor, &status) == 0 && !S_ISREG(status.st_mode);
    source::ByteStream stream(descriptor, is_pipe);
    stream.seal();
    std::string room(read_size, '\0');
    for (;;) {
        std::size_t got = 0;
        switch (stream.read(room.data(), room.size(), got)) {
            case source::ByteStream::Status::data:
                splitter.add(std::string_view(room).substr(0, got));
                break;
            case source::ByteStream::Status::end:
                if (!is_pipe || stream.pipe_closed()) {
                    return {};
                }
                break;
            case source::ByteStream::Status::corrupt:
            case source::ByteStream::Status::failed:
                return fail(Errc::io, path + " cannot be read: " + stream.error());
        }
    }
}

template <typename Item>
const Item* find_named(const std::vector<Item>& items, std::string_view wanted) {
    for (const std::string sigma::RuleMeta::* part :
         {&sigma::RuleMeta::id, &sigma::RuleMeta::name, &sigma::RuleMeta::title}) {
        const auto it = std::ranges::find_if(
            items, [&](const Item& item) { return !wanted.empty() && item.meta.*part == wanted; });
        if (it != items.end()) {
            return &*it;
        }
    }
    return nullptr;
}

}  // namespace

Result<std::vector<std::string>> read_events(const std::string& path) {
    source::RecordSplitter splitter(source::RecordSplitter::Mode::either);
    SPOOR_TRY_VOID(read_into(splitter, path));
    splitter.finish();
    std::vector<std::string> out;
    std::vector<decode::Piece> pieces;
    for (source::Cut cut = splitter.next(); cut.kind != source::Cut::Kind::none;
         cut = splitter.next()) {
        pieces.clear();
        decode::split_record(cut.text, pieces);
        for (const decode::Piece& piece : pieces) {
            out.emplace_back(piece.text);
        }
    }
    return out;
}

RuleBench::RuleBench(std::shared_ptr<const sigma::RuleSet> rules, const decode::Options& options)
    : engine_(std::move(rules)),
      matcher_(engine_),
      decoder_(options, std::make_shared<const decode::WatchedPaths>(engine_.paths())) {}

const Event* RuleBench::decode(std::string_view text) {
    batch_.clear();
    batch_.append({}, no_time, text);
    decoder_.decode(batch_);
    if (decoder_.events().empty()) {
        fault_ = decoder_.rejected().front().detail;
        return nullptr;
    }
    return &decoder_.events().front();
}

bool RuleBench::is_routed(const Event& event, sigma::RuleIndex rule) const {
    const auto routed = engine_.routed(event.product, event.category, event.service);
    return std::ranges::find(routed, rule) != routed.end();
}

sigma::RuleIndex find_rule(const sigma::RuleSet& rules, std::string_view wanted) {
    const sigma::Rule* found = find_named(rules.rules, wanted);
    return found == nullptr ? no_rule : static_cast<sigma::RuleIndex>(found - rules.rules.data());
}

std::string why_no_rule(const sigma::RuleSet& rules, std::string_view wanted) {
    if (const auto* correlation = find_named(rules.correlations, wanted)) {
        std::string inputs;
        for (const sigma::Correlation::Input& input : correlation->inputs) {
            inputs += (inputs.empty() ? "" : ", ") + input.name;
        }
        return fmt::format(
            "'{}' is a correlation, and one event says nothing of it; it is built on {}",
            wanted,
            inputs);
    }
    std::vector<std::string_view> names;
    for (const sigma::Rule& rule : rules.rules) {
        names.insert(names.end(), {rule.meta.id, rule.meta.name, rule.meta.title});
    }
    const std::string_view near = closest(wanted, names);
    return fmt::format("no rule has the id, name or title '{}'{}",
                       wanted,
                       near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near));
}

}  // namespace spoor::app
