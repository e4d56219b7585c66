#include "app/rule_bench.hpp"

#include "source/record_splitter.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <utility>

namespace spoor::app {

Result<std::vector<std::string>> read_events(const std::string& path) {
    std::ostringstream text;
    if (path == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream in(path, std::ios::binary);
        if (!in) {
            return fail(Errc::io, path + " cannot be read");
        }
        text << in.rdbuf();
    }
    source::RecordSplitter splitter(source::RecordSplitter::Mode::either);
    splitter.add(text.str());
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
    for (const std::string sigma::RuleMeta::* part :
         {&sigma::RuleMeta::id, &sigma::RuleMeta::name, &sigma::RuleMeta::title}) {
        for (sigma::RuleIndex i = 0; i < rules.rules.size(); ++i) {
            if (!wanted.empty() && rules.rules[i].meta.*part == wanted) {
                return i;
            }
        }
    }
    return no_rule;
}

}  // namespace spoor::app
